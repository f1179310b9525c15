"""Changes onto the disk: what differs is replaced, what is gone is removed, and no file of others.

A list of the files that the last run wrote lies in the output folder (`.gen-graph.json`). A file
is replaced or removed only if it stands there.
"""

import hashlib
import json
import os
import re
import shutil
import signal
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from glob import escape
from pathlib import Path, PurePosixPath
from types import FrameType

from generator.disk.trouble import Trouble, disk_trouble
from generator.textfile import TextFile

MANIFEST = ".gen-graph.json"
STAGE = ".gen-graph.part"  # new files wait here until all of them are written


@dataclass(frozen=True, slots=True)
class Changes:
    """What would make the output folder current, by path."""

    added: Mapping[str, bytes]
    changed: Mapping[str, bytes]
    removed: tuple[str, ...]
    unchanged: tuple[str, ...]
    manifest: bytes
    manifest_is_current: bool

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed or not self.manifest_is_current)


def compare(output: Path, files: Sequence[TextFile], version: str) -> Changes:
    """Compare `files` with what stands in `output`, reading each file that would be written.

    Raises `Trouble` if a file that this tool did not write stands in the way, if a path leads out
    of `output` (by itself or by a link), or if the list of the last run cannot be read. A file of
    others that already says what would be written is taken over.
    """
    if output.exists() and not output.is_dir():
        raise Trouble(f"{output} is a file; name a folder to write to")
    new = {file.path: file.text.encode("utf-8", "backslashreplace") for file in files}
    if len(new) != len(files):
        raise ValueError("two files have one path")
    ours = _read_manifest(output)
    links = _Links(output)
    for path in (*new, *ours):
        _check_path(output, path)

    added: dict[str, bytes] = {}
    changed: dict[str, bytes] = {}
    unchanged: list[str] = []
    foreign: list[str] = []
    for path in sorted(new):
        current = None if links.above(path) else _read_bytes(output / path)
        if links.above(path) or (output / path).is_symlink():
            foreign.append(path)
        elif current == new[path]:
            unchanged.append(path)
        elif current is None and not (output / path).exists():
            added[path] = new[path]
        elif path in ours and current is not None:
            changed[path] = new[path]
        else:
            foreign.append(path)
    if foreign:
        shown = ", ".join(foreign[:5]) + (f" and {len(foreign) - 5} more" if foreign[5:] else "")
        raise Trouble(
            f"{output} holds files that gen-graph did not write and would overwrite: {shown}; "
            "move them away or name another folder"
        )
    gone = (path for path in sorted(set(ours) - set(new)) if not links.above(path))
    removed = tuple(path for path in gone if _is_plain_file(output / path))
    manifest = _manifest({path: _hash(data) for path, data in new.items()}, version)
    is_current = _read_bytes(output / MANIFEST) == manifest
    return Changes(added, changed, removed, tuple(unchanged), manifest, is_current)


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
    old = _read_manifest(output)
    new: dict[str, object] = json.loads(changes.manifest)
    files = new["files"]
    assert isinstance(files, dict)
    return _manifest({**old, **files}, str(new["version"]))


def _manifest(hashes: Mapping[str, str], version: str) -> bytes:
    content = {"files": dict(hashes), "tool": "gen-graph", "version": version}
    return (json.dumps(content, indent=1, sort_keys=True) + "\n").encode()


def _read_manifest(output: Path) -> Mapping[str, str]:
    """The hash of each file that the last run wrote; none if there was no such run."""
    if (data := _read_bytes(output / MANIFEST)) is None:
        return {}
    try:
        files = json.loads(data)["files"]
        if all(isinstance(hashed, str) for hashed in files.values()):
            return dict(files)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass
    raise Trouble(
        f"{output / MANIFEST} does not read as gen-graph's list of its own files; "
        f"delete {output} (or that file alone) and run again"
    )


def _check_path(output: Path, path: str) -> None:
    parts = path.split("/")
    bad = any(part in ("", ".", "..") for part in parts) or re.search(r'[\\\0-\x1f<>:"|?*]', path)
    if bad or path in (MANIFEST, STAGE) or parts[0] == STAGE:
        raise Trouble(f"'{path}' is no path below {output}; nothing was written")


class _Links:
    """Which folders of the output are links: nothing is written or removed through them."""

    def __init__(self, output: Path) -> None:
        self._output = output
        self._known: dict[PurePosixPath, bool] = {}

    def above(self, path: str) -> bool:
        return any(self._is_link(folder) for folder in PurePosixPath(path).parents)

    def _is_link(self, folder: PurePosixPath) -> bool:
        if folder == PurePosixPath("."):
            return False  # the output folder itself may be a link: it was named
        if folder not in self._known:
            self._known[folder] = (self._output / folder).is_symlink()
        return self._known[folder]


def _is_plain_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _read_bytes(path: Path) -> bytes | None:
    """The content of a file; `None` if there is none."""
    with disk_trouble("read", path):
        try:
            return path.read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


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
