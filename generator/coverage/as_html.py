"""Coverage as one page of HTML that needs nothing beside itself.

Every text of the docs goes through the filter `html`, and the page's own policy (Content Security
Policy 3, 6.1) allows no script but ours, told by its digest, and nothing from elsewhere.
"""

import base64
import hashlib
from collections import Counter
from collections.abc import Iterable

from generator.coverage.report import (
    Coverage,
    Entry,
    Mark,
    PageEntry,
    TableEntry,
    together,
)
from generator.render.environment import fill
from generator.values import Value

_MOST_SHOWN = 3  # places of code and tests of one entry, by name; the others are counted
_ABOUT = {
    Mark.TESTED: "code, and a test that plays it",
    Mark.PARTLY: "tested or made, but for a part that the page contradicts or that is lost",
    Mark.CODE: "code that no example shows, so that no test plays it",
    Mark.TOLD: "nothing that code follows from: docstrings tell it, or the client does it itself",
    Mark.LEFT: "nothing became of it",
}


class ShareView(Value):
    """A part of a bar: a mark, how many have it, and so as people read numbers."""

    mark: str
    count: int
    shown: str


class TotalView(Value):
    kind: str
    count: str
    shares: tuple[ShareView, ...]  # one for each mark


class MarkView(Value):
    mark: str
    about: str


class ReasonView(Value):
    mark: str
    code: str
    count: str


class EntryView(Value):
    """A row: what stands on the page, and what became of it."""

    line: str  # with the file, where that is an include
    mark: str
    kind: str
    name: str
    code: tuple[str, ...]
    tests: tuple[str, ...]
    more: str  # "and 3 more"
    reasons: tuple[str, ...]


class PartView(Value):
    """A part of a page: a table, or all request lines, or all examples."""

    title: str
    line: str
    mark: str
    entries: tuple[EntryView, ...]


class FindingView(Value):
    place: str
    severity: str
    message: str


class PageView(Value):
    path: str
    kind: str
    title: str
    mark: str
    shares: tuple[ShareView, ...]  # marks that something on the page has
    parts: tuple[PartView, ...]
    findings: tuple[FindingView, ...]


def as_html(coverage: Coverage, name: str) -> str:
    """The whole page; `name` is that of the docs folder."""
    script = fill("coverage/script.js.jinja", {})
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    view = {
        "name": name,
        "script": script,
        "digest": f"sha256-{digest}",
        "style": fill("coverage/style.css.jinja", {}),
        "marks": tuple(MarkView(str(mark), about) for mark, about in _ABOUT.items()),
        "totals": tuple(_total(kind, marks) for kind, marks in coverage.totals.items()),
        "reasons": tuple(
            ReasonView(str(mark), code, f"{count:,}")
            for (mark, code), count in coverage.reasons.items()
        ),
        "pages": tuple(_page(page) for page in coverage.pages),
    }
    return fill("coverage/report.html.jinja", view)


def _total(kind: str, marks: Counter[Mark]) -> TotalView:
    shares = tuple(ShareView(str(mark), marks[mark], f"{marks[mark]:,}") for mark in Mark)
    return TotalView(_plural(kind), f"{marks.total():,}", shares)


def _plural(kind: str) -> str:
    if kind == "json":
        return "other JSON"
    return f"{kind[:-1]}ies" if kind.endswith("y") else f"{kind}s"


def _page(page: PageEntry) -> PageView:
    parts = [_part("Request lines", page.lines, page.path)] if page.lines else []
    parts += [_table(table, page.path) for table in page.tables]
    parts += [_part("Examples", page.messages, page.path)] if page.messages else []
    marks = Counter(entry.mark for entry in page.entries)
    return PageView(
        page.path,
        page.kind,
        page.title,
        str(page.mark),
        tuple(ShareView(str(m), marks[m], f"{marks[m]:,}") for m in Mark if marks[m]),
        tuple(parts),
        tuple(FindingView(*finding) for finding in page.findings),
    )


def _table(table: TableEntry, page: str) -> PartView:
    rows = tuple(_entry(row, page) for row in table.rows)
    return PartView(table.heading or "Table", str(table.span.first), str(table.mark), rows)


def _part(title: str, entries: Iterable[Entry], page: str) -> PartView:
    shown = tuple(entries)
    mark = together(entry.mark for entry in shown)
    return PartView(title, "", str(mark), tuple(_entry(entry, page) for entry in shown))


def _entry(entry: Entry, page: str) -> EntryView:
    span = entry.span
    code, tests = entry.code[:_MOST_SHOWN], entry.tests[:_MOST_SHOWN]
    more = len(entry.code) + len(entry.tests) - len(code) - len(tests)
    return EntryView(
        str(span.first) if span.path == page else f"{span.path}:{span.first}",
        str(entry.mark),
        entry.kind,
        entry.name,
        code,
        tests,
        f"and {more} more" if more else "",
        tuple(f"{reason.text} [{reason.code}]" for reason in entry.reasons),
    )
