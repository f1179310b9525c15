"""What one run made of the pages; light enough to be shown without the rooms that made it."""

from collections.abc import Mapping

from generator.diagnostics import Diagnostic
from generator.textfile import AnyFile
from generator.values import Value


class Run(Value):
    """What one run made of the pages; nothing of it is on disk yet."""

    files: tuple[AnyFile, ...]  # by path
    diagnostics: tuple[Diagnostic, ...]  # in page order
    pages: Mapping[str, int]  # how many of each kind
    counts: Mapping[str, int]  # what else was counted, in the order to be shown
    seconds: Mapping[str, float]  # per room, in the order of work; no part of the output
    once: tuple[AnyFile, ...] = ()  # by path: written where nothing stands, and then the user's
