"""Operations → paths: each endpoint once, however many pages describe it."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Final, NamedTuple

from generator.diagnostics import Findings, Parsed
from generator.memo import Batch, Kept, Memo
from generator.model.api import (
    Api,
    Body,
    BodyKind,
    Operation,
    Parameter,
    Placeholder,
    Response,
    ResponseKind,
    Template,
    TypeKind,
    TypeRef,
)
from generator.targets.openapi.json_text import entry
from generator.targets.openapi.schemas import (
    ERROR_CONTENT,
    Schema,
    collection_name,
    note_facts,
    reference,
    type_schema,
)
from generator.values import Value, sign

_BELOW: Final = "  "  # blanks before the lines on which path items begin
_STATUS = re.compile(r"[45]\d\d$")
_OPTIONS = frozenset(
    {
        "select",
        "expand",
        "filter",
        "orderby",
        "search",
        "top",
        "skip",
        "count",
        "format",
        "skiptoken",
        "levels",
    }
)
_HEADERS = {
    "if-match": "If-Match",
    "if-none-match": "If-None-Match",
    "consistencylevel": "ConsistencyLevel",
    "prefer": "Prefer",
}


class PathItem(Value):
    """An OpenAPI path item, as an entry of `paths`; `collections` are the types whose envelopes it
    names."""

    path: str
    text: str
    collections: tuple[TypeRef, ...]


class ItemBrief(Value):
    """What is known of a path item that nobody has looked at."""

    path: str
    collections: tuple[TypeRef, ...]


class _Line(Value, order=True):
    """A request line: the `at`-th of a page."""

    page: str
    at: int


class _Endpoint(Value):
    """The request lines of an endpoint by method, and the identifier of each of its operations."""

    lines: Mapping[str, tuple[_Line, ...]]
    ids: Mapping[str, str]


class _Described(NamedTuple):
    operation: Operation
    template: Template


def plan_paths(api: Api, memo: Memo) -> Batch[PathItem]:
    """Gather the request lines of all pages by endpoint.

    Request lines that differ in placeholder names or letter case alone are one endpoint; its path
    is spelled as most lines spell it.
    """
    owns = dict.fromkeys(api.operations, b"")
    lines = memo.batch("request lines", owns, partial(_lines, api))
    gathered = memo.work(
        "endpoints",
        lines.sign(),
        lambda: _endpoints({page: lines.briefs[page] for page in owns}),
        lambda endpoints: {key: sign(endpoint) for key, endpoint in endpoints.items()},
    )
    return memo.batch("paths", gathered.brief, partial(_item, api, gathered), _brief)


def _endpoints(
    lines: Mapping[str, Iterable[tuple[str, str]]],
) -> Parsed[Mapping[str, _Endpoint]]:
    """The endpoints of an API by path for comparison, sorted; `lines` are those of each page."""
    found: dict[str, dict[str, list[_Line]]] = {}
    for page, own in lines.items():
        for at, (method, path) in enumerate(own):
            if "/..." not in path:
                methods = found.setdefault(path, {})
                methods.setdefault(method, []).append(_Line(page, at))
    taken: set[str] = set()
    endpoints: dict[str, _Endpoint] = {}
    for key, methods in sorted(found.items()):
        ids = {
            method: _operation_id(min(methods[method]).page, method, taken)
            for method in sorted(methods)
        }
        endpoints[key] = _Endpoint({m: tuple(lines) for m, lines in methods.items()}, ids)
    return Parsed(endpoints)


def _brief(item: PathItem) -> ItemBrief:
    return ItemBrief(item.path, item.collections)


def _lines(api: Api, page: str) -> Parsed[tuple[tuple[str, str], ...]]:
    """The method of each request line of a page, and the path for comparison."""
    templates = api.operations[page].templates
    return Parsed(tuple((t.method.lower(), _blank(t.path)) for t in templates))


def _item(api: Api, endpoints: Kept[Mapping[str, _Endpoint]], key: str) -> Parsed[PathItem]:
    found = Findings()
    endpoint = endpoints.value[key]
    endpoint_lines = {
        method: [_Described(o := api.operations[line.page], o.templates[line.at]) for line in lines]
        for method, lines in endpoint.lines.items()
    }
    lines = [each.template for described in endpoint_lines.values() for each in described]
    spelled = Counter(line.path for line in lines)
    path = min(spelled, key=lambda p: (-spelled[p], p))
    main = next(line for line in lines if line.path == path)
    collections: dict[str, TypeRef] = {}
    item: dict[str, object] = {}
    if main.placeholders:
        item["parameters"] = [_placeholder(p) for p in main.placeholders]
    for method, described in sorted(endpoint_lines.items()):
        pages = sorted({d.operation.page for d in described})
        if len(pages) > 1:
            found.say(
                "endpoint-shared",
                described[0].template.span,
                pages=", ".join(p for p in pages if p != described[0].operation.page),
            )
        item[method] = _operation(api, method, endpoint.ids[method], described, collections)
    refs = tuple(collections[name] for name in sorted(collections))
    return Parsed(PathItem(path, entry(path, item, _BELOW).text, refs), found.as_said())


def _blank(path: str) -> str:
    """The path for comparison: lower-case, without placeholder names and quotes."""
    return re.sub(r"\{[^{}]*\}", "{}", path).replace("'", "").lower()


def _placeholder(item: Placeholder) -> Schema:
    schema = (
        type_schema(item.type)
        if item.type is not None and item.type.kind is TypeKind.PRIMITIVE
        else {"type": "string"}
    )
    facts: Schema = {"description": item.text} if item.text else {}
    return {"name": item.name, "in": "path", "required": True, **facts, "schema": schema}


def _operation(
    api: Api,
    method: str,
    operation_id: str,
    described: Sequence[_Described],
    collections: dict[str, TypeRef],
) -> Schema:
    """One operation of a path; several pages give their common base, and stay as sources."""
    pages = {d.operation.page: d for d in described}
    first = pages[min(pages)]
    operation = first.operation
    speakers = _speakers(api, list(pages.values()))
    responses = [_response_of(d) for d in speakers]
    bodies = [_body_of(d) for d in speakers]
    item: Schema = {"operationId": operation_id, "summary": operation.title}
    if operation.text:
        item["description"] = operation.text
    if operation.deprecated is not None:
        item["deprecated"] = True
    options = dict.fromkeys(o for d in pages.values() for o in d.operation.options)
    parameters = _parameters(operation, first.template, options)
    if parameters:
        item["parameters"] = parameters
    body = _body_schema(api, bodies, creates=method == "post")
    if body is not None:
        item["requestBody"] = body
    errors = _errors([d.operation for d in pages.values()])
    item["responses"] = _responses(api, responses, errors, collections)
    codes = {code: text for code, text in errors.items() if not _STATUS.match(code)}
    if codes:
        item["x-error-codes"] = codes
    scopes: dict[str, list[str]] = {}
    for permission in operation.permissions:
        if permission.scopes:
            scopes.setdefault(permission.kind, []).extend(permission.scopes)
    if scopes:
        item["x-permissions"] = scopes
    item["x-source"] = sorted(pages)
    return item


def _speakers(api: Api, described: Sequence[_Described]) -> Sequence[_Described]:
    """The pages that say what an endpoint answers.

    All of them, where their types have a common base that says something (one path for all
    derived types). Else those that describe the fewest endpoints: a page about one thing knows
    more of it than a page about a thing that many have (`extensions` of fourteen types).
    """
    names = {
        d.operation.response.type.name for d in described if d.operation.response.type is not None
    }
    kinds = {d.operation.response.kind for d in described}
    shared = api.common_base(sorted(names)) if names else None
    if (
        len(kinds) == 1
        and shared is not None
        and (len(names) == 1 or len(api.types[shared].properties) > 1)
    ):
        return described
    fewest = min(len(d.operation.templates) for d in described)
    return [d for d in described if len(d.operation.templates) == fewest]


def _operation_id(page: str, method: str, taken: set[str]) -> str:
    stem = page.rpartition("/")[2].removesuffix(".md")
    number = 1
    wanted = stem
    while wanted.lower() in taken:
        number += 1
        wanted = f"{stem}-{method}" if number == 2 else f"{stem}-{method}-{number - 1}"
    taken.add(wanted.lower())
    return wanted


def _last(template: Template) -> str:
    last = template.parts[-1]
    return last.rpartition("/")[2] if isinstance(last, str) else ""


def _response_of(described: _Described) -> Response:
    return described.template.answer or described.operation.response


def _body_of(described: _Described) -> Body:
    operation, template = described
    if _last(template) == "$ref" and template.method in ("POST", "PUT"):
        return Body(BodyKind.LINK)
    reads = template.method in ("GET", "DELETE")
    if reads and (operation.body.kind is not BodyKind.PARAMETERS or _has_other_verbs(operation)):
        return Body(BodyKind.NONE)
    return operation.body


def _has_other_verbs(operation: Operation) -> bool:
    """Whether the page's body belongs to another of its verbs."""
    return any(template.method not in ("GET", "DELETE") for template in operation.templates)


