"""Types → JSON Schema (draft 2020-12, as OpenAPI 3.1 has it)."""

import re
from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

from generator.model.api import Enum, Notes, Property, StructuredType, TypeKind, TypeRef
from generator.model.conformance import fits

Schema: TypeAlias = dict[str, object]

_NUMBER: Final = re.compile(r"-?\d{1,18}(?:\.\d{1,18})?$", re.A)
_NOT_IN_KEYS: Final = re.compile(r"[^A-Za-z0-9._-]")

PRIMITIVES: Final[Mapping[str, Schema]] = {
    "Edm.Binary": {"type": "string", "format": "base64url"},
    "Edm.Boolean": {"type": "boolean"},
    "Edm.Byte": {"type": "integer", "format": "uint8"},
    "Edm.Date": {"type": "string", "format": "date"},
    "Edm.DateTimeOffset": {"type": "string", "format": "date-time"},
    "Edm.Decimal": {"type": "number", "format": "decimal"},
    "Edm.Double": {"type": "number", "format": "double"},
    "Edm.Duration": {"type": "string", "format": "duration"},
    "Edm.Guid": {"type": "string", "format": "uuid"},
    "Edm.Int16": {"type": "integer", "format": "int16"},
    "Edm.Int32": {"type": "integer", "format": "int32"},
    "Edm.Int64": {"type": "integer", "format": "int64"},
    "Edm.SByte": {"type": "integer", "format": "int8"},
    "Edm.Single": {"type": "number", "format": "float"},
    "Edm.Stream": {"type": "string", "format": "binary"},
    "Edm.String": {"type": "string"},
    "Edm.TimeOfDay": {"type": "string", "format": "time"},
    "Edm.Untyped": {},
}

ERROR_SCHEMAS: Final[Mapping[str, Schema]] = {
    "Error": {
        "type": "object",
        "required": ["error"],
        "properties": {"error": {"$ref": "#/components/schemas/ErrorDetails"}},
    },
    "ErrorDetails": {
        "type": "object",
        "required": ["code", "message"],
        "properties": {
            "code": {"type": "string"},
            "message": {"type": "string"},
            "target": {"type": ["string", "null"]},
            "details": {"type": "array", "items": {"$ref": "#/components/schemas/ErrorDetails"}},
            "innerError": {"type": "object", "additionalProperties": True},
        },
        "additionalProperties": True,
    },
}

ERROR_CONTENT: Final[Schema] = {
    "application/json": {"schema": {"$ref": "#/components/schemas/Error"}}
}


def schema_key(name: str) -> str:
    """The key of a schema: the type's name, with `-DF-` for a letter that OpenAPI does not allow.

    OData's identifiers have letters of any script (CSDL 15.2) and no hyphen, OpenAPI's keys the
    reverse (OpenAPI 3.1, 4.8.7).
    """
    return _NOT_IN_KEYS.sub(lambda match: f"-{ord(match[0]):X}-", name)


