"""Api → plans of `endpoints/`, one module a resource, and of `client.py`.

A page becomes a `Call` at the top of the module and a method that fills it with its arguments. The
asynchronous class has the same methods; type checkers are told that theirs are to be awaited.
"""

import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Final, TypeAlias

from msgspec.structs import replace

from generator.diagnostics import Parsed
from generator.memo import Kept, Memo
from generator.model.api import (
    Api,
    Body,
    BodyKind,
    Response,
    ResponseKind,
    TypeKind,
    TypeRef,
)
from generator.targets.plan import Plan, Templated, keep_plans, plan_files
from generator.targets.python.annotations import Names, name_types
from generator.targets.python.layout import Place
from generator.targets.python.methods import (
    OF_COLLECTIONS,
    OF_OBJECTS,
    Argument,
    Ending,
    Heading,
    Method,
    Resource,
    class_stem,
    module_of,
    takes_content,
)
from generator.targets.python.models import Attributes
from generator.targets.python.prose import with_summary
from generator.values import Value

__all__ = ["plan_endpoints"]

_MEDIA_TYPE: Final = re.compile(r"[\w.+-]+/[\w.+-]+(?:; ?[\w.+-]+=[\w.+-]+)*", re.ASCII)
_LONG_TEXT: Final = 300
_LONG_OPENING: Final = 400
_LONG_LIST: Final = 1_200
_MANY_PATHS: Final = 6
_WIDTH: Final = 80  # of a docstring's lines in a method
_BYTES: Final = "application/octet-stream"
# What the alias for the values of an option is called, after the class that is answered.
_CHOICES: Final = {"$select": "Property", "$expand": "Relation", "$orderby": "Order"}
_MANY_CHOICES: Final = 12
Choosable: TypeAlias = Mapping[str, tuple[str, ...]]  # what an option takes, by `$select` …


class PairView(Value):
    """An entry of a mapping: a wire name (to be quoted), the argument, and what parts it from
    the next one."""

    wire: str
    name: str
    separator: str


class CallView(Value):
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


class MethodView(Value):
    """A method; everything but wire names and prose is finished Python."""

    name: str
    text: str
    positional: tuple[str, ...]  # `user_id: str`
    choices: tuple[str, ...]  # paths that the keyword `path` tells apart; to be quoted
    keywords: tuple[str, ...]  # `top: int | None = None`
    returns: str
    awaited: str  # what makes it asynchronous: `awaited`, `awaited_page`, `awaited_pending`
    call: str
    send: str  # `send`, `send_page` or `send_pending`
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
    content_is_other: bool  # it is sent in place of JSON
    content_type: str  # of the content, where the caller names none; to be quoted
    deprecated: str  # the warning, or ""


class ClassView(Value):
    """One of the two classes of a module."""

    name: str
    text: str


class ChoiceView(Value):
    """The names that an option takes, as an alias for type checkers: `GroupProperty`."""

    name: str
    values: tuple[str, ...]  # to be quoted


class ResourceView(Value):
    """A resource as an attribute of the clients; the asynchronous class is `Async{type}`."""

    name: str
    type: str
    place: str  # `drive_item:DriveItemApi`


def plan_endpoints(
    api: Api,
    headings: Mapping[str, Heading],
    resources: Mapping[str, Resource],
    places: Mapping[str, Place],
    attributes: Attributes,
    memo: Memo,
) -> tuple[Kept[Plan], ...]:
    """The modules of all resources, their package, and the clients."""
    types = dict.fromkeys(api.types, b"")
    choices = memo.results(memo.batch("choices", types, partial(_read_choices, api)))
    modules = plan_files(
        memo,
        "endpoints of resources",
        dict.fromkeys(headings, b""),
        lambda name: plan_resource(name, resources, places, api, attributes, choices),
    )
    package = {"text": "The methods of the clients: one module a resource."}
    above = Templated("endpoints/__init__.py", "python/endpoints/package.py.jinja", package)
    client = plan_client(api, tuple(headings.values()))
    return (*modules, *keep_plans(memo, "clients", [above, client]))


