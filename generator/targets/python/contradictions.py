"""What a test must name: the places where an example contradicts its tables, and its placeholders."""

from collections.abc import Mapping, Sequence
from typing import Final

from generator.model.api import Api, TypeKind, TypeRef
from generator.model.conformance import (
    OTHER_CASE,
    PLACEHOLDER,
    UNKNOWN,
    Conformance,
    Misfit,
    Path,
)
from generator.values import Value

# What stands for a placeholder of the type.
_SAMPLES: Final[Mapping[str, object]] = {
    "Edm.Binary": "AQID",
    "Edm.Boolean": True,
    "Edm.Byte": 1,
    "Edm.Date": "2024-05-01",
    "Edm.DateTimeOffset": "2024-05-01T08:00:00Z",
    "Edm.Decimal": 1,
    "Edm.Double": 0.5,
    "Edm.Duration": "PT1H",
    "Edm.Guid": "11111111-2222-3333-4444-555555555555",
    "Edm.Int16": 1,
    "Edm.Int32": 1,
    "Edm.Int64": 1,
    "Edm.SByte": 1,
    "Edm.Single": 0.5,
    "Edm.String": "text",
    "Edm.TimeOfDay": "08:00:00",
}


class MisfitsView(Value):
    """Places in an object where the page contradicts its tables, sorted: `("start.zone",)`.

    `unknown` are properties in no table, `unfit` values of another type.
    """

    unknown: tuple[str, ...] = ()
    unfit: tuple[str, ...] = ()


class FilledBody(Value):
    """The JSON of a message with values in the places of placeholders, and which these are."""

    value: object
    filled: Mapping[str, Mapping[str, object]]


class Contradictions:
    """Compares documented JSON with the types of an Api."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self.conformance = Conformance(api)

    def fill(self, body: object, misfits: Sequence[Misfit]) -> FilledBody:
        """`body` with a value of the declared type for each placeholder among its `misfits`."""
        filled: dict[str, dict[str, object]] = {}
        for misfit in misfits:
            if misfit.code == PLACEHOLDER and misfit.type is not None:
                sample = self.sample(misfit.type)
                if sample is not None:
                    texts = filled.setdefault(place(misfit.path), {})
                    texts.setdefault(str(misfit.details["value"]), sample)
        return FilledBody(_filled(body, "", filled), filled)

    def sample(self, ref: TypeRef) -> object:
        """A value of the type as JSON; None where anything fits."""
        if ref.is_collection:
            one = self.sample(TypeRef(ref.name, ref.kind))
            return None if one is None else [one]
        if ref.kind is TypeKind.ENUM:
            members = self._api.enums[ref.name].members
            return members[0].name if members else None
        if ref.kind is TypeKind.STRUCTURED:
            return {}
        return _SAMPLES.get(ref.name)

    def view(self, value: object, ref: TypeRef) -> MisfitsView:
        """What a test of `value`, read as `ref`, must name."""
        unknown: set[str] = set()
        unfit: set[str] = set()
        others: list[Path] = []
        for misfit in self.conformance.misfits(value, ref, ""):
            if any(misfit.path[: len(path)] == path for path in others):
                continue  # nothing below a property that no model knows is read by type
            if misfit.code == OTHER_CASE:
                others.append(misfit.path)
            if misfit.code in (UNKNOWN, OTHER_CASE):
                if not self.conformance.is_open(str(misfit.details["type"])):
                    unknown.add(place(misfit.path))
            elif misfit.code != "example-type-unknown":
                unfit.add(place(misfit.path))
        return MisfitsView(tuple(sorted(unknown)), tuple(sorted(unfit)))


def place(path: Path) -> str:
    """A path without the numbers of list elements: `value.start.dateTime`."""
    return ".".join(part for part in path if isinstance(part, str))


def _filled(value: object, at: str, filled: Mapping[str, Mapping[str, object]]) -> object:
    if isinstance(value, str):
        return filled.get(at, {}).get(value, value)
    if isinstance(value, dict):
        return {k: _filled(v, f"{at}.{k}" if at else k, filled) for k, v in value.items()}
    if isinstance(value, list):
        return [_filled(part, at, filled) for part in value]
    return value
