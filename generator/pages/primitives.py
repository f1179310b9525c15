"""The words for types that no page describes: the part of the vocabulary that the model needs too."""

from collections.abc import Mapping

# Spellings of primitive types, lower-case, without `edm.`; CSDL 3.3 has the names they stand for.
PRIMITIVES: Mapping[str, str] = {
    "string": "String",
    "boolean": "Boolean",
    "bool": "Boolean",
    "int32": "Int32",
    "int": "Int32",
    "int64": "Int64",
    "long": "Int64",
    "number": "Int64",
    "integer": "Int64",
    "int16": "Int16",
    "short": "Int16",
    "byte": "Byte",
    "sbyte": "SByte",
    "double": "Double",
    "numeric": "Double",
    "single": "Single",
    "float": "Single",
    "decimal": "Decimal",
    "datetimeoffset": "DateTimeOffset",
    "datetime": "DateTimeOffset",
    "timestamp": "DateTimeOffset",
    "date": "Date",
    "timeofday": "TimeOfDay",
    "time": "TimeOfDay",
    "duration": "Duration",
    "guid": "Guid",
    "uuid": "Guid",
    "binary": "Binary",
    "stream": "Stream",
    "url": "String",
    "uri": "String",
    "etag": "String",
    "text": "String",
    "enum": "String",  # the word alone: its members stand in the description
    "enumeration": "String",
}
# Names that mean "some JSON" unless a page describes a type of that name.
UNTYPED = frozenset({"json", "object", "any", "jsonobject", "untyped", "dictionary"})


def primitive(name: str) -> str:
    """The qualified primitive that `name` spells, else ""."""
    bare = name.strip().casefold().removeprefix("edm.")
    if bare in PRIMITIVES:
        return f"Edm.{PRIMITIVES[bare]}"
    return ""
