"""Api → one OpenAPI 3.1 description, as JSON text."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

from generator.diagnostics import Findings, Parsed
from generator.memo import Kept, Memo
from generator.model.api import Api, TypeRef
from generator.targets.openapi.json_text import Written, json_text
from generator.targets.openapi.paths import PathItem, plan_paths
from generator.targets.openapi.schemas import (
    ERROR_CONTENT,
    ERROR_SCHEMAS,
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
    schemas = {
        schema_key(name): memo.work(f"schema {name}", b"", partial(_schema, api, name), _nothing)
        for name in (*api.types, *api.enums)
    }
    parts: tuple[Kept[Any], ...] = (*items, *schemas.values())
    own = sign((api.title, api.version, api.service_root, *schemas))
    write = partial(_document, api, items, schemas, refs, memo)
    plan: Kept[Plan] = memo.join(parts, own, write, Brief(_PATH, {}, is_once=False))
    return Parsed((plan,), found.as_said())


def _nothing(value: object) -> None:
    """Nothing of a schema is to be known without reading it."""


def _schema(api: Api, name: str) -> Parsed[Written]:
    item = api.types[name] if name in api.types else api.enums[name]
    return Parsed(Written(json_text(described_schema(item), _BELOW)))


def _document(
    api: Api,
    items: Sequence[Kept[PathItem]],
    schemas: Mapping[str, Kept[Written]],
    collections: Mapping[str, TypeRef],
    memo: Memo,
) -> Plan:
    memo.fetch((*items, *schemas.values()))
    texts: dict[str, object] = {key: kept.value for key, kept in schemas.items()}
    refs = (collections[name] for name in sorted(collections))
    texts |= {**collection_schemas(refs), **ERROR_SCHEMAS}
    document = {
        "openapi": "3.1.1",
        "info": {"title": api.title or "API", "version": api.version or "0"},
        "servers": [{"url": api.service_root or "/"}],
        "paths": {item.value.path: item.value.item for item in items},
        "components": {
            "schemas": {name: texts[name] for name in sorted(texts)},
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
