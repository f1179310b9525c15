"""The rules of the house: who imports whom, types, format, and findings that something produces."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from generator.diagnostics import RULES

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted((ROOT / "generator").rglob("*.py"))

# What every room may import: how values are made.
FOUNDATION = {"values"}
MAY_IMPORT: dict[str, set[str]] = {
    "values": set(),
    "textfile": set(),
    "diagnostics": set(),
    "sources": set(),
    "style": set(),
    "processes": set(),
    "choices": {"diagnostics", "style"},
    "cache": set(),
    "disk": {"textfile", "diagnostics"},
    "settings": {"disk", "style", "choices", "diagnostics"},
    "markdown": {"textfile", "diagnostics"},
    "pages": {"textfile", "diagnostics", "markdown"},
    "overlays": {"textfile", "diagnostics", "markdown", "pages"},
    # What a unit of work gave is kept with what it looked at.
    "memo": {"diagnostics", "cache"},
    "model": {"textfile", "choices", "diagnostics", "pages", "memo"},
    "targets": {"diagnostics", "model", "memo"},
    # What a page or a view gave is kept under a digest of the code that made it (`sources`).
    "gathering": {"textfile", "diagnostics", "pages", "cache", "sources", "memo"},
    # ruff works on files, and `disk` alone opens them.
    "render": {"textfile", "targets", "cache", "sources", "style", "disk", "memo"},
    "run": {"textfile", "diagnostics"},
    # A run and those who tell of one.
    "choosing": {
        *("textfile", "diagnostics", "disk", "choices"),
        *("model", "overlays", "pages"),
    },
    "pipeline": {
        *("textfile", "diagnostics", "disk", "model", "targets", "render"),
        *("cache", "choices", "choosing", "gathering", "memo", "processes", "run"),
        *("sources", "style"),
    },
    # Light but for the pipeline, and for what an assistant gets ready, which it needs only where
    # something has changed.
    "running": {
        *("textfile", "diagnostics", "disk", "pipeline", "pages", "render", "processes"),
        *("cache", "choices", "run", "sources", "style", "__init__"),
    },
    "inspection": {
        *("textfile", "diagnostics", "disk", "model", "pages"),
        *("choices", "choosing", "overlays"),
    },
    # It compares the first room with the last: pages as they stand with what is made of them.
    "coverage": {
        *("textfile", "diagnostics", "disk", "memo", "model", "pages", "targets", "render"),
        *("choices", "choosing"),
    },
    "watching": {"disk"},
    "starting": {"textfile", "sources"},
    "console": {"diagnostics", "disk", "run"},
    "github": {"diagnostics", "disk", "run", "console"},
    "cli": {
        *("diagnostics", "disk", "settings", "console", "github", "inspection", "coverage"),
        *("cache", "choices", "running", "starting", "style", "watching"),
    },
    "__init__": {"disk", "pipeline"},
    "__main__": {"cli"},
}
# Packages of others that one room alone knows.
ONLY_IN = {
    "markdown_it": {"markdown"},
    "yaml": {"markdown", "overlays"},
    "jinja2": {"render"},
    "black": {"render"},
    "cyclopts": {"cli"},
    "rich": {"console"},
    "sqlite3": {"cache"},
    "platformdirs": {"cache"},
    "watchfiles": {"watching"},
}
# What may be read from a file or written to one, by name.
OPENING = {"open", "read_text", "read_bytes", "write_text", "write_bytes"}
# cli opens os.devnull, sources the tool's own code
MAY_OPEN = {"disk", "settings", "cli", "sources"}


def room(source: Path) -> str:
    return source.relative_to(ROOT / "generator").parts[0].removesuffix(".py")


def imports(source: str) -> set[str]:
    """Every module that `source` names in an import, wherever it stands."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            # `from generator import pipeline` names a room, `from generator import x` a value.
            found.update(f"{module}.{alias.name}" for alias in node.names if module == "generator")
            if module != "generator":
                found.add(module)
    return found


def trespasses(name: str, source: str) -> list[str]:
    """The imports of a module in the room `name` that are not its to make."""
    found = []
    for module in sorted(imports(source)):
        top, _, rest = module.partition(".")
        other = rest.partition(".")[0]
        if (
            top == "generator"
            and other in MAY_IMPORT
            and other not in MAY_IMPORT[name] | FOUNDATION | {name}
        ):
            found.append(module)
        elif top == "" or name not in ONLY_IN.get(top, {name}):
            found.append(module)
    return found


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_room_imports_only_what_it_may(source: Path) -> None:
    assert trespasses(room(source), source.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("pages", "from generator.model.api import Api"),
        ("model", "import generator.targets"),
        ("targets", "from generator import pipeline"),
        ("pages", "import markdown_it.token"),
        ("targets", "def f():\n    from jinja2 import Environment"),
        ("markdown", "from .tree import x"),
    ],
)
def test_the_test_above_sees_trespasses(name: str, source: str) -> None:
    assert trespasses(name, source) != []


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_targets_do_not_import_one_another(source: Path) -> None:
    parts = source.relative_to(ROOT / "generator").parts
    if parts[0] == "targets" and len(parts) > 2:
        for module in imports(source.read_text(encoding="utf-8")):
            below = module.removeprefix("generator.targets.").split(".")
            if module.startswith("generator.targets.") and below[0] != "plan":
                assert below[0] == parts[1], module


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_disk_alone_opens_files(source: Path) -> None:
    tree = ast.parse(source.read_text(encoding="utf-8"))
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    names = {f.id for f in calls if isinstance(f, ast.Name)}
    names |= {f.attr for f in calls if isinstance(f, ast.Attribute)}
    assert room(source) in MAY_OPEN or not names & OPENING


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_command_alone_prints(source: Path) -> None:
    tree = ast.parse(source.read_text(encoding="utf-8"))
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    printing = any(isinstance(f, ast.Name) and f.id == "print" for f in calls)
    assert room(source) == "cli" or not printing


@pytest.mark.parametrize("code", sorted(RULES))
def test_a_finding_is_produced_somewhere(code: str) -> None:
    """A code that nothing produces is a promise that nobody keeps."""
    texts = (p.read_text(encoding="utf-8") for p in SOURCES if p.name != "diagnostics.py")
    used = any(re.search(rf"""["']{re.escape(code)}["']""", text) for text in texts)
    assert used, f"nothing produces '{code}'; take it out of RULES, or write what finds it"


def test_every_package_says_what_it_takes_and_gives() -> None:
    bare = [
        str(source.relative_to(ROOT))
        for source in SOURCES
        if ast.get_docstring(ast.parse(source.read_text(encoding="utf-8"))) is None
    ]
    assert bare == []


def run(*words: str) -> None:
    """Run a tool of this environment on the repository; what it prints is the failure's reason."""
    done = subprocess.run(
        [sys.executable, "-m", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout}{done.stderr}"


def test_our_code_is_formatted() -> None:
    """Mend with: black generator tests"""
    run("black", "--check", "generator", "tests")


def test_types_hold() -> None:
    run("mypy", "generator")