def plan_client(api: Api, headings: Sequence[Heading]) -> Plan:
    attributes = [
        ResourceView(name, _class(heading.name), f"{heading.name}:{_class(heading.name)}")
        for heading in headings
        for name in (heading.name, *heading.aliases)
    ]
    view = {
        "text": "The clients: each resource of the API is an attribute, loaded when first used.",
        "base_url": api.service_root,
        "resources": tuple(sorted(attributes, key=lambda view: view.name)),
        "imports": tuple(
            f"from .endpoints.{heading.name} import {', '.join(sorted(_classes(heading.name)))}"
            for heading in headings
        )
        or ("pass",),
    }
    return Templated("client.py", "python/endpoints/client.py.jinja", view)


def _class(resource: str) -> str:
    return f"{class_stem(resource)}Api"


def _classes(resource: str) -> tuple[str, str]:
    """The class of a resource for the synchronous client, and that for the other one."""
    return _class(resource), f"Async{_class(resource)}"


def plan_resource(
    name: str,
    resources: Mapping[str, Resource],
    places: Mapping[str, Place],
    api: Api,
    attributes: Attributes,
    listed_choices: Mapping[str, Choosable],
) -> Parsed[Plan]:
    resource = resources[name]
    own = _classes(name)
    names = name_types(_types(resource.methods), places, own)
    choices = _Choices(listed_choices, names, own)
    calls = tuple(_call(method, names) for method in resource.methods)
    listed = [_listed(method, api, attributes) for method in resource.methods]
    methods = tuple(
        _method(method, names, choices, properties)
        for method, properties in zip(resource.methods, listed, strict=True)
    )
    sources = tuple(dict.fromkeys(sorted(m.operation.page for m in resource.methods)))
    annotations = [call.type for call in calls]
    for view in methods:
        annotations += [*view.positional, *view.keywords, view.returns]
        annotations += ["Literal"] if view.choices else []
    annotations += ["Literal", "TypeAlias"] if choices.made else []
    module = {
        "sources": sources,
        "text": f"What can be done with `{resource.name}`.",
        "runtime_imports": _runtime_imports(calls, methods),
        "type_imports": _type_imports(" ".join(annotations), names),
        "choices": tuple(choices.made[name] for name in sorted(choices.made)),
        "warns": any(view.deprecated for view in methods),
        "calls": calls,
        "methods": methods,
        "sync_class": ClassView(own[0], f"The methods of `client.{resource.name}`."),
        "async_class": ClassView(own[1], f"The methods of `{own[0]}`, to be awaited."),
    }
    plan = Templated(module_of(resource.name), "python/endpoints/resource.py.jinja", module)
    return Parsed(plan, ())


class _Choices:
    """The aliases of one module, for what `$select`, `$expand` and `$orderby` take."""

    def __init__(self, listed: Mapping[str, Choosable], names: Names, own: Iterable[str]) -> None:
        self._listed = listed
        self._names = names
        self._taken = {*names.given.values(), *own}
        self.made: dict[str, ChoiceView] = {}

    def alias(self, option: str, answered: TypeRef | None) -> str | None:
        """The alias for an option of a request that answers with that type; None for any text."""
        if answered is None or answered.name not in self._names.given:
            return None
        values = self._listed.get(answered.name, {}).get(option, ())
        name = self._names.given[answered.name] + _CHOICES[option]
        if not values or name in self._taken:
            return None
        self.made[name] = ChoiceView(name, values)
        return name


