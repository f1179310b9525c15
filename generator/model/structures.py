"""Structured types of all pages: merged by name, with bases, properties and types resolved."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from generator.diagnostics import Findings, Span
from generator.model.api import (
    Enum,
    EnumMember,
    Property,
    StructuredType,
    TypeKind,
    TypeRef,
)
from generator.model.registry import (
    DEFAULT_NAMESPACE,
    UNTYPED_REF,
    Registry,
    plain_name,
)
from generator.model.declarations import Declared, DeclaredType, fact_of
from generator.model.shapes import property_from_shape, shape_properties
from generator.pages.facts import (
    BaseFact,
    JsonFact,
    Notes,
    PageFacts,
    PropertyFact,
    TypeFact,
    TypePhrase,
    TypeWord,
)
from generator.values import Value


class Described(Value):
    """Every fact of one type, with the page of each; `name` is qualified."""

    name: str
    facts: tuple[tuple[Declared, DeclaredType], ...]

    @property
    def span(self) -> Span:
        return self.facts[0][1].span


def qualified_name(fact: DeclaredType) -> str:
    """The type's qualified name: the annotation's, else in the page's namespace."""
    name = plain_name(fact.name)
    return name if "." in name else f"{plain_name(fact.namespace) or DEFAULT_NAMESPACE}.{name}"


def gather_types(
    declared: Iterable[tuple[Declared, DeclaredType]], found: Findings
) -> dict[str, Described]:
    """Types by lower-case qualified name.

    A type that several pages describe is the union of them; its name is spelled as most pages do.
    Side types of operation pages count only where no resource page describes the type.
    """
    groups: dict[str, list[tuple[Declared, DeclaredType]]] = {}
    for page, fact in declared:
        if plain_name(fact.name):
            groups.setdefault(qualified_name(fact).lower(), []).append((page, fact))
    described: dict[str, Described] = {}
    for key, facts in sorted(groups.items()):
        own = [pair for pair in facts if not pair[1].is_api_page] or facts[:1]
        own.sort(key=lambda pair: (_distance(pair), -pair[1].size, pair[0].path))
        name = _most_spelled(own)
        described[key] = Described(name, tuple(own))
        if len(own) > 1:
            found.say("type-merged", own[1][1].span, type=name, count=len(own))
        for page, fact in own:
            if page.namespace and page.namespace.lower() != name.rpartition(".")[0].lower():
                found.say("namespace-differs", fact.span, namespace=page.namespace, type=name)
    return described


def _most_spelled(facts: Sequence[tuple[Declared, DeclaredType]]) -> str:
    """The qualified name of a type as most pages spell it; of two the first in the alphabet."""
    if len(facts) == 1:
        return qualified_name(facts[0][1])
    spelled = Counter(qualified_name(fact) for _, fact in facts)
    return min(spelled, key=lambda name: (-spelled[name], name))


def _distance(pair: tuple[Declared, DeclaredType]) -> int:
    """How far a page's file name is from its type's: the page called like the type speaks first.

    A page without properties speaks last.
    """
    page, fact = pair
    if not fact.size:
        return 2
    stem = page.path.rpartition("/")[2].removesuffix(".md").lower()
    return 0 if stem == fact.name.rpartition(".")[2].lower() else 1


