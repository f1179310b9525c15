"""Property and parameter tables: one row, one fact."""

import re
from collections.abc import Sequence

from msgspec.structs import replace

from generator.diagnostics import Diagnostic, Parsed, finding
from generator.markdown.document import Row, Table
from generator.markdown.inline import plain
from generator.pages.facts import PropertyFact
from generator.pages.prose import read_description
from generator.pages.types import read_type, says_nullable
from generator.pages.vocabulary import (
    KNOWN_TITLES,
    NAME_TITLES,
    REQUIRED_TITLES,
    TEXT_TITLES,
    TYPE_TITLES,
    UNFINISHED,
    column,
    normal,
)

_NAME = re.compile(r"^[A-Za-z_][\w.-]*$")
_ANNOTATION = re.compile(
    r"^@(?!odata\.)[A-Za-z][\w.]*$"
)  # an instance annotation (OData JSON, 4.6)
_READ_ONLY = re.compile(r"\(\s*read[- ]?only\s*\)", re.I)
_REMARK = re.compile(r"\s*[\[(][^\[\]()]*[\])]\s*$")
_HEADING_ROW = re.compile(r"^(?:\*\*|&nbsp;|__)")
_YES = frozenset({"yes", "y", "required", "true", "x", "✓", "✔"})


def is_property_table(table: Table) -> bool:
    """Whether the first column names properties and another one types them.

    Titles in a language that the vocabulary does not have say nothing; then the cells do.
    """
    if column(table.titles, KNOWN_TITLES) is None:
        return _shows_properties(table)
    return (
        column(table.titles[:1], NAME_TITLES) == 0 and column(table.titles, TYPE_TITLES) is not None
    )


def _shows_properties(table: Table) -> bool:
    """Whether the first cells are names and the second ones types, with few exceptions."""
    if len(table.titles) < 2 or not table.rows:
        return False
    shown = [
        row for row in table.rows if _NAME.match(read_name(row.cells[0])) and _is_type(row.cells[1])
    ]
    return len(shown) * 5 >= len(table.rows) * 4


def _is_type(cell: str) -> bool:
    phrase = read_type(cell, "").phrase
    return phrase is not None and all(w.primitive or w.target.endswith(".md") for w in phrase.words)


def read_properties(
    table: Table, page: str, is_relationship: bool = False
) -> Parsed[tuple[PropertyFact, ...]]:
    """Read a property table, row by row, in page order.

    A row without a name, and one whose name is an annotation or a path, is reported and left out.
    A row whose type is not understood is reported and kept without type.
    """
    name_at = column(table.titles, NAME_TITLES) or 0
    type_at = column(table.titles, TYPE_TITLES)
    if type_at is None and column(table.titles, KNOWN_TITLES) is None and _shows_properties(table):
        type_at = 1
    if type_at is None and [normal(title) for title in table.titles[1:]] == [
        "value",
        "description",
    ]:
        type_at = 1  # a table of query options: `$top | Int32 | How many.`
    others = ["" if at in (0, type_at) else title for at, title in enumerate(table.titles)]
    text_at = column(others, TEXT_TITLES)
    if text_at is None:
        spare = [at for at in range(len(table.titles)) if at not in (name_at, type_at)]
        text_at = spare[-1] if spare else None
    required_at = column(table.titles, REQUIRED_TITLES)
    facts: list[PropertyFact] = []
    found: list[Diagnostic] = []
    for number, row in enumerate(table.rows, start=1):
        type_cell = row.cells[type_at] if type_at is not None else ""
        if _is_heading(row, type_cell):
            found.append(finding("section-row", row.span, text=plain(row.cells[0]) or row.cells[0]))
            continue
        name = read_name(row.cells[name_at])
        if not name:
            found.append(finding("property-unnamed", row.span, row=number))
            continue
        if not _NAME.match(name) and not _ANNOTATION.match(name):
            found.append(finding("property-not-plain", row.span, name=name))
            continue
        fact = _read_row(row, name, type_cell, text_at, page)
        found.extend(fact.diagnostics)
        value = replace(fact.value, is_relationship=is_relationship)
        if required_at is not None and plain(row.cells[required_at]).casefold().strip(" .") in _YES:
            value = replace(value, notes=replace(value.notes, required=True))
        if "(deprecated)" in row.cells[name_at].lower() and value.notes.deprecated is None:
            value = replace(value, notes=replace(value.notes, deprecated="Deprecated."))
        facts.append(value)
    return Parsed(tuple(facts), tuple(found))


