"""Api → plans: what is to be written, one room a kind of output.

Takes the whole Api and what of it is wanted; gives plans and findings. The plan of a file is a
unit of work, which is done anew only where something that it looks up has changed.
Invariant: a target looks at nothing but the Api, and siblings never import one another. Views are
finished (templates decide nothing) and picklable (templates are filled in other processes).

A new output is one line in `TARGETS`; the order of the lines is the order in which they run. A
target that makes several outputs stands there once for each, and runs once.
"""

from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

from generator.diagnostics import Parsed
from generator.memo import Kept, Memo
from generator.model.api import Api
from generator.targets.openapi import plan_openapi
from generator.targets.plan import Plan, Templated, Verbatim, Wanted
from generator.targets.project import plan_project
from generator.targets.python import plan_python

__all__ = ["ADDED", "TARGETS", "Plan", "Target", "Templated", "Verbatim", "Wanted", "outputs"]

Target: TypeAlias = Callable[[Api, Wanted, Memo], Parsed[tuple[Kept[Plan], ...]]]

TARGETS: Final[Mapping[str, Target]] = MappingProxyType(
    {
        "models": plan_python,
        "endpoints": plan_python,
        "tests": plan_python,
        "openapi": plan_openapi,
        "project": plan_project,
    }
)
# Outputs that are made only where they are named, and that mean nothing by themselves.
ADDED: Final = frozenset({"project"})


def outputs(emit: Collection[str]) -> frozenset[str]:
    """The outputs that are meant by these names: what is only added joins the others.

    Raises `ValueError` for a name that is none.
    """
    if unknown := sorted(set(emit) - set(TARGETS)):
        raise ValueError(
            f"no output is called {', '.join(unknown)}; there are {', '.join(TARGETS)}"
        )
    plain = frozenset(emit) - ADDED
    return plain | frozenset(emit) if plain else (frozenset(TARGETS) - ADDED) | frozenset(emit)
