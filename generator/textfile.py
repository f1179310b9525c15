"""A file as a value: a path and a text, whether coming in or going out."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class TextFile:
    """A text and where it belongs.

    `path` is relative to the docs folder (coming in) or to the output folder (going out), with
    `/` between its parts on every system. `text` uses `\\n` alone as line end.
    """

    path: str
    text: str
