"""Facts → Api: one truth for all pages; no language.

Takes every page's facts, gives the Api. What needs two pages is decided here, and each decision
between sources is reported with the lines of both.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from msgspec.structs import replace

from generator.diagnostics import Findings, Parsed, Span
from generator.memo import Batch, Memo
from generator.model.api import Api, Enum, StructuredType
from generator.model.conformance import Conformance
from generator.model.enums import Gathered, gather_enums
from generator.model.given_names import give_names
from generator.model.hints import Hints, body_type, read_hints
from generator.model.messages import service_of
from generator.model.operations import Told, build_operations
from generator.model.promises import Promises
from generator.model.registry import Registry
from generator.model.slicing import slice_api
from generator.model.structures import (
    Described,
    Settling,
    adds_types,
    Structures,
    build_structure,
    choose_bases,
    declare,
    gather_types,
    inherited_names,
    qualified_name,
)
from generator.pages.facts import PageFacts, PageKind, PropertyFact, TypeFact
from generator.textfile import Source
from generator.values import Value, sign

__all__ = ["Api", "build_api", "give_names", "slice_api"]


def build_api(
    pages: Sequence[PageFacts],
    source: Source,
    memo: Memo | None = None,
    signs: Mapping[str, bytes] = MappingProxyType({}),
) -> Parsed[Api]:
    """Gather the facts of all pages into one Api; the order of `pages` does not matter.

    Names, bases and enumerations are gathered anew each time; each structured type and each
    operation is a unit of `memo`, for which `signs` gives by path a digest of the facts of a page.
    """
    memo = memo or Memo()
    found = Findings()
    ordered = sorted(pages, key=lambda page: page.path)
    stated = {page.path: page for page in ordered if page.kind is PageKind.OPERATION}
    hints = memo.batch(
        "hints",
        {path: signs.get(path, b"") for path in stated},
        lambda path: read_hints(stated[path]),
    )
    found.add(hints.diagnostics())
    told_by: Mapping[str, Hints] = hints.briefs
    ordered = [_with_answer(page, told_by) for page in ordered]
    _check_links(ordered, source, found)
    types = _build_types(ordered, told_by, found, memo, signs)
    host, version = service_of(each for told in told_by.values() for each in told.services)
    api = Api(
        version,
        host,
        memo.results(types.structured),
        types.enums,
        {},
        dict(sorted(Counter(str(page.kind) for page in ordered).items())),
        source.licence,
        sources=memo.noted(
            "sources",
            {name: brief.sources for name, brief in types.structured.briefs.items()}
            | {name: enum.sources for name, enum in types.enums.items()},
        ),
    )
    promises = Promises(ordered, memo, signs)
    told = Told(
        types.work,
        api.types,
        memo.noted("promises", promises, promises.signs),
        memo.noted("words", {word: "" for each in told_by.values() for word in each.words}),
        memo.noted("service", {"host": host, "version": version}),
    )
    operations = build_operations(ordered, told, Conformance(api), memo, signs)
    found.add(operations.diagnostics())
    return Parsed(replace(api, operations=memo.results(operations)), found.as_said())


def _with_answer(page: PageFacts, hints: Mapping[str, Hints]) -> PageFacts:
    """The page with the type that was made for its answer, if one was."""
    answer = hints[page.path].answer if page.path in hints else None
    return replace(page, types=(*page.types, answer)) if answer is not None else page


class _Types(Value):
    """Every type, by name: the structured ones as units of work, the rest settled."""

    structured: Batch[StructuredType]
    enums: Mapping[str, Enum]
    work: Structures


def _build_types(
    ordered: Sequence[PageFacts],
    hints: Mapping[str, Hints],
    found: Findings,
    memo: Memo,
    signs: Mapping[str, bytes],
) -> _Types:
    described = gather_types([*ordered, *_body_types(ordered, hints)], found)
    gathered = gather_enums(ordered, frozenset(described), found)
    plain = _registry(described, gathered)
    bases, missing = choose_bases(described, plain, found)
    registry = replace(plain, bases=bases)
    for name, span in missing.values():
        if name in bases:
            found.say("type-undocumented", span, type=name, kept="its base's page names it")
        else:
            found.say("base-undocumented", span, base=name)
        described[name.lower()] = _undescribed(name, span, described, registry)
    if missing:
        plain = _registry(described, gathered)
        registry = replace(plain, bases=bases)
    items = [item for _, item in sorted(described.items())]
    inherited = {base: inherited_names(base, described, registry) for base in set(bases.values())}
    settling = Settling(registry, found, dict(gathered.enums), {})
    for item in items:
        above = inherited.get(bases.get(item.name, ""), ())
        namespace, _, owner = item.name.rpartition(".")
        for page, fact in item.facts:
            for row in filter(adds_types, fact.properties):
                if row.name.lower() not in above:
                    declare(row, page.path, namespace, owner, settling)
    for page in ordered:
        for row in hints[page.path].rows if page.path in hints else ():
            declare(row, page.path, page.namespace, "", settling)

    work = Structures(
        registry.noted(memo),
        found,
        memo.noted("names of enums", {key: enum.name for key, enum in settling.enums.items()}),
        memo.noted("referred", settling.referred),
    )
    noted = memo.noted("inherited", inherited)
    undescribed = {name for name, _ in missing.values()}
    named = {item.name: item for item in items}
    empty = {n: span for n, span in settling.referred.values() if n.lower() not in described}
    owns: dict[str, bytes] = {}
    for item in items:
        # What a type without a page is made of stands on many.
        pages = [signs.get(page.path, b"") for page, _ in item.facts]
        facts = sign(item) if item.name in undescribed else b"".join(pages)
        owns[item.name] = bases.get(item.name, "").encode() + b"\0" + facts
    owns.update((name, sign(span)) for name, span in sorted(empty.items()))

    def build(name: str) -> Parsed[StructuredType]:
        if name in empty:
            return _empty(name, empty[name])
        return _build_type(named[name], bases.get(name), noted, work)

    built = memo.batch("declared types", owns, build, _brief)
    found.add(built.diagnostics())
    enums = {enum.name: enum for _, enum in sorted(settling.enums.items())}
    return _Types(_with_derived(built, registry, memo), memo.noted("enums", enums), work)


def _build_type(
    item: Described, base: str | None, inherited: Mapping[str, frozenset[str]], work: Structures
) -> Parsed[StructuredType]:
    found = Findings()
    above = inherited[base] if base is not None else frozenset()
    return Parsed(build_structure(item, base, above, replace(work, found=found)), found.as_said())


class _Brief(Value):
    """What is known of a type that nobody has looked at."""

    is_entity: bool
    sources: tuple[str, ...]


def _brief(item: StructuredType) -> _Brief:
    return _Brief(item.is_entity, item.sources)


def _check_links(pages: Sequence[PageFacts], source: Source, found: Findings) -> None:
    """Links that lead to no page, or to one whose name is written in another letter case."""
    paths = {*source.left_out, *(page.path for page in pages)}
    known = {path.lower(): path for path in sorted(paths)}
    for page in pages:
        for link in page.links:
            if link.path in paths:
                continue
            target = known.get(link.path.lower())
            if target is None and not link.path.startswith("../"):
                found.say("link-target-missing", link.span, target=link.path)
            elif target is not None:
                found.say("link-letter-case", link.span, target=link.path)


def _registry(described: dict[str, Described], gathered: Gathered) -> Registry:
    """The ways in which pages speak of types, before bases are known."""
    on_page: dict[str, list[str]] = {}
    for item in described.values():
        for page, fact in item.facts:
            if not fact.is_api_page:
                on_page.setdefault(page.path.lower(), []).append(item.name)
    for path, name in gathered.pages.items():
        on_page.setdefault(path, []).append(name)
    locals_: dict[str, list[str]] = {}
    for name in [
        *(item.name for item in described.values()),
        *(e.name for e in gathered.enums.values()),
    ]:
        locals_.setdefault(name.lower().rpartition(".")[2], []).append(name)
    return Registry(
        {key: item.name for key, item in described.items()},
        {key: enum.name for key, enum in gathered.enums.items()},
        {path: tuple(dict.fromkeys(names)) for path, names in on_page.items()},
        gathered.anchors,
        {local: tuple(sorted(set(names))) for local, names in locals_.items()},
        gathered.page_enums,
    )


def _body_types(pages: Sequence[PageFacts], hints: Mapping[str, Hints]) -> list[PageFacts]:
    """Types that only an operation's request body describes: its link leads to no page."""
    paths = {page.path.lower() for page in pages}
    made = [
        replace(page, types=(fact,), enums=(), operation=None)
        for page in pages
        if (told := hints.get(page.path)) and told.target and told.target not in paths
        if (fact := body_type(page)) is not None
    ]
    known = {qualified_name(page, fact).lower() for page in pages for fact in page.types}
    return [page for page in made if qualified_name(page, page.types[0]).lower() not in known]


