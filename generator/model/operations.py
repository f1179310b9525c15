"""Operation pages → operations: templates, typed parameters, body, response, examples."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import unquote, urlsplit

from generator.diagnostics import Findings
from generator.model.api import (
    Body,
    Example,
    Operation,
    Parameter,
    Response,
    ResponseKind,
    Template,
    TypeKind,
    TypeRef,
)
from generator.model.api import BodyKind as Kind
from generator.model.paths import extended, kebab, pattern, read_template, split_url
from generator.model.registry import UNTYPED_REF, Registry
from generator.model.structures import Structures, property_type
from generator.pages.facts import (
    BodyKind,
    ExampleFact,
    MessageFact,
    Notes,
    OperationFact,
    PageFacts,
    PropertyFact,
    TypePhrase,
    TypeWord,
)
from generator.model.shapes import shape_type
from generator.pages.json_text import locate
from generator.pages.types import primitive

_WRAPPED = re.compile(r"^collection\((.*)\)$", re.I)
_CONTROL = re.compile(r"@")
_STANDARD_OPTIONS = frozenset(
    {
        "$select",
        "$expand",
        "$filter",
        "$orderby",
        "$top",
        "$skip",
        "$search",
        "$count",
        "$format",
        "$skiptoken",
        "$deltatoken",
    }
)


def service_of(pages: Sequence[PageFacts]) -> tuple[str, str]:
    """The host and version that most example requests go to; ("", "") where none is absolute."""
    hosts: Counter[str] = Counter()
    versions: Counter[tuple[str, str]] = Counter()
    for page in pages:
        for example in page.operation.examples if page.operation else ():
            url = example.request.start[1]
            if not url.lower().startswith(("http://", "https://")):
                continue
            host = host_of(url)
            hosts[host] += 1
            if version := version_of(url):
                versions[(host, version)] += 1
    if not hosts:
        return "", ""
    host = min(hosts, key=lambda h: (-hosts[h], h))
    known = {version: count for (h, version), count in versions.items() if h == host}
    return host, min(known, key=lambda v: (-known[v], v)) if known else ""


def version_of(url: str) -> str:
    """The version in an absolute URL: `v1.0`, `beta`; "" where none stands."""
    match = re.match(r"https?://[^/]+/(v\d+(?:\.\d+)?|beta)(?=[/?#]|$)", url.strip(), re.I)
    return match[1] if match else ""


def host_of(url: str) -> str:
    """The host of an absolute URL, lower-case; "" where it has none or is malformed."""
    try:
        return (urlsplit(url.strip()).hostname or "").lower()
    except ValueError:
        return ""


def build_operation(page: PageFacts, host: str, version: str, work: Structures) -> Operation:
    """The operation of one page, with every type resolved."""
    fact = page.operation
    assert fact is not None
    namespace = page.namespace
    rows = {
        row.name.lower(): property_type(row, page.path, namespace, "", work)
        for row in fact.parameters
    }
    templates = tuple(work.found.take(read_template(template, rows)) for template in fact.templates)
    examples = _own_examples(fact, host, version, work.found)
    templates = (*templates, *_shown_lines(templates, examples, rows, work.found))
    response = _response(page, fact, examples, templates, work)
    body = _body(page, fact, examples, templates, response, work)
    return Operation(
        page.path,
        page.title,
        page.operation.text if page.operation else "",
        namespace,
        page.spellings,
        templates,
        _query(page, fact, templates, work),
        tuple(option for option in fact.options),
        fact.headers,
        fact.permissions,
        body,
        response,
        tuple(Example(e.title, e.request, e.responses) for e in examples),
        fact.errors,
        fact.is_function or any(p.is_argument for t in templates for p in t.placeholders),
        fact.span,
        fact.deprecated,
    )


def _shown_lines(
    templates: tuple[Template, ...],
    examples: Sequence[ExampleFact],
    rows: Mapping[str, TypeRef],
    found: Findings,
) -> list[Template]:
    """Request lines that only examples show: a listed one with a count, a cast or arguments after it."""
    added: dict[tuple[str, str], Template] = {}
    for example in examples:
        method, url = example.request.start[0].upper(), example.request.start[1]
        path = unquote(split_url(url)[0])
        if any(
            t.method == method and pattern(t).fullmatch(path) for t in (*templates, *added.values())
        ):
            continue
        for template in templates:
            fact = extended(template, method, path, example.request.span)
            if fact is not None:
                is_call = fact.path.endswith(")")
                found.say(
                    "function-arguments-in-example" if is_call else "request-line-in-example",
                    fact.span,
                    path=fact.path,
                )
                line = found.take(read_template(fact, rows))
                added.setdefault((line.method, line.path.lower()), line)
                break
    return list(added.values())


def _own_examples(
    fact: OperationFact, host: str, version: str, found: Findings
) -> tuple[ExampleFact, ...]:
    """The examples that call this service; others are callbacks and uploads elsewhere."""
    own: list[ExampleFact] = []
    for example in fact.examples:
        other = host_of(example.request.start[1])
        if other and host and other != host and not _similar(other, host):
            found.say("example-callback", example.request.span, host=other)
            continue
        called = version_of(example.request.start[1])
        if called and version and called.lower() != version.lower():
            found.say(
                "example-version-differs", example.request.span, found=called, expected=version
            )
        own.append(example)
    return tuple(own)


def _similar(one: str, other: str) -> bool:
    """Whether two hosts are one with a typo: `graph/microsoft.com` has the host `graph`."""
    return other.startswith(f"{one}.")


def parameter(row: PropertyFact, page: str, namespace: str, work: Structures) -> Parameter:
    return Parameter(
        row.name, property_type(row, page, namespace, "", work), row.text, row.notes, row.span
    )


def _query(
    page: PageFacts, fact: OperationFact, templates: Sequence[Template], work: Structures
) -> tuple[Parameter, ...]:
    """The page's own query options: from the tables, and from `?a={b}` in its request lines."""
    arguments = {p.name.lower() for t in templates for p in t.placeholders}
    options: dict[str, Parameter] = {}
    for row in fact.query:
        options.setdefault(row.name.lower(), parameter(row, page.path, page.namespace, work))
    # parameters that no path shows travel in the query (OData URL conventions 4.01, 5.3.1.2)
    blanks = {kebab(p.name) for t in templates for p in t.placeholders}
    for row in fact.parameters:
        if row.name.lower() not in arguments and kebab(row.name) not in blanks and fact.is_function:
            options.setdefault(row.name.lower(), parameter(row, page.path, page.namespace, work))
    for template in fact.templates:
        for name in re.findall(r"(?:^|[?&])([A-Za-z_][\w.]*)=", template.query):
            if name.lower() not in arguments:
                row = PropertyFact(
                    name, TypePhrase((TypeWord("String", "", "Edm.String"),)), "", template.span
                )
                options.setdefault(name.lower(), parameter(row, page.path, page.namespace, work))
    return tuple(options.values())


