"""Examples against the tables: what a documented body shows that its type does not say.

Findings alone: a body is never changed, and what does not fit is tested as far as it goes.
"""

import re
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from generator.diagnostics import Findings, Parsed
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
from generator.pages.facts import JsonFact
from generator.pages.json_text import locate

Path: TypeAlias = tuple[str | int, ...]

# Text forms of primitive values (OData ABNF 4.01, "primitive literals"; dates as ISO 8601).
_FORMS: Mapping[str, re.Pattern[str]] = {
    "Edm.DateTimeOffset": re.compile(
        r"-?\d{4,}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?"
    ),
    "Edm.Date": re.compile(r"-?\d{4,}-\d\d-\d\d"),
    "Edm.TimeOfDay": re.compile(r"\d\d?:\d\d(:\d\d(\.\d+)?)?"),
    "Edm.Duration": re.compile(
        r"-?P(?=.)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?"
    ),
    "Edm.Guid": re.compile(r"[0-9A-Fa-f]{8}-([0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}"),
    "Edm.Int64": re.compile(r"-?\d+"),
    "Edm.Decimal": re.compile(r"-?\d+(\.\d+)?"),
    "Edm.Double": re.compile(r"NaN|-?INF"),
    "Edm.Single": re.compile(r"NaN|-?INF"),
}
_INTEGERS = frozenset({"Edm.Byte", "Edm.SByte", "Edm.Int16", "Edm.Int32", "Edm.Int64"})
_NUMBERS = frozenset({"Edm.Double", "Edm.Single", "Edm.Decimal"})
# Text that stands for a value of some type: `String (timestamp)`, `{id}`, `<guid>`, `id-value`.
_PLACEHOLDER = re.compile(
    r"\{[^{}]*\}|<[^<>]*>|[\w.]+-value|[Vv]alue|.*\bValue\b.*|"
    r"(?:Edm\.)?(?:String|Boolean|Integer|Int(?:16|32|64)|Double|Single|Float|Guid|Date(?:Time(?:Offset)?)?|Binary|Duration|Timestamp)(?: \([^()]*\))?|"
    r"#?microsoft\.graph\.[\w.]+|\.{3}|.*\.\.\.|[^|]+(?: ?\| ?[^|]+)+",
    re.I,
)  # fmt: skip


def check_examples(api: Api) -> Parsed[None]:
    """What the bodies of all examples show against the types of their pages."""
    found = Findings()
    check = _Check(api, found)
    for operation in api.operations:
        for example in operation.examples:
            _request(check, operation.body, example.request)
            for answer in example.responses:
                if answer.start[0][:1] not in ("4", "5"):
                    _answer(check, operation, operation.response, answer)
    return Parsed(None, found.as_said())


def _request(check: "_Check", body: Body, message: MessageFact) -> None:
    fact = message.json
    if fact is None:
        return
    if body.kind is BodyKind.TYPE and body.type is not None:
        check.value(fact, (), fact.value, body.type, "the request body")
    elif body.kind is BodyKind.PARAMETERS and isinstance(fact.value, dict):
        types = {p.name: p.type for p in body.parameters}
        for name, part in fact.value.items():
            if name in types:
                check.value(fact, (name,), part, types[name], name)


def _answer(
    check: "_Check", operation: Operation, response: Response, message: MessageFact
) -> None:
    fact, ref = message.json, response.type
    if fact is None or ref is None or not isinstance(fact.value, dict):
        return
    if response.kind is ResponseKind.COLLECTION:
        if isinstance(fact.value.get("value"), list):
            check.value(fact, ("value",), fact.value["value"], ref, "value")
    elif response.kind is ResponseKind.TYPE:
        inner = fact.value.get("value")
        wrapped = isinstance(inner, dict) and all(k == "value" or "@" in k for k in fact.value)
        if not isinstance(inner, list):
            check.value(
                fact,
                ("value",) if wrapped else (),
                inner if wrapped else fact.value,
                ref,
                "the answer",
            )


