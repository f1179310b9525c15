"""Where templates are, and what they may use."""

import traceback
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from pathlib import Path

from jinja2 import (
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateError,
    TemplateSyntaxError,
)

from generator.render.filters import banner, block, comment, docstring, html, literal
from generator.sources import templates_folder
from generator.style import Style, StyleFault

__all__ = ["RAW", "environment", "fill", "is_own", "templates_folder"]

RAW = "python/runtime/"  # templates below are Python as it stands, braces and all
# What the code that Jinja makes of a template can raise.
_FAILURES = (
    *(TemplateError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError),
    *(ValueError,),
)
_PLACING = ("indent", "join", "map")  # filters of Jinja's own that place text


class _Layers(FileSystemLoader):
    """Templates from the first folder that has them, even one that comes to have them later."""

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str, Callable[[], bool]]:
        source, file, is_unchanged = super().get_source(environment, template)
        first = Path(self.searchpath[0]) / template
        return source, file, lambda: is_unchanged() and first.is_file() == (str(first) == file)


@lru_cache(maxsize=4)
def environment(own: str = "", header: str = "") -> Environment:
    """The Jinja environment: an unknown name is an error, and nothing is offered but placing.

    Templates below the folder `own` replace those of the same name; `header` joins each banner.
    """
    folders = [own, str(templates_folder())] if own else [str(templates_folder())]
    made = Environment(
        loader=_Layers(folders),
        undefined=StrictUndefined,
        autoescape=False,  # Python is written; HTML has the filter `html`
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
        "html": html,
    }
    made.globals = {"banner": partial(banner, header=header)}
    return made


def fill(template: str, view: Mapping[str, object], style: Style = Style()) -> str:
    """The text of `template` with `view` in it; a raw template gets the banner on top instead.

    Raises `StyleFault` where templates of the user's own take part and fail, with the file and the
    line; a template of ours that fails is a fault of ours.
    """
    own, chosen = style.templates, environment(style.templates, style.header)
    try:
        if template.startswith(RAW):
            source, _, _ = chosen.loader.get_source(chosen, template)  # type: ignore[union-attr]
            return f"{banner(header=style.header)}\n{source}"
        return chosen.get_template(template).render(view)
    except _FAILURES as error:
        if not own:
            raise
        raise StyleFault(f"{_place(error, own, template)}: {error}") from error


def is_own(template: str, own: str) -> bool:
    """Whether `template` stands in the folder `own`."""
    return bool(own) and (Path(own) / template).is_file()


def _place(error: Exception, own: str, template: str) -> str:
    """The file and line where a template failed: Jinja maps what it compiled to its source."""
    if isinstance(error, TemplateSyntaxError):
        return f"{error.filename or template}:{error.lineno}"
    frames = traceback.extract_tb(error.__traceback__)
    lines = [f"{f.filename}:{f.lineno}" for f in frames if f.filename.endswith(".jinja")]
    return lines[-1] if lines else str(Path(own) / template)
