"""Api → plans of `endpoints/`, one module a resource, and of `client.py`.

A page becomes a method in two classes, one synchronous and one asynchronous; both take their
requests from the same `Call`s at the top of the module.
"""

import re
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from generator.diagnostics import Parsed
from generator.model.api import Api, BodyKind, Response, ResponseKind, TypeRef
from generator.targets.plan import Plan, Templated
from generator.targets.python.annotations import Names, name_types
from generator.targets.python.layout import Place
from generator.targets.python.methods import (
    OF_COLLECTIONS,
    OF_OBJECTS,
    Argument,
    Ending,
    Method,
    Resource,
    class_stem,
    read_resources,
)

__all__ = ["plan_endpoints"]

_MEDIA_TYPE: Final = re.compile(r"[\w.+-]+/[\w.+-]+(?:; ?[\w.+-]+=[\w.+-]+)*", re.ASCII)
_LONG_SENTENCE: Final = 120
_LONG_TEXT: Final = 300
_LONG_OPENING: Final = 400
_MANY_PATHS: Final = 6
_BYTES: Final = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class PairView:
    """An entry of a mapping: a wire name (to be quoted), the argument, and what parts it from
    the next one."""

    wire: str
    name: str
    separator: str


@dataclass(frozen=True, slots=True)
class CallView:
    """A `Call` at the top of a module."""

    name: str
    type: str  # of its answer: `PageData[User]`
    verb: str
    paths: tuple[str, ...]
    has_one_path: bool
    answer: str  # a function of the emitted `answers`: `many`
    answer_type: str  # its argument, a qualified OData name; "" for none
    inner: str  # for `accepted`: the function that reads the body
    page: str
    body: str  # qualified OData name of the body's declared type, or ""


@dataclass(frozen=True, slots=True)
class MethodView:
    """A method; everything but wire names and prose is finished Python."""

    name: str
    text: str
    short_text: str  # for the asynchronous class
    positional: tuple[str, ...]  # `user_id: str`
    choices: tuple[str, ...]  # paths that the keyword `path` tells apart; to be quoted
    keywords: tuple[str, ...]  # `top: int | None = None`
    returns: str
    async_returns: str
    call: str
    send: str  # `send` or `send_page`
    ids: tuple[PairView, ...]
    parameters: tuple[PairView, ...]
    odata: tuple[str, ...]  # arguments of the emitted `odata`, in its order
    query: tuple[PairView, ...]  # other options of the query
    headers: tuple[PairView, ...]
    has_options: bool
    has_parameters: bool  # of an action, each an argument
    has_link: bool
    has_body: bool
    has_content: bool
    content_type: str  # of the content, where the caller names none; to be quoted
    deprecated: str  # the warning, or ""


@dataclass(frozen=True, slots=True)
class ClassView:
    """One of the two classes of a module."""

    name: str
    text: str
    client: str


@dataclass(frozen=True, slots=True)
class ResourceView:
    """A resource as an attribute of the clients; the asynchronous class is `Async{type}`."""

    name: str
    type: str
    place: str  # `drive_item:DriveItemApi`


def plan_endpoints(api: Api, places: Mapping[str, Place]) -> Parsed[tuple[Plan, ...]]:
    """The modules of all resources, their package, and the clients."""
    resources, found = read_resources(api)
    plans: list[Plan] = [plan_resource(resource, places) for resource in resources]
    package = {"text": "The methods of the clients: one module a resource."}
    plans.append(Templated("endpoints/__init__.py", "python/endpoints/package.py.jinja", package))
    plans.append(plan_client(api, resources))
    return Parsed(tuple(plans), found)


def plan_client(api: Api, resources: Iterable[Resource]) -> Plan:
    base_url = f"https://{api.host}/{api.version}".rstrip("/") if api.host else ""
    resources = tuple(resources)
    attributes = [
        ResourceView(name, _class(resource), f"{resource.name}:{_class(resource)}")
        for resource in resources
        for name in (resource.name, *resource.aliases)
    ]
    view = {
        "text": "The clients: each resource of the API is an attribute, loaded when first used.",
        "base_url": base_url,
        "resources": tuple(sorted(attributes, key=lambda view: view.name)),
        "imports": tuple(
            f"from .endpoints.{resource.name} import Async{_class(resource)}, {_class(resource)}"
            for resource in resources
        )
        or ("pass",),
    }
    return Templated("client.py", "python/endpoints/client.py.jinja", view)


