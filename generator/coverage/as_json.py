"""Coverage as JSON: a versioned form, for programs.

`{"format": "gen-graph-coverage", "version": 1, "totals": {…}, "reasons": […], "pages": […]}`:

- `totals` maps each kind of entry, `page` and `table` included, to the number of entries by mark.
- `reasons` lists `{"mark", "code", "count"}`: how many entries have this as their first reason.
- A page is `{"path", "kind", "title", "mark", "lines", "tables", "examples", "findings"}`.
- A table is `{"place", "heading", "mark", "rows"}`.
- Lines, rows and examples are entries: `{"kind", "name", "place", "mark", "code", "tests",
  "reasons"}`. `code` lists places in the package (`models/user.py: User.mail`), `tests` names that
  pytest takes, and `reasons` says `{"code", "text"}` why an entry is not tested whole.
- A finding is `{"place", "severity", "message"}`.

A mark is one of `report.Mark`; a place is the text `file:line:column`; a list or text that is
empty is left out.
"""

from typing import TypeAlias

from generator.coverage.report import Coverage, Entry, PageEntry

Json: TypeAlias = "None | bool | int | float | str | list[Json] | dict[str, Json]"

FORMAT = "gen-graph-coverage"
VERSION = 1


def as_json(coverage: Coverage) -> dict[str, Json]:
    return {
        "format": FORMAT,
        "version": VERSION,
        "totals": {
            kind: {str(mark): count for mark, count in sorted(marks.items())}
            for kind, marks in coverage.totals.items()
        },
        "reasons": [
            {"mark": str(mark), "code": code, "count": count}
            for (mark, code), count in coverage.reasons.items()
        ],
        "pages": [_page(page) for page in coverage.pages],
    }


def _page(page: PageEntry) -> Json:
    return _filled(
        {
            "path": page.path,
            "kind": page.kind,
            "title": page.title,
            "mark": str(page.mark),
            "lines": [_entry(line) for line in page.lines],
            "tables": [
                _filled(
                    {
                        "place": str(table.span),
                        "heading": table.heading,
                        "mark": str(table.mark),
                        "rows": [_entry(row) for row in table.rows],
                    }
                )
                for table in page.tables
            ],
            "examples": [_entry(message) for message in page.messages],
            "findings": [
                {"place": place, "severity": severity, "message": message}
                for place, severity, message in page.findings
            ],
        }
    )


def _entry(entry: Entry) -> Json:
    return _filled(
        {
            "kind": entry.kind,
            "name": entry.name,
            "place": str(entry.span),
            "mark": str(entry.mark),
            "code": list(entry.code),
            "tests": list(entry.tests),
            "reasons": [{"code": reason.code, "text": reason.text} for reason in entry.reasons],
        }
    )


def _filled(parts: dict[str, Json]) -> Json:
    return {name: part for name, part in parts.items() if part not in ("", [])}
