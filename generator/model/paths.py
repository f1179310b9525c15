"""Request lines → templates: texts and placeholders with names that tell them apart."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache, lru_cache
from urllib.parse import quote, unquote

from msgspec.structs import replace

from generator.diagnostics import Diagnostic, Parsed, Span, finding
from generator.model.api import Parameter, Placeholder, Template
from generator.pages.facts import TemplateFact

_VERSION = re.compile(r"^/(?:v\d+(?:\.\d+)?|beta)(?=/|$)", re.I)
_WHOLE = re.compile(r"^'?\{([^{}]*)\}'?$")
_BRACED = re.compile(r"\{([^{}]*)\}")
_CALL = re.compile(r"^([^(){}]*)\((.*)\)$")
_ARGUMENT = re.compile(r"^\s*([A-Za-z_@][\w.]*)\s*=\s*(.*?)\s*$", re.S)
_PREFIXED = re.compile(r"^([\w.]*)'(.*)'$", re.S)
_LITERAL = re.compile(r"^(?:id|\([\w-]+\)|<[^>]*>)$", re.I)
_ALTERNATIVE = re.compile(r"\s*\|\s*|\s+or\s+", re.I)
_WORD = re.compile(r"\$?[A-Za-z][\w.]*")
_MOST_DIFFERENCES = 2  # segments: `/me` for `/users/{id}` is two
_IRREGULAR = {
    "people": "person",
    "children": "child",
    "media": "media",
    "series": "series",
    "news": "news",
    "sms": "sms",
    "os": "os",
}


def read_template(fact: TemplateFact, rows: Mapping[str, Parameter]) -> Parsed[Template]:
    """The template of a request line; `rows` describes arguments and ids, by name in kebab case."""
    parts: list[str | Placeholder] = []
    found: list[Diagnostic] = []
    before = ""  # the literal segment before, which names an id
    in_path = False  # between the colons of path addressing
    for segment in split_segments(fact.path):
        parts.append("/")
        if _LITERAL.match(segment):
            found.append(finding("placeholder-literal", fact.span, text=segment))
            parts.append(segment)
            before = ""
        elif whole := _WHOLE.match(segment):
            name = kebab(f"{singular(before)}-id") if before and not in_path else own_name(whole[1])
            row = rows.get(own_name(whole[1]))
            text = row.text if row is not None else ""
            parts.append(Placeholder(name, "{" + whole[1] + "}", is_path=in_path, text=text))
            before = ""
        elif (call := _CALL.match(segment)) and not segment.startswith("{"):
            parts.extend(_call(call[1], call[2], rows))
            before = call[1].rpartition(".")[2]
        else:
            parts.extend(_mixed(segment, in_path))
            before = "" if "{" in segment or segment.startswith("$") else segment.strip(":")
        if segment.endswith(":") and not in_path:
            in_path = True
        elif segment.endswith(":"):
            in_path = False
    if not parts:
        parts = ["/"]
    return Parsed(Template(fact.method, tuple(_unique(_joined(parts))), fact.span), tuple(found))


@cache
def pattern(template: Template, flags: re.RegexFlag = re.NOFLAG) -> re.Pattern[str]:
    """What the decoded paths of a template's requests match; one group a placeholder."""
    return re.compile("".join(_expression(part) for part in template.parts), flags)


def begins_like(template: Template, path: str) -> bool:
    """Whether a lower-case path can match at all: it begins with the template's first text."""
    first = template.parts[0]
    if not isinstance(first, str):
        return True
    return path.startswith((unquote(first) if "%" in first else first).lower())


def values_in(
    template: Template, path: str, flags: re.RegexFlag = re.NOFLAG
) -> tuple[str, ...] | None:
    """What stands for the placeholders in a decoded path; `None` for a path of another template.

    As `pattern` finds it. Most templates are plain, and need no pattern to be made for them.
    """
    segments = _segments(template)
    if segments is None:
        match = pattern(template, flags).fullmatch(path)
        return match.groups() if match is not None else None
    asked = path.split("/")
    if len(asked) != len(segments):
        return None
    values: list[str] = []
    for own, other in zip(segments, asked, strict=True):
        if own is None and other:
            values.append(other)
        elif own is None or not _is_same(own, other, flags):
            return None
    return tuple(values)


def _is_same(own: str, other: str, flags: re.RegexFlag) -> bool:
    return own == other or (bool(flags & re.I) and own.casefold() == other.casefold())