def choose_bases(
    described: Mapping[str, Described], registry: Registry, found: Findings
) -> tuple[dict[str, str], dict[str, tuple[str, Span]]]:
    """The base of each type (by qualified name), and types that no page describes.

    The latter are bases that pages name, and derived types that their base's page names.

    The order of trust: a sentence in the introduction, then the annotation, then a sentence
    elsewhere, then a base's own list of derived types, then "Inherited from" rows (nearest first).
    The second value maps the undescribed ones to their name and the place that names them.
    """
    chosen: dict[str, str] = {}
    missing: dict[str, tuple[str, Span]] = {}
    told: dict[str, str] = {}
    for item in described.values():
        for page, fact in item.facts:
            for word in fact.derived:
                name = registry.find(word, page.path, page.namespace)
                if name is None and (new := _note_missing(word, item, fact.span, missing)):
                    chosen.setdefault(new, item.name)
                elif name is not None and not name.startswith("Edm."):
                    told.setdefault(name, item.name)
    rowed: list[Described] = []
    for item in described.values():
        texts = _candidates(item, registry, ("prose",), missing)
        notes = _candidates(item, registry, ("annotation",), missing)
        later = _candidates(item, registry, ("derived",), missing)
        order = [*texts, *notes, *later]
        if item.name in told:
            order.append((told[item.name], item.span))
        order = [(name, span) for name, span in order if name != item.name]
        if not order:
            rowed.append(item)
            continue
        kept = order[0][0]
        if texts and notes and texts[0][0] != notes[0][0]:
            kept = _nearer(texts[0][0], notes[0][0])
            found.say(
                "base-differs", notes[0][1], text=texts[0][0], annotation=notes[0][0], kept=kept
            )
        elif bool(texts) != bool(notes):
            found.say(
                "base-one-source",
                order[0][1],
                base=kept,
                source="text" if texts else "annotation" if notes else "rest of the page",
            )
        chosen[item.name] = kept
    known = replace(registry, bases=dict(chosen))
    for item in rowed:
        if order := _from_rows(item, known, missing):
            chosen[item.name] = order[0][0]
            found.say("base-one-source", order[0][1], base=order[0][0], source="inherited rows")
    return _without_cycles(chosen, described, found), missing


def _nearer(text: str, annotation: str) -> str:
    """Of two named bases the text's, unless it names the root of all entities alone."""
    return annotation if text.lower() == f"{DEFAULT_NAMESPACE}.entity" else text


def _candidates(
    item: Described,
    registry: Registry,
    sources: tuple[str, ...],
    missing: dict[str, tuple[str, Span]],
) -> list[tuple[str, Span]]:
    out: list[tuple[str, Span]] = []
    for page, fact in item.facts:
        for base in fact.bases:
            if (
                base.source in sources
                and (name := _base_name(base, page, item, registry, missing)) is not None
            ):
                out.append((name, base.span))
    return out


def _base_name(
    base: BaseFact,
    page: Declared,
    item: Described,
    registry: Registry,
    missing: dict[str, tuple[str, Span]],
) -> str | None:
    """The described type that a base fact means; an undescribed one is noted, and named all the same.

    Prose that names no type ("derived from values") is no base: only a link or a qualified name is
    taken for a type that no page describes.
    """
    name = registry.find(base.word, page.path, item.name.rpartition(".")[0])
    if name is not None:
        return None if name.startswith("Edm.") or registry.kind_of(name) is TypeKind.ENUM else name
    if not base.word.text or base.word.text.lower() == "null":
        return None
    if "." in base.word.text or "resources/" in base.word.target or base.source == "annotation":
        return _note_missing(base.word, item, base.span, missing)
    return None


def _note_missing(
    word: TypeWord, item: Described, span: Span, missing: dict[str, tuple[str, Span]]
) -> str | None:
    local = plain_name(word.text)
    if " " in word.text or not local or not local[0].isalpha():
        return None
    name = (
        local if "." in local else f"{item.name.rpartition('.')[0]}.{local[0].lower()}{local[1:]}"
    )
    return missing.setdefault(name.lower(), (name, span))[0]


def _from_rows(
    item: Described, registry: Registry, missing: dict[str, tuple[str, Span]]
) -> list[tuple[str, Span]]:
    """Bases that "Inherited from" rows name; the nearest is the one that the others are bases of."""
    named: dict[str, Span] = {}
    for page, fact in item.facts:
        for word, span in fact.inherited:
            name = _base_name(BaseFact(word, "rows", span), page, item, registry, missing)
            if name is not None and name != item.name:
                named.setdefault(name, span)
    depth = {name: len(set(registry.chain(name)) & set(named)) for name in named}
    return [(name, named[name]) for name in sorted(named, key=lambda name: -depth[name])]


