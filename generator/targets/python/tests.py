"""Examples → modules of `tests/`: one a resource, one function an example and answer."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from urllib.parse import unquote

from msgspec.structs import replace

from generator.diagnostics import Findings, Parsed
from generator.memo import Kept, Memo
from generator.model.api import (
    Api,
    BodyKind,
    Example,
    MessageFact,
    Response,
    ResponseKind,
    TypeKind,
    TypeRef,
    strict_text,
)
from generator.model.conformance import answer_misfits, opened, request_misfits
from generator.model.paths import split_url
from generator.targets.plan import Brief, Plan, Templated, keep_plans
from generator.targets.python.contradictions import (
    Contradictions,
    FilledBody,
    MisfitsView,
)
from generator.targets.python.example_calls import (
    CallView,
    ReadingView,
    Sent,
    build_call,
    read_objects,
)
from generator.targets.python.example_matches import (
    Lines,
    Match,
    lines_of,
    match_example,
    match_nearly,
)
from generator.targets.python.layout import Place
from generator.targets.python.methods import Heading, Method, Resources
from generator.targets.python.names import class_name, snake, unique
from generator.targets.python.type_tests import plan_type_tests
from generator.values import Value

_LONGEST_NAME = 60  # characters of a test's name, before a number
_SHARED = ("__init__", "_conformity", "_exchange", "_expected", "_messages", "conftest")
_REDIRECTS = ("301", "302", "303", "307", "308")
_UNREADABLE = "body-unreadable"
_UNSENT = "example-body-unsent"


class AnswerView(Value):
    """What an answer must be: `{check}({model or argument}, …)`, a function of `_expected`."""

    check: str
    model: str = ""
    argument: str = ""
    misfits: MisfitsView = MisfitsView()


class TestView(Value):
    """One test: what is documented, the call, and what its answer must be.

    `path`, `ignores_case` and `drops_body` name what of the request contradicts its page;
    `skip` is the reason of a test that cannot be made.
    """

    name: str
    text: str
    request: str = ""
    filled_request: Mapping[str, object] | None = None
    path: str = ""
    ignores_case: bool = False
    drops_body: bool = False
    response: str = ""
    filled_response: Mapping[str, object] | None = None
    followed: str = ""
    call: CallView | None = None
    reads: ReadingView | None = None  # the request's body, where no call can be made
    answer: AnswerView = AnswerView("unread")
    skip: str = ""


class PlannedTest(Value):
    """A test, and what of which page it plays: a request, an answer and what that redirects to.

    `match` tells the method that is called, and the path of it; `problem` why none is.
    """

    view: TestView
    page: str
    request: MessageFact
    answers: tuple[MessageFact, ...]
    match: Match | None
    problem: str = ""
    key: str = ""  # sorts it among the tests of its module


def plan_tests(
    api: Api,
    headings: Mapping[str, Heading],
    resources: Resources,
    lines: Mapping[str, Lines],
    places: Mapping[str, Place],
    longer: Mapping[str, str],
    attributes: Mapping[str, Mapping[str, str]],
    memo: Memo,
) -> Parsed[tuple[Kept[Plan], ...]]:
    """The tests of every resource that has examples and of every type, and what they share.

    `lines` are the request lines of each resource; `longer` is what `longer_names` gives. The tests
    of a page are a unit of work: a type that changes may stand in few examples of many resources.
    """
    found = Findings()
    shared = [
        Templated(f"tests/{name}.py", f"python/tests/{name}.py.jinja", {}) for name in _SHARED
    ]
    plans = list(keep_plans(memo, "shared by tests", shared))
    maker = _Maker(resources, lines, places, longer, Contradictions(api))
    pages = {
        heading.name: sorted(page for page, _ in heading.pages)
        for heading in headings.values()
        if lines[heading.name].has_examples
    }
    resource_of = {page: name for name, own in pages.items() for page in own}
    tests = memo.batch(
        "tests of pages",
        {page: name.encode() for page, name in resource_of.items()},
        lambda page: _page_tests(page, resource_of[page], maker),
        _Counts.of,
    )
    found.add(tests.diagnostics())
    for name, own in pages.items():
        parts = [tests[page] for page in own]
        counts = _Counts(
            sum(part.brief.tested for part in parts), sum(part.brief.skipped for part in parts)
        )
        brief = Brief(_path(name), counts.shown(), is_once=False)
        plan = partial(_module, headings[name], parts, memo)
        plans.append(
            memo.join(parts, "\0".join([name, *own]).encode("utf-8", "surrogatepass"), plan, brief)
        )
    plans.extend(plan_type_tests(api, places, attributes, maker.contradictions, memo))
    return Parsed(tuple(plans), found.as_said())


def longer_names(places: Mapping[str, Place]) -> Mapping[str, str]:
    """What tests call the models whose names others have too, by qualified name.

    A model of the root package keeps its name, but for those that each module of tests has.
    """
    met = Counter(place.name for place in places.values())
    return {
        odata: f"{class_name(place.package.replace('.', '_') or 'root')}{place.name}"
        for odata, place in places.items()
        if (met[place.name] > 1 and place.package) or place.name in ("Client", "Exchange")
    }


class _Models:
    """The models that the tests of a page name, by qualified name; `lines` import them."""

    def __init__(self, maker: "_Maker") -> None:
        self._places = maker.places
        self._longer = maker.longer
        self.lines: set[str] = set()

    def __contains__(self, odata: str) -> bool:
        return odata in self._places

    def __getitem__(self, odata: str) -> str:
        place = self._places[odata]
        name = self._longer.get(odata, place.name)
        shown = place.name if name == place.name else f"{place.name} as {name}"
        self.lines.add(f"from ..models.{place.dotted} import {shown}")
        return name


class _Maker(Value):
    """What all tests are planned from."""

    resources: Resources
    lines: Mapping[str, Lines]
    places: Mapping[str, Place]
    longer: Mapping[str, str]
    contradictions: Contradictions


class _Work:
    """What the tests of one page are planned from."""

    def __init__(self, page: str, resource: str, maker: _Maker, found: Findings) -> None:
        self._maker = maker
        self.page = page
        self.found = found
        self.contradictions = maker.contradictions
        self.models = _Models(maker)
        # Those without a verb too.
        self.methods = maker.resources.of_page(resource, page)

    def callable_at(self, message: MessageFact) -> Iterator[Method]:
        """The methods of all resources, as far as their lines may fit a request."""
        verb = message.start[0].upper()
        path = unquote(split_url(message.start[1])[0])
        for name, lines in self._maker.lines.items():
            if lines.may_fit(verb, path):
                yield from (m for m in self._maker.resources[name].methods if m.verb)


def read_tests(
    api: Api,
    headings: Sequence[Heading],
    resources: Resources,
    places: Mapping[str, Place],
) -> Mapping[str, tuple[PlannedTest, ...]]:
    """The tests of every resource, by the path of their module; without findings."""
    lines = {heading.name: lines_of(resources[heading.name]) for heading in headings}
    maker = _Maker(resources, lines, places, longer_names(places), Contradictions(api))
    made: dict[str, tuple[PlannedTest, ...]] = {}
    for heading in headings:
        tests = [
            test
            for page, _ in sorted(heading.pages)
            for test in _planned(_Work(page, heading.name, maker, Findings()))
        ]
        names = unique((test.key, test.view.name) for test in tests)
        made[_path(heading.name)] = tuple(
            replace(test, view=replace(test.view, name=names[test.key])) for test in tests
        )
    return made


def _planned(work: _Work) -> tuple[PlannedTest, ...]:
    """The tests of a page, by line."""
    operation = work.methods[0].operation
    tests = (t for example in operation.examples.value for t in _tests(example, work))
    return tuple(
        replace(test, key=f"{test.page}:{test.request.span.first:06}:{at:03}")
        for at, test in enumerate(tests)
    )


class _PageTests(Value):
    """The tests of a page, each with what sorts it among others, and the lines that import models."""

    tests: tuple[tuple[str, TestView], ...]
    imports: tuple[str, ...]


def _page_tests(page: str, resource: str, maker: _Maker) -> Parsed[_PageTests]:
    found = Findings()
    work = _Work(page, resource, maker, found)
    tests = tuple((test.key, test.view) for test in _planned(work))
    return Parsed(_PageTests(tests, tuple(sorted(work.models.lines))), found.as_said())


class _Counts(Value):
    """How many tests there are, without and with a reason why they are skipped."""

    tested: int
    skipped: int

    @classmethod
    def of(cls, made: _PageTests) -> "_Counts":
        return cls.in_views(test for _, test in made.tests)

    @classmethod
    def in_views(cls, views: Iterable[TestView]) -> "_Counts":
        skips = [bool(view.skip) for view in views]
        return cls(skips.count(False), skips.count(True))

    def shown(self) -> Mapping[str, int]:
        return {"examples tested": self.tested, "examples skipped": self.skipped}


def _path(resource: str) -> str:
    return f"tests/test_{resource}.py"


def _module(heading: Heading, parts: Sequence[Kept[_PageTests]], memo: Memo) -> Plan:
    """The module of a resource, whose tests get names of their own in it."""
    memo.fetch(parts)
    tests = [test for part in parts for test in part.value.tests]
    names = unique((key, test.name) for key, test in tests)
    views = [replace(test, name=names[key]) for key, test in tests]
    arguments = [a for test in views if test.call for a in test.call.arguments]
    helpers = {test.answer.check for test in views if not test.skip}
    helpers |= {"as_written" for argument in arguments if argument.is_untyped}
    counts = _Counts.in_views(views)
    view = {
        "sources": tuple(sorted(page for page, _ in heading.pages)),
        "resource": heading.name,
        "times": sorted({argument.time for argument in arguments} - {""}),
        "imports": sorted({line for part in parts for line in part.value.imports}),
        "has_exchange": counts.tested > 0,
        "has_skips": counts.skipped > 0,
        "helpers": sorted(helpers),
        "tests": views,
    }
    return Templated(_path(heading.name), "python/tests/resource.py.jinja", view, counts.shown())


# --- one example


class _Request(Value):
    """An example's request: the method that makes it, and how; `problem` is why there is no call."""

    method: Method
    match: Match | None
    call: CallView | None
    body: FilledBody
    drops_body: bool
    problem: str