def _undescribed(
    name: str, span: Span, described: dict[str, Described], registry: Registry
) -> Described:
    """A base that no page describes, with the properties that its derived types' rows give to it."""
    rows: dict[str, PropertyFact] = {}
    page: PageFacts | None = None
    for item in described.values():
        for at, fact in item.facts:
            if page is None or at.path == span.path:
                page = at
            for row in fact.properties:
                word = row.inherited_from
                if (
                    word is not None
                    and registry.bases.get(item.name) == name
                    and word.text.lower().rpartition(".")[2] == name.lower().rpartition(".")[2]
                ):
                    rows.setdefault(row.name.lower(), replace(row, inherited_from=None))
    assert page is not None
    fact = TypeFact(
        name,
        "",
        name,
        "",
        span,
        properties=tuple(rows.values()),
        is_annotated=False,
        is_api_page=True,
    )
    return Described(
        name, ((replace(page, types=(fact,), enums=(), operation=None, namespace=""), fact),)
    )


def _empty(name: str, span: Span) -> Parsed[StructuredType]:
    return Parsed(StructuredType(name, "", None, False, False, True, (), (), (), (), span))


def _with_derived(
    built: Batch[StructuredType], registry: Registry, memo: Memo
) -> Batch[StructuredType]:
    """Fill in the direct derived types, and what makes a type an entity type: its bases' key too."""
    derived: dict[str, list[str]] = {}
    for name, base in registry.bases.items():
        derived.setdefault(base, []).append(name)
    entities = {name for name, brief in built.briefs.items() if brief.is_entity}
    facts = {
        name: (
            tuple(sorted(derived.get(name, ()))),
            any(each in entities for each in registry.chain(name)),
        )
        for name in sorted(built)
    }
    owns = {name: built.signs[name] + repr(each).encode() for name, each in facts.items()}

    def fill(name: str) -> Parsed[StructuredType]:
        below, is_entity = facts[name]
        return Parsed(replace(built[name].value, derived=below, is_entity=is_entity))

    return memo.batch("types", owns, fill, _brief)
