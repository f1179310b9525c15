"""The list of what is ours in an output folder, `.gen-graph.json`.

`{"files": {path: sha256 of what we wrote}, "adopted": {path: sha256 of what we would have written},
"once": [path], "before": {…}, "tool": "gen-graph", "version": "0.1.0"}`. `once` are files that were
written for their users and are looked at no more. `before` stands there only while files are
renamed: what a file may still hold if the run is killed. Empty parts are left out.
"""

import hashlib
from collections.abc import Collection, Mapping
from pathlib import Path

from msgspec import MsgspecError, field, json

from generator.disk.trouble import Trouble, disk_trouble
from generator.values import Value

MANIFEST = ".gen-graph.json"


class Manifest(Value):
    """What is ours, by path, and what was ours until somebody made it their own."""

    files: Mapping[str, str]
    adopted: Mapping[str, str] = field(default_factory=dict)
    before: Mapping[str, str] = field(default_factory=dict)
    once: Collection[str] = ()
    version: str = ""  # of the tool that wrote it

    def wrote(self, path: str, hashed: str) -> bool:
        """Whether a run of ours left at `path` what has this sha256."""
        return hashed in (self.files.get(path), self.before.get(path))

    def text(self) -> bytes:
        """The list as it is written; the same for the same content."""
        content: dict[str, object] = {"files": self.files, "tool": "gen-graph"}
        content |= {"adopted": self.adopted} if self.adopted else {}
        content |= {"before": self.before} if self.before else {}
        content |= {"once": sorted(self.once)} if self.once else {}
        content["version"] = self.version
        return json.format(json.encode(content, order="sorted"), indent=1) + b"\n"


def read_manifest(output: Path) -> Manifest:
    """The list that the last run left in `output`; an empty one if there was no such run.

    Raises `Trouble` for a file of that name that is no such list.
    """
    if (data := read_bytes(output / MANIFEST)) is None:
        return Manifest({})
    try:
        return manifest_of(data)
    except (MsgspecError, RecursionError) as error:
        raise Trouble(
            f"{output / MANIFEST} does not read as gen-graph's list of its own files; "
            f"delete {output} (or that file alone) and run again"
        ) from error


def manifest_of(data: bytes) -> Manifest:
    """The list that was written so. Raises `MsgspecError` for what is no such list."""
    return json.decode(data, type=Manifest)


def read_bytes(path: Path) -> bytes | None:
    """The content of a file; `None` if there is none."""
    with disk_trouble("read", path):
        try:
            return path.read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None


def hash_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
