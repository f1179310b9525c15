"""What templates receive: the description in `templates/VIEWS.md` is made of real views."""

import re
import shutil
from collections import defaultdict
from collections.abc import Iterator, Mapping
from inspect import cleandoc
from pathlib import Path

import pytest
from goldens import Golden

from generator.choices import Choices
from generator.disk import read_docs
from generator.memo import Memo
from generator.model import build_api
from generator.pages.reading import read_page
from generator.pipeline import generate
from generator.sources import VIEWS, views_version
from generator.style import Style, StyleFault
from generator.targets import TARGETS, Templated, Wanted
from generator.values import Value

ROOT = Path(__file__).resolve().parents[1]
FILE = ROOT / "templates" / VIEWS
HEAD = """\
# Views, version {version}

What each template receives, made from real views by `pytest --update-goldens tests/test_views.py`.
The version is raised by a release in which a view lost something or means something else; a set of
templates keeps this file, and a run with a set of another version stops and says so. The filters
`literal`, `block`, `docstring` and `comment` turn page text into code; `banner(sources)` is the
first line of a Python file. Templates below `python/runtime/` are Python as it stands.
"""


def views() -> Mapping[str, list[Mapping[str, object]]]:
    """Every view of the sample pages, by template."""
    docs = read_docs(ROOT / "docs_in").value
    facts = {page.path: read_page(page, docs.includes).value for page in docs.pages}
    api = build_api(facts, docs.source).value
    found: dict[str, list[Mapping[str, object]]] = defaultdict(list)
    for target in dict.fromkeys(TARGETS.values()):
        for kept in target(api, Wanted(frozenset(TARGETS)), Memo()).value:
            plan = kept.value
            if isinstance(plan, Templated):
                found[plan.template].append(plan.view)
    return found


def called(item: type) -> str:
    """A class of values with the module that it stands in: several have a `CallView` of their own."""
    return f"{item.__module__.rpartition('.')[2]}.{item.__name__}"


def kinds(value: object) -> Iterator[str]:
    """What a value of a view is called."""
    if isinstance(value, Value):
        yield called(type(value))
    elif isinstance(value, (tuple, list)):
        inner = sorted({kind for item in value for kind in kinds(item)})
        yield f"list of {' or '.join(inner) or 'nothing'}"
    elif isinstance(value, Mapping):
        yield "mapping"
    else:
        names = {"str": "text", "bool": "yes or no", "int": "number", "NoneType": "nothing"}
        yield names.get(type(value).__name__, type(value).__name__)


def inside(value: object) -> Iterator[type]:
    """The classes in a value, outermost first."""
    if isinstance(value, Value):
        yield type(value)
        for name in value.__struct_fields__:
            yield from inside(getattr(value, name))
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from inside(item)


def described() -> str:
    """The whole description but for its head."""
    lines: list[str] = []
    classes: dict[str, type] = {}
    for template, made in sorted(views().items()):
        names = sorted({name for view in made for name in view})
        if not names:
            continue
        lines += ["", f"## {template}", ""]
        for name in names:
            values = [view[name] for view in made if name in view]
            said = {kind for value in values for kind in kinds(value)}
            if len(said) > 1:
                said.discard("list of nothing")
            lines.append(f"- `{name}`: {' or '.join(sorted(said))}")
            for value in values:
                classes.update((called(item), item) for item in inside(value))
    for name, item in sorted(classes.items()):
        doc = cleandoc(item.__doc__ or "").split("\n\n")[0]
        known = "" if doc.startswith(f"{item.__name__}(") else " ".join(doc.split())
        lines += ["", f"## {name}", ""] + ([known, ""] if known else [])
        lines += [f"- `{name}`: `{kind}`" for name, kind in item.__annotations__.items()]
    return "\n".join(lines) + "\n"


def test_views_are_what_is_described(golden: Golden) -> None:
    """Mend with: pytest --update-goldens tests/test_views.py, and raise the version if released."""
    golden.text(FILE, HEAD.format(version=views_version(ROOT / "templates")) + described())


def test_a_set_of_templates_for_other_views_is_refused(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    shutil.copy(FILE, own)
    choices = Choices(emit=("models",), style=Style("none", str(own)))
    assert generate(ROOT / "docs_in", choices, jobs=1).files
    text = (own / VIEWS).read_text()
    (own / VIEWS).write_text(re.sub(r"version \d+", "version 999", text, count=1))
    with pytest.raises(StyleFault, match=r"views of version 999, .* gives version \d+; "):
        generate(ROOT / "docs_in", choices, jobs=1)
