"""What an operation answers: status, type, and whether it is a collection."""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import unquote

from msgspec.structs import replace

from generator.diagnostics import Findings
from generator.model.api import (
    Operation,
    Property,
    Response,
    ResponseKind,
    StructuredType,
    Template,
    TypeKind,
    TypeRef,
)
from generator.model.messages import media_type, unwrapped
from generator.model.paths import split_url, values_in
from generator.model.registry import UNTYPED_REF, Registry
from generator.model.structures import Structures
from generator.pages.facts import ExampleFact, MessageFact, OperationFact, PageFacts
from generator.pages.primitives import primitive

_CONTROL = re.compile(r"@")
_MEDIA = ("application/octet-stream",)
_TELLING = ("location", "operation-location", "content-location", "etag", "retry-after")
_COUNT = TypeRef("Edm.Int32", TypeKind.PRIMITIVE)


def with_answers(
    templates: Sequence[Template],
    response: Response,
    types: Mapping[str, StructuredType],
    named: Mapping[str, str],
) -> tuple[Template, ...]:
    """The request lines, each with its own answer where it is not the page's.

    `named` are the names of `types` by their lower case.

    Where all lines end alike (`…/$value`), the page speaks of that; else `$count`, `$value`, `$ref`,
    a cast and a property of the page's answer have answers of their own.
    """
    lasts = {template.path.rpartition("/")[2] for template in templates}
    whole = _paths_read(templates)
    return tuple(
        replace(template, answer=_line_answer(template, lasts, whole, response, types, named))
        for template in templates
    )


def with_shown_answers(
    page: PageFacts,
    fact: OperationFact,
    examples: Sequence[ExampleFact],
    templates: Sequence[Template],
    response: Response,
    types: Mapping[str, StructuredType],
    work: Structures,
) -> tuple[Template, ...]:
    """The request lines with what an example of their own shows, and as many objects as fit the path.

    A path that ends in a key leads to one; one that another line of the page continues with a key
    leads to a collection (OData URL conventions 4.01, 4.3.1).
    """
    whole = _paths_read(templates)
    quiet = replace(work, found=Findings())  # what the page's own answer is at odds with is said
    told: list[Template] = []
    for template in templates:
        own = template.answer
        if own is None and (shown := _own_answer(template, templates, examples)) is not None:
            alone = _answer(page, fact, shown, [shown], (template,), types, quiet)
            own = alone if (alone.kind, alone.type) != (response.kind, response.type) else None
        told.append(replace(template, answer=_addressed(template, whole, own, response, work)))
    return tuple(told)


def said_once(
    response: Response, templates: tuple[Template, ...]
) -> tuple[Response, tuple[Template, ...]]:
    """An answer that all request lines have is the page's own."""
    answers = {template.answer for template in templates}
    shared = answers.pop() if len(answers) == 1 else None
    if shared is None:
        return response, templates
    page = replace(response, kind=shared.kind, type=shared.type, media_types=shared.media_types)
    return page, tuple(replace(template, answer=None) for template in templates)


def answer_to(operation: Operation, request: MessageFact) -> Response:
    """The answer to an example's request: that of the line which it calls, else the page's."""
    method, url = request.start[0].upper(), request.start[1]
    path = unquote(split_url(url)[0])
    for template in operation.templates:
        if template.method == method and values_in(template, path) is not None:
            return template.answer or operation.response
    return operation.response


def _paths_read(templates: Sequence[Template]) -> set[str]:
    return {template.path for template in templates if template.method == "GET"}


def _own_answer(
    template: Template, templates: Sequence[Template], examples: Sequence[ExampleFact]
) -> MessageFact | None:
    """The first success with a body that is documented for this line and for no other one."""
    for example in examples:
        method, url = example.request.start[0].upper(), example.request.start[1]
        path = unquote(split_url(url)[0])
        fitting = [t for t in templates if t.method == method and values_in(t, path) is not None]
        if fitting != [template]:
            continue
        for message in example.responses:
            if _is_success(message) and message.json is not None:
                return message
    return None


