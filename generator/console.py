"""What a run looks like to the person who started it: findings, progress, summary.

Takes a `Run` and `Changes`, gives lines of text. Page text is shown with its control characters
escaped, so that no page can write to the terminal.
"""

import difflib
import os
import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TextIO

from generator.diagnostics import Diagnostic, Severity
from generator.disk import Changes, Edit
from generator.run import Run

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

MOST_FINDINGS = 50  # printed one by one unless --verbose asks for all
_PATIENCE = 1.0  # seconds before progress is worth showing
_TABS = re.compile("(\t)")
_COLOURS = {"+": "\x1b[32m", "-": "\x1b[31m", "@": "\x1b[36m"}
_BY_COST = (Severity.ERROR, Severity.WARNING, Severity.INFO)


def seen(text: str) -> str:
    """`text` without a character that a terminal obeys."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def finding_lines(diagnostics: Sequence[Diagnostic], verbose: bool) -> Iterator[str]:
    """Errors and warnings one by one; a count by code where there are many; all if `verbose`."""
    shown = [d for d in diagnostics if verbose or d.severity is not Severity.INFO]
    if verbose or len(shown) <= MOST_FINDINGS:
        yield from (seen(str(diagnostic)) for diagnostic in shown)
        return
    counts = Counter((_BY_COST.index(d.severity), d.code) for d in shown)
    pages = len({diagnostic.span.path for diagnostic in shown})
    yield f"{len(shown):,} errors and warnings on {pages:,} pages (--verbose prints each):"
    for (cost, code), count in sorted(
        counts.items(), key=lambda item: (item[0][0], -item[1], item[0][1])
    ):
        yield f"{count:8,} {_BY_COST[cost]:8} {code}"


def change_lines(changes: Changes) -> Iterator[str]:
    """What `--check` says would change, by path."""
    would = {path: "add" for path in changes.added} | {path: "change" for path in changes.changed}
    would |= {path: "remove" for path in changes.removed}
    would |= {edit.path: "keep edited" for edit in changes.edited}
    for path in sorted(would):
        yield f"would {would[path]} {seen(path)}"
    if not would and changes:
        yield "would change the list of written files"


def edit_lines(changes: Changes, colour: bool) -> Iterator[str]:
    """What people made of generated files: each with the way to end it, and the difference."""
    for edit in changes.edited:
        gone = edit.generated is None
        verb = "removes" if gone else "overwrites"
        yield (
            f"{seen(edit.path)} was edited and is kept{'; its pages are gone' if gone else ''}; "
            f"--force {verb} it, --adopt leaves it to you"
        )
        yield from _edit_diff(edit, colour)
    for edit in changes.outgrown:
        yield (
            f"{seen(edit.path)} is yours, and the text generated for it has changed; take over "
            "what you need and run with --adopt, or delete the file to have it generated"
        )
        yield from _edit_diff(edit, colour)


def diff_lines(changes: Changes, colour: bool) -> Iterator[str]:
    """What `--diff` shows: every change by path, as a unified diff."""
    new = {**changes.added, **changes.changed}
    for path in sorted({*new, *changes.removed}):
        old = changes.old.get(path, b"")
        yield from _diff(
            f"a/{path}" if path in changes.old else os.devnull,
            f"b/{path}" if path in new else os.devnull,
            old,
            new.get(path, b""),
            colour,
        )


def in_colour(stream: TextIO) -> bool:
    """Whether `stream` is a terminal that shows colours (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def watch_line(run: Run, changes: Changes, seconds: float) -> str:
    """One run of `--watch`: what it wrote and what it found."""
    written = len(changes.added) + len(changes.changed)
    severities = Counter(diagnostic.severity for diagnostic in run.diagnostics)
    edited = f", {len(changes.edited):,} edited and kept" if changes.edited else ""
    return (
        f"{time.strftime('%H:%M:%S')} {written:,} written, {len(changes.removed):,} removed{edited}; "
        f"{severities[Severity.ERROR]:,} errors, {severities[Severity.WARNING]:,} warnings; "
        f"{seconds:.1f} s"
    )


def summary_lines(run: Run, changes: Changes, seconds: float) -> Iterator[str]:
    """The one summary at the end of a run."""
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in run.pages.items() if count)
    yield f"pages      {sum(run.pages.values()):,}{f' ({kinds})' if kinds else ''}"
    yield f"described  {_counted(run.counts)}"
    written = len(changes.added) + len(changes.changed)
    unchanged, removed = len(changes.unchanged), len(changes.removed)
    edited = f", {len(changes.edited):,} edited and kept" if changes.edited else ""
    yield f"files      {written:,} written, {unchanged:,} unchanged, {removed:,} removed{edited}"
    severities = Counter(diagnostic.severity for diagnostic in run.diagnostics)
    yield "findings   " + _counted({f"{s}s": severities[s] for s in _BY_COST})
    yield f"seconds    {seconds:.1f}"


def timing_lines(seconds: Mapping[str, float]) -> Iterator[str]:
    """Seconds per room, in the order of work."""
    for room, spent in seconds.items():
        yield f"{spent:8.2f} s  {room}"


def _edit_diff(edit: Edit, colour: bool) -> Iterator[str]:
    generated = f"generated/{edit.path}" if edit.generated is not None else os.devnull
    yield from _diff(generated, f"yours/{edit.path}", edit.generated or b"", edit.current, colour)


def _diff(before: str, after: str, old: bytes, new: bytes, colour: bool) -> Iterator[str]:
    """A unified diff that `patch` and `git apply` take, but for what a terminal would obey."""
    for line in difflib.unified_diff(_lines(old), _lines(new), before, after):
        shown = "".join(
            part if part == "\t" else seen(part) for part in _TABS.split(line.rstrip("\n"))
        )
        yield f"{_COLOURS[line[0]]}{shown}\x1b[0m" if colour and line[0] in _COLOURS else shown
        if not line.endswith("\n"):
            yield "\\ No newline at end of file"


def _lines(data: bytes) -> list[str]:
    """Lines with their ends; unlike `splitlines`, only `\\n` ends one."""
    return re.findall(r"[^\n]*\n|[^\n]+", data.decode("utf-8", "backslashreplace"))


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts.items())


class ProgressBar:
    """Shows how far a run is, on a terminal, once it has taken longer than a second."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._began = time.monotonic()
        self._bar: "Progress | None" = None
        self._tasks: dict[str, "TaskID"] = {}

    def __call__(self, room: str, done: int, total: int) -> None:
        if self._bar is None:
            if not self._stream.isatty() or time.monotonic() - self._began < _PATIENCE:
                return
            self._bar = _bar(self._stream)
        if room not in self._tasks:
            self._tasks[room] = self._bar.add_task(room, total=total)
        self._bar.update(self._tasks[room], completed=done)

    def close(self) -> None:
        """Take the progress off the terminal again."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


def _bar(stream: TextIO) -> "Progress":
    # Late: a short run, or one in a pipe, never needs rich.
    from rich.console import Console
    from rich.progress import Progress

    bar = Progress(console=Console(file=stream), transient=True)
    bar.start()
    return bar
