"""Api → plans of a Python package: models, endpoints, tests.

Takes the Api and the outputs that are wanted, gives plans. Every Python decision is made here:
names, annotations, imports, layout. Templates place what these views hold.
"""

from collections.abc import Mapping
from functools import partial

from generator.diagnostics import Findings, Parsed
from generator.memo import Kept, Memo
from generator.model.api import Api
from generator.targets.plan import Plan, Wanted, keep_plans
from generator.targets.python.endpoints import plan_endpoints
from generator.targets.python.example_matches import Lines, lines_of
from generator.targets.python.guide import plan_guide, shelve
from generator.targets.python.layout import Place, place_types
from generator.targets.python.methods import (
    Heading,
    Resource,
    Resources,
    head_resources,
    name_page,
)
from generator.targets.python.models import attributes_of, plan_models
from generator.targets.python.package import (
    ENDPOINT_RUNTIME,
    MODEL_RUNTIME,
    plan_extensions,
    plan_root,
    plan_runtime,
)
from generator.targets.python.samples import Samples
from generator.targets.python.tests import longer_names, plan_tests


def plan_python(api: Api, wanted: Wanted, memo: Memo) -> Parsed[tuple[Kept[Plan], ...]]:
    """The wanted ones of `models`, `endpoints` and `tests`, and the package's root."""
    found = Findings()
    emit = wanted.outputs
    placed = memo.work("placing", b"", partial(place_types, api))
    found.add(placed.diagnostics)
    places: Mapping[str, Place] = memo.noted("places", placed.brief)
    attributes = found.take(attributes_of(api, memo))
    own = [*plan_root(api, emit), plan_extensions()]
    own += plan_runtime(MODEL_RUNTIME) if "models" in emit else ()
    own += plan_runtime(ENDPOINT_RUNTIME) if "endpoints" in emit else ()
    plans = list(keep_plans(memo, "root", own))
    samples = Samples(api, memo)
    if "models" in emit:
        plans.extend(plan_models(api, places, attributes, samples, memo))
    if emit & {"endpoints", "tests"}:
        pages = dict.fromkeys(api.operations, b"")
        names = memo.batch("names of pages", pages, lambda page: Parsed(name_page(api, page)))
        headed = memo.work(
            "headings",
            names.sign(),
            lambda: head_resources(api, (names.briefs[page] for page in pages)),
        )
        found.add(headed.diagnostics)
        named: dict[str, Heading] = {heading.name: heading for heading in headed.brief}
        headings = memo.noted("resources", named)
        owns = dict.fromkeys(named, b"")
        resources = Resources(api, headings)
        read = memo.batch("lines", owns, lambda name: _lines(resources.read(name)))
        found.add(read.diagnostics())
        lines: Mapping[str, Lines] = read.briefs
        numbers = {name: each.numbers for name, each in lines.items() if each.numbers}
        resources = resources.with_numbers(memo.noted("numbers", numbers))
        if "endpoints" in emit:
            plans.extend(plan_endpoints(api, headings, resources, places, attributes, memo))
            shelved = memo.batch(
                "shelves",
                owns,
                lambda name: shelve(api, resources[name], places, attributes, samples),
            )
            shelves = [shelved.briefs[name] for name in owns]
            methods = sum(each.methods for each in lines.values())
            guide = plan_guide(api, shelves, methods, "tests" in emit)
            plans.extend(keep_plans(memo, "guide", [guide]))
        if "tests" in emit:
            longer = memo.noted("longer names", longer_names(placed.brief))
            noted = memo.results(read)
            more = plan_tests(api, headings, resources, noted, places, longer, attributes, memo)
            plans.extend(found.take(more))
    for plan in plans:
        found.add(plan.diagnostics)
    return Parsed(tuple(plans), found.as_said())


def _lines(read: Parsed[Resource]) -> Parsed[Lines]:
    return Parsed(lines_of(read.value), read.diagnostics)
