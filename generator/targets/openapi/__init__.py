"""Api → one OpenAPI 3.1 description, as JSON text."""

from collections.abc import Sequence
from functools import partial
from itertools import groupby
from typing import Any, Final

from generator.diagnostics import Findings, Parsed
from generator.memo import Kept, Memo
from generator.model.api import Api
from generator.targets.openapi.json_text import Written, entries, entry, json_text
from generator.targets.openapi.paths import plan_paths
from generator.targets.openapi.schemas import (
    ERROR_CONTENT,
    ERROR_SCHEMAS,
    Schema,
    collection_schemas,
    described_schema,
    schema_key,
)
from generator.targets.plan import Brief, Plan, Verbatim, Wanted
from generator.values import sign

_PATH: Final = "openapi.json"
_BELOW: Final = "   "  # blanks before the lines on which schemas begin
PARAMETERS = {
    "select": ("$select", "Properties to return, separated by commas."),
    "expand": ("$expand", "Relationships to return with their objects."),
    "filter": ("$filter", "The objects to return, as an OData expression."),
    "orderby": ("$orderby", "The order of the objects."),
    "search": ("$search", "The objects to return, as words."),
    "top": ("$top", "How many objects to return on a page."),
    "skip": ("$skip", "How many objects to pass over."),
    "count": ("$count", "Whether to return the number of all objects."),
    "format": ("$format", "The media type of the answer."),
    "skiptoken": ("$skiptoken", "Where the next page begins."),
    "levels": ("$levels", "How many levels of a hierarchy to return."),
}
_INTEGERS = frozenset({"top", "skip"})


def plan_openapi(api: Api, wanted: Wanted, memo: Memo) -> Parsed[tuple[Kept[Plan], ...]]:
    """The description `openapi.json`.

    It is complete whatever else is emitted. Schemas are keyed by qualified OData names; helper schemas lie outside of every namespace.
    """
    found = Findings()
    items = plan_paths(api, memo)
    for item in items:
        found.add(item.diagnostics)
    refs = {ref.name: ref for item in items for ref in item.brief.collections}
    helpers = {**collection_schemas(refs[name] for name in sorted(refs)), **ERROR_SCHEMAS}
    described = {schema_key(name): name for name in (*api.types, *api.enums)}
    keys = sorted({*described, *helpers})
    schemas = [
        (
            memo.work(
                f"schema {key}", sign(helpers[key]), partial(_helper, key, helpers[key]), _nothing
            )
            if key in helpers
            else memo.work(
                f"schema {key}", b"", partial(_schema, api, described[key], key), _nothing
            )
        )
        for key in keys
    ]
    paths = _grouped("paths", items, [item.brief.path.split("/")[1] for item in items], memo)
    texts = _grouped("schemas", schemas, [key.rpartition(".")[2][:2].lower() for key in keys], memo)
    own = sign((api.title, api.version, api.service_root, len(paths)))
    write = partial(_document, api, paths, texts, memo)
    plan: Kept[Plan] = memo.join((*paths, *texts), own, write, Brief(_PATH, {}, is_once=False))
    return Parsed((plan,), found.as_said())


def _nothing(value: object) -> None:
    """Nothing of a schema is to be known without reading it."""


def _schema(api: Api, name: str, key: str) -> Parsed[Written]:
    item = api.types[name] if name in api.types else api.enums[name]
    return Parsed(entry(key, described_schema(item), _BELOW))


def _helper(key: str, schema: Schema) -> Parsed[Written]:
    return Parsed(entry(key, schema, _BELOW))


def _grouped(
    name: str,
    parts: Sequence[Kept[Any]],
    by: Sequence[str],
    memo: Memo,
) -> tuple[Kept[Written], ...]:
    """The entries of an object, those together that are neighbours and have the same `by`.

    There are thousands, and to read them one by one takes longer than to write the file.
    """
    groups: list[Kept[Written]] = []
    pairs = zip(by, parts, strict=True)
    for number, (word, neighbours) in enumerate(groupby(pairs, lambda pair: pair[0])):
        group = [part for _, part in neighbours]
        own = b"".join(part.key for part in group)
        work = partial(_joined, group, memo)
        groups.append(memo.work(f"{name} {number} {word}", own, work, _nothing))
    return tuple(groups)


def _joined(parts: Sequence[Kept[Any]], memo: Memo) -> Parsed[Written]:
    memo.fetch(parts)
    return Parsed(Written(",\n".join(part.value.text for part in parts)))


def _document(
    api: Api, paths: Sequence[Kept[Written]], schemas: Sequence[Kept[Written]], memo: Memo
) -> Plan:
    memo.fetch((*paths, *schemas))
    document = {
        "openapi": "3.1.1",
        "info": {"title": api.title or "API", "version": api.version or "0"},
        "servers": [{"url": api.service_root or "/"}],
        "paths": entries((part.value for part in paths), " "),
        "components": {
            "schemas": entries((part.value for part in schemas), "  "),
            "parameters": {key: _parameter(key, *PARAMETERS[key]) for key in sorted(PARAMETERS)},
            "responses": {
                "error": {"description": "An error.", "content": ERROR_CONTENT},
            },
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"bearer": []}],
    }
    return Verbatim(_PATH, json_text(document) + "\n")


def _parameter(key: str, name: str, text: str) -> dict[str, object]:
    kind = "integer" if key in _INTEGERS else "boolean" if key == "count" else "string"
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": text,
        "schema": {"type": kind},
    }