def _without_cycles(
    chosen: dict[str, str], described: Mapping[str, Described], found: Findings
) -> dict[str, str]:
    """The same bases without circles: the type that sorts last in a circle loses its base."""
    kept = dict(chosen)
    for start in sorted(chosen):
        seen = [start]
        while (base := kept.get(seen[-1])) is not None:
            if base in seen:
                loser = max(seen[seen.index(base) :])
                found.say("base-cycle", described[loser.lower()].span, type=loser)
                del kept[loser]
                break
            seen.append(base)
    return kept


class Structures(Value):
    """What is settled of all types before one of them, or an operation, is built from it.

    `enums` and `referred` are found by lower-case names: the names of enumerations, and types that
    no page describes, with the place that first refers to each.
    """

    registry: Registry
    found: Findings
    enums: Mapping[str, str]
    referred: Mapping[str, tuple[str, Span]]


class Settling(Value):
    """What pages add to enumerations and undescribed types, row by row: see `Structures`."""

    registry: Registry
    found: Findings
    enums: dict[str, Enum]
    referred: dict[str, tuple[str, Span]]

    def add(self, enum: Enum) -> None:
        """Hold an enumeration, in place of one of the same name."""
        self.enums[enum.name.lower()] = enum


def build_structure(
    item: Described,
    pages: Mapping[str, PageFacts],
    base: str | None,
    inherited: frozenset[str],
    work: Structures,
) -> StructuredType:
    """One type with its own properties, each typed; what the bases declare is left out.

    `inherited` are the lower-case names of that, see `inherited_names`.
    """
    paths = [page.path for page, _ in item.facts]
    facts = [fact_of(fact, page.path, pages) for page, fact in item.facts]
    properties: dict[str, Property] = {}
    annotations: dict[str, Property] = {}
    shape = next((fact.shape for fact in facts if fact.shape is not None), None)
    for path, fact in zip(paths, facts, strict=True):
        shown = shape_properties(fact.shape)
        for row in fact.properties:
            key = row.name.lower()
            if key in inherited:
                continue
            made = _property(row, fact.shape, path, item, work)
            if key.startswith("@"):
                annotations.setdefault(key, made)
            elif key in properties:
                _merge(properties, key, made, work.found)
            else:
                properties[key] = made
        if not fact.properties:
            # an open type shows samples of what it may hold, not properties
            for name in () if fact.is_open else shown:
                if name.lower() not in properties and name.lower() not in inherited:
                    properties[name.lower()] = property_from_shape(
                        name, fact.shape, work.registry, item.name
                    )
        else:
            _add_undocumented(fact, shown, properties, inherited, item, work)
    keys = next((fact.key for fact in facts if fact.key), ())
    names = {p.name.lower(): p.name for p in properties.values()}
    return StructuredType(
        item.name,
        next((fact.text for fact in facts if fact.text), ""),
        base,
        bool(keys) or "id" in properties,
        any(fact.is_abstract for fact in facts),
        any(fact.is_open for fact in facts),
        tuple(names.get(k.lower(), k) for k in keys),
        tuple(properties.values()),
        (),
        tuple(dict.fromkeys(paths)),
        item.span,
        next((fact.deprecated for fact in facts if fact.deprecated), None),
        shape,
        tuple(annotations.values()),
    )


def inherited_names(
    base: str, described: Mapping[str, Described], registry: Registry
) -> frozenset[str]:
    """The lower-case names of what a type and its bases declare."""
    names: set[str] = set()
    for name in registry.chain(base):
        item = described.get(name.lower())
        if item is not None:
            names.update(name for _, fact in item.facts for name in fact.names)
    return frozenset(names)


def _merge(properties: dict[str, Property], key: str, made: Property, found: Findings) -> None:
    kept = properties[key]
    if kept.type != made.type and made.type.kind is not TypeKind.UNTYPED:
        if kept.type.kind is TypeKind.UNTYPED:
            properties[key] = replace(made, text=kept.text or made.text)
            return
        found.say(
            "property-type-differs",
            made.span,
            name=made.name,
            type=made.type,
            other=kept.type,
            where=str(kept.span),
        )
    text = made.text if made.text and not _says_something(kept.text) else kept.text
    properties[key] = replace(kept, text=text, notes=_united(kept.notes, made.notes))