def reference(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{schema_key(name)}"}


def described_schema(item: StructuredType | Enum) -> Schema:
    """The schema of a structured type or enumeration."""
    return _structured(item) if isinstance(item, StructuredType) else _enum(item)


def collection_name(ref: TypeRef) -> str:
    """The helper schema of a page of a collection."""
    return f"CollectionOf.{ref.name}"


def collection_schemas(refs: Iterable[TypeRef]) -> dict[str, Schema]:
    """The envelopes of collections (OData JSON format 4.01, 12)."""
    return {
        schema_key(collection_name(ref)): {
            "type": "object",
            "properties": {
                "@odata.context": {"type": "string"},
                "@odata.count": {"type": "integer"},
                "@odata.nextLink": {"type": "string", "format": "uri"},
                "@odata.deltaLink": {"type": "string", "format": "uri"},
                "value": {"type": "array", "items": type_schema(TypeRef(ref.name, ref.kind))},
            },
        }
        for ref in refs
    }


def type_schema(ref: TypeRef, is_nullable: bool = False) -> Schema:
    """The schema of a value of the type."""
    if ref.is_collection:
        inner = type_schema(TypeRef(ref.name, ref.kind))
        return {"type": ["array", "null"] if is_nullable else "array", "items": inner}
    if ref.kind in (TypeKind.STRUCTURED, TypeKind.ENUM):
        if is_nullable:
            return {"anyOf": [reference(ref.name), {"type": "null"}]}
        return reference(ref.name)
    schema = dict(PRIMITIVES.get(ref.name, {}))
    if is_nullable and "type" in schema:
        schema["type"] = [schema["type"], "null"]
    return schema


def _structured(item: StructuredType) -> Schema:
    properties = {p.name: property_schema(p) for p in item.declared}
    own: Schema = {"type": "object"}
    if properties:
        own["properties"] = properties
    if item.is_open:
        own["additionalProperties"] = True
    if item.base is not None:
        own = {"allOf": [reference(item.base), own]}
    facts: Schema = {"title": item.local}
    if item.text:
        facts["description"] = item.text
    if item.deprecated is not None:
        facts["deprecated"] = True
    if item.is_abstract:
        facts["x-odata-abstract"] = True
    if item.is_open:
        facts["x-odata-open"] = True
    if item.key:
        facts["x-odata-key"] = list(item.key)
    if item.derived:
        facts["x-odata-derived"] = list(item.derived)
    if item.sources:
        facts["x-source"] = list(item.sources)
    return {**facts, **own}


def _enum(item: Enum) -> Schema:
    """An open enumeration: the known members, or any other text."""
    members = [member.name for member in item.members]
    schema: Schema = {"title": item.local}
    if item.text:
        schema["description"] = item.text
    schema["anyOf"] = (
        [{"type": "string", "enum": members}, {"type": "string"}]
        if members
        else [{"type": "string"}]
    )
    # Beside `enum`, one for one: so other generators read it.
    texts = [member.text for member in item.members]
    if any(texts):
        schema["x-enum-descriptions"] = texts
    numbers = {member.name: member.number for member in item.members if member.number is not None}
    if numbers:
        schema["x-enum-numbers"] = numbers
    if item.is_flags:
        schema["x-odata-flags"] = True
    if item.sources:
        schema["x-source"] = list(item.sources)
    return schema


def property_schema(item: Property) -> Schema:
    """A property with what the page says of it; not said is: may be absent, may be null."""
    schema = type_schema(item.type, is_nullable=item.notes.nullable is not False)
    facts = note_facts(item.notes, item.type)
    if item.text:
        facts["description"] = item.text
    if item.is_navigation:
        facts["x-odata-navigation"] = True
    return {**schema, **facts}


def _default(text: str, ref: TypeRef) -> Schema:
    value: object = text
    if ref.name == "Edm.Boolean":
        value = {"true": True, "false": False}.get(text.casefold(), text)
    elif PRIMITIVES.get(ref.name, {}).get("type") in ("integer", "number") and _NUMBER.match(text):
        value = float(text) if "." in text else int(text)
    is_value = ref.kind is TypeKind.ENUM or (
        ref.kind is TypeKind.PRIMITIVE and text.casefold() != "null" and fits(value, ref.name)
    )
    return {"default": value} if is_value and not ref.is_collection else {"x-default": text}


def note_facts(notes: Notes, ref: TypeRef) -> Schema:
    """The keywords and extensions for the notes of a description of something of the type.

    A default that is no value of the type is the extension `x-default`, as the page writes it.
    """
    facts: Schema = {}
    if notes.read_only:
        facts["readOnly"] = True
    if notes.write_only:
        facts["writeOnly"] = True
    if notes.deprecated is not None:
        facts["deprecated"] = True
    if notes.default is not None:
        facts.update(_default(notes.default, ref))
    for key, value in (
        ("minimum", notes.minimum),
        ("maximum", notes.maximum),
        ("minLength", notes.min_length),
        ("maxLength", notes.max_length),
        ("maxItems", notes.max_items),
    ):
        if value is not None:
            facts[key] = value
    if notes.required:
        facts["x-required"] = True
    if notes.filterable is not None:
        facts["x-odata-filter"] = list(notes.filterable)
    for key, flag in (
        ("x-odata-key", notes.key),
        ("x-odata-orderby", notes.orderable),
        ("x-odata-search", notes.searchable),
        ("x-odata-expand", notes.expandable),
        ("x-odata-select-only", notes.on_select),
        ("x-odata-by-default", notes.by_default),
    ):
        if flag:
            facts[key] = True
    return facts