def read_name(cell: str) -> str:
    """The name in a name cell, without link, decoration and remarks: `**id** (deprecated)` is `id`."""
    name = plain(cell).strip("`*\"' ")
    while (shorter := _REMARK.sub("", name)) != name:
        name = shorter
    return name.strip(" :,;`*")


def _is_heading(row: Row, type_cell: str) -> bool:
    rest = [cell for cell in row.cells[1:] if cell.replace("&nbsp;", "").strip()]
    return not rest and not type_cell and bool(_HEADING_ROW.match(row.cells[0]))


def _read_row(
    row: Row, name: str, type_cell: str, text_at: int | None, page: str
) -> Parsed[PropertyFact]:
    found: list[Diagnostic] = []
    read = read_type(type_cell, page)
    description = read_description(row.cells[text_at] if text_at is not None else "", page)
    if read.phrase is None:
        found.append(finding("property-type-unknown", row.span, type=plain(type_cell)))
    elif read.is_prose:
        words = " or ".join(word.primitive or word.text for word in read.phrase.words)
        shown = f"a collection of {words}" if read.phrase.is_collection else words
        found.append(finding("type-cell-prose", row.span, cell=plain(type_cell), type=shown))
    if unfinished := UNFINISHED.search(" ".join(row.cells)):
        found.append(
            finding(
                "page-unfinished", row.span, text=_around(plain(" ".join(row.cells)), unfinished[0])
            )
        )
    if "not yet documented" in description.text.lower():
        found.append(finding("not-documented", row.span, name=name))
    notes = description.notes
    if _READ_ONLY.search(type_cell):
        notes = replace(notes, read_only=True)
    if notes.nullable is None and says_nullable(type_cell):
        notes = replace(notes, nullable=True)
    fact = PropertyFact(
        name,
        read.phrase,
        description.text,
        row.span,
        notes,
        inherited_from=description.inherited_from,
        values=description.values,
    )
    return Parsed(fact, tuple(found))


def redescribed(fact: PropertyFact, cell: str, page: str) -> PropertyFact:
    """The row as it would be read with `cell` for its description.

    What the description stated goes with it; what other cells state (a column of required ones,
    `(read-only)` beside the type, `(deprecated)` beside the name) stays.
    """
    new, old = read_description(cell, page), read_description(fact.text, page).notes
    beside = {
        name: getattr(fact.notes, name)
        for name in ("read_only", "nullable", "required", "deprecated")
        if getattr(fact.notes, name) != getattr(old, name)
    }
    return replace(
        fact,
        text=new.text,
        notes=replace(new.notes, **beside),
        inherited_from=new.inherited_from,
        values=new.values,
    )


def _around(text: str, word: str) -> str:
    """The words of `text` from `word` on, as a finding quotes them."""
    at = text.find(word.strip("*"))
    return text[at : at + 60] if at >= 0 else word


def union_rows(tables: Sequence[tuple[PropertyFact, ...]]) -> Parsed[tuple[PropertyFact, ...]]:
    """The rows of several tables of one page, each name once; the first row keeps its place."""
    kept: dict[str, PropertyFact] = {}
    found: list[Diagnostic] = []
    for rows in tables:
        for row in rows:
            if row.name in kept:
                found.append(
                    finding(
                        "property-twice",
                        row.span,
                        name=row.name,
                        kept=f"line {kept[row.name].span.first} was kept",
                    )
                )
            else:
                kept[row.name] = row
    return Parsed(tuple(kept.values()), tuple(found))
