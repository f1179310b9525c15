"""What the tool itself is made of: its modules, its templates, the packages that it calls.

Takes names of rooms, gives digests of what stands in them. What was made by other code than this
is never taken from a cache, in a checkout either, where the version number stays the same.
"""

import hashlib
import os
import re
import sys
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final

VIEWS: Final = "VIEWS.md"  # beside templates: what they receive, and its version
# `black-26.1.0.dist-info`; older ones say for which Python: `PyYAML-6.0-py3.11.egg-info`.
_RECORD: Final = re.compile(r"([\w.-]+?)-(\d[^-]*)(?:-py[\d.]+)?\.(?:dist|egg)-info$")
_PACKAGE = Path(__file__).resolve().parent


def templates_folder() -> Path:
    """The folder of the templates: inside an installed package, at the top of a checkout."""
    installed = _PACKAGE / "templates"
    return installed if installed.is_dir() else _PACKAGE.parent / "templates"


def template_texts() -> dict[str, str]:
    """The text of each template of ours and what describes their views, by path below their folder."""
    folder = templates_folder()
    files = sorted([*folder.rglob("*.jinja"), folder / VIEWS])
    return {f.relative_to(folder).as_posix(): f.read_text(encoding="utf-8") for f in files}


def views_version(folder: Path) -> int | None:
    """The version of the views that the templates in `folder` are for; `None` if it does not say."""
    file = folder / VIEWS
    text = file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""
    said = re.match(r"# Views, version (\d{1,6})\b", text)
    return int(said[1]) if said else None


@lru_cache(maxsize=8)
def code_digest(rooms: tuple[str, ...], packages: tuple[str, ...]) -> bytes:
    """16 bytes that change with the source of `rooms`, with Python, and with `packages`.

    A room is a module or folder of this package; `()` means all of them. `packages` are names of
    distributions. Raises `OSError` for a source that cannot be read.
    """
    names = rooms or tuple(path.name for path in _PACKAGE.iterdir())
    files: list[Path] = []
    for name in names:
        folder = _PACKAGE / name
        files.extend(folder.rglob("*.py") if folder.is_dir() else [_PACKAGE / _module(name)])
    said = [sys.version, *(f"{name} {_version(name)}" for name in packages)]
    return _digest(said, _PACKAGE, [path for path in files if path.suffix == ".py"])


def templates_digest(folder: str = "") -> bytes:
    """Bytes that change with any template of ours, and of the user's in `folder`.

    Raises `OSError` as above.
    """
    return _own_templates() + (_templates_in(Path(folder)) if folder else b"")


@lru_cache(maxsize=1)
def _own_templates() -> bytes:
    return _templates_in(templates_folder())


def _templates_in(folder: Path) -> bytes:
    return _digest([str(views_version(folder))], folder, folder.rglob("*.jinja"))


def _module(name: str) -> str:
    return name if name.endswith(".py") else f"{name}.py"


def _version(package: str) -> str:
    return _installed().get(re.sub(r"[-_.]+", "_", package).lower(), "absent")


@lru_cache(maxsize=1)
def _installed() -> Mapping[str, str]:
    """The version of each distribution on the path, by its name in lower case with `_`.

    Both stand in the name of the folder that tells of it (PyPA, "Recording installed projects").
    `importlib.metadata` would first load all that reads e-mails, a tenth of a run without work.
    """
    found: dict[str, str] = {}
    for folder in sys.path:
        try:
            names = os.listdir(folder or ".")
        except OSError:  # an archive, a folder that is gone or closed to us
            continue
        for match in filter(None, map(_RECORD.match, sorted(names))):
            name = re.sub(r"[-_.]+", "_", match[1]).lower()
            found.setdefault(name, match[2])
    return found


def _digest(said: Iterable[str], root: Path, files: Iterable[Path]) -> bytes:
    digest = hashlib.blake2b(digest_size=16)
    for word in said:
        digest.update(f"{word}\0".encode())
    for path in sorted(files):
        data = path.read_bytes()
        digest.update(f"{path.relative_to(root).as_posix()}\0{len(data)}\0".encode())
        digest.update(data)
    return digest.digest()
