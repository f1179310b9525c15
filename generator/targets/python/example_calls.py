"""An example's request → the call that a user would write for it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import unquote, unquote_plus

from generator.model.api import BodyKind, MessageFact, TypeKind, TypeRef
from generator.model.paths import begins_like, pattern, split_url
from generator.targets.python.methods import Argument, Method

_UNTYPED = "as_written("
_PLACEHOLDER = re.compile(r"\{([A-Za-z_]\w*)(?::path)?\}")
_INTEGERS = frozenset({"Edm.Byte", "Edm.SByte", "Edm.Int16", "Edm.Int32", "Edm.Int64"})
_NUMBERS = frozenset({"Edm.Double", "Edm.Single"})
# Headers that the client writes itself, or that say nothing of the call.
_OWN_HEADERS = frozenset({"authorization", "content-type", "content-length", "host", "accept", "connection", "transfer-encoding", "user-agent"})
_HEADER_NAME = re.compile(r"^[A-Za-z][A-Za-z0-9-]*$")


@dataclass(frozen=True, slots=True)
class ArgumentView:
    """`name=value` of a call; the value is `before`, the literals of `values`, and `after`.

    `before` and `after` are code of our own and names of models; page text is in `values` alone:
    `User.model_validate(exchange.sent[` `"user"` `])`.
    """

    name: str
    before: str = ""
    values: tuple[object, ...] = ()
    after: str = ""

    @property
    def is_untyped(self) -> bool:
        return self.before == _UNTYPED


def _text(name: str, value: object) -> ArgumentView:
    return ArgumentView(name, "", (value,))


def _untyped(name: str, text: str) -> ArgumentView:
    """Text where the argument takes another type: a placeholder, or a sample that does not fit."""
    return ArgumentView(name, _UNTYPED, (text,), ")")


def _part(name: str, key: str) -> ArgumentView:
    return ArgumentView(name, "exchange.sent[", (key,), "]")


def _model(name: str, model: str, key: str | None = None) -> ArgumentView:
    if key is None:
        return ArgumentView(name, f"{model}.model_validate(exchange.sent)")
    return ArgumentView(name, f"{model}.model_validate(exchange.sent[", (key,), "])")


def _models(name: str, model: str, key: str | None = None) -> ArgumentView:
    each = f"[{model}.model_validate(item) for item in exchange.sent"
    if key is None:
        return ArgumentView(name, f"{each}]")
    return ArgumentView(name, f"{each}[", (key,), "]]")


class Names(Protocol):
    """What a module calls the class of a qualified name."""

    def __getitem__(self, odata: str, /) -> str: ...


@dataclass(frozen=True, slots=True)
class CallView:
    """`client.{resource}.{method}(…)`."""

    resource: str
    method: str
    arguments: tuple[ArgumentView, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """A method and the path of it that an example's URL fits, with the values of its placeholders."""

    method: Method
    index: int
    values: Mapping[str, str]
    is_exact: bool  # letter case too


def match_example(methods: Iterable[Method], message: MessageFact) -> Match | None:
    """The method whose path the request fits: the one with most literal text, exact case first."""
    verb = message.start[0].upper()
    path = unquote(split_url(message.start[1])[0])
    lowered = path.lower()
    best: tuple[tuple[bool, int], Match] | None = None
    for method in methods:
        if method.verb != verb:
            continue
        for index, template in enumerate(method.templates):
            if not begins_like(template, lowered):
                continue
            exact = pattern(template).fullmatch(path)
            found = exact or pattern(template, re.IGNORECASE).fullmatch(path)
            if found is None:
                continue
            names = _PLACEHOLDER.findall(method.paths[index])
            values = dict(zip(names, found.groups(), strict=False))
            for placeholder, name in zip(template.placeholders, names, strict=False):
                if placeholder.is_quoted:
                    values[name] = values[name].replace("''", "'")
            literal = sum(len(part) for part in template.parts if isinstance(part, str))
            rank = (exact is not None, literal)
            if best is None or rank > best[0]:
                best = rank, Match(method, index, values, exact is not None)
    return best[1] if best is not None else None