def _addressed(
    template: Template, whole: set[str], own: Response | None, response: Response, work: Structures
) -> Response | None:
    """`own`, or the page's answer with as many objects as the path addresses."""
    answer = own or response
    if template.method != "GET" or answer.type is None:
        return own
    path, _, last = template.path.rpartition("/")
    if answer.kind is ResponseKind.COLLECTION and last.startswith("{") and last.endswith("}"):
        work.found.say("answer-by-key", template.span, path=template.path)
        one = replace(answer.type, is_collection=False)
        is_object = one.kind is TypeKind.STRUCTURED
        kind = ResponseKind.TYPE if is_object else ResponseKind.VALUE
        return replace(answer, kind=kind, type=one)
    if answer.kind is ResponseKind.TYPE and any(_continues(template.path, p) for p in whole):
        work.found.say("answer-of-many", template.span, path=template.path)
        many = replace(answer.type, is_collection=True)
        return replace(answer, kind=ResponseKind.COLLECTION, type=many)
    return own


def _continues(path: str, longer: str) -> bool:
    """Whether `longer` is `path` and a key."""
    above, _, last = longer.rpartition("/")
    return above == path and last.startswith("{") and last.endswith("}")


def _line_answer(
    template: Template,
    lasts: set[str],
    whole: set[str],
    response: Response,
    types: Mapping[str, StructuredType],
    named: Mapping[str, str],
) -> Response | None:
    """The answer of one line (OData URL conventions 4.01, 4.3 to 4.11); `None`: the page's own."""
    above, _, last = template.path.rpartition("/")
    reads = template.method == "GET"
    if last in ("$count", "$value", "$ref") and len(lasts) == 1:
        return None
    if last == "$count" and reads:
        return Response(ResponseKind.MEDIA, (200,), _COUNT, ("text/plain",))
    if last == "$value":
        return Response(ResponseKind.MEDIA, (200,), None, _MEDIA) if reads else _EMPTY
    if last == "$ref":
        if not reads:
            return _EMPTY
        if response.kind is ResponseKind.COLLECTION:
            return Response(response.kind, (200,), replace(UNTYPED_REF, is_collection=True))
        return Response(ResponseKind.VALUE, (200,), UNTYPED_REF)
    if not reads or response.type is None or response.type.kind is not TypeKind.STRUCTURED:
        return None
    if "." in last and above in whole:
        if (cast := named.get(last.lower())) is not None:
            return replace(response, type=replace(response.type, name=cast))
    if response.kind is ResponseKind.COLLECTION:
        above, _, key = above.rpartition("/")
        above = above if key.startswith("{") else ""
    if above in whole and (part := _declared(response.type.name, last, types)) is not None:
        if part.type.is_collection:
            return Response(ResponseKind.COLLECTION, (200,), part.type)
        is_one = part.type.kind is TypeKind.STRUCTURED
        return Response(ResponseKind.TYPE if is_one else ResponseKind.VALUE, (200,), part.type)
    return None


_EMPTY = Response(ResponseKind.NONE, (204,))


def read_answer(
    page: PageFacts,
    fact: OperationFact,
    examples: Sequence[ExampleFact],
    templates: Sequence[Template],
    types: Mapping[str, StructuredType],
    work: Structures,
) -> Response:
    """The success answer.

    Status: the example's, then the prose's. Type: the example's annotation, its body's own
    `@odata.type`, the prose's link. Whether it is a collection: the body's shape, then the prose.
    """
    answers = [m for e in examples for m in e.responses if _is_success(m)]
    shown = _main_answer(examples, templates)
    response = _answer(page, fact, shown, answers, templates, types, work)
    sent = [name.title() for m in answers for name, _ in m.headers if name.lower() in _TELLING]
    headers = dict.fromkeys("ETag" if n == "Etag" else n for n in (*fact.response.headers, *sent))
    return replace(response, headers=tuple(headers))


