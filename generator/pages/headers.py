"""The tables of an operation page that hold no properties: headers, permissions, errors."""

import re

from generator.diagnostics import Diagnostic, Parsed, finding
from generator.markdown.document import Table
from generator.markdown.inline import plain
from generator.pages.facts import ErrorFact, HeaderFact, PermissionFact
from generator.pages.languages import title
from generator.pages.primitives import primitive
from generator.pages.vocabulary import (
    HEADER_TITLES,
    PERMISSION_TITLES,
    TYPE_TITLES,
    UNFINISHED,
    VALUE_TITLES,
    column,
    normal,
)

_HEADER_NAME = re.compile(r"^[A-Za-z][A-Za-z0-9-]*$")
_SCOPE = re.compile(r"[A-Za-z][\w-]*(?:\.[\w-]+)+|\b[a-z]+_[a-z_]+\b|^(?:openid|profile|email)$")
_TOGETHER = re.compile(r"\s*(?:and|\+|&)\s*$", re.I)
_NONE = re.compile(r"^\W*(?:not (?:supported|available|applicable)|none|no|n/?a)?\W*$", re.I)


def read_headers(table: Table) -> tuple[HeaderFact, ...]:
    """Request headers, as far as their names are header names (RFC 9110, 5.1)."""
    if column(table.titles[:1], HEADER_TITLES) != 0:
        return ()
    places = [column(table.titles[1:], titles) for titles in VALUE_TITLES]
    value_at = next((at for at in places if at is not None), None)
    type_at = column(table.titles[1:], TYPE_TITLES)
    last = len(table.titles) - 1
    headers: list[HeaderFact] = []
    for row in table.rows:
        name, colon, value = plain(row.cells[0]).strip("`* ").partition(":")
        name = name.strip()
        if (told := title(name.casefold())) != name.casefold():
            name = told.title()  # `授权`, `Autorisierung`
        if not _HEADER_NAME.match(name):
            continue
        texts = [plain(cell) for cell in row.cells[1:]]
        at = value_at
        if type_at is not None and texts[type_at] and not primitive(texts[type_at]):
            at = type_at  # `Bearer {token}. Required.` stands where a type belongs
        text = value.strip() if colon else texts[at] if at is not None else plain(row.cells[last])
        said = " ".join(texts)
        headers.append(HeaderFact(name, text or said, says_required(said), row.span))
    return tuple(headers)


def says_required(text: str) -> bool:
    """Whether the description of a header says that a request must have it."""
    return bool(re.search(r"\brequired\b", text, re.I))


def is_permission_table(table: Table) -> bool:
    return column(table.titles[:1], PERMISSION_TITLES) == 0 or any(
        "delegated" in normal(title) for title in table.titles
    )


def read_permissions(table: Table) -> Parsed[tuple[PermissionFact, ...]]:
    """Permissions by kind, least privileged first; three layouts.

    One column of scopes in a stated order, columns for the least and the higher privileges, or a
    matrix of resources by kinds.
    """
    found: list[Diagnostic] = []
    facts: list[PermissionFact] = []
    titles = [normal(title) for title in table.titles]
    is_matrix = column(table.titles[:1], PERMISSION_TITLES) != 0
    most_first = any("most to least" in title for title in titles)
    for row in table.rows:
        kind = plain(row.cells[0]).strip(" *")
        cells = row.cells[1:]
        if unfinished := next((c for c in cells if UNFINISHED.search(c)), None):
            found.append(finding("permissions-unstated", row.span, text=plain(unfinished)))
            continue
        if is_matrix:
            for title, cell in zip(table.titles[1:], cells, strict=False):
                facts.append(PermissionFact(f"{plain(title)}: {kind}", _scopes(cell), row.span))
            continue
        scopes = tuple(dict.fromkeys(scope for cell in cells for scope in _scopes(cell)))
        facts.append(
            PermissionFact(kind, tuple(reversed(scopes)) if most_first else scopes, row.span)
        )
    return Parsed(tuple(facts), tuple(found))


def _scopes(cell: str) -> tuple[str, ...]:
    """The scopes of a cell, each an alternative; `A and B` are needed together."""
    text = plain(cell)
    if _NONE.match(text):
        return ()
    scopes: list[str] = []
    end = 0
    for match in _SCOPE.finditer(text):
        if scopes and _TOGETHER.match(text[end : match.start()]):
            scopes[-1] += f" and {match[0]}"
        else:
            scopes.append(match[0])
        end = match.end()
    return tuple(dict.fromkeys(scopes))


def read_errors(table: Table) -> tuple[ErrorFact, ...]:
    """Documented errors: the first column with a status or code, and the last with words."""
    titles = [normal(title) for title in table.titles]
    at = next(
        (i for i, title in enumerate(titles) if re.search(r"\bcode\b|\berror\b|\bstatus\b", title)),
        None,
    )
    if at is None:
        return ()
    errors = []
    for row in table.rows:
        code = plain(row.cells[at])
        text = next(
            (plain(cell) for cell in reversed(row.cells) if plain(cell) and plain(cell) != code), ""
        )
        if code:
            errors.append(ErrorFact(code, text, row.span))
    return tuple(errors)
