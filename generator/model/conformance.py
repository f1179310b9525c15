"""Examples against the tables: what a documented body shows that its type does not say.

Findings alone: a body is never changed. Those who make tests of the examples ask for the same
misfits, so that a test can name what contradicts its tables.
"""

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Final, TypeAlias, TypeVar

from msgspec import field

from generator.diagnostics import Findings
from generator.model.answers import answer_to
from generator.model.api import (
    Api,
    Body,
    BodyKind,
    MessageFact,
    Operation,
    Property,
    Response,
    ResponseKind,
    TypeKind,
    TypeRef,
)
from generator.pages.json_text import locate
from generator.values import Value

T = TypeVar("T")
Path: TypeAlias = tuple[str | int, ...]

PLACEHOLDER: Final = "example-placeholder"
UNKNOWN: Final = "example-property-unknown"
OTHER_CASE: Final = "example-property-case"

_INTEGERS = frozenset({"Edm.Byte", "Edm.SByte", "Edm.Int16", "Edm.Int32", "Edm.Int64"})
_NUMBERS = frozenset({"Edm.Double", "Edm.Single", "Edm.Decimal"})
_ANYTHING = frozenset({"Edm.Untyped", "Edm.Stream"})
# Text that stands for a value of some type: `String (timestamp)`, `{id}`, `<guid>`, `id-value`.
_PLACEHOLDER = re.compile(
    r"\{[^{}]*\}|<[^<>]*>|[\w.]+-value(?:-\d+)?|[Vv]alue|.*\bValue\b.*|"
    r"(?:Edm\.)?(?:String|Boolean|Integer|Int(?:16|32|64)|Double|Single|Float|Guid|Date(?:Time(?:Offset)?)?|Binary|Duration|Timestamp)(?: \([^()]*\))?|"
    r"#?microsoft\.graph\.[\w.]+|\.{3}|.*\.\.\.|[^|]+(?: ?\| ?[^|]+)+",
    re.I,
)  # fmt: skip


class Misfit(Value):
    """One thing that a documented value shows and its type does not say; `code` is its finding.

    `path` leads to it within the value. `type` is the declared type of what stands there.
    """

    code: str
    path: Path
    details: Mapping[str, object] = field(default_factory=dict)
    type: TypeRef | None = None


def check_examples(operation: Operation, conformance: "Conformance", found: Findings) -> None:
    """What the bodies of an operation's examples show against the types of their page."""
    for example in operation.examples.value:
        _say(
            found,
            example.request,
            request_misfits(conformance, operation.body, example.request),
        )
        response = answer_to(operation, example.request)
        for answer in example.responses:
            if answer.start[0][:1] not in ("4", "5"):
                misfits = answer_misfits(conformance, response, answer)
                _say(found, answer, misfits)


def _say(found: Findings, message: MessageFact, misfits: Iterator[Misfit]) -> None:
    for misfit in misfits:
        assert message.json is not None
        found.say(misfit.code, locate(message.json, misfit.path), **misfit.details)


def request_misfits(
    conformance: "Conformance", body: Body, message: MessageFact
) -> Iterator[Misfit]:
    """The misfits of a request's body, by paths within it."""
    fact = message.json
    if fact is None:
        return
    if body.kind is BodyKind.TYPE and body.type is not None:
        yield from conformance.misfits(fact.value, body.type, "the request body")
    elif body.kind is BodyKind.PARAMETERS and isinstance(fact.value, dict):
        types = {p.name: p.type for p in body.parameters}
        for name, part in fact.value.items():
            if name in types:
                yield from conformance.misfits(part, types[name], name, (name,))


def answer_misfits(
    conformance: "Conformance", response: Response, message: MessageFact
) -> Iterator[Misfit]:
    """The misfits of an answer's body, by paths within it."""
    fact, ref = message.json, response.type
    if fact is None or ref is None or not isinstance(fact.value, dict):
        return
    if response.kind is ResponseKind.COLLECTION:
        if isinstance(fact.value.get("value"), list):
            yield from conformance.misfits(fact.value["value"], ref, "value", ("value",))
    elif response.kind is ResponseKind.TYPE and not isinstance(fact.value.get("value"), list):
        inner = opened(fact.value, ref, conformance)
        at = () if inner is fact.value else ("value",)
        yield from conformance.misfits(inner, ref, "the answer", at)


