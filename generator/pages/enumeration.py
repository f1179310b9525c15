"""Enumerations: enum pages, collective pages, and tables of members on other pages."""

import re

from generator.diagnostics import Diagnostic, Parsed, finding
from generator.markdown.document import Document, Paragraph, Section, Table
from generator.markdown.inline import plain
from generator.pages.facts import EnumFact, MemberFact
from generator.pages.headings import cased, original_title, top_heading
from generator.pages.hyperlinks import anchor_of
from generator.pages.vocabulary import (
    ENUM_HEADING,
    ENUM_TITLE,
    MEMBER_TITLES,
    NAMESPACE_LINE,
    NUMBER_TITLES,
    TYPE_TITLES,
    column,
    normal,
)

_MEMBER = re.compile(r"^[^\s|]+(?: [^\s|]+){0,3}$")
_NUMBER = re.compile(r"^-?\d+$")
_HEX = re.compile(r"^0x[0-9a-f]+$", re.I)


def read_enums(document: Document, namespace: str) -> Parsed[tuple[EnumFact, ...]]:
    """Every enumeration of a page: the page's own (`# x enum type`), and `### x values` tables."""
    facts: list[EnumFact] = []
    found: list[Diagnostic] = []
    top = top_heading(document)
    title = original_title(document)
    page_enum = ENUM_TITLE.match(title)
    for section in document.sections:
        if section.heading is None:
            continue
        tables = [block for block in section.blocks if isinstance(block, Table)]
        if not tables:
            continue
        heading = plain(section.heading.text).rstrip(":").strip()
        if (slug := section.heading.anchor) and slug != anchor_of(heading):
            heading = cased(slug.replace("-", " "), heading)
        named = ENUM_HEADING.match(heading)
        if page_enum and normal(heading) in (*_MEMBER_SECTIONS, normal(title)):
            name, anchor = page_enum[1].strip(), ""
        elif named and named[1].lower() not in _NO_NAMES:
            name, anchor = named[1].strip("`*'\""), anchor_of(heading)
        else:
            continue
        name = _joined(name)
        for table in tables:
            members = _read_members(table, is_named=True)
            found.extend(members.diagnostics)
            if members.value:
                text = (
                    _text(document, section) if anchor == "" else _text_of(section, document.path)
                )
                numbers = [m.number for m in members.value if m.number is not None]
                facts.append(
                    EnumFact(
                        name,
                        namespace,
                        text,
                        members.value,
                        anchor,
                        top.span if top is not None and anchor == "" else section.heading.span,
                        _is_flags(text, numbers),
                    )
                )
                break
    return Parsed(tuple(facts), tuple(found))


_MEMBER_SECTIONS = ("members", "member", "values", "value", "properties", "property")
_NO_NAMES = frozenset(
    {
        "the",
        "possible",
        "supported",
        "property",
        "enum",
        "enumeration",
        "following",
        "return",
        "all",
        "default",
        "error",
        "common",
    }
)


def _joined(name: str) -> str:
    """A title of several words as one name, first letter lowered: `Display As` → `displayAs`."""
    parts = [part for part in re.split(r"[^\w.]+", name) if part]
    if not parts:
        return ""
    head, *rest = parts
    return head[0].lower() + head[1:] + "".join(part[0].upper() + part[1:] for part in rest)


def _read_members(table: Table, is_named: bool) -> Parsed[tuple[MemberFact, ...]]:
    """The members of a table, or none where it is a table of something else."""
    titles = [normal(title) for title in table.titles]
    name_at = column(table.titles, MEMBER_TITLES)
    if name_at != 0 or column(table.titles, TYPE_TITLES) is not None:
        return Parsed(())
    number_at = next((at for at in range(1, len(titles)) if titles[at] in NUMBER_TITLES), None)
    text_at = next(
        (
            at
            for at in range(len(titles) - 1, 0, -1)
            if titles[at] in ("description", "descriptions", "meaning", "details", "member")
        ),
        None,
    )
    members: dict[str, MemberFact] = {}
    found: list[Diagnostic] = []
    for number, row in enumerate(table.rows, start=1):
        name = plain(row.cells[0]).strip("`*\"'., ")
        if not name:
            found.append(finding("enum-member-unnamed", row.span, row=number))
            continue
        if not _MEMBER.match(name) or name == "null":  # JSON sends null for that, not a text
            continue
        cell = plain(row.cells[number_at]) if number_at is not None else ""
        value = int(cell) if _NUMBER.match(cell) else int(cell, 16) if _HEX.match(cell) else None
        if (
            _NUMBER.match(name)
            and value is None
            and number_at is not None
            and cell
            and " " not in cell
        ):
            name, value = cell, int(name)  # `Value | Member` tables name the member second
        text = plain(row.cells[text_at]) if text_at is not None and text_at != number_at else ""
        members.setdefault(name, MemberFact(name, value, text, row.span))
    return Parsed(tuple(members.values()), tuple(found))


def _is_flags(text: str, numbers: list[int]) -> bool:
    """Whether the numbers are powers of two beyond what counting gives, or the text says flags."""
    powers = [n for n in numbers if n > 0]
    by_numbers = (
        len(powers) > 2 and max(powers) > len(numbers) and all(n & (n - 1) == 0 for n in powers)
    )
    return by_numbers or bool(re.search(r"\bflags?\b|\bbit ?mask\b|\bflagged enum", text, re.I))


def _text(document: Document, section: Section) -> str:
    """The page's own introduction."""
    for other in document.sections:
        if other.heading is not None and other.heading.level == 1:
            return _text_of(other, document.path)
    return _text_of(section, document.path)


def _text_of(section: Section, page: str) -> str:
    """The first paragraph above the table that is no notice; includes and block quotes hold these."""
    for block in section.blocks:
        if isinstance(block, Table):
            break
        if not isinstance(block, Paragraph) or block.is_quote or block.span.path != page:
            continue
        if not NAMESPACE_LINE.match(block.text):
            return plain(block.text)
    return ""
