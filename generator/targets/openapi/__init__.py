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
    text = json.dumps(document, indent=1, ensure_ascii=False)
    return Parsed((Verbatim("openapi.json", _seen(text) + "\n"),), tuple(found))


def _seen(text: str) -> str:
    """JSON text in which every character can be seen: others, such as bidi marks, as escapes."""
    if text.isascii() and "\x7f" not in text:
        return text
    return "".join(
        c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] if c != "\x7f" else "\\u007f"
        for c in text
    )


def _parameter(key: str, name: str, text: str) -> dict[str, object]:
    kind = "integer" if key in _INTEGERS else "boolean" if key == "count" else "string"
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": text,
        "schema": {"type": kind},
    }
