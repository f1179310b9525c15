"""Operation pages → operations: templates, typed parameters, body, answer, examples."""

import re
from collections.abc import Collection, Mapping, Sequence
from urllib.parse import unquote

from msgspec.structs import replace

from generator.diagnostics import Findings, Parsed
from generator.memo import Batch, Kept, Memo
from generator.model.addressed import Addressed, addresses_in, gather_addressed
from generator.model.answers import (
    read_answer,
    said_once,
    with_answers,
    with_shown_answers,
)
from generator.model.api import (
    Body,
    BodyKind,
    Example,
    Operation,
    Parameter,
    StructuredType,
    Template,
)
from generator.model.bodies import parameter, read_body, with_media
from generator.model.conformance import Conformance, check_examples
from generator.model.messages import host_of, is_misspelt, version_of
from generator.model.paths import (
    extended,
    kebab,
    read_template,
    split_url,
    values_in,
    varied,
)
from generator.model.promises import answer_type, with_answer_type, with_promise
from generator.model.structures import Structures
from generator.pages.facts import (
    ExampleFact,
    MethodFact,
    OperationFact,
    PageFacts,
    PropertyFact,
    TypePhrase,
    TypeWord,
)
from generator.values import Sealed, Value


class Told(Value):
    """What all pages together tell the page of each operation.

    `promises` are rows of Methods tables by the lower-case path of the page they lead to. `words`
    are those that stand in some path for themselves, `service` has the `host` and the `version`.
    """

    settled: Structures
    types: Mapping[str, StructuredType]
    promises: Mapping[str, MethodFact]
    words: Mapping[str, str]
    service: Mapping[str, str]

    def structures(self, found: Findings) -> Structures:
        return replace(self.settled, found=found)


def build_operations(
    pages: Mapping[str, PageFacts],
    told: Told,
    conformance: Conformance,
    memo: Memo,
    owns: Mapping[str, bytes],
) -> Batch[Operation]:
    """The operation of each of the pages that `owns` has digests of, with every type resolved.

    Bodies come last: an update sends what other pages say its URL answers with.
    """
    begun = memo.batch(
        "begun operations", owns, lambda path: _begin(pages[path], told), addresses_in
    )
    addressed = gather_addressed(each for found in begun.briefs.values() for each in found)
    noted = Addressed(memo.noted("one", addressed.one), memo.noted("many", addressed.many))
    return memo.batch(
        "operations",
        {path: own + begun.signs[path] for path, own in owns.items()},
        lambda path: _finish(pages[path], begun[path], noted, told, conformance),
        lambda operation: None,
    )


def _begin(page: PageFacts, told: Told) -> Parsed[Operation]:
    """The operation of one page, but for its body."""
    found = Findings()
    work = told.structures(found)
    types, namespace = told.types, page.namespace
    host, version = told.service["host"], told.service["version"]
    fact = _fact(page, told, found)
    rows = {kebab(row.name): parameter(row, page.path, namespace, work) for row in fact.parameters}
    templates = tuple(found.take(read_template(template, rows)) for template in fact.templates)
    examples = _own_examples(fact, host, version, found)
    templates = (*templates, *_shown_lines(templates, examples, rows, found))
    response = read_answer(page, fact, examples, templates, types, work)
    templates = (*templates, *_other_ways(templates, examples, rows, told.words, found))
    templates = with_answers(templates, response, types, work.registry.structured)
    templates = with_shown_answers(page, fact, examples, templates, response, types, work)
    response, templates = said_once(response, templates)
    operation = Operation(
        page.path,
        page.title,
        fact.text,
        namespace,
        page.spellings,
        templates,
        _query(page, fact, templates, work),
        tuple(option.name for option in fact.options if option.is_offered),
        fact.headers,
        fact.permissions,
        Body(BodyKind.NONE),
        response,
        Sealed(tuple(Example(e.title, e.request, e.responses) for e in examples)),
        fact.errors,
        fact.is_function or any(p.is_argument for t in templates for p in t.placeholders),
        fact.span,
        fact.deprecated,
        tuple(option.name for option in fact.options if not option.is_offered),
    )
    return Parsed(operation, found.as_said())


def _fact(page: PageFacts, told: Told, found: Findings) -> OperationFact:
    """What the page states of its operation, with what is said elsewhere of its answer."""
    assert page.operation is not None
    fact = with_answer_type(page.operation.value, answer_type(page))
    return with_promise(fact, told.promises.get(page.path.lower()), found)