def _class(resource: Resource) -> str:
    return f"{class_stem(resource.name)}Api"


def plan_resource(resource: Resource, places: Mapping[str, Place]) -> Plan:
    own = (_class(resource), f"Async{_class(resource)}")
    names = name_types(_types(resource.methods), places, own)
    calls = tuple(_call(method, names) for method in resource.methods)
    methods = tuple(_method(method, names, own[0]) for method in resource.methods)
    sources = tuple(dict.fromkeys(sorted(m.operation.page for m in resource.methods)))
    annotations = [call.type for call in calls]
    for view in methods:
        annotations += [*view.positional, *view.keywords, view.returns, view.async_returns]
        annotations += ["Literal"] if view.choices else []
    module = {
        "sources": sources,
        "text": f"What can be done with `{resource.name}`.",
        "runtime_imports": _runtime_imports(calls, methods),
        "type_imports": _type_imports(" ".join(annotations), names),
        "warns": any(view.deprecated for view in methods),
        "calls": calls,
        "methods": methods,
        "sync_class": ClassView(own[0], f"The methods of `client.{resource.name}`.", "Client"),
        "async_class": ClassView(
            own[1], f"The methods of `client.{resource.name}`, to be awaited.", "AsyncClient"
        ),
    }
    path = f"endpoints/{resource.name}.py"
    return Templated(path, "python/endpoints/resource.py.jinja", module)


def _types(methods: Iterable[Method]) -> Iterable[TypeRef]:
    for method in methods:
        arguments = (*method.ids, *method.parameters, *method.query)
        yield from (argument.type for argument in arguments)
        yield from filter(None, (method.response.type, method.body.type))


# --- calls


def _call(method: Method, names: Names) -> CallView:
    function, inner, type_name = _answer(method)
    body = method.body.type
    is_declared = (
        method.body.kind is BodyKind.TYPE and body is not None and body.name in names.given
    )
    return CallView(
        _call_name(method),
        _answered(method, names),
        method.verb,
        method.paths,
        len(method.paths) == 1,
        function,
        type_name,
        inner,
        method.operation.page,
        body.name if is_declared and body is not None else "",
    )


def _call_name(method: Method) -> str:
    return f"_{method.name.rstrip('_').upper()}"


def _answer(method: Method) -> tuple[str, str, str]:
    """The function of `answers`, the one inside of `accepted`, and the type's name for it."""
    response = method.response
    if method.ending is Ending.COUNT:
        return "number", "", ""
    if response.kind is ResponseKind.ACCEPTED:
        if response.type is None:
            return "accepted", "", ""
        inner, _, name = _answer_of(response, ResponseKind.TYPE)
        return "accepted", inner, name
    return _answer_of(response, response.kind)


def _answer_of(response: Response, kind: ResponseKind) -> tuple[str, str, str]:
    type_ = response.type
    match kind:
        case ResponseKind.NONE:
            return "nothing", "", ""
        case ResponseKind.MEDIA:
            return "content", "", ""
        case ResponseKind.COLLECTION:
            return "many", "", type_.name if type_ is not None else "Edm.Untyped"
        case _ if type_ is None or type_.name == "Edm.Untyped":
            return (
                ("json" if kind is ResponseKind.TYPE else "value"),
                "",
                ("" if kind is ResponseKind.TYPE else "Edm.Untyped"),
            )
        case ResponseKind.VALUE:
            return ("values" if type_.is_collection else "value"), "", type_.name
        case _:
            return "one", "", type_.name


def _answered(method: Method, names: Names) -> str:
    """The type that a call answers with: `User`, `PageData[User]`, `Accepted[None]`."""
    response = method.response
    if method.ending is Ending.COUNT:
        return "int"
    match response.kind:
        case ResponseKind.NONE:
            return "None"
        case ResponseKind.MEDIA:
            return "bytes"
        case ResponseKind.COLLECTION:
            return f"PageData[{names.element(response.type) if response.type else 'Any'}]"
        case ResponseKind.ACCEPTED:
            return f"Accepted[{names.answer(response.type) if response.type else 'None'}]"
        case _:
            return names.answer(response.type)


# --- methods


