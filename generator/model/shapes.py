"""What the JSON representation of a type says of its properties: names, and types as placeholders."""

from collections.abc import Mapping

from generator.model.api import Property, TypeKind, TypeRef
from generator.model.registry import UNTYPED_REF, Registry
from generator.pages.facts import JsonFact, Notes, TypeWord
from generator.pages.json_text import locate
from generator.pages.primitives import primitive

_SAMPLES = {
    "string (timestamp)": "DateTimeOffset",
    "string (identifier)": "String",
    "string (duration)": "Duration",
}


def shape_properties(shape: JsonFact | None) -> Mapping[str, object]:
    """The properties that a JSON representation shows, without control information."""
    if shape is None or not isinstance(shape.value, dict):
        return {}
    return {
        key: value for key, value in shape.value.items() if "@" not in key and key.isidentifier()
    }


def property_from_shape(
    name: str, shape: JsonFact | None, registry: Registry, owner: str
) -> Property:
    """A property as the JSON representation shows it."""
    assert shape is not None and isinstance(shape.value, dict)
    ref = shape_type(shape.value.get(name), registry, owner.rpartition(".")[0])
    return Property(name, ref, "", Notes(), False, locate(shape, (name,)))


def shape_type(value: object, registry: Registry, namespace: str) -> TypeRef:
    """The type that a placeholder stands for: `"String"`, `1024`, `{"@odata.type": …}`, `[…]`."""
    if isinstance(value, list):
        inner = shape_type(value[0], registry, namespace) if value else UNTYPED_REF
        return TypeRef(inner.name, inner.kind, True)
    if isinstance(value, bool):
        return TypeRef("Edm.Boolean", TypeKind.PRIMITIVE)
    if isinstance(value, int):
        return TypeRef("Edm.Int32", TypeKind.PRIMITIVE)
    if isinstance(value, float):
        return TypeRef("Edm.Double", TypeKind.PRIMITIVE)
    if isinstance(value, dict):
        named = value.get("@odata.type") or value.get("@type")
        name = registry.find(TypeWord(str(named).lstrip("#")), "", namespace) if named else None
        return registry.reference(name) if name else UNTYPED_REF
    if isinstance(value, str):
        lowered = value.strip().lower()
        if lowered in _SAMPLES:
            return TypeRef(f"Edm.{_SAMPLES[lowered]}", TypeKind.PRIMITIVE)
        if spelled := primitive(value):
            return TypeRef(spelled, TypeKind.PRIMITIVE)
        if "." in value and (name := registry.by_name(value.lstrip("#"), "", namespace)):
            return registry.reference(name)
        return TypeRef("Edm.String", TypeKind.PRIMITIVE)
    return UNTYPED_REF