def _tests(example: Example, work: _Work) -> Iterator[PlannedTest]:
    """A test for each answer of an example; one for a request without an answer."""
    message = example.request
    request = _request(message, work)
    name = _test_name(f"test_{snake(request.method.name)}", example.title)
    title = f" {example.title}." if example.title else ""
    text = f"{message.span.path}:{message.span.first}:{title}".rstrip(":")
    for number, answers in enumerate(_answers(example) or [()]):
        answer = answers[0] if answers else None
        is_error = answer is not None and answer.start[0][:1] in ("4", "5")
        own = f"{name}_{'error' if is_error else 'answer'}" if number else name
        followed = message_text(answers[1]) if len(answers) > 1 else ""
        test = _with_request(TestView(own, text, followed=followed), message, request, work)
        test = _with_answer(test, answer, request, work)
        yield PlannedTest(test, work.page, message, answers, request.match, request.problem)


def _answers(example: Example) -> list[tuple[MessageFact, ...]]:
    """Each answer, with what a redirect leads to where the page shows it next."""
    answers: list[tuple[MessageFact, ...]] = []
    remaining = iter(example.responses)
    for response in remaining:
        following = next(remaining, None) if response.start[0] in _REDIRECTS else None
        is_followed = following is not None and following.start[0] == "200"
        answers.append((response, following) if following and is_followed else (response,))
        if following is not None and not is_followed:
            answers.append((following,))
    return answers


