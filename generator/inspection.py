"""What was read, for people and programs: the facts of a page, a type or an operation.

Takes a docs folder, gives values that JSON can hold, each with the place it came from. The form
is versioned: `{"format": "gen-graph", "version": 1, "pages": […], "types": […], "enums": […],
"operations": […], "findings": […]}`. `pages` holds what single pages state, in their own words
(`pages/facts.py`); `types`, `enums` and `operations` what is true of the API (`model/api.py`).
Field names are those of these two modules; a field that has nothing to say is left out; a place
is the text `file:line:column`. A fact that an overlay corrects has the reason for it as `overlay`.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from enum import Enum as PythonEnum
from pathlib import Path
from typing import Final, TypeAlias

from generator.choices import Choices
from generator.choosing import choose, correct_facts
from generator.diagnostics import Diagnostic, Findings, Span
from generator.disk import Trouble, read_docs
from generator.model import Api, build_api
from generator.model.api import (
    Enum,
    EnumMember,
    Example,
    Operation,
    Parameter,
    Placeholder,
    Property,
    StructuredType,
)
from generator.overlays import Applied, Corrected
from generator.pages.facts import (
    EnumFact,
    ExampleFact,
    HeaderFact,
    MemberFact,
    OperationFact,
    PropertyFact,
    TypeFact,
)
from generator.pages.reading import read_page
from generator.textfile import in_order
from generator.values import Sealed, Value

Json: TypeAlias = "None | bool | int | float | str | list[Json] | dict[str, Json]"

FORMAT = "gen-graph"
VERSION = 1


def inspect(
    folder: Path,
    choices: Choices = Choices(),
    overlays: Sequence[Path] = (),
    *,
    page: str = "",
    type_name: str = "",
    operation: str = "",
) -> dict[str, Json]:
    """The facts that the names ask for, as a run with these choices has them; by default all.

    `page` and `operation` are file names, with or without folder and `.md`; `type_name` is a
    qualified or local name. What a page states does not depend on a slice, and so with `page` none
    is made. Raises `Trouble` for a name that nothing has.
    """
    found = Findings()
    docs = found.take(read_docs(folder, choices.include, choices.exclude, overlays))
    if page:
        files = [file for file in docs.pages if _is_called(file.path, page)]
        if not files:
            left_out = any(_is_called(path, page) for path in docs.source.left_out)
            hint = "; include and exclude leave it out" if left_out else ""
            raise Trouble(f"no page below {folder} is called '{page}'{hint}")
        read = {file.path: found.take(read_page(file, docs.includes)) for file in files}
        corrected = found.take(correct_facts(read, docs))
        return _Shown(found, corrected, set(read)).document(pages=corrected.facts.values())
    read = {file.path: found.take(read_page(file, docs.includes)) for file in in_order(docs.pages)}
    corrected = found.take(correct_facts(read, docs))
    chosen = found.take(choose(found.take(build_api(corrected.facts, docs.source)), choices))
    api, where = chosen.api, " in this slice" if chosen.pages is not None else ""
    if chosen.pages is not None:
        found.forget({page.path for page in docs.pages} - chosen.pages)
    if type_name:
        return _one_type(api, corrected, type_name, where, found)
    operations = [
        o for o in api.operations.values() if not operation or _is_called(o.page, operation)
    ]
    if operation:
        if not operations:
            raise Trouble(f"no operation page below {folder} is called '{operation}'{where}")
        shown = _Shown(found, corrected, {item.page for item in operations})
        return shown.document(operations=operations)
    return _Shown(found, corrected, None).document(
        types=api.types.values(), enums=api.enums.values(), operations=operations
    )


def _one_type(
    api: Api, corrected: Corrected, name: str, where: str, found: Findings
) -> dict[str, Json]:
    """A structured type or enumeration, by qualified or local name in any letter case."""
    wanted = name.lower()

    def is_meant(odata: str) -> bool:
        return wanted in (odata.lower(), odata.lower().rpartition(".")[2])

    types = [item for odata, item in api.types.items() if is_meant(odata)]
    enums = [item for odata, item in api.enums.items() if is_meant(odata)]
    if not types and not enums:
        raise Trouble(f"no page describes a type called '{name}'{where}")
    paths = {path for item in types for path in item.sources}
    paths |= {path for item in enums for path in item.sources}
    return _Shown(found, corrected, paths).document(types=types, enums=enums)


def _is_called(path: str, name: str) -> bool:
    stem = path.lower().removesuffix(".md")
    wanted = name.lower().removesuffix(".md")
    return wanted in (stem, stem.rpartition("/")[2])


class _Shown:
    """What is shown of a run: facts, with the corrections in effect, and the findings about `pages`.

    `pages` is `None` for all that there are.
    """

    def __init__(
        self, found: Findings, corrected: Corrected, pages: Collection[str] | None
    ) -> None:
        self._found = found
        self._corrected = corrected
        self._pages = pages

    def document(self, **parts: Iterable[object]) -> dict[str, Json]:
        shown: dict[str, Json] = {
            name: [as_json(fact, self._overlay_of) for fact in facts]
            for name, facts in parts.items()
        }
        findings: list[Json] = [
            _finding(item) for item in self._found.in_page_order() if self._is_about(item)
        ]
        return {"format": FORMAT, "version": VERSION, **shown, "findings": findings}

    def _is_about(self, item: Diagnostic) -> bool:
        """Whether a finding, or the correction at which it stands, is about one of the pages."""
        if self._pages is None:
            return True
        page = self._corrected.pages.get(item.span)
        if page is not None:
            return page.lower() in {each.lower() for each in self._pages}
        return item.span.path in self._pages or item.code == "overlay-unreadable"

    def _overlay_of(self, fact: object, pages: Sequence[str]) -> str:
        """The reason for the correction of a fact that is of one of these pages; "" without one."""
        return next(
            (each.reason for each in self._corrected.applied if _is_of(each, fact, pages)), ""
        )


# What an overlay calls these facts.
_KINDS: Final[Mapping[type, str]] = {
    **dict.fromkeys((PropertyFact, HeaderFact, Property, Parameter, Placeholder), "property"),
    **dict.fromkeys((MemberFact, EnumMember), "member"),
    **dict.fromkeys((ExampleFact, Example), "example"),
    **dict.fromkeys((TypeFact, StructuredType), "resource"),
    **dict.fromkeys((EnumFact, Enum), "enumeration"),
    **dict.fromkeys((OperationFact, Operation), "operation"),
}


def _is_of(applied: Applied, fact: object, pages: Sequence[str]) -> bool:
    """Whether a correction is that of a fact: by its place, or by name where a fact has none."""
    if _KINDS.get(type(fact)) != applied.what:
        return False
    match fact:
        case ExampleFact() | Example():
            return fact.request.span == applied.span
        case EnumMember() | Placeholder():
            return applied.span.path in pages and _folded(fact.name) == _folded(applied.name)
        case TypeFact() | StructuredType() | EnumFact() | Enum():
            names = (fact.name, fact.name.rpartition(".")[2])
            return fact.span == applied.span and applied.name in names
    return bool(getattr(fact, "span", None) == applied.span)


def _folded(name: str) -> str:
    """A name as parts of a path are told apart: `userId` is `user-id`."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _pages_of(value: object) -> Sequence[str]:
    match value:
        case StructuredType() | Enum():
            return value.sources
        case Operation():
            return (value.page,)
    return ()


