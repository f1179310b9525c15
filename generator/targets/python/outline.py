"""What the package is to hold, by the places on the pages that it was made from.

The same names as in the plans, without views: for those who compare pages with code.
"""

from collections.abc import Mapping

from generator.diagnostics import Span
from generator.memo import Memo
from generator.model.api import Api
from generator.targets.python.contradictions import Contradictions, MisfitsView
from generator.targets.python.example_matches import PLACEHOLDER
from generator.targets.python.layout import place_types
from generator.targets.python.methods import (
    Method,
    Resources,
    head_resources,
    module_of,
    name_page,
)
from generator.targets.python.models import attributes_of
from generator.targets.python.tests import PlannedTest, read_tests
from generator.targets.python.type_tests import name_type_tests, shown_misfits
from generator.values import Value

__all__ = ["MethodOutline", "PythonOutline", "TestOutline", "TypeOutline", "outline_python"]


class TypeOutline(Value):
    """A class of `models/`: its file, its name, its attributes by wire name, and its test.

    `attributes` is empty for an enumeration. `shows_all`: what its page shows as JSON is compared
    whole.
    """

    file: str
    name: str
    attributes: Mapping[str, str]
    test: str
    shows_all: bool


class MethodOutline(Value):
    """A method of `endpoints/`: its file, and its name as `user.get`.

    `lines` are the request lines that it calls. `arguments` are its arguments by the names, in
    lower case, that they have on the wire or between the braces of a path.
    """

    file: str
    name: str
    page: str
    lines: frozenset[Span]
    arguments: Mapping[str, str]


class TestOutline(Value):
    """A test of an example: the messages it plays, and how far.

    `method` is the one it calls, as `user.get`, with the request line `line` and these arguments;
    "" where it calls none. `skip` is the reason of a test that cannot be made.
    """

    name: str
    method: str
    line: Span | None
    arguments: frozenset[str]
    request: Span
    answers: tuple[Span, ...]
    sends_all: bool  # the request is compared whole
    reads_all: bool  # so is the answer
    skip: str


class PythonOutline(Value):
    """Everything: types and enumerations by qualified name, methods by page."""

    types: Mapping[str, TypeOutline]
    methods: Mapping[str, tuple[MethodOutline, ...]]
    tests: tuple[TestOutline, ...]


def outline_python(api: Api) -> PythonOutline:
    """What `plan_python` plans with all its outputs."""
    places = place_types(api).value
    attributes = attributes_of(api, Memo()).value
    tests = name_type_tests(places)
    contradictions = Contradictions(api)

    def shows_all(name: str) -> bool:
        return name not in api.types or _is_whole(
            shown_misfits(api.types[name], api, contradictions)
        )

    types = {
        name: TypeOutline(
            place.path, place.name, attributes.get(name, {}), tests[name], shows_all(name)
        )
        for name, place in places.items()
    }
    named = (name_page(api, page) for page in api.operations)
    headings = head_resources(api, named).value
    resources = Resources(api, {heading.name: heading for heading in headings})
    methods: dict[str, tuple[MethodOutline, ...]] = {}
    for method in (m for resource in resources.values() for m in resource.methods):
        page = method.operation.page
        methods[page] = (*methods.get(page, ()), _method(method))
    planned = read_tests(api, headings, resources, places)
    return PythonOutline(
        types,
        methods,
        tuple(_test(test, file) for file, several in planned.items() for test in several),
    )


def _method(method: Method) -> MethodOutline:
    arguments: dict[str, str] = {}
    for given in (*method.headers, *method.query, *method.parameters):
        arguments[given.wire.lower()] = given.name
    for template, path in zip(method.templates, method.paths, strict=True):
        names = PLACEHOLDER.findall(path)
        for placeholder, argument in zip(template.placeholders, names, strict=True):
            spelled = placeholder.spelled.strip("{}<>'\"").lower()
            for shown in (spelled, placeholder.name, placeholder.name.replace("-", "")):
                arguments.setdefault(shown, argument)
    return MethodOutline(
        module_of(method.resource),
        f"{method.resource}.{method.name}",
        method.operation.page,
        frozenset(template.span for template in method.templates),
        arguments,
    )


def _test(test: PlannedTest, file: str) -> TestOutline:
    view, match = test.view, test.match
    call = view.call if not view.skip else None
    arguments = call.arguments if call is not None else ()
    compares_body = all(_is_whole(a.reads.misfits) for a in arguments if a.reads is not None)
    return TestOutline(
        f"{file}::{view.name}",
        f"{call.resource}.{call.method}" if call is not None else "",
        match.method.templates[match.index].span if match is not None and call else None,
        frozenset(argument.name for argument in arguments),
        test.request.span,
        tuple(answer.span for answer in test.answers),
        call is not None
        and compares_body
        and not (view.path or view.ignores_case or view.drops_body),
        not view.skip and view.answer.check != "unread" and _is_whole(view.answer.misfits),
        view.skip,
    )


def _is_whole(misfits: MisfitsView) -> bool:
    return not misfits.unknown and not misfits.unfit
