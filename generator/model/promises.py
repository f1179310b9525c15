"""What operations answer with whose pages name no type: a table's object, or what Methods promise."""

import re
from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from generator.diagnostics import Findings, Parsed
from generator.memo import Memo
from generator.pages.facts import (
    MethodFact,
    OperationFact,
    PageFacts,
    TypeFact,
    TypePhrase,
    TypeWord,
)
from generator.values import sign


class Promises(Mapping[str, MethodFact]):
    """The Methods row that promises a return type, by the lower-case path of the page it leads to.

    Of several rows that lead to one page the first counts, in the order of the pages.
    """

    def __init__(
        self, pages: Mapping[str, PageFacts], memo: Memo, owns: Mapping[str, bytes]
    ) -> None:
        """The rows of each page are a unit of `memo`; `owns` are digests of the pages' facts."""
        self._rows = memo.batch(
            "promises of pages",
            owns,
            lambda path: Parsed(_promises_on(pages[path])),
            lambda rows: {target: sign(row) for target, row in rows.items()} or None,
        )
        self._pages: dict[str, str] = {}
        self.signs: dict[str, bytes] = {}
        for path in owns:
            for target, told in self._rows.briefs.get(path, {}).items():
                if target not in self._pages:
                    self._pages[target], self.signs[target] = path, told

    def __getitem__(self, target: str) -> MethodFact:
        return self._rows[self._pages[target]].value[target]

    def __iter__(self) -> Iterator[str]:
        return iter(self._pages)

    def __len__(self) -> int:
        return len(self._pages)


def _promises_on(page: PageFacts) -> Mapping[str, MethodFact]:
    promises: dict[str, MethodFact] = {}
    for method in page.methods:
        if method.returns is not None:
            promises.setdefault(method.target.partition("#")[0], method)
    return promises


def with_promise(fact: OperationFact, promise: MethodFact | None, found: Findings) -> OperationFact:
    """The operation, with the return type of a Methods row where its own page has none."""
    if promise is None or promise.returns is None or not _is_untyped(fact):
        return fact
    found.say(
        "answer-from-methods",
        fact.response.span,
        type=promise.returns.words[0].text,
        where=str(promise.span),
    )
    return replace(fact, response=replace(fact.response, type=promise.returns))


def answer_type(page: PageFacts) -> TypeFact | None:
    """A type for a table that describes a page's answer and names no type.

    It is named after the page's file, since titles repeat: `driveItemPreviewResponse`. A primitive
    type in the text is not that of an object, but of something in it.
    """
    operation = page.operation.value if page.operation is not None else None
    if operation is None or not operation.response.rows or _is_named(operation.response.type):
        return None
    name = _answer_name(page)
    rows = operation.response.rows
    return TypeFact(
        name,
        page.namespace,
        name,
        "",
        rows[0].span,
        properties=rows,
        is_annotated=False,
        is_api_page=True,
    )


def with_answer_type(fact: OperationFact, made: TypeFact | None) -> OperationFact:
    """The operation, answering with the type that was made for it."""
    if made is None:
        return fact
    return replace(fact, response=replace(fact.response, type=TypePhrase((TypeWord(made.name),))))


def _answer_name(page: PageFacts) -> str:
    """A name for what a page answers with: its file's words, with the capitals of its title."""
    words = re.findall(r"\w+", page.path.rpartition("/")[2].removesuffix(".md"))
    titled = re.findall(r"\w+", page.title)
    if "".join(titled).lower() == "".join(words).lower():
        words = titled
    joined = "".join(word[:1].upper() + word[1:] for word in words)
    return f"{joined[:1].lower()}{joined[1:]}Response"


def _is_named(phrase: TypePhrase | None) -> bool:
    return phrase is not None and not all(word.primitive for word in phrase.words)


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
