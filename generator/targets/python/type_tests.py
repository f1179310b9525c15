"""Types → modules of `tests/models/`: one a namespace, one function a type or enumeration."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

from generator.diagnostics import Findings, Parsed
from generator.memo import Kept, Memo
from generator.model.api import (
    Api,
    Enum,
    StructuredType,
    TypeKind,
    TypeRef,
    locate,
    strict_text,
)
from generator.model.conformance import OTHER_CASE, fits
from generator.targets.plan import Plan, Templated, keep_plans, plan_files
from generator.targets.python.contradictions import Contradictions, MisfitsView
from generator.targets.python.layout import PRIMITIVES, ROOT_NAMESPACE, Place
from generator.targets.python.names import unique
from generator.values import Value, sign

# Words that stand for values in a JSON representation, and the types they may stand for.
_WHOLE: Final = frozenset(
    {"Byte", "Int16", "Int32", "Int64", "SByte", "Double", "Single", "Decimal"}
)
_MOMENTS: Final = frozenset({"Date", "DateTimeOffset", "TimeOfDay", "String"})
_TEXTS: Final = _MOMENTS | {"Binary", "Duration", "Guid", "Int64", "Decimal"}
_NUMBERS: Final = ("int", "int16", "int32", "int64", "integer", "number", "decimal", "double")
_TIMES: Final = ("string (timestamp)", "date", "datetime", "datetimeoffset", "timestamp")
_STANDS_FOR: Final[Mapping[str, frozenset[str]]] = {
    "string": _TEXTS,
    "string (identifier)": frozenset({"String", "Guid"}),
    "string (binary)": frozenset({"Binary", "String"}),
    "string (duration)": frozenset({"String", "Duration"}),
    "boolean": frozenset({"Boolean"}),
    "byte": _WHOLE | {"Binary"},
    **dict.fromkeys((*_NUMBERS, "float", "single"), _WHOLE),
    **dict.fromkeys((*_TIMES, "timeofday"), _MOMENTS),
    "guid": frozenset({"Guid", "String"}),
    "duration": frozenset({"Duration", "String"}),
    "binary": frozenset({"Binary", "String"}),
    "stream": frozenset({"Binary", "String"}),
}
# Types whose values are of one class in Python: a word for one of them stands for all.
_ALIKE: Final[Mapping[str, str]] = {
    **dict.fromkeys(("Byte", "Int16", "Int32", "Int64", "SByte"), "int"),
    **dict.fromkeys(("Double", "Single"), "float"),
}


class TypeTestView(Value):
    """One type: what its page says of it. `properties` has a line for each row of its tables."""

    name: str
    text: str
    odata: str
    model: str
    base: str
    properties: str
    shown: str
    misfits: MisfitsView


class EnumTestView(Value):
    name: str
    text: str
    odata: str
    model: str
    members: str  # one a line


def plan_type_tests(
    api: Api,
    places: Mapping[str, Place],
    attributes: Mapping[str, Mapping[str, str]],
    contradictions: Contradictions,
    memo: Memo,
) -> Iterable[Kept[Plan]]:
    """A module for the types and enumerations of a namespace that begin with one letter.

    Placeholders that stand for another type than the tables declare are reported.
    """
    parts = _parts(places)
    if parts:
        above = Templated("tests/models/__init__.py", "python/tests/models.py.jinja", {})
        yield from keep_plans(memo, "tests above types", [above])
    modules = _modules(parts)
    functions = _functions(places)
    named = {
        modules[part]: (part, {name: functions[name] for name in sorted(names)})
        for part, names in sorted(parts.items())
    }

    def plan(module: str) -> Parsed[Plan]:
        part, own = named[module]
        return _module(part, module, own, api, places, attributes, contradictions)

    owns = {module: sign(each) for module, each in named.items()}
    yield from plan_files(memo, "tests of types", owns, plan)


def _report(
    item: StructuredType, api: Api, contradictions: Contradictions, found: Findings
) -> None:
    shape = item.shape
    if shape is None or not isinstance(shape.value, dict):
        return
    known = contradictions.conformance.properties(item.name)
    declared = {p.name: str(p.type) for p in known.values()}
    misfits = shown_misfits(item, api, contradictions)
    for name in misfits.unknown:
        if (prop := known.get(name.lower())) is not None:
            place = locate(shape, (name,))
            details = {"name": name, "defined": prop.name, "type": item.name}
            found.say(OTHER_CASE, place, **details)
    for name in misfits.unfit:
        found.say(
            "json-value-unfit",
            locate(shape, (name,)),
            name=name,
            found=json.dumps(shape.value[name], ensure_ascii=False),
            type=declared[name],
        )


def name_type_tests(places: Mapping[str, Place]) -> Mapping[str, str]:
    """The test of each type, by its qualified name: `tests/models/test_root_u.py::test_user`."""
    parts = _parts(places)
    modules = _modules(parts)
    functions = _functions(places)
    return {
        name: f"{_path(modules[part])}::{functions[name]}"
        for part, names in parts.items()
        for name in names
    }


_Part: TypeAlias = tuple[
    str, str
]  # a package below `models`, and the letter that modules begin with


def _parts(places: Mapping[str, Place]) -> Mapping[_Part, list[str]]:
    """The types of each package by the letter that their modules begin with.

    One module for all types of a large namespace would be changed by every page.
    """
    parts: dict[_Part, list[str]] = {}
    for name, place in places.items():
        parts.setdefault((place.package, place.module[0]), []).append(name)
    return parts


def _modules(parts: Iterable[_Part]) -> Mapping[_Part, str]:
    wanted = {"\0".join(part): part for part in parts}
    named = unique(
        (key, f"{package.replace('.', '_') or 'root'}_{letter}")
        for key, (package, letter) in wanted.items()
    )
    return {part: named[key] for key, part in wanted.items()}


def _functions(places: Mapping[str, Place]) -> Mapping[str, str]:
    """The function that tests each type, by qualified name; unique in its namespace."""
    packages: dict[str, list[str]] = {}
    for name, place in places.items():
        packages.setdefault(place.package, []).append(name)
    return {
        name: function
        for names in packages.values()
        for name, function in unique(
            (name, f"test_{places[name].module.rstrip('_')}") for name in names
        ).items()
    }


def _path(module: str) -> str:
    return f"tests/models/test_{module}.py"


def _import(package: str) -> str:
    """The package of the types as `models`: it loads a class when it is named."""
    above, _, own = f"models.{package}".rstrip(".").rpartition(".")
    shown = own if own == "models" else f"{own} as models"
    return f"from ...{above} import {shown}"


def _module(
    part: _Part,
    module: str,
    functions: Mapping[str, str],
    api: Api,
    places: Mapping[str, Place],
    attributes: Mapping[str, Mapping[str, str]],
    contradictions: Contradictions,
) -> Parsed[Plan]:
    found = Findings()
    names = list(functions)
    types = [
        _type_test(functions[n], api.types[n], places[n], attributes[n], api, contradictions)
        for n in names
        if n in api.types
    ]
    enums = [_enum_test(functions[n], api.enums[n], places[n]) for n in names if n in api.enums]
    for name in names:
        if name in api.types:
            _report(api.types[name], api, contradictions, found)
    sources = {source for n in names for source in api.sources[n]}
    namespace = names[0].rpartition(".")[0]
    text = f"The types of {namespace} under {part[1].upper()}, as pages describe them."
    view = {
        "sources": tuple(sorted(sources)),
        "text": text,
        "import": _import(part[0]),
        "helpers": ["check_enum"] * bool(enums) + ["check_type"] * bool(types),
        "types": types,
        "enums": enums,
    }
    counts = {"types tested": len(types) + len(enums)}
    plan = Templated(_path(module), "python/tests/types.py.jinja", view, counts)
    return Parsed(plan, found.as_said())


def _text(item: StructuredType | Enum) -> str:
    if not item.sources:
        return f"{item.name}, which no page describes."
    shape = item.shape if isinstance(item, StructuredType) else None
    span = shape.span if shape is not None else item.span
    return f"{span.path}:{span.first}"


def _type_test(
    function: str,
    item: StructuredType,
    place: Place,
    attributes: Mapping[str, str],
    api: Api,
    contradictions: Contradictions,
) -> TypeTestView:
    shape = item.shape if item.shape is not None and isinstance(item.shape.value, dict) else None
    return TypeTestView(
        function,
        _text(item),
        item.name,
        f"models.{place.name}",
        item.base or "",
        "\n".join(_row(p.name, p.type, attributes[p.name]) for p in item.declared),
        strict_text(shape).strip("\n") if shape is not None else "",
        shown_misfits(item, api, contradictions),
    )


def _row(name: str, ref: TypeRef, attribute: str) -> str:
    """`displayName: String`; the attribute stands before it where another name took its place."""
    local = ref.local if ref.namespace in ("Edm", ROOT_NAMESPACE) else ref.name
    if ref.kind in (TypeKind.PRIMITIVE, TypeKind.UNTYPED):
        shown = PRIMITIVES.get(ref.name, "Untyped")
    else:
        shown = ref.name if local in PRIMITIVES.values() else local
    shown = f"Collection({shown})" if ref.is_collection else shown
    return f"{name}: {shown}" if attribute == _plain(name) else f"{attribute} = {name}: {shown}"


def _plain(name: str) -> str:
    """The attribute as an emitted test expects it (`snake` in `tests/_conformity.py`)."""
    name = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name)
    return re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name).lower()


def shown_misfits(item: StructuredType, api: Api, contradictions: Contradictions) -> MisfitsView:
    """What of its JSON representation the type lacks, or declares as another type."""
    if item.shape is None or not isinstance(item.shape.value, dict):
        return MisfitsView()
    known = {p.name: p for p in contradictions.conformance.properties(item.name).values()}
    is_open = contradictions.conformance.is_open(item.name)
    shown = {name: value for name, value in item.shape.value.items() if "@" not in name}
    unknown = (name for name in shown if name not in known and not is_open)
    unfit = (n for n, v in shown.items() if n in known and not _stands_for(v, known[n].type, api))
    return MisfitsView(tuple(sorted(unknown)), tuple(sorted(unfit)))


def _stands_for(value: object, ref: TypeRef, api: Api) -> bool:
    """Whether what a JSON representation shows may stand for a value of the type."""
    if value is None or ref.name in ("Edm.Untyped", "Edm.Stream") or ref.kind is TypeKind.UNTYPED:
        return True if not ref.is_collection or value is None else isinstance(value, list)
    if ref.is_collection:
        one = TypeRef(ref.name, ref.kind)
        return isinstance(value, list) and all(_stands_for(part, one, api) for part in value)
    if ref.kind is TypeKind.STRUCTURED:
        return isinstance(value, dict) or (isinstance(value, str) and _names(value, ref, api))
    words = _STANDS_FOR.get(value.strip().lower()) if isinstance(value, str) else None
    if ref.kind is TypeKind.ENUM:
        return isinstance(value, str) and (words is None or "String" in words)
    if words is not None:
        return any(_ALIKE.get(word, word) == _ALIKE.get(ref.local, ref.local) for word in words)
    return fits(value, ref.name)


def _names(text: str, ref: TypeRef, api: Api) -> bool:
    """Whether a text is the qualified name of the type or of one derived from it."""
    named = text.removeprefix("#").lower()
    named = named if "." in named else f"{ROOT_NAMESPACE}.{named}"
    return any(name.lower() == named and ref.name in api.chain(name) for name in api.types)


def _enum_test(function: str, item: Enum, place: Place) -> EnumTestView:
    members = "\n".join(member.name for member in item.members)
    return EnumTestView(function, _text(item), item.name, f"models.{place.name}", members)
