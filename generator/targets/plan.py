"""What is to be written, before it is text: the one type between targets and render."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be made of an Api: the names of all outputs, and the package that they become."""

    outputs: frozenset[str]
    package: str = "generated"


@dataclass(frozen=True, slots=True)
class Templated:
    """A file made by a template from a finished view (nothing left to decide).

    `view` maps the names that the template uses to their values. `counts` is what this file adds
    to the summary of the run: `{"examples tested": 3, "examples skipped": 1}`. `is_once`: the file
    is its user's from the moment it is written.
    """

    path: str
    template: str
    view: Mapping[str, object]
    counts: Mapping[str, int] = field(default_factory=dict)
    is_once: bool = False


@dataclass(frozen=True, slots=True)
class Verbatim:
    """A file whose text is known."""

    path: str
    text: str
    counts: Mapping[str, int] = field(default_factory=dict)
    is_once: bool = False


Plan: TypeAlias = Templated | Verbatim
