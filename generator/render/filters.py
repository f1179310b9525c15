"""The doors through which page text becomes Python or HTML: values, prose and comments.

Invariant: whatever the text holds, the result is one literal, one docstring or one piece of a
comment line, or text and nothing else on a page, and holds no character that cannot be seen.
"""

import math
import re
import textwrap
from collections.abc import Iterable, Mapping
from html import escape

_SHORT = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
# Comments that a tool obeys. Page text must not switch off black, mypy or a file's encoding.
_ORDERS = re.compile(
    r"(coding|\b(?:fmt|type|mypy|pyright|ruff|isort|yapf|flake8|pylint|pragma))(?=[:=])",
    re.IGNORECASE,
)
_ITEM = re.compile(r"(?:[-*•]|\d{1,3}[.)])\s+(?=\S)")
_NOQA = re.compile(r"\bnoqa\b", re.IGNORECASE)
_LONGEST_DECIMAL = 10_000  # bits: Python refuses decimal integers of more than 4,300 digits


def literal(value: object) -> str:
    """`value` as a Python literal on one line, strings as black quotes them.

    Takes text, numbers, booleans, None, and tuples, lists and dicts of these. Characters that
    cannot be seen are escaped, so that the code shows what it holds. Raises `TypeError` for
    anything else: that is a view's fault, never a page's.
    """
    match value:
        case None | bool():
            return repr(value)
        case str():
            return _quoted(str(value))
        case int():
            return hex(value) if value.bit_length() > _LONGEST_DECIMAL else int.__repr__(value)
        case float():
            return repr(value) if math.isfinite(value) else f'float("{value}")'
        case tuple():
            return f"({_joined(value)}{',' if len(value) == 1 else ''})"
        case list():
            return f"[{_joined(value)}]"
        case Mapping():
            pairs = (f"{literal(key)}: {literal(item)}" for key, item in value.items())
            return "{" + ", ".join(pairs) + "}"
    raise TypeError(f"{type(value).__name__} has no literal")


def docstring(text: str, width: int = 84) -> str:
    """`text` as a whole docstring, quotes included, no line longer than `width` columns.

    Lines are wrapped one by one and keep their indentation, which grows in what is wrapped; empty
    lines part paragraphs, several count as one. `width` is what remains beside the indentation of
    the place: 84 in a class, 80 in a method. Text without content gives an empty docstring.
    """
    lines: list[str] = []
    for line in re.split(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]", text):
        wrapped = _wrapped(_blanks(line).rstrip(), width, '"""' if not lines else "")
        if not wrapped and (not lines or not lines[-1]):
            continue
        lines.extend(wrapped or [""])
    shown = [_seen(line, "\\") for line in lines]
    while shown and not shown[-1]:
        shown.pop()
    if not shown:
        return '""" """'
    shown[0] = shown[0].strip()
    body = "\n".join(shown).replace('"""', r"\"\"\"")
    padded = f" {body}" if body.startswith('"') else body  # as black does
    if len(shown) == 1 and len(padded) + 6 <= width:
        return f'"""{padded} """' if padded.endswith('"') else f'"""{padded}"""'
    return f'"""{padded}\n"""'


def _wrapped(line: str, width: int, opening: str) -> list[str]:
    """One line of prose as several; `opening` is what will stand before the first of them."""
    words = line.split()
    indent = " " * min(len(line) - len(line.lstrip()), 12)
    hanging = " " * len(item[0]) if (item := _ITEM.match(line.lstrip())) else "    " * bool(indent)
    if indent and len(words) == 2 and len(f"{indent}{hanging}{words[1]}") > width:
        return [f"{indent}{words[0]} {words[1]}"]  # the path of a request stays beside its verb
    return textwrap.wrap(
        line.strip(),
        width,
        initial_indent=indent or " " * len(opening),
        subsequent_indent=f"{indent}{hanging}",
        break_long_words=False,
        break_on_hyphens=False,
    )


def block(text: str) -> str:
    """`text` as a literal over several lines, which a reader sees as the page shows it.

    Its first line stands below the quotes; what cannot be seen is escaped, line ends are not.
    """
    seen = "\n".join(_seen(line, "\\\t") for line in text.split("\n"))
    body = re.sub(r'"{3,}|"+\Z', lambda quotes: r"\"" * len(quotes[0]), seen)
    return f'"""\\\n{body}"""'


def comment(text: str) -> str:
    """`text` as part of a comment: one line, nothing that a tool would take for an order."""
    line = " ".join(_seen(_blanks(text), "").split())
    return _NOQA.sub("no-qa", _ORDERS.sub(r"\1 ", line))


def html(text: str) -> str:
    """`text` as the content of an element or of a quoted attribute (HTML 13.1.2.4, 13.1.4)."""
    return escape(_seen(text, ""), quote=True)


def banner(sources: Iterable[str] = (), *, header: str = "") -> str:
    """The first line of an emitted Python file, with up to three of the pages it was made from.

    `header`, a text of the user's, follows as comment lines.
    """
    pages = [comment(source) for source in sources]
    named = ", ".join(pages[:3]) + (f" and {len(pages) - 3} more" if len(pages) > 3 else "")
    first = f"# Code generated by gen-graph{' from ' if named else ''}{named}. DO NOT EDIT."
    below = (f"# {comment(line)}".rstrip() for line in header.splitlines())
    return "\n".join([first, *below])


def _joined(items: Iterable[object]) -> str:
    return ", ".join(literal(item) for item in items)


def _quoted(text: str) -> str:
    # Black keeps double quotes unless single ones need fewer escapes.
    quote = "'" if text.count("'") < text.count('"') else '"'
    return quote + _seen(text, f"\\\n\r\t{quote}") + quote


def _seen(text: str, escaped: str) -> str:
    """`text` with an escape for each character of `escaped` and each that cannot be seen."""
    if text.isprintable() and not any(c in text for c in escaped):
        return text
    return "".join(_escape(c) if c in escaped or not c.isprintable() else c for c in text)


def _escape(character: str) -> str:
    if character.isprintable():
        return "\\" + character
    if character in _SHORT:
        return _SHORT[character]
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _blanks(text: str) -> str:
    """`text` with plain blanks for every kind of blank; prose has no use for the difference."""
    return "".join(" " if c.isspace() else c for c in text)
