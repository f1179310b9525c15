"""Api → plans of a Python package: models, endpoints, tests.

Takes the Api and the outputs that are wanted, gives plans. Every Python decision is made here:
names, annotations, imports, layout. Templates place what these views hold.
"""

from collections.abc import Mapping
from functools import partial

from generator.diagnostics import Findings, Parsed
from generator.memo import Kept, Memo
from generator.model.api import Api
from generator.targets.plan import Plan, Wanted, keep_plan
from generator.targets.python.endpoints import plan_endpoints
from generator.targets.python.example_matches import Lines, lines_of
from generator.targets.python.guide import Shelf, plan_guide, shelve
from generator.targets.python.layout import Place, place_types
from generator.targets.python.methods import (
    Heading,
    PageName,
    Resource,
    Resources,
    head_resources,
    name_page,
    read_resource,
)
from generator.targets.python.models import Attributes, attributes_of, plan_models
from generator.targets.python.package import (
    ENDPOINT_RUNTIME,
    MODEL_RUNTIME,
    plan_extensions,
    plan_root,
    plan_runtime,
)
from generator.targets.python.samples import Samples
from generator.targets.python.tests import longer_names, plan_tests
from generator.values import sign


def plan_python(api: Api, wanted: Wanted, memo: Memo) -> Parsed[tuple[Kept[Plan], ...]]:
    """The wanted ones of `models`, `endpoints` and `tests`, and the package's root."""
    found = Findings()
    emit = wanted.outputs
    placed = memo.work("places", b"", partial(place_types, api))
    found.add(placed.diagnostics)
    places: Mapping[str, Place] = memo.noted("places", placed.brief)
    attributes = found.take(attributes_of(api, memo))
    own = [*plan_root(api, emit), plan_extensions()]
    own += plan_runtime(MODEL_RUNTIME) if "models" in emit else ()
    own += plan_runtime(ENDPOINT_RUNTIME) if "endpoints" in emit else ()
    plans = [keep_plan(memo, plan) for plan in own]
    samples = Samples(api, memo)
    if "models" in emit:
        plans.extend(plan_models(api, places, attributes, samples, memo))
    if emit & {"endpoints", "tests"}:
        named = {
            page: memo.work(f"name {page}", b"", partial(_name, api, page))
            for page in api.operations
        }
        headed = memo.work(
            "headings",
            sign(tuple(kept.key for kept in named.values())),
            lambda: head_resources(api, (kept.brief for kept in named.values())),
        )
        found.add(headed.diagnostics)
        headings: tuple[Heading, ...] = headed.brief
        lines: dict[str, Lines] = {}
        for heading in headings:
            read = memo.work(f"lines {heading.name}", sign(heading), partial(_lines, api, heading))
            found.add(read.diagnostics)
            lines[heading.name] = read.brief
        numbers = {name: each.numbers for name, each in lines.items() if each.numbers}
        resources = Resources(api, headings, memo.noted("numbers", numbers))
        if "endpoints" in emit:
            plans.extend(plan_endpoints(api, headings, resources, places, attributes, memo))
            shelves = [
                memo.work(
                    f"shelf {heading.name}",
                    sign(heading),
                    partial(_shelf, heading.name, api, resources, places, attributes, samples),
                ).brief
                for heading in headings
            ]
            methods = sum(each.methods for each in lines.values())
            plans.append(keep_plan(memo, plan_guide(api, shelves, methods, "tests" in emit)))
        if "tests" in emit:
            noted = memo.noted("lines", lines)
            longer = memo.noted("longer names", longer_names(placed.brief))
            more = plan_tests(api, headings, resources, noted, places, longer, attributes, memo)
            plans.extend(found.take(more))
    for plan in plans:
        found.add(plan.diagnostics)
    return Parsed(tuple(plans), found.as_said())


def _name(api: Api, page: str) -> Parsed[PageName]:
    return Parsed(name_page(api, page), ())


def _lines(api: Api, heading: Heading) -> Parsed[Lines]:
    read = read_resource(api, heading)
    return Parsed(lines_of(read.value), read.diagnostics)


def _shelf(
    name: str,
    api: Api,
    resources: Mapping[str, Resource],
    places: Mapping[str, Place],
    attributes: Attributes,
    samples: Samples,
) -> Parsed[Shelf]:
    return shelve(api, resources[name], places, attributes, samples)
