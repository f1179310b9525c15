"""Where templates are, and what they may use."""

from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from generator.render.filters import banner, block, comment, docstring, literal

RAW = "python/runtime/"  # templates below are Python as it stands, braces and all
_PLACING = ("indent", "join", "map")  # filters of Jinja's own that place text


def templates_folder() -> Path:
    """The folder of the templates: inside an installed package, at the top of a checkout."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "templates"
    return installed if installed.is_dir() else package.parent / "templates"


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The Jinja environment: an unknown name is an error, and nothing is offered but placing."""
    made = Environment(
        loader=FileSystemLoader(templates_folder()),
        undefined=StrictUndefined,
        autoescape=False,  # Python is written, not HTML
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    placing = {name: made.filters[name] for name in _PLACING}
    made.filters = {
        **placing,
        "literal": literal,
        "docstring": docstring,
        "comment": comment,
        "block": block,
    }
    made.globals = {"banner": banner}
    return made


def fill(template: str, view: dict[str, object]) -> str:
    """The text of `template` with `view` in it; a raw template gets the banner on top instead."""
    if template.startswith(RAW):
        source, _, _ = environment().loader.get_source(environment(), template)  # type: ignore[union-attr]
        return f"{banner()}\n{source}"
    return environment().get_template(template).render(view)
