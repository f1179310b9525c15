"""What would make an output folder current, and what in it is no longer ours to change."""

import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Literal, TypeAlias

from msgspec import field

from generator.disk.manifest import (
    MANIFEST,
    Manifest,
    hash_of,
    read_bytes,
    read_manifest,
)
from generator.disk.trouble import Trouble
from generator.textfile import AnyFile
from generator.values import Value

_NO_NAMES = frozenset({"", ".", ".."})
_UNFIT = re.compile(r'[\\\0-\x1f<>:"|?*]')
STAGE = ".gen-graph.part"  # new files wait here until all of them are written

# What becomes of a file of ours that somebody edited: it is kept and reported, it is overwritten,
# or it is theirs from now on.
Policy: TypeAlias = Literal["keep", "force", "adopt"]


class Edit(Value):
    """A file that somebody made their own: what stands there, and what we would write.

    `generated` is `None` where the pages behind the file are gone.
    """

    path: str
    current: bytes
    generated: bytes | None


class Changes(Value):
    """What would make the output folder current, by path."""

    added: Mapping[str, bytes]
    changed: Mapping[str, bytes]
    removed: tuple[str, ...]
    unchanged: tuple[str, ...]
    manifest: bytes
    manifest_is_current: bool
    old: Mapping[str, bytes] = field(default_factory=dict)  # what is changed or removed, as it is
    edited: tuple[Edit, ...] = ()  # ours, edited by somebody, and kept
    outgrown: tuple[Edit, ...] = ()  # adopted; what is generated for it has changed since
    standing: Mapping[str, str] = field(default_factory=dict)  # sha256 of what we leave in place

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed or not self.manifest_is_current)


def compare(
    output: Path,
    files: Sequence[AnyFile],
    version: str,
    policy: Policy = "keep",
    once: Sequence[AnyFile] = (),
    known: Mapping[str, str] = MappingProxyType({}),
) -> Changes:
    """Compare `files` with what stands in `output`, reading each file that would be written.

    `known` are the sha256 of files there, by path, that need not be read.

    Raises `Trouble` if a file that this tool did not write stands in the way, if a path leads out
    of `output` (by itself or by a link), or if the list of the last run cannot be read. A file of
    others that already says what would be written is taken over. A file of ours that somebody
    edited is treated as `policy` says; one that was adopted is kept under every policy, until it
    is deleted or says what would be written. Files of `once` are written where nothing stands, and
    no later run looks at them; only `force` writes one again that somebody deleted.
    """
    if output.exists() and not output.is_dir():
        raise Trouble(f"{output} is a file; name a folder to write to")
    new = {file.path: file for file in files}
    starters = {file.path: file for file in once}
    if len(new) != len(files) or set(new) & set(starters):
        raise ValueError("two files have one path")
    ours = read_manifest(output)
    for path in {**new, **starters, **ours.files, **ours.adopted}:
        _check_path(output, path)
    found = _Comparison(output, ours, policy, known)
    for path in sorted(new):
        found.meet(path, new[path])
    for path in sorted(starters):
        found.start(path, starters[path])
    if found.foreign:
        raise Trouble(
            f"{output} holds files that gen-graph did not write and would overwrite: "
            f"{_listed(found.foreign)}; move them away or name another folder"
        )
    for path in sorted({*ours.files, *ours.adopted} - set(new)):
        found.miss(path)
    manifest = Manifest(found.files, found.adopted, once=found.once, version=version).text()
    return Changes(
        found.added,
        found.changed,
        tuple(found.removed),
        tuple(found.unchanged),
        manifest,
        read_bytes(output / MANIFEST) == manifest,
        Old(output, found.old),
        tuple(found.edited),
        tuple(found.outgrown),
        found.standing,
    )


class Old(Mapping[str, bytes]):
    """What stands at these paths, read when somebody asks: until the changes are applied."""

    def __init__(self, output: Path, paths: Collection[str]) -> None:
        self._output = output
        self._paths = dict.fromkeys(sorted(paths))

    def __getitem__(self, path: str) -> bytes:
        if path not in self._paths:
            raise KeyError(path)
        return read_bytes(self._output / path) or b""

    def __contains__(self, path: object) -> bool:
        return path in self._paths

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)


