"""An example's request → the method whose path it fits, with the values of the placeholders."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias
from urllib.parse import unquote

from generator.model.api import MessageFact, Placeholder, Template
from generator.model.paths import begins_like, split_url, values_in
from generator.targets.python.methods import Method, Resource
from generator.values import Value

PLACEHOLDER: Final = re.compile(r"\{([A-Za-z_]\w*)(?::path)?\}")
_MOST_DIFFERENCES = 2  # segments: `/me` for `/users/{id}` is two

_Segment: TypeAlias = tuple[str | Placeholder, ...]


class Match(Value):
    """A method and the path of it that an example's URL fits, with the values of its placeholders.

    `path` is what the method's own path becomes with these, where the example's is another.
    """

    method: Method
    index: int
    values: Mapping[str, str]
    is_exact: bool  # letter case too
    path: str = ""


class Lines(Value):
    """The request lines of a resource, each by its verb and the texts between its placeholders.

    Texts are decoded and without regard to letter case; one stands before each placeholder and one
    behind the last, "" where there is none.
    """

    lines: tuple[tuple[str, tuple[str, ...]], ...]
    methods: int
    has_examples: bool
    numbers: Mapping[str, str]  # of the resource

    def may_fit(self, verb: str, path: str) -> bool:
        """Whether a decoded path may be one of these: it has the texts of a line, in their order."""
        folded = path.casefold()
        return any(verb == own and _has_texts(folded, texts) for own, texts in self.lines)


def lines_of(resource: Resource) -> Lines:
    lines = {
        (method.verb, _texts(template))
        for method in resource.methods
        for template in method.templates
    }
    has_examples = any(method.operation.examples.value for method in resource.methods)
    return Lines(tuple(sorted(lines)), len(resource.methods), has_examples, resource.numbers)


def _texts(template: Template) -> tuple[str, ...]:
    texts = [""]
    for part in template.parts:
        if isinstance(part, str):
            texts[-1] += unquote(part).casefold()
        else:
            texts.append("")
    return tuple(texts)


def _has_texts(path: str, texts: tuple[str, ...]) -> bool:
    if len(texts) == 1:
        return path == texts[0]
    if not path.startswith(texts[0]) or not path.endswith(texts[-1]):
        return False
    at = len(texts[0])
    for text in texts[1:-1]:
        found = path.find(text, at)
        if found < 0:
            return False
        at = found + len(text)
    return True


def match_example(methods: Iterable[Method], message: MessageFact) -> Match | None:
    """The method whose path the request fits: the one with most literal text, exact case first."""
    verb = message.start[0].upper()
    path = unquote(split_url(message.start[1])[0])
    lowered = path.lower()
    best: tuple[tuple[bool, int], Match] | None = None
    for method in methods:
        if method.verb != verb:
            continue
        for index, template in enumerate(method.templates):
            if not begins_like(template, lowered):
                continue
            exact = values_in(template, path)
            found = exact if exact is not None else values_in(template, path, re.IGNORECASE)
            if found is None:
                continue
            if any(step in (".", "..") for value in found for step in value.split("/")):
                continue  # no id: it leads to another resource than the one meant
            names = PLACEHOLDER.findall(method.paths[index])
            values = dict(zip(names, found, strict=False))
            for placeholder, name in zip(template.placeholders, names, strict=False):
                if placeholder.is_quoted:
                    values[name] = values[name].replace("''", "'")
            literal = sum(len(part) for part in template.parts if isinstance(part, str))
            rank = (exact is not None, literal)
            if best is None or rank > best[0]:
                best = rank, Match(method, index, values, exact is not None)
    return best[1] if best is not None else None


def match_nearly(methods: Iterable[Method], message: MessageFact) -> Match | None:
    """The method of a page whose path differs from the example's in a segment or two.

    `/me/ownedDevices` on a page that lists `/users/{id}/ownedDevices`: what the example has no
    value for is called as the placeholder is.
    """
    verb = message.start[0].upper()
    asked = unquote(split_url(message.start[1])[0]).strip("/").split("/")
    best: tuple[int, Match] | None = None
    for method in methods:
        if method.verb != verb:
            continue
        for index, template in enumerate(method.templates):
            differences, values = _align(_segments(template), asked)
            is_near = differences <= min(_MOST_DIFFERENCES, len(asked) - 1)
            if is_near and (best is None or differences < best[0]):
                names = PLACEHOLDER.findall(method.paths[index])
                given = {
                    name: values.get(placeholder.name, placeholder.name)
                    for placeholder, name in zip(template.placeholders, names, strict=True)
                }
                path = "".join(_spelled(template, names, given))
                best = differences, Match(method, index, given, True, path)
    return best[1] if best is not None else None


def _spelled(template: Template, names: Sequence[str], values: Mapping[str, str]) -> Iterator[str]:
    """The texts of the path that a call with these values asks for, decoded."""
    remaining = iter(names)
    for part in template.parts:
        if isinstance(part, str):
            yield unquote(part)
        else:
            value = values[next(remaining)]
            yield value.replace("'", "''") if part.is_quoted else value


def _segments(template: Template) -> list[_Segment]:
    """The parts of a template between its slashes."""
    segments: list[list[str | Placeholder]] = [[]]
    for part in template.parts:
        if not isinstance(part, str):
            segments[-1].append(part)
            continue
        first, *others = part.split("/")
        if first:
            segments[-1].append(first)
        segments.extend([other] if other else [] for other in others)
    return [tuple(segment) for segment in segments if segment]


def _align(segments: Sequence[_Segment], asked: Sequence[str]) -> tuple[int, Mapping[str, str]]:
    """The fewest segments that differ, are missing or too many, and the values of the others."""
    width = len(asked) + 1
    row: list[tuple[int, Mapping[str, str]]] = [(at, {}) for at in range(width)]
    for segment in segments:
        above, row = row, [(row[0][0] + 1, row[0][1])]
        for at, text in enumerate(asked):
            values = _values(segment, text)
            choices = [
                (above[at][0] + (values is None), {**above[at][1], **(values or {})}),
                (above[at + 1][0] + 1, above[at + 1][1]),
                (row[at][0] + 1, row[at][1]),
            ]
            row.append(min(choices, key=lambda choice: choice[0]))
    return row[-1]


def _values(segment: _Segment, text: str) -> Mapping[str, str] | None:
    """The values of a segment's placeholders; `None` where `text` does not fit it."""
    if segment == (text,):
        return {}
    placeholders = [part for part in segment if isinstance(part, Placeholder)]
    if not placeholders:
        return None
    expression = "".join(re.escape(part) if isinstance(part, str) else "(.+?)" for part in segment)
    found = re.fullmatch(expression, text)
    return None if found is None else {p.name: v for p, v in zip(placeholders, found.groups())}