def _parameters(operation: Operation, template: Template, options: Iterable[str]) -> list[Schema]:
    parameters: list[Schema] = []
    seen = {p.name.lower() for p in template.placeholders}
    for option in options:
        key = option.lstrip("$")
        if key in _OPTIONS:
            parameters.append({"$ref": f"#/components/parameters/{key}"})
            seen.add(option)
    for item in operation.query:
        if item.name.lower() not in seen and not item.name.startswith("$"):
            seen.add(item.name.lower())
            parameters.append(_query(item))
    for header in operation.headers:
        name = _HEADERS.get(header.name.lower())
        if name is not None and name not in seen:
            seen.add(name)
            parameters.append(
                {
                    "name": name,
                    "in": "header",
                    "required": False,
                    "description": header.value,
                    "schema": {"type": "string"},
                }
            )
    return parameters


def _query(item: Parameter) -> Schema:
    schema: Schema = {"name": item.name, "in": "query", "required": False}
    if item.text:
        schema["description"] = item.text
    schema["schema"] = {**_values(item), **note_facts(item.notes, item.type)}
    return schema


def _values(item: Parameter) -> Schema:
    """The schema of a parameter's value; listed values stay open, as enumerations do."""
    schema = type_schema(item.type)
    if not item.values or item.type.is_collection:
        return schema
    return {"anyOf": [{"type": "string", "enum": list(item.values)}, schema]}


