"""Waiting for a change that a run would see."""

import threading
from collections.abc import Sequence
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

from generator.disk import Trouble

if TYPE_CHECKING:
    from watchfiles._rust_notify import RustNotify

_ENDINGS = (".md", ".jinja", ".toml")
_QUIET = 25  # milliseconds without a further change: an editor that saves several files is one save
_LONGEST = 1600  # milliseconds after which a run starts although changes go on


class Watcher:
    """Notices changes in some files and folders from the moment it is made."""

    def __init__(self, watched: Sequence[Path]) -> None:
        """Raises `Trouble` if watchfiles is not installed or nothing of `watched` is there."""
        try:
            from watchfiles._rust_notify import RustNotify
        except ImportError:
            raise Trouble(
                "--watch needs watchfiles, which is not installed; "
                "run pip install 'gen-graph[watch]'"
            ) from None
        self._trees = {path for path in watched if path.is_dir()}
        self._files = set(watched) - self._trees
        # The folder of a file is watched, since editors replace files instead of writing to them;
        # not what lies below it, which may be all that its owner has.
        folders = {path.parent for path in self._files if path.parent.is_dir()}
        if not folders | self._trees:
            raise Trouble("what was watched is gone; start again")
        self._changed: SimpleQueue[None] = SimpleQueue()
        self._closed = threading.Event()
        for paths, below in ((self._trees, True), (folders - self._trees, False)):
            if paths:
                # `watchfiles.watch` begins to watch only when it is first asked; this begins now
                # (watchfiles' documentation, "Rust backend direct usage").
                notify = RustNotify(sorted(map(str, paths)), False, False, 300, below, True)
                threading.Thread(target=self._listen, args=(notify,), daemon=True).start()

    def wait(self) -> None:
        """Return once something has changed, or had since the last time."""
        self._changed.get()
        while not self._changed.empty():
            self._changed.get()

    def close(self) -> None:
        """Stop watching."""
        self._closed.set()

    def _listen(self, notify: "RustNotify") -> None:
        """Tell what `notify` sees; without a time limit, as it forgets what changes when one ends."""
        while not self._closed.is_set():
            found = notify.watch(_LONGEST, _QUIET, 0, self._closed)
            if isinstance(found, set) and any(self._matters(Path(name)) for _, name in found):
                self._changed.put(None)
        notify.close()

    def _matters(self, path: Path) -> bool:
        below = any(tree in path.parents for tree in self._trees)
        # A name without an ending may be a folder that was moved here with all that it holds.
        ending = path.suffix.lower()
        return path in self._files or (below and (ending in _ENDINGS or not ending))
