"""Whether an output folder still stands as a run left it, without reading it."""

import os
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

from generator.disk.comparing import STAGE
from generator.disk.manifest import MANIFEST, hash_of, read_bytes
from generator.disk.marks import Mark, is_certain, mark_of
from generator.values import Value

_Marks: TypeAlias = Mapping[str, tuple[Mark, str]]  # by path, with the sha256 of the content


class State(Value):
    """How each file stood at a moment (nanoseconds): its mark, and the sha256 of its content."""

    moment: int
    marks: _Marks


def read_state(
    output: Path, standing: Mapping[str, str], moment: int, known: _Marks = MappingProxyType({})
) -> State | None:
    """The state of these files and of the list; `None` if one of them is not there.

    `standing` and `known`, a part of it, were found out at or after `moment`: what changed later is
    not taken to be known.
    """
    listed = read_bytes(output / MANIFEST)
    if listed is None:
        return None
    marks: dict[str, tuple[Mark, str]] = {}
    for path, hashed in {**standing, MANIFEST: hash_of(listed)}.items():
        before = known.get(path)
        if before is not None and before[1] == hashed:
            marks[path] = before
        elif (mark := mark_of(f"{output}/{path}")) is not None:
            marks[path] = (mark, hashed)
        else:
            return None
    return State(moment, marks)


def still_stands(output: Path, state: State) -> State | None:
    """The state as it is now, if nobody has changed these files since; `None` if somebody has.

    A file is read only where its mark is new, or as young as the state: it is the same `State`
    where none had to be.
    """
    if os.path.lexists(output / STAGE):
        return None  # left by a run that was killed
    moment = time.time_ns()
    marks: dict[str, tuple[Mark, str]] = {}
    for path, (mark, hashed) in state.marks.items():
        now = mark_of(f"{output}/{path}")
        if now is None:
            return None
        if now == mark and is_certain(mark, state.moment):
            continue
        if hash_of(read_bytes(output / path) or b"") != hashed:
            return None
        marks[path] = (now, hashed)
    return State(moment, {**state.marks, **marks}) if marks else state


def unwritten(output: Path, state: State) -> _Marks:
    """Those of these files that nobody has written to since, found without reading."""
    return {
        path: (mark, hashed)
        for path, (mark, hashed) in state.marks.items()
        if is_certain(mark, state.moment) and mark_of(f"{output}/{path}") == mark
    }
