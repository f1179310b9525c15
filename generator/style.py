"""How the output is to look: the formatter, templates of the user's own, a text on top.

Values only, light to import: the command offers these choices before it needs what they mean.
"""

from typing import Final, Literal, TypeAlias

from generator.values import Value

Formatter: TypeAlias = Literal["black", "ruff", "none"]
FORMATTERS: Final[tuple[Formatter, ...]] = ("black", "ruff", "none")


class Style(Value):
    """The choices that change the text of the output and nothing else.

    `templates` is a folder whose templates replace those of the same name, "" for none. `header`
    stands as a comment below the first line of each Python file.
    """

    formatter: Formatter = "black"
    templates: str = ""
    header: str = ""


class StyleFault(Exception):
    """A sentence that says which of the user's choices failed, where, and what to do next."""