def _test_name(base: str, title: str) -> str:
    words = re.sub(r"^example \d+\b", "", title.strip(), flags=re.I)
    slug = snake(words) if re.search(r"[A-Za-z0-9]", words) else ""
    name = f"{base}_{slug}" if slug else base
    return name if len(name) <= _LONGEST_NAME else name[:_LONGEST_NAME].rpartition("_")[0]


def _request(message: MessageFact, work: _Work) -> _Request:
    """The call of a request.

    A request that no line of its page fits is made by the method of a page whose line it fits;
    else by that of its own page that is nearest.
    """
    own = [method for method in work.methods if method.verb]
    match = match_example(own, message)
    if match is None and own:
        path = split_url(message.start[1])[0]
        work.found.say("example-path-unmatched", message.span, method=message.start[0], path=path)
        match = match_example(work.callable_at(message), message) or match_nearly(own, message)
        if match is not None and not {".", ".."}.isdisjoint(match.values.values()):
            match = None  # no id: it would lead to another resource than the one meant
    method = match.method if match is not None else work.methods[0]
    body = _filled_request(method, message, work)
    if match is None:
        return _Request(method, None, None, body, False, "example-path-unmatched")
    if not match.is_exact:
        line = method.templates[match.index].path
        path = split_url(message.start[1])[0]
        work.found.say("example-path-case", message.span, path=path, line=line)
    is_media = method.body.kind is BodyKind.MEDIA
    if not is_media and message.json is None and message.body.lstrip()[:1] in ("{", "["):
        return _Request(method, match, None, body, False, _UNREADABLE)
    has_body = bool(message.body.strip())
    drops_body = method.body.kind is BodyKind.NONE and has_body
    call = build_call(
        match, Sent(message, body.value, drops_body), work.models, work.contradictions
    )
    if call is None or drops_body:
        work.found.say(_UNSENT, message.span)
    return _Request(method, match, call, body, drops_body, "" if call else _UNSENT)


def _filled_request(method: Method, message: MessageFact, work: _Work) -> FilledBody:
    if message.json is None:
        return FilledBody(None, {})
    misfits = request_misfits(work.contradictions.conformance, method.body, message)
    return work.contradictions.fill(message.json.value, list(misfits))


def _with_request(test: TestView, message: MessageFact, request: _Request, work: _Work) -> TestView:
    match = request.match
    body = request.method.body
    reads = None
    if request.call is None and body.kind is BodyKind.TYPE and body.type is not None:
        value = request.body.value
        reads = read_objects(value, body.type, (), work.models, work.contradictions)
    return replace(
        test,
        request=message_text(message),
        filled_request=request.body.filled or None,
        path=match.path if match is not None else "",
        ignores_case=match is not None and not match.is_exact,
        drops_body=request.drops_body,
        call=request.call,
        reads=reads,
    )