@cache
def _segments(template: Template) -> tuple[str | None, ...] | None:
    """The decoded segments of a template, each a text or one placeholder (`None`).

    `None` for a template that has other segments: a function's arguments, `root:/{path}:`.
    """
    if any(p.is_path or p.is_argument or p.is_quoted for p in template.placeholders):
        return None
    shown = "".join(unquote(p) if isinstance(p, str) else "{}" for p in template.parts)
    if shown.count("{") != len(template.placeholders):
        return None  # a brace of the text's own
    segments = shown.split("/")
    if any("{}" in segment and segment != "{}" for segment in segments):
        return None
    return tuple(None if segment == "{}" else segment for segment in segments)


def _expression(part: str | Placeholder) -> str:
    if isinstance(part, str):
        return re.escape(unquote(part))
    if part.is_quoted:
        return r"((?:[^']|'')*)"
    if part.is_path:
        return r"(.+?)"
    if part.is_argument:
        return r"([^,()]*(?:\([^()]*\))?)"
    return r"([^/]+?)"


def split_url(url: str) -> tuple[str, str]:
    """Path and query of an example's URL, without host and version; the path begins with `/`."""
    path = url.strip()
    if "://" in path[:8]:
        rest = path.split("://", 1)[1]
        path = rest[len(re.split(r"[/?#]", rest, maxsplit=1)[0]) :]
    path, _, query = path.partition("?")
    path = path if path.startswith("/") else f"/{path}"
    return _VERSION.sub("", path).rstrip("/") or "/", query.partition("#")[0]


_EXTENSION = re.compile(
    r"(?:/\$(?:count|value|ref)|/microsoft\.graph(?:\.\w+)+|\((?=\w+=)[^/]*\)){1,2}"
)


def extended(template: Template, method: str, path: str, span: Span) -> TemplateFact | None:
    """The request line that an example adds to a template: a count, a cast, a function's arguments.

    `None` where the example's decoded `path` is not the template and one of these.
    """
    match = _EXTENSION.search(path)
    if match is None or match.end() != len(path) or method != template.method:
        return None
    if values_in(template, path[: match.start()]) is None:
        return None
    return TemplateFact(method, template.path + match[0], "", span)


def words_of(paths: Iterable[str]) -> frozenset[str]:
    """The literal segments of request lines, in lower case: what stands in a path for itself."""
    segments = (segment for path in paths for segment in split_segments(path))
    return frozenset(s.lower() for s in segments if _WORD.fullmatch(s) and not _LITERAL.match(s))


def varied(
    template: Template, path: str, words: Collection[str], span: Span
) -> TemplateFact | None:
    """The request line that an example adds to a template by going another way to the same end.

    `/me/messages/{message-id}` beside `/users/{user-id}/messages/{message-id}`: in a segment or
    two it has words of other request lines, or leaves some out, and it ends alike. `None` for any
    other decoded `path`. What stands for itself in some request line is no id.
    """
    listed, shown = split_segments(template.path), split_segments(path)
    # By segments of the template that were passed: the fewest differences, and the line so far.
    rows: list[tuple[int, tuple[str, ...]] | None] = [(at, ()) for at in range(len(listed) + 1)]
    for number, segment in enumerate(shown):
        is_last = number == len(shown) - 1
        above, rows = rows, [None] * (len(listed) + 1)
        for at in range(len(listed) + 1):
            choices = []
            if (before := above[at]) is not None and segment.lower() in words and not is_last:
                choices.append((before[0] + 1, (*before[1], segment)))
            if at and (before := above[at - 1]) is not None:
                if _stands_for(listed[at - 1], segment, words):
                    choices.append((before[0], (*before[1], listed[at - 1])))
                elif segment.lower() in words and not is_last:
                    choices.append((before[0] + 1, (*before[1], segment)))
            if at and (before := rows[at - 1]) is not None and not is_last:
                choices.append((before[0] + 1, before[1]))
            rows[at] = min(choices, default=None)
    best = rows[-1]
    if best is None or best[0] > _MOST_DIFFERENCES or len(best[1]) < 2 or "{" in best[1][0]:
        return None
    return TemplateFact(template.method, "/" + "/".join(best[1]), "", span)


def _stands_for(listed: str, shown: str, words: Collection[str]) -> bool:
    """Whether a segment of an example fits one of a template."""
    if listed.lower() == shown.lower():
        return True
    if "{" not in listed or shown.lower() in words or ("(" in shown and "(" not in listed):
        return False
    texts = (re.escape(part) for part in _BRACED.sub("{}", listed).split("{}"))
    return re.fullmatch("(.+?)".join(texts), shown) is not None


