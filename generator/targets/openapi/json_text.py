"""JSON as text, in parts that are written when they are known."""

import json
from collections.abc import Iterable

from generator.values import Value


class Written(Value):
    """A value that is JSON text already, with the line breaks and blanks of its place."""

    text: str


def json_text(value: object, indent: str = "") -> str:
    """What `json.dumps(value, indent=1, ensure_ascii=False)` gives, whose own way there is slow.

    `indent` are the blanks before the line on which the value begins. Characters that cannot be
    seen, such as bidi marks, are escapes.
    """
    below = f"{indent} "
    if isinstance(value, dict) and value:
        lines = (f"{below}{_text(key)}: {json_text(each, below)}" for key, each in value.items())
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    if isinstance(value, (list, tuple)) and value:
        lines = (below + json_text(each, below) for each in value)
        return "[\n" + ",\n".join(lines) + f"\n{indent}]"
    if isinstance(value, Written):
        return value.text
    return _text(value) if isinstance(value, str) else json.dumps(value)


def entry(key: str, value: object, indent: str) -> Written:
    """An entry of an object whose entries begin behind these blanks."""
    return Written(f"{indent}{_text(key)}: {json_text(value, indent)}")


def entries(parts: Iterable[Written], indent: str) -> list[str]:
    """An object of these entries, in pieces; `indent` are the blanks before its own line."""
    pieces = [piece for part in parts for piece in (",\n", part.text)]
    return ["{\n", *pieces[1:], f"\n{indent}}}"] if pieces else ["{}"]


def _text(text: str) -> str:
    shown = json.encoder.encode_basestring(text)
    return shown if shown.isprintable() else "".join(map(_seen_character, shown))


def _seen_character(character: str) -> str:
    if character.isprintable():
        return character
    return json.dumps(character)[1:-1] if character != "\x7f" else "\\u007f"