def _with_answer(
    test: TestView, answer: MessageFact | None, request: _Request, work: _Work
) -> TestView:
    body = FilledBody(None, {})
    expected = AnswerView("unread")
    if answer is not None and answer.start[0][:1] in ("4", "5"):
        expected = AnswerView("error", argument=_error_code(answer))
    elif answer is not None:
        response = request.method.response
        if answer.json is not None:
            misfits = answer_misfits(work.contradictions.conformance, response, answer)
            body = work.contradictions.fill(answer.json.value, list(misfits))
        expected = _expected(response, answer, body.value, work)
    is_readable = expected.check not in ("unread", "error", "nothing", "accepted", "content")
    if test.call is None and test.reads is None and not is_readable:
        place = test.text.partition(": ")[0]
        return TestView(test.name, test.text, skip=f"{place}: {request.problem}")
    return replace(
        test,
        response=message_text(answer) if answer is not None else "",
        filled_response=body.filled or None,
        answer=expected,
    )


def _error_code(answer: MessageFact) -> str:
    value = answer.json.value if answer.json is not None else None
    error = value.get("error") if isinstance(value, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, str) else ""


def _expected(response: Response, answer: MessageFact, value: object, work: _Work) -> AnswerView:
    """The check of an answer; `unread` where the page shows another kind of answer."""
    ref, kind = response.type, response.kind
    if kind is ResponseKind.NONE and _has_content(answer):
        work.found.say("example-answer-differs", answer.span)
        return AnswerView("unread")
    if kind is ResponseKind.NONE:
        return AnswerView("nothing")
    if kind is ResponseKind.MEDIA:
        return AnswerView("number" if ref is not None else "content")
    if kind is ResponseKind.ACCEPTED:
        return AnswerView("accepted")
    is_empty = answer.json is None and not answer.body.strip()
    shows_list = isinstance(value, list) or (
        isinstance(value, dict) and isinstance(value.get("value"), list)
    )
    if kind is ResponseKind.VALUE and answer.json is not None:
        inner = value["value"] if isinstance(value, dict) and "value" in value else value
        return _of_values("value", inner, ref, work)
    if kind is ResponseKind.COLLECTION and shows_list:
        elements = value["value"] if isinstance(value, dict) else value
        if ref is None or ref.kind is not TypeKind.STRUCTURED:
            return _of_values("values", elements, ref, work)
        misfits = work.contradictions.view(elements, ref)
        return AnswerView("many", work.models[ref.name], misfits=misfits)
    if kind is ResponseKind.TYPE and (is_empty or (isinstance(value, dict) and not shows_list)):
        if ref is None or ref.kind is not TypeKind.STRUCTURED:
            return AnswerView("one")
        inner = opened(value, ref, work.contradictions.conformance)
        misfits = MisfitsView() if is_empty else work.contradictions.view(inner, ref)
        return AnswerView("one", work.models[ref.name], misfits=misfits)
    if answer.json is not None:
        work.found.say("example-answer-differs", answer.span)
    return AnswerView("unread")


def _has_content(answer: MessageFact) -> bool:
    """Whether an answer carries JSON; 204 has no body, whatever a page shows."""
    return answer.start[0] != "204" and answer.json is not None and bool(answer.json.value)


def _of_values(check: str, value: object, ref: TypeRef | None, work: _Work) -> AnswerView:
    """A check of primitive values; it names their type if they are all of it."""
    if ref is None or (check == "value" and ref.is_collection):
        return AnswerView(check)
    misfits = list(work.contradictions.conformance.misfits(value, ref, ""))
    if misfits or ref.kind is TypeKind.STRUCTURED or ref.name in ("Edm.Untyped", "Edm.Stream"):
        return AnswerView(check)
    if ref.kind is TypeKind.ENUM:
        return AnswerView(check, work.models[ref.name])
    return AnswerView(check, argument=ref.local)


def message_text(message: MessageFact) -> str:
    """The message as the page writes it.

    A body that is no strict JSON stands there as it was repaired; a message whose parts are out
    of order (headers below the body, or folded) is put in order.
    """
    fact = message.json
    body = message.body.strip("\n")
    shown = strict_text(fact) if fact is not None and fact.faults else body
    if message.text.rstrip().endswith(body.rstrip()):
        head = message.text.rstrip()[: len(message.text.rstrip()) - len(body.rstrip())]
        if not any(line.strip() and line[0] in " \t" for line in head.split("\n")[1:]):
            return head + shown
    first = message.text.split("\n", 1)[0]
    headers = [f"{name}: {value}" for name, value in message.headers]
    return "\n".join([first, *headers, "", shown])