def split_segments(path: str) -> list[str]:
    """The segments of a path; a `/` within braces, parentheses or quotes is none."""
    segments: list[str] = []
    depth, quoted, start = 0, False, 0
    for at, char in enumerate(path):
        if char == "'" and depth:
            quoted = not quoted
        elif quoted:
            continue
        elif char in "({":
            depth += 1
        elif char in ")}":
            depth = max(0, depth - 1)
        elif char == "/" and not depth:
            segments.append(path[start:at])
            start = at + 1
    segments.append(path[start:])
    return [segment for segment in segments if segment]


def _call(name: str, inner: str, rows: Mapping[str, Parameter]) -> Iterator[str | Placeholder]:
    """A function call or a key: `getX(period='{period}')`, `users('{id}')`."""
    yield f"{name}("
    for number, argument in enumerate(_split_arguments(inner)):
        if number:
            yield ","
        named = _ARGUMENT.match(argument)
        if named is None and not argument.strip():
            continue
        key, value = (named[1], named[2]) if named else ("", argument.strip())
        if key:
            yield f"{key}="
        if value.startswith("@"):
            yield value
            continue
        prefix, quoted = "", False
        if match := _PREFIXED.match(value):
            prefix, value, quoted = match[1], match[2], True
        inner_name = _BRACED.search(value)
        own = own_name(inner_name[1]) if inner_name else ""
        wanted = (
            key
            or (
                kebab(f"{singular(name.rpartition('.')[2])}-id")
                if name and own in ("", "id", "name")
                else own
            )
            or "value"
        )
        row = rows.get(kebab(key)) if key else None
        placeholder = Placeholder(
            wanted,
            value,
            is_argument=bool(key),
            is_quoted=quoted,
            type=row.type if row is not None else None,
            text=row.text if row is not None else "",
        )
        if quoted:
            yield f"{prefix}'"
        yield placeholder
        if quoted:
            yield "'"
    yield ")"


def _split_arguments(inner: str) -> list[str]:
    arguments: list[str] = []
    depth, quoted, start = 0, False, 0
    for at, char in enumerate(inner):
        if char == "'":
            quoted = not quoted
        elif quoted:
            continue
        elif char in "({[":
            depth += 1
        elif char in ")}]":
            depth -= 1
        elif char == "," and not depth:
            arguments.append(inner[start:at])
            start = at + 1
    return [*arguments, inner[start:]]


def _mixed(segment: str, in_path: bool) -> Iterator[str | Placeholder]:
    """A segment of texts and placeholders: `{filename}:`, `root:`, `{a}-{b}`."""
    at = 0
    for match in _BRACED.finditer(segment):
        if match.start() > at:
            yield segment[at : match.start()]
        yield Placeholder(
            own_name(match[1]), match[0], is_path=in_path or "path" in match[1].lower()
        )
        at = match.end()
    if at < len(segment):
        yield segment[at:]


def _joined(parts: list[str | Placeholder]) -> Iterator[str | Placeholder]:
    """Neighbouring texts as one."""
    text = ""
    for part in parts:
        if isinstance(part, str):
            text += part
            continue
        if text:
            yield _literal(text)
        yield part
        text = ""
    if text:
        yield _literal(text)


def _literal(text: str) -> str:
    """A text of a path as it travels: a brace that makes no placeholder is `%7B`."""
    return "".join(c if c.isprintable() and c not in "{}" else quote(c) for c in text)


def _unique(parts: Iterator[str | Placeholder]) -> Iterator[str | Placeholder]:
    seen: set[str] = set()
    for part in parts:
        if isinstance(part, Placeholder):
            name, number = part.name, 2
            while kebab(name) in seen:
                name, number = f"{part.name}-{number}", number + 1
            seen.add(kebab(name))
            part = replace(part, name=name)
        yield part


def own_name(spelled: str) -> str:
    """The name inside a placeholder: the first alternative, as words joined by `-`."""
    return kebab(_ALTERNATIVE.split(spelled.strip())[0]) or "value"


@lru_cache(1 << 16)
def kebab(name: str) -> str:
    """`userPrincipalName` → `user-principal-name`."""
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1-\2", name)
    spaced = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1-\2", spaced)
    return re.sub(r"[^a-z0-9]+", "-", spaced.lower()).strip("-")


def singular(name: str) -> str:
    """One of what a segment names: `groups` → `group`, `policies` → `policy`."""
    lowered = name.lower()
    for plural, one in _IRREGULAR.items():
        if lowered.endswith(plural):
            return name[: len(name) - len(plural)] + (
                one if name[-len(plural) :].islower() else one.capitalize()
            )
    if lowered.endswith("ies") and len(name) > 4:
        return f"{name[:-3]}y"
    if lowered.endswith(("sses", "ches", "shes", "xes", "zes", "uses")):
        return name[:-2]
    if lowered.endswith("s") and not lowered.endswith(("ss", "us", "is")):
        return name[:-1]
    return name
