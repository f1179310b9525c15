"""What is to be written, before it is text: the one type between targets and render."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Templated:
    """A file made by a template from a finished view (nothing left to decide).

    `view` maps the names that the template uses to their values.
    """

    path: str
    template: str
    view: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Verbatim:
    """A file whose text is known."""

    path: str
    text: str


Plan: TypeAlias = Templated | Verbatim
