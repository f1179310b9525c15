"""Types → modules of `models/`: one a structured type or enumeration."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import TypeAlias

from generator.diagnostics import Findings, Parsed
from generator.memo import Kept, Memo
from generator.model.api import (
    Api,
    Notes,
    Property,
    StructuredType,
    TypeKind,
    TypeRef,
)
from generator.targets.plan import Plan, Templated, keep_plans, plan_files
from generator.targets.python.layout import Place, edm_name
from generator.targets.python.names import (
    attribute_name,
    class_name,
    member_name,
    unique,
)
from generator.targets.python.prose import summary, with_summary
from generator.targets.python.samples import Samples
from generator.values import Value


class ImportView(Value):
    """`from {module} import {name}`, with `alias` where another class has the name."""

    module: str
    name: str
    alias: str


class ReferenceView(Value):
    """A class that data is referred to: imported for type checkers, looked up when data meets it.

    `odata` is the qualified name; `target` what type checkers take it for: `""` for an import.
    """

    local: str
    odata: str
    target: str


class FactView(Value):
    """One keyword of `wire`: `read_only=True`."""

    name: str
    value: object


class FieldView(Value):
    """One property: `name: Annotated[{type} | None, wire({wire}, …)] = None` and its docstring."""

    name: str
    type: str
    wire: str
    facts: tuple[FactView, ...]
    text: str


class MemberView(Value):
    name: str
    value: str
    text: str


class PlaceView(Value):
    """One line of the registry or of a package's stub."""

    odata: str
    module: str
    name: str


# The attribute of every property, by type and by wire name.
Attributes: TypeAlias = Mapping[str, Mapping[str, str]]


def plan_models(
    api: Api, places: Mapping[str, Place], attributes: Attributes, samples: Samples, memo: Memo
) -> tuple[Kept[Plan], ...]:
    """A module a type, the packages' `__init__` files, and the registry of all classes."""
    types = plan_files(
        memo,
        "modules of types",
        dict.fromkeys(api.types, b""),
        lambda name: _model(api, name, places, attributes, samples),
    )
    enums = plan_files(
        memo,
        "modules of enumerations",
        dict.fromkeys(api.enums, b""),
        lambda name: _enum(api, name, places),
    )
    return (*types, *enums, *keep_plans(memo, "packages", tuple(_packages(api, places))))


def attributes_of(api: Api, memo: Memo) -> Parsed[Attributes]:
    """The attribute of every property a type declares or inherits, by type and wire name."""
    owns = dict.fromkeys(api.types, b"")
    kept = memo.batch("attributes", owns, partial(_attributes, api))
    return Parsed(memo.results(kept), tuple(kept.diagnostics()))


def _attributes(api: Api, name: str) -> Parsed[Mapping[str, str]]:
    """The attributes of one type.

    Properties whose attributes would meet get a number. None goes to the one that is spelled so on
    the wire, since pydantic takes both names of a field for its key, else to the one that sorts
    first; a derived type leaves its bases' attributes alone.
    """
    found = Findings()
    item = api.types[name]
    above = _attributes(api, item.base).value if item.base is not None else {}
    own = [p for p in item.declared if p.name not in above]
    wanted = {p.name: attribute_name(api.names.get(f"{name}.{p.name}", p.name)) for p in own}
    given = unique(
        [
            *((f"\0{w}", a) for w, a in above.items()),
            *((_rank(p.name), wanted[p.name]) for p in own),
        ]
    )
    given = {key[1:]: attribute for key, attribute in given.items()}
    for prop in own:
        if given[prop.name] != wanted[prop.name]:
            others = next(o for o, a in given.items() if a == wanted[prop.name])
            found.say(
                "name-collision",
                prop.span,
                name=wanted[prop.name],
                others=others,
                kept=given[prop.name],
            )
    return Parsed({**above, **{p.name: given[p.name] for p in own}}, found.as_said())


def _rank(name: str) -> str:
    """A key for `unique`: a property that is its own attribute stands before those that are not."""
    return ("\1" if attribute_name(name) == name else "\2") + name


