"""Request lines and messages, as written in fences (RFC 9112, with the liberties authors take)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final, Literal, NamedTuple, TypeAlias

from generator.diagnostics import Findings, Parsed, Span
from generator.markdown.document import Annotation, CodeBlock
from generator.pages.facts import JsonFact, MessageFact, TemplateFact
from generator.pages.json_text import read_json

FenceKind: TypeAlias = Literal["request", "response", "json", "other"]

_VERBS: Final = "GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|MERGE"
# A verb and the rest of its line. Capitals need no more; `get /me` does, for `Get the user` is prose.
_REQUEST = re.compile(
    rf"[ \t\ufeff]*(?:({_VERBS})(?=[\s/~*{{]|https?:|$)"
    rf"|((?i:{_VERBS}))(?=[ \t\u00a0]*(?:/|~/|https?://|\*\*|\w+/)))[ \t\u00a0]*([^\n]*)"
)
# `HTTP/1.1 200 OK`, `HTTP 201 Created`, `400 Bad Request`.
_STATUS = re.compile(
    r"[ \t\ufeff]*(?:HTTP(?:/\d(?:\.\d)?)?[ \t\u00a0]+(\d{3})\b|([1-5]\d\d)(?=[ \t]+[A-Z][a-z]))[ \t\u00a0]*([^\n]*)",
    re.I,
)
_BARE_STATUS = re.compile(r"[ \t]*[1-5]\d\d[ \t]+[A-Z][A-Za-z ]*\s*$")
_STATUS_LINE = re.compile(r"HTTP(?:/\d(?:\.\d)?)?[ \t]+\d{3}\b")
_FIRST_LINE = re.compile(r"\s*?^[^\S\n]*(\S[^\n]*)", re.M)
_JSON_START = re.compile(r"(?:\s|//[^\n]*+|/\*[^*]*+(?:\*(?!/)[^*]*+)*+\*/)*+[{\[]")
_PROTOCOL = re.compile(r"(?<!\s)\s+HTTP/\d(?:\.\d)?$", re.I)
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*:(?!//)[ \t]*(.*)")
_QUOTED_HEADER = re.compile(r"\"([A-Za-z][\w-]*)\"[ \t]*:[ \t]*\"?([^\"]*)\"?[ \t]*,?[ \t]*$")
_KNOWN_HEADER = re.compile(
    r"(?:accept|accept-\w+|age|allow|authorization|cache-control|client-request-id|connection"
    r"|consistencylevel|content-\w+|cookie|date|etag|expect|expires|host|if-\w+(?:-\w+)?|last-modified"
    r"|location|odata-\w+|operation-location|origin|pragma|prefer|preference-applied|range|referer"
    r"|request-id|retry-after|return-client-request-id|sample-id|scenario-type|server|set-cookie|slug"
    r"|transfer-encoding|user-agent|vary|workbook-session-id|www-authenticate|x-[\w-]+)[ \t]*:",
    re.I,
)
_BODY_START = re.compile(r"[ \t]*(?:[{\[\"<]|--)")
_CONTINUED = re.compile(r"[ \t]*[?&]\S")
_PAIRS = re.compile(r"[\w$.-]+=\S*")
_CUT = re.compile(
    r"^(?: {0,3}#{1,6}[ \t]+\S| {0,3}```|[ \t]*<!--\s*\{|HTTP(?:/\d(?:\.\d)?)?[ \t]+\d{3}\b)", re.M
)
_HEADING = re.compile(r" {0,3}#{1,6}[ \t]+\S")
_FENCE = re.compile(r" {0,3}```+[ \t]*([^`]*)$")
_SECOND = re.compile(rf"(?:{_VERBS})[ \t]+(?:/|https?://)\S")
_COMMENT = re.compile(r"[ \t]*<!--\s*\{")
_WORD_OF: Final[Mapping[str, str]] = {"json": "JSON body", "other": "text"}
_LABELS: Final = ("request", "response", "resource")


def fence_kind(block: CodeBlock) -> FenceKind:
    """What a fence shows, by its first line that is not blank; annotations are wrong too often."""
    return _kind(block.text)


def _kind(text: str) -> FenceKind:
    match = _FIRST_LINE.match(text)
    if match is None:
        return "other"
    line = match[0][match[0].rfind("\n") + 1 :]
    if _REQUEST.match(line):
        return "request"
    if _STATUS_LINE.match(line.lstrip().upper()) or _BARE_STATUS.match(line):
        return "response"
    return "json" if _JSON_START.match(text) else "other"


# --- fences that swallowed their neighbours -------------------------------------------------------


def split_fence(block: CodeBlock) -> Parsed[tuple[CodeBlock, ...]]:
    """A message fence in pieces, where it swallowed what stands after it; else the fence itself.

    A fence without its end runs over the heading, annotation and opening of the next one; some
    are opened twice; some hold a request and its response. A piece takes the annotation and the
    info string that were swallowed before it; its lines keep their places.
    """
    match = _CUT.search(block.text)
    if match is None or _kind(block.text) not in ("request", "response"):
        if match is None or not _FENCE.match(_first_line(block.text)):
            return Parsed((block,))
    pieces = _Pieces(block).cut()
    if len(pieces.made) <= 1 and not pieces.swallowed:
        return Parsed((block,))
    found = Findings()
    if pieces.swallowed:
        found.say("fence-unclosed", block.span)
    if pieces.second is not None:
        found.say("fence-holds-two", pieces.second)
    return Parsed(tuple(pieces.made), found.as_said())


def _first_line(text: str) -> str:
    return text.lstrip("\n").split("\n", 1)[0]


class _Pieces:
    """Cuts one fence; `made` are its pieces."""

    def __init__(self, block: CodeBlock) -> None:
        self.block = block
        self.made: list[CodeBlock] = []
        self.swallowed = False  # a heading, annotation or fence line stood inside
        self.second: Span | None = None  # a response that follows without any of these
        self._lines: list[str] = []
        self._from = 0
        self._info = block.info
        self._annotation = block.annotation
        self._in_code = True

    def cut(self) -> "_Pieces":
        lines = self.block.text.removesuffix("\n").split("\n")
        at = 0
        while at < len(lines):
            line = lines[at]
            if (
                _COMMENT.match(line)
                or line.strip() == "<!--"
                and at + 1 < len(lines)
                and lines[at + 1].lstrip()[:1] == "{"
            ):
                at = self._comment(lines, at)
                continue
            if fence := _FENCE.match(line):
                self._fence(fence[1].strip().casefold(), at)
            elif _HEADING.match(line):
                self._close()
            elif _STATUS_LINE.match(line) and self._begins_response():
                self._open(at)
                self._lines.append(line)
            elif self._in_code:
                self._lines.append(line)
            elif _REQUEST.match(line):
                self._open(at)
                self._lines.append(line)
            at += 1
        self._finish()
        return self

    def _begins_response(self) -> bool:
        """Whether a status line begins a piece: not the first line, and no part of a multipart body."""
        if not self._in_code:
            return True
        if not any(map(str.strip, self._lines)) or any(
            line.startswith("--") for line in self._lines
        ):
            return False
        self.second = self.block.span.at_line(
            self.block.span.first + 1 + self._from + len(self._lines)
        )
        return True

    def _comment(self, lines: Sequence[str], at: int) -> int:
        """Read a swallowed annotation; the line after it."""
        self._close()
        end = at
        while end < len(lines) - 1 and "-->" not in lines[end]:
            end += 1
        text = "\n".join(lines[at : end + 1]).partition("<!--")[2].partition("-->")[0].strip()
        first = self.block.span.first + 1 + at
        span = Span(self.block.span.path, first, 1, self.block.span.first + 1 + end)
        fact = read_json(text, span).value
        if fact is not None and isinstance(fact.value, dict) and "blockType" in fact.value:
            self._annotation = Annotation(fact.value, span)
        return end + 1

    def _fence(self, info: str, at: int) -> None:
        was_open = self._in_code
        kept = self._annotation if not any(map(str.strip, self._lines)) else None
        self._close()
        if info or not was_open:
            self._open(at + 1)
            self._info = info or self.block.info
            self._annotation = self._annotation or kept

    def _close(self) -> None:
        self.swallowed = True
        kept = self._annotation if not any(map(str.strip, self._lines)) else None
        self._finish()
        self._annotation = kept
        self._in_code = False

    def _open(self, at: int) -> None:
        if self._in_code:
            self._finish()
            self._annotation = None
        self._from = at
        self._in_code = True

    def _finish(self) -> None:
        """Keep the open piece, if it holds anything; its first line stands below its span's first."""
        if any(map(str.strip, self._lines)):
            first = self.block.span.first + self._from
            span = Span(
                self.block.span.path, first, self.block.span.column, first + len(self._lines)
            )
            text = "\n".join(self._lines) + "\n"
            self.made.append(CodeBlock(self._info, text, span, self._annotation))
        self._lines = []


