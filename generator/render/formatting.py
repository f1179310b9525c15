"""Text → formatted Python that compiles."""

import warnings

from black import format_str
from black.mode import Mode, TargetVersion
from black.parsing import InvalidInput

# Black's own default style; the target spares black the search for the oldest Python that fits.
_MODE = Mode(target_versions={TargetVersion.PY311})
_STUB = Mode(target_versions={TargetVersion.PY311}, is_pyi=True)


def format_python(path: str, text: str) -> str:
    """`text` as black leaves it, proven to compile without a warning.

    A function of its arguments alone: the place for a cache by text. Raises `ValueError`, with
    the path and the line, for text that is no Python; no page may cause that.
    """
    try:
        formatted = format_str(text, mode=_STUB if path.endswith(".pyi") else _MODE)
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # an escape that Python does not know is a SyntaxWarning
            # As bytes, since that is how Python will meet it: a coding line would count.
            compile(formatted.encode("utf-8", "backslashreplace"), path, "exec", dont_inherit=True)
    except (InvalidInput, SyntaxError, SyntaxWarning, ValueError) as error:
        raise ValueError(f"{path} was rendered to no valid Python: {error}") from error
    return formatted
