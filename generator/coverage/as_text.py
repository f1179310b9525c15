"""Coverage as text: the totals, then one line for each thing on each page."""

from collections import Counter
from collections.abc import Iterator

from generator.coverage.report import Coverage, Entry, Mark, PageEntry


def text_lines(coverage: Coverage) -> Iterator[str]:
    """The totals by kind, the reasons by count, and the pages by path."""
    for kind, marks in coverage.totals.items():
        yield f"{kind:15} {_counted(marks)}"
    yield ""
    for (mark, code), count in coverage.reasons.items():
        yield f"{count:15,} {mark:7} {code}"
    for page in coverage.pages:
        yield ""
        yield from _page(page)


def _counted(marks: Counter[Mark]) -> str:
    shown = ", ".join(f"{marks[mark]:,} {mark}" for mark in Mark if marks[mark])
    return f"{marks.total():7,}  {shown}"


def _page(page: PageEntry) -> Iterator[str]:
    yield f"{page.path}  {page.kind}, {page.mark}"
    for line in page.lines:
        yield _entry(line, page.path)
    for table in page.tables:
        heading = f" {table.heading}" if table.heading else ""
        yield f"{table.span.first:7} {table.mark:7} table{heading}"
        yield from (_entry(row, page.path) for row in table.rows)
    for message in page.messages:
        yield _entry(message, page.path)


def _entry(entry: Entry, page: str) -> str:
    """`12 tested property mail -> models/user.py: User.mail (tests/…)`; an include is named."""
    span = entry.span
    line = f"{span.first:7}" if span.path == page else f"{span.path}:{span.first}"
    code = f" -> {', '.join(entry.code)}" if entry.code else ""
    tests = f" ({', '.join(entry.tests)})" if entry.tests else ""
    why = "".join(f"; {reason.code}: {reason.text}" for reason in entry.reasons)
    return f"{line} {entry.mark:7} {entry.kind} {entry.name}{code}{tests}{why}"
