"""Api → plans of a Python package.

Takes the Api, gives plans. Every Python decision is made here: names, annotations, imports,
layout. Templates place what these views hold.
"""

from generator.diagnostics import Findings, Parsed
from generator.model.api import Api
from generator.targets.plan import Plan
from generator.targets.python.layout import place_types
from generator.targets.python.models import plan_models
from generator.targets.python.package import MODEL_RUNTIME, plan_root, plan_runtime


def plan_models_package(api: Api, emit: frozenset[str]) -> Parsed[tuple[Plan, ...]]:
    """The package's root and its models."""
    found = Findings()
    places = found.take(place_types(api))
    models = found.take(plan_models(api, places))
    return Parsed((*plan_root(api, emit), *plan_runtime(MODEL_RUNTIME), *models), found.as_said())
