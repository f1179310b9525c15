"""Pages that mean harm, and pages that a person has damaged: text never becomes code.

Every odd text stands at every place of a page from which something is made. Each would leave a
file called `canary` behind if Python, Jinja or a shell ever ran it.
"""

import json
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openapi_spec_validator import OpenAPIV31SpecValidator

import packages
from generator.choices import Choices
from generator.diagnostics import Parsed
from generator.disk import apply, compare
from generator.pages.reading import read_page
from generator.pipeline import generate, generate_from
from generator.style import Style
from generator.textfile import Docs, Includes, Source, TextFile

RUN = "__import__('pathlib').Path('canary').touch()"

TEXTS = [
    RUN,
    f"');{RUN}#",
    f'");{RUN}#',
    f'""";{RUN};"""',
    f"''';{RUN};'''",
    f'\\""";{RUN}#',
    f"\\');{RUN}#",
    f"{{{RUN}}}",
    f"{{{{ {RUN} }}}}",
    "{{ cycler.__init__.__globals__.os.system('touch canary') }}",
    "{% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}",
    "{# comment #} {%- raw -%}",
    "$(touch canary) `touch canary`; touch canary",
    "'); DROP TABLE ships;--",
    "../../canary",
    "..\\..\\canary",
    "/etc/canary",
    "C:\\canary",
    "con",
    "canary\x00.py",
    "bell\x07 escape\x1b[31m backspace\x08 form\x0c vertical\x0b delete\x7f next\x85",
    "line\u2028paragraph\u2029separators",
    "right\u202eto left\u202c and \u2066isolates\u2069 \ufeff \u200b\u200d",
    "# type: ignore",
    "# -*- coding: utf-7 -*-",
    "# fmt: off",
    "%s %(x)s %d {} {0} {x!r:>{width}}",
    "trailing backslash \\",
    "\\N{BELL} \\x41 \\u0041 \\U00000041 \\1 \\g<0>",
    "\"quotes\" and 'quotes' and `ticks` and ```fences```",
    '<script>alert(1)</script> <!-- {"blockType": "resource"} --> ]]>',
    "x" * 3000,
    "word " * 900,
    "schiffß Ｆｕｌｌ ǅ 船 🚢 e\u0301",
    "class",
    "None",
    "import",
    "print",
    "__class__",
    "__init__",
    "__dict__",
    "__slots__",
    "__annotations__",
    "model_fields",
    "_private",
    "_missing_",
    "_ignore_",
    "mro",
    "self",
    "body",
    "query",
    "client",
    "\ud800 a half character".encode("utf-8", "replace").decode(),
    "1",
    "-1",
    "",
    " ",
    ".",
    "...",
    "|",
    "null",
    "true",
]
CELLS = [" ".join(text.replace("|", "\\|").split("\n")) for text in TEXTS]


def resource(name: str, text: str) -> str:
    """A page that holds `text` wherever a page about a type holds text."""
    rows = "".join(
        f"|{cell}|{cell}|{text}|\n|p{at}|String|{cell} Possible values are: `{cell}`, `x{at}`.|\n"
        f"|q{at}|[{cell}]({cell})|Default is `{cell}`. Inherited from [{cell}]({cell}.md)|\n"
        for at, cell in enumerate(CELLS)
        if name == "all" or cell == " ".join(text.split("\n"))
    )
    return f"""---
title: "{text}"
description: {text}
doc_type: {text}
{text}: {text}
---

# {text} resource type

Namespace: {text}

{text}

Inherits from [{text}]({text}.md).

## Properties

|Property|Type|Description|
|:---|:---|:---|
|id|String|{text}|
{rows}

## JSON representation

<!-- {json.dumps({"blockType": "resource", "@odata.type": f"microsoft.graph.{text}"})} -->
```json
{json.dumps({text: text, "deep": {text: [text]}})}
```
"""


