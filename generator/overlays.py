"""Corrections beside the docs: YAML that overrides a fact of a page, with the reason for it.

Takes an overlay file, gives corrections; takes facts, gives facts that say what the corrections
say. Invariant: a correction counts only as long as the text that it overrides is the one that its
author saw. Once that has changed the page is taken at its word, and the correction is reported.

An overlay is a list of entries:

    - page: resources/user.md
      property: mail          # a row of any table: a property, a parameter …
      type: String collection # as a type cell of that page would say it
      name: mails             # and the name, where that is wrong
      description: Addresses. # all that its cell would say, "Read-only." and values included
      reason: The service answers with several.
      hash: 1f2e3d4c5b6a      # of the text of the row; a run without it tells it
    - page: resources/user.md
      member: Unkown          # of an enumeration
      name: unknown           # and its description
      …
    - page: resources/user.md
      resource: user          # or enumeration, by its name, or operation, by the page's title
      description: Somebody who signs in.
      …                       # the hash is that of the description
    - page: api/user-get.md
      example: 1              # the first on the page
      response: |             # or request, or both: the whole message
        HTTP/1.1 200 OK
        …
"""

import hashlib
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Final

import yaml
from msgspec import Struct
from msgspec.structs import replace

from generator.diagnostics import Diagnostic, Findings, Parsed, Span, finding
from generator.markdown.document import CodeBlock
from generator.markdown.inline import plain
from generator.pages.facts import (
    EnumFact,
    ExampleFact,
    HeaderFact,
    MemberFact,
    MessageFact,
    PageFacts,
    PropertyFact,
    TypeFact,
    TypePhrase,
)
from generator.pages.headers import says_required
from generator.pages.http import read_message
from generator.pages.properties import redescribed
from generator.pages.types import read_type
from generator.textfile import Docs, TextFile
from generator.values import Sealed, Value

_SAYS: Final[Mapping[str, tuple[str, ...]]] = {  # an entry has one of these keys
    "property": ("name", "type", "description"),
    "member": ("name", "description"),
    "example": ("request", "response"),
    "resource": ("description",),
    "enumeration": ("description",),
    "operation": ("description",),
}
_DIGITS: Final = 12  # of a hash
_BETWEEN_PARAGRAPHS: Final = re.compile(r"\n\s*\n")


class Word(Value):
    """A text of an overlay, and the line on which it begins."""

    text: str
    span: Span


class Correction(Value):
    """One entry: which fact of which page, what it should say, why, and what was seen there."""

    page: str
    what: str
    which: str
    says: Mapping[str, Word]
    reason: str
    hash: str
    span: Span


class Applied(Value):
    """A correction in effect: the kind of thing, its name and its place as they are now.

    `moved` maps the place of a message, which is in the overlay, to the one on the page.
    """

    what: str
    name: str
    span: Span
    reason: str
    moved: Mapping[Span, Span]


class Corrected(Value):
    """Facts with all corrections, by path, and what of them is corrected.

    `changed` are the paths of pages whose facts are different now; `pages` are those that the
    corrections are for, by the places of the corrections.
    """

    facts: Mapping[str, PageFacts]
    changed: Collection[str]
    applied: tuple[Applied, ...]
    pages: Mapping[Span, str]