def _finding(item: Diagnostic) -> Json:
    return {
        "span": str(item.span),
        "severity": str(item.severity),
        "code": item.code,
        "message": item.message,
    }


def as_json(
    value: object, overlay_of: Callable[[object, Sequence[str]], str], pages: Sequence[str] = ()
) -> Json:
    """A fact of `pages` as JSON: fields that hold their default, or nothing, are left out.

    One that is corrected has the reason for it as `overlay`.
    """
    if isinstance(value, Span):
        return str(value)
    if isinstance(value, Sealed):
        value = value.value
    if isinstance(value, Value):
        pages = _pages_of(value) or pages
        names, given = value.__struct_fields__, value.__struct_defaults__
        defaults = dict(zip(reversed(names), reversed(given), strict=False))
        shown: dict[str, Json] = {}
        for name in names:
            content = getattr(value, name)
            if content is None or content == "" or content == defaults.get(name, ()):
                continue
            shown[name] = as_json(content, overlay_of, pages)
        if reason := overlay_of(value, pages):
            shown["overlay"] = reason
        return shown
    if isinstance(value, PythonEnum):
        return str(value.value)
    if isinstance(value, Mapping):
        return {str(key): as_json(item, overlay_of, pages) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_json(item, overlay_of, pages) for item in value]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise TypeError(f"{type(value).__name__} is no fact")