# --- messages -------------------------------------------------------------------------------------


class _Head(NamedTuple):
    start: tuple[str, str]
    headers: list[tuple[str, str]]
    body_at: int  # the body's first line


def read_message(block: CodeBlock) -> Parsed[MessageFact | None]:
    """The request or response that a fence shows; None for anything else.

    The URL is the rest of the first line, blanks and all. Headers may follow a blank line or stand
    after the body; the body may follow without one. A body that is meant as JSON is read as JSON;
    one that cannot be is kept as text.
    """
    found = Findings()
    kind = _kind(block.text)
    label = block.annotation.block_type if block.annotation else ""
    if label in _LABELS and label != kind and not (label == "resource" and kind == "json"):
        found.say("annotation-wrong-kind", block.span, label=label, kind=_WORD_OF.get(kind, kind))
    if kind not in ("request", "response"):
        return Parsed(None, found.as_said())
    lines = block.text.split("\n")
    top = next(at for at, line in enumerate(lines) if line.strip())
    end = next(at for at in range(len(lines), 0, -1) if lines[at - 1].strip())
    first = block.span.at_line(block.span.first + 1 + top)
    lines = lines[top:end]
    head = _read_head(lines, first, found)
    body_lines = lines[head.body_at :]
    if kind == "request" and body_lines:
        _second_request(body_lines, first.at_line(first.first + head.body_at), found)
    if len(body_lines) > 1:
        _late_headers(body_lines, head.headers, first.at_line(first.first + head.body_at), found)
    body = "\n".join(body_lines)
    json = (
        _read_body(body, head, first.at_line(first.first + head.body_at), found) if body else None
    )
    if body and head.start[0] == "204":
        found.say("body-unexpected", first.at_line(first.first + head.body_at), status=204)
    fact = MessageFact(head.start, tuple(head.headers), body, json, first, text="\n".join(lines))
    return Parsed(_annotated(fact, block.annotation, kind), found.as_said())


