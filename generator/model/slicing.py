"""A part of the Api: what was asked for, all that it needs, and nothing else.

Patterns name types, resources and operations as people write them: `user`, `group.list`,
`driveItem*`, `microsoft.graph.security.*`. Letter case and the marks between words do not count.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

from msgspec.structs import replace

from generator.diagnostics import Findings, Parsed
from generator.model.api import (
    Api,
    Operation,
    Property,
    StructuredType,
    TypeKind,
    TypeRef,
)
from generator.model.page_names import split_page_name
from generator.model.registry import UNTYPED_REF
from generator.values import Value


class Slice(Value):
    """A part of an Api, the pages that it was made from, and the patterns that name nothing."""

    api: Api
    pages: frozenset[str]
    unmatched: tuple[str, ...]


def slice_api(api: Api, only: Sequence[str]) -> Parsed[Slice]:
    """The part of `api` that the patterns of `only` name.

    A pattern without a dot names types by their local names and resources with all their
    operations; one with a dot names types by qualified names, or operations as `resource.method`
    by the words of their pages' file names. An operation needs the types of its arguments, of its
    answer, and those that its examples name. A type needs its bases and the types of its
    structural properties; one that was named needs those of its navigation properties too. The
    navigation properties of the others may lead out of the slice: each of these is typed as the
    nearest base inside, and reported.
    """
    named = [_Pattern(pattern) for pattern in only]
    operations = {page: o for page, o in api.operations.items() if any(p.means(o) for p in named)}
    described = (*api.types, *api.enums)
    chosen = [name for name in described if any(p.means_type(name) for p in named)]
    needs = _Needs(api)
    for name in chosen:
        needs.add(name, is_whole=True)
    for operation in operations.values():
        for name in _names_in(operation):
            needs.add(name)
    found = Findings()
    kept = needs.names
    types = {
        name: _narrowed(api.types[name], api, kept, found) for name in api.types if name in kept
    }
    enums = {name: enum for name, enum in api.enums.items() if name in kept}
    pages = set(operations)
    pages.update(page for item in types.values() for page in item.sources)
    pages.update(enum.span.path for enum in enums.values())
    unmatched = tuple(
        pattern.text
        for pattern in named
        if not any(map(pattern.means_type, chosen))
        and not any(map(pattern.means, operations.values()))
    )
    part = replace(api, types=types, enums=enums, operations=operations)
    return Parsed(Slice(part, frozenset(pages), unmatched), found.as_said())


def _folded(name: str) -> str:
    return re.sub(r"[_\-\s]", "", name.lower())


class _Pattern:
    """One pattern of the user's."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._glob = _folded(text)

    def means_type(self, qualified: str) -> bool:
        folded = _folded(qualified)
        shown = folded if "." in self._glob else folded.rpartition(".")[2]
        return fnmatchcase(shown, self._glob)

    def means(self, operation: Operation) -> bool:
        _, resource, action = split_page_name(operation)
        whole = "".join(resource)
        if "." not in self._glob:
            return fnmatchcase(whole, self._glob)
        verb = operation.templates[0].method.lower() if operation.templates else ""
        return fnmatchcase(f"{whole}.{''.join(action) or verb}", self._glob)


class _Needs:
    """The names of a slice; what is added brings what it needs."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._spelled = {name.lower(): name for name in (*api.types, *api.enums)}
        self._whole: set[str] = set()
        self.names: set[str] = set()

    def add(self, name: str, is_whole: bool = False) -> None:
        """Add a type or enumeration by its qualified name; a primitive needs nothing."""
        waiting = [(name, is_whole)]
        while waiting:
            name, is_whole = waiting.pop()
            spelled = self._spelled.get(name.lower())
            if spelled is None or spelled in (self._whole if is_whole else self.names):
                continue
            self.names.add(spelled)
            if is_whole:
                self._whole.add(spelled)
            if (item := self._api.types.get(spelled)) is not None:
                waiting.extend((base, is_whole) for base in (item.base,) if base is not None)
                waiting.extend((needed, False) for needed in _names_of(item, is_whole))


def _names_of(item: StructuredType, is_whole: bool) -> Iterator[str]:
    """The types that a type's own properties need."""
    for prop in item.declared:
        if is_whole or not prop.is_navigation:
            yield prop.type.name


def _names_in(operation: Operation) -> Iterator[str]:
    """The types that a call of the operation, its answers and its examples speak of."""
    body = operation.body
    parameters = (*body.parameters, *body.listed, *operation.query)
    refs: list[TypeRef | None] = [body.type, operation.response.type]
    refs.extend(parameter.type for parameter in parameters)
    for template in operation.templates:
        refs.extend(placeholder.type for placeholder in template.placeholders)
        refs.append(template.answer.type if template.answer is not None else None)
    yield from (ref.name for ref in refs if ref is not None)
    for example in operation.examples.value:
        for message in (example.request, *example.responses):
            yield from _said_types(message.json.value if message.json is not None else None)


def _said_types(value: object) -> Iterator[str]:
    """The names in `@odata.type` (OData JSON format 4.01, 4.6.3), however deep they stand."""
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Mapping):
            said = part.get("@odata.type")
            if isinstance(said, str):
                yield said.lstrip("#")
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)


def _narrowed(
    item: StructuredType, api: Api, kept: Iterable[str], found: Findings
) -> StructuredType:
    """`item` with properties that do not lead out of the slice."""

    def within(prop: Property) -> Property:
        if prop.type.kind is not TypeKind.STRUCTURED or prop.type.name in kept:
            return prop
        base = next((name for name in api.chain(prop.type.name) if name in kept), None)
        inside = TypeRef(base, TypeKind.STRUCTURED) if base else UNTYPED_REF
        ref = replace(inside, is_collection=prop.type.is_collection)
        found.say(
            "slice-narrowed",
            prop.span,
            name=prop.name,
            type=prop.type.name,
            kept=base or "any JSON",
        )
        return replace(prop, type=ref)

    return replace(
        item,
        properties=tuple(map(within, item.properties)),
        annotations=tuple(map(within, item.annotations)),
        derived=tuple(name for name in item.derived if name in kept),
    )
