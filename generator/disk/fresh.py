"""Files that a user starts from: written once, never replaced."""

from collections.abc import Sequence
from pathlib import Path

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