def text_lines(value: Mapping[str, Json]) -> Iterator[str]:
    """The same for a reader: one fact a line, with the line of the page at its head.

    Messages are shown by their first lines: the page has the rest.
    """
    for key in ("pages", "types", "enums", "operations", "findings"):
        entries = value.get(key)
        if not isinstance(entries, list) or not entries:
            continue
        yield f"{key}:"
        for entry in entries:
            yield from _entry(entry, "  ", "")


_LONG = frozenset({"text", "body", "json", "names", "spellings"})  # of messages; of pages


def _entry(entry: Json, indent: str, home: str) -> Iterator[str]:
    """A dict as a line of its short parts, and its long parts below; `home` is the page around."""
    if not isinstance(entry, dict):
        yield f"{indent}       {_short(entry)}"
        return
    place = str(entry.get("span", ""))
    path, _, rest = place.partition(":")
    line = rest.partition(":")[0]
    is_message = "start" in entry
    shown = {
        key: part
        for key, part in entry.items()
        if key != "span" and part is not False and part != {} and not (is_message and key in _LONG)
    }
    short = {key: part for key, part in shown.items() if _is_short(part)}
    head = f"{line:>5}" if not path or not home or path == home else f"{path}:{line}"
    yield f"{indent}{head}  " + "  ".join(f"{key}={_short(part)}" for key, part in short.items())
    for key, part in shown.items():
        if key in short:
            continue
        yield f"{indent}       {key}:"
        for item in part if isinstance(part, list) else [part]:
            yield from _entry(item, indent + "    ", path or home)


def _is_short(part: Json) -> bool:
    if isinstance(part, list):
        return all(not isinstance(item, dict) for item in part)
    return (
        not isinstance(part, dict)
        or _type(part) != ""
        or not any(isinstance(item, (dict, list)) for item in part.values())
    )


def _type(part: Mapping[str, Json]) -> str:
    """A type as people write it: `user (resources/user.md) collection`; "" for other facts."""
    words = part.get("words")
    collection = " collection" if part.get("is_collection") else ""
    if isinstance(words, list):
        named = [word for word in words if isinstance(word, dict)]
        return " or ".join(_word(word) for word in named) + collection
    if set(part) <= {"name", "kind", "is_collection"} and "kind" in part:
        return f"{part.get('name')}{collection}"
    return ""


def _word(word: Mapping[str, Json]) -> str:
    named = str(word.get("primitive") or word.get("text"))
    return f"{named} ({word['target']})" if word.get("target") else named


def _short(part: Json) -> str:
    if isinstance(part, dict):
        inner = ", ".join(f"{key}={_short(item)}" for key, item in part.items())
        return _type(part) or "{" + inner + "}"
    if isinstance(part, list):
        return "[" + ", ".join(_short(item) for item in part) + "]"
    text = part if isinstance(part, str) else repr(part)
    one_line = re.sub(r"\s+", " ", text)
    return one_line if len(one_line) <= 160 else f"{one_line[:159]}…"
