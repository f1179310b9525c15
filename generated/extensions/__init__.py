"""Your own code beside the generated: gen-graph wrote this file once and does not touch it again.

Whatever stands in this folder is yours. Import what you need from the package around it, and let
programs import your functions and classes from here:

    from ..models import User

    def is_guest(user: User) -> bool:
        return user.user_type == "Guest"
"""
