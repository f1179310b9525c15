"""JSON as authors write it: strict where it is strict, else repaired, with every repair named.

Nearly every body is JSON (RFC 8259) and goes through the standard decoder. The rest are read by
hand: comments and trailing commas above all, which the checker of these pages lets pass, then
slips of the pen (a comma or bracket forgotten, typographic quotes, `...` for what is left out).
"""

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NoReturn, TypeAlias

from generator.diagnostics import Parsed, Span, finding
from generator.pages.facts import JsonFact

Path: TypeAlias = tuple[str | int, ...]

_MAX_DEPTH: Final = 200  # the deepest body seen has 12 levels; a bomb must not exhaust the stack
_STRAY: Final = "text after the end"

_BLANKS = re.compile(r"[ \t\r\n]*+")
_ODD_BLANKS = re.compile(r"[\s\x00-\x20\u00a0\u180e\u200b-\u200f\u2028-\u202f\u2060\ufeff]++")
_COMMENT = re.compile(r"//[^\n]*+|/\*[^*]*+(?:\*(?!/)[^*]*+)*+(?:\*/)?")
_ELLIPSIS = re.compile(r"(?:\.{2,}|\u2026)+")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*+)(\.[0-9]++)?([eE][+-]?[0-9]++)?(?![\w.:+-])")
_LOOSE_NUMBER = re.compile(r"[+-]?[0-9]++(?:\.[0-9]*+)?(?:[eE][+-]?[0-9]++)?(?![\w.:+-])")
_WORDS: Final[Mapping[str, object]] = {"true": True, "false": False, "null": None}
_LOOSE_WORDS: Final[Mapping[str, object]] = {**_WORDS, "none": None}
_WORD = re.compile(r"[^\W\d]\w*+(?![\w.:+-])")
# What stands bare up to the end of its element: `2020-01-01T00:00:00Z`, `00:00:00`, `<id>`, a word.
_BARE = re.compile(
    r"<[^<>\n]{1,80}>|(?:[^\s,:;\[\]{}\"'\u2018-\u201f]|:(?=[\w/])|[ \t]+(?=[\w(]))++"
)
_BARE_KEY = re.compile(r"([@$#]?[^\W\d][\w.@$-]*+)[ \t]*+(?=:)")
_PLACEHOLDER = re.compile(r"\{[ \t]*[^\W\d][\w \t-]{0,60}\}")
_PLAIN = re.compile(r'"([^"\\\x00-\x1f]*+)"')
_STRING = re.compile(r'"([^"\\]*+(?:\\.[^"\\]*+)*+)"', re.S)
_LINE_STRING = re.compile(r'"([^"\\\n\u201c-\u201f]*+)[\u201c-\u201f]|"([^"\\\n]*+)$', re.M)
_SINGLE = re.compile(r"'((?:[^'\\]|\\.|'(?!\s*+(?:[,:\]}]|\Z)))*+)'", re.S)
_SMART = re.compile(r"[\u201c-\u201f]((?:[^\u201c-\u201f\"\\\n]|\\.)*+)[\u201c-\u201f\"]")
_SMART_SINGLE = re.compile(r"[\u2018-\u201b]((?:[^\u2018-\u201b\\\n]|\\.)*+)[\u2018-\u201b]")
_AFTER_STRING = re.compile(r"\s*+(?:[,:\]}\"/]|\Z)")
_BLANK = re.compile(r"\s")
_ELEMENT_END = re.compile(r"[ \t\u00a0]*+(?:[,\]}\n]|//|/\*|\Z)")
_CONTROL = re.compile(r"[\x00-\x1f]")
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.S)
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_BRACKET = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|([\[{])|([\]}])', re.S)
_ESCAPES: Final[Mapping[str, str]] = {
    **{'"': '"', "\\": "\\", "/": "/"},
    **{"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"},
}


class _Unreadable(Exception):
    """No repair is known; never leaves this module."""

    def __init__(self, problem: str, at: int) -> None:
        super().__init__(problem)
        self.problem = problem
        self.at = at


