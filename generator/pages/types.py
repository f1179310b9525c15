"""Type cells: `String`, `[user](user.md) collection`, `Collection(Edm.Guid)` and their kin."""

import re

from generator.markdown.inline import Link, links, plain, undecorated
from generator.pages.facts import TypePhrase, TypeWord
from generator.pages.hyperlinks import resolve_link
from generator.pages.languages import english_type
from generator.pages.primitives import PRIMITIVES, UNTYPED, primitive
from generator.pages.vocabulary import TYPE_REMARKS
from generator.values import Value

_COLLECTION_CALL = re.compile(r"^collection\s*\(\s*(.*?)\s*\)?$", re.I)
_COLLECTION_OF = re.compile(
    r"^(?:(?:an?\s+)?(?:collection|list|array|set)\s+of|collection)\s+(.*)$", re.I
)
_COLLECTION_AFTER = re.compile(r"^(.*?\S)\s+(?:collection|list|array)(?:\s+collection)?$", re.I)
_COLLECTION_WORD = re.compile(r"\bcollections?\b|\barray of\b|\blist of\b", re.I)
_NAME = re.compile(r"^#?[A-Za-z_][\w.]*$")
_REMARK = re.compile(r"\s*\((?:[^()]|\([^()]*\))*\)\s*$")
_OWN_NAMES = frozenset(PRIMITIVES.values())  # as CSDL 3.3 writes them
_NULLABLE = re.compile(r"^nullable\s+(?=\S)", re.I)
_OR = re.compile(r"\s*(?:\bor\b|\||/|,)\s*", re.I)


class TypeCell(Value):
    """What a cell was read as; `is_prose` where words had to be guessed over."""

    phrase: TypePhrase | None
    is_prose: bool = False


def type_word(text: str, target: str = "") -> TypeWord:
    """A word from a bare or linked name.

    A link to a page outranks what its text spells, unless that is a primitive type's own name:
    `[DateTimeOffset](timestamp.md)` leads to an explanation.
    """
    name = plain(text).strip().lstrip("#").strip(".")
    name = TYPE_REMARKS.sub("", name) if " " in name else name
    if target.endswith(".md") and name.removeprefix("Edm.") in _OWN_NAMES:
        target = ""
    return TypeWord(name, target, "" if target.endswith(".md") else primitive(name))


def says_nullable(cell: str) -> bool:
    """Whether a type cell says `Nullable Int64`."""
    return _NULLABLE.match(undecorated(cell)) is not None


def read_type(cell: str, page: str) -> TypeCell:
    """Read a type cell of `page`; `None` where nothing in it can be a type."""
    text = _NULLABLE.sub("", english_type(undecorated(cell.replace("\u00a0", " "))))
    if not text:
        return TypeCell(None)
    linked = links(text)
    return _read_linked(text, linked, page) if linked else _read_bare(plain(text))


def _read_linked(text: str, linked: tuple[Link, ...], page: str) -> TypeCell:
    """A cell with links: the links name the types, the words between them say the rest."""
    around = "".join(
        text[a:b]
        for a, b in zip(
            [0, *(link.end for link in linked)], [*(link.start for link in linked), len(text)]
        )
    )
    around = plain(re.split(r"\.\s", around)[0])
    words: list[TypeWord] = []
    is_collection = bool(_COLLECTION_WORD.search(around))
    for link in linked:
        name = plain(link.text).strip("* ")
        if match := _COLLECTION_CALL.match(name) or _COLLECTION_AFTER.match(name):
            is_collection, name = True, match[1]
        word = type_word(name, resolve_link(page, link.target))
        if word.text and word not in words:
            words.append(word)
    if len(words) > 1 and not re.search(r"\bor\b|\||/|,", around):
        words = words[:1]
    if not words:
        return TypeCell(None)
    rest = re.sub(
        r"collections?|\(|\)|\bof\b|\bor\b|[,|/.]|resource|object|type|enum", "", around, flags=re.I
    )
    return TypeCell(TypePhrase(tuple(words), is_collection), bool(rest.strip()))


def _read_bare(text: str) -> TypeCell:
    text = re.split(r"\.\s|\.$", text)[0].strip(" *`")
    is_collection = False
    is_prose = False
    for pattern in (_COLLECTION_CALL, _COLLECTION_OF, _COLLECTION_AFTER):
        if match := pattern.match(text):
            is_collection, text = True, match[1].strip()
            break
    if text.startswith("(") and text.endswith(")") and _OR.search(text):
        names = [part for part in _OR.split(text[1:-1]) if part]
        return TypeCell(TypePhrase(tuple(type_word(name) for name in names), is_collection), True)
    while (shorter := _REMARK.sub("", text)) != text and shorter:
        text = shorter
    if not is_collection and (match := _COLLECTION_AFTER.match(text)):
        is_collection, text = True, match[1].strip()
    if "," in text:
        text, is_prose = text.partition(",")[0].strip(), True
    text = TYPE_REMARKS.sub("", text) if " " in text else text
    if primitive(text):
        return TypeCell(TypePhrase((type_word(text),), is_collection), is_prose)
    if text.replace(" ", "").casefold() in UNTYPED or re.fullmatch(
        r"(?:untyped )?json(?: object)?", text, re.I
    ):
        return TypeCell(TypePhrase((TypeWord(text),), is_collection), is_prose)
    if _NAME.match(text):
        return TypeCell(TypePhrase((type_word(text),), is_collection), is_prose)
    parts = [part for part in _OR.split(text) if part]
    if len(parts) > 1 and all(_NAME.match(part) for part in parts):
        return TypeCell(TypePhrase(tuple(type_word(part) for part in parts), is_collection), True)
    first = text.split()[0] if text.split() else ""
    if primitive(first):
        return TypeCell(TypePhrase((type_word(first),), is_collection), True)
    return TypeCell(None, True)
