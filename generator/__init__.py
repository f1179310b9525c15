"""gen-graph: typed code, tests and OpenAPI from API reference pages.

For callers who are not a shell: `generate(folder)` gives a `Run` of files and findings, which
`compare` and `apply` bring to a folder.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from generator.disk import Trouble, apply, compare
    from generator.pipeline import Run, generate

__version__ = "0.1.0"
__all__ = ["Run", "Trouble", "apply", "compare", "generate"]

_HOMES = {
    "Run": "generator.pipeline",
    "generate": "generator.pipeline",
    "Trouble": "generator.disk",
    "apply": "generator.disk",
    "compare": "generator.disk",
}


def __getattr__(name: str) -> object:
    # Late, so that `gen-graph --version` does not wait for markdown-it, Jinja and black.
    if name not in _HOMES:
        raise AttributeError(f"module 'generator' has no attribute '{name}'")
    return getattr(import_module(_HOMES[name]), name)
