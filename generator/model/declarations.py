"""What each page tells before any type is settled: types, enumerations, services, words of paths.

Takes the facts of a page, gives what all pages are compared by; most of the facts are looked at
only where something is built from them.
"""

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from generator.diagnostics import Findings, Parsed, Span
from generator.model.messages import services_in
from generator.model.paths import words_of
from generator.model.promises import answer_type
from generator.model.shapes import shape_properties
from generator.pages.facts import (
    BaseFact,
    BodyKind,
    EnumFact,
    Notes,
    PageFacts,
    PageKind,
    PropertyFact,
    TypeFact,
    TypeWord,
)
from generator.values import Value

_SILENT = Notes()  # one, which is kept once
_BODY = -1  # stands for the type that a request body lists, which few pages are asked for


class DeclaredType(Value):
    """What a page declares of a type; the rest is in `fact_of`.

    `at` finds the fact among those of its page. `size` is the number of rows, `names` are theirs in
    lower case, or those that the JSON representation shows where there is no row. `inherited` are
    rows that say from which type they come, `rows` those that may add to enumerations and
    undescribed types. `made` is the fact itself, of a type that has no page.
    """

    at: int
    name: str
    namespace: str
    span: Span
    is_api_page: bool
    size: int
    bases: tuple[BaseFact, ...]
    derived: tuple[TypeWord, ...]
    names: tuple[str, ...]
    inherited: tuple[tuple[TypeWord, Span], ...]
    rows: tuple[PropertyFact, ...]
    made: TypeFact | None = None


class Declared(Value):
    """What one page tells.

    `services` are the host and version of each URL that its examples request, `words` stand in its
    paths for themselves. `rows` are those of an operation's tables that may add to enumerations and
    undescribed types. `body` is the type of its request, if the page itself lists the properties
    too, and `target` the page that describes it.
    """

    path: str
    kind: PageKind
    namespace: str
    types: tuple[DeclaredType, ...] = ()
    enums: tuple[EnumFact, ...] = ()
    services: tuple[tuple[str, str], ...] = ()
    words: tuple[str, ...] = ()
    rows: tuple[PropertyFact, ...] = ()
    body: DeclaredType | None = None
    target: str = ""


def read_declared(page: PageFacts) -> Parsed[Declared]:
    """What a page tells; a type that is made for the answer of its operation is reported."""
    found = Findings()
    answer = answer_type(page)
    if answer is not None:
        found.say("answer-type-made", answer.span, type=answer.name)
    types = tuple(declared_type(fact, at) for at, fact in enumerate(_types_of(page)))
    declared = Declared(page.path, page.kind, page.namespace, types, page.enums)
    if page.operation is None:
        return Parsed(declared, found.as_said())
    fact, body = page.operation.value, _body_type(page)
    word = fact.body.word
    told = replace(
        declared,
        services=services_in(fact),
        words=tuple(sorted(words_of(line.path for line in fact.templates))),
        rows=_adding((*fact.parameters, *fact.query, *fact.body.rows)),
        body=declared_type(body, _BODY) if body is not None else None,
        target=word.target.partition("#")[0] if body is not None and word is not None else "",
    )
    return Parsed(told, found.as_said())


def declared_type(fact: TypeFact, at: int, is_made: bool = False) -> DeclaredType:
    """What a fact declares of its type; `is_made` for one that stands on no page."""
    rows = fact.properties
    shown = () if rows or fact.is_open else shape_properties(fact.shape)
    return DeclaredType(
        at,
        fact.name,
        fact.namespace,
        fact.span,
        fact.is_api_page,
        len(rows),
        fact.bases,
        fact.derived,
        tuple(dict.fromkeys(name.lower() for name in (*(row.name for row in rows), *shown))),
        tuple((row.inherited_from, row.span) for row in rows if row.inherited_from is not None),
        _adding(rows),
        fact if is_made else None,
    )


def fact_of(declared: DeclaredType, page: str, pages: Mapping[str, PageFacts]) -> TypeFact:
    """All that a page says of a type that it declares."""
    if declared.made is not None:
        return declared.made
    fact = _body_type(pages[page]) if declared.at == _BODY else _types_of(pages[page])[declared.at]
    assert fact is not None
    return fact


def _adding(rows: Iterable[PropertyFact]) -> tuple[PropertyFact, ...]:
    """The rows that may add to enumerations and undescribed types, without what else they say.

    A text that lists values becomes that of an enumeration.
    """
    return tuple(
        replace(row, text=row.text if row.values is not None else "", notes=_SILENT)
        for row in rows
        if _adds_types(row)
    )


def _adds_types(row: PropertyFact) -> bool:
    word = row.type.words[0] if row.type is not None else None
    return row.values is not None or (word is not None and bool(word.target or "." in word.text))


def _types_of(page: PageFacts) -> tuple[TypeFact, ...]:
    """The types that a page describes, and the one that is made for its answer."""
    answer = answer_type(page)
    return page.types if answer is None else (*page.types, answer)


def _body_type(page: PageFacts) -> TypeFact | None:
    """The type that an operation's request body links to and whose properties its table lists."""
    body = page.operation.value.body if page.operation is not None else None
    if body is None or body.kind is not BodyKind.TYPE or body.word is None or not body.rows:
        return None
    local = body.word.text
    target = body.word.target.partition("#")[0]
    if not target.endswith(".md") or not local.rpartition(".")[2].isidentifier():
        return None
    return TypeFact(
        local,
        page.namespace,
        local,
        "",
        body.span,
        properties=body.rows,
        is_annotated=False,
        is_api_page=True,
    )