class _Imports:
    """Gathers what one module imports, and what its code calls each class."""

    def __init__(self, own: Place, reserved: Iterable[str] = ()) -> None:
        self._own = own
        self._taken: dict[str, Place] = {name: own for name in (own.name, *reserved)}
        self.eager: dict[str, ImportView] = {}
        self.checked: dict[str, ImportView] = {}
        self.references: dict[str, ReferenceView] = {}

    def _local(self, place: Place) -> str:
        """The name of a class in this module; a class of another namespace steps aside."""
        holder = self._taken.get(place.name)
        if holder is None or (holder.dotted, holder.name) == (place.dotted, place.name):
            self._taken[place.name] = place
            return place.name
        prefix = class_name(place.package.replace(".", "_") or "root")
        local = f"{prefix}{place.name}"
        self._taken[local] = place
        return local

    def eagerly(self, place: Place) -> str:
        local = self._local(place)
        self.eager[local] = ImportView(
            self._module(place), place.name, local if local != place.name else ""
        )
        return local

    def reference(self, place: Place, odata: str, known: Mapping[str, str]) -> str:
        """The name that annotations use for a structured type; `known` has own class and bases."""
        if odata in known:
            local = f"{known[odata]}Ref"
            self.references[local] = ReferenceView(local, odata, known[odata])
            return local
        local = self._local(place)
        self.checked[local] = ImportView(
            self._module(place), place.name, local if local != place.name else ""
        )
        self.references[local] = ReferenceView(local, odata, "")
        return local

    def _module(self, place: Place) -> str:
        return relative_module(self._own.package, place)


def relative_module(package: str, place: Place) -> str:
    """The module of `place` as code in `models/{package}` imports it."""
    if package == place.package:
        return f".{place.module}"
    return "." * (1 + (package.count(".") + 1 if package else 0)) + place.dotted


def dots_to_root(package: str) -> str:
    """The dots that lead from `models/{package}` to the folder that holds `models`."""
    return ".." + "." * (package.count(".") + 1 if package else 0)


def _model(
    api: Api,
    name: str,
    places: Mapping[str, Place],
    all_attributes: Attributes,
    samples: Samples,
) -> Parsed[Plan]:
    item, place, attributes = api.types[name], places[name], all_attributes[name]
    imports = _Imports(place)
    known = {item.name: place.name}
    base = "Model"
    if item.base is not None:
        base = imports.eagerly(places[item.base])
        known[item.base] = base
    own_ref = f"{place.name}Ref"
    fields = tuple(
        FieldView(
            attributes[p.name],
            _annotation(p.type, places, imports, known),
            p.name,
            tuple(_facts(p)),
            p.text,
        )
        for p in item.declared
    )
    quoted = {own_ref: f'"{place.name}"'}
    references = [imports.references[name] for name in sorted(imports.references)]
    view = {
        "sources": item.sources,
        "root": dots_to_root(place.package),
        "eager": [
            imports.eager[name]
            for name in sorted(imports.eager, key=lambda n: (imports.eager[n].module, n))
        ],
        "checked": [
            imports.checked[name]
            for name in sorted(imports.checked, key=lambda n: (imports.checked[n].module, n))
        ],
        "aliases": [(r.local, quoted.get(r.local, r.target)) for r in references if r.target],
        "references": references,
        "has_references": bool(references),
        "has_aliases": any(r.target for r in references),
        "has_fields": bool(fields),
        "has_edm": any("edm." in field.type for field in fields),
        "typing": _typing_names(bool(references), any(r.target for r in references), bool(fields)),
        "runtime": [
            n for n, used in (("Model", item.base is None), ("wire", bool(fields))) if used
        ],
        "name": place.name,
        "base": base,
        "title": _title(item.text, item.local),
        "text": _class_text(item),
        "odata": item.name,
        "source": item.sources[0] if item.sources else "",
        "constants": tuple(_constants(item, attributes)),
        "sample": samples.text(name),
        "fields": fields,
    }
    return Parsed(Templated(place.path, "python/models/model.py.jinja", view), ())


def _typing_names(references: bool, aliases: bool, fields: bool) -> str:
    names = ["ClassVar"]
    names += ["TYPE_CHECKING"] * references + ["TypeAlias"] * aliases + ["Annotated"] * fields
    return ", ".join(sorted(names, key=lambda n: (not n.isupper(), n)))


def _title(text: str, local: str) -> str:
    return summary(text) or f"The type {local}."


def _class_text(item: StructuredType) -> str:
    """The page's description, and where it stands."""
    parts = [with_summary(item.text) or f"The type {item.local}."]
    if item.deprecated is not None:
        parts.append(f"Deprecated: {item.deprecated}")
    if not item.sources:
        parts.append("No page describes this type; others refer to it.")
    else:
        parts.append(f"Source: {', '.join(item.sources)}")
    return "\n\n".join(parts)


