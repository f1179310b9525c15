"""What stops a run: one sentence for the person at the keyboard."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Trouble(Exception):
    """A sentence that says what is wrong, where, and what to do next; exit code 2."""


class SeveralVersions(Trouble):
    """A docs folder holds several versions of a reference, each in a folder of its own."""

    def __init__(self, docs: Path, folders: tuple[str, ...]) -> None:
        self.folders = folders  # relative to `docs`
        names = " and ".join(folder.rpartition("/")[2] for folder in folders)
        super().__init__(
            f"{docs} holds several versions of a reference ({names}), and one run reads one; "
            "name the folder of one version"
        )


@contextmanager
def disk_trouble(doing: str, path: Path) -> Iterator[None]:
    """Turn an `OSError` into a `Trouble`: "cannot read docs_in/user.md: Permission denied"."""
    try:
        yield
    except OSError as error:
        place = error.filename if isinstance(error.filename, str) else str(path)
        why = error.strerror or str(error)
        raise Trouble(f"cannot {doing} {place}: {why}") from error