def _read_choices(api: Api, type_name: str) -> Parsed[Choosable]:
    """What the options of a request for objects of a type take, where it is few enough to read."""
    described = api.types[type_name]
    if described.derived or described.is_open:
        return Parsed({})  # objects have more properties than the page of their type lists
    properties = [
        item for base in reversed(api.chain(type_name)) for item in api.types[base].properties
    ]
    plain = [p for p in properties if not p.is_navigation]
    ordered = dict.fromkeys(
        p.name
        for p in plain
        if not p.type.is_collection and p.type.kind in (TypeKind.PRIMITIVE, TypeKind.ENUM)
    )
    values = {
        "$select": tuple(dict.fromkeys(p.name for p in plain)),
        "$expand": tuple(dict.fromkeys(p.name for p in properties if p.is_navigation)),
        "$orderby": tuple(value for name in ordered for value in (name, f"{name} desc")),
    }
    return Parsed({o: names for o, names in values.items() if 0 < len(names) <= _MANY_CHOICES})


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


def _method(method: Method, names: Names, choices: _Choices, listed: str) -> MethodView:
    answered = _answered(method, names)
    kind = method.body.kind
    odata = _odata(method)
    deprecated = method.operation.deprecated
    returns, awaited, send = answered, "awaited", "send"
    if answered.startswith("PageData["):
        returns = answered.replace("PageData[", "Page[")
        awaited, send = "awaited_page", "send_page"
    elif answered.startswith("Accepted["):
        returns = answered.replace("Accepted[", "Pending[")
        awaited, send = "awaited_pending", "send_pending"
    return MethodView(
        method.name,
        _text(method, _sentence(method), listed),
        _positional(method, names),
        method.choices,
        _keywords(method, names, choices),
        returns,
        awaited,
        _call_name(method),
        send,
        _pairs(replace(argument, wire=argument.name) for argument in method.ids),
        _pairs(method.parameters),
        odata,
        _pairs(a for a in method.query if not (odata and a.wire in OF_COLLECTIONS)),
        _pairs(method.headers),
        bool(method.query),
        kind is BodyKind.PARAMETERS,
        kind is BodyKind.LINK,
        kind in (BodyKind.TYPE, BodyKind.JSON),
        takes_content(method.body),
        _is_other(method.body),
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
    # Unless there is something else to send in its place.
    otherwise = " = None" if _is_other(body) else ""
    match body.kind:
        case BodyKind.TYPE if body.type is not None:
            return (f"body: {_optional(names.argument(body.type))}{otherwise}",)
        case BodyKind.TYPE | BodyKind.JSON:
            return (f"body: Mapping[str, Any] | Sequence[Any] | None{otherwise}",)
        case BodyKind.LINK:
            return ("odata_id: str",)
        case BodyKind.MEDIA:
            return ("content: Content",)
        case _:
            return ()


def _is_other(body: Body) -> bool:
    """Whether bytes may be sent in place of JSON."""
    return takes_content(body) and body.kind is not BodyKind.MEDIA


def _keywords(method: Method, names: Names, choices: _Choices) -> tuple[str, ...]:
    """The arguments that are given by name: most of them may be left out."""
    keywords: list[str] = []
    if not method.are_positional:
        keywords += [f"{a.name}: {_optional(names.argument(a.type))} = None" for a in method.ids]
        keywords += _sent(method, names)
    for argument in (*method.parameters, *method.query, *method.headers):
        annotation = _loosely(argument.type, names)
        if argument.wire in _CHOICES and argument in method.query:
            alias = choices.alias(argument.wire, method.response.type)
            annotation = f"Sequence[{alias}] | str" if alias else annotation
        if argument.is_required:
            keywords.append(f"{argument.name}: {annotation}")
        else:
            keywords.append(f"{argument.name}: {_optional(annotation)} = None")
    if method.body.kind is BodyKind.PARAMETERS:
        keywords.append("extra_body: Mapping[str, Any] | None = None")
    if _is_other(method.body):
        keywords.append("content: Content | None = None")
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


def _opening(text: str) -> str:
    """The first sentence of a page, and as many paragraphs as make a docstring and no essay."""
    paragraphs = [part for part in re.split(r"\n\s*\n", text.strip()) if part.strip()]
    kept = paragraphs[:1]
    for paragraph in paragraphs[1:]:
        if sum(map(len, kept)) + len(paragraph) > _LONG_OPENING:
            break
        kept.append(paragraph)
    return with_summary("\n\n".join(kept))


def _listed(method: Method, api: Api, attributes: Attributes) -> str:
    """Which properties the page says to send; "" where they are just those of the type.

    Tables of updates list keys and read-only properties as well, which no update changes.
    """
    body = method.body
    if body.type is None or body.type.name not in api.types or not body.listed:
        return ""
    name = body.type.name
    known = {wire.lower(): attribute for wire, attribute in attributes[name].items()}
    if known.keys() <= {row.name.lower() for row in body.listed}:
        return ""
    for derived in api.derived(name):
        for wire, attribute in attributes[derived].items():
            known.setdefault(wire.lower(), attribute)
    is_made = method.verb == "POST"
    kept = {
        p.name.lower()
        for each in api.chain(name)
        for p in api.types[each].properties
        if p.notes.read_only or (p.name in api.types[each].key and not is_made)
    }
    shown = [
        known.get(row.name.lower(), row.name)
        + (" (required)" if is_made and row.notes.required else "")
        for row in body.listed
        if row.name.lower() not in kept and not row.notes.read_only
    ]
    purpose = "to set" if is_made else "that can be changed"
    text = f"Properties {purpose}: {', '.join(shown)}." if shown else ""
    return textwrap.shorten(text, _LONG_LIST, placeholder=" …")


def _text(method: Method, sentence: str, listed: str) -> str:
    """The docstring of a method: what the page says of it."""
    operation = method.operation
    blocks = [_opening(sentence)]
    if operation.deprecated:
        blocks.append(f"Deprecated: {operation.deprecated}")
    texts = [(a.name, a.text) for a in (*method.ids, *method.parameters, *method.query)]
    texts += [(a.name, f"The header {a.wire}: {a.text}") for a in method.headers if a.text.strip()]
    described = [
        f"    {name}: {textwrap.shorten(text, _LONG_TEXT, placeholder=' …')}"
        for name, text in texts
        if text.strip()
    ]
    if _is_other(method.body):
        described.append(f"    content: In place of JSON: {', '.join(method.body.media_types)}.")
    if described:
        blocks.append("\n".join(["Arguments:", *described]))
    if listed:
        blocks.append(listed)
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
    where = f"Documented in {operation.page}:"
    short = " ".join([where, *(line.strip() for line in lines)]).rstrip(":")
    is_short = len(lines) < 2 and len(short) <= _WIDTH
    blocks.append(short if is_short else "\n".join([where, *lines]).rstrip(":"))
    return "\n\n".join(blocks)


# --- imports


def _runtime_imports(calls: Iterable[CallView], methods: Iterable[MethodView]) -> tuple[str, ...]:
    answers = sorted({call.answer for call in calls} | {call.inner for call in calls} - {""})
    made = ["Call"]
    made += ["given"] if any(method.has_parameters for method in methods) else []
    made += ["odata"] if any(method.odata for method in methods) else []
    lines = [f"from ..runtime.answers import {', '.join(answers)}"] if answers else []
    lines.append(f"from ..runtime.calls import {', '.join(made)}")
    bases = ["AsyncResource", "Resource", *sorted({method.awaited for method in methods})]
    lines.append(f"from ..runtime.resources import {', '.join(bases)}")
    return tuple(lines)


def _type_imports(annotations: str, names: Names) -> tuple[str, ...]:
    """What the annotations of a module name, for type checkers alone."""
    used = set(re.findall(r"\w+", annotations))
    lines = [f"import {module}" for module in ("datetime", "decimal", "uuid") if module in used]
    typing = sorted(used & {"Any", "Literal", "TypeAlias"})
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
    for module, name in (("pages", "Page"), ("pending", "Pending"), ("streams", "Content")):
        if name in used:
            lines.append(f"from ..runtime.{module} import {name}")
    return tuple(lines)
