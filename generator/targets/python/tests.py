"""Examples → modules of `tests/`: one a resource, one function an example and answer."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from generator.diagnostics import Findings, Parsed
from generator.model.api import BodyKind, Example, MessageFact, Response, ResponseKind, TypeKind, strict_text
from generator.model.paths import split_url
from generator.targets.plan import Plan, Templated
from generator.targets.python.example_calls import CallView, Match, build_call, match_example
from generator.targets.python.layout import Place
from generator.targets.python.methods import Method, Resource
from generator.targets.python.names import class_name, snake, unique

_LONGEST_NAME = 60  # characters of a test's name, before a number


@dataclass(frozen=True, slots=True)
class TestView:
    """One test: what is documented, the call, and what its answer must be.

    `expected` is a function of `_exchange` (`one`, `many` …) and `model` its argument, if any;
    `skip` is the reason of a test that cannot be made.
    """

    name: str
    text: str
    page: str
    line: int
    request: str
    response: str
    followed: str
    ignores_case: bool
    call: CallView | None
    reads: str  # the model of the request's body, where no call can be made
    expected: str
    model: str
    argument: str
    skip: str


def plan_tests(resources: Sequence[Resource], places: Mapping[str, Place]) -> Parsed[tuple[Plan, ...]]:
    """The tests of every resource, and what they share."""
    found = Findings()
    plans: list[Plan] = [
        Templated("tests/__init__.py", "python/tests/__init__.py.jinja", {}),
        Templated("tests/_exchange.py", "python/tests/_exchange.py.jinja", {}),
    ]
    by_page: dict[str, list[Method]] = {}
    for resource in resources:
        for method in resource.methods:
            by_page.setdefault(method.operation.page, []).append(method)
    every = tuple(method for resource in resources for method in resource.methods if method.verb)
    for resource in resources:
        module = found.take(_module(resource, by_page, every, places))
        if module is not None:
            plans.append(module)
    return Parsed(tuple(plans), found.as_said())


class _Models:
    """The models that one test module names, by qualified name."""

    def __init__(self, places: Mapping[str, Place]) -> None:
        self._places = places
        self._taken: dict[str, str] = {}
        self.names: dict[str, str] = {}
        self.lines: dict[str, None] = {}

    def __contains__(self, odata: str) -> bool:
        return odata in self._places

    def __getitem__(self, odata: str) -> str:
        if odata not in self.names:
            place = self._places[odata]
            name = place.name
            if self._taken.setdefault(name, odata) != odata or name in ("Client", "Exchange"):
                name = f"{class_name(place.package.replace('.', '_') or 'root')}{place.name}"
                self._taken[name] = odata
            self.names[odata] = name
            shown = place.name if name == place.name else f"{place.name} as {name}"
            self.lines[f"from ..models.{place.dotted} import {shown}"] = None
        return self.names[odata]


def _module(
    resource: Resource,
    by_page: Mapping[str, Sequence[Method]],
    every: Sequence[Method],
    places: Mapping[str, Place],
) -> Parsed[Plan | None]:
    found = Findings()
    models = _Models(places)
    tests: list[TestView] = []
    pages = sorted({method.operation.page for method in resource.methods})
    operations = {m.operation.page: m.operation for m in resource.methods}
    for page in pages:
        own = [m for m in by_page[page] if m.verb]
        for example in operations[page].examples:
            tests.extend(_tests(example, own, every, by_page[page], models, found))
    if not tests:
        return Parsed(None, found.as_said())
    keys = [f"{test.page}:{test.line:06}:{at:03}" for at, test in enumerate(tests)]
    names = unique(zip(keys, (test.name for test in tests), strict=True))
    views = [_named(test, names[key]) for key, test in zip(keys, tests, strict=True)]
    helpers = {test.expected for test in views if not test.skip} | {"as_written" for test in views if test.call and any(a.is_untyped for a in test.call.arguments)}
    skipped = sum(1 for test in views if test.skip)
    view = {
        "sources": tuple(pages),
        "resource": resource.name,
        "imports": sorted(models.lines),
        "has_exchange": skipped < len(views),
        "has_skips": skipped > 0,
        "helpers": sorted(helpers),
        "tests": views,
    }
    counts = {"examples tested": len(views) - skipped, "examples skipped": skipped}
    return Parsed(Templated(f"tests/test_{resource.name}.py", "python/tests/resource.py.jinja", view, counts), found.as_said())


def _named(test: TestView, name: str) -> TestView:
    return TestView(name, *(getattr(test, field) for field in list(TestView.__dataclass_fields__)[1:]))


def _tests(
    example: Example,
    methods: Sequence[Method],
    every: Sequence[Method],
    described: Sequence[Method],
    models: _Models,
    found: Findings,
) -> Iterable[TestView]:
    """A test for each answer of an example; one for a request without an answer.

    A request that no line of its page fits is made by the method of a page whose line it fits.
    """
    request = example.request
    match = match_example(methods, request)
    if match is None and methods:
        found.say("example-path-unmatched", request.span, method=request.start[0], path=split_url(request.start[1])[0])
        match = match_example(every, request)
    method = match.method if match is not None else described[0]
    base = f"test_{snake(method.name)}"
    name = _test_name(base, example.title)
    call, problem = _call(match, request, models, found)
    answers: list[tuple[MessageFact | None, str]] = []
    responses = list(example.responses)
    at = 0
    while at < len(responses):
        response = responses[at]
        is_redirect = response.start[0] in ("301", "302", "303", "307", "308")
        if is_redirect and at + 1 < len(responses) and responses[at + 1].start[0] == "200":
            answers.append((response, message_text(responses[at + 1])))
            at += 1
        else:
            answers.append((response, ""))
        at += 1
    for number, (answer, followed) in enumerate(answers or [(None, "")]):
        is_error = answer is not None and answer.start[0][:1] in ("4", "5")
        own = f"{name}_{'error' if is_error else 'answer'}" if number else name
        title = f" {example.title}." if example.title else ""
        text = f"{request.span.path}:{request.span.first}:{title}".rstrip(":")
        yield _test(own, text, request, answer, followed, match, call, problem, method, models, found)


def _test_name(base: str, title: str) -> str:
    words = re.sub(r"^example \d+\b", "", title.strip(), flags=re.I)
    slug = snake(words) if re.search(r"[A-Za-z0-9]", words) else ""
    name = f"{base}_{slug}" if slug else base
    return name if len(name) <= _LONGEST_NAME else name[:_LONGEST_NAME].rpartition("_")[0]


def _call(
    match: Match | None,
    request: MessageFact,
    models: _Models,
    found: Findings,
) -> tuple[CallView | None, str]:
    """The call of an example, or why there is none: the name of a finding."""
    if match is None:
        return None, "example-path-unmatched"
    if match.method.operation.body.kind is not BodyKind.MEDIA and request.json is None and _looks_json(request):
        return None, "body-unreadable"
    call = build_call(match, request, models)
    if call is None:
        found.say("example-body-unsent", request.span)
        return None, "example-body-unsent"
    return call, ""


def _looks_json(message: MessageFact) -> bool:
    return bool(message.body.strip()) and message.body.lstrip().startswith(("{", "["))


def _test(
    name: str,
    text: str,
    request: MessageFact,
    answer: MessageFact | None,
    followed: str,
    match: Match | None,
    call: CallView | None,
    problem: str,
    method: Method,
    models: _Models,
    found: Findings,
) -> TestView:
    expected, model, argument = ("unread", "", "")
    if answer is not None and answer.start[0][:1] in ("4", "5"):
        expected, argument = "error", _error_code(answer)
    elif answer is not None:
        expected, model = _expected(method.response, answer, models, found)
    reads = ""
    if call is None:
        body = method.body
        if body.kind is BodyKind.TYPE and body.type is not None and request.json is not None and isinstance(request.json.value, dict):
            reads = models[body.type.name]
        if not reads and expected in ("unread", "error", "nothing", "accepted"):
            return TestView(name, text, request.span.path, request.span.first, "", "", "", False, None, "", "unread", "", "", f"{request.span.path}:{request.span.first}: {problem}")
    return TestView(
        name,
        text,
        request.span.path,
        request.span.first,
        message_text(request),
        message_text(answer) if answer is not None else "",
        followed,
        match is not None and not match.is_exact,
        call,
        reads,
        expected,
        model,
        argument,
        "",
    )


def _error_code(answer: MessageFact) -> str:
    value = answer.json.value if answer.json is not None else None
    error = value.get("error") if isinstance(value, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, str) else ""


def _expected(response: Response, answer: MessageFact, models: _Models, found: Findings) -> tuple[str, str]:
    """The check of an answer, and its model; `unread` where the page shows another kind of answer."""
    value = answer.json.value if answer.json is not None else None
    ref = response.type
    model = models[ref.name] if ref is not None and ref.kind is TypeKind.STRUCTURED and ref.name in models else ""
    has_json = answer.json is not None
    kind = response.kind
    if kind is ResponseKind.NONE:
        return "nothing", ""
    if kind is ResponseKind.MEDIA:
        return ("number" if ref is not None else "content"), ""
    if kind is ResponseKind.ACCEPTED:
        return "accepted", ""
    if kind is ResponseKind.VALUE:
        return ("value" if has_json else "unread"), ""
    if kind is ResponseKind.COLLECTION:
        is_list = isinstance(value, list) or (isinstance(value, dict) and isinstance(value.get("value"), list))
        if is_list:
            return ("many" if model else "values"), model
    elif isinstance(value, dict) and not isinstance(value.get("value"), list):
        return "one", model
    elif not has_json and not answer.body.strip():
        return "one", model
    if has_json:
        found.say("example-answer-differs", answer.span)
    return "unread", ""


def message_text(message: MessageFact) -> str:
    """The message as the page writes it.

    A body that is no strict JSON stands there as it was repaired; a message whose parts are out
    of order (headers below the body) is put in order.
    """
    json = message.json
    body = message.body.strip("\n")
    shown = strict_text(json) if json is not None and json.faults else body
    if message.text.rstrip().endswith(body.rstrip()):
        head = message.text.rstrip()[: len(message.text.rstrip()) - len(body.rstrip())]
        return head + shown
    first = message.text.split("\n", 1)[0]
    headers = [f"{name}: {value}" for name, value in message.headers]
    return "\n".join([first, *headers, "", shown])