def _body_schema(api: Api, bodies: Sequence[Body], creates: bool) -> Schema | None:
    """The body of a request; what an update leaves out stays as it was, so it requires nothing."""
    body = next((b for b in bodies if b.kind is not BodyKind.NONE), None)
    if body is None:
        return None
    if body.kind is BodyKind.MEDIA:
        return {"content": _media(body.media_types or ("application/octet-stream",))}
    others = _media(kind for b in bodies for kind in b.media_types)
    schema: Schema = {}
    if body.kind is BodyKind.TYPE and body.type is not None:
        names = [b.type.name for b in bodies if b.kind is BodyKind.TYPE and b.type is not None]
        shared = body.type.name if len(set(names)) == 1 else api.common_base(names)
        rows = bodies[0].listed if len(bodies) == 1 and not body.type.is_collection else ()
        if rows and body.is_bounded:
            schema = {"title": body.type.local, "type": "object", "x-odata-type": body.type.name}
            schema["properties"] = {row.name: _parameter_schema(row) for row in rows}
            if creates and (required := [row.name for row in rows if row.notes.required]):
                schema["required"] = required
            return {"content": {"application/json": {"schema": schema}, **others}}
        schema = (
            type_schema(TypeRef(shared, TypeKind.STRUCTURED, body.type.is_collection))
            if shared
            else {"anyOf": [reference(n) for n in sorted(set(names))]}
        )
    elif body.kind is BodyKind.PARAMETERS:
        schema = {
            "type": "object",
            "properties": {p.name: _parameter_schema(p) for p in body.parameters},
        }
        required = [p.name for p in body.parameters if p.notes.required]
        if required:
            schema["required"] = required
    elif body.kind is BodyKind.LINK:
        schema = {
            "type": "object",
            "required": ["@odata.id"],
            "properties": {"@odata.id": {"type": "string", "format": "uri"}},
        }
    return {"content": {"application/json": {"schema": schema}, **others}}


