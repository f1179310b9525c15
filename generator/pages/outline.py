"""What stands on a page, whatever was made of it: its tables, row by row, and its messages.

Takes a page and its includes, gives its outline. The facts say what was understood; the outline
says what there was to understand, so that the two can be compared.
"""

from generator.diagnostics import Span
from generator.markdown.document import CodeBlock, Section, Table
from generator.markdown.inline import links, plain
from generator.markdown.tree import read_document
from generator.pages.fences import split_fence, split_requests
from generator.pages.http import fence_kind
from generator.pages.hyperlinks import resolve_link
from generator.textfile import AnyFile, Includes
from generator.values import Value

_SHOWN = ("request", "response", "json")


class RowOutline(Value):
    """A row: the text of its first cell, and the page that a link in this cell leads to."""

    name: str
    target: str
    span: Span


class TableOutline(Value):
    """A table, and the heading above it."""

    heading: str
    rows: tuple[RowOutline, ...]
    span: Span


class MessageOutline(Value):
    """A request, a response or JSON, told by its first line; `span.last` is the last line of it."""

    kind: str  # request, response, json
    heading: str
    start: str  # its first line
    span: Span


class PageOutline(Value):
    path: str
    tables: tuple[TableOutline, ...]
    messages: tuple[MessageOutline, ...]


def read_outline(page: AnyFile, includes: Includes) -> PageOutline:
    """The tables and messages of a page and of its includes, in document order."""
    tables: list[TableOutline] = []
    messages: list[MessageOutline] = []
    for section in read_document(page, includes).value.sections:
        heading = plain(section.heading.text) if section.heading is not None else ""
        for block in section.blocks:
            if isinstance(block, Table):
                tables.append(_table(block, heading, page.path))
            elif isinstance(block, CodeBlock):
                messages.extend(_messages(block, section, heading))
    return PageOutline(page.path, tuple(tables), tuple(messages))


def _table(table: Table, heading: str, page: str) -> TableOutline:
    rows = []
    for row in table.rows:
        first = row.cells[0] if row.cells else ""
        target = next((resolve_link(page, link.target) for link in links(first)), "")
        rows.append(RowOutline(plain(first), target.partition("#")[0], row.span))
    return TableOutline(heading, tuple(rows), table.span)


def _messages(block: CodeBlock, section: Section, heading: str) -> list[MessageOutline]:
    """What a fence holds: one message, or several that it swallowed."""
    found = []
    for piece in split_fence(block).value:
        kind = fence_kind(piece)
        if kind not in _SHOWN:
            continue
        for part in split_requests(piece).value if kind == "request" else (piece,):
            lines = part.text.split("\n")
            first = next((line.strip() for line in lines if line.strip()), "")
            found.append(MessageOutline(kind, heading, first, part.span))
    return found
