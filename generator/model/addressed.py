"""What stands at a URL: the types that pages say it answers with, so what an update of it carries."""

from collections.abc import Iterable, Mapping, Sequence

from generator.model.api import (
    Operation,
    Parameter,
    ResponseKind,
    StructuredType,
    Template,
    TypeKind,
    TypeRef,
    chain_of,
)
from generator.values import Value


class Addressed(Value):
    """The names of the types at each URL, whose placeholders have no names: of one, and of many."""

    one: Mapping[str, tuple[str, ...]]
    many: Mapping[str, tuple[str, ...]]


class Address(Value):
    """A URL whose placeholders have no names, and the type of the one or the many that stand there."""

    url: str
    is_many: bool
    type: str


def addresses_in(operation: Operation) -> tuple[Address, ...]:
    """The URLs at which a page reads, with what it says of them.

    A URL addresses one resource, whatever the method (OData URL conventions 4.01, 4).
    """
    found: dict[Address, None] = {}
    for template in operation.templates:
        answer = template.answer or operation.response
        if template.method == "GET" and answer.type is not None:
            if answer.kind in (ResponseKind.TYPE, ResponseKind.COLLECTION):
                is_many = answer.kind is ResponseKind.COLLECTION
                found[Address(_unnamed(template), is_many, answer.type.name)] = None
    return tuple(found)


def gather_addressed(addresses: Iterable[Address]) -> Addressed:
    """The types at each URL; several where pages differ, sorted."""
    one: dict[str, set[str]] = {}
    many: dict[str, set[str]] = {}
    for address in addresses:
        at = many if address.is_many else one
        at.setdefault(address.url, set()).add(address.type)
    return Addressed(_sorted(one), _sorted(many))


def _sorted(found: Mapping[str, set[str]]) -> Mapping[str, tuple[str, ...]]:
    return {url: tuple(sorted(names)) for url, names in found.items()}


def created_type(
    templates: Sequence[Template],
    rows: Sequence[Parameter],
    addressed: Addressed,
    types: Mapping[str, StructuredType],
) -> str | None:
    """The type of what a `POST` adds to the collections at its URLs, if all `rows` are its properties.

    `POST` to a collection creates an entity in it (OData Protocol 4.01, 11.4.2).
    """
    names = {name for t in templates for name in addressed.many.get(_unnamed(t), ())}
    fitting = [n for n in sorted(names) if n in types and not _foreign(rows, n, types, True)]
    return fitting[0] if len(fitting) == 1 and rows else None


def updated_type(
    templates: Sequence[Template],
    rows: Sequence[Parameter],
    said: TypeRef | None,
    addressed: Addressed,
    types: Mapping[str, StructuredType],
) -> tuple[str | None, tuple[Parameter, ...]]:
    """The type that an update sends, and the `rows` that are no properties of it.

    It is the one that the page `said`, or that stands at its URLs: of these the one that has most
    rows, itself or in a type derived from it. Of several, the page's word counts, then the type
    that the others derive from; of unrelated ones none.
    """
    names = [said.name] if said is not None and said.kind is TypeKind.STRUCTURED else []
    for template in templates:
        names += addressed.one.get(_unnamed(template), ())
    lacking: dict[str, tuple[int, int]] = {}
    for name in dict.fromkeys(name for name in names if name in types):
        counts = [len(_foreign(rows, name, types, with_derived)) for with_derived in (True, False)]
        lacking[name] = (counts[0], counts[1])
    best = [name for name, count in lacking.items() if count == min(lacking.values())]
    tops = [n for n in best if all(n in chain_of(types, other) for other in best)]
    if said is not None and said.name in best:
        tops = [said.name]
    return (tops[0], _foreign(rows, tops[0], types, True)) if tops else (None, ())


def _foreign(
    rows: Sequence[Parameter], name: str, types: Mapping[str, StructuredType], with_derived: bool
) -> tuple[Parameter, ...]:
    names = property_names(name, types, with_derived)
    return tuple(row for row in rows if row.name.lower() not in names and "@" not in row.name)


def property_names(
    name: str, types: Mapping[str, StructuredType], with_derived: bool
) -> frozenset[str]:
    """The properties of a type and its bases, in lower case; with those of all derived types."""
    found = {p.name.lower() for each in chain_of(types, name) for p in types[each].properties}
    waiting = list(types[name].derived) if with_derived else []
    while waiting:
        item = types[waiting.pop()]
        found.update(p.name.lower() for p in item.properties)
        waiting.extend(item.derived)
    return frozenset(found)


def _unnamed(template: Template) -> str:
    return "".join(part.lower() if isinstance(part, str) else "{}" for part in template.parts)
