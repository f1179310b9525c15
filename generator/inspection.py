"""What was read, for people and programs: the facts of a page, a type or an operation.

Takes a docs folder, gives values that JSON can hold, each with the place it came from. The form
is versioned: `{"format": "gen-graph", "version": 1, "pages": […], "types": […], "enums": […],
"operations": […], "findings": […]}`. `pages` holds what single pages state, in their own words
(`pages/facts.py`); `types`, `enums` and `operations` what is true of the API (`model/api.py`).
Field names are those of these two modules; a field that has nothing to say is left out; a place
is the text `file:line:column`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum as PythonEnum
from pathlib import Path
from typing import TypeAlias

from generator.diagnostics import Diagnostic, Findings, Span
from generator.disk import Trouble, read_docs
from generator.model import Api, build_api
from generator.pages import read_page
from generator.pages.facts import LinkFact, PageFacts, TypePhrase, TypeWord
from generator.textfile import in_order

Json: TypeAlias = "None | bool | int | float | str | list[Json] | dict[str, Json]"

FORMAT = "gen-graph"
VERSION = 1


def inspect(
    folder: Path, *, page: str = "", type_name: str = "", operation: str = ""
) -> dict[str, Json]:
    """The facts that the names ask for; everything of the API where none is given.

    `page` and `operation` are file names, with or without folder and `.md`; `type_name` is a
    qualified or local name. Raises `Trouble` for a name that nothing has.
    """
    found = Findings()
    docs = found.take(read_docs(folder))
    if page:
        files = [file for file in docs.pages if _is_called(file.path, page)]
        if not files:
            raise Trouble(f"no page below {folder} is called '{page}'")
        facts = [found.take(read_page(file, docs.includes)) for file in files]
        paths = {fact.path for fact in facts}
        return _document(found, paths, pages=[as_json(fact) for fact in facts])
    facts = [found.take(read_page(file, docs.includes)) for file in in_order(docs.pages)]
    api = found.take(build_api(facts, docs.source))
    if type_name:
        return _one_type(api, facts, type_name, found)
    operations = [
        o for o in api.operations.values() if not operation or _is_called(o.page, operation)
    ]
    if operation:
        if not operations:
            raise Trouble(f"no operation page below {folder} is called '{operation}'")
        paths = {item.page for item in operations}
        return _document(found, paths, operations=[as_json(item) for item in operations])
    return _document(
        found,
        None,
        types=[as_json(item) for item in api.types.values()],
        enums=[as_json(item) for item in api.enums.values()],
        operations=[as_json(item) for item in operations],
    )


def _one_type(api: Api, facts: Sequence[PageFacts], name: str, found: Findings) -> dict[str, Json]:
    """A structured type or enumeration, by qualified or local name in any letter case."""
    wanted = name.lower()

    def is_meant(odata: str) -> bool:
        return wanted in (odata.lower(), odata.lower().rpartition(".")[2])

    types = [item for odata, item in api.types.items() if is_meant(odata)]
    enums = [item for odata, item in api.enums.items() if is_meant(odata)]
    if not types and not enums:
        raise Trouble(f"no page describes a type called '{name}'")
    paths = {path for item in types for path in item.sources}
    paths |= {path for item in enums for path in item.sources}
    return _document(
        found,
        paths,
        types=[as_json(item) for item in types],
        enums=[as_json(item) for item in enums],
    )


def _is_called(path: str, name: str) -> bool:
    stem = path.lower().removesuffix(".md")
    wanted = name.lower().removesuffix(".md")
    return wanted in (stem, stem.rpartition("/")[2])


def _document(found: Findings, paths: set[str] | None, **parts: list[Json]) -> dict[str, Json]:
    findings: list[Json] = [
        _finding(item) for item in found.in_page_order() if paths is None or item.span.path in paths
    ]
    return {"format": FORMAT, "version": VERSION, **parts, "findings": findings}


def _finding(item: Diagnostic) -> dict[str, Json]:
    return {
        "span": str(item.span),
        "severity": str(item.severity),
        "code": item.code,
        "message": item.message,
    }


def as_json(value: object) -> Json:
    """A fact as JSON: fields that hold their default, or nothing, are left out."""
    if isinstance(value, Span):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        shown: dict[str, Json] = {}
        for item in fields(value):
            content = getattr(value, item.name)
            default = item.default if item.default is not MISSING else ()
            if content is None or content == "" or content == default:
                continue
            shown[item.name] = as_json(content)
        return shown
    if isinstance(value, (TypeWord, TypePhrase, LinkFact)):
        defaults = value._field_defaults
        named = {name: each for name, each in value._asdict().items() if each != defaults.get(name)}
        return {name: as_json(each) for name, each in named.items() if each != ""}
    if isinstance(value, PythonEnum):
        return str(value.value)
    if isinstance(value, Mapping):
        return {str(key): as_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_json(item) for item in value]
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
