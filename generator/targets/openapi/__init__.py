"""Api → one OpenAPI 3.1 description, as JSON text."""

import json

from generator.diagnostics import Diagnostic, Parsed
from generator.model.api import Api
from generator.targets.openapi.paths import plan_paths
from generator.targets.openapi.schemas import (
    ERROR_CONTENT,
    ERROR_SCHEMAS,
    collection_schemas,
    type_schemas,
)
from generator.targets.plan import Plan, Verbatim, Wanted

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


def plan_openapi(api: Api, wanted: Wanted) -> Parsed[tuple[Plan, ...]]:
    """The description `openapi.json`.

    It is complete whatever else is emitted. Schemas are keyed by qualified OData names; helper schemas lie outside of every namespace.
    """
    paths = plan_paths(api)
    found: list[Diagnostic] = list(paths.diagnostics)
    schemas = {**type_schemas(api), **collection_schemas(paths.value.collections), **ERROR_SCHEMAS}
    document = {
        "openapi": "3.1.1",
        "info": {"title": api.title or "API", "version": api.version or "0"},
        "servers": [{"url": api.service_root or "/"}],
        "paths": paths.value.items,
        "components": {
            "schemas": {name: schemas[name] for name in sorted(schemas)},
            "parameters": {key: _parameter(key, *PARAMETERS[key]) for key in sorted(PARAMETERS)},
            "responses": {
                "error": {"description": "An error.", "content": ERROR_CONTENT},
            },
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"bearer": []}],
    }
    text = _indented(document, "")
    return Parsed((Verbatim("openapi.json", _seen(text) + "\n"),), tuple(found))


def _indented(value: object, indent: str) -> str:
    """What `json.dumps(value, indent=1, ensure_ascii=False)` gives, whose own way there is slow."""
    below = f"{indent} "
    if isinstance(value, dict) and value:
        lines = (f"{below}{_text(key)}: {_indented(each, below)}" for key, each in value.items())
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    if isinstance(value, (list, tuple)) and value:
        return "[\n" + ",\n".join(below + _indented(each, below) for each in value) + f"\n{indent}]"
    return _text(value) if isinstance(value, str) else json.dumps(value)


def _text(text: str) -> str:
    return json.encoder.encode_basestring(text)


def _seen(text: str) -> str:
    """JSON text in which every character can be seen: others, such as bidi marks, as escapes."""
    return "\n".join(
        line if line.isprintable() else "".join(map(_seen_character, line))
        for line in text.split("\n")
    )


def _seen_character(character: str) -> str:
    if character.isprintable():
        return character
    return json.dumps(character)[1:-1] if character != "\x7f" else "\\u007f"


def _parameter(key: str, name: str, text: str) -> dict[str, object]:
    kind = "integer" if key in _INTEGERS else "boolean" if key == "count" else "string"
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": text,
        "schema": {"type": kind},
    }