def _finish(
    page: PageFacts,
    begun: Kept[Operation],
    addressed: Addressed,
    told: Told,
    conformance: Conformance,
) -> Parsed[Operation]:
    """The operation of one page with its body, and with what its examples contradict.

    All that is to be said of the page's operation is said here.
    """
    found = Findings()
    found.add(begun.diagnostics)
    fact = _fact(page, told, Findings())
    work = told.structures(found)
    operation = begun.value
    body = read_body(page, fact, operation, addressed, told.types, work)
    operation = replace(operation, body=with_media(body, operation.examples.value))
    check_examples(operation, conformance, found)
    return Parsed(operation, found.as_said())


def _shown_lines(
    templates: tuple[Template, ...],
    examples: Sequence[ExampleFact],
    rows: Mapping[str, Parameter],
    found: Findings,
) -> list[Template]:
    """Request lines that only examples show: a listed one with a count, a cast or arguments after it."""
    added: dict[tuple[str, str], Template] = {}
    for example in examples:
        method, url = example.request.start[0].upper(), example.request.start[1]
        path = unquote(split_url(url)[0])
        if any(
            t.method == method and values_in(t, path) is not None
            for t in (*templates, *added.values())
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


def _other_ways(
    templates: tuple[Template, ...],
    examples: Sequence[ExampleFact],
    rows: Mapping[str, Parameter],
    words: Collection[str],
    found: Findings,
) -> list[Template]:
    """Request lines that only examples show: `/me` where the page lists `/users/{id}`.

    They say nothing of the page's answer: what stands at their end is what the listed lines lead
    to.
    """
    added: dict[tuple[str, str], Template] = {}
    for example in examples:
        method, url = example.request.start[0].upper(), example.request.start[1]
        path = unquote(split_url(url)[0])
        known = [t for t in (*templates, *added.values()) if t.method == method]
        if any(values_in(template, path, re.I) is not None for template in known):
            continue
        span = example.request.span
        ways = (varied(template, path, words, span) for template in templates if template in known)
        if (fact := next(filter(None, ways), None)) is not None:
            found.say("request-line-in-example", span, path=fact.path)
            line = found.take(read_template(fact, rows))
            added.setdefault((line.method, line.path.lower()), line)
    return list(added.values())


def _own_examples(
    fact: OperationFact, host: str, version: str, found: Findings
) -> tuple[ExampleFact, ...]:
    """The examples that call this service; others are callbacks and uploads elsewhere."""
    own: list[ExampleFact] = []
    for example in fact.examples:
        other = host_of(example.request.start[1])
        if other and host and other != host and not is_misspelt(other, host):
            found.say("example-callback", example.request.span, host=other)
            continue
        called = version_of(example.request.start[1])
        if called and version and called.lower() != version.lower():
            found.say(
                "example-version-differs", example.request.span, found=called, expected=version
            )
        own.append(example)
    return tuple(own)


def _query(
    page: PageFacts, fact: OperationFact, templates: Sequence[Template], work: Structures
) -> tuple[Parameter, ...]:
    """The page's own query options: from the tables, and from `?a={b}` in its request lines."""
    arguments = {p.name.lower() for t in templates for p in t.placeholders}
    options: dict[str, Parameter] = {}
    for row in fact.query:
        options.setdefault(row.name.lower(), parameter(row, page.path, page.namespace, work))
    # parameters that a page's own lines do not show travel in the query (OData URL conventions
    # 4.01, 5.3.1.2), even where an example shows them in the path
    own = templates[: len(fact.templates)]
    arguments = {p.name.lower() for t in own for p in t.placeholders}
    blanks = {kebab(p.name) for t in own for p in t.placeholders}
    is_function = fact.is_function or any(p.is_argument for t in templates for p in t.placeholders)
    for row in fact.parameters:
        if row.name.lower() not in arguments and kebab(row.name) not in blanks and is_function:
            options.setdefault(row.name.lower(), parameter(row, page.path, page.namespace, work))
    for template in fact.templates:
        for name in re.findall(r"(?:^|[?&])([A-Za-z_][\w.]*)=", template.query):
            if name.lower() not in arguments:
                row = PropertyFact(
                    name, TypePhrase((TypeWord("String", "", "Edm.String"),)), "", template.span
                )
                options.setdefault(name.lower(), parameter(row, page.path, page.namespace, work))
    return tuple(options.values())