def operation(text: str) -> str:
    """A page that holds `text` wherever a page about a call holds text."""
    deep = "[" * 300 + "]" * 300 if len(text) > 2000 else "{}"
    for _ in range(300 if len(text) > 2000 else 0):
        deep = f'{{"a": {deep}}}'
    body = json.dumps({text: text, "id": text, "p0": text})
    return f"""---
title: "{text}"
doc_type: apiPageType
---

# {text}

Namespace: microsoft.graph

{text}

## Permissions

|Permission type|Permissions|
|:---|:---|
|{text}|{text}|

## HTTP request

```http
POST /ships/{{{text}}}/{text}?{text}={{{text}}}
POST /ships/{{id}}/fn({text}='{{{text}}}')
```

## Query parameters

|Parameter|Type|Description|
|:---|:---|:---|
|{text}|String|{text}|

## Request headers

|Name|Value|
|:---|:---|
|{text}|{text}|

## Request body

Supply a JSON object with the following parameters.

|Parameter|Type|Description|
|:---|:---|:---|
|{text}|String|{text}|
|deep|Json|{text}|

## Response

If successful, returns a `200 OK` response code and a [{text}](../resources/ship.md) object. {text}

## Example {text}

<!-- {json.dumps({"blockType": "request", "name": text})} -->
```http
POST https://graph.microsoft.com/v1.0/ships/{text}/{text}?{text}={text}
Content-Type: application/json
{text}: {text}

{body[:-1]}, "deep": {deep}}}
```

<!-- {json.dumps({"blockType": "response", "@odata.type": f"microsoft.graph.{text}"})} -->
```http
HTTP/1.1 200 OK
{text}: {text}

{body[:-1]}, "deep": {deep}}}
```
"""


def enumeration(text: str) -> str:
    """A page that holds `text` wherever a page about an enumeration holds text."""
    rows = "".join(f"|{cell}|{at}|{text}|\n" for at, cell in enumerate(CELLS))
    return f"# {text} kind enum type\n\n{text}\n\n## Members\n\n|Member|Value|Description|\n|:---|:---|:---|\n{rows}"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with docs of hostile pages, and `OUT` made of them."""
    folder = tmp_path_factory.mktemp("hostile")
    for at, text in enumerate(TEXTS):
        name = f"page{at}" if at % 2 else _file_name(text) or f"page{at}"
        _write(folder / "docs" / "resources" / f"{name}.md", resource(name, text))
        _write(folder / "docs" / "api" / f"{name}.md", operation(text))
    _write(folder / "docs" / "resources" / "all.md", resource("all", "ship"))
    for at in range(0, len(TEXTS), 6):
        _write(folder / "docs" / "resources" / f"enum{at}.md", enumeration(TEXTS[at]))
    _write(folder / "docs" / "LICENSE", "\n".join(TEXTS))
    before = _listed(folder)
    run = generate(folder / "docs", jobs=1, choices=Choices(style=Style("none")))
    assert _listed(folder) == before
    target = folder / "OUT"
    apply(target, compare(target, run.files, "0"))
    outside = {path for path in _listed(folder) - before if not path.startswith("OUT/")}
    assert outside == set(), "something was written outside of the output"
    return folder


def _file_name(text: str) -> str:
    """What of `text` a file's name may hold."""
    return "".join(c for c in text if c not in "/\0" and c.isprintable())[:60].strip(". ")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _listed(folder: Path) -> set[str]:
    """The files below a folder, but for what Python compiled from them."""
    files = (p for p in folder.rglob("*") if p.is_file() and p.suffix != ".pyc")
    return {path.relative_to(folder).as_posix() for path in files}


def _python(folder: Path, *words: str) -> str:
    done = packages.python(folder, *words)
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    places = [*folder.rglob("canary"), folder.parent / "canary", Path("/etc/canary")]
    assert [path for path in places if path.is_file()] == [], "a page's text was run"
    return done.stdout


IMPORT_ALL = """
import importlib, pathlib
for file in sorted(pathlib.Path("OUT").rglob("*.py")):
    module = importlib.import_module(".".join(file.with_suffix("").parts).removesuffix(".__init__"))
    for name in getattr(module, "__all__", ()):
        getattr(module, name)
import OUT.models
print(len(OUT.models.__all__))
"""


