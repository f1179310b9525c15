"""What is to be written, before it is text: the one type between targets and render."""

from collections.abc import Callable, Iterable, Mapping, Sequence
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


def plan_files(
    memo: Memo, kind: str, owns: Mapping[str, bytes], plan: Callable[[str], Parsed[Plan]]
) -> Iterable[Kept[Plan]]:
    """The plans of files of one kind as units of work, each with its `Brief`.

    The file of a key is planned by `plan`, from what has its digest in `owns` and from what that
    meets in noted mappings.
    """
    return memo.batch(kind, owns, plan, brief_of).values()


def keep_plans(memo: Memo, kind: str, plans: Sequence[Plan]) -> Iterable[Kept[Plan]]:
    """Plans that are made already, and at little cost, like those that are kept."""
    made: dict[str, Plan] = {}
    for plan in plans:
        if plan.path in made:
            raise ValueError(f"two plans of {kind} write {plan.path}")
        made[plan.path] = plan
    owns = {path: sign(plan) for path, plan in made.items()}
    return plan_files(memo, kind, owns, lambda path: Parsed(made[path]))
