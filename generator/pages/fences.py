"""Fences that swallowed what stands after them, cut into what their authors meant."""

import re
from collections.abc import Sequence

from generator.diagnostics import Findings, Parsed, Span
from generator.markdown.document import Annotation, CodeBlock
from generator.pages.json_text import read_json
from generator.pages.start_lines import (
    is_further_request,
    request_line,
    status_line,
    text_kind,
)

_CUT = re.compile(
    r"^(?: {0,3}#{1,6}[ \t]+\S| {0,3}```|[ \t]*<!--\s*\{|HTTP(?:/\d(?:\.\d)?)?[ \t]+\d{3}\b)", re.M
)
_HEADING = re.compile(r" {0,3}#{1,6}[ \t]+\S")
_FENCE = re.compile(r" {0,3}```+[ \t]*([^`]*)$")
_COMMENT = re.compile(r"[ \t]*<!--\s*\{")


def split_fence(block: CodeBlock) -> Parsed[tuple[CodeBlock, ...]]:
    """A message fence in pieces, where it swallowed what stands after it; else the fence itself.

    A fence without its end runs over the heading, annotation and opening of the next one; some
    are opened twice; some hold a request and its response. A piece takes the annotation and the
    info string that were swallowed before it; its lines keep their places.
    """
    match = _CUT.search(block.text)
    if match is None or text_kind(block.text) not in ("request", "response"):
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


def split_requests(block: CodeBlock) -> Parsed[tuple[CodeBlock, ...]]:
    """An example's request fence, a piece for each request line in it.

    The last piece keeps the annotation: what follows the fence answers it. A multipart body may
    hold requests of its own, and is left alone.
    """
    lines = block.text.split("\n")
    top = next((at for at, line in enumerate(lines) if line.strip()), 0)
    starts = [at for at in range(top + 1, len(lines)) if is_further_request(lines[at])]
    if not starts or any(line.startswith("--") for line in lines):
        return Parsed((block,))
    found = Findings()
    pieces: list[CodeBlock] = []
    for start, end in zip([0, *starts], [*starts, len(lines)], strict=True):
        if start:
            line = block.span.first + 1 + start
            found.say("request-second", block.span.at_line(line), line=lines[start])
        text = "\n".join(lines[start:end]).rstrip("\n") + "\n"
        span = Span(
            block.span.path, block.span.first + start, block.span.column, block.span.first + end
        )
        pieces.append(
            CodeBlock(block.info, text, span, block.annotation if end == len(lines) else None)
        )
    return Parsed(tuple(pieces), found.as_said())


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
            elif line.startswith("HTTP") and status_line(line) and self._begins_response():
                self._open(at)
                self._lines.append(line)
            elif self._in_code:
                self._lines.append(line)
            elif request_line(line):
                self._open(at)
                self._lines.append(line)
            at += 1
        self._finish()
        return self

    def _begins_response(self) -> bool:
        """Whether a status line begins a piece: not the first line, nor in a multipart body."""
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
        self._close()
        if info or not was_open:
            self._open(at + 1)
            self._info = info or self.block.info

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
        """Keep the open piece, if it holds anything; its span begins one line above its text."""
        if any(map(str.strip, self._lines)):
            first = self.block.span.first + self._from
            span = Span(
                self.block.span.path, first, self.block.span.column, first + len(self._lines)
            )
            text = "\n".join(self._lines) + "\n"
            self.made.append(CodeBlock(self._info, text, span, self._annotation))
        self._lines = []