def read_overlay(file: TextFile) -> Parsed[tuple[Correction, ...]]:
    """The corrections of one file; an entry that is none is reported and left out."""
    try:
        root = yaml.compose(file.text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = Span(file.path, mark.line + 1 if mark else 1, mark.column + 1 if mark else 1)
        problem = getattr(error, "problem", None) or "it is no YAML"
        return Parsed((), (finding("overlay-unreadable", place, problem=problem),))
    if root is None:
        return Parsed(())
    if not isinstance(root, yaml.SequenceNode):
        problem = "it is no list of entries"
        return Parsed((), (finding("overlay-unreadable", Span(file.path, 1), problem=problem),))
    read: list[Correction] = []
    found = Findings()
    for node in root.value:
        entry = _read_entry(node, file.path)
        if isinstance(entry, Correction):
            read.append(entry)
        else:
            found.say("overlay-unreadable", _span(node, file.path), problem=entry)
    return Parsed(tuple(read), found.as_said())


def correct(
    facts: Mapping[str, PageFacts], docs: Docs, corrections: Sequence[Correction]
) -> Parsed[Corrected]:
    """The facts with these corrections; each of them that is for a page of the facts is reported.

    So is one for a page that the docs do not have; one that the user leaves out may be corrected.
    """
    pages = {page.path.lower() for page in docs.pages}
    pages |= {path.lower() for path in docs.source.left_out}
    due: dict[str, list[Correction]] = {}
    for correction in corrections:
        due.setdefault(correction.page.lower(), []).append(correction)
    found = Findings()
    lines = _Lines(docs)
    corrected: dict[str, PageFacts] = {}
    applied: list[Applied] = []
    for path in facts:
        for correction in due.get(path.lower(), ()):
            page = corrected.get(path) or facts[path]
            corrected[path], made = found.take(_corrected(page, lines, correction))
            applied.extend(made)
    for path in due.keys() - pages:
        for correction in due[path]:
            found.say("overlay-unmatched", correction.span, what="page", name=correction.page)
    by_place = {correction.span: correction.page for correction in corrections}
    told = _Facts(facts, corrected)
    return Parsed(Corrected(told, corrected.keys(), tuple(applied), by_place), found.as_said())


class _Facts(Mapping[str, PageFacts]):
    """Facts by path, some of them corrected."""

    def __init__(self, stated: Mapping[str, PageFacts], corrected: Mapping[str, PageFacts]) -> None:
        self._stated = stated
        self._corrected = corrected

    def __getitem__(self, path: str) -> PageFacts:
        return self._corrected.get(path) or self._stated[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._stated)

    def __len__(self) -> int:
        return len(self._stated)


def hash_of(text: str) -> str:
    """What stands for a text in `hash`: blanks at the ends of its lines do not count."""
    plain = "\n".join(line.strip() for line in text.strip().split("\n"))
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]


# --- reading


def _span(node: yaml.Node, path: str) -> Span:
    return Span(path, node.start_mark.line + 1, node.start_mark.column + 1)


def _read_entry(node: yaml.Node, path: str) -> Correction | str:
    """An entry, or what is wrong with it."""
    if not isinstance(node, yaml.MappingNode):
        return "an entry is a table"
    words: dict[str, Word] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode) or not isinstance(value, yaml.ScalarNode):
            return "an entry has texts and nothing else"
        words[key.value] = Word(value.value, _span(value, path))
    named = [what for what in _SAYS if what in words]
    if len(named) != 1:
        return f"an entry has one of {', '.join(_SAYS)}"
    what = named[0]
    says = {key: words[key] for key in _SAYS[what] if key in words}
    if not says:
        return f"an entry with {what} has {' or '.join(_SAYS[what])}"
    if missing := [key for key in ("page", "reason") if key not in words]:
        return f"the entry has no {' and no '.join(missing)}"
    if unknown := sorted(set(words) - {"page", "reason", "hash", what, *_SAYS[what]}):
        return f"an entry with {what} has no {', '.join(unknown)}"
    text = {key: word.text for key, word in words.items()}
    return Correction(
        text["page"],
        what,
        text[what],
        says,
        text["reason"],
        text.get("hash", ""),
        _span(node, path),
    )


# --- correcting one page


class _Lines:
    """The lines of pages and includes, read when a correction meets them."""

    def __init__(self, docs: Docs) -> None:
        files = (*docs.pages, *docs.includes.files.values())
        self._files = {file.path.lower(): file for file in files}
        self._read: dict[str, list[str]] = {}

    def at(self, span: Span) -> str:
        path = span.path.lower()
        if path not in self._read:
            self._read[path] = self._files[path].text.split("\n")
        return "\n".join(self._read[path][span.first - 1 : max(span.last, span.first)])


class _Fault(Exception):
    """What a correction says cannot be read."""


