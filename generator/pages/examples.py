"""Which response answers which request (messages in document order, whatever their annotation)."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from msgspec.structs import replace

from generator.diagnostics import Findings, Parsed
from generator.markdown.document import CodeBlock, Section
from generator.markdown.inline import plain
from generator.pages.facts import ExampleFact, MessageFact
from generator.pages.fences import split_requests
from generator.pages.headings import heading_name
from generator.pages.http import read_message
from generator.pages.json_text import read_json
from generator.pages.resource import annotated_type

_BORING = re.compile(
    r"^(?:http )?(?:sample |example )?(?:requests?|responses?|examples?)(?: \d+)?$|^request and response$"
)


class Shown(NamedTuple):
    """A code block in an example position, its section, and what its first line says it is."""

    block: CodeBlock
    section: Section
    kind: str  # request, response or json


class _Open(NamedTuple):
    title: str
    request: MessageFact
    responses: list[MessageFact]


def pair_examples(shown: Sequence[Shown]) -> Parsed[tuple[ExampleFact, ...]]:
    """Pair requests and responses.

    A response goes to the requests it names; else to the nearest request above it; a further
    response goes to the same one. JSON under a heading that says response is a body without status; JSON
    below a request that announces it and has none is the request's.
    """
    found = Findings()
    examples: list[_Open] = []
    pieces = [
        Shown(p, s, k)
        for b, s, k in shown
        for p in (found.take(split_requests(b)) if k == "request" else (b,))
    ]
    for block, section, kind in pieces:
        if kind == "json":
            body = _bodiless(examples, block, section, found)
            if body is not None:
                examples[-1].responses.append(body)
            elif examples and _lacks_body(examples[-1]):
                examples[-1] = _with_body(examples[-1], block, found)
            continue
        message = found.take(read_message(block))
        if message is None:
            continue
        if kind == "request":
            if block.annotation is not None and block.annotation.block_type == "ignored":
                found.say("example-ignored", message.span)
            examples.append(_Open(_title(section), message, []))
        else:
            _answer(examples, message, found)
    for example in examples:
        if not example.responses:
            found.say("example-without-response", example.request.span)
    facts = tuple(ExampleFact(e.title, e.request, tuple(e.responses)) for e in examples)
    return Parsed(facts, found.as_said())


def _answer(examples: list[_Open], message: MessageFact, found: Findings) -> None:
    names = message.names or ((message.name,) if message.name else ())
    named = [e for name in names for e in examples if e.request.name == name]
    if named:
        for example in named:
            example.responses.append(message)
        return
    if message.names:
        found.say("response-name-unknown", message.span, name=", ".join(message.names))
    if not examples:
        found.say("response-before-request", message.span)
        return
    examples[-1].responses.append(message)


def _bodiless(
    examples: list[_Open], block: CodeBlock, section: Section, found: Findings
) -> MessageFact | None:
    """A response of which the page shows the body alone; its status is the prose's to say."""
    heading = heading_name(section.heading) if section.heading else ""
    label = block.annotation.block_type if block.annotation else ""
    if not examples or examples[-1].responses or not ("response" in heading or label == "response"):
        return None
    fact = found.take(read_json(block.text, block.span.at_line(block.span.first + 1)))
    return MessageFact(
        ("", ""), (), block.text.strip("\n"), fact, block.span, text=block.text.strip("\n")
    )


def _lacks_body(example: _Open) -> bool:
    """Whether a request announces JSON and shows none: a notification, whose JSON stands below."""
    request = example.request
    announced = any(n.lower() == "content-type" and "json" in v for n, v in request.headers)
    return announced and not request.body and not example.responses


def _with_body(example: _Open, block: CodeBlock, found: Findings) -> _Open:
    fact = found.take(read_json(block.text, block.span.at_line(block.span.first + 1)))
    body = block.text.strip("\n")
    request = replace(
        example.request,
        body=body,
        json=fact,
        text=f"{example.request.text}\n\n{body}",
        type=example.request.type or annotated_type(block.annotation),
    )
    return example._replace(request=request)


def _title(section: Section) -> str:
    """The nearest heading above that says more than "Request"."""
    headings = [
        h for h in (section.heading, *reversed(section.trail)) if h is not None and h.level > 1
    ]
    for heading in headings:
        text = plain(heading.text).strip()
        if not _BORING.match(heading_name(heading)):
            return text
    return ""