def _answer(
    page: PageFacts,
    fact: OperationFact,
    shown: MessageFact | None,
    answers: Sequence[MessageFact],
    templates: Sequence[Template],
    types: Mapping[str, StructuredType],
    work: Structures,
) -> Response:
    """The answer that `shown` documents, with the statuses of all `answers`."""
    statuses: dict[int, None] = {}
    if shown is not None and shown.start[0].isdigit():
        statuses.setdefault(int(shown.start[0]))
    said = [status.code for status in fact.response.statuses if status.code >= 200]
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
            if m.json is None and m.body.strip() and (kind := media_type(m)) and "json" not in kind
        )
    )
    if main == 302 or (main == 200 and 302 in order and shown is None):
        return Response(ResponseKind.MEDIA, order, None, media or ("application/octet-stream",))
    if main == 204:
        return Response(ResponseKind.NONE, order)
    ref, is_collection, from_shape = _answer_type(page, fact, shown, types, work)
    if ref is not None and ref.name == "Edm.Stream":
        return Response(ResponseKind.MEDIA, order, None, media or ("application/octet-stream",))
    if main == 202 and (ref is None or (shown is not None and shown.json is None)):
        return Response(ResponseKind.ACCEPTED, order, ref)
    if (
        shown is not None
        and shown.json is None
        and shown.body.strip()
        and "json" not in media_type(shown)
    ):
        return Response(
            ResponseKind.MEDIA, order, None, (media_type(shown) or "application/octet-stream",)
        )
    if shown is not None and shown.json is None and not shown.body.strip() and ref is None:
        kind = media_type(shown)
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
    """The documented success that speaks for the page.

    Of a request that a line of the page fits, and that is no count, link or media variant; then of
    any that fits; then of any at all.
    """
    lasts = {template.path.rpartition("/")[2] for template in templates}
    ranked: list[tuple[bool, bool, MessageFact]] = []
    for example in examples:
        method, url = example.request.start[0].upper(), example.request.start[1]
        path = unquote(split_url(url)[0])
        fits = any(t.method == method and values_in(t, path, re.I) is not None for t in templates)
        last = path.rpartition("/")[2]
        is_variant = last in ("$count", "$ref", "$value") and lasts != {last}
        answer = next((m for m in example.responses if _is_success(m)), None)
        if answer is not None:
            ranked.append((not fits, is_variant, answer))
    return min(ranked, key=lambda rank: rank[:2])[2] if ranked else None


def _answer_type(
    page: PageFacts,
    fact: OperationFact,
    shown: MessageFact | None,
    types: Mapping[str, StructuredType],
    work: Structures,
) -> tuple[TypeRef | None, bool, bool]:
    """The answer's type, whether it is a collection, and whether the body's shape said so.

    Where annotation and prose name types that have nothing to do with each other, the body decides:
    the type that declares more of its properties; the annotation's, where both declare as many.
    """
    registry = work.registry
    value = shown.json.value if shown is not None and shown.json is not None else None
    name: str | None = None
    annotated, wrapped = unwrapped(shown.type) if shown is not None and shown.type else ("", False)
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
            kept = name
            if _shared(value, said.name, types) > _shared(value, name, types):
                kept = said.name
            work.found.say(
                "response-type-differs", shown.span, text=said.name, example=name, kept=kept
            )
            name = kept
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


def _shared(value: object, name: str, types: Mapping[str, StructuredType]) -> int:
    """How many properties of a body's first object the type `name` declares."""
    inner = value.get("value", value) if isinstance(value, dict) else None
    first = inner[0] if isinstance(inner, list) and inner else inner
    if not isinstance(first, dict):
        return 0
    return sum(_declared(name, key, types) is not None for key in first)


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
        return unwrapped(own)[0]
    return ""


def _declared(name: str, prop: str, types: Mapping[str, StructuredType]) -> Property | None:
    """The property of a type or its bases, in any letter case."""
    item = types.get(name)
    while item is not None:
        for known in item.properties:
            if known.name.lower() == prop.lower():
                return known
        item = types.get(item.base) if item.base is not None else None
    return None
