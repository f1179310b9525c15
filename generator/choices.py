"""What a user chooses: the pages, the part of the API, the outputs, their names and their looks.

Values only, light to import: the command reads them before it needs what they mean. The pages
and the overlays aside, nothing else decides what a run makes.
"""

from generator.diagnostics import Span
from generator.style import Style
from generator.values import Value


class GivenName(Value):
    """A name that the user gives to something of the API, and where the user says so.

    `key` is the qualified name of a type or enumeration, that of a type with one of its
    properties (or of an enumeration with a member) after a dot, the path of an operation's page,
    or that path with one of its arguments after `#`: a parameter, header or query option by its
    name on the wire, a variable part of the path as `Placeholder` has it (`…-get.md#user-id`).
    `name` is in the user's spelling; for an operation `method` or `resource.method`.
    """

    key: str
    name: str
    span: Span


class Choices(Value):
    """What decides the result of a run beside its pages; empty means no choice was made."""

    emit: tuple[str, ...] = ()  # names of outputs; () for all but the added ones
    include: tuple[str, ...] = ()  # globs of page paths
    exclude: tuple[str, ...] = ()
    only: tuple[str, ...] = ()  # globs of types, resources and operations
    names: tuple[GivenName, ...] = ()
    base_url: str = ""
    package: str = "generated"  # what the output is called as a Python package
    style: Style = Style()
