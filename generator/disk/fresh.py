"""Files outside the output: those that a user starts from, and reports that a user asks for."""

import os
from collections.abc import Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile

from generator.disk.trouble import Trouble, disk_trouble
from generator.textfile import TextFile


def write_new(folder: Path, files: Sequence[TextFile]) -> None:
    """Write these files below `folder`.

    Raises `Trouble`, before anything is written, if one of them is there already.
    """
    for file in files:
        if (folder / file.path).exists():
            raise Trouble(f"{folder / file.path} is there already; move it away or change it there")
    for file in files:
        place = folder / file.path
        with disk_trouble("write", place):
            place.parent.mkdir(parents=True, exist_ok=True)
            with place.open("x", encoding="utf-8", newline="\n") as opened:
                opened.write(file.text)


def write_report(place: Path, text: str) -> None:
    """Make `place` hold `text`; what it held before goes, all at once.

    Raises `Trouble` for a folder, and for a disk that does not answer.
    """
    if place.is_dir():
        raise Trouble(f"{place} is a folder; name a file")
    with disk_trouble("write", place):
        place.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile("wb", dir=place.parent, prefix=".gen-graph-", delete=False) as new:
            try:
                new.write(text.encode("utf-8", "backslashreplace"))
                new.close()
                os.chmod(new.name, 0o666 & ~_umask())
                os.replace(new.name, place)
            except BaseException:
                os.unlink(new.name)
                raise


def _umask() -> int:
    """The permissions that new files do not get; the system tells them only while it sets them."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def append_text(file: Path, text: str) -> None:
    """Add `text` to what a file holds. Raises `Trouble` if the disk does not answer."""
    with disk_trouble("write", file), file.open("a", encoding="utf-8", newline="\n") as opened:
        opened.write(text)
