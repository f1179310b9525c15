"""Files as values: a path and a text, whether coming in or going out.

Takes nothing from other rooms. Nothing here opens a file: `disk` fills these values, so that all
that happens between the two disks is a pure function and can run in any process.
"""

import hashlib
import posixpath
import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TypeAlias
from urllib.parse import unquote

from msgspec import field

from generator.values import Value

_INCLUDE = re.compile(r"\[!INCLUDE\b[^(\n]*\(([^)\n]+)\)", re.IGNORECASE)


class TextFile(Value, order=True):
    """A text and where it belongs.

    `path` is relative to the docs folder (coming in) or to the output folder (going out), with
    `/` between its parts on every system. `text` uses `\\n` alone as line end.
    """

    path: str
    text: str

    @property
    def data(self) -> bytes:
        """The text as it stands on a disk; a lone surrogate stands there as its escape."""
        return self.text.encode("utf-8", "backslashreplace")

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    def known(self) -> "LaterFile":
        """The same for those who ask for digest and data more than once; held as it is written."""
        load: Callable[[], str]
        try:
            data = self.text.encode("utf-8")
            load = data.decode
        except UnicodeEncodeError:  # the text is not what a disk would give back
            data, load = self.data, partial(str, self.text)
        return LaterFile(self.path, hashlib.sha256(data).hexdigest(), load, data=data)

    @property
    def needs(self) -> tuple[str, ...]:
        """The lower-case paths that the text names in an `[!INCLUDE]`, but for snippets."""
        located_paths = (located(self.path, target) for target in include_targets(self.text))
        paths = (path for path in located_paths if path is not None and not is_snippet(path))
        return tuple(dict.fromkeys(path.lower() for path in paths))


class LaterFile:
    """A file whose text is read when somebody asks for it; what else is asked of it is known."""

    __slots__ = ("_data", "_load", "needs", "path", "sha256")

    def __init__(
        self,
        path: str,
        sha256: str,
        load: Callable[[], str],
        needs: tuple[str, ...] = (),
        data: bytes | None = None,
    ) -> None:
        self.path = path
        self.sha256 = sha256
        self.needs = needs
        self._load = load
        self._data = data

    @property
    def text(self) -> str:
        return self._load()

    @property
    def data(self) -> bytes:
        return TextFile(self.path, self.text).data if self._data is None else self._data

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, (LaterFile, TextFile)):
            return NotImplemented
        return (self.path, self.sha256) == (other.path, other.sha256)

    def __hash__(self) -> int:
        return hash(self.path)


AnyFile: TypeAlias = TextFile | LaterFile


def in_order(files: Iterable[AnyFile]) -> list[AnyFile]:
    """These files by path."""
    return sorted(files, key=lambda file: file.path)


class Includes(Value):
    """The files that pages name in `[!INCLUDE [label](target)]`, found without regard to case.

    `files` maps the lower-case path to the file. Paths are relative to the docs folder:
    `includes/x.md` below it, `../includes/x.md` beside it. Only files that some page names are
    held, and of those none below a `snippets` folder: snippets show a call in other languages and
    state nothing, so each is found, with an empty text.
    """

    files: Mapping[str, AnyFile] = field(default_factory=dict)

    def __call__(self, page_path: str, target: str) -> AnyFile | None:
        """The file that `target` means on the page `page_path`.

        `None` means there is no such file; `located` tells whether it would lie outside.
        """
        path = located(page_path, target)
        if path is None:
            return None
        if is_snippet(path):
            return TextFile(path, "")
        return self.files.get(path.lower())

    def named_by(self, *pages: AnyFile) -> "Includes":
        """The files that these pages need, includes of includes among them, and no others."""
        needed: dict[str, AnyFile] = {}
        waiting = list(pages)
        while waiting:
            for path in waiting.pop().needs:
                if path in self.files and path not in needed:
                    needed[path] = self.files[path]
                    waiting.append(self.files[path])
        return Includes({path: needed[path] for path in sorted(needed)})

    def as_texts(self) -> "Includes":
        """The same with the text of each file, fit to travel to another process."""
        return Includes({path: TextFile(f.path, f.text) for path, f in self.files.items()})


class Source(Value):
    """Where the pages come from: the name of the docs folder, and its own licence ("" if none).

    `left_out` are the pages that stand there and that the user chose not to have read, by path.
    """

    name: str
    licence: str = ""
    left_out: tuple[str, ...] = ()


class Docs(Value):
    """All that a run reads: the pages by path, the includes they name, their source, corrections."""

    pages: tuple[AnyFile, ...]
    includes: Includes
    source: Source
    overlays: tuple[TextFile, ...] = ()  # corrections of the user's, in YAML
    stamps: Mapping[str, object] = field(default_factory=dict)  # what `disk` knows them by


def located(page_path: str, target: str) -> str | None:
    """The path that a link or include target means, relative to the docs folder, case as written.

    Back slashes count as slashes, `%20` as a blank; anchors and queries are cut off. `None` for
    what lies outside the folder that holds the docs folder: `../../x.md` from a page in the docs
    folder itself, an absolute path, another site.
    """
    plain = unquote(re.split(r"[#?]", target.strip(), maxsplit=1)[0]).replace("\\", "/")
    if plain.startswith("/") or "\0" in plain or re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", plain):
        return None
    path = posixpath.normpath(posixpath.join(posixpath.dirname(page_path), plain))
    return None if path == ".." or path.startswith("../../") or path == "../.." else path


def include_targets(text: str) -> tuple[str, ...]:
    """Each target that `text` names in an `[!INCLUDE]`, wherever it stands, in order."""
    return tuple(dict.fromkeys(match.strip() for match in _INCLUDE.findall(text)))


def is_snippet(path: str) -> bool:
    """Whether the file shows a call in another language: it lies below a `snippets` folder."""
    return "snippets" in path.lower().split("/")[:-1]