class _Meeting(Struct):
    """One correction on its way over a page: what it met, and what it did."""

    correction: Correction
    lines: _Lines
    hashes: dict[str, None]  # of the texts that it could have meant
    places: list[Span]  # where it took effect
    moved: dict[Span, Span]  # as `Applied` has it

    def takes(self, name: str, text: str, span: Span) -> bool:
        """Whether the fact of that name, text and place is the one that is meant."""
        if name != self.correction.which:
            return False
        hashed = hash_of(text)
        self.hashes[hashed] = None
        if hashed != self.correction.hash:
            return False
        self.places.append(span)
        return True

    def takes_type(self, name: str, text: str, span: Span) -> bool:
        """The same for a type, which a page may write with its namespace and an entry without."""
        local = name.rpartition(".")[2]
        return self.takes(local if self.correction.which == local else name, text, span)

    def applied(self) -> list[Applied]:
        correction = self.correction
        name = correction.says.get("name")
        now = {there: here for here, there in self.moved.items()}
        return [
            Applied(
                correction.what,
                name.text if name is not None else correction.which,
                now.get(place, place),
                correction.reason,
                self.moved,
            )
            for place in self.places
        ]

    def description(self) -> str | None:
        """The paragraphs that the correction puts in the place of a description, if it does."""
        word = self.correction.says.get("description")
        if word is None:
            return None
        paragraphs = map(plain, _BETWEEN_PARAGRAPHS.split(word.text))
        return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)

    def takes_row(self, name: str, span: Span) -> bool:
        return self.takes(name, self.lines.at(span), span)


def _corrected(
    page: PageFacts, lines: _Lines, correction: Correction
) -> Parsed[tuple[PageFacts, list[Applied]]]:
    """The page as the correction has it, or as it is, with the reason."""
    meeting = _Meeting(correction, lines, {}, [], {})
    try:
        made = _CORRECT[correction.what](page, meeting)
    except _Fault as fault:
        unread = finding("overlay-unreadable", correction.span, problem=str(fault))
        return Parsed((page, []), (unread,))
    told: Diagnostic
    if meeting.places:
        details = {"name": correction.which, "reason": correction.reason}
        told = finding("overlay-applied", meeting.places[0], **details)
    elif meeting.hashes:
        told = finding(
            "overlay-stale",
            correction.span,
            name=correction.which,
            page=page.path,
            hash=" or ".join(meeting.hashes),
        )
    else:
        told = finding(
            "overlay-unmatched", correction.span, what=correction.what, name=correction.which
        )
    return Parsed((made, meeting.applied()) if meeting.places else (page, []), (told,))


def _with_property(page: PageFacts, meeting: _Meeting) -> PageFacts:
    says = meeting.correction.says

    def row(fact: PropertyFact) -> PropertyFact:
        if not meeting.takes_row(fact.name, fact.span):
            return fact
        if "description" in says:
            cell = " ".join(says["description"].text.split())
            fact = redescribed(fact, cell, page.path)
        name = says["name"].text if "name" in says else fact.name
        return replace(fact, name=name, type=_type(says, page.path, fact.type))

    def header(fact: HeaderFact) -> HeaderFact:
        if not meeting.takes_row(fact.name, fact.span):
            return fact
        if "type" in says:
            raise _Fault("a header has no type")
        name = says["name"].text if "name" in says else fact.name
        if (value := meeting.description()) is None:
            return replace(fact, name=name)
        return replace(fact, name=name, value=value, required=says_required(value))

    def rows(facts: tuple[PropertyFact, ...]) -> tuple[PropertyFact, ...]:
        return tuple(map(row, facts))

    types = tuple(_keyed_anew(fact, rows(fact.properties)) for fact in page.types)
    if page.operation is None:
        return replace(page, types=types)
    operation = page.operation.value
    corrected = replace(
        operation,
        parameters=rows(operation.parameters),
        query=rows(operation.query),
        headers=tuple(map(header, operation.headers)),
        body=replace(operation.body, rows=rows(operation.body.rows)),
        response=replace(operation.response, rows=rows(operation.response.rows)),
    )
    return replace(page, types=types, operation=Sealed(corrected))