def opened(value: object, ref: TypeRef, conformance: "Conformance") -> object:
    """The object of an answer, out of the envelope in which some pages show it.

    The envelope is `{"@odata.context": …, "value": {…}}`; a type may have a `value` of its own.
    """
    is_wrapped = (
        isinstance(value, dict)
        and isinstance(value.get("value"), dict)
        and all(key == "value" or "@" in key for key in value)
        and "value" not in conformance.properties(ref.name)
    )
    return value["value"] if isinstance(value, dict) and is_wrapped else value


class Conformance:
    """Walks values down with their types."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._known: dict[str, Mapping[str, Property]] = {}

    def misfits(self, value: object, ref: TypeRef, name: str, path: Path = ()) -> Iterator[Misfit]:
        """What of `value` does not fit `ref`; `path` leads to it within its body."""
        if value is None or ref.kind is TypeKind.UNTYPED:
            return
        if ref.is_collection:
            one = TypeRef(ref.name, ref.kind)
            if isinstance(value, list):
                for at, element in enumerate(value):
                    yield from self.misfits(element, one, name, (*path, at))
            else:
                yield _unfit(path, value, ref, name)
        elif ref.kind is TypeKind.STRUCTURED:
            if isinstance(value, dict):
                yield from self._object(path, value, ref.name)
            else:
                yield _unfit(path, value, ref, name)
        elif ref.kind is TypeKind.ENUM:
            yield from self._member(path, value, ref, name)
        elif not fits(value, ref.name):
            yield _unfit(path, value, ref, name)

    def _object(self, path: Path, value: dict[str, object], declared: str) -> Iterator[Misfit]:
        type_name = declared
        named = value.get("@odata.type")
        if isinstance(named, str):
            spelled = named.lstrip("#").lower()
            type_name = next(
                (n for n in self._api.derived(declared) if n.lower() == spelled), declared
            )
            is_other = type_name == declared and spelled != declared.lower()
            if is_other and not any(name.lower() == spelled for name in self._api.types):
                yield Misfit(
                    "example-type-unknown",
                    (*path, "@odata.type"),
                    {"type": named, "kept": declared},
                )
        known = self.properties(type_name)
        is_open = self.is_open(type_name)
        for name, part in value.items():
            if "@" in name:
                continue
            prop = known.get(name.lower())
            if prop is None:
                if not is_open:
                    yield Misfit(UNKNOWN, (*path, name), {"name": name, "type": type_name})
                continue
            if prop.name != name:
                details = {"name": name, "defined": prop.name, "type": type_name}
                yield Misfit(OTHER_CASE, (*path, name), details)
            yield from self.misfits(part, prop.type, name, (*path, name))

    def is_open(self, name: str) -> bool:
        """Whether objects of the type may carry properties in no table."""
        return any(self._api.types[n].is_open for n in self._api.chain(name))

    def properties(self, name: str) -> Mapping[str, Property]:
        """The properties of a type, inherited ones included, by their names in lower case."""
        chain = self._api.chain(name)  # met by each who asks, who may be a unit of work
        if name not in self._known:
            self._known[name] = {
                p.name.lower(): p for n in reversed(chain) for p in self._api.types[n].properties
            }
        return self._known[name]

    def _member(self, path: Path, value: object, ref: TypeRef, name: str) -> Iterator[Misfit]:
        if not isinstance(value, str):
            yield _unfit(path, value, ref, name)
            return
        members = {member.name for member in self._api.enums[ref.name].members}
        if value in members or all(part.strip() in members for part in value.split(",")):
            return
        if _PLACEHOLDER.fullmatch(value):
            yield Misfit(PLACEHOLDER, path, {"value": value, "type": ref.name}, ref)
        else:
            details = {"value": value, "enum": ref.name}
            yield Misfit("example-member-unknown", path, details, ref)


def _unfit(path: Path, value: object, ref: TypeRef, name: str) -> Misfit:
    if isinstance(value, str) and _PLACEHOLDER.fullmatch(value):
        return Misfit(PLACEHOLDER, path, {"value": value, "type": str(ref)}, ref)
    details = {"name": name, "found": _kind(value), "type": str(ref)}
    return Misfit("example-value-unfit", path, details, ref)


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "a Boolean"
    if isinstance(value, (int, float)):
        return "a number"
    if isinstance(value, str):
        return f"the text '{value}'"
    return "a list" if isinstance(value, list) else "an object"


# --- primitive values (OData ABNF 4.01, "primitive literals"; dates as ISO 8601)

_DATE = r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
_TIME = r"(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,12})?)?"
_MOMENT = re.compile(rf"{_DATE}[Tt]{_TIME}(?:[Zz]|[+-]\d\d:\d\d)", re.A)
_DAY = re.compile(_DATE, re.A)
_BINARY = re.compile(r"[A-Za-z0-9+/_-]*={0,2}")
_INTEGER = re.compile(r"[+-]?\d{1,19}", re.A)
# Years, months and weeks are not OData's, but services send them.
_DURATION = re.compile(
    r"[+-]?P(?!$)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?"
    r"(?:T(?!$)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?",
    re.A,
)
_FORMS: Final[Mapping[str, re.Pattern[str]]] = {
    "Edm.TimeOfDay": re.compile(_TIME, re.A),
    "Edm.Guid": re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"),
    "Edm.Decimal": re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|NaN|-?INF", re.A),
    "Edm.Double": re.compile(r"NaN|-?INF"),
    "Edm.Single": re.compile(r"NaN|-?INF"),
}


def fits(value: object, primitive: str) -> bool:
    """Whether a JSON value is one of the primitive type (OData JSON format 4.01, 7.1)."""
    if primitive in _ANYTHING:
        return True
    if isinstance(value, bool):
        return primitive == "Edm.Boolean"
    if isinstance(value, int):
        if primitive == "Edm.Int64":
            return -(2**63) <= value < 2**63
        if primitive in ("Edm.Double", "Edm.Single"):
            return _reads(float, value)
        return primitive in _INTEGERS or primitive == "Edm.Decimal"
    if isinstance(value, float):
        return primitive in _NUMBERS
    if not isinstance(value, str):
        return False
    if (readable := _READABLE.get(primitive)) is not None:
        return readable(value)
    if (form := _FORMS.get(primitive)) is not None:
        return form.fullmatch(value) is not None
    return primitive == "Edm.String"


def _is_moment(text: str) -> bool:
    return _MOMENT.fullmatch(text) is not None and _reads(datetime.fromisoformat, text.upper())


def _is_day(text: str) -> bool:
    return _DAY.fullmatch(text) is not None and _reads(date.fromisoformat, text)


def _is_long(text: str) -> bool:
    return _INTEGER.fullmatch(text) is not None and -(2**63) <= int(text) < 2**63


def _is_binary(text: str) -> bool:
    digits = text.rstrip("=").replace("+", "-").replace("/", "_")
    padded = digits + "=" * (-len(digits) % 4)
    return _BINARY.fullmatch(text) is not None and _reads(base64.urlsafe_b64decode, padded)


def _is_duration(text: str) -> bool:
    match = _DURATION.fullmatch(text)
    return match is not None and _reads(_length, match.groups("0"))


def _length(numbers: tuple[str, ...]) -> timedelta:
    years, months, weeks, days, hours, minutes, seconds = map(float, numbers)
    all_days = years * 365 + months * 30 + weeks * 7 + days
    return timedelta(all_days, seconds, hours=hours, minutes=minutes)


def _reads(read: Callable[[T], object], written: T) -> bool:
    try:
        read(written)
    except (ValueError, OverflowError):
        return False
    return True


_READABLE: Final[Mapping[str, Callable[[str], bool]]] = {
    "Edm.DateTimeOffset": _is_moment,
    "Edm.Date": _is_day,
    "Edm.Duration": _is_duration,
    "Edm.Int64": _is_long,
    "Edm.Binary": _is_binary,
}
