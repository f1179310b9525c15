"""What is to be written, before it is text: the one type between targets and render."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Templated:
    """A file made by a template from a finished view (nothing left to decide).

    `view` maps the names that the template uses to their values. `counts` is what this file adds
    to the summary of the run: `{"examples tested": 3, "examples skipped": 1}`.
    """

    path: str
    template: str
    view: Mapping[str, object]
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verbatim:
    """A file whose text is known."""

    path: str
    text: str
    counts: Mapping[str, int] = field(default_factory=dict)


Plan: TypeAlias = Templated | Verbatim
