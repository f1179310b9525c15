"""Stored results: comparing with them, rewriting them, and facts as text that a person can read.

A golden is a file beside its input. `pytest --update-goldens` writes it anew; read `git diff` then.
"""

import difflib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from generator.diagnostics import Diagnostic, Span
from generator.pages.facts import (
    JsonFact,
    MessageFact,
    Notes,
    PropertyFact,
    TypePhrase,
    TypeWord,
)
from generator.values import Sealed, Value


class Golden:
    """Compares what was made with what is stored; with `update`, stores it."""

    def __init__(self, update: bool) -> None:
        self.update = update

    def text(self, file: Path, made: str) -> None:
        """`made` is what `file` holds."""
        if self.update:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(made, encoding="utf-8", newline="\n")
            return
        stored = file.read_text(encoding="utf-8") if file.exists() else ""
        if stored != made:
            shown = difflib.unified_diff(
                stored.splitlines(), made.splitlines(), str(file), "made now", lineterm="", n=2
            )
            self._fail("\n".join(list(shown)[:200]))

    def tree(self, folder: Path, made: Mapping[str, str]) -> None:
        """`made`, by path, is what `folder` holds, and nothing else."""
        stored = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()}
        stored = {path: p for path, p in stored.items() if "__pycache__" not in path}
        stale = sorted(set(stored) - set(made))
        if self.update:
            for path in stale:
                stored[path].unlink()
        elif stale:
            self._fail(f"{folder} holds what is made no more: {', '.join(stale)}")
        for path, text in sorted(made.items()):
            self.text(folder / path, text)

    def _fail(self, difference: str) -> None:
        pytest.fail(f"{difference}\n\nAccept with: pytest --update-goldens && git diff", False)


def shown(facts: object, diagnostics: tuple[Diagnostic, ...]) -> str:
    """Facts, one to a line, then the findings; empty fields are left out.

    `@12` is the line, `@12:4-14` line, column and last line. Texts that quote the page as a whole
    (`JsonFact.text`, `MessageFact.text`) are left out: the page stands beside.
    """
    found = "".join(f"{d.span.first}:{d.span.column} {d.code}: {d.message}\n" for d in diagnostics)
    return "\n".join([*_lines(facts, 0), "", "-- findings", found or "none\n"])


def _lines(value: object, depth: int) -> Iterator[str]:
    """A value, one line a field that says something."""
    assert isinstance(value, Value)
    for name in value.__struct_fields__:
        item = getattr(value, name)
        item = item.value if isinstance(item, Sealed) else item
        if _is_empty(item) or (isinstance(value, JsonFact | MessageFact) and name == "text"):
            continue
        yield from _field(name, item, "  " * depth, depth)


def _field(name: str, item: object, indent: str, depth: int) -> Iterator[str]:
    short = _short(item)
    if short is not None:
        yield f"{indent}{name}: {short}"
    elif isinstance(item, tuple):
        yield f"{indent}{name}:"
        for entry in item:
            short = _short(entry)
            if short is not None:
                yield f"{indent}  - {short}"
            else:
                first, *rest = _lines(entry, depth + 2)
                yield f"{indent}  - {first.strip()}"
                yield from rest
    else:
        yield f"{indent}{name}:"
        yield from _lines(item, depth + 1)


def _is_empty(item: object) -> bool:
    return item is None or item is False or item == "" or item == () or item == Notes()


def _short(item: object) -> str | None:
    """A value that fits on one line, else None."""
    if isinstance(item, Span):
        whole = item.column == 1 and item.last in (0, item.first)
        return f"@{item.first}" if whole else f"@{item.first}:{item.column}-{item.last}"
    if isinstance(item, TypeWord):
        target = f" -> {item.target}" if item.target else ""
        return f"{item.text}{target}" + (f" ({item.primitive})" if item.primitive else "")
    if isinstance(item, TypePhrase):
        words = " | ".join(str(_short(word)) for word in item.words)
        return f"collection of {words}" if item.is_collection else words
    if isinstance(item, Notes):
        said = {name: getattr(item, name) for name in item.__struct_fields__}
        said = {k: v for k, v in said.items() if v != getattr(Notes(), k)}
        return ", ".join(k if v is True else f"{k}={v!r}" for k, v in said.items())
    if isinstance(item, PropertyFact) and item.values is None and item.inherited_from is None:
        kind = "relationship " if item.is_relationship else ""
        notes = "" if item.notes == Notes() else f" [{_short(item.notes)}]"
        type_ = _short(item.type) if item.type is not None else "?"
        return f"{kind}{item.name}: {type_}{notes} {_short(item.span)} {item.text!r}"
    if isinstance(item, JsonFact):
        faults = f" repaired: {', '.join(item.faults)}" if item.faults else ""
        return f"{item.value!r} {_short(item.span)}{faults}"
    if isinstance(item, tuple) and all(isinstance(entry, str) for entry in item):
        return ", ".join(entry if entry.isidentifier() else repr(entry) for entry in item)
    if isinstance(item, tuple) and all(isinstance(entry, int) for entry in item):
        return ", ".join(str(entry) for entry in item)
    if isinstance(item, str) and type(item) is str:
        return repr(item) if "\n" in item or item != item.strip() else item
    if not isinstance(item, (Value, tuple)):
        return str(item)
    return None
