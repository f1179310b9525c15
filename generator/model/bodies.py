"""What an operation's request carries."""

from collections.abc import Collection, Mapping, Sequence

from msgspec.structs import replace

from generator.model.addressed import (
    Addressed,
    created_type,
    property_names,
    updated_type,
)
from generator.model.api import (
    Body,
    Example,
    Operation,
    Parameter,
    Response,
    ResponseKind,
    StructuredType,
    TypeKind,
    TypeRef,
)
from generator.model.api import BodyKind as Kind
from generator.model.messages import media_type, unwrapped
from generator.model.registry import Registry
from generator.model.shapes import shape_type
from generator.model.structures import Structures, property_type
from generator.pages.facts import (
    BodyKind,
    MessageFact,
    Notes,
    OperationFact,
    PageFacts,
    PropertyFact,
    TypeWord,
)
from generator.pages.json_text import locate


def parameter(row: PropertyFact, page: str, namespace: str, work: Structures) -> Parameter:
    """A row of a parameter table; values that a String's description lists stay beside it."""
    ref = property_type(row, page, namespace, "", work)
    listed = row.values if row.values is not None and ref.name == "Edm.String" else None
    values = (*listed.members, *listed.hidden) if listed is not None else ()
    return Parameter(row.name, ref, row.text, row.notes, row.span, values)


def read_body(
    page: PageFacts,
    fact: OperationFact,
    operation: Operation,
    addressed: Addressed,
    types: Mapping[str, StructuredType],
    work: Structures,
) -> Body:
    """What the request carries: the section's words, then the request line, then the example.

    `operation` has all but its body.
    """
    templates, response = operation.templates, operation.response
    examples = operation.examples.value
    methods = {template.method for template in templates} or {
        e.request.start[0].upper() for e in examples[:1]
    }
    sent = [e.request for e in examples if e.request.body.strip()]
    media = tuple(dict.fromkeys(media_type(m) for m in sent if m.json is None and media_type(m)))
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
    if methods <= {"PATCH", "PUT"} and (ref is None or kind is BodyKind.PARAMETERS):
        # only POST calls an action (OData Protocol 4.01, 11.5.5); these update what is there
        one = response.type if response.kind is ResponseKind.TYPE else None
        name, foreign = updated_type(templates, parameters, ref or one, addressed, types)
        is_fitting = len(foreign) < len(rows) if kind is BodyKind.PARAMETERS else True
        is_sent = kind is not BodyKind.UNSTATED or any(m.json is not None for m in sent)
        if name is not None and is_fitting and is_sent:
            for row in foreign:
                work.found.say("update-property-unknown", row.span, name=row.name, type=name)
            kind, ref = BodyKind.TYPE, work.registry.reference(name)
    if kind is BodyKind.PARAMETERS and methods == {"POST"} and _is_creation(rows, response, types):
        kind, ref = BodyKind.TYPE, response.type
    if kind is BodyKind.PARAMETERS and methods == {"POST"} and not fact.is_function:
        created = created_type(templates, parameters, addressed, types)
        kind = BodyKind.TYPE if created is not None else kind
        ref = work.registry.reference(created) if created is not None else ref
    if kind is BodyKind.TYPE and ref is not None and ref.kind is TypeKind.STRUCTURED:
        is_bounded = methods <= {"PATCH", "PUT"} or fact.body.kind is BodyKind.PARAMETERS
        ref = replace(ref, is_collection=_is_list(sent))
        return Body(Kind.TYPE, ref, listed=parameters, is_bounded=is_bounded)
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


def with_media(body: Body, examples: Sequence[Example]) -> Body:
    """A JSON body, with the media types of what examples send in its place: a mail, a picture.

    What claims to be JSON and is none is no other kind of body.
    """
    if body.kind not in (Kind.TYPE, Kind.PARAMETERS, Kind.JSON):
        return body
    sent = (e.request for e in examples if e.request.json is None and e.request.body.strip())
    kinds = (kind for kind in map(media_type, sent) if kind and "json" not in kind)
    return replace(body, media_types=tuple(dict.fromkeys(kinds)))


def _is_creation(
    rows: Sequence[PropertyFact], response: Response, types: Mapping[str, StructuredType]
) -> bool:
    """Whether the "parameters" are properties of what the answer creates.

    The answer is `201 Created`, and every row is a property of its type or of a derived one.
    """
    if 201 not in response.statuses[:1] or response.type is None or response.type.name not in types:
        return False
    names = property_names(response.type.name, types, with_derived=True)
    return bool(rows) and all(row.name.lower() in names for row in rows)


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

    A single one that wraps an object of the table's rows, or a list of these, is the only
    parameter: the table then describes what is in it (`{"passwordCredential": {"displayName": …}}`,
    `{"value": [{"id": …}]}`).
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
            inside = inner if isinstance(inner, list) else [inner]
            wraps = len(value) == 1 and bool(inside) and all(_is_of(o, known) for o in inside)
            span = locate(message.json, (name,))
            work.found.say("example-property-unknown", span, name=name, type="the request body")
            shown = (
                replace(ref, is_collection=isinstance(inner, list))
                if wraps and ref is not None
                else shape_type(inner, work.registry, page.namespace)
            )
            text = " ".join(f"`{p.name}`: {p.text}" for p in parameters) if wraps else ""
            made.setdefault(name.lower(), Parameter(name, shown, text, Notes(), span))
            if wraps:
                return (made[name.lower()],)
    return (*parameters, *made.values())


def _is_of(value: object, known: Collection[str]) -> bool:
    """Whether a value is an object with some of the `known` properties (lower-case) and no others."""
    return isinstance(value, dict) and bool(value) and all(key.lower() in known for key in value)


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
            name := registry.find(TypeWord(unwrapped(message.type)[0]), page.path, page.namespace)
        ):
            return registry.reference(name)
    return None
