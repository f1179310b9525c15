"""What the Methods tables of types promise of operations whose own pages name no type."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from generator.diagnostics import Findings
from generator.pages.facts import MethodFact, OperationFact, PageFacts


def with_promises(pages: Sequence[PageFacts], found: Findings) -> list[PageFacts]:
    """The pages, with the return type of a Methods row where an operation's own page has none.

    Of several rows that lead to one page the first counts, in the order of the pages.
    """
    promises = _promises(pages)
    told: list[PageFacts] = []
    for page in pages:
        promise = promises.get(page.path.lower())
        if promise is None or page.operation is None or not _is_untyped(page.operation):
            told.append(page)
            continue
        response = page.operation.response
        word = promise.returns.words[0] if promise.returns is not None else None
        found.say(
            "answer-from-methods",
            response.span,
            type=word.text if word is not None else "",
            where=str(promise.span),
        )
        operation = replace(page.operation, response=replace(response, type=promise.returns))
        told.append(replace(page, operation=operation))
    return told


def _promises(pages: Iterable[PageFacts]) -> Mapping[str, MethodFact]:
    promises: dict[str, MethodFact] = {}
    for page in pages:
        for method in page.methods:
            if method.returns is not None:
                promises.setdefault(method.target.partition("#")[0], method)
    return promises


def _is_untyped(operation: OperationFact) -> bool:
    """Whether neither text nor examples name a type, and something is answered."""
    response = operation.response
    answers = [m for example in operation.examples for m in example.responses]
    statuses = [status.code for status in response.statuses]
    says_nothing = response.says_nothing or response.is_media or statuses[:1] in ([202], [204])
    return (
        response.type is None
        and not says_nothing
        and not any(message.type for message in answers)
        and not any(message.start[0] in ("202", "204", "302") for message in answers)
    )
