"""Requests and responses, as written in fences (RFC 9112, with the liberties authors take)."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from msgspec.structs import replace

from generator.diagnostics import Findings, Parsed, Span
from generator.markdown.document import Annotation, CodeBlock
from generator.pages.facts import JsonFact, MessageFact
from generator.pages.fences import split_fence
from generator.pages.json_text import read_json
from generator.pages.request_lines import read_template_lines
from generator.pages.start_lines import (
    LONG,
    FenceKind,
    begins_json,
    continues,
    fence_kind,
    is_further_request,
    request_line,
    status_line,
    text_kind,
)
from generator.values import Value

__all__ = ["fence_kind", "read_message", "read_template_lines", "split_fence"]

_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*:(?!//)[ \t]*(.*)")
_QUOTED_HEADER = re.compile(r"\"([A-Za-z][\w-]*)\"[ \t]*:[ \t]*\"?([^\"]*)\"?[ \t]*,?[ \t]*$")
_KNOWN_HEADER = re.compile(
    r"(?:accept|accept-\w+|age|allow|authorization|cache-control|client-request-id|connection"
    r"|consistencylevel|content-\w+|cookie|date|etag|expect|expires|host|if-\w+(?:-\w+)?"
    r"|last-modified|location|odata-\w+|operation-location|origin|pragma|prefer|preference-applied|range|referer"
    r"|request-id|retry-after|return-client-request-id|sample-id|server|set-cookie|slug"
    r"|transfer-encoding|user-agent|vary|workbook-session-id|www-authenticate|x-[\w-]+)[ \t]*:",
    re.I,
)
_BODY_START = re.compile(r"[ \t]*(?:[{\[\"<]|--)")
_WORD_OF: Final[Mapping[str, str]] = {"json": "JSON body", "other": "text"}
_LABELS: Final = ("request", "response", "resource")
_BOOLEANS: Final[Mapping[str, bool]] = {"true": True, "false": False}


class _Head(Value):
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
    kind = text_kind(block.text)
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
    if "**" in head.start[1]:  # `** Entity URI for X not found`, left by a page generator
        found.say("page-unfinished", first, text=head.start[1])
    body_lines = lines[head.body_at :]
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
    start = request_line(lines[0]) or status_line(lines[0]) or ("", "")
    at = 1
    while start[0].isalpha() and at < len(lines) and continues(start[1], lines[at]):
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
            if not is_further_request(line):
                found.say("body-without-blank", first.at_line(first.first + at))
            return _Head(start, headers, at)
    return _Head(start, headers, at)


def _folds(header: tuple[str, str], line: str) -> bool:
    """Whether `line` goes on with the value of `header`."""
    return line[0] in " \t" and not _BODY_START.match(line) and len(header[1]) < LONG


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
    if begins_json(body):
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
