"""What headings are called, whatever the language of their page."""

import re
from functools import lru_cache

from generator.markdown.document import Document, Heading
from generator.markdown.inline import plain
from generator.pages.hyperlinks import anchor_of
from generator.pages.vocabulary import DEPRECATED_TITLE, normal

_WORD = re.compile(r"[A-Za-z]\w*", re.A)


def heading_name(heading: Heading) -> str:
    """The words of a heading for comparison (`normal`).

    A translated heading keeps the anchor of the original: its words are those of the anchor.
    """
    return _name(heading.text, heading.anchor)


@lru_cache(maxsize=4096)
def _name(written: str, anchor: str) -> str:
    text = plain(written)
    return normal(text if not anchor or anchor_of(text) == anchor else anchor.replace("-", " "))


def page_title(document: Document) -> str:
    """The text of the H1, without "(deprecated)"."""
    top = top_heading(document)
    return DEPRECATED_TITLE.sub(" ", plain(top.text)).strip() if top is not None else ""


def original_title(document: Document) -> str:
    """The title before it was translated; the anchor that tells it has no capitals.

    A word of the translated title that is one of the anchor's lends its capitals.
    """
    top = top_heading(document)
    if top is None or not top.anchor or anchor_of(plain(top.text)) == top.anchor:
        return page_title(document)
    return cased(top.anchor.replace("-", " "), plain(top.text))


def cased(words: str, text: str) -> str:
    """`words` with the capitals that `text` gives to them: `messagerule values` beside `messageRule 值`."""
    known = {word.casefold(): word for word in _WORD.findall(text)}
    return " ".join(known.get(word.casefold(), word) for word in words.split(" "))


def top_heading(document: Document) -> Heading | None:
    """The H1."""
    for section in document.sections:
        if section.heading is not None and section.heading.level == 1:
            return section.heading
    return None
