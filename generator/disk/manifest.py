"""The list of what is ours in an output folder, `.gen-graph.json`.

`{"files": {path: sha256 of what we wrote}, "adopted": {path: sha256 of what we would have written},
"once": [path], "before": {…}, "tool": "gen-graph", "version": "0.1.0"}`. `once` are files that were
written for their users and are looked at no more. `before` stands there only while files are
renamed: what a file may still hold if the run is killed. Empty parts are left out.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from generator.disk.trouble import Trouble, disk_trouble

MANIFEST = ".gen-graph.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is ours, by path, and what was ours until somebody made it their own."""

    files: Mapping[str, str] = field(default_factory=dict)
    adopted: Mapping[str, str] = field(default_factory=dict)
    before: Mapping[str, str] = field(default_factory=dict)
    once: Collection[str] = ()

    def wrote(self, path: str, data: bytes) -> bool:
        """Whether a run of ours left `data` at `path`."""
        return hash_of(data) in (self.files.get(path), self.before.get(path))

    def text(self, version: str) -> bytes:
        """The list as it is written; the same for the same content."""
        content: dict[str, object] = {"files": dict(self.files), "tool": "gen-graph"}
        content |= {"adopted": dict(self.adopted)} if self.adopted else {}
        content |= {"before": dict(self.before)} if self.before else {}
        content |= {"once": sorted(self.once)} if self.once else {}
        content["version"] = version
        return (json.dumps(content, indent=1, sort_keys=True) + "\n").encode()


def read_manifest(output: Path) -> Manifest:
    """The list that the last run left in `output`; an empty one if there was no such run.

    Raises `Trouble` for a file of that name that is no such list.
    """
    if (data := read_bytes(output / MANIFEST)) is None:
        return Manifest()
    try:
        content = json.loads(data)
        parts = [content["files"], content.get("adopted", {}), content.get("before", {})]
        once = content.get("once", [])
        said = [*once, *(hashed for part in parts for hashed in part.values())]
        if isinstance(once, list) and all(isinstance(word, str) for word in said):
            files, adopted, before = (dict(part) for part in parts)
            return Manifest(files, adopted, before, once)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass
    raise Trouble(
        f"{output / MANIFEST} does not read as gen-graph's list of its own files; "
        f"delete {output} (or that file alone) and run again"
    )


def read_bytes(path: Path) -> bytes | None:
    """The content of a file; `None` if there is none."""
    with disk_trouble("read", path):
        try:
            return path.read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None


def hash_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
