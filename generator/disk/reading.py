"""Pages off the disk: every `.md` file of a folder, and the includes that they name."""

import codecs
import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote

from generator.diagnostics import Diagnostic, Parsed, Span, finding
from generator.disk.marks import Mark, is_certain, mark_of
from generator.disk.trouble import SeveralVersions, Trouble, disk_trouble
from generator.textfile import AnyFile, Docs, Includes, LaterFile, Source, TextFile
from generator.values import Value

_LICENCE = re.compile(r"licen[cs]e(\.md|\.txt)?", re.IGNORECASE)
_VERSION = re.compile(r"v\d+(\.\d+)*|beta", re.IGNORECASE)
_KIND_FOLDERS = frozenset({"api", "resources"})


def read_docs(
    folder: Path,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    overlays: Sequence[Path] = (),
    known: Mapping[str, object] = MappingProxyType({}),
) -> Parsed[Docs]:
    """Read a docs folder: its pages by path, the includes they name, its licence.

    A page is a file whose name ends in `.md`, below any folder but those named `includes` and
    those whose name begins with a dot. Bytes that are no UTF-8 are replaced and reported; a byte
    order mark is cut off, and every line end becomes `\\n`. Links are followed as long as they
    lead into the folder that holds the docs folder. Where `include` holds globs, only pages whose
    path below `folder` fits one of them are read, and none that fits one of `exclude`; letter case
    does not count, and `*` takes in `/`. The files of `overlays` are read as they are, wherever they
    stand. `known` are the `stamps` of docs that were read from the same folder before: a file that
    nobody has written to since is not read until somebody asks for its text.

    Raises `Trouble` if `folder` is missing, no folder, holds no page or several versions, or if
    the disk does not answer.
    """
    with disk_trouble("read", folder):
        root = Path(os.path.realpath(folder))
    if not root.exists():
        raise Trouble(f"there is no folder {folder}; name the folder that holds the pages")
    if not root.is_dir():
        raise Trouble(f"{folder} is a file; name the folder that holds the pages")

    found: list[Diagnostic] = []
    names = sorted(sorted(_walk(root, found)), key=_shown)
    licence = next((name for name in _in_folder(root) if _LICENCE.fullmatch(name)), None)
    names = [name for name in names if name != licence]
    if not names:
        raise Trouble(f"there is no .md file in {folder}; name the folder that holds the pages")

    chosen = [name for name in names if _is_chosen(name, include, exclude)]
    kept = set(chosen)
    if not chosen:
        raise Trouble(
            f"none of the {len(names)} pages in {folder} fits include ({', '.join(include) or '*'}) "
            f"without exclude ({', '.join(exclude) or 'nothing'}); correct these globs"
        )
    left_out = tuple(_shown(name) for name in names if name not in kept)
    names = chosen
    if several := versions(names):
        raise SeveralVersions(folder, several)

    reader = _Reader(root, known, found)
    pages = tuple(reader.read(name) for name in names)
    includes = _read_includes(reader, pages)
    text = _read(root, licence, licence, found).text if licence else ""
    beside = tuple(_read_overlay(root, file, found) for file in overlays)
    return Parsed(
        Docs(pages, includes, Source(root.name, text, left_out), beside, reader.stamps),
        tuple(found),
    )


def _is_chosen(path: str, include: Sequence[str], exclude: Sequence[str]) -> bool:
    lowered = path.lower()
    wanted = not include or any(fnmatchcase(lowered, glob.lower()) for glob in include)
    return wanted and not any(fnmatchcase(lowered, glob.lower()) for glob in exclude)


def versions(paths: Sequence[str]) -> tuple[str, ...]:
    """The folders that hold one version each (`v1.0`, `beta`), if they stand side by side.

    Looks two folders deep. A folder counts if pages stand in it or in its `api` or `resources`.
    """
    holding: dict[str, set[str]] = {}
    for folder in sorted({path.rpartition("/")[0] for path in paths}):
        parts = folder.split("/") if folder else []
        for depth, part in enumerate(parts[:3]):
            below = parts[depth + 1 :]
            if _VERSION.fullmatch(part) and (not below or below[0].lower() in _KIND_FOLDERS):
                parent = "/".join(parts[:depth])
                holding.setdefault(parent, set()).add("/".join(parts[: depth + 1]))
    several = [sorted(folders) for folders in holding.values() if len(folders) > 1]
    return tuple(min(several)) if several else ()