class _Comparison:
    """One path after the other: what is there, what was ours, what is to be."""

    def __init__(
        self, output: Path, ours: Manifest, policy: Policy, known: Mapping[str, str]
    ) -> None:
        self._output, self._ours, self._policy = output, ours, policy
        self._known = known
        self._links = Links(output)
        self.added: dict[str, bytes] = {}
        self.changed: dict[str, bytes] = {}
        self.old: set[str] = set()
        self.removed: list[str] = []
        self.unchanged: list[str] = []
        self.foreign: list[str] = []
        self.edited: list[Edit] = []
        self.outgrown: list[Edit] = []
        self.files: dict[str, str] = {}
        self.adopted: dict[str, str] = {}
        self.standing: dict[str, str] = {}
        self.once: set[str] = set(ours.once)

    def meet(self, path: str, file: AnyFile) -> None:
        """A path that is to hold `file`."""
        wanted = file.sha256
        if self._known.get(path) == wanted and not self._links.above(path):
            self.unchanged.append(path)
            self.files[path] = self.standing[path] = wanted
            return
        place = self._output / path
        if self._links.above(path) or place.is_symlink():
            self.foreign.append(path)
            return
        known = self._known.get(path, "")
        if self._ours.wrote(path, known) and path not in self._ours.adopted:
            self._change(path, file)
            return
        current = read_bytes(place)
        hashed = hash_of(current) if current is not None else ""
        if hashed == wanted:
            self.unchanged.append(path)
            self.files[path] = self.standing[path] = wanted
        elif current is None:
            if place.exists():
                self.foreign.append(path)
            else:
                self.added[path] = file.data
                self.files[path] = self.standing[path] = wanted
        elif path in self._ours.adopted:
            self._leave(path, current, file)
        elif path not in self._ours.files:
            self.foreign.append(path)
        elif self._policy == "force" or self._ours.wrote(path, hashed):
            self._change(path, file)
        elif self._policy == "adopt":
            self.adopted[path] = wanted
            self.standing[path] = hashed
        else:
            self.edited.append(Edit(path, current, file.data))
            self.files[path] = self._ours.files[path]

    def _change(self, path: str, file: AnyFile) -> None:
        self.changed[path] = file.data
        self.old.add(path)
        self.files[path] = self.standing[path] = file.sha256

    def start(self, path: str, starter: AnyFile) -> None:
        """A path that is its user's once it has been written, whatever stands there."""
        place = self._output / path
        is_due = path not in self._ours.once or self._policy == "force"
        self.once.add(path)
        if is_due and not (self._links.above(path) or os.path.lexists(place)):
            self.added[path] = starter.data

    def miss(self, path: str) -> None:
        """A path of ours, or once of ours, that the pages no longer give."""
        place = self._output / path
        if self._links.above(path) or place.is_symlink() or not place.is_file():
            return
        if path in self._ours.adopted:
            self.adopted[path] = self._ours.adopted[path]
            return
        current = read_bytes(place) or b""
        if self._policy == "force" or self._ours.wrote(path, hash_of(current)):
            self.removed.append(path)
            self.old.add(path)
        elif self._policy == "keep":
            self.edited.append(Edit(path, current, None))
            self.files[path] = self._ours.files[path]

    def _leave(self, path: str, current: bytes, file: AnyFile) -> None:
        """An adopted file stays; whoever owns it hears once the text under it has changed."""
        wanted = file.sha256
        known = self._ours.adopted[path]
        self.standing[path] = hash_of(current)
        self.adopted[path] = wanted if self._policy == "adopt" else known
        if self.adopted[path] != wanted:
            self.outgrown.append(Edit(path, current, file.data))


class Links:
    """Which folders of the output are links: nothing is written or removed through them."""

    def __init__(self, output: Path) -> None:
        self._output = output
        self._known = {"": False}  # the output folder itself may be a link: it was named

    def above(self, path: str) -> bool:
        """Whether one of the folders above `path`, below the output, is a link."""
        folder = path.rpartition("/")[0]
        if folder not in self._known:
            self._known[folder] = self.above(folder) or (self._output / folder).is_symlink()
        return self._known[folder]


def _check_path(output: Path, path: str) -> None:
    parts = path.split("/")
    bad = not _NO_NAMES.isdisjoint(parts) or _UNFIT.search(path)
    if bad or path in (MANIFEST, STAGE) or parts[0] == STAGE:
        raise Trouble(f"'{path}' is no path below {output}; nothing was written")


def _listed(paths: Sequence[str]) -> str:
    return ", ".join(paths[:5]) + (f" and {len(paths) - 5} more" if paths[5:] else "")