def _says_something(text: str) -> bool:
    return bool(text) and "not yet documented" not in text.lower()


def _united(first: Notes, second: Notes) -> Notes:
    """What either description says; the first one's word counts where both speak."""
    silent = Notes()
    said = {
        name: getattr(second, name)
        for name in Notes.__struct_fields__
        if getattr(first, name) == getattr(silent, name)
    }
    return replace(first, **said)


def _property(
    row: PropertyFact, shape: JsonFact | None, page: str, item: Described, work: Structures
) -> Property:
    namespace = item.name.rpartition(".")[0]
    ref = property_type(row, page, namespace, item.name.rpartition(".")[2], work)
    if row.type is None and row.name in shape_properties(shape):
        ref = property_from_shape(row.name, shape, work.registry, item.name).type
    is_navigation = row.is_relationship
    return Property(row.name, ref, row.text, row.notes, is_navigation, row.span)


def property_type(
    row: PropertyFact, page: str, namespace: str, owner: str, work: Structures
) -> TypeRef:
    """The type of a row: as resolved, an enumeration made of listed values, or a type noted as missing.

    `owner` is the local name of the type whose property it is; "" for a parameter, whose listed
    values stay text.
    """
    if row.type is None:
        return UNTYPED_REF
    phrase = row.type
    ref = work.registry.resolve(phrase, page, namespace)
    word = phrase.words[0]
    _say_spelling(row, phrase, ref, work.found)
    if ref is None and len(phrase.words) == 1:
        ref = _unknown(row, word, namespace, work)
        return replace(ref, is_collection=phrase.is_collection)
    if ref is None:
        return TypeRef(UNTYPED_REF.name, TypeKind.UNTYPED, phrase.is_collection)
    if _lists_values(row, ref, owner):
        name = _inline_name(row, namespace, owner, work.registry)
        work.found.say("values-open", row.span, name=row.name, enum=name)
        return TypeRef(name, TypeKind.ENUM, phrase.is_collection)
    return ref


def declare(row: PropertyFact, page: str, namespace: str, owner: str, work: Settling) -> None:
    """What a row adds to enumerations and undescribed types.

    `owner` is as for `property_type`.

    Members that a description lists beyond an enumeration's own are said here, and nothing else.
    """
    if row.type is None:
        return
    ref = work.registry.resolve(row.type, page, namespace)
    if ref is None and len(row.type.words) == 1:
        _declare_unknown(row, row.type.words[0], namespace, work)
    elif ref is not None and _lists_values(row, ref, owner):
        _declare_inline(row, namespace, owner, work)
    elif ref is not None and ref.kind is TypeKind.ENUM:
        _add_listed(ref.name, row, work)


def _say_spelling(
    row: PropertyFact, phrase: TypePhrase, ref: TypeRef | None, found: Findings
) -> None:
    """How the cell writes a described type: other letter case, no link, several types."""
    if ref is None or ref.kind is TypeKind.PRIMITIVE:
        return
    if len(phrase.words) > 1:
        found.say(
            "type-alternatives",
            row.span,
            cell=" or ".join(word.text for word in phrase.words),
            type=ref.name,
        )
        return
    word = phrase.words[0]
    local = word.text.rpartition(".")[2]
    if local != ref.local and local.lower() == ref.local.lower():
        found.say("type-letter-case", row.span, type=word.text, defined=ref.local)
    if ref.kind is TypeKind.STRUCTURED and not word.target:
        found.say("type-unlinked", row.span, type=word.text)


def _lists_values(row: PropertyFact, ref: TypeRef, owner: str) -> bool:
    """Whether a String property's description lists values that make an enumeration."""
    values = row.values
    is_text = bool(owner) and ref.name == "Edm.String"
    return is_text and values is not None and len(values.members) + len(values.hidden) > 1


def _unknown_name(word: TypeWord, namespace: str) -> str | None:
    """The qualified name of a type that no page describes; `None` for a word that is no name."""
    local = word.text.rpartition(".")[2]
    if not local.isidentifier() or not local.isascii():
        return None
    return word.text if "." in word.text else f"{namespace}.{local[:1].lower()}{local[1:]}"


