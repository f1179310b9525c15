"""Pipe tables (GFM 4.10), read from their source lines.

markdown-it drops the cells that exceed the header and gives cells no place of their own; page
authors leave unescaped pipes in texts and break a cell over two lines. Both are repaired here.
"""

import re
from collections.abc import Sequence

from markdown_it.rules_block import StateBlock

from generator.diagnostics import Diagnostic, Parsed, Span, finding
from generator.markdown.document import Row, Table

DELIMITER = re.compile(r"^[\s>]*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$")
_PIPE = re.compile(r"(?<!\\)\|")
_PREFIX = re.compile(r"^[\s>]*")


def table_rule(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A block rule for markdown-it that finds where a table is, and makes one token of it.

    markdown-it's own rule also makes tokens of rows and cells, which costs a third of all block
    parsing, and takes a delimiter row with too many or too few columns for prose.
    """
    if (
        start + 1 >= end
        or state.sCount[start + 1] < state.blkIndent
        or state.is_code_block(start + 1)
    ):
        return False
    if state.src[
        state.bMarks[start + 1]
        + state.tShift[start + 1] : state.bMarks[start + 1]
        + state.tShift[start + 1]
        + 1
    ] not in ("|", "-", ":"):
        return False
    header, under = _line(state, start), _line(state, start + 1)
    if "|" not in header or "|" not in under or DELIMITER.match(under) is None:
        return False
    if len(split_row(header)) != len(split_row(under)) and not (
        header.startswith("|") and under.startswith("|")
    ):
        return False
    if silent:
        return True
    stops = state.md.block.ruler.getRules("blockquote")
    parent, state.parentType = state.parentType, "table"
    line = start + 2
    while line < end:
        if (
            state.sCount[line] < state.blkIndent
            or state.is_code_block(line)
            or not _line(state, line).strip()
        ):
            break
        if any(stop(state, line, end, True) for stop in stops):
            break
        line += 1
    state.parentType = parent
    token = state.push("table", "table", 0)
    token.map = [start, line]
    state.line = line
    return True


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]


def split_row(line: str) -> list[str]:
    """The cells of one line; a backslash keeps a pipe inside its cell."""
    inner = _PREFIX.sub("", line).rstrip()
    inner = inner[1:] if inner.startswith("|") else inner
    if inner.endswith("|") and not inner.endswith("\\|"):
        inner = inner[:-1]
    if "\\|" not in inner:
        return [cell.strip() for cell in inner.split("|")]
    return [cell.strip().replace("\\|", "|") for cell in _PIPE.split(inner)]


def read_table(lines: Sequence[str], first: int, path: str) -> Parsed[Table]:
    """The table whose header stands on line `first`, its delimiter on the next.

    A row with too many cells keeps the excess in its last column; a line without any pipe at its
    start and with one cell alone continues the last cell of the row above.
    """
    span = Span(path, first, 1, first + len(lines) - 1)
    titles = tuple(split_row(lines[0]))
    found: list[Diagnostic] = []
    under = split_row(lines[1])
    if len(under) != len(titles):
        found.append(
            finding(
                "table-columns-differ",
                span.at_line(first + 1),
                found=len(under),
                expected=len(titles),
            )
        )
    width = max(len(titles), 1)
    rows: list[Row] = []
    for number, line in enumerate(lines[2:], start=first + 2):
        cells = split_row(line)
        place = Span(path, number, len(line) - len(line.lstrip()) + 1, number)
        starts_with_pipe = _PREFIX.sub("", line).startswith("|")
        if rows and width > 1 and len(cells) == 1 and not starts_with_pipe:
            above = rows[-1]
            joined = (*above.cells[:-1], f"{above.cells[-1]} {cells[0]}".strip())
            rows[-1] = Row(joined, Span(path, above.span.first, above.span.column, number))
            found.append(finding("cell-continued", place))
            continue
        if len(cells) > width:
            if any(cells[width:]):
                found.append(finding("cells-rejoined", place, found=len(cells), expected=width))
            rest = " | ".join(cells[width - 1 :]) if any(cells[width:]) else cells[width - 1]
            cells = [*cells[: width - 1], rest]
        elif len(cells) < width:
            if cells[0] and not cells[0].startswith(("**", "&nbsp;")):
                found.append(finding("row-short", place))
            cells += [""] * (width - len(cells))
        if any(cells):
            rows.append(Row(tuple(cells), place))
    return Parsed(Table(titles, tuple(rows), span), tuple(found))