def read_json(text: str, span: Span) -> Parsed[JsonFact | None]:
    """The value that `text` stands for; `span` is the place of its first character.

    What strict JSON forbids is repaired where the meaning is plain, and each kind of repair is
    named once in `faults`; the finding stands at the first of them. Text that no repair makes
    JSON gives None and a finding at the place where reading stopped.
    """
    try:
        value = _strict(text)
    except (ValueError, RecursionError):
        return _read_loosely(text, span)
    return Parsed(JsonFact(text, value, span))


def locate(fact: JsonFact, path: Path) -> Span:
    """Where the value at `path` begins, as `("value", 0, "id")`; else the fact's first line."""
    try:
        at = _places(fact.text).get(path)
    except (_Unreadable, RecursionError):
        at = None
    return (
        fact.span.at_line(fact.span.first, fact.span.column)
        if at is None
        else _place(fact.text, at, fact.span)
    )


def strict_text(fact: JsonFact) -> str:
    """JSON that any parser takes: the text as written if strict, else its value written anew."""
    if not fact.faults:
        return fact.text
    return json.dumps(fact.value, indent=2, ensure_ascii=False)


def _reject(text: str) -> NoReturn:
    raise ValueError(text)


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object whose keys differ; RFC 8259 leaves open what two equal ones mean."""
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("duplicate key")
    return value


def _finite(text: str) -> float:
    value = float(text)
    if value - value != 0.0:  # infinite
        raise ValueError(text)
    return value


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_once, parse_constant=_reject, parse_float=_finite
)


def _strict(text: str) -> object:
    """The value of strict JSON, by the C decoder; ValueError for what needs a closer look."""
    value: object = _DECODER.decode(text)
    if text.count("[") + text.count("{") > _MAX_DEPTH and _depth(text) > _MAX_DEPTH:
        raise ValueError("nested too deeply")
    if (
        "\\u" in text
        and _ESCAPED_SURROGATE.search(text)
        and _SURROGATE.search(json.dumps(value, ensure_ascii=False))
    ):
        raise ValueError("half a character")
    return value


def _depth(text: str) -> int:
    deepest = depth = 0
    for match in _BRACKET.finditer(text):
        if match[1]:
            depth += 1
            deepest = max(deepest, depth)
        elif match[2]:
            depth -= 1
    return deepest


def _read_loosely(text: str, span: Span) -> Parsed[JsonFact | None]:
    reader = _Reader(text)
    try:
        value = reader.read()
    except _Unreadable as error:
        place = _place(text, error.at, span)
        return Parsed(None, (finding("body-unreadable", place, problem=error.problem),))
    except RecursionError:
        return Parsed(None, (finding("body-unreadable", span, problem="nested too deeply"),))
    fact = JsonFact(text, value, span, tuple(reader.faults))
    place = _place(text, min(reader.faults.values(), default=0), span)
    return Parsed(fact, (finding("body-repaired", place, faults=", ".join(reader.faults)),))


def _place(text: str, at: int, span: Span) -> Span:
    """The place of the character `at` of a text that begins at `span`."""
    line = text.count("\n", 0, at)
    column = at - (text.rfind("\n", 0, at) + 1) + 1
    return span.at_line(span.first + line, column if line else column + span.column - 1)


@lru_cache(maxsize=8)
def _places(text: str) -> Mapping[Path, int]:
    reader = _Reader(text, {})
    reader.read()
    assert reader.places is not None
    return reader.places


class _Reader:
    """Reads one text by hand, noting its faults with the place of the first of each kind."""

    def __init__(self, text: str, places: dict[Path, int] | None = None) -> None:
        self.text = text
        self.at = 0
        self.faults: dict[str, int] = {}
        self.places = places  # None: not asked for
        self.depth = 0

    def read(self) -> object:
        self._blanks()
        if not self._here():
            raise _Unreadable("it is empty", 0)
        value = self._value(())
        self._blanks()
        while self._here() in ("]", "}", ",", ";"):
            self._fault("stray '" + self._here() + "' at the end")
            self.at += 1
            self._blanks()
        if match := _ELLIPSIS.match(self.text, self.at):
            self._fault("ellipsis")
            self.at = match.end()
            self._blanks()
        if self._here():
            raise _Unreadable(_STRAY, self.at)
        return value

    def _here(self) -> str:
        return self.text[self.at : self.at + 1]

    def _fault(self, name: str, at: int | None = None) -> None:
        self.faults.setdefault(name, self.at if at is None else at)

    def _fail(self, expected: str) -> NoReturn:
        shown = self.text[self.at : self.at + 20].split("\n")[0]
        raise _Unreadable(
            f"{expected} expected before '{shown}'" if shown else f"{expected} expected", self.at
        )

    def _blanks(self) -> None:
        """Skip blanks; those that are not JSON's own, and comments, are faults."""
        text = self.text
        while True:
            match = _BLANKS.match(text, self.at)
            assert match is not None
            self.at = match.end()
            if self.at >= len(text) or "!" < (here := text[self.at]) < "\x7f" and here != "/":
                return
            if odd := _ODD_BLANKS.match(text, self.at):
                self._fault(f"blank U+{ord(here):04X}")
                self.at = odd.end()
            elif here == "/" and (comment := _COMMENT.match(text, self.at)):
                self._fault("comment")
                self.at = comment.end()
            else:
                return

    def _value(self, path: Path) -> object:
        if self.places is not None:
            self.places[path] = self.at
        here = self._here()
        if here == "{":
            if path and (hole := _PLACEHOLDER.match(self.text, self.at)):
                self._fault("bare placeholder")
                self.at = hole.end()
                return hole[0]
            return self._object(path)
        if here == "[":
            return self._array(path)
        string = self._string()
        return string if string is not None else self._scalar(path)

    def _enter(self) -> None:
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise _Unreadable("nested too deeply", self.at)
        self.at += 1

    def _ends(self, bracket: str) -> bool:
        """Whether the object or array ends here; its bracket may be missing at the very end."""
        self._blanks()
        here = self._here()
        if here and here != bracket:
            return False
        if not here:
            self._fault(f"missing '{bracket}' at the end")
        self.at += len(here)
        self.depth -= 1
        return True

    def _commas(self, closing: str) -> None:
        """Step over the comma before the next element, whether one or several stand there."""
        self._blanks()
        here = self._here()
        if here in ("", closing):
            return
        start = self.at
        if here == ",":
            self.at += 1
            self._blanks()
            while self._here() == ",":
                self._fault("doubled comma")
                self.at += 1
                self._blanks()
            if self._here() in ("", closing):
                self._fault("trailing comma", start)
        elif here in "\"'[{" or here in "\u201c\u201d" or _BARE_KEY.match(self.text, self.at):
            self._fault("missing comma")
        elif _ELLIPSIS.match(self.text, self.at):
            pass
        else:
            self._fail(f"a comma or '{closing}'")

    def _skips(self) -> bool:
        """Step over `...`, which stands for elements left out."""
        match = _ELLIPSIS.match(self.text, self.at)
        if match is None:
            return False
        self._fault("ellipsis")
        self.at = match.end()
        return True

    def _array(self, path: Path) -> list[object]:
        self._enter()
        elements: list[object] = []
        while not self._ends("]"):
            if not self._skips():
                elements.append(self._value((*path, len(elements))))
            self._commas("]")
        return elements

    def _object(self, path: Path) -> dict[str, object]:
        self._enter()
        members: dict[str, object] = {}
        while not self._ends("}"):
            if self._skips():
                self._commas("}")
                continue
            start = self.at
            key = self._key()
            self._blanks()
            if self._here() != ":":
                self._fail("a colon")
            self.at += 1
            self._blanks()
            if key in members:
                self._fault("duplicate key", start)
            if self._here() in (",", "}"):
                self._fault("missing value")
                members[key] = None
            elif not self._skips():
                members[key] = self._value((*path, key))
            self._commas("}")
        return members

    def _key(self) -> str:
        key = self._string()
        if key is not None:
            return key
        match = _BARE_KEY.match(self.text, self.at)
        if match is None:
            self._fail("a key")
        self._fault("unquoted key")
        self.at = match.end()
        return match[1]

    def _string(self) -> str | None:
        """The string that begins here, in quotes of any kind; None if none does."""
        text, at = self.text, self.at
        here = text[at : at + 1]
        if here == '"':
            if plain := _PLAIN.match(text, at):
                self.at = plain.end()
                return plain[1]
            return self._escaped_string()
        if here == "'":
            match, fault = _SINGLE.match(text, at), "single quotes"
        elif here and here in "\u201c\u201d\u201e\u201f":
            match, fault = _SMART.match(text, at), "typographic quotes"
        elif here and here in "\u2018\u2019\u201a\u201b":
            match, fault = _SMART_SINGLE.match(text, at), "typographic quotes"
        else:
            return None
        if match is None:
            raise _Unreadable("a string is not closed", at)
        self._fault(fault)
        self.at = match.end()
        return self._unescaped(match[1], at)

    def _escaped_string(self) -> str:
        """A string with escapes, with raw control characters, or not closed on its line."""
        match = _STRING.match(self.text, self.at)
        raw_line_end = match is not None and "\n" in match[1]
        if match is None or (raw_line_end and not _AFTER_STRING.match(self.text, match.end())):
            closed = _LINE_STRING.match(self.text, self.at)
            if closed is None:
                raise _Unreadable("a string is not closed", self.at)
            if closed[1] is None:
                self._fault("missing closing quote")
                written = closed[2].rstrip().removesuffix(",")
                self.at += 1 + len(written)
                return written
            self._fault("typographic quotes")
            self.at = closed.end()
            return closed[1]
        if control := _CONTROL.search(match[1]):
            self._fault(
                "raw line end or control character in a string", match.start(1) + control.start()
            )
        start, self.at = self.at, match.end()
        return self._unescaped(match[1], start)

    def _unescaped(self, written: str, at: int) -> str:
        if "\\" not in written:
            return written

        def character(match: re.Match[str]) -> str:
            name = match[1]
            if len(name) == 5:
                return chr(int(name[1:], 16))
            if name in _ESCAPES:
                return _ESCAPES[name]
            if name in ("'", "\n"):
                self._fault("escape unknown to JSON", at)
                return "'" if name == "'" else ""
            self._fault("escape unknown to JSON", at)
            return match[0]

        value = _ESCAPE.sub(character, written)
        if not _SURROGATE.search(value):
            return value
        whole = value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        if "\ufffd" in whole:
            self._fault("half of a character in an escape", at)
        return whole

    def _scalar(self, path: Path) -> object:
        """A number, a word, or bare text that is meant as a string."""
        text, start = self.text, self.at
        if match := _NUMBER.match(text, start):
            self.at = match.end()
            return self._number(match[0])
        if (match := _LOOSE_NUMBER.match(text, start)) is not None:
            self.at = match.end()
            written = match[0]
            digits = written.lstrip("+-")
            if written[0] == "+":
                self._fault("plus sign", start)
            if digits[0] == "0" and digits[1:2].isdigit():
                self._fault("leading zero", start)
                digits = digits.lstrip("0") or "0"
                digits = digits if digits[0].isdigit() else "0" + digits
            mantissa, _, exponent = digits.lower().partition("e")
            if mantissa.endswith("."):
                self._fault("number without decimals", start)
                mantissa += "0"
            digits = mantissa + ("e" + exponent if exponent else "")
            return self._number("-" + digits if written[0] == "-" else digits)
        if (match := _WORD.match(text, start)) and match[0].lower() in _LOOSE_WORDS:
            if self._ends_element(match.end()):
                self.at = match.end()
                if match[0] not in _WORDS:
                    self._fault("true, false or null in capitals", start)
                return _LOOSE_WORDS[match[0].lower()]
        if path and (match := _BARE.match(text, start)) and self._ends_element(match.end()):
            # Several words are a value after a key alone: `[Zip file of the app]` is prose.
            if isinstance(path[-1], str) or not _BLANK.search(match[0]):
                self.at = match.end()
                self._fault("unquoted text", start)
                return match[0]
        self._fail("a value")

    def _ends_element(self, at: int) -> bool:
        """Whether the element ends at `at`: text that goes on otherwise is prose, not a value."""
        return _ELEMENT_END.match(self.text, at) is not None

    def _number(self, written: str) -> int | float | str:
        """The number; one that no variable can hold stays text."""
        try:
            if written.lstrip("-").isdigit():
                return int(written)
            return _finite(written)
        except ValueError:
            self._fault("number too large")
            return written
