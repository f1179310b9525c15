"""Random changes to a folder of pages, as people and accidents make them."""

import random
import re
from collections.abc import Callable
from pathlib import Path

Lines = list[str]


def change(docs: Path, chance: random.Random) -> str:
    """Change one page below `docs`; gives what was done to which page."""
    page = chance.choice(sorted(docs.rglob("*.md")))
    name, edit = chance.choice(sorted(EDITS.items()))
    lines = page.read_text(encoding="utf-8", errors="replace").split("\n")
    if name == "remove the page":
        page.unlink()
    elif name == "copy the page":
        twin = page.with_name(f"{page.stem}{chance.randrange(1000)}.md")
        twin.write_text("\n".join(lines), encoding="utf-8")
    else:
        edit(lines, chance)
        page.write_text("\n".join(lines), encoding="utf-8")
    return f"{name}: {page.relative_to(docs)}"


def _pick(lines: Lines, pattern: str, chance: random.Random) -> int | None:
    found = [at for at, line in enumerate(lines) if re.search(pattern, line)]
    return chance.choice(found) if found else None


def _replacing(pattern: str, *new: str) -> Callable[[Lines, random.Random], None]:
    def edit(lines: Lines, chance: random.Random) -> None:
        if (at := _pick(lines, pattern, chance)) is not None:
            lines[at] = re.sub(pattern, chance.choice(new), lines[at], count=1)

    return edit


def _remove_row(lines: Lines, chance: random.Random) -> None:
    if (at := _pick(lines, r"^\|(?!\s*:?-)", chance)) is not None:
        del lines[at]


def _add_row(lines: Lines, chance: random.Random) -> None:
    if (at := _pick(lines, r"^\|\s*:?-", chance)) is not None:
        lines.insert(at + 1, f"|extra{chance.randrange(9)}|String|An extra one, read-only.|")


def _remove_section(lines: Lines, chance: random.Random) -> None:
    heads = [at for at, line in enumerate(lines) if line.startswith("## ")]
    if len(heads) > 1:
        at = chance.randrange(len(heads) - 1)
        del lines[heads[at] : heads[at + 1]]


def _add_sentence(lines: Lines, chance: random.Random) -> None:
    lines.insert(chance.randrange(len(lines) + 1), "A sentence about nothing.")


def _nothing(lines: Lines, chance: random.Random) -> None:
    """What is done to the file itself."""


EDITS: dict[str, Callable[[Lines, random.Random], None]] = {
    "add a row": _add_row,
    "remove a row": _remove_row,
    "another type": _replacing(
        r"\b(String|Boolean|Int32|DateTimeOffset)\b",
        *("Int64", "Collection(String)", "mystery", "[user](../resources/user.md)", "entity"),
    ),
    "another name": _replacing(r'^(\s*"|\|\s*)([a-z]\w+)', r"\1\2Other", r"\1id"),
    "another annotation": _replacing(
        r"microsoft\.graph\.\w+", "microsoft.graph.user", "microsoft.graph.nothing"
    ),
    "another path": _replacing(
        r"^((?:GET|POST|PATCH|PUT|DELETE) /\S+)", r"\1/extra", r"\1/{id}", r"\1/$count"
    ),
    "another title": _replacing(r"^# (.*)", r"# \1 again"),
    "another word": _replacing(r"\b(the|The|a) (\w+)", "the collection", "deprecated", "open type"),
    "add a sentence": _add_sentence,
    "remove a section": _remove_section,
    "remove the page": _nothing,
    "copy the page": _nothing,
}
