"""Api → plans: what is to be written, one room a kind of output.

Takes the whole Api and the names of the outputs that the run emits; gives plans and findings.
Invariant: a target looks at nothing but the Api, and siblings never import one another. Views are
finished (templates decide nothing) and picklable (templates are filled in other processes).

A new output is one line in `TARGETS`; the order of the lines is the order in which they run. A
target that makes several outputs stands there once for each, and runs once.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

from generator.diagnostics import Parsed
from generator.model.api import Api
from generator.targets.openapi import plan_openapi
from generator.targets.python import plan_python
from generator.targets.plan import Plan, Templated, Verbatim

__all__ = ["TARGETS", "Emit", "Plan", "Target", "Templated", "Verbatim"]

Emit: TypeAlias = frozenset[str]  # the names of all outputs of this run, the target's own included
Target: TypeAlias = Callable[[Api, Emit], Parsed[tuple[Plan, ...]]]

TARGETS: Final[Mapping[str, Target]] = MappingProxyType(
    {
        "models": plan_python,
        "endpoints": plan_python,
        "tests": plan_python,
        "openapi": plan_openapi,
    }
)
