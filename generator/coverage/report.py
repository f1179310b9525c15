"""What became of the pages, entry by entry: the one type that leaves this room as a value."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum

from generator.diagnostics import Span
from generator.values import Value


class Mark(StrEnum):
    """What became of something that stands on a page."""

    TESTED = "tested"  # code, and an emitted test that plays it
    PARTLY = "partly"  # tested but for what contradicts, or made but for some of its rows
    CODE = "code"  # code that no test plays
    TOLD = "told"  # no code follows from it: docstrings tell it, or the client does it itself
    LEFT = "left"  # nothing


class Reason(Value, order=True):
    """Why an entry is not all code and tests: a finding of the run, or a reason of `REASONS`."""

    code: str
    text: str


class Entry(Value):
    """Something that stands on a page, and what became of it.

    `code` are places in the package, `models/user.py: User.mail`; `tests` are names that pytest
    takes, `tests/test_user.py::test_get`.
    """

    kind: str
    name: str
    span: Span
    mark: Mark
    code: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()


class TableEntry(Value):
    """A table with its rows; its mark is that of the rows together."""

    heading: str
    span: Span
    mark: Mark
    rows: tuple[Entry, ...]


class PageEntry(Value):
    """A page: its kind, its request lines, tables, examples, and what the run says of it."""

    path: str
    kind: str
    title: str
    mark: Mark
    lines: tuple[Entry, ...]
    tables: tuple[TableEntry, ...]
    messages: tuple[Entry, ...]
    findings: tuple[tuple[str, str, str], ...]  # place, severity, "message [code]"

    @property
    def entries(self) -> Iterator[Entry]:
        """Everything but the page and its tables, in the order of these fields."""
        yield from self.lines
        for table in self.tables:
            yield from table.rows
        yield from self.messages


class Coverage(Value):
    """All pages by path, and how many entries of each kind have which mark."""

    pages: tuple[PageEntry, ...]

    @property
    def totals(self) -> Mapping[str, Counter[Mark]]:
        """By kind: pages and tables first, then the kinds of entries by name."""
        counted: dict[str, Counter[Mark]] = {"page": Counter(), "table": Counter()}
        entries: dict[str, Counter[Mark]] = {}
        for page in self.pages:
            counted["page"][page.mark] += 1
            counted["table"].update(table.mark for table in page.tables)
            for entry in page.entries:
                entries.setdefault(entry.kind, Counter())[entry.mark] += 1
        return counted | {kind: entries[kind] for kind in sorted(entries)}

    @property
    def reasons(self) -> Mapping[tuple[Mark, str], int]:
        """How many entries have which mark for which reason, most of them first.

        An entry counts once, for the first of its reasons.
        """
        counted = Counter(
            (entry.mark, entry.reasons[0].code)
            for page in self.pages
            for entry in page.entries
            if entry.reasons
        )
        return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))


def together(marks: Iterable[Mark]) -> Mark:
    """The mark of a whole whose parts have these; of nothing, `LEFT`.

    Parts from which no code follows have no say beside others.
    """
    met = set(marks)
    several = met - {Mark.TOLD} or met
    if len(several) == 1:
        return next(iter(several))
    if not several:
        return Mark.LEFT
    return Mark.PARTLY if several & {Mark.LEFT, Mark.PARTLY} else Mark.CODE
