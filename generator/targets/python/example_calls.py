"""An example's request → the call that a user would write for it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol
from urllib.parse import unquote_plus

from msgspec.structs import replace

from generator.model.api import Body, BodyKind, MessageFact, TypeKind, TypeRef
from generator.model.paths import split_url
from generator.targets.python.contradictions import Contradictions, MisfitsView
from generator.targets.python.example_matches import PLACEHOLDER, Match
from generator.targets.python.methods import Argument, Method, takes_content
from generator.values import Value

_UNTYPED = "as_written("
_INTEGERS = frozenset({"Edm.Byte", "Edm.SByte", "Edm.Int16", "Edm.Int32", "Edm.Int64"})
_OTHERS = frozenset({"Edm.Double", "Edm.Single", "Edm.Boolean", "Edm.TimeOfDay"})
# Headers that the client writes itself, or that say nothing of the call.
_OWN_HEADERS = frozenset(
    {"authorization", "content-type", "content-length", "host", "accept", "connection"}
    | {"transfer-encoding", "user-agent"}
)
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+$")  # RFC 9110, 5.6.2
_SEVERAL = re.compile(r"\$?\w+(?:/\w+)*(?: desc| asc)?(?:,\w+(?:/\w+)*(?: desc| asc)?)+")


class ReadingView(Value):
    """`exchange.{method}({model}, {parts}, …)`: documented JSON as one object or several."""

    method: str
    model: str
    parts: tuple[str, ...]
    misfits: MisfitsView


class ArgumentView(Value):
    """`name=value` of a call; the value is `before`, the literals of `values`, and `after`.

    `before` and `after` are code of our own; page text is in `values` alone:
    `exchange.sent[` `"user"` `]`. Or it is an object that `reads` makes.
    """

    name: str
    before: str = ""
    values: tuple[object, ...] = ()
    after: str = ""
    reads: ReadingView | None = None
    separator: str = ", "

    @property
    def is_untyped(self) -> bool:
        return self.before == _UNTYPED

    @property
    def time(self) -> str:
        """The name that the module imports from `datetime` for it, or ""."""
        return self.before.partition(".")[0] if "fromisoformat" in self.before else ""


def _text(name: str, value: object) -> ArgumentView:
    return ArgumentView(name, "", (value,))


def _untyped(name: str, text: str) -> ArgumentView:
    """Text where the argument takes another type: a placeholder, or a sample that does not fit."""
    return ArgumentView(name, _UNTYPED, (text,), ")")


def _part(name: str, key: str) -> ArgumentView:
    return ArgumentView(name, "exchange.sent[", (key,), "]")


class Names(Protocol):
    """What a module calls the class of a qualified name."""

    def __getitem__(self, odata: str, /) -> str: ...


class CallView(Value):
    """`client.{resource}.{method}(…)`."""

    resource: str
    method: str
    arguments: tuple[ArgumentView, ...]


class Sent(Value):
    """A documented request: `body` is its JSON with placeholders filled."""

    message: MessageFact
    body: object
    drops_body: bool = False  # the page shows one, and its method takes none


def build_call(
    match: Match, sent: Sent, models: Names, contradictions: Contradictions
) -> CallView | None:
    """The call that sends the request; `None` where the method has no way to send its body."""
    method = match.method
    arguments: list[ArgumentView] = []
    types = {argument.name: argument for argument in method.ids}
    for name in PLACEHOLDER.findall(method.paths[match.index]):
        arguments.append(_typed(name, types[name].type, match.values[name]))
    choice = method.paths[match.index].replace(":path}", "}")
    if choice in method.choices:
        arguments.append(_text("path", choice))
    body = _body(method, sent, models, contradictions)
    if body is None:
        return None
    arguments.extend(body)
    arguments.extend(_query(method, split_url(sent.message.start[1])[1]))
    arguments.extend(_headers(method, sent.message))
    if arguments:
        # A comma after the last argument would make black break what fits on one line.
        arguments[-1] = replace(arguments[-1], separator="")
    return CallView(method.resource, method.name, tuple(arguments))


def _typed(name: str, ref: TypeRef, text: str) -> ArgumentView:
    """A value of a URL as the argument takes it."""
    if ref.is_collection or ref.kind is TypeKind.STRUCTURED:
        return _untyped(name, text)
    if ref.name in _INTEGERS and re.fullmatch(r"-?(?:0|[1-9]\d{0,18})", text):
        return _text(name, int(text))
    if ref.name == "Edm.Boolean" and text in ("true", "false"):
        return _text(name, text == "true")
    if ref.name in _INTEGERS or ref.name in _OTHERS:
        return _untyped(name, text)
    if ref.name == "Edm.DateTimeOffset" and _is_moment(text):
        return ArgumentView(name, "datetime.fromisoformat(", (text,), ")")
    if ref.name == "Edm.Date" and _is_day(text):
        return ArgumentView(name, "date.fromisoformat(", (text,), ")")
    return _text(name, text)


def _is_moment(text: str) -> bool:
    """Whether a moment is written as the client writes it."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return False
    is_placed = moment.tzinfo is not None
    return is_placed and moment.isoformat().replace("+00:00", "Z") == text


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _query(method: Method, query: str) -> Iterable[ArgumentView]:
    """Query options as arguments; those that the method does not have go into `query`."""
    known = {argument.wire.lower(): argument for argument in method.query}
    rest: list[tuple[str, str]] = []
    for name, text in split_query(query):
        argument = known.pop(name.lower(), None)
        if argument is None or (argument.wire != name):
            rest.append((name, text))
        elif argument.wire.startswith("$") and argument.type.is_collection:
            several = _SEVERAL.fullmatch(text)
            yield _text(argument.name, text.split(",") if several else text)
        else:
            yield _typed(argument.name, argument.type, text)
    if rest:
        yield _text("query", dict(rest))


