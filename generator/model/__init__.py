"""Facts → Api: one truth for all pages; no language.

Takes every page's facts, gives the Api. What needs two pages is decided here, and each decision
between sources is reported with the lines of both.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from generator.diagnostics import Diagnostic, Findings, Parsed, Span
from generator.memo import Batch, Memo
from generator.model.api import Api, Enum, StructuredType
from generator.model.conformance import Conformance
from generator.model.enums import Gathered, gather_enums
from generator.model.given_names import give_names
from generator.model.declarations import (
    Declared,
    DeclaredType,
    declared_type,
    fact_of,
    read_declared,
)
from generator.model.messages import service_of
from generator.model.operations import Told, build_operations
from generator.model.promises import Promises
from generator.model.registry import Registry
from generator.model.slicing import slice_api
from generator.model.structures import (
    Described,
    Settling,
    Structures,
    build_structure,
    choose_bases,
    declare,
    gather_types,
    inherited_names,
    qualified_name,
)
from generator.pages.facts import PageFacts, PageKind, PropertyFact, TypeFact, TypeWord
from generator.textfile import Source
from generator.values import Value, sign

__all__ = ["Api", "build_api", "give_names", "slice_api"]


def build_api(
    pages: Mapping[str, PageFacts],
    source: Source,
    memo: Memo | None = None,
    signs: Mapping[str, bytes] | None = None,
) -> Parsed[Api]:
    """Gather the facts of all pages, by path, into one Api; the order of `pages` does not matter.

    What a page declares is a unit of `memo`, and so is each structured type and each operation;
    names, bases and enumerations are gathered from the declarations anew each time. `signs` has a
    digest of the facts of each page, which are looked at for what is new alone.
    """
    memo = memo or Memo()
    found = Findings()
    owns = {path: signs[path] if signs is not None else b"" for path in sorted(pages)}
    declared = memo.batch("declarations", owns, lambda path: read_declared(pages[path]))
    found.add(declared.diagnostics())
    told: list[Declared] = [declared.briefs[path] for path in owns]
    found.add(_misled_links(pages, source, owns, memo))
    types = _build_types(told, pages, found, memo, owns)
    host, version = service_of(each for page in told for each in page.services)
    api = Api(
        version,
        host,
        memo.results(types.structured),
        types.enums,
        {},
        dict(sorted(Counter(str(page.kind) for page in told).items())),
        source.licence,
        sources=memo.noted(
            "sources",
            {name: brief.sources for name, brief in types.structured.briefs.items()}
            | {name: enum.sources for name, enum in types.enums.items()},
        ),
    )
    promises = Promises(pages, memo, owns)
    said = Told(
        types.work,
        api.types,
        memo.noted("promises", promises, promises.signs),
        memo.noted("words", {word: "" for page in told for word in page.words}),
        memo.noted("service", {"host": host, "version": version}),
    )
    stated = {page.path: owns[page.path] for page in told if page.kind is PageKind.OPERATION}
    operations = build_operations(pages, said, Conformance(api), memo, stated)
    found.add(operations.diagnostics())
    return Parsed(replace(api, operations=memo.results(operations)), found.as_said())


def _misled_links(
    pages: Mapping[str, PageFacts], source: Source, owns: Mapping[str, bytes], memo: Memo
) -> Iterator[Diagnostic]:
    """Links that lead to no page, or to one whose name is written in another letter case."""
    spelled: dict[str, tuple[str, ...]] = {}
    for path in sorted({*source.left_out, *pages}):
        spelled[path.lower()] = (*spelled.get(path.lower(), ()), path)
    known = memo.noted("paths of pages", spelled)

    def check(path: str) -> Parsed[None]:
        found = Findings()
        for link in pages[path].links:
            targets = known.get(link.path.lower())
            if targets is None and not link.path.startswith("../"):
                found.say("link-target-missing", link.span, target=link.path)
            elif targets is not None and link.path not in targets:
                found.say("link-letter-case", link.span, target=link.path)
        return Parsed(None, found.as_said())

    return memo.batch("links", owns, check).diagnostics()


class _Types(Value):
    """Every type, by name: the structured ones as units of work, the rest settled."""

    structured: Batch[StructuredType]
    enums: Mapping[str, Enum]
    work: Structures


def _build_types(
    told: Sequence[Declared],
    pages: Mapping[str, PageFacts],
    found: Findings,
    memo: Memo,
    owns: Mapping[str, bytes],
) -> _Types:
    described = gather_types(_declared_types(told), found)
    gathered = gather_enums(told, frozenset(described), found)
    plain = _registry(described, gathered)
    bases, missing = choose_bases(described, plain, found)
    registry = replace(plain, bases=bases)
    for name, span in missing.values():
        if name in bases:
            found.say("type-undocumented", span, type=name, kept="its base's page names it")
        else:
            found.say("base-undocumented", span, base=name)
        described[name.lower()] = _undescribed(name, span, described, pages, registry)
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
            for row in fact.rows:
                if row.name.lower() not in above:
                    declare(row, page.path, namespace, owner, settling)
    for page in told:
        for row in page.rows:
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
    own: dict[str, bytes] = {}
    for item in items:
        # What a type without a page is made of stands on many.
        made = item.name in undescribed
        facts = sign(item) if made else b"".join(owns[page.path] for page, _ in item.facts)
        own[item.name] = bases.get(item.name, "").encode() + b"\0" + facts
    own.update((name, sign(span)) for name, span in sorted(empty.items()))

    def build(name: str) -> Parsed[StructuredType]:
        if name in empty:
            return _empty(name, empty[name])
        return _build_type(named[name], pages, bases.get(name), noted, work)

    built = memo.batch("declared types", own, build, _brief)
    found.add(built.diagnostics())
    enums = {enum.name: enum for _, enum in sorted(settling.enums.items())}
    return _Types(_with_derived(built, registry, memo), memo.noted("enums", enums), work)


def _build_type(
    item: Described,
    pages: Mapping[str, PageFacts],
    base: str | None,
    inherited: Mapping[str, frozenset[str]],
    work: Structures,
) -> Parsed[StructuredType]:
    found = Findings()
    above = inherited[base] if base is not None else frozenset()
    built = build_structure(item, pages, base, above, replace(work, found=found))
    return Parsed(built, found.as_said())


class _Brief(Value):
    """What is known of a type that nobody has looked at."""

    is_entity: bool
    sources: tuple[str, ...]


def _brief(item: StructuredType) -> _Brief:
    return _Brief(item.is_entity, item.sources)


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


def _declared_types(told: Sequence[Declared]) -> list[tuple[Declared, DeclaredType]]:
    """Every type with the page that declares it.

    Those that only an operation's request body describes are among them, where its link leads to no
    page.
    """
    paths = {page.path.lower() for page in told}
    declared = [(page, fact) for page in told for fact in page.types]
    known = {qualified_name(fact).lower() for _, fact in declared}
    bodies = [
        (page, page.body) for page in told if page.body is not None and page.target not in paths
    ]
    return declared + [pair for pair in bodies if qualified_name(pair[1]).lower() not in known]


def _undescribed(
    name: str,
    span: Span,
    described: Mapping[str, Described],
    pages: Mapping[str, PageFacts],
    registry: Registry,
) -> Described:
    """A base that no page describes, with the properties that its derived types' rows give to it."""
    local = name.lower().rpartition(".")[2]

    def is_meant(word: TypeWord | None) -> bool:
        return word is not None and word.text.lower().rpartition(".")[2] == local

    rows: dict[str, PropertyFact] = {}
    page: Declared | None = None
    for item in described.values():
        for at, fact in item.facts:
            if page is None or at.path == span.path:
                page = at
            if registry.bases.get(item.name) == name and any(
                is_meant(w) for w, _ in fact.inherited
            ):
                for row in fact_of(fact, at.path, pages).properties:
                    if is_meant(row.inherited_from):
                        rows.setdefault(row.name.lower(), replace(row, inherited_from=None))
    assert page is not None
    made = TypeFact(
        name,
        "",
        name,
        "",
        span,
        properties=tuple(rows.values()),
        is_annotated=False,
        is_api_page=True,
    )
    bare = Declared(page.path, page.kind, "")
    return Described(name, ((bare, declared_type(made, 0, is_made=True)),))


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