def _method(method: Method, names: Names, class_name: str) -> MethodView:
    answered = _answered(method, names)
    is_page = answered.startswith("PageData[")
    kind = method.body.kind
    odata = _odata(method)
    deprecated = method.operation.deprecated
    sentence = _sentence(method)
    return MethodView(
        method.name,
        _text(method, sentence),
        f"{_first_sentence(sentence)} See `{class_name}.{method.name}`.",
        _positional(method, names),
        method.choices,
        _keywords(method, names),
        answered.replace("PageData[", "Page[") if is_page else answered,
        answered.replace("PageData[", "AsyncPage[") if is_page else answered,
        _call_name(method),
        "send_page" if is_page else "send",
        _pairs(replace(argument, wire=argument.name) for argument in method.ids),
        _pairs(method.parameters),
        odata,
        _pairs(a for a in method.query if not (odata and a.wire in OF_COLLECTIONS)),
        _pairs(method.headers),
        bool(method.query),
        kind is BodyKind.PARAMETERS,
        kind is BodyKind.LINK,
        kind in (BodyKind.TYPE, BodyKind.JSON),
        kind is BodyKind.MEDIA,
        next(filter(_MEDIA_TYPE.fullmatch, method.body.media_types), _BYTES),
        f"{method.resource}.{method.name}: {deprecated}" if deprecated else "",
    )


def _odata(method: Method) -> tuple[str, ...]:
    """The arguments that are the standard options of a collection, or of one object; else none."""
    standard = {a.wire: a.name for a in method.query if a.wire in OF_COLLECTIONS}
    wires = tuple(standard)
    return tuple(standard.values()) if wires in (OF_COLLECTIONS, OF_OBJECTS) else ()


def _pairs(arguments: Iterable[Argument]) -> tuple[PairView, ...]:
    entries = [(argument.wire, argument.name) for argument in arguments]
    last = len(entries) - 1
    return tuple(
        PairView(wire, name, "" if at == last else ", ") for at, (wire, name) in enumerate(entries)
    )


def _positional(method: Method, names: Names) -> tuple[str, ...]:
    """Ids and body, where all paths have the same ids; else they are keywords."""
    if not method.are_positional:
        return ()
    return (*(f"{a.name}: {names.argument(a.type)}" for a in method.ids), *_sent(method, names))


def _sent(method: Method, names: Names) -> tuple[str, ...]:
    """The argument that is sent, without a default: a call that forgets it is a mistake."""
    body = method.body
    match body.kind:
        case BodyKind.TYPE if body.type is not None:
            return (f"body: {_optional(names.argument(body.type))}",)
        case BodyKind.TYPE | BodyKind.JSON:
            return ("body: Mapping[str, Any] | Sequence[Any] | None",)
        case BodyKind.LINK:
            return ("odata_id: str",)
        case BodyKind.MEDIA:
            return ("content: bytes",)
        case _:
            return ()


def _keywords(method: Method, names: Names) -> tuple[str, ...]:
    """The arguments that are given by name: most of them may be left out."""
    keywords: list[str] = []
    if not method.are_positional:
        keywords += [f"{a.name}: {_optional(names.argument(a.type))} = None" for a in method.ids]
        keywords += _sent(method, names)
    for argument in (*method.parameters, *method.query, *method.headers):
        keywords.append(f"{argument.name}: {_optional(_loosely(argument.type, names))} = None")
    if method.body.kind is BodyKind.PARAMETERS:
        keywords.append("extra_body: Mapping[str, Any] | None = None")
    return (
        *keywords,
        "query: Query | None = None",
        "headers: Headers | None = None",
        "timeout: float | None = None",
    )


def _loosely(ref: TypeRef, names: Names) -> str:
    """Several texts may be one text: `select="id,displayName"`."""
    annotation = names.argument(ref)
    return "Texts" if annotation == "Sequence[str]" else annotation


def _optional(annotation: str) -> str:
    return annotation if annotation == "Any" else f"{annotation} | None"


# --- prose


def _sentence(method: Method) -> str:
    operation = method.operation
    sentence = operation.text.strip() or operation.title.strip() or f"{method.verb} a resource."
    match method.ending:
        case Ending.COUNT:
            return f"How many there are. {sentence}"
        case Ending.VALUE:
            return f"The content alone. {sentence}"
        case Ending.REF:
            return f"The links alone. {sentence}"
        case _:
            return sentence


