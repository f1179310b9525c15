"""The first line of what a fence shows: a request line, a status line, JSON, or something else.

The forms are those of RFC 9112 (3 and 4), with the liberties that authors take.
"""

import re
from typing import Final, Literal, TypeAlias

from generator.markdown.document import CodeBlock

FenceKind: TypeAlias = Literal["request", "response", "json", "other"]

LONG: Final = 8192  # no URL or header goes on over further lines beyond this many characters

_VERBS: Final = "GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|MERGE"
# A verb and the rest of its line. Capitals will do; other letters need a path, for
# `Get the user` is prose. The blank between verb and path may be missing: `DELETE/identity/…`.
_REQUEST = re.compile(
    rf"\ufeff?(?:({_VERBS})(?=[\s/~*{{]|https?:|$)"
    rf"|((?i:{_VERBS}))(?=\s*(?:/|~/|https?://|\*\*|\w+/)))\s*([^\n]*)"
)
# `HTTP/1.1 200 OK`, `HTTP 201 Created`, and `400 Bad Request` alone.
_STATUS = re.compile(
    r"\ufeff?(?:HTTP(?:/\d(?:\.\d)?)?\s+(\d{3})\b\s*(.*)|([1-5]\d\d)[ \t]+([A-Z][A-Za-z ]*))", re.I
)
_JSON = re.compile(r"(?:\s|//[^\n]*+|/\*[^*]*+(?:\*(?!/)[^*]*+)*+\*/)*+[{\[]")
_PROTOCOL = re.compile(r"(?<!\s)\s+HTTP/\d(?:\.\d)?$", re.I)
_CONTINUED = re.compile(r"[ \t]*[?&]\S")
_PAIRS = re.compile(r"[\w$.-]+=\S*")
_FURTHER = re.compile(rf"(?:{_VERBS})[ \t]+(?:/|https?://)\S")


def fence_kind(block: CodeBlock) -> FenceKind:
    """What a fence shows, by its first line that is not blank; annotations are wrong too often."""
    return text_kind(block.text)


def text_kind(text: str) -> FenceKind:
    line = text.lstrip().split("\n", 1)[0].rstrip()
    if request_line(line) is not None:
        return "request"
    if status_line(line) is not None:
        return "response"
    return "json" if begins_json(text) else "other"


def begins_json(text: str) -> bool:
    """Whether `text` begins an object or array, after blanks and comments."""
    return _JSON.match(text) is not None


def request_line(line: str) -> tuple[str, str] | None:
    """`("GET", url)`: the URL is the rest of the line, for URLs on pages hold blanks."""
    match = _REQUEST.match(line.strip())
    if match is None:
        return None
    return (match[1] or match[2]).upper(), _PROTOCOL.sub("", match[3].strip())


def status_line(line: str) -> tuple[str, str] | None:
    """`("200", "OK")`; the reason may be missing."""
    match = _STATUS.fullmatch(line.strip())
    return (match[1] or match[3], (match[2] or match[4] or "").strip()) if match else None


def continues(url: str, line: str) -> bool:
    """Whether `line` goes on with `url`: it begins with `?` or `&`, or `url` ends so."""
    if len(url) > LONG:
        return False
    if _CONTINUED.match(line):
        return True
    return url.endswith(("?", "&")) and _PAIRS.fullmatch(line.strip()) is not None


def is_further_request(line: str) -> bool:
    """Whether `line`, below a request, is beyond doubt another one."""
    return _FURTHER.match(line) is not None