def _media(kinds: Iterable[str]) -> Schema:
    return {kind: {"schema": {"type": "string", "format": "binary"}} for kind in kinds}


def _parameter_schema(item: Parameter) -> Schema:
    facts = note_facts(item.notes, item.type)
    facts.pop("x-required", None)
    if item.text:
        facts["description"] = item.text
    if item.values:
        return {**_values(item), **facts}
    return {**type_schema(item.type, is_nullable=item.notes.nullable is not False), **facts}


def _errors(operations: Iterable[Operation]) -> Mapping[str, str]:
    """The documented errors by status or code: those that pages tell of, then those of examples."""
    errors: dict[str, str] = {}
    for operation in operations:
        for error in operation.errors:
            errors.setdefault(error.code, error.text)
        for example in operation.examples.value:
            for message in example.responses:
                code, reason = message.start
                if _STATUS.match(code):
                    errors.setdefault(code, reason)
    return dict(sorted(errors.items()))


def _responses(
    api: Api,
    responses: Sequence[Response],
    errors: Mapping[str, str],
    collections: dict[str, TypeRef],
) -> Schema:
    """The success answers by status, and the errors."""
    main = responses[0]
    for response in responses:
        if response.type is not None and (main.type is None or main.kind is ResponseKind.VALUE):
            main = response
    out: Schema = {}
    content = _content(api, main, [r for r in responses if r.kind is main.kind], collections)
    for status in sorted(set(main.statuses)):
        answer: Schema = {"description": _PHRASES.get(status, "Success.")}
        if (
            content is not None
            and status not in (204, 302, 304)
            and not (status == 202 and main.kind is ResponseKind.ACCEPTED and main.type is None)
        ):
            answer["content"] = content
        headers = main.headers if status in (200, 201, 202) else ()
        headers = ("Location",) if status == 302 else headers  # RFC 9110, 15.4.3
        if headers:
            answer["headers"] = {name: {"schema": {"type": "string"}} for name in headers}
        out[str(status)] = answer
    for code, text in errors.items():
        if _STATUS.match(code) and code not in out:
            out[code] = {"description": text or "Error.", "content": ERROR_CONTENT}
    out["default"] = {"$ref": "#/components/responses/error"}
    return out


_PHRASES = {
    200: "OK.",
    201: "Created.",
    202: "Accepted.",
    204: "No content.",
    206: "Partial content.",
    207: "Multi-status.",
    302: "Found.",
}


def _content(
    api: Api, main: Response, responses: Sequence[Response], collections: dict[str, TypeRef]
) -> Schema | None:
    if main.kind is ResponseKind.NONE:
        return None
    if main.kind is ResponseKind.MEDIA:
        kinds = main.media_types or ("application/octet-stream",)
        return {kind: {"schema": {"type": "string", "format": "binary"}} for kind in kinds}
    if main.type is None:
        return None
    refs = [r.type for r in responses if r.type is not None]
    ref = _shared(api, refs)
    if main.kind is ResponseKind.COLLECTION:
        collections.setdefault(ref.name, ref)
        schema: Schema = reference(collection_name(ref))
    elif main.kind is ResponseKind.VALUE and ref.kind is not TypeKind.UNTYPED:
        schema = {
            "type": "object",
            "properties": {
                "@odata.context": {"type": "string"},
                "value": type_schema(ref, is_nullable=True),
            },
        }
    else:
        schema = type_schema(ref)
    return {"application/json": {"schema": schema}}


def _shared(api: Api, refs: Sequence[TypeRef]) -> TypeRef:
    """The one type of several pages' answers: their nearest common base."""
    names = sorted({ref.name for ref in refs})
    if len(names) == 1:
        return refs[0]
    shared = api.common_base(names)
    if shared is None:
        return refs[0]
    return TypeRef(shared, TypeKind.STRUCTURED, refs[0].is_collection)
