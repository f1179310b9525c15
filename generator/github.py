"""What a run looks like on GitHub: workflow commands that annotate files, and a summary of the job.

Takes a `Run` and `Changes`, gives lines of text and Markdown. GitHub shows ten errors and ten
warnings of a step, so the dearest come first.
"""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from generator.console import MOST_FINDINGS, change_lines, seen
from generator.diagnostics import Severity
from generator.disk import Changes
from generator.run import Run

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_MOST_FILES = 100  # listed in the summary


def annotation_lines(
    run: Run, changes: Changes, docs: Path, target: Path, verbose: bool, is_check: bool
) -> Iterator[str]:
    """An annotation for each finding, and for each file that is not what it should be."""
    if is_check and changes:
        many = len(changes.added) + len(changes.changed) + len(changes.removed)
        yield _command(
            "error", f"{many:,} files are not what the pages say; run gen-graph and commit", "stale"
        )
    for edit in changes.edited:
        said = "this generated file was edited, and is kept; --force overwrites, --adopt leaves it"
        yield _command("error", said, "edited", _shown(target / edit.path))
    for severity, command in _COMMANDS.items():
        for found in run.diagnostics:
            if found.severity is severity and (verbose or severity is not Severity.INFO):
                place = _shown(docs / found.span.path)
                at = found.span.first, found.span.column
                yield _command(command, found.message, found.code, place, *at)


def summary_text(run: Run, changes: Changes, is_check: bool) -> str:
    """The summary of the job, as Markdown."""
    counts = Counter(found.severity for found in run.diagnostics)
    files = list(change_lines(changes)) if is_check else []
    state = f"{len(files):,} files would change" if files else "the output is current"
    if not is_check:
        state = f"{len(changes.added) + len(changes.changed):,} files written"
        state += f", {len(changes.removed):,} removed"
    lines = ["### gen-graph", "", f"{state[:1].upper()}{state[1:]}.", ""]
    lines += ["| pages | errors | warnings | infos |", "|--:|--:|--:|--:|"]
    cells = [sum(run.pages.values()), *(counts[severity] for severity in _COMMANDS)]
    lines += [f"| {' | '.join(f'{cell:,}' for cell in cells)} |", ""]
    if files:
        lines += ["```text", *files[:_MOST_FILES]]
        lines += [f"and {len(files) - _MOST_FILES:,} more"] if len(files) > _MOST_FILES else []
        lines += ["```", ""]
    codes = Counter(d.code for d in run.diagnostics if d.severity is not Severity.INFO)
    if codes:
        lines += ["| finding | times |", "|:--|--:|"]
        ordered = sorted(codes.items(), key=lambda item: (-item[1], item[0]))
        lines += [f"| {code} | {count:,} |" for code, count in ordered[:MOST_FINDINGS]] + [""]
    return "\n".join(lines)


def _shown(path: Path) -> str:
    """`path` from the folder in which the command was called, as GitHub knows files."""
    return Path(os.path.relpath(path)).as_posix()


def _command(
    command: str, message: str, title: str, file: str = "", line: int = 0, column: int = 0
) -> str:
    """One workflow command; what would end its parts is escaped (actions/toolkit, command.ts)."""
    parts = {"title": title, "file": file, "line": line or "", "col": column or ""}
    said = ",".join(f"{name}={_property(str(value))}" for name, value in parts.items() if value)
    return f"::{command} {said}::{_data(seen(message))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(seen(text)).replace(":", "%3A").replace(",", "%2C")
