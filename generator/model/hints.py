"""What the page of an operation tells of more than its operation: types, services, words of paths."""

from generator.diagnostics import Findings, Parsed
from generator.model.messages import services_in
from generator.model.paths import words_of
from generator.model.promises import answer_type
from generator.model.structures import adds_types
from generator.pages.facts import BodyKind, PageFacts, PropertyFact, TypeFact
from generator.values import Value


class Hints(Value):
    """What one page tells.

    `services` are the host and version of each URL that its examples request, `words` stand in its
    paths for themselves. `rows` are those of its tables that may add to enumerations and
    undescribed types. `answer` is the type that its answer's table describes, and `target` the page
    that describes the type of its request body, if the page itself lists the properties too.
    """

    services: tuple[tuple[str, str], ...] = ()
    words: tuple[str, ...] = ()
    rows: tuple[PropertyFact, ...] = ()
    answer: TypeFact | None = None
    target: str = ""


def read_hints(page: PageFacts) -> Parsed[Hints]:
    """What the page of an operation tells; nothing for a page of another kind."""
    if page.operation is None:
        return Parsed(Hints())
    fact = page.operation.value
    found = Findings()
    answer = answer_type(page)
    if answer is not None:
        found.say("answer-type-made", answer.span, type=answer.name)
    has_body = body_type(page) is not None
    hints = Hints(
        services_in(fact),
        tuple(sorted(words_of(line.path for line in fact.templates))),
        tuple(filter(adds_types, (*fact.parameters, *fact.query, *fact.body.rows))),
        answer,
        fact.body.word.target.partition("#")[0] if has_body and fact.body.word else "",
    )
    return Parsed(hints, found.as_said())


def body_type(page: PageFacts) -> TypeFact | None:
    """The type that an operation's request body links to and whose properties its table lists."""
    body = page.operation.value.body if page.operation is not None else None
    if body is None or body.kind is not BodyKind.TYPE or body.word is None or not body.rows:
        return None
    local = body.word.text
    target = body.word.target.partition("#")[0]
    if not target.endswith(".md") or not local.rpartition(".")[2].isidentifier():
        return None
    return TypeFact(
        local,
        page.namespace,
        local,
        "",
        body.span,
        properties=body.rows,
        is_annotated=False,
        is_api_page=True,
    )