def _keyed_anew(fact: TypeFact, rows: tuple[PropertyFact, ...]) -> TypeFact:
    """The type with these rows, which say its key unless an annotation does."""
    if fact.key_span not in (None, *(row.span for row in fact.properties)):
        return replace(fact, properties=rows)
    keyed = [row for row in rows if row.notes.key]
    key = tuple(row.name for row in keyed)
    return replace(fact, properties=rows, key=key, key_span=keyed[0].span if keyed else None)


def _type(says: Mapping[str, Word], page: str, known: TypePhrase | None) -> TypePhrase | None:
    if "type" not in says:
        return known
    phrase = read_type(says["type"].text, page).phrase
    if phrase is None:
        raise _Fault(f"'{says['type'].text}' is no type")
    return phrase


def _with_member(page: PageFacts, meeting: _Meeting) -> PageFacts:
    name, text = meeting.correction.says.get("name"), meeting.description()

    def member(fact: MemberFact) -> MemberFact:
        if not meeting.takes_row(fact.name, fact.span):
            return fact
        return replace(
            fact,
            name=fact.name if name is None else name.text,
            text=fact.text if text is None else text,
        )

    enums = (replace(fact, members=tuple(map(member, fact.members))) for fact in page.enums)
    return replace(page, enums=tuple(enums))


def _with_resource(page: PageFacts, meeting: _Meeting) -> PageFacts:
    text = meeting.description() or ""

    def described(fact: TypeFact) -> TypeFact:
        taken = meeting.takes_type(fact.name, fact.text, fact.span)
        return replace(fact, text=text) if taken else fact

    return replace(page, types=tuple(map(described, page.types)))


def _with_enumeration(page: PageFacts, meeting: _Meeting) -> PageFacts:
    text = meeting.description() or ""

    def described(fact: EnumFact) -> EnumFact:
        taken = meeting.takes_type(fact.name, fact.text, fact.span)
        return replace(fact, text=text) if taken else fact

    return replace(page, enums=tuple(map(described, page.enums)))


def _with_operation(page: PageFacts, meeting: _Meeting) -> PageFacts:
    if page.operation is None:
        return page
    fact = page.operation.value
    if not meeting.takes(fact.title, fact.text, fact.span):
        return page
    return replace(page, operation=Sealed(replace(fact, text=meeting.description() or "")))


def _with_example(page: PageFacts, meeting: _Meeting) -> PageFacts:
    if page.operation is None:
        return page
    operation = page.operation.value
    examples = tuple(
        _example(fact, str(number), meeting)
        for number, fact in enumerate(operation.examples, start=1)
    )
    return replace(page, operation=Sealed(replace(operation, examples=examples)))


def _example(fact: ExampleFact, number: str, meeting: _Meeting) -> ExampleFact:
    """The example with the messages that the correction brings; its response is the first one."""
    says = meeting.correction.says
    shown = [fact.request.text] if "request" in says else []
    shown += [fact.responses[0].text] if "response" in says and fact.responses else []
    if not shown or not meeting.takes(number, "\n".join(shown), fact.request.span):
        return fact
    request, responses = fact.request, fact.responses
    if "request" in says:
        request = _message(request, says["request"], meeting)
    if "response" in says:
        responses = (_message(responses[0], says["response"], meeting), *responses[1:])
    return replace(fact, request=request, responses=responses)


def _message(known: MessageFact, word: Word, meeting: _Meeting) -> MessageFact:
    """The message of an overlay; what the page's annotation says of it still holds."""
    message = read_message(CodeBlock("http", word.text, word.span)).value
    is_answer = known.start[0].isdigit() or not known.start[0]
    if message is None or message.start[0].isdigit() != is_answer:
        kind = "response" if is_answer else "request"
        raise _Fault(f"it is no {kind}: '{word.text[:40]}'")
    meeting.moved[message.span] = known.span
    return replace(
        message,
        name=known.name,
        names=known.names,
        type=known.type,
        is_collection=known.is_collection,
    )


_CORRECT: Final[Mapping[str, Callable[[PageFacts, _Meeting], PageFacts]]] = {
    "property": _with_property,
    "member": _with_member,
    "example": _with_example,
    "resource": _with_resource,
    "enumeration": _with_enumeration,
    "operation": _with_operation,
}