def _unknown(row: PropertyFact, word: TypeWord, namespace: str, work: Structures) -> TypeRef:
    """A type that no page describes.

    Listed values make it an enumeration; a link or a qualified name makes it a type without
    properties; a bare word is read as untyped.
    """
    place = row.type_span or row.span
    name = _unknown_name(word, namespace)
    if name is not None and (enum := work.enums.get(name.lower())) is not None:
        if row.values is not None:
            work.found.say("enum-undocumented", place, enum=name)
        return TypeRef(enum, TypeKind.ENUM)
    if name is not None and (known := work.referred.get(name.lower())) is not None:
        work.found.say(
            "type-undocumented", place, type=word.text, kept="a type without properties was made"
        )
        return TypeRef(known[0], TypeKind.STRUCTURED)
    work.found.say("type-undocumented", place, type=word.text, kept="read as untyped")
    return UNTYPED_REF


def _declare_unknown(row: PropertyFact, word: TypeWord, namespace: str, work: Settling) -> None:
    name = _unknown_name(word, namespace)
    place = row.type_span or row.span
    if name is None:
        return
    existing = work.enums.get(name.lower())
    if row.values is not None:
        members = {m.name: m for m in existing.members} if existing else {}
        for value in row.values.members:
            members.setdefault(value, EnumMember(value, None, ""))
        for value in row.values.hidden:
            members.setdefault(value, EnumMember(value, None, "", True))
        sources = sorted({*(existing.sources if existing else ()), row.span.path})
        kept = existing.name if existing else name
        span = existing.span if existing else place
        work.add(Enum(kept, "", tuple(members.values()), False, tuple(sources), span))
    elif existing is None and (word.target or "." in word.text):
        work.referred.setdefault(name.lower(), (name, place))


def _inline_name(row: PropertyFact, namespace: str, owner: str, registry: Registry) -> str:
    """The name of an enumeration that is made of a property's listed values, after type and property."""
    name = f"{namespace}.{owner}{row.name[:1].upper()}{row.name[1:]}"
    while name.lower() in registry.structured or name.lower() in registry.enums:
        name += "Value"
    return name


def _declare_inline(row: PropertyFact, namespace: str, owner: str, work: Settling) -> None:
    assert row.values is not None
    name = _inline_name(row, namespace, owner, work.registry)
    members = [EnumMember(value, None, "") for value in row.values.members]
    members += [EnumMember(value, None, "", True) for value in row.values.hidden]
    known = work.enums.get(name.lower())
    if known is not None:
        kept = {m.name for m in known.members}
        members = [*known.members, *(m for m in members if m.name not in kept)]
    sources = sorted({*(known.sources if known else ()), row.span.path})
    work.add(
        Enum(
            name,
            known.text if known else row.text,
            tuple(members),
            False,
            tuple(sources),
            known.span if known else row.span,
            is_inline=True,
        )
    )


def _add_listed(name: str, row: PropertyFact, work: Settling) -> None:
    """Members that a description lists beyond the enumeration's own."""
    if row.values is None:
        return
    enum = work.enums[name.lower()]
    known = {member.name.lower() for member in enum.members}
    new = [v for v in (*row.values.members, *row.values.hidden) if v.lower() not in known]
    if not new:
        return
    work.found.say("enum-values-differ", row.span, members=", ".join(new), enum=enum.name)
    added = tuple(EnumMember(value, None, "", value in row.values.hidden) for value in new)
    work.add(replace(enum, members=(*enum.members, *added)))


def _add_undocumented(
    fact: TypeFact,
    shown: Mapping[str, object],
    properties: dict[str, Property],
    inherited: frozenset[str],
    item: Described,
    work: Structures,
) -> None:
    """JSON keys that no table has: kept as properties, and said, unless the type is open."""
    if fact.shape is None or fact.is_open:
        return
    for name in shown:
        if name.lower() in properties or name.lower() in inherited:
            continue
        made = property_from_shape(name, fact.shape, work.registry, item.name)
        work.found.say("json-key-undocumented", made.span, name=name, kept="it was added")
        properties[name.lower()] = made
