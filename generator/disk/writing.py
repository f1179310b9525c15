"""Changes onto the disk: what differs is replaced, what is gone is removed, and no file of others.

A list of the files that the last run wrote lies in the output folder (`manifest.py`). A file is
replaced or removed only if it stands there.
"""

import os
import shutil
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from glob import escape
from pathlib import Path
from types import FrameType

from generator.disk.comparing import STAGE, Changes
from generator.disk.manifest import MANIFEST, Manifest, manifest_of, read_manifest
from generator.disk.trouble import Trouble, disk_trouble


def apply(output: Path, changes: Changes) -> None:
    """Bring `output` up to date.

    All new files are written to a folder of their own first; only when each of them is on disk
    are they renamed into place, one by one. What fails or is interrupted before that leaves the
    output as it was. A run killed between two renames leaves each file old or new, and a list
    that names both, so that the next run repairs the rest. A file that has not changed is not
    touched.
    """
    if not changes:
        return
    writes = {**changes.added, **changes.changed}
    with disk_trouble("write", output):
        made = _make_folders(output)
        try:
            with _stage(output) as stage:
                for number, data in enumerate(writes.values()):
                    (stage / str(number)).write_bytes(data)
                (stage / "old").write_bytes(_both(output, changes))
                (stage / "new").write_bytes(changes.manifest)
                with _uninterrupted():
                    os.replace(stage / "old", output / MANIFEST)
                    for number, path in enumerate(writes):
                        _make_folders((output / path).parent)
                        os.replace(stage / str(number), output / path)
                    for path in changes.removed:
                        _remove(output, path)
                    os.replace(stage / "new", output / MANIFEST)
        except BaseException:
            for folder in reversed(made):
                if folder.is_dir() and not any(folder.iterdir()):
                    folder.rmdir()
            raise


def _both(output: Path, changes: Changes) -> bytes:
    """The list that holds while files are renamed: what is there and what will be there."""
    old, new = read_manifest(output), manifest_of(changes.manifest)
    before = {**old.before, **old.files}
    files = {**old.files, **new.files}
    # What is written once counts as written when it is: nothing that stands is replaced by it.
    return Manifest(files, new.adopted, before, old.once, new.version).text()


def _make_folders(folder: Path) -> list[Path]:
    """Make `folder` and those above it; gives those that were made, outermost first."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return missing[::-1]


def _remove(output: Path, path: str) -> None:
    """Remove a file, what Python compiled from it, and the folders that this empties."""
    target = output / path
    target.unlink(missing_ok=True)
    if target.suffix == ".py":
        for compiled in (target.parent / "__pycache__").glob(f"{escape(target.stem)}.*.pyc"):
            compiled.unlink(missing_ok=True)
    for folder in (target.parent / "__pycache__", *target.parents):
        if folder == output:
            return
        if folder.is_dir():
            if any(folder.iterdir()):
                return
            folder.rmdir()


@contextmanager
def _stage(output: Path) -> Iterator[Path]:
    """An empty folder in `output` for this run alone, gone afterwards.

    A killed run leaves it behind, and the next run clears it; a lock tells that from a run that
    is still at work.
    """
    stage = output / STAGE
    stage.mkdir(exist_ok=True)
    with _locked(stage):
        for left in stage.iterdir():
            left.unlink()
        try:
            yield stage
        finally:
            shutil.rmtree(stage, ignore_errors=True)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    try:
        import fcntl  # not on Windows, where two runs at once are not told apart
    except ImportError:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Trouble(f"another run is writing to {folder.parent}; wait for it to end") from None
    else:
        yield
    finally:
        os.close(handle)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Ctrl-C waits: between the first rename and the last the output is neither old nor new."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    asked: list[int] = []

    def remember(number: int, frame: FrameType | None) -> None:
        asked.append(number)

    before = signal.signal(signal.SIGINT, remember)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    # The output is complete and current: the interruption came too late to stop anything.
