"""Api → plans of `endpoints/`, one module a resource, and of `client.py`.

A page becomes a method in two classes, one synchronous and one asynchronous; both take their
requests from the same `Call`s at the top of the module.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from generator.diagnostics import Parsed
from generator.model.api import Api, BodyKind, Response, ResponseKind, TypeRef
from generator.targets.plan import Plan, Templated
from generator.targets.python.annotations import Names, name_types
from generator.targets.python.layout import Place
from generator.targets.python.methods import Argument, Ending, Method, Resource, read_resources
from generator.targets.python.methods import class_stem

__all__ = ["plan_endpoints"]

_NOTHING_READ: Final = "reads nothing"


@dataclass(frozen=True, slots=True)
class PairView:
    """An entry of a mapping: a wire name (to be quoted) and the argument beside it."""

    wire: str
    name: str


@dataclass(frozen=True, slots=True)
class CallView:
    """A `Call` at the top of a module."""

    name: str
    type: str  # of its answer: `PageData[User]`
    verb: str
    paths: tuple[str, ...]
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
    arguments: tuple[str, ...]  # `user_id: str`, `*`, `top: int | None = None`
    returns: str
    async_returns: str
    call: str
    send: str  # `send` or `send_page`
    ids: tuple[PairView, ...]
    has_choice: bool
    parameters: tuple[PairView, ...]
    query: tuple[PairView, ...]
    headers: tuple[PairView, ...]
    body_kind: str  # "parameters", "link", "body", "media" or ""
    has_parameters: bool
    has_link: bool
    has_body: bool
    has_content: bool
    deprecated: str  # the warning, or ""


@dataclass(frozen=True, slots=True)
class ClassView:
    """One of the two classes of a module."""

    name: str
    text: str
    client: str


@dataclass(frozen=True, slots=True)
class PropertyView:
    """A resource as a property of the clients."""

    name: str
    module: str
    type: str
    async_type: str
    text: str


def plan_endpoints(api: Api, places: Mapping[str, Place]) -> Parsed[tuple[Plan, ...]]:
    """The modules of all resources, their package, and the clients."""
    resources, found = read_resources(api)
    plans: list[Plan] = [plan_resource(resource, places) for resource in resources]
    package = {"text": "The methods of the clients: one module a resource."}
    plans.append(
        Templated("endpoints/__init__.py", "python/endpoints/package.py.jinja", package)
    )
    plans.append(plan_client(api, resources))
    return Parsed(tuple(plans), found)


def plan_client(api: Api, resources: Iterable[Resource]) -> Plan:
    base_url = f"https://{api.host}/{api.version}".rstrip("/") if api.host else ""
    properties = []
    for resource in resources:
        stem = class_stem(resource.name)
        for name in (resource.name, *resource.aliases):
            text = f"The methods of `{stem}Api`."
            properties.append(
                PropertyView(name, resource.name, f"{stem}Api", f"Async{stem}Api", text)
            )
    view = {
        "text": "The clients: each resource of the API is a property, loaded when first used.",
        "base_url": base_url,
        "properties": tuple(sorted(properties, key=lambda view: view.name)),
        "imports": tuple(
            f"from .endpoints.{r.name} import Async{class_stem(r.name)}Api, {class_stem(r.name)}Api"
            for r in resources
        ),
    }
    return Templated("client.py", "python/endpoints/client.py.jinja", view)


def plan_resource(resource: Resource, places: Mapping[str, Place]) -> Plan:
    stem = class_stem(resource.name)
    own = (f"{stem}Api", f"Async{stem}Api")
    names = name_types(_types(resource.methods), places, own)
    calls = tuple(_call(method, names) for method in resource.methods)
    methods = tuple(_method(method, names, own[0]) for method in resource.methods)
    sources = tuple(dict.fromkeys(sorted(m.operation.page for m in resource.methods)))
    annotations = " ".join(
        [*(call.type for call in calls)]
        + [text for m in methods for text in (*m.arguments, m.returns, m.async_returns)]
    )
    answers = {call.answer for call in calls} | {call.inner for call in calls if call.inner}
    view = {
        "sources": sources,
        "text": f"What can be done with `{resource.name}`.",
        "runtime_imports": _runtime_imports(answers, methods),
        "type_imports": _type_imports(annotations, names),
        "calls": calls,
        "methods": methods,
        "sync_class": ClassView(own[0], f"`client.{resource.name}`", "Client"),
        "async_class": ClassView(own[1], f"`client.{resource.name}`, awaited", "AsyncClient"),
    }
    path = f"endpoints/{resource.name}.py"
    return Templated(path, "python/endpoints/resource.py.jinja", view)


def _types(methods: Iterable[Method]) -> Iterable[TypeRef]:
    for method in methods:
        arguments = (*method.ids, *method.parameters, *method.query)
        yield from (argument.type for argument in arguments)
        yield from filter(None, (method.response.type, method.body.type))


# --- calls


def _call(method: Method, names: Names) -> CallView:
    function, inner, type_name = _answer(method)
    body = method.body.type
    is_declared = method.body.kind is BodyKind.TYPE and body is not None and body.name in names.given
    return CallView(
        _call_name(method),
        _answered(method, names),
        method.verb,
        method.paths,
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
            return ("json" if kind is ResponseKind.TYPE else "value"), "", (
                "" if kind is ResponseKind.TYPE else "Edm.Untyped"
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
    sentence = _sentence(method)
    return MethodView(
        method.name,
        _text(method, sentence),
        f"{sentence}\n\nSee `{class_name}.{method.name}`.",
        _signature(method, names),
        answered.replace("PageData[", "Page[") if is_page else answered,
        answered.replace("PageData[", "AsyncPage[") if is_page else answered,
        _call_name(method),
        "send_page" if is_page else "send",
        tuple(PairView(argument.name, argument.name) for argument in method.ids),
        bool(method.choices),
        _pairs(method.parameters),
        _pairs(method.query),
        _pairs(method.headers),
        kind.value,
        kind is BodyKind.PARAMETERS,
        kind is BodyKind.LINK,
        kind in (BodyKind.TYPE, BodyKind.JSON),
        kind is BodyKind.MEDIA,
        method.operation.deprecated or "",
    )


def _pairs(arguments: Iterable[Argument]) -> tuple[PairView, ...]:
    return tuple(PairView(argument.wire, argument.name) for argument in arguments)


def _signature(method: Method, names: Names) -> tuple[str, ...]:
    """The arguments after `self`: ids and body by position where all paths have the same ids."""
    ids = [f"{a.name}: {names.argument(a.type)}" for a in method.ids]
    positional: list[str] = []
    keywords: list[str] = []
    if method.are_positional:
        positional += ids
    else:
        keywords += [f"{one} | None = None" for one in ids]
    required = positional if method.are_positional else keywords
    body = method.body
    match body.kind:
        case BodyKind.TYPE if body.type is not None:
            required.append(f"body: {_optional(names.argument(body.type))}")
        case BodyKind.TYPE | BodyKind.JSON:
            required.append("body: Mapping[str, Any] | Sequence[Any] | None")
        case BodyKind.LINK:
            required.append("odata_id: str")
        case BodyKind.MEDIA:
            required.append("content: bytes")
            keywords.append("content_type: str | None = None")
        case _:
            pass
    if method.choices:
        keywords.append("path: Literal[{}] | None = None")
    for argument in (*method.parameters, *method.query):
        keywords.append(f"{argument.name}: {_keyword(argument, names)} = None")
    for header in method.headers:
        keywords.append(f"{header.name}: str | None = None")
    if body.kind is BodyKind.PARAMETERS:
        keywords.append("extra_body: Mapping[str, Any] | None = None")
    keywords += [
        "query: Mapping[str, QueryValue] | None = None",
        "headers: Mapping[str, str] | None = None",
        "timeout: float | None = None",
    ]
    return (*positional, "*", *keywords)
