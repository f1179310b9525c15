"""What is to be written, before it is text: the one type between targets and render."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from msgspec import field

from generator.diagnostics import Parsed
from generator.memo import Kept, Memo
from generator.values import Value, sign


class Wanted(Value):
    """What is to be made of an Api: the names of all outputs, and the package that they become."""

    outputs: frozenset[str]
    package: str = "generated"


class Templated(Value):
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


class Verbatim(Value):
    """A file whose text is known."""

    path: str
    text: str
    counts: Mapping[str, int] = field(default_factory=dict)
    is_once: bool = False


Plan: TypeAlias = Templated | Verbatim


class Brief(Value):
    """What is known of a plan that nobody has looked at."""

    path: str
    counts: Mapping[str, int]
    is_once: bool


def brief_of(plan: Plan) -> Brief:
    return Brief(plan.path, plan.counts, plan.is_once)


def plan_file(memo: Memo, path: str, own: object, plan: Callable[[], Parsed[Plan]]) -> Kept[Plan]:
    """The plan of one file as a unit of work, its `Brief` beside it.

    It is made of `own`, a value that can be pickled, and of what `plan` meets in noted mappings.
    """
    return memo.work(f"plan {path}", sign(own), plan, brief_of)


def keep_plan(memo: Memo, plan: Plan) -> Kept[Plan]:
    """A plan that is made already, and at little cost, like one that is kept."""
    return plan_file(memo, plan.path, plan, lambda: Parsed(plan, ()))