def _body(
    page: PageFacts,
    fact: OperationFact,
    examples: Sequence[ExampleFact],
    templates: Sequence[Template],
    response: Response,
    work: Structures,
) -> Body:
    """What the request carries: the section's words, then the request line, then the example."""
    methods = {template.method for template in templates} or {
        e.request.start[0].upper() for e in examples[:1]
    }
    sent = [e.request for e in examples if e.request.body.strip()]
    media = tuple(dict.fromkeys(_media_type(m) for m in sent if m.json is None and _media_type(m)))
    ends = {
        str(t.parts[-1]).rpartition("/")[2]
        for t in templates
        if t.parts and isinstance(t.parts[-1], str)
    }
    arguments = {p.name.lower() for t in templates for p in t.placeholders if p.is_argument}
    if methods and methods <= {"GET", "DELETE"}:
        # Excel's functions take their arguments from a body, on GET too
        rows = tuple(row for row in fact.body.rows if row.name.lower() not in arguments)
        if fact.body.kind is not BodyKind.PARAMETERS or not rows or _is_entity_row(rows):
            return Body(Kind.NONE)
        return Body(
            Kind.PARAMETERS,
            None,
            tuple(parameter(row, page.path, page.namespace, work) for row in rows),
        )
    if ends and ends <= {"$ref"}:
        return Body(Kind.LINK)
    rows = tuple(row for row in fact.body.rows if row.name.lower() not in arguments)
    parameters = tuple(parameter(row, page.path, page.namespace, work) for row in rows)
    kind = fact.body.kind
    if (
        ends & {"$value", "content"}
        and kind not in (BodyKind.PARAMETERS, BodyKind.TYPE)
        and methods & {"PUT", "PATCH", "POST"}
        and not (sent and sent[0].json)
    ):
        return Body(Kind.MEDIA, media_types=media)
    ref = _body_type(page, fact, sent, work.registry)
    if kind is BodyKind.NONE and not any(m.json is not None for m in sent):
        return Body(Kind.NONE)
    if kind is BodyKind.LINK and not (sent and sent[0].json is None):
        return Body(Kind.LINK)
    if (
        kind is BodyKind.TYPE
        and ref is None
        and response.type is not None
        and not response.type.is_collection
        and methods & {"PATCH", "PUT"}
    ):
        ref = response.type
    if kind is BodyKind.TYPE and ref is not None and ref.kind is TypeKind.STRUCTURED:
        return Body(Kind.TYPE, replace(ref, is_collection=_is_list(sent)))
    if kind in (BodyKind.PARAMETERS, BodyKind.TYPE) and parameters:
        return Body(Kind.PARAMETERS, None, _shown_parameters(page, parameters, ref, sent, work))
    if kind is BodyKind.MEDIA or (sent and sent[0].json is None and kind is not BodyKind.TYPE):
        return Body(Kind.MEDIA, media_types=media)
    if kind is BodyKind.NONE and not sent:
        return Body(Kind.NONE)
    if sent and isinstance(first := sent[0].json, object) and first is not None:
        if isinstance(first.value, dict) and set(first.value) == {"@odata.id"}:
            return Body(Kind.LINK)
        if ref is not None and ref.kind is TypeKind.STRUCTURED:
            return Body(Kind.TYPE, ref)
        if isinstance(first.value, dict) and (
            shown := _shown_parameters(page, (), None, sent, work)
        ):
            return Body(Kind.PARAMETERS, None, shown)
        return Body(Kind.JSON)
    return Body(Kind.JSON if kind is BodyKind.TYPE else Kind.NONE)