def _first_sentence(text: str) -> str:
    sentence = re.split(r"(?<=[.!?])\s|\n", text.strip(), maxsplit=1)[0]
    return (
        sentence
        if len(sentence) <= _LONG_SENTENCE
        else textwrap.shorten(sentence, _LONG_SENTENCE, placeholder=" …")
    )


def _opening(text: str) -> str:
    """The first paragraphs of a page, as many as make a docstring and no essay."""
    paragraphs = [part for part in re.split(r"\n\s*\n", text.strip()) if part.strip()]
    kept = paragraphs[:1]
    for paragraph in paragraphs[1:]:
        if sum(map(len, kept)) + len(paragraph) > _LONG_OPENING:
            break
        kept.append(paragraph)
    return "\n\n".join(kept)


def _text(method: Method, sentence: str) -> str:
    """The docstring of a method: what the page says of it."""
    operation = method.operation
    blocks = [_opening(sentence)]
    if operation.deprecated:
        blocks.append(f"Deprecated: {operation.deprecated}")
    described = [
        f"    {argument.name}: {textwrap.shorten(argument.text, _LONG_TEXT, placeholder=' …')}"
        for argument in (*method.ids, *method.parameters, *method.query, *method.headers)
        if argument.text.strip()
    ]
    if described:
        blocks.append("\n".join(["Arguments:", *described]))
    if method.choices:
        blocks.append("`path` picks one of several requests with the same ids; else the first.")
    if operation.permissions:
        rows = [f"    {p.kind}: {', '.join(p.scopes)}" for p in operation.permissions if p.scopes]
        if rows:
            blocks.append("\n".join(["Permissions, from least to most privileged:", *rows]))
    errors = [f"    {e.code}: {' '.join(e.text.split())}".rstrip(": ") for e in operation.errors]
    if errors:
        blocks.append("\n".join(["Errors:", *errors]))
    if not method.paths:
        blocks.append("The page has no request line, so a call raises `UndocumentedRequest`.")
    lines = [f"    {method.verb} {path.replace(':path}', '}')}" for path in method.paths]
    if len(lines) > _MANY_PATHS:
        lines[_MANY_PATHS - 1 :] = [f"    and {len(lines) - _MANY_PATHS + 1} more"]
    if len(lines) == 1:
        blocks.append(f"Documented in {operation.page}: {lines[0].strip()}")
    else:
        blocks.append("\n".join([f"Documented in {operation.page}:", *lines]).rstrip(":"))
    return "\n\n".join(blocks)


# --- imports


def _runtime_imports(calls: Iterable[CallView], methods: Iterable[MethodView]) -> tuple[str, ...]:
    answers = sorted({call.answer for call in calls} | {call.inner for call in calls} - {""})
    made = ["Call"]
    made += ["given"] if any(method.has_parameters for method in methods) else []
    made += ["odata"] if any(method.odata for method in methods) else []
    lines = [f"from ..runtime.answers import {', '.join(answers)}"] if answers else []
    return (*lines, f"from ..runtime.calls import {', '.join(made)}")


def _type_imports(annotations: str, names: Names) -> tuple[str, ...]:
    """What the annotations of a module name, for type checkers alone."""
    used = set(re.findall(r"\w+", annotations))
    lines = [f"import {module}" for module in ("datetime", "decimal", "uuid") if module in used]
    typing = sorted(used & {"Any", "Literal"})
    collections = sorted(used & {"Mapping", "Sequence"})
    if collections:
        lines.append(f"from collections.abc import {', '.join(collections)}")
    if typing:
        lines.append(f"from typing import {', '.join(typing)}")
    lines.append("")
    lines += names.imports
    answers = sorted(used & {"Accepted", "PageData"})
    if answers:
        lines.append(f"from ..runtime.answers import {', '.join(answers)}")
    asked = sorted(used & {"Headers", "Query", "Texts"})
    lines.append(f"from ..runtime.calls import {', '.join(asked)}")
    pages = sorted(used & {"AsyncPage", "Page"})
    if pages:
        lines.append(f"from ..runtime.pages import {', '.join(pages)}")
    lines.append("from ..runtime.transport import AsyncClient, Client")
    return tuple(lines)