def _read_head(lines: Sequence[str], first: Span, found: Findings) -> _Head:
    """First line and headers; whatever is no header begins the body (RFC 9112, section 2.1)."""
    start = _start(lines[0])
    at = 1
    while start[0].isalpha() and at < len(lines) and _continues(start[1], lines[at]):
        start = (start[0], start[1] + lines[at].strip())
        at += 1
    headers: list[tuple[str, str]] = []
    while at < len(lines):
        line = lines[at]
        if not line.strip():
            after = _after_blanks(lines, at)
            if headers or after == len(lines) or not _KNOWN_HEADER.match(lines[after].lstrip()):
                return _Head(start, headers, after)
            found.say("headers-after-blank", first.at_line(first.first + after))
            at = after
        elif header := _header(line):
            headers.append(header)
            at += 1
        elif headers and _folds(headers[-1], line):  # a folded value (RFC 9112, 5.2)
            name, value = headers[-1]
            headers[-1] = (name, f"{value} {line.strip()}")
            at += 1
        else:
            if not _SECOND.match(line):
                found.say("body-without-blank", first.at_line(first.first + at))
            return _Head(start, headers, at)
    return _Head(start, headers, at)


def _continues(url: str, line: str) -> bool:
    """Whether `line` goes on with `url`: it begins with `?` or `&`, or `url` ends so."""
    if len(url) > _LONG:
        return False
    if _CONTINUED.match(line):
        return True
    return url.endswith(("?", "&")) and _PAIRS.fullmatch(line.strip()) is not None