def split_query(query: str) -> list[tuple[str, str]]:
    """The options of a query, decoded; `$expand=a($filter=x;$top=1)&$top=2` are two."""
    pairs: dict[str, str] = {}
    for part in query.split("&"):
        name, _, value = part.partition("=")
        if name.strip():
            pairs[unquote_plus(name.strip())] = unquote_plus(
                value.replace("+", "%2B") if "%20" in query else value
            )
    return list(pairs.items())


def _headers(method: Method, message: MessageFact) -> Iterable[ArgumentView]:
    known = {argument.wire.lower(): argument for argument in method.headers}
    rest: dict[str, str] = {}
    for name, value in sent_headers(message):
        argument = known.pop(name.lower(), None)
        if argument is None:
            rest[name] = value
        else:
            yield _text(argument.name, value)
    if rest:
        yield _text("headers", rest)


def sent_headers(message: MessageFact) -> list[tuple[str, str]]:
    """The documented headers that a caller gives; each name once."""
    kept: dict[str, tuple[str, str]] = {}
    for name, value in message.headers:
        is_plain = value.isascii() and value.isprintable() and _HEADER_NAME.match(name)
        if name.lower() not in _OWN_HEADERS and is_plain and value.strip():
            kept.setdefault(name.lower(), (name, value))
    return list(kept.values())


def _body(
    method: Method, sent: Sent, models: Names, contradictions: Contradictions
) -> list[ArgumentView] | None:
    """The arguments that carry the request's body."""
    message, value, body = sent.message, sent.body, method.body
    has_text = bool(message.body.strip())
    if sent.drops_body or body.kind is BodyKind.NONE:
        return [] if sent.drops_body or not has_text else None
    is_json = message.json is not None and body.kind is not BodyKind.MEDIA
    if takes_content(body) and not is_json and (has_text or body.kind is BodyKind.MEDIA):
        kind = content_type(message) or "application/octet-stream"
        return [ArgumentView("content", "exchange.content"), _text("content_type", kind)]
    if message.json is None:
        return _no_body(body) if not has_text else None
    if body.kind is BodyKind.TYPE and body.type is not None:
        reads = read_objects(value, body.type, (), models, contradictions)
        return [ArgumentView("body", reads=reads)] if reads is not None else None
    if body.kind is BodyKind.JSON:
        return [ArgumentView("body", "exchange.sent")]
    if not isinstance(value, dict):
        return None
    if body.kind is BodyKind.LINK:
        return [_part("odata_id", "@odata.id")] if set(value) == {"@odata.id"} else None
    return list(_parameters(method.parameters, value, models, contradictions))


def _no_body(body: Body) -> list[ArgumentView] | None:
    """The arguments for a request that the page shows without a body."""
    if body.kind in (BodyKind.TYPE, BodyKind.JSON):
        return [_text("body", None)]
    return [] if body.kind is BodyKind.PARAMETERS else None


def _parameters(
    parameters: Sequence[Argument],
    value: Mapping[str, object],
    models: Names,
    contradictions: Contradictions,
) -> Iterable[ArgumentView]:
    """An action's parameters; what the table does not have goes into `extra_body`."""
    known = {argument.wire: argument for argument in parameters}
    rest: list[str] = []
    for name, part in value.items():
        argument = known.get(name)
        if argument is None or part is None:
            rest.append(name)
            continue
        reads = read_objects(part, argument.type, (name,), models, contradictions)
        yield ArgumentView(argument.name, reads=reads) if reads else _part(argument.name, name)
    if rest:
        yield ArgumentView("extra_body", "exchange.parts(", (rest,), ")")


def read_objects(
    value: object,
    ref: TypeRef,
    parts: tuple[str, ...],
    models: Names,
    contradictions: Contradictions,
) -> ReadingView | None:
    """How a test makes objects of `value`; `None` where it is not JSON of the structured type."""
    if ref.kind is not TypeKind.STRUCTURED:
        return None
    misfits = contradictions.view(value, ref)
    if not ref.is_collection and isinstance(value, dict):
        return ReadingView("body", models[ref.name], parts, misfits)
    is_list = isinstance(value, list) and all(isinstance(part, dict) for part in value)
    is_list = is_list and ref.is_collection
    return ReadingView("bodies", models[ref.name], parts, misfits) if is_list else None


def content_type(message: MessageFact) -> str:
    return next(
        (value.strip() for name, value in message.headers if name.lower() == "content-type"), ""
    )
