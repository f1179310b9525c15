"""Api → plans of a Python package: models, endpoints, tests.

Takes the Api and the outputs that are wanted, gives plans. Every Python decision is made here:
names, annotations, imports, layout. Templates place what these views hold.
"""

from generator.diagnostics import Findings, Parsed
from generator.model.api import Api
from generator.targets.plan import Plan, Wanted
from generator.targets.python.endpoints import plan_endpoints
from generator.targets.python.guide import plan_guide
from generator.targets.python.layout import place_types
from generator.targets.python.methods import read_resources
from generator.targets.python.models import attributes_of, plan_models
from generator.targets.python.package import (
    ENDPOINT_RUNTIME,
    MODEL_RUNTIME,
    plan_extensions,
    plan_root,
    plan_runtime,
)
from generator.targets.python.tests import plan_tests


def plan_python(api: Api, wanted: Wanted) -> Parsed[tuple[Plan, ...]]:
    """The wanted ones of `models`, `endpoints` and `tests`, and the package's root."""
    found = Findings()
    emit = wanted.outputs
    places = found.take(place_types(api))
    attributes = found.take(attributes_of(api))
    resources = found.take(read_resources(api)) if emit & {"endpoints", "tests"} else ()
    plans: list[Plan] = [*plan_root(api, emit), plan_extensions()]
    if "models" in emit:
        plans.extend(plan_runtime(MODEL_RUNTIME))
        plans.extend(plan_models(api, places, attributes))
    if "endpoints" in emit:
        plans.extend(plan_runtime(ENDPOINT_RUNTIME))
        plans.extend(plan_endpoints(api, resources, places, attributes))
        plans.append(plan_guide(api, resources, places, attributes, "tests" in emit))
    if "tests" in emit:
        plans.extend(found.take(plan_tests(api, resources, places, attributes)))
    return Parsed(tuple(plans), found.as_said())
