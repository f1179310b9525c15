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
    said = [sys.version, *(f"{name} {_version(name)}" for name in packages)]
    named = {room for name in rooms for room in (name, f"{name}.py")}
    return _digest(
        said, {p: d for p, d in _modules().items() if not rooms or p.split("/")[0] in named}
    )


def templates_digest(folder: str = "") -> bytes:
    """Bytes that change with any template of ours, and of the user's in `folder`.

    Raises `OSError` as above.
    """
    return _own_templates() + (_templates_in(Path(folder)) if folder else b"")


@lru_cache(maxsize=1)
def _own_templates() -> bytes:
    return _templates_in(templates_folder())


def _templates_in(folder: Path) -> bytes:
    return _digest([str(views_version(folder))], _contents(folder, ".jinja"))


@lru_cache(maxsize=1)
def _modules() -> Mapping[str, bytes]:
    """What stands in each module of this package: a run asks for several sets of rooms."""
    return _contents(_PACKAGE, ".py")


def _contents(folder: Path, ending: str) -> Mapping[str, bytes]:
    """For each file with this ending, by path below `folder`, what changes with its content."""
    found: dict[str, bytes] = {}
    for above, _, names in os.walk(folder):
        below = os.path.relpath(above, folder).replace(os.sep, "/")
        for name in names:
            if name.endswith(ending):
                with open(os.path.join(above, name), "rb") as file:
                    path = name if below == "." else f"{below}/{name}"
                    found[path] = hashlib.blake2b(file.read(), digest_size=32).digest()
    return found


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


def _digest(said: Iterable[str], contents: Mapping[str, bytes]) -> bytes:
    digest = hashlib.blake2b(digest_size=16)
    for word in said:
        digest.update(f"{word}\0".encode())
    for path in sorted(contents):
        digest.update(f"{path}\0".encode() + contents[path])
    return digest.digest()