def _is_entity_row(rows: Sequence[PropertyFact]) -> bool:
    """Whether the rows are an entity's own (an `id` among them), not arguments."""
    return any(row.name.lower() == "id" for row in rows)


def _shown_parameters(
    page: PageFacts,
    parameters: tuple[Parameter, ...],
    ref: TypeRef | None,
    sent: Sequence[MessageFact],
    work: Structures,
) -> tuple[Parameter, ...]:
    """The table's parameters, and those that the example sends beside them.

    A single one that wraps an object of the table's rows is the only parameter: the table then
    describes what is in it (`{"passwordCredential": {"displayName": …}}`).
    """
    known = {p.name.lower() for p in parameters}
    made: dict[str, Parameter] = {}
    for message in sent:
        value = message.json.value if message.json is not None else None
        if message.json is None or not isinstance(value, dict):
            continue
        for name, inner in value.items():
            if name.lower() in known or "@" in name or not name.isidentifier():
                continue
            wraps = (
                isinstance(inner, dict)
                and len(value) == 1
                and bool(inner)
                and {k.lower() for k in inner} <= known
            )
            span = locate(message.json, (name,))
            work.found.say("example-property-unknown", span, name=name, type="the request body")
            shown = (
                ref
                if wraps and ref is not None
                else shape_type(inner, work.registry, page.namespace)
            )
            made.setdefault(name.lower(), Parameter(name, shown, "", Notes(), span))
            if wraps:
                return (made[name.lower()],)
    return (*parameters, *made.values())


def _is_list(sent: Sequence[MessageFact]) -> bool:
    return bool(sent) and sent[0].json is not None and isinstance(sent[0].json.value, list)


def _body_type(
    page: PageFacts, fact: OperationFact, sent: Sequence[MessageFact], registry: Registry
) -> TypeRef | None:
    """The type of the body: the section's link, then the example's annotation."""
    if fact.body.word is not None and (
        name := registry.find(fact.body.word, page.path, page.namespace)
    ):
        return registry.reference(name)
    for message in sent:
        if message.type and (
            name := registry.find(TypeWord(_unwrapped(message.type)[0]), page.path, page.namespace)
        ):
            return registry.reference(name)
    return None


