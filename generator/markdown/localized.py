"""What localization leaves in a page: originals beside their translations, and headings' anchors."""

import re
from typing import NamedTuple

_PAIR = re.compile(
    r"<span\s+data-ttu-id=\"[^\"]*\"\s*>(?P<translated>.*?)</span>\s*"
    r"<span\s+class=\"sxs-lookup\"\s*><span\s+data-stu-id=\"[^\"]*\"\s*>(?P<original>.*?)</span></span>",
    re.S,
)
_ANCHOR = re.compile(r"\s*<a\s+(?:name|id)\s*=\s*[\"']([^\"']*)[\"']\s*>\s*(?:</a>)?\s*", re.I)


class Titled(NamedTuple):
    """A heading's text, and the anchor that stands before it: the slug of the original heading."""

    text: str
    anchor: str


def originals(text: str) -> str:
    """`text` with the original in place of each translation that shows it; lines keep their numbers."""
    if "sxs-lookup" not in text:
        return text
    return _PAIR.sub(_original, text)


def _original(match: re.Match[str]) -> str:
    lost = match[0].count("\n") - match["original"].count("\n")
    return match["original"] + "\n" * lost


def titled(content: str) -> Titled:
    """A heading's content without `<a name="request-body"></a>`, and the name in it."""
    match = _ANCHOR.match(content) if "<a" in content else None
    return Titled(content[match.end() :], match[1]) if match else Titled(content, "")
