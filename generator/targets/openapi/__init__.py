"""Api → one OpenAPI 3.1 description, as JSON text."""

from collections.abc import Mapping
from functools import partial
from itertools import groupby
from typing import Any, Final

from generator.diagnostics import Findings, Parsed
from generator.memo import Batch, Kept, Memo
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
    found.add(items.diagnostics())
    refs = {ref.name: ref for item in items.briefs.values() for ref in item.collections}
    helpers = {**collection_schemas(refs[name] for name in sorted(refs)), **ERROR_SCHEMAS}
    described = {schema_key(name): name for name in (*api.types, *api.enums)}

    def write_schema(key: str) -> Parsed[Written]:
        schema = helpers[key] if key in helpers else _described(api, described[key])
        return Parsed(entry(key, schema, _BELOW))

    owns = {
        key: sign(helpers[key]) if key in helpers else b"" for key in sorted({*described, *helpers})
    }
    schemas = memo.batch("schemas", owns, write_schema, _nothing)
    first = {key: items.briefs[key].path.split("/")[1] for key in items}
    paths = _grouped("paths together", items, first, memo)
    letters = {key: key.rpartition(".")[2][:2].lower() for key in owns}
    texts = _grouped("schemas together", schemas, letters, memo)
    own = sign((api.title, api.version, api.service_root, len(paths)))
    parts = (*paths.values(), *texts.values())
    write = partial(_document, api, paths, texts, memo)
    plan: Kept[Plan] = memo.join(parts, own, write, Brief(_PATH, {}, is_once=False))
    return Parsed((plan,), found.as_said())


def _nothing(value: object) -> None:
    """Nothing of a schema is to be known without reading it."""


def _described(api: Api, name: str) -> Schema:
    return described_schema(api.types[name] if name in api.types else api.enums[name])


def _grouped(name: str, parts: Batch[Any], by: Mapping[str, str], memo: Memo) -> Batch[Written]:
    """The entries of an object, those together that are neighbours and have the same `by`.

    There are thousands, and to read them one by one takes longer than to write the file.
    """
    neighbours = enumerate(groupby(parts, by.__getitem__))
    groups = {f"{number} {word}": list(keys) for number, (word, keys) in neighbours}
    owns = {group: b"".join(parts.signs[key] for key in keys) for group, keys in groups.items()}

    def joined(group: str) -> Parsed[Written]:
        kept = [parts[key] for key in groups[group]]
        memo.fetch(kept)
        return Parsed(Written(",\n".join(part.value.text for part in kept)))

    return memo.batch(name, owns, joined, _nothing)


def _document(api: Api, paths: Batch[Written], schemas: Batch[Written], memo: Memo) -> Plan:
    memo.fetch((*paths.values(), *schemas.values()), at_hand=True)
    # Put in last: they are nearly all of the document, and each step on its way would copy them.
    hole = Written("\0")  # nothing else in JSON
    document = {
        "openapi": "3.1.1",
        "info": {"title": api.title or "API", "version": api.version or "0"},
        "servers": [{"url": api.service_root or "/"}],
        "paths": hole,
        "components": {
            "schemas": hole,
            "parameters": {key: _parameter(key, *PARAMETERS[key]) for key in sorted(PARAMETERS)},
            "responses": {
                "error": {"description": "An error.", "content": ERROR_CONTENT},
            },
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"bearer": []}],
    }
    before, between, behind = json_text(document).split(hole.text)
    path_entries = entries((part.value for part in paths.values()), " ")
    schema_entries = entries((part.value for part in schemas.values()), "  ")
    pieces = (before, *path_entries, between, *schema_entries, behind, "\n")
    return Verbatim(_PATH, "".join(pieces))


def _parameter(key: str, name: str, text: str) -> dict[str, object]:
    kind = "integer" if key in _INTEGERS else "boolean" if key == "count" else "string"
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": text,
        "schema": {"type": kind},
    }