def _start(line: str) -> tuple[str, str]:
    """`("GET", url)` or `("200", "OK")`."""
    if match := _REQUEST.match(line):
        return (match[1] or match[2]).upper(), _PROTOCOL.sub("", match[3].strip())
    match = _STATUS.match(line)
    assert match is not None
    return match[1] or match[2], match[3].strip()


def _after_blanks(lines: Sequence[str], at: int) -> int:
    while at < len(lines) and not lines[at].strip():
        at += 1
    return at


def _header(line: str) -> tuple[str, str] | None:
    """`Name: value`; also `"Name": "value",`, copied from a log, for names that are known."""
    match = _HEADER.match(line.lstrip()) if line[:1] not in "{[<" else None
    if (
        match is None
        and (quoted := _QUOTED_HEADER.match(line))
        and _KNOWN_HEADER.match(quoted[1] + ":")
    ):
        match = quoted
    return (match[1], match[2].strip().removesuffix(",")) if match else None


def _second_request(body: list[str], span: Span, found: Findings) -> None:
    """Cut the body where another request begins; a multipart body may hold requests of its own."""
    if body[0].startswith("--"):
        return
    for at, line in enumerate(body):
        if _SECOND.match(line):
            found.say("request-second", span.at_line(span.first + at), line=line)
            end = max((n for n in range(1, at + 1) if body[n - 1].strip()), default=0)
            del body[end:]
            return


def _late_headers(
    body: list[str], headers: list[tuple[str, str]], at: Span, found: Findings
) -> None:
    """Move headers that stand after a JSON body to where they belong."""
    if body[0].lstrip()[:1] not in ("{", "["):
        return
    end = len(body)
    while end > 1 and (not body[end - 1].strip() or _KNOWN_HEADER.match(body[end - 1])):
        end -= 1
    late = [header for line in body[end:] if line.strip() and (header := _header(line))]
    if late:
        found.say("headers-after-body", at.at_line(at.first + _after_blanks(body, end)))
        headers.extend(late)
        del body[end:]


def _read_body(body: str, head: _Head, span: Span, found: Findings) -> JsonFact | None:
    """The body's JSON, where it is meant as JSON: by its first character or its content type.

    Where the content type says something else, only strict JSON counts, silently.
    """
    content_type = next(
        (v for n, v in head.headers if n.casefold() == "content-type"), ""
    ).casefold()
    says_json = "json" in content_type
    if _JSON_START.match(body):
        parsed = read_json(body, span)
        if says_json or not content_type:
            return found.take(parsed)
        return parsed.value if parsed.value is not None and not parsed.value.faults else None
    if not says_json or body[0] in "<(":
        return None
    parsed = read_json(body, span)  # a bare value: `893`, `"text"`, `true`
    if parsed.value is None or parsed.value.faults:
        return None
    return parsed.value