def build_call(match: Match, message: MessageFact, models: Names) -> CallView | None:
    """The call that sends the request; `None` where the method has no way to send its body."""
    method = match.method
    arguments: list[ArgumentView] = []
    types = {argument.name: argument for argument in method.ids}
    for name in _PLACEHOLDER.findall(method.paths[match.index]):
        arguments.append(_typed(name, types[name].type, match.values[name]))
    choice = method.paths[match.index].replace(":path}", "}")
    if choice in method.choices:
        arguments.append(_text("path", choice))
    body = _body(method, message, models)
    if body is None:
        return None
    arguments.extend(body)
    arguments.extend(_query(method, split_url(message.start[1])[1]))
    arguments.extend(_headers(method, message))
    return CallView(method.resource, method.name, tuple(arguments))


def _typed(name: str, ref: TypeRef, text: str) -> ArgumentView:
    """A value of a URL as the argument takes it."""
    if ref.name in _INTEGERS and re.fullmatch(r"-?\d+", text):
        return _text(name, int(text))
    if ref.name == "Edm.Boolean" and text in ("true", "false"):
        return _text(name, text == "true")
    if ref.name in _INTEGERS | _NUMBERS or ref.name in ("Edm.Boolean", "Edm.TimeOfDay") or ref.kind is TypeKind.STRUCTURED or ref.is_collection:
        return _untyped(name, text)
    return _text(name, text)


def _query(method: Method, query: str) -> Iterable[ArgumentView]:
    """Query options as arguments; those that the method does not have go into `query`."""
    known = {argument.wire.lower(): argument for argument in method.query}
    rest: list[tuple[str, str]] = []
    for name, text in split_query(query):
        argument = known.pop(name.lower(), None)
        if argument is None or (argument.wire != name):
            rest.append((name, text))
        elif argument.wire.startswith("$") and argument.type.is_collection:
            yield _text(argument.name, text)
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
            pairs[unquote_plus(name.strip())] = unquote_plus(value.replace("+", "%2B") if "%20" in query else value)
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


def _body(method: Method, message: MessageFact, models: Names) -> list[ArgumentView] | None:
    """The arguments that carry the request's body."""
    value = message.json.value if message.json is not None else None
    body = method.body
    has_text = bool(message.body.strip())
    if body.kind is BodyKind.NONE:
        return [] if not has_text else None
    if body.kind is BodyKind.MEDIA:
        return [ArgumentView("content", "exchange.content"), _text("content_type", content_type(message) or "application/octet-stream")]
    if message.json is None:
        return [] if not has_text and body.kind is BodyKind.PARAMETERS else None
    if body.kind is BodyKind.TYPE and body.type is not None:
        model = models[body.type.name]
        if isinstance(value, dict):
            return [_model("body", model)]
        return [_models("body", model)] if isinstance(value, list) and body.type.is_collection else None
    if body.kind is BodyKind.JSON:
        return [ArgumentView("body", "exchange.sent")]
    if not isinstance(value, dict):
        return None
    if body.kind is BodyKind.LINK:
        return [_part("odata_id", "@odata.id")] if set(value) == {"@odata.id"} else None
    return list(_parameters(method.parameters, value, models))


def _parameters(parameters: Sequence[Argument], value: Mapping[str, object], models: Names) -> Iterable[ArgumentView]:
    """An action's parameters; what the table does not have goes into `extra_body`."""
    known = {argument.wire: argument for argument in parameters}
    rest: list[str] = []
    for name, part in value.items():
        argument = known.get(name)
        if argument is None or part is None:
            rest.append(name)
        elif argument.type.kind is TypeKind.STRUCTURED and isinstance(part, dict) and not argument.type.is_collection:
            yield _model(argument.name, models[argument.type.name], name)
        elif argument.type.kind is TypeKind.STRUCTURED and argument.type.is_collection and isinstance(part, list) and all(isinstance(p, dict) for p in part):
            yield _models(argument.name, models[argument.type.name], name)
        else:
            yield _part(argument.name, name)
    if rest:
        yield ArgumentView("extra_body", "exchange.parts(", (rest,), ")")


def content_type(message: MessageFact) -> str:
    return next((value.strip() for name, value in message.headers if name.lower() == "content-type"), "")
