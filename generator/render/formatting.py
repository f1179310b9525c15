"""Text → formatted Python that compiles.

Black decides how Python looks. Ruff is faster by two orders of magnitude and makes the same of all
but a few constructs; the texts that hold one of these are left to black. Of a long module black
formats those pieces alone that it has not met in it before.
"""

import os
import re
import shutil
import subprocess
import sys
import warnings
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Final, TypeAlias

from generator.disk.scratch import rewritten
from generator.render.pieces import alone, cut, joined, parted
from generator.style import Formatter, StyleFault
from generator.values import uncollected

Pieces: TypeAlias = dict[str, str]  # the names of a module's pieces → what black made of them

# Characters; black needs less time for a shorter module than its pieces would save.
LONG: Final = 8_000
_RUFF = ("--isolated", "--no-cache", "--quiet", "--line-length", "88", "--target-version", "py311")
# Where the two differ: a blank line that opens a block (ruff takes it out), a union over several
# lines (black puts it in parentheses), a lambda's body in parentheses, and a block of text whose
# last line is too long (black takes it out of the call's parentheses).
_BLANK_FIRST = re.compile(r":\n[ \t]*\n")
_BLACKS_OWN = re.compile(r"^ +\| |\blambda\b[^\n]*: \($|^.{83,}\"\"\"\)", re.MULTILINE)


def format_python(path: str, text: str) -> str:
    """`text` as black leaves it, proven to compile without a warning.

    A function of its arguments alone, and cached as such. Raises `ValueError`, with the path and
    the line, for text that is no Python; no page may cause that.
    """
    return _proven(path, _by_black(path, text))


def format_by_pieces(path: str, text: str, known: Mapping[str, str]) -> tuple[str, Pieces]:
    """What `format_python` gives, and the pieces of it; those in `known` are not formatted again.

    Without pieces if the module has no place to cut it at. Raises `ValueError` as above.
    """
    pieces = cut(text)
    if len(pieces) == 1:
        return format_python(path, text), {}
    made = dict(known)
    for is_known, neighbours in groupby(pieces, lambda piece: piece.name in known):
        if is_known:
            continue
        run = tuple(neighbours)
        try:
            formatted = _by_black(path, text if run == pieces else alone(run))
        except ValueError:
            return format_python(path, text), {}  # or it raises, with the line in the module
        texts = parted(run, formatted)
        if texts is None:
            return format_python(path, text), {}
        made.update(zip((piece.name for piece in run), texts, strict=True))
    kept = {piece.name: made[piece.name] for piece in pieces}
    return _proven(path, joined(pieces, [made[piece.name] for piece in pieces])), kept


def _by_black(path: str, text: str) -> str:
    # Late: where a cache knows every text, nobody waits for black.
    from black import format_str
    from black.mode import Mode, TargetVersion
    from black.parsing import InvalidInput

    # Black's own default style; the target spares it the search for the oldest Python that fits.
    mode = Mode(target_versions={TargetVersion.PY311}, is_pyi=path.endswith(".pyi"))
    try:
        # Its trees are circles; they go with the next search, after this text and not within it.
        with uncollected():
            return format_str(text, mode=mode)
    except (InvalidInput, ValueError) as error:
        raise _no_python(path, error) from error


def format_all(
    texts: Sequence[tuple[str, str]], formatter: Formatter, known: Mapping[str, Pieces]
) -> list[tuple[str, Pieces]]:
    """What `formatter` makes of these paths and texts, in their order, proven as above.

    With it come the pieces of each text whose path is in `known`, where black made them; that holds
    the pieces that the module had before. Raises `StyleFault` if ruff is wanted and is not there.
    """
    match formatter:
        case "black":
            return [_with_black(path, text, known) for path, text in texts]
        case "none":
            return [(_proven(path, text), {}) for path, text in texts]
        case "ruff":
            by_ruff = rewritten([(Path(path).suffix, text) for path, text in texts], _run_ruff)
            return [
                (
                    _with_black(path, text, known)
                    if _BLANK_FIRST.search(text) or _BLACKS_OWN.search(formatted)
                    else (_proven(path, formatted), {})
                )
                for (path, text), formatted in zip(texts, by_ruff, strict=True)
            ]


def _with_black(path: str, text: str, known: Mapping[str, Pieces]) -> tuple[str, Pieces]:
    if path in known:
        return format_by_pieces(path, text, known[path])
    return format_python(path, text), {}


def _run_ruff(folder: Path) -> None:
    beside = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    ruff = shutil.which("ruff", path=beside)
    if ruff is None:
        raise StyleFault(
            "--formatter ruff needs ruff, which is not installed; "
            "run pip install 'gen-graph[ruff]' or choose --formatter black"
        )
    # A text that is no Python is left as it is, and found out when it is compiled.
    subprocess.run([ruff, "format", *_RUFF, str(folder)], check=False, capture_output=True)


def _proven(path: str, text: str) -> str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # an escape that Python does not know is a SyntaxWarning
            # As bytes, since that is how Python will meet it: a coding line would count.
            compile(text.encode("utf-8", "backslashreplace"), path, "exec", dont_inherit=True)
    except (SyntaxError, SyntaxWarning, ValueError) as error:
        raise _no_python(path, error) from error
    return text


def _no_python(path: str, error: Exception) -> ValueError:
    return ValueError(f"{path} was rendered to no valid Python: {error}")