def _unwrapped(spelled: str) -> tuple[str, bool]:
    """`Collection(microsoft.graph.user)` → the name, and whether it is a collection."""
    match = _WRAPPED.match(spelled.strip())
    return (match[1].strip().lstrip("#"), True) if match else (spelled.strip().lstrip("#"), False)


def _media_type(message: MessageFact) -> str:
    for name, value in message.headers:
        if name.lower() == "content-type":
            kind = value.partition(";")[0].strip().lower().rstrip(",")
            return kind if re.fullmatch(r"[\w.+-]+/[\w.+*-]+", kind) else ""
    return ""


def _response(
    page: PageFacts,
    fact: OperationFact,
    examples: Sequence[ExampleFact],
    templates: Sequence[Template],
    work: Structures,
) -> Response:
    """The success answer.

    Status: the example's, then the prose's. Type: the example's annotation, its body's own
    `@odata.type`, the prose's link. Whether it is a collection: the body's shape, then the prose.
    """
    answers = [m for e in examples for m in e.responses if _is_success(m)]
    shown = _main_answer(examples, templates)
    statuses: dict[int, None] = {}
    if shown is not None and shown.start[0].isdigit():
        statuses.setdefault(int(shown.start[0]))
    said = [s for s in fact.response.statuses if 200 <= s < 400]
    for status in [*said, *(int(m.start[0]) for m in answers if m.start[0].isdigit())]:
        statuses.setdefault(status)
    if shown is not None and said and shown.start[0].isdigit() and int(shown.start[0]) not in said:
        work.found.say("response-status-differs", shown.span, text=said[0], example=shown.start[0])
    if not statuses:
        assumed = 204 if fact.response.says_nothing or _only(templates, "DELETE") else 200
        work.found.say("response-missing", fact.response.span, status=assumed)
        statuses.setdefault(assumed)
    order = tuple(statuses)
    main = order[0]
    media = tuple(
        dict.fromkeys(
            kind
            for m in answers
            if m.json is None and m.body.strip() and (kind := _media_type(m)) and "json" not in kind
        )
    )
    if main == 302 or (main == 200 and 302 in order and shown is None):
        return Response(ResponseKind.MEDIA, order, None, media or ("application/octet-stream",))
    if main == 204:
        return Response(ResponseKind.NONE, order)
    ref, is_collection, from_shape = _answer_type(page, fact, shown, work)
    if ref is not None and ref.name == "Edm.Stream":
        return Response(ResponseKind.MEDIA, order, None, media or ("application/octet-stream",))
    if main == 202 and (ref is None or (shown is not None and shown.json is None)):
        return Response(ResponseKind.ACCEPTED, order, ref)
    if (
        shown is not None
        and shown.json is None
        and shown.body.strip()
        and "json" not in _media_type(shown)
    ):
        return Response(
            ResponseKind.MEDIA, order, None, (_media_type(shown) or "application/octet-stream",)
        )
    if shown is not None and shown.json is None and not shown.body.strip() and ref is None:
        kind = _media_type(shown)
        if kind and "json" not in kind:
            return Response(ResponseKind.MEDIA, order, None, (kind,))
        if fact.response.is_media:
            return Response(ResponseKind.MEDIA, order, None, media or ("application/octet-stream",))
        if fact.response.says_nothing or (shown.start[0] in ("201", "200") and not kind):
            return Response(ResponseKind.NONE, order)
    if ref is None:
        if fact.response.is_media and (shown is None or shown.json is None):
            return Response(ResponseKind.MEDIA, order, None, media or ("application/octet-stream",))
        if fact.response.says_nothing or (
            shown is None and not said and _only(templates, "DELETE")
        ):
            return Response(ResponseKind.NONE, order)
        if shown is None or shown.json is None:
            return Response(
                (
                    ResponseKind.NONE
                    if _only(templates, "DELETE") or fact.response.says_nothing
                    else ResponseKind.VALUE
                ),
                order,
                UNTYPED_REF,
            )
        ref = UNTYPED_REF
    if is_collection:
        return Response(ResponseKind.COLLECTION, order, replace(ref, is_collection=True))
    if ref.kind is TypeKind.STRUCTURED:
        return Response(ResponseKind.TYPE, order, replace(ref, is_collection=False))
    return Response(ResponseKind.VALUE, order, replace(ref, is_collection=False))