class _Check:
    """Walks bodies down with their types."""

    def __init__(self, api: Api, found: Findings) -> None:
        self._api = api
        self._found = found
        self._known: dict[str, Mapping[str, Property]] = {}

    def value(self, fact: JsonFact, path: Path, value: object, ref: TypeRef, name: str) -> None:
        """Say what of `value` does not fit `ref`; `path` leads to it within the body."""
        if value is None or ref.kind is TypeKind.UNTYPED:
            return
        if ref.is_collection:
            one = TypeRef(ref.name, ref.kind)
            if isinstance(value, list):
                for at, element in enumerate(value):
                    self.value(fact, (*path, at), element, one, name)
            else:
                self._unfit(fact, path, value, str(ref), name)
        elif ref.kind is TypeKind.STRUCTURED:
            if isinstance(value, dict):
                self._object(fact, path, value, ref.name)
            else:
                self._unfit(fact, path, value, ref.name, name)
        elif ref.kind is TypeKind.ENUM:
            self._member(fact, path, value, ref.name, name)
        elif not fits(value, ref.name):
            self._unfit(fact, path, value, ref.name, name)

    def _object(self, fact: JsonFact, path: Path, value: dict[str, object], declared: str) -> None:
        type_name = declared
        named = value.get("@odata.type")
        if isinstance(named, str):
            spelled = named.lstrip("#").lower()
            type_name = next(
                (n for n in self._derived_names(declared) if n.lower() == spelled), declared
            )
            if (
                type_name == declared
                and spelled != declared.lower()
                and not any(n.lower() == spelled for n in self._api.types)
            ):
                self._found.say(
                    "example-type-unknown",
                    locate(fact, (*path, "@odata.type")),
                    type=named,
                    kept=declared,
                )
        known = self._properties(type_name)
        is_open = any(self._api.types[n].is_open for n in self._api.chain(type_name))
        for name, part in value.items():
            if "@" in name:
                continue
            prop = known.get(name.lower())
            if prop is None:
                if not is_open:
                    self._found.say(
                        "example-property-unknown",
                        locate(fact, (*path, name)),
                        name=name,
                        type=type_name,
                    )
                continue
            if prop.name != name:
                self._found.say(
                    "example-property-case",
                    locate(fact, (*path, name)),
                    name=name,
                    defined=prop.name,
                    type=type_name,
                )
            self.value(fact, (*path, name), part, prop.type, name)

    def _derived_names(self, name: str) -> Iterator[str]:
        yield name
        if name in self._api.types:
            for derived in self._api.types[name].derived:
                yield from self._derived_names(derived)

    def _properties(self, name: str) -> Mapping[str, Property]:
        if name not in self._known:
            chain = reversed(self._api.chain(name))
            self._known[name] = {
                p.name.lower(): p for n in chain for p in self._api.types[n].properties
            }
        return self._known[name]

    def _member(self, fact: JsonFact, path: Path, value: object, enum: str, name: str) -> None:
        if not isinstance(value, str):
            self._unfit(fact, path, value, enum, name)
            return
        members = {member.name for member in self._api.enums[enum].members}
        if value in members or all(part.strip() in members for part in value.split(",")):
            return
        if _PLACEHOLDER.fullmatch(value):
            self._found.say("example-placeholder", locate(fact, path), value=value, type=enum)
        else:
            self._found.say("example-member-unknown", locate(fact, path), value=value, enum=enum)

    def _unfit(self, fact: JsonFact, path: Path, value: object, ref: str, name: str) -> None:
        if isinstance(value, str) and _PLACEHOLDER.fullmatch(value):
            self._found.say("example-placeholder", locate(fact, path), value=value, type=ref)
        else:
            self._found.say(
                "example-value-unfit", locate(fact, path), name=name, found=_kind(value), type=ref
            )


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "a Boolean"
    if isinstance(value, (int, float)):
        return "a number"
    if isinstance(value, str):
        return f"the text '{value}'"
    return "a list" if isinstance(value, list) else "an object"


def fits(value: object, primitive: str) -> bool:
    """Whether a JSON value is one of the primitive type (OData JSON format 4.01, 7.1)."""
    if primitive == "Edm.Boolean":
        return isinstance(value, bool)
    if isinstance(value, bool):
        return primitive in ("Edm.Untyped", "Edm.Stream")
    if isinstance(value, int):
        return primitive in _INTEGERS or primitive in _NUMBERS or primitive == "Edm.Untyped"
    if isinstance(value, float):
        return primitive in _NUMBERS or primitive == "Edm.Untyped"
    if not isinstance(value, str):
        return primitive in ("Edm.Untyped", "Edm.Stream")
    form = _FORMS.get(primitive)
    if form is not None:
        return form.fullmatch(value) is not None
    return primitive not in _INTEGERS and primitive not in _NUMBERS