def _annotated(fact: MessageFact, annotation: Annotation | None, kind: FenceKind) -> MessageFact:
    """The message with the name, type and collection-ness that its annotation gives it."""
    if annotation is None:
        return fact
    values = annotation.values
    name = values.get("name")
    names = (
        tuple(map(str, name))
        if isinstance(name, list)
        else (str(name),) if isinstance(name, str) else ()
    )
    type_name = values.get("@type") or values.get("@odata.type") or ""
    written = type_name.strip() if isinstance(type_name, str) else ""
    flag = values.get("isCollection")
    is_collection = _BOOLEANS.get(flag.strip().casefold()) if isinstance(flag, str) else flag
    if written.casefold().startswith("collection("):
        is_collection = True
    return replace(
        fact,
        name=names[0] if names else "",
        names=names if kind == "response" else (),
        type=written,
        is_collection=is_collection if isinstance(is_collection, bool) else None,
    )


_BOOLEANS: Final[Mapping[str, bool]] = {"true": True, "false": False}


# --- request lines --------------------------------------------------------------------------------

_LANGUAGES: Final = frozenset(
    {
        "c#",
        "csharp",
        "java",
        "javascript",
        "js",
        "objc",
        "objectivec",
        "powershell",
        "python",
        "bash",
        "xml",
    }
)
_SILENT = re.compile(r"\s*(?:(?:and/)?or[.:]?|//.*|<!--.*-->)?\s*", re.I)
_MARKER = re.compile(r"\*\*|\bnot found\b", re.I)
_ORIGIN = re.compile(r"https?://[^/?\s]*", re.I)
_VERSION = re.compile(r"/(?:beta|v\d+(?:\.\d+)?)(?=[/?]|$)", re.I)
_ANGLE = re.compile(r"<([^<>/{}]+)>")
_OUTSIDE_ALTERNATIVE = re.compile(r"\{([^{}/]*)\}[ \t]*\|[ \t]*([\w-]+)(?=/|$)")
_QUOTED_SEGMENT = re.compile(r"/'(\{[^{}]*\})'(?=/|$)")
_ANY_DEPTH = re.compile(r"/(?:\.{2,}|\u2026)(?=/|$)")
_LITERAL = re.compile(r"(?<=/)(?:id|\(?[a-z]+(?:-[a-z]+)*-id\)?)(?=/|$)", re.I)
_SIMPLE = re.compile(r"/(?:[\w.$@:,=()-]|/(?!/)|\{[\w| -]+\})+(?<!/)")


def read_template_lines(block: CodeBlock) -> Parsed[tuple[TemplateFact, ...]]:
    """The request lines of a block: `VERB path[?query]`, one to a line.

    A path follows the OData URL conventions, with `{…}` where a value belongs. What can be
    repaired is; other lines are reported: as errors if they were meant as requests, else as foreign.
    """
    found = Findings()
    if block.info in _LANGUAGES:
        return Parsed(())
    templates: list[TemplateFact] = []
    seen: set[tuple[str, str, str]] = set()
    foreign = False
    for text, span in _logical_lines(block):
        match = _REQUEST.match(text)
        if match is None:
            if _begins_path(text):
                found.say("request-line-unreadable", span, line=text)
                foreign = False
            elif not foreign:  # the lines of one message are reported once
                found.say("template-line-foreign", span, line=text)
                foreign = True
            continue
        foreign = False
        method = (match[1] or match[2]).upper()
        template = found.take(_read_template(method, match[3].strip(), text, span))
        if template is None:
            continue
        key = (template.method, template.path, template.query)
        if key in seen:
            found.say("template-twice", span)
            continue
        seen.add(key)
        templates.append(template)
    return Parsed(tuple(templates), found.as_said())


def _begins_path(text: str) -> bool:
    return text.startswith(("/", "~/", "**")) or _ORIGIN.match(text) is not None


def _logical_lines(block: CodeBlock) -> Iterator[tuple[str, Span]]:
    """Lines that say something, without comments; a URL's continuation lines joined to it."""
    held: tuple[str, Span] | None = None
    in_comment = False
    for number, line in enumerate(block.text.split("\n"), start=block.span.first + 1):
        if in_comment or (line.lstrip().startswith("<!--") and "-->" not in line):
            in_comment = "-->" not in line
            continue
        text = line.strip()
        if held is not None and _continues(held[0], line) and _REQUEST.match(held[0]):
            held = (held[0] + text, Span(held[1].path, held[1].first, held[1].column, number))
            continue
        if not _SILENT.fullmatch(text):
            if held is not None:
                yield held
            held = (text, block.span.at_line(number, line.index(text) + 1))
    if held is not None:
        yield held