def _constants(
    item: StructuredType, attributes: Mapping[str, str]
) -> Iterable[tuple[str, str, object]]:
    """The class constants that differ from the base's: name, annotation, value."""
    if item.key:
        yield "KEY", "tuple[str, ...]", tuple(
            attributes.get(key, attribute_name(key)) for key in item.key
        )
    if item.is_open:
        yield "OPEN", "bool", True
    if item.is_abstract:
        yield "ABSTRACT", "bool", True
    if item.derived:
        yield "HAS_DERIVED", "bool", True


def _annotation(
    ref: TypeRef, places: Mapping[str, Place], imports: _Imports, known: Mapping[str, str]
) -> str:
    """The type of a value that is there: `list[Message]`, `AgeGroup | str`, `edm.String`."""
    edm = edm_name(ref)
    if edm is not None:
        inner = f"edm.{edm}"
    elif ref.kind is TypeKind.ENUM:
        inner = f"{imports.eagerly(places[ref.name])} | str"
    else:
        inner = imports.reference(places[ref.name], ref.name, known)
    return f"list[{inner}]" if ref.is_collection else inner


def _facts(item: Property) -> Iterable[FactView]:
    """What the page says of the property, as keywords of `wire`."""
    if item.is_navigation:
        yield FactView("navigation", True)
    yield from note_facts(item.notes)


def note_facts(notes: Notes) -> Iterable[FactView]:
    for name in (
        "key", "read_only", "write_only", "required", "nullable", "default", "deprecated", "minimum", "maximum",
        "min_length", "max_length", "max_items", "filterable", "orderable", "searchable", "expandable", "on_select", "by_default",
    ):  # fmt: skip
        value = getattr(notes, name)
        if value is not None and value is not False or (name == "nullable" and value is False):
            yield FactView(name, value)


def _enum(api: Api, name: str, places: Mapping[str, Place]) -> Parsed[Plan]:
    item, place = api.enums[name], places[name]
    names = unique(
        (member.name, member_name(api.names.get(f"{item.name}.{member.name}", member.name)))
        for member in item.members
    )
    members = tuple(MemberView(names[m.name], m.name, m.text) for m in item.members)
    text = item.text or f"The enumeration {item.local}."
    # The property that an inline enumeration is made from has the whole text.
    parts = [summary(text) if item.is_inline else with_summary(text)]
    if item.is_flags:
        parts.append("Flags: several members may stand together, separated by commas.")
    parts.append(f"Source: {', '.join(item.sources)}" if item.sources else "")
    view = {
        "sources": item.sources,
        "root": dots_to_root(place.package),
        "name": place.name,
        "title": _title(text, item.local),
        "text": "\n\n".join(part for part in parts if part),
        "members": members,
    }
    return Parsed(Templated(place.path, "python/models/enum.py.jinja", view), ())


def _packages(api: Api, places: Mapping[str, Place]) -> Iterable[Plan]:
    """`__init__.py` and its stub for `models` and each subpackage, and the registry."""
    by_package: dict[str, list[tuple[str, Place]]] = {"": []}
    for odata, place in sorted(places.items()):
        parts = place.package.split(".") if place.package else []
        for depth in range(1, len(parts) + 1):
            by_package.setdefault(".".join(parts[:depth]), [])
        by_package[place.package].append((odata, place))
    for package, entries in sorted(by_package.items()):
        folder = f"models/{package.replace('.', '/')}/" if package else "models/"
        namespace = entries[0][0].rpartition(".")[0] if entries and package else ""
        view = {
            "sources": _sources(api, [odata for odata, _ in entries]),
            "root": dots_to_root(package),
            "text": f"The types of {namespace}." if namespace else "The types of the API.",
            "places": [
                PlaceView(o, p.module, p.name)
                for o, p in sorted(entries, key=lambda e: e[1].module)
            ],
        }
        yield Templated(f"{folder}__init__.py", "python/models/__init__.py.jinja", view)
        yield Templated(f"{folder}__init__.pyi", "python/models/__init__.pyi.jinja", view)
    registry = {
        "sources": _sources(api, list(places)),
        "lines": "\n".join(
            f"{odata.lower()} {p.dotted}:{p.name}"
            for odata, p in sorted(places.items(), key=lambda e: e[0].lower())
        ),
    }
    yield Templated("models/_registry.py", "python/models/_registry.py.jinja", registry)


def _sources(api: Api, names: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted({source for name in names for source in api.sources[name]}))
