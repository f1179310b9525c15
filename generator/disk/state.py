"""Whether an output folder still stands as a run left it, without reading it."""

import os
import stat
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from generator.disk.comparing import STAGE
from generator.disk.manifest import MANIFEST, hash_of, read_bytes

_GRAIN = 50_000_000  # nanoseconds: two writes closer than this may carry one time
_Mark: TypeAlias = tuple[int, int, int, int]  # size, inode, times of content and of the entry


@dataclass(frozen=True, slots=True)
class State:
    """How each file stood at a moment (nanoseconds): its mark, and the sha256 of its content."""

    moment: int
    marks: Mapping[str, tuple[_Mark, str]]


def read_state(output: Path, standing: Mapping[str, str], moment: int) -> State | None:
    """The state of these files and of the list; `None` if one of them is not there.

    `standing` was found out at or after `moment`: what changed later is not taken to be known.
    """
    listed = read_bytes(output / MANIFEST)
    if listed is None:
        return None
    marks: dict[str, tuple[_Mark, str]] = {}
    for path, hashed in {**standing, MANIFEST: hash_of(listed)}.items():
        if (mark := _mark(f"{output}/{path}")) is None:
            return None
        marks[path] = (mark, hashed)
    return State(moment, marks)


def still_stands(output: Path, state: State) -> State | None:
    """The state as it is now, if nobody has changed these files since; `None` if somebody has.

    A file is read only where its mark is new, or as young as the state: it is the same `State`
    where none had to be.
    """
    if os.path.lexists(output / STAGE):
        return None  # left by a run that was killed
    moment = time.time_ns()
    certain = state.moment - _GRAIN
    marks: dict[str, tuple[_Mark, str]] = {}
    for path, (mark, hashed) in state.marks.items():
        now = _mark(f"{output}/{path}")
        if now is None:
            return None
        if now == mark and max(mark[2:]) < certain:
            continue
        if hash_of(read_bytes(output / path) or b"") != hashed:
            return None
        marks[path] = (now, hashed)
    return State(moment, {**state.marks, **marks}) if marks else state


def _mark(path: str) -> _Mark | None:
    """`None` for what is no plain file."""
    try:
        found = os.lstat(path)
    except OSError:
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    return found.st_size, found.st_ino, found.st_mtime_ns, found.st_ctime_ns