def test_hostile_modules_are_imported(place: Path) -> None:
    assert int(_python(place, "-W", "error", "-c", IMPORT_ALL)) > 20


def test_hostile_tests_pass(place: Path) -> None:
    told = _python(place, "-m", "pytest", "OUT/tests", "-q", "-p", "no:cacheprovider")
    assert "passed" in told


def test_hostile_names_are_paths_below_the_output(place: Path) -> None:
    for path in _listed(place / "OUT"):
        assert len(path) <= 100 and path.isascii() and path.isprintable(), path


def test_hostile_openapi_is_valid(place: Path) -> None:
    document = json.loads((place / "OUT" / "openapi.json").read_text(encoding="utf-8"))
    OpenAPIV31SpecValidator(document).validate()


def test_hostile_output_holds_no_invisible_text(place: Path) -> None:
    """What a reviewer sees is what there is (CVE-2021-42574)."""
    for path in _listed(place / "OUT"):
        if path.endswith((".py", ".pyi", ".json")):
            text = (place / "OUT" / path).read_text(encoding="utf-8")
            odd = {c for c in text if not c.isprintable() and c != "\n"}
            assert odd == set(), f"{path}: {odd}"


DOCS = Path(__file__).resolve().parents[1] / "docs_in"
GOOD = [
    TextFile(file.relative_to(DOCS).as_posix(), file.read_text(encoding="utf-8"))
    for file in sorted(DOCS.rglob("*.md"))
    if "includes" not in file.parts
]
ODD = [*TEXTS, "|||||", "```", "````http", "---", "<!--", "-->", "# [HTTP](#tab/http)", "{", "]]"]
ODD += [
    "GET",
    "HTTP/1.1 999",
    "|:---|",
    "[!INCLUDE [x](x.md)]",
    "- 1. > ",
    "\t\t\t",
    "&nbsp;",
    "\r",
]


def damaged(text: str, chance: random.Random) -> str:
    """`text` with a few lines and characters deleted, doubled, swapped or put in."""
    lines = text.split("\n")
    for _ in range(chance.randint(1, 8)):
        at, other = chance.randrange(len(lines)), chance.randrange(len(lines))
        match chance.randrange(7):
            case 0:
                del lines[at : at + chance.randint(1, 3)]
            case 1:
                lines.insert(at, lines[at])
            case 2:
                lines[at], lines[other] = lines[other], lines[at]
            case 3:
                lines.insert(at, chance.choice(ODD))
            case 4:
                cut = chance.randint(0, len(lines[at]))
                lines[at] = lines[at][:cut] + chance.choice(ODD) + lines[at][cut:]
            case 5:
                cut = chance.randint(0, len(lines[at]))
                lines[at] = lines[at][:cut] + lines[at][cut + chance.randint(1, 9) :]
            case _:
                words = lines[at].split(" ")
                chance.shuffle(words)
                lines[at] = " ".join(words)
        lines = lines or [""]
    return "\n".join(lines)


@settings(max_examples=60)
@given(st.integers(0, 2**32), st.integers(1, 4))
def test_damaged_pages_are_read_and_made_into_python(seed: int, count: int) -> None:
    """Nothing that happens to a page stops a run; rendering proves that the Python compiles."""
    chance = random.Random(seed)
    pages = [TextFile(page.path, damaged(page.text, chance)) for page in chance.sample(GOOD, count)]
    docs = Docs(tuple(sorted(pages)), Includes({}), Source("docs"))
    run = generate_from(Parsed(docs), jobs=1, choices=Choices(style=Style("none")))
    made = {file.path: file.text for file in run.files}
    json.loads(made["openapi.json"])


@settings(max_examples=150)
@given(st.text(max_size=400) | st.lists(st.sampled_from(ODD)).map("\n".join))
def test_any_text_is_read(text: str) -> None:
    """Reading never fails."""
    for folder in ("api", "resources"):
        read_page(TextFile(f"{folder}/page.md", text), Includes({}))