def _read_template(method: str, written: str, line: str, span: Span) -> Parsed[TemplateFact | None]:
    """One request line after its verb; None if it names no path that could be called."""
    found = Findings()
    written = _PROTOCOL.sub("", written)
    if _MARKER.search(written):
        found.say("request-line-unreadable", span, line=line)
        found.say("page-unfinished", span, text=written)
        return Parsed(None, found.as_said())
    if (
        _SIMPLE.fullmatch(written)
        and "/../" not in written
        and "..." not in written
        and not _VERSION.match(written)
    ):
        path, query, kept = written, "", written
    else:
        address, query = _split_query(written)
        path = _repaired(address)
        kept = address
    if not path.strip("/ ") and method != "GET" or not path:
        found.say("request-line-unreadable", span, line=line)
        return Parsed(None, found.as_said())
    if path != kept:
        found.say("path-repaired", span, path=kept, kept=path)
    if _ANY_DEPTH.search(path):
        found.say("path-any-depth", span, path=path)
    if literal := _LITERAL.search(path):
        found.say("placeholder-literal", span, text=literal[0])
    return Parsed(TemplateFact(method, path, query, span), found.as_said())


def _split_query(written: str) -> tuple[str, str]:
    """Cut at the first `?` outside braces, brackets of a call and quotes; `[?x=y]` is optional."""
    at = next((i for i, c in _outside(written) if c == "?"), -1)
    if at < 0 and "?" in re.sub(r"\{[^{}]*\}|'[^']*'", "", written):  # an open bracket hides it
        at = written.index("?")
    if at < 0:
        return written, ""
    address, query = written[:at].rstrip(), written[at + 1 :].strip()
    if address.endswith("["):
        return address[:-1].rstrip(), query.removesuffix("]")
    return address, query


def _outside(text: str) -> Iterator[tuple[int, str]]:
    """The characters of `text` that stand outside `{}`, `<>`, `()` and quotes, with their places."""
    depth = 0
    quote = False
    for at, character in enumerate(text):
        if character == "'":
            quote = not quote
        elif quote:
            continue
        elif character in "{(<":
            depth += 1
        elif character in "})>":
            depth = max(0, depth - 1)
        elif depth == 0:
            yield at, character


def _repaired(address: str) -> str:
    """The path of `address`: without host, version and trailing prose, beginning with one `/`."""
    path = _ANGLE.sub(lambda match: "{" + match[1].strip() + "}", _ORIGIN.sub("", address, count=1))
    path = _OUTSIDE_ALTERNATIVE.sub(r"{\1 | \2}", path).removeprefix("~")
    path = "/" + path.lstrip("/") if not path.startswith("/") else path
    path = _VERSION.sub("", path, count=1) if _VERSION.match(path) else path
    path = _closed(_QUOTED_SEGMENT.sub(r"/\1", path))
    end = next((i for i, c in _outside(path) if c in " \t\u00a0"), len(path))
    path = re.sub(r"/{2,}", "/", path[:end])
    return path.rstrip("/") or "/"


def _closed(path: str) -> str:
    """`path` with the closing `)` or `}` that was forgotten: before the next segment, or at the end."""
    for opening, closing in ("{}", "()"):
        missing = path.count(opening) - path.count(closing)
        if missing == 1:
            at = path.rindex(opening)
            end = next(
                (
                    i
                    for i in range(at, len(path))
                    if path[i] == "/" or path[i] in " ?" and opening == "("
                ),
                len(path),
            )
            path = path[:end] + closing + path[end:]
        elif missing == -1:
            at = path.rindex(closing)
            path = path[:at] + path[at + 1 :]
    return path
