"""Waiting for a change that a run would see."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from generator.disk import Trouble

_ENDINGS = (".md", ".jinja", ".toml", ".yml", ".yaml")
_QUIET = 50  # milliseconds without a further change: an editor that saves several files is one save
_LONGEST = 1600  # milliseconds after which a run starts although changes go on
_ROUND = 200  # milliseconds between two looks at whether somebody wants to leave


def changes(watched: Sequence[Path]) -> Iterator[bool]:
    """Whether something that matters has changed in these files and folders, again and again.

    The first answer comes as soon as the system watches; what changes while nobody asks is told
    with the next answer. Raises `KeyboardInterrupt` on Ctrl-C and `Trouble` if watchfiles is not
    installed or none of the paths is there.
    """
    try:
        from watchfiles import watch
    except ImportError:
        raise Trouble(
            "--watch needs watchfiles, which is not installed; run pip install 'gen-graph[watch]'"
        ) from None
    # The folder of a file is watched, since editors replace files instead of writing to them.
    files = {path for path in watched if not path.is_dir()}
    trees = {path for path in watched if path.is_dir()}
    there = sorted(path for path in trees | {path.parent for path in files} if path.is_dir())
    if not there:
        raise Trouble("what was watched is gone; start again")

    def matters(_: object, name: str) -> bool:
        path = Path(name)
        below = any(tree in path.parents for tree in trees)
        return path in files or (below and (path.suffix.lower() in _ENDINGS or not path.suffix))

    for found in watch(
        *there,
        watch_filter=matters,
        debounce=_LONGEST,
        step=_QUIET,
        rust_timeout=_ROUND,
        yield_on_timeout=True,
        raise_interrupt=True,
    ):
        yield bool(found)
