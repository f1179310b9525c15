"""Where each type lives in the emitted package, and how code speaks of it."""

from collections.abc import Mapping

from generator.diagnostics import Diagnostic, Parsed, finding
from generator.model.api import Api, TypeKind, TypeRef
from generator.targets.python.names import (
    class_name,
    module_name,
    shortened,
    snake,
    unique,
)
from generator.values import Value

ROOT_NAMESPACE = "microsoft.graph"
# No path below the output is longer than 100 characters.
_LONGEST_PACKAGE = 24
_LONGEST_MODULE = 80

PRIMITIVES = {
    "Edm.Binary": "Binary",
    "Edm.Boolean": "Boolean",
    "Edm.Byte": "Byte",
    "Edm.Date": "Date",
    "Edm.DateTimeOffset": "DateTimeOffset",
    "Edm.Decimal": "Decimal",
    "Edm.Double": "Double",
    "Edm.Duration": "Duration",
    "Edm.Guid": "Guid",
    "Edm.Int16": "Int16",
    "Edm.Int32": "Int32",
    "Edm.Int64": "Int64",
    "Edm.SByte": "SByte",
    "Edm.Single": "Single",
    "Edm.Stream": "Stream",
    "Edm.String": "String",
    "Edm.TimeOfDay": "TimeOfDay",
    "Edm.Untyped": "Untyped",
}


class Place(Value):
    """A class of `models/`: `package` is its folder below `models`, dotted, "" for the root namespace."""

    package: str
    module: str
    name: str

    @property
    def dotted(self) -> str:
        """The module below `models`: `call_records.session`."""
        return f"{self.package}.{self.module}" if self.package else self.module

    @property
    def path(self) -> str:
        return f"models/{self.dotted.replace('.', '/')}.py"


def package_of(namespace: str) -> str:
    """The subpackage of a namespace: `microsoft.graph.callRecords` → `call_records`."""
    prefix = f"{ROOT_NAMESPACE}."
    if namespace.lower() == ROOT_NAMESPACE:
        return ""
    below = namespace[len(prefix) :] if namespace.lower().startswith(prefix) else namespace
    package = ".".join(module_name(part) for part in below.split("."))
    return (
        package if len(package) <= _LONGEST_PACKAGE else shortened(snake(package), _LONGEST_PACKAGE)
    )


def place_types(api: Api) -> Parsed[Mapping[str, Place]]:
    """The place of every structured type and enumeration, by qualified name.

    Modules and classes that would meet in one package, or that meet a subpackage, get a number by
    `unique`; each is reported.
    """
    described = (*api.types, *api.enums)
    wanted = {name: api.names.get(name, name.rpartition(".")[2]) for name in described}
    packages: dict[str, list[str]] = {}
    for name in described:
        packages.setdefault(package_of(name.rpartition(".")[0]), []).append(name)
    places: dict[str, Place] = {}
    found: list[Diagnostic] = []
    for package, names in sorted(packages.items()):
        below = {
            p[len(package) :].lstrip(".").split(".")[0]
            for p in packages
            if p.startswith(package) and p != package
        }
        longest = _LONGEST_MODULE - len(package)
        reserved = [("", folder) for folder in sorted(below)]
        modules = unique(
            [*reserved, *((name, module_name(wanted[name], longest)) for name in names)]
        )
        classes = unique((name, class_name(wanted[name])) for name in names)
        for name in sorted(names):
            places[name] = Place(package, modules[name], classes[name])
            plain = class_name(wanted[name])
            if classes[name] != plain:
                item = api.types[name] if name in api.types else api.enums[name]
                found.append(
                    finding(
                        "name-collision",
                        item.span,
                        name=plain,
                        others=name,
                        kept=classes[name],
                    )
                )
    return Parsed(places, tuple(found))


def edm_name(ref: TypeRef) -> str | None:
    """The alias in the emitted `runtime.edm` of a primitive, `None` for a described type."""
    if ref.kind in (TypeKind.PRIMITIVE, TypeKind.UNTYPED):
        return PRIMITIVES.get(ref.name, "Untyped")
    return None
