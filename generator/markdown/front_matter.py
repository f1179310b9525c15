"""The header of a page: YAML between two `---` lines, cut off before markdown is read."""

import re
from collections.abc import Mapping

import yaml

from generator.diagnostics import Diagnostic, Span, finding
from generator.values import Value

_HEADER = re.compile(r"\A---[ \t]*\n(.*?)^---[ \t]*(?:\n|\Z)", re.S | re.M)
_LINE = re.compile(r"^([A-Za-z_][\w.-]*):[ \t]*(.*?)[ \t]*$", re.M)
_PLAIN_LINE = re.compile(r"([A-Za-z_][\w.]*):[ ]+(?:\"([^\"\\]*)\"|([A-Za-z][\w ./-]*))")
_RESERVED = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class FrontMatter(Value):
    """The header's values as text, and the page with the header's lines blanked."""

    values: Mapping[str, str]
    body: str
    diagnostics: tuple[Diagnostic, ...]


def read_front_matter(path: str, text: str) -> FrontMatter:
    """Cut the header off `text`, keeping the number of every line after it.

    markdown-it would read the header as a rule and a heading. A header that is no YAML is read
    line by line as `key: value`.
    """
    match = _HEADER.match(text)
    if match is None:
        return FrontMatter({}, text, (finding("front-matter-missing", Span(path, 1, 1, 1)),))
    body = "\n" * text.count("\n", 0, match.end()) + text[match.end() :]
    header = match[1]
    plain = _read_plain(header)
    if plain is not None:
        return FrontMatter(plain, body, ())
    try:
        loaded = yaml.load(header, Loader=_LOADER)  # noqa: S506 - a safe loader in both cases
        problem = "" if isinstance(loaded, dict) else "no mapping"
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 2 if mark is not None else 1
        loaded, problem = None, f"line {line}: {getattr(error, 'problem', None) or error}"
    if isinstance(loaded, dict):
        values = {str(key): "" if value is None else str(value) for key, value in loaded.items()}
        return FrontMatter(values, body, ())
    values = {m[1]: m[2].strip("\"'") for m in _LINE.finditer(header)}
    return FrontMatter(
        values, body, (finding("front-matter-invalid", Span(path, 1, 1, 1), problem=problem),)
    )


def _read_plain(header: str) -> dict[str, str] | None:
    """The values of a header of simple `key: text` lines, which need no YAML machine; else None."""
    values: dict[str, str] = {}
    for line in header.splitlines():
        match = _PLAIN_LINE.fullmatch(line.rstrip())
        if match is None or match[1] in values:
            return None
        quoted, bare = match[2], match[3]
        if quoted is None and bare.lower() in _RESERVED:
            return None
        values[match[1]] = quoted if quoted is not None else bare
    return values
