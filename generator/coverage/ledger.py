"""Pages against the package: each table, row, request line and message, and what became of it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final, TypeAlias, TypeVar

from msgspec.structs import replace

from generator.coverage.report import (
    Coverage,
    Entry,
    Mark,
    PageEntry,
    Reason,
    TableEntry,
    together,
)
from generator.diagnostics import Diagnostic, Severity, Span
from generator.model.api import Api, Operation
from generator.pages.facts import (
    EnumFact,
    ErrorFact,
    HeaderFact,
    MemberFact,
    PageFacts,
    PermissionFact,
    PropertyFact,
    TemplateFact,
    TypeFact,
)
from generator.pages.outline import (
    MessageOutline,
    PageOutline,
    RowOutline,
    TableOutline,
)
from generator.targets.python.outline import MethodOutline, PythonOutline, TestOutline
from generator.values import Value

REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "no-example": "no example of the page shows it",
        "told-in-words": "no code follows from it; docstrings or the OpenAPI description tell it",
        "client-writes-it": "the client writes this header itself",
        "elsewhere": "the type is described on several pages; the test plays another one's JSON",
        "row-unread": "its table is none of properties, parameters, headers, permissions, errors, "
        "members or methods",
        "row-without-effect": "it was read, and nothing was made of it",
        "nothing-shown": "the page shows nothing of this answer that could be compared",
        "message-unread": "it is part of no example and of no type",
        "not-asked-for": "the settings leave it out",
        "page-of-prose": "the page describes no operation, type or enumeration",
    }
)

# Findings that say why nothing was made of a line, and those of them that say why nothing had to be.
_LOSSES: Final = frozenset(
    {"body-unreadable", "cells-rejoined", "enum-member-unnamed", "example-answer-differs"}
    | {"example-body-unsent", "example-callback", "example-path-unmatched", "include-missing"}
    | {"not-documented", "page-outside", "page-unfinished", "path-any-depth", "path-repaired"}
    | {"permissions-unstated", "property-not-plain", "property-twice", "property-unnamed"}
    | {"request-line-unreadable", "response-before-request", "response-name-unknown"}
    | {"section-row", "template-line-foreign", "template-twice", "type-undocumented"}
)
_NO_CALL: Final = frozenset({"example-callback", "template-twice"})

_RowFact: TypeAlias = PropertyFact | MemberFact | HeaderFact | PermissionFact | ErrorFact
_Owner: TypeAlias = TypeFact | EnumFact | None
K = TypeVar("K")
V = TypeVar("V")


class Scope(Value):
    """What the settings have to do with it.

    `outputs` are those that are written; `left_out` pages that stand in the folder and are not
    used, in lower case; `moved` maps the place of a message that an overlay brings to the page's.
    """

    outputs: frozenset[str]
    left_out: frozenset[str]
    moved: Mapping[Span, Span]


class _Run(Value):
    """What a run made, found by page, name or place."""

    api: Api
    package: PythonOutline
    scope: Scope
    operations: Mapping[str, Operation]  # by page
    pages: Mapping[str, str]  # of operations, by their paths in lower case
    methods: Mapping[str, MethodOutline]  # by name
    types: Mapping[str, Sequence[str]]  # by page
    enums: Mapping[str, Sequence[str]]  # by page
    by_request: Mapping[Span, Sequence[TestOutline]]
    by_answer: Mapping[Span, Sequence[TestOutline]]
    by_method: Mapping[str, Sequence[TestOutline]]


def compare(
    pages: Iterable[tuple[PageOutline, PageFacts]],
    api: Api,
    package: PythonOutline,
    findings: Iterable[Diagnostic],
    scope: Scope,
) -> Coverage:
    """What stands on each page, with the code and the tests that it became."""
    run = _run(api, package, scope)
    said = _grouped((finding.span.path, finding) for finding in findings)
    entries = [_Page(outline, facts, run, said).entry() for outline, facts in pages]
    return Coverage(tuple(sorted(entries, key=lambda page: page.path)))


def _run(api: Api, package: PythonOutline, scope: Scope) -> _Run:
    return _Run(
        api,
        package,
        scope,
        api.operations,
        {page.lower(): page for page in package.methods},
        {method.name: method for several in package.methods.values() for method in several},
        _grouped((page, name) for name, item in api.types.items() for page in item.sources),
        _grouped((page, name) for name, item in api.enums.items() for page in item.sources),
        _grouped((test.request, test) for test in package.tests),
        _grouped((span, test) for test in package.tests for span in test.answers),
        _grouped((test.method, test) for test in package.tests if test.method),
    )


def _grouped(pairs: Iterable[tuple[K, V]]) -> Mapping[K, list[V]]:
    groups: dict[K, list[V]] = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return groups


class _Page:
    """One page."""

    def __init__(
        self,
        outline: PageOutline,
        facts: PageFacts,
        run: _Run,
        said: Mapping[str, Sequence[Diagnostic]],
    ) -> None:
        self._outline = outline
        self._facts = facts
        self._run = run
        self._said = said
        self._methods = run.package.methods.get(facts.path, ())
        self._rows = {
            (fact.span.path, fact.span.first): (fact, owner) for fact, owner in _row_facts(facts)
        }

    def entry(self) -> PageEntry:
        facts = self._facts
        lines = tuple(map(self._as_written, self._lines()))
        tables = tuple(self._table(table) for table in self._outline.tables)
        messages = tuple(map(self._as_written, self._messages()))
        parts = [entry.mark for entry in (*lines, *messages)] + [table.mark for table in tables]
        findings = tuple(
            (str(found.span), str(found.severity), f"{found.message} [{found.code}]")
            for found in self._said.get(facts.path, ())
        )
        has_facts = facts.operation is not None or facts.types or facts.enums
        mark = together(parts) if has_facts else Mark.LEFT
        return PageEntry(
            facts.path, str(facts.kind), facts.title, mark, lines, tables, messages, findings
        )

    # --- request lines

    def _lines(self) -> Iterator[Entry]:
        for template in self._templates:
            methods = [m for m in self._methods if template.span in m.lines]
            tests = [
                test.name
                for method in methods
                for test in self._run.by_method.get(method.name, ())
                if test.line == template.span
            ]
            yield self._made(
                "request line",
                f"{template.method} {template.path}",
                template.span,
                [f"{method.file}: {method.name}" for method in methods],
                tests,
            )

    # --- tables

    def _table(self, table: TableOutline) -> TableEntry:
        rows = tuple(self._as_written(self._row(row)) for row in table.rows)
        mark = together(row.mark for row in rows)
        return TableEntry(table.heading, table.span, mark, rows)

    def _row(self, row: RowOutline) -> Entry:
        fact, owner = self._rows.get((row.span.path, row.span.first), (None, None))
        match fact:
            case MemberFact():
                return self._member(row, fact)
            case PermissionFact():
                return self._told("permission", row)
            case ErrorFact():
                return self._told("error", row)
            case HeaderFact():
                return self._argument("header", row, fact.name, "client-writes-it")
            case PropertyFact() if isinstance(owner, TypeFact):
                kind = "relationship" if fact.is_relationship else "property"
                return self._property(kind, row, fact.name)
            case PropertyFact():
                return self._parameter(row, fact.name)
        if (page := self._run.pages.get(row.target)) is not None:
            return self._method(row, page)
        if row.target in self._run.scope.left_out:
            return self._left("method", row.name, row.span, "not-asked-for")
        if self._methods and (found := self._parameter(row, row.name)).code:
            return found  # OData's own options, and what a second table repeats
        if (found := self._property("property", row, row.name)).code:
            return found
        return self._left("row", row.name, row.span, "row-unread")

    def _property(self, kind: str, row: RowOutline, name: str) -> Entry:
        types = self._run.types.get(self._facts.path, ())
        for type_name in types:
            if places := self._attribute(type_name, name):
                code, tests = zip(*places, strict=True)
                return self._made(kind, name, row.span, code, tests)
        return self._left(kind, name, row.span, "row-without-effect")

    def _attribute(self, type_name: str, name: str) -> list[tuple[str, str]]:
        """Where the property of a type is declared in the package, and its test.

        With it the enumeration that was made of the values in its description.
        """
        api, package = self._run.api, self._run.package
        for declaring in api.chain(type_name):
            for prop in api.types[declaring].declared:
                if prop.name.lower() == name.lower():
                    made = package.types[declaring]
                    places = [(f"{made.file}: {made.name}.{made.attributes[prop.name]}", made.test)]
                    if prop.type.name in api.enums and api.enums[prop.type.name].is_inline:
                        enum = package.types[prop.type.name]
                        places.append((f"{enum.file}: {enum.name}", enum.test))
                    return places
        return []

    def _member(self, row: RowOutline, fact: MemberFact) -> Entry:
        api, package = self._run.api, self._run.package
        names = [
            name
            for name in self._run.enums.get(self._facts.path, ())
            if any(member.name == fact.name for member in api.enums[name].members)
        ]
        code = [f"{package.types[name].file}: {package.types[name].name}" for name in names]
        tests = [package.types[name].test for name in names]
        return self._made("member", fact.name, row.span, code[:1], tests[:1])

    def _parameter(self, row: RowOutline, name: str) -> Entry:
        """A row of an operation: an argument, or a property of the object that is sent."""
        found = self._argument("parameter", row, name)
        operation = self._run.operations.get(self._facts.path)
        if found.code or operation is None or operation.body.type is None:
            return found
        if not (places := self._attribute(operation.body.type.name, name)):
            return found
        code, tests = zip(*places, strict=True)
        return self._made("parameter", name, row.span, code, tests)

    def _argument(
        self, kind: str, row: RowOutline, name: str, otherwise: str = "row-without-effect"
    ) -> Entry:
        code, tests = [], []
        for method in self._methods:
            argument = method.arguments.get(name.strip("{}<>()'\" ").lower())
            if argument is not None:
                code.append(f"{method.file}: {method.name}({argument}=)")
                for test in self._run.by_method.get(method.name, ()):
                    if argument in test.arguments:
                        tests.append(test.name)
        if not code and kind == "header":
            return replace(self._left(kind, name, row.span, otherwise), mark=Mark.TOLD)
        return self._made(kind, name, row.span, code, tests, otherwise)

    def _method(self, row: RowOutline, page: str) -> Entry:
        """A row of a Methods table: the methods of the page that it leads to."""
        methods = self._run.package.methods[page]
        tests = [test.name for m in methods for test in self._run.by_method.get(m.name, ())]
        code = [f"{method.file}: {method.name}" for method in methods]
        return self._made("method", row.name, row.span, code, tests)

    def _told(self, kind: str, row: RowOutline) -> Entry:
        return replace(self._left(kind, row.name, row.span, "told-in-words"), mark=Mark.TOLD)

    # --- messages

    def _messages(self) -> Iterator[Entry]:
        lines = {(t.span.path, t.span.first) for t in self._templates}
        places = _message_facts(self._facts, self._run.scope.moved)
        for message in self._outline.messages:
            span = message.span
            within = [(span.path, line) for line in range(span.first, span.last + 1)]
            if any(place in lines for place in within):
                continue
            fact = next((places[place] for place in within if place in places), None)
            yield self._message(message, fact)

    @property
    def _templates(self) -> Iterable[TemplateFact]:
        return self._facts.operation.value.templates if self._facts.operation is not None else ()

    def _message(self, message: MessageOutline, fact: "_Shown | None") -> Entry:
        name = message.heading or message.start
        if fact is None:
            is_line = any(f.code == "template-twice" for f in self._findings(message.span))
            kind = "request line" if is_line else message.kind
            return self._left(kind, name, message.span, "message-unread")
        if fact.kind == "representation":
            return self._representation(name, message.span, fact.span)
        is_request = fact.kind == "request"
        found = self._run.by_request if is_request else self._run.by_answer
        tests = found.get(fact.span, ())
        played = [test for test in tests if not test.skip]
        if not played:
            spans = [message.span] if is_request else [message.span, fact.request]
            reasons = self._losses(*spans) or (_reason("message-unread"),)
            mark = Mark.TOLD if reasons[0].code in _NO_CALL else Mark.LEFT
            return Entry(fact.kind, name, message.span, mark, reasons=reasons)
        is_whole = all(test.sends_all if is_request else test.reads_all for test in played)
        mark = Mark.TESTED if is_whole else Mark.PARTLY
        methods = {test.method: None for test in played if test.method}
        code = [f"{self._run.methods[name].file}: {name}" for name in methods]
        reasons = () if is_whole else self._contradictions(message.span)
        reasons = reasons or (() if is_whole else (_reason("nothing-shown"),))
        names = tuple(test.name for test in played)
        return Entry(fact.kind, name, message.span, mark, tuple(code), names, reasons)

    def _representation(self, name: str, span: Span, shape: Span) -> Entry:
        for type_name in self._run.types.get(self._facts.path, ()):
            item, made = self._run.api.types[type_name], self._run.package.types[type_name]
            code = (f"{made.file}: {made.name}",)
            if item.shape is not None and item.shape.span == shape:
                mark = Mark.TESTED if made.shows_all else Mark.PARTLY
                reasons = () if made.shows_all else self._contradictions(span)
                return Entry("representation", name, span, mark, code, (made.test,), reasons)
            if item.shape is not None:
                reasons = (_reason("elsewhere"),)
                return Entry("representation", name, span, Mark.CODE, code, (), reasons)
        return self._left("representation", name, span, "message-unread")

    # --- what of it is written

    def _as_written(self, entry: Entry) -> Entry:
        """The entry without the code and the tests that the settings leave out."""
        outputs = self._run.scope.outputs
        code = tuple(place for place in entry.code if place.partition("/")[0] in outputs)
        tests = entry.tests if "tests" in outputs and bool(code) == bool(entry.code) else ()
        if (code, tests) == (entry.code, entry.tests):
            return entry
        reasons = (_reason("not-asked-for"),)
        if not code and not tests:
            return replace(entry, mark=Mark.LEFT, code=code, tests=tests, reasons=reasons)
        mark = Mark.CODE if entry.tests and not tests else entry.mark
        return replace(entry, mark=mark, code=code, tests=tests, reasons=reasons)

    # --- why

    def _made(
        self,
        kind: str,
        name: str,
        span: Span,
        code: Sequence[str],
        tests: Sequence[str],
        otherwise: str = "row-without-effect",
    ) -> Entry:
        if not code:
            return self._left(kind, name, span, otherwise)
        if tests:
            return Entry(kind, name, span, Mark.TESTED, tuple(code), tuple(dict.fromkeys(tests)))
        return Entry(kind, name, span, Mark.CODE, tuple(code), (), (_reason("no-example"),))

    def _left(self, kind: str, name: str, span: Span, otherwise: str) -> Entry:
        facts = self._facts
        reasons = self._losses(span)
        if not reasons and not (facts.operation or facts.types or facts.enums):
            reasons = (_reason("page-of-prose"),)
        reasons = reasons or (_reason(otherwise),)
        mark = Mark.TOLD if reasons[0].code in _NO_CALL else Mark.LEFT
        return Entry(kind, name, span, mark, reasons=reasons)

    def _losses(self, *spans: Span) -> tuple[Reason, ...]:
        """The findings on these lines that say why nothing was made of them."""
        found = (finding for span in spans for finding in self._findings(span))
        return _once(finding for finding in found if finding.code in _LOSSES)

    def _contradictions(self, span: Span) -> tuple[Reason, ...]:
        """The findings on these lines, those of examples first; none that only informs."""
        found = [f for f in self._findings(span) if f.severity is not Severity.INFO]
        return _once(sorted(found, key=lambda finding: not finding.code.startswith("example-")))

    def _findings(self, span: Span) -> Iterator[Diagnostic]:
        for finding in self._said.get(span.path, ()):
            if span.first <= finding.span.first <= max(span.first, span.last):
                yield finding


def _reason(code: str) -> Reason:
    return Reason(code, REASONS[code])


def _once(findings: Iterable[Diagnostic]) -> tuple[Reason, ...]:
    return tuple(dict.fromkeys(Reason(finding.code, finding.message) for finding in findings))


def _row_facts(facts: PageFacts) -> Iterator[tuple[_RowFact, _Owner]]:
    for described in facts.types:
        yield from ((row, described) for row in described.properties)
    for enum in facts.enums:
        yield from ((member, enum) for member in enum.members)
    if facts.operation is not None:
        operation = facts.operation.value
        yield from ((row, None) for row in operation.parameters)
        yield from ((row, None) for row in operation.query)
        yield from ((row, None) for row in operation.body.rows)
        yield from ((header, None) for header in operation.headers)
        yield from ((permission, None) for permission in operation.permissions)
        yield from ((error, None) for error in operation.errors)


class _Shown(Value):
    """A message that was read: of an example, with the place of its request, or of a type."""

    kind: str
    span: Span
    request: Span


def _message_facts(
    facts: PageFacts, moved: Mapping[Span, Span]
) -> Mapping[tuple[str, int], _Shown]:
    """By page and first line; a message that an overlay brings, by those of what it replaces."""
    shown = [
        _Shown("representation", described.shape.span, described.shape.span)
        for described in facts.types
        if described.shape is not None
    ]
    for example in facts.operation.value.examples if facts.operation is not None else ():
        shown.append(_Shown("request", example.request.span, example.request.span))
        for answer in example.responses:
            shown.append(_Shown("response", answer.span, example.request.span))
    places = ((moved.get(item.span, item.span), item) for item in shown)
    return {(span.path, span.first): item for span, item in places}
