"""Settings that stand in a file: `[tool.gen-graph]` of the nearest pyproject.toml.

Takes the folder in which the command was called, gives values by the name of the option that they
stand for. What is said on the command line wins over them.
"""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from generator.choices import GivenName
from generator.diagnostics import Span
from generator.disk import Trouble, disk_trouble
from generator.style import FORMATTERS
from generator.values import Value

KEYS: Final[Mapping[str, tuple[type, ...]]] = MappingProxyType(
    {
        "docs": (str,),
        "output": (str,),
        "package": (str,),
        "emit": (str, list),
        "include": (str, list),
        "exclude": (str, list),
        "only": (str, list),
        "overlays": (str, list),
        "base-url": (str,),
        "header": (str,),
        "formatter": (str,),
        "templates": (str,),
        "cache": (bool,),
        "cache-dir": (str,),
        "jobs": (int,),
        "fail-on": (str,),
        "quiet": (bool,),
        "verbose": (bool,),
        "timings": (bool,),
        "report": (str,),
    }
)
TABLES: Final[Mapping[str, tuple[type, ...]]] = MappingProxyType({"names": (dict,)})
CHOICES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "fail-on": ("never", "error", "warning"),
        "formatter": FORMATTERS,
        "report": ("text", "github"),
    }
)
PATHS: Final = frozenset({"docs", "output", "overlays", "templates", "cache-dir"})

_KINDS = {
    str: "a text",
    int: "a number",
    bool: "true or false",
    list: "a list of texts",
    dict: "a table of texts",
}


class Settings(Value):
    """What the file says, by option name, paths made absolute; `file` is `None` without a file.

    `names` stand in a table of their own, since no option takes them.
    """

    file: Path | None
    values: Mapping[str, object]
    names: tuple[GivenName, ...] = ()


def read_settings(folder: Path) -> Settings:
    """Read the settings that hold in `folder`: those of the first pyproject.toml above it.

    A pyproject.toml without such a table ends the search all the same: it marks a project of its
    own. Raises `Trouble` for a file that cannot be read or is no TOML, for a key that does not
    exist, and for a value of the wrong kind.
    """
    place = folder.absolute()
    files = (path / "pyproject.toml" for path in (place, *place.parents))
    file = next((path for path in files if path.is_file()), None)
    if file is None:
        return Settings(None, {})
    with disk_trouble("read", file):
        data = file.read_bytes()
    try:
        content = tomllib.loads(data.decode("utf-8-sig"))
    except ValueError as error:  # of UTF-8 or of TOML
        raise Trouble(f"{file} is no valid TOML: {error}; correct it and run again") from error
    tools = content.get("tool", {})
    table = tools.get("gen-graph", {}) if isinstance(tools, dict) else {}
    if not isinstance(table, dict):
        raise Trouble(f"tool.gen-graph in {file} is no table; write [tool.gen-graph]")
    values = {key: _checked(file, key, value) for key, value in table.items()}
    names = values.pop("names", {})
    text = data.decode("utf-8-sig")
    return Settings(
        file,
        values,
        tuple(
            GivenName(key, name, Span(file.name, _line_of(key, text)))
            for key, name in (names.items() if isinstance(names, dict) else ())
        ),
    )


def _line_of(key: str, text: str) -> int:
    """The line of a TOML text that sets `key`, as far as a search for it tells."""
    found = re.search(rf"""^\s*["']?{re.escape(key)}["']?\s*=""", text, re.MULTILINE)
    return text.count("\n", 0, found.end()) + 1 if found else 1


def _checked(file: Path, key: str, value: object) -> object:
    kinds = {**KEYS, **TABLES}
    if key not in kinds:
        raise Trouble(f"{file} sets '{key}' in [tool.gen-graph]; the keys are {', '.join(kinds)}")
    # `type`, not `isinstance`: True is an int to Python, but no number to a person.
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if type(value) not in kinds[key] or not all(isinstance(item, str) for item in items):
        wanted = " or ".join(_KINDS[kind] for kind in kinds[key])
        raise Trouble(f"'{key}' in [tool.gen-graph] of {file} must be {wanted}")
    if key in CHOICES and value not in CHOICES[key]:
        raise Trouble(f"'{key}' in [tool.gen-graph] of {file} must be {', '.join(CHOICES[key])}")
    if key not in PATHS:
        return value
    paths = [str(file.parent / path) for path in ([value] if isinstance(value, str) else items)]
    return paths if isinstance(value, list) else paths[0]
