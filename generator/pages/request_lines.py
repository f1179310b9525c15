"""The request lines of an "HTTP request" section: `GET /users/{id | userPrincipalName}?$top=5`."""

import re
from collections.abc import Iterator
from typing import Final

from generator.diagnostics import Findings, Parsed, Span
from generator.markdown.document import CodeBlock
from generator.pages.facts import TemplateFact
from generator.pages.start_lines import continues, request_line

_LANGUAGES: Final = frozenset(
    "c# csharp java javascript js objc objectivec powershell python bash xml".split()
)
_SILENT = re.compile(r"\s*(?:(?:and/)?or[.:]?|//.*|<!--.*-->)?\s*", re.I)
_MARKER = re.compile(r"\*\*|\bnot found\b", re.I)
_ORIGIN = re.compile(r"https?://[^/?\s]*", re.I)
_VERSION = re.compile(r"/(?:beta|v\d+(?:\.\d+)?)(?=[/?]|$)", re.I)
_ANGLE = re.compile(r"<([^<>/{}]+)>")
_OUTSIDE_ALTERNATIVE = re.compile(r"\{([^{}/]*)\}[ \t]*\|[ \t]*([\w-]+)(?=/|$)")
_QUOTED_SEGMENT = re.compile(r"/'(\{[^{}]*\})'(?=/|$)")
_ANY_DEPTH = re.compile(r"/(?:\.{2,}|\u2026)(?=/|$)")
_CLOSED = re.compile(r"\{[^{}]*\}|'[^']*'")
_SLASHES = re.compile("/{2,}")
_SLASH = re.compile("/")
_SEGMENT_END = re.compile(r"[/\s]")
_LITERAL = re.compile(r"(?<=/)(?:id|\(?[a-z]+(?:-[a-z]+)*-id\)?)(?=/|$)", re.I)
_PLAIN = re.compile(r"/(?:[\w.$@:,=()-]|/(?!/)|\{[\w| -]+\})+(?<!/)")


def read_template_lines(block: CodeBlock) -> Parsed[tuple[TemplateFact, ...]]:
    """The request lines of a block: `VERB path[?query]`, one to a line.

    A path follows the OData URL conventions, with `{…}` where a value belongs. What can be
    repaired is; other lines are reported, as errors if they were meant as requests.
    """
    found = Findings()
    if block.info in _LANGUAGES:
        return Parsed(())
    templates: list[TemplateFact] = []
    seen: set[tuple[str, str, str]] = set()
    foreign = False
    for text, span in _logical_lines(block):
        request = request_line(text)
        if request is None:
            if _begins_path(text):
                found.say("request-line-unreadable", span, line=text)
                foreign = False
            elif not foreign:  # the lines of one message are reported once
                found.say("template-line-foreign", span, line=text)
                foreign = True
            continue
        foreign = False
        template = found.take(_read_template(*request, text, span))
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
        if held is not None and continues(held[0], line) and request_line(held[0]):
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
    if _MARKER.search(written):
        found.say("request-line-unreadable", span, line=line)
        found.say("page-unfinished", span, text=written)
        return Parsed(None, found.as_said())
    address, query = (written, "") if _is_plain(written) else _split_query(written)
    path = address if _is_plain(address) else _repaired(address)
    if not address or (path == "/" and method != "GET"):
        found.say("request-line-unreadable", span, line=line)
        return Parsed(None, found.as_said())
    if path != address:
        found.say("path-repaired", span, path=address, kept=path)
    if _ANY_DEPTH.search(path):
        found.say("path-any-depth", span, path=path)
    if literal := _LITERAL.search(path):
        found.say("placeholder-literal", span, text=literal[0])
    return Parsed(TemplateFact(method, path, query, span), found.as_said())


def _is_plain(written: str) -> bool:
    """Whether nothing of a path needs repair, as nearly always: the fast way out."""
    if _PLAIN.fullmatch(written) is None or _VERSION.match(written):
        return False
    return written.count("(") == written.count(")")


def _split_query(written: str) -> tuple[str, str]:
    """Cut at the first `?` outside braces, brackets of a call and quotes; `[?x=y]` is optional."""
    at = next((i for i, c in _outside(written) if c == "?"), -1)
    if at < 0 and "?" in _CLOSED.sub("", written):  # an open bracket hides it
        at = written.index("?")
    if at < 0:
        return written, ""
    address, query = written[:at].rstrip(), written[at + 1 :].strip()
    if address.endswith("["):
        return address[:-1].rstrip(), query.removesuffix("]")
    return address, query


def _outside(text: str) -> Iterator[tuple[int, str]]:
    """The characters of `text` outside `{}`, `<>`, `()` and quotes, with their places."""
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
    path = _SLASHES.sub("/", path[:end])
    return path.rstrip("/") or "/"


def _closed(path: str) -> str:
    """`path` with a `)` or `}` that was forgotten: before the next segment, or at the end."""
    for opening, closing in ("{}", "()"):
        missing = path.count(opening) - path.count(closing)
        if missing == 1:
            at = path.rindex(opening)
            stop = _SEGMENT_END.search(path, at) if opening == "(" else _SLASH.search(path, at)
            end = stop.start() if stop else len(path)
            path = path[:end] + closing + path[end:]
        elif missing == -1:
            at = path.rindex(closing)
            path = path[:at] + path[at + 1 :]
    return path
