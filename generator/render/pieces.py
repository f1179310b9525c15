"""Python text → pieces of which black makes the same alone as in their module.

Where two neighbours in a module, or in a class of it, are parted by blank lines and nothing else,
black forgets the one when it comes to the other, all but its kind. So a long module of which little
has changed need not be formatted as a whole.
"""

import ast
import warnings
from collections.abc import Iterator, Sequence

from generator.cache import digest
from generator.values import Value, uncollected

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_ASSIGNMENTS = (ast.Assign, ast.AnnAssign)
_CLASS = "class _:\n"  # as black leaves it; what stands below is as wide as in any other


class Piece(Value):
    """Whole lines of a module, from the start of a statement (the first: of the module) on."""

    text: str
    blank: int  # lines that black leaves empty above it
    inside: bool  # it starts in a class
    statements: int  # of the module and of its classes

    @property
    def name(self) -> str:
        """What tells it from others, in a class or not, which its indent shows: 32 digits."""
        return digest(self.text)[:16].hex()


class _Place(Value):
    """Where a statement of a module or of a class in it stands."""

    start: int  # its first line, counted from 0
    blank: int | None  # lines that black leaves empty above it; None where it is no border
    inside: bool


def cut(text: str) -> tuple[Piece, ...]:
    """The pieces of a module: one, the whole, if it has no border or is no Python.

    What makes a border doubtful is none: a comment or anything else between the statements, no
    blank line there (black keeps `...` bodies together), something behind the upper one.
    """
    lines = text.split("\n")
    places = _places(text)
    # The first piece is the module's start, whether or not a statement is there.
    at = [0, *(number for number, place in enumerate(places) if place.blank is not None)]
    starts = [0, *(places[number].start for number in at[1:]), len(lines)]
    made = []
    for index, number in enumerate(at):
        more = (at[index + 1] if index + 1 < len(at) else len(places)) - number
        own = "\n".join(lines[starts[index] : starts[index + 1]])
        if index + 1 < len(at):
            own = own.rstrip("\n") + "\n"
        if index == 0:
            made.append(Piece(own, 0, False, more))
        else:
            made.append(Piece(own, places[number].blank or 0, places[number].inside, more))
    return tuple(made)


def alone(run: Sequence[Piece]) -> str:
    """Pieces that follow one another as a module of their own, which can be formatted."""
    head = _CLASS if run[0].inside else ""
    return head + joined(run, [piece.text for piece in run])


def joined(run: Sequence[Piece], texts: Sequence[str]) -> str:
    """One text of what was made of each piece."""
    first, *others = zip(run, texts, strict=True)
    return first[1] + "".join("\n" * piece.blank + text for piece, text in others)


def parted(run: Sequence[Piece], formatted: str) -> tuple[str, ...] | None:
    """What black made of each piece, from what it made of them `alone`; `None` if it is not clear."""
    lines = formatted.split("\n")
    head = 1 if run[0].inside else 0
    places = _places(formatted)
    if len(places) != head + sum(piece.statements for piece in run):
        return None
    starts, number = [head], head
    for piece, after in zip(run, run[1:], strict=False):
        number += piece.statements
        starts.append(places[number].start)
    ends = [start - piece.blank for start, piece in zip(starts[1:], run[1:], strict=True)]
    texts = ["\n".join([*lines[a:b], ""]) for a, b in zip(starts, ends, strict=False)]
    texts.append("\n".join(lines[starts[-1] :]))
    whole = "\n".join(lines[head:])
    return tuple(texts) if joined(run, texts) == whole else None


def _places(text: str) -> list[_Place]:
    # Comments can switch black off, and a module's first line end is used for all of it.
    if "fmt:" in text or "yapf:" in text or "\r" in text:
        return []
    try:
        with warnings.catch_warnings(), uncollected():
            warnings.simplefilter("ignore")  # they are heard when the result is compiled
            module = ast.parse(text)
    except (SyntaxError, ValueError):
        return []
    return list(_in_body(module.body, text.split("\n"), inside=False))


def _in_body(body: Sequence[ast.stmt], lines: Sequence[str], inside: bool) -> Iterator[_Place]:
    before: ast.stmt | None = None
    for statement in body:
        start = _start(statement)
        is_opening = before is body[0]
        blank = _blank(before, statement, lines, inside, is_opening) if before else None
        yield _Place(start, blank, inside)
        if isinstance(statement, ast.ClassDef) and not inside:
            yield from _in_body(statement.body, lines, inside=True)
        before = statement


def _blank(
    before: ast.stmt, after: ast.stmt, lines: Sequence[str], inside: bool, is_opening: bool
) -> int | None:
    """How many lines black leaves empty between these neighbours; `None` if there is no border.

    `is_opening` tells whether the upper one is the first of its body.
    """
    start, end = _start(after), before.end_lineno or 0
    indent = " " * after.col_offset
    most = 1 if inside else 2
    if (
        start < end
        or any(lines[end:start])
        or len(lines[end - 1].encode()) != before.end_col_offset
        or not lines[start].startswith(indent)
    ):
        return None
    if inside and _is_text(before) and not is_opening and isinstance(after, _ASSIGNMENTS):
        return min(start - end, most)  # the text describes the attribute above it
    if start == end:
        return None
    if isinstance(before, ast.Expr) and not (inside and _is_text(before)):
        # Below a module's docstring a decorator has one line, its function alone two; and a class
        # of nothing but `...` becomes one line.
        return None
    if isinstance(after, _DEFINITIONS):
        return most
    if isinstance(after, _ASSIGNMENTS) and isinstance(before, _DEFINITIONS):
        return most
    if isinstance(after, _ASSIGNMENTS) and isinstance(before, _ASSIGNMENTS):
        return min(start - end, most)
    return None


def _is_text(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def _start(statement: ast.stmt) -> int:
    """The line, counted from 0, on which a statement or its first decorator begins."""
    decorators = statement.decorator_list if isinstance(statement, _DEFINITIONS) else []
    return min([statement.lineno, *(node.lineno for node in decorators)]) - 1
