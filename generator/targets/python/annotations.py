"""Types as the annotations of methods: what an argument takes, what a method returns.

Annotations are read by type checkers alone (`from __future__ import annotations`), so the classes
they name are imported under `TYPE_CHECKING`, and a module of endpoints loads no model.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from generator.model.api import TypeKind, TypeRef
from generator.targets.python.layout import Place
from generator.targets.python.names import class_name
from generator.values import Value

# What a value read from the service is, and what else an argument of that type may be.
READ: Final = {
    "Edm.Binary": "bytes",
    "Edm.Boolean": "bool",
    "Edm.Byte": "int",
    "Edm.Date": "datetime.date",
    "Edm.DateTimeOffset": "datetime.datetime",
    "Edm.Decimal": "decimal.Decimal",
    "Edm.Double": "float",
    "Edm.Duration": "datetime.timedelta",
    "Edm.Guid": "uuid.UUID",
    "Edm.Int16": "int",
    "Edm.Int32": "int",
    "Edm.Int64": "int",
    "Edm.SByte": "int",
    "Edm.Single": "float",
    "Edm.Stream": "bytes",
    "Edm.String": "str",
    "Edm.TimeOfDay": "datetime.time",
}
_ALSO: Final = {
    "Edm.Binary": " | str",
    "Edm.Date": " | str",
    "Edm.DateTimeOffset": " | str",
    "Edm.Decimal": " | float | str",
    "Edm.Duration": " | str",
    "Edm.Guid": " | str",
    "Edm.Int64": " | str",
    "Edm.Stream": " | str",
    "Edm.TimeOfDay": " | str",
}
# Names that every module of endpoints uses.
_MODULE_NAMES: Final = frozenset(
    {"Any", "Literal", "Mapping", "Sequence", "TYPE_CHECKING", "TypeAlias", "Accepted", "Call"}
    | {"Page", "PageData", "Pending", "Query", "Headers", "Texts", "Content"}
    | {"Resource", "AsyncResource"}
)


class Names(Value):
    """The names under which one module speaks of models: by qualified OData name."""

    given: Mapping[str, str]
    enums: frozenset[str]
    imports: tuple[str, ...]  # finished lines, sorted

    def element(self, ref: TypeRef) -> str:
        """One value as it is read: `User`, `Weekday | str`, `datetime.date`."""
        if ref.name in self.given:
            name = self.given[ref.name]
            return f"{name} | str" if ref.name in self.enums else name
        return READ.get(ref.name, "Any")

    def argument(self, ref: TypeRef) -> str:
        """What an argument of that type takes: models as mappings too, dates as text too."""
        one = self.element(ref) + _ALSO.get(ref.name, "")
        if ref.kind is TypeKind.STRUCTURED:
            one = f"{one} | Mapping[str, Any]" if one != "Any" else "Mapping[str, Any]"
        if ref.is_collection:
            return f"Sequence[{one}]"
        return one

    def answer(self, ref: TypeRef | None) -> str:
        """What a method returns for a value of that type."""
        if ref is None:
            return "Any"
        return f"Sequence[{self.element(ref)}]" if ref.is_collection else self.element(ref)


def name_types(refs: Iterable[TypeRef], places: Mapping[str, Place], own: Iterable[str]) -> Names:
    """Names for the types that a module speaks of; `own` are the classes that it defines.

    Classes of one name are told apart by their packages: `CallRecordsSession`.
    """
    enums: set[str] = set()
    wanted: dict[str, Place] = {}
    for ref in refs:
        if ref.name in places and ref.kind in (TypeKind.STRUCTURED, TypeKind.ENUM):
            wanted[ref.name] = places[ref.name]
            if ref.kind is TypeKind.ENUM:
                enums.add(ref.name)
    taken = set(_MODULE_NAMES) | set(own)
    names = [place.name for place in wanted.values()]
    given: dict[str, str] = {}
    imports: set[str] = set()
    for qualified, place in sorted(wanted.items()):
        name = place.name
        if name in taken or names.count(name) > 1:
            name = f"{class_name(place.package.replace('.', '_') or 'graph')}{name}"
        while name in taken:
            name = f"{name}_"
        taken.add(name)
        given[qualified] = name
        shown = place.name if name == place.name else f"{place.name} as {name}"
        imports.add(f"from ..models.{place.dotted} import {shown}")
    return Names(given, frozenset(enums), tuple(sorted(imports)))