def _only(templates: Sequence[Template], method: str) -> bool:
    return bool(templates) and all(template.method == method for template in templates)


def _is_success(message: MessageFact) -> bool:
    return message.start[0] == "" or message.start[0][:1] in "23"


def _main_answer(
    examples: Sequence[ExampleFact], templates: Sequence[Template]
) -> MessageFact | None:
    """The first documented success, of a request that is no count, link or media variant if there is one."""
    plain_lines = any(
        not str(t.parts[-1]).endswith(("$count", "$ref", "$value")) for t in templates
    )
    for strict in (True, False):
        for example in examples:
            url = example.request.start[1].partition("?")[0].rstrip("/")
            if strict and plain_lines and url.endswith(("$count", "$ref", "$value")):
                continue
            for message in example.responses:
                if _is_success(message):
                    return message
    return None


def _answer_type(
    page: PageFacts, fact: OperationFact, shown: MessageFact | None, work: Structures
) -> tuple[TypeRef | None, bool, bool]:
    """The answer's type, whether it is a collection, and whether the body's shape said so."""
    registry = work.registry
    value = shown.json.value if shown is not None and shown.json is not None else None
    name: str | None = None
    annotated, wrapped = _unwrapped(shown.type) if shown is not None and shown.type else ("", False)
    if annotated:
        name = _type_name(annotated, page, registry)
    body_type = _body_odata_type(value)
    if name is None and body_type:
        name = _type_name(body_type, page, registry)
    said = (
        registry.resolve(fact.response.type, page.path, page.namespace)
        if fact.response.type is not None
        else None
    )
    if name is None and said is not None:
        name = said.name
    elif (
        name is not None and said is not None and said.name != name and not name.startswith("Edm.")
    ):
        related = said.name in tuple(registry.chain(name)) or name in tuple(
            registry.chain(said.name)
        )
        if not related and shown is not None:
            work.found.say(
                "response-type-differs", shown.span, text=said.name, example=name, kept=name
            )
    is_collection = (
        said.is_collection if said is not None else wrapped or bool(shown and shown.is_collection)
    )
    from_shape = False
    if isinstance(value, dict) and "error" not in value:
        if isinstance(value.get("value"), list):
            is_collection, from_shape = True, True
        elif "value" not in value or not isinstance(value["value"], (dict, list)):
            is_collection, from_shape = False, True
        else:
            is_collection, from_shape = (said.is_collection if said is not None else False), True
            if (
                not is_collection
                and len([k for k in value if not _CONTROL.search(k)]) == 1
                and shown is not None
            ):
                work.found.say("body-wrapped", shown.span)
        if (
            from_shape
            and shown is not None
            and shown.is_collection is not None
            and shown.is_collection != is_collection
        ):
            work.found.say(
                "body-list-differs",
                shown.span,
                body="a list" if is_collection else "one object",
                annotation="a list" if shown.is_collection else "one object",
            )
    if name is None and isinstance(value, dict) and "value" in value:
        name = _scalar_type(value["value"])
    return (registry.reference(name) if name else None), is_collection, from_shape


def _scalar_type(value: object) -> str | None:
    """The primitive of a `{"value": …}` that nothing else types."""
    if isinstance(value, list) and value:
        value = value[0]
    if isinstance(value, bool):
        return "Edm.Boolean"
    if isinstance(value, int):
        return "Edm.Int32"
    if isinstance(value, float):
        return "Edm.Double"
    return "Edm.String" if isinstance(value, str) else None


def _type_name(spelled: str, page: PageFacts, registry: Registry) -> str | None:
    """The described type that an annotation means; an unknown name gives `None`."""
    bare = spelled.removeprefix("Edm.")
    if (name := registry.by_name(spelled, page.path, page.namespace)) is not None:
        return name
    if spelled.lower() in ("json", "edm.untyped", "object"):
        return None
    return primitive(bare) or None


def _body_odata_type(value: object) -> str:
    """The `@odata.type` of a body, or of the single object that it wraps."""
    if not isinstance(value, dict):
        return ""
    inner = value.get("value")
    if isinstance(inner, dict):
        value = inner
    own = value.get("@odata.type")
    if isinstance(own, str):
        return _unwrapped(own)[0]
    return ""
