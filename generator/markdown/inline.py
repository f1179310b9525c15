"""Inline markup of one line or cell: links, code spans, and what is left as plain text."""

import html
import re

from generator.values import Value

_LINK = re.compile(
    r"(?<!!)\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\(\s*<?([^()\s>]*(?:\([^()\s]*\)[^()\s]*)*)>?[^()]*\)?"
)
_IMAGE = re.compile(r"!\[[^\]]*\]\([^)]*\)")
_CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.S)
_BREAK = re.compile(r"<\s*/?\s*(?:br|p|ul|ol|li|table|tr|td|th|tbody|div)\b[^<>]*>", re.I)
_TAG = re.compile(r"</?(?:code|b|i|em|strong|a|img|sup|sub|span|font|u|s|pre)\b[^<>]*>", re.I)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.S)
_STRONG = re.compile(r"(\*{1,3})(?=[^\s*])(.+?)(?<=[^\s*])\1")
_UNDERSCORED = re.compile(r"(?<![\w])(_{1,3})(?=[^\s_])(.+?)(?<=[^\s_])\1(?![\w])")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_MARKUP = re.compile(r"[\[`<*_\\&\n!]")
_UNEVEN = re.compile(r"[^\S ]|  |^ | $|[\u200b\ufeff]")
_BLANKS = re.compile(r"[\s\u200b\ufeff]+")
_KEPT = "\ue000{}\ue001"


class Link(Value):
    """An inline link: its text without decoration, its target as written, and its place in the line."""

    text: str
    target: str
    start: int
    end: int


def links(text: str) -> tuple[Link, ...]:
    """The inline links of `text`, in order. A missing last `)` is forgiven."""
    if "](" not in text:
        return ()
    return tuple(Link(plain(m[1]), m[2], m.start(), m.end()) for m in _LINK.finditer(text))


def code_spans(text: str) -> tuple[str, ...]:
    """The contents of the code spans of `text` (CommonMark 6.1)."""
    return tuple(m[2].strip() for m in _CODE.finditer(text)) if "`" in text else ()


def plain(text: str) -> str:
    """`text` without markup, on one line: links give their text, code its content, tags a blank."""
    if not _MARKUP.search(text):
        return _BLANKS.sub(" ", text).strip() if _UNEVEN.search(text) else text
    kept: list[str] = []

    def keep(match: re.Match[str]) -> str:
        kept.append(match[2])
        return _KEPT.format(len(kept) - 1)

    text = _COMMENT.sub("", text) if "<!--" in text else text
    text = _CODE.sub(keep, text)
    if "[" in text:
        text = _IMAGE.sub("", text)
        text = _LINK.sub(lambda m: m[1], text)
    if "<" in text:
        text = _TAG.sub("", _BREAK.sub(" ", text))
    text = _STRONG.sub(r"\2", text)
    text = _UNDERSCORED.sub(r"\2", text)
    text = html.unescape(_ESCAPE.sub(r"\1", text))
    text = re.sub(
        "\ue000(\\d+)\ue001", lambda m: kept[int(m[1])] if int(m[1]) < len(kept) else "", text
    )
    return _BLANKS.sub(" ", text).strip()


def undecorated(text: str) -> str:
    """`text` without the bold, italic or code marks around the whole of it; links are kept."""
    text = html.unescape(text.replace("\u200b", "")).strip()
    while len(text) > 2 and text[0] in "*`" and text[-1] == text[0]:
        text = text[1:-1].strip()
    if len(text) > 2 and text[0] == text[-1] == "_":
        text = text[1:-1].strip()
    return text