def _walk(root: Path, found: list[Diagnostic]) -> Iterator[str]:
    """The path of each page below `root`, as the system spells it, in no order."""
    waiting: list[tuple[str, tuple[Path, ...]]] = [("", (root,))]
    while waiting:
        folder, above = waiting.pop()
        with disk_trouble("read", root / folder), os.scandir(root / folder) as entries:
            listed = [(entry.name, entry.is_dir(), entry.is_symlink()) for entry in entries]
        for name, is_folder, is_link in listed:
            path = f"{folder}/{name}" if folder else name
            wanted = name.lower() != "includes" if is_folder else name.lower().endswith(".md")
            if name.startswith(".") or not wanted:
                continue
            if not is_link:
                if is_folder:
                    waiting.append((path, above))
                else:
                    yield path
                continue
            real = Path(os.path.realpath(root / path))
            if root.parent not in real.parents:
                found.append(finding("page-outside", Span(_shown(path), 1)))
            elif not is_folder:
                yield path
            elif not any(real == seen or real in seen.parents for seen in above):
                # A link to a folder that holds it would never end.
                waiting.append((path, (*above, real)))


class _Stamp(Value):
    """What is known of a file as long as it has this mark; `found` is what its text made us say."""

    mark: Mark
    sha256: str
    needs: tuple[str, ...]
    found: tuple[Diagnostic, ...]


class _Reader:
    """Reads the files of a docs folder, as far as they are not `known`."""

    def __init__(self, root: Path, known: Mapping[str, object], found: list[Diagnostic]) -> None:
        self.root = root
        self._known = known
        self._found = found
        self._moment = time.time_ns()
        self.stamps: dict[str, object] = {}

    def read(self, path: str) -> AnyFile:
        """The file at `path` below the root, as the system spells it."""
        shown = _shown(path)
        mark = mark_of(f"{self.root}/{path}")
        stamp = self._known.get(path)
        if isinstance(stamp, _Stamp) and stamp.mark == mark:
            self.stamps[path] = stamp
            self._found.extend(stamp.found)
            later = partial(_read_later, self.root, path, shown, stamp.sha256)
            return LaterFile(shown, stamp.sha256, later, stamp.needs)
        said: list[Diagnostic] = []
        file = _read(self.root, path, shown, said)
        self._found.extend(said)
        if mark is not None and is_certain(mark, self._moment):
            self.stamps[path] = _Stamp(mark, file.sha256, file.needs, tuple(said))
        return file


def _read_later(root: Path, path: str, shown: str, sha256: str) -> str:
    """The text of a file that was known; raises `Trouble` if it has changed meanwhile."""
    file = _read(root, path, shown, [])
    if file.sha256 != sha256:
        raise Trouble(f"{root / path} was changed while it was read; run again")
    return file.text


def _read_includes(reader: _Reader, pages: Sequence[AnyFile]) -> Includes:
    """The files that these pages name, and those that they name in turn."""
    listings: dict[Path, Mapping[str, str]] = {}
    files: dict[str, AnyFile] = {}
    waiting = list(pages)
    asked: set[str] = set()
    while waiting:
        for path in waiting.pop().needs:
            if path in asked:
                continue
            asked.add(path)
            if (spelled := _spelled(reader.root, path, listings)) is not None:
                files[path] = reader.read(spelled)
                waiting.append(files[path])
    return Includes({path: files[path] for path in sorted(files)})


def _spelled(root: Path, path: str, listings: dict[Path, Mapping[str, str]]) -> str | None:
    """How the disk spells `path`, found without regard to case; `None` if it is not there."""
    above = path.startswith("../")
    start = root.parent if above else root
    folder, spelled = start, [".."] if above else []
    for part in path.removeprefix("../").split("/"):
        if folder not in listings:
            listings[folder] = {name.lower(): name for name in reversed(_in_folder(folder))}
        name = part if (folder / part).exists() else listings[folder].get(part.lower())
        if name is None:
            return None
        folder = folder / name
        spelled.append(name)
    inside = root.parent in Path(os.path.realpath(folder)).parents
    return "/".join(spelled) if inside and folder.is_file() else None


def _in_folder(folder: Path) -> list[str]:
    """The names in `folder`, sorted; none if it is no folder that can be read."""
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def _read_overlay(root: Path, file: Path, found: list[Diagnostic]) -> TextFile:
    if not file.is_file():
        raise Trouble(f"there is no file {file}; name the YAML file of your corrections")
    path = Path(os.path.relpath(os.path.realpath(file), root)).as_posix()
    return _read(root, path, _shown(path), found)


def _read(root: Path, path: str, shown: str, found: list[Diagnostic]) -> TextFile:
    file = root / path
    with disk_trouble("read", file):
        data = file.read_bytes().removeprefix(codecs.BOM_UTF8)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        found.append(finding("text-not-utf8", Span(shown, line), byte=error.start))
        text = data.decode("utf-8", errors="replace")
    return TextFile(shown, text.replace("\r\n", "\n").replace("\r", "\n"))


def _shown(path: str) -> str:
    """`path` as text that can be printed and written anywhere: odd bytes become `%E9`."""
    if path.isprintable() and "\\" not in path:
        return path
    return "".join(
        c if c.isprintable() and c != "\\" else quote(c.encode("utf-8", "surrogateescape"))
        for c in path
    )
