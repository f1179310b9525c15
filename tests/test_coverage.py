"""`gen-graph coverage`: everything on a page has an entry, and what an entry names is there.

The pictures are taken with Chromium; see browser.py.
"""

import ast
import json
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest

from browser import Browser
from generator.cli import main
from generator.coverage import Coverage, as_html, as_json, cover, text_lines
from generator.coverage.ledger import REASONS
from generator.coverage.report import Entry, Mark, together
from generator.diagnostics import RULES
from goldens import Golden
from test_hostile import TEXTS, operation, resource

ROOT = Path(__file__).resolve().parents[1]
CASES = ROOT / "tests" / "cases"
GENERATED = ROOT / "generated"

LIGHT = {"tested": (26, 127, 78), "partly": (176, 115, 0), "code": (47, 111, 214)}
DARK = {"tested": (76, 203, 139), "partly": (226, 169, 59), "code": (122, 170, 245)}


@pytest.fixture(scope="module")
def sample() -> Coverage:
    return cover(ROOT / "docs_in")


def entries(coverage: Coverage) -> list[Entry]:
    return [entry for page in coverage.pages for entry in page.entries]


# ---- nothing on a page is missing


def test_every_row_of_every_table_has_an_entry(sample: Coverage) -> None:
    """Counted anew, by the bars of the lines alone."""
    for page in sample.pages:
        lines = (ROOT / "docs_in" / page.path).read_text(encoding="utf-8").split("\n")
        bars = [at for at, line in enumerate(lines, 1) if line.lstrip().startswith("|")]
        heads = {at for at in bars if at - 1 not in bars}
        heads |= {at + 1 for at in heads}  # the line of dashes
        own = [e for table in page.tables for e in table.rows if e.span.path == page.path]
        assert sorted({e.span.first for e in own}) == sorted(set(bars) - heads), page.path
        assert len({e.span for e in own}) == len(own)


def test_every_message_and_every_request_line_has_an_entry(sample: Coverage) -> None:
    """Counted anew: fences that begin like a request, a response or JSON."""
    start = re.compile(r"(GET|POST|PUT|PATCH|DELETE) .+|HTTP/.+|[{\[].*")
    for page in sample.pages:
        text = (ROOT / "docs_in" / page.path).read_text(encoding="utf-8")
        shown = {(e.span.path, at) for e in page.entries for at in _lines(e)}
        for fence in re.finditer(r"^```[^\n]*\n(.*?)^```", text, re.M | re.S):
            line = text.count("\n", 0, fence.start(1)) + 1
            first = fence[1].lstrip("\n").split("\n", 1)[0]
            if start.fullmatch(first):
                assert (page.path, line) in shown, f"{page.path}:{line}"


def _lines(entry: Entry) -> range:
    return range(entry.span.first, max(entry.span.first, entry.span.last) + 1)


def test_what_is_not_tested_has_a_reason(sample: Coverage) -> None:
    for entry in entries(sample):
        assert (entry.mark is Mark.TESTED) == (entry.reasons == ()), entry
        for reason in entry.reasons:
            assert reason.code in REASONS or reason.code in RULES


def test_every_reason_of_our_own_is_given_somewhere() -> None:
    source = (ROOT / "generator" / "coverage" / "ledger.py").read_text(encoding="utf-8")
    for code in REASONS:
        assert source.count(f'"{code}"') > 1, code


# ---- what is named is there


def test_the_named_tests_are_there(sample: Coverage) -> None:
    """And they play the page: the docstring of each names a page that has an entry for it."""
    functions: dict[str, dict[str, ast.FunctionDef]] = {}
    named = {name for entry in entries(sample) for name in entry.tests}
    assert len(named) > 60
    for name in sorted(named):
        file, _, function = name.partition("::")
        if file not in functions:
            tree = ast.parse((GENERATED / file).read_text(encoding="utf-8"))
            functions[file] = {f.name: f for f in tree.body if isinstance(f, ast.FunctionDef)}
        assert function in functions[file], name
    for page in sample.pages:
        for entry in page.messages:
            for name in entry.tests:
                file, _, function = name.partition("::")
                assert page.path in (ast.get_docstring(functions[file][function]) or ""), name


def test_the_emitted_tests_are_all_named(sample: Coverage) -> None:
    named = {name for entry in entries(sample) for name in entry.tests}
    for file in sorted(GENERATED.rglob("test_*.py")):
        path = file.relative_to(GENERATED).as_posix()
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and "no page describes" not in str(
                ast.get_docstring(node)
            ):
                assert f"{path}::{node.name}" in named


def test_the_named_code_is_there(sample: Coverage) -> None:
    """A class with the attribute, or a method with the argument."""
    places = {code for entry in entries(sample) for code in entry.code}
    assert len(places) > 150
    for place in sorted(places):
        file, _, name = place.partition(": ")
        text = (GENERATED / file).read_text(encoding="utf-8")
        method, _, argument = name.removesuffix("=)").partition("(")
        owner, _, attribute = method.partition(".")
        if file.startswith("endpoints/"):
            found = re.search(rf"^    def {attribute}\((.*?)\) -> ", text, re.M | re.S)
            assert found and (not argument or re.search(rf"\b{argument}: ", found[1])), place
        else:
            assert re.search(rf"^class {owner}\(", text, re.M), place
            assert not attribute or re.search(rf"^    {attribute}: ", text, re.M), place


# ---- what it says


@pytest.mark.parametrize(
    "case", ["examples_that_do_not_fit", "functions_and_placeholders", "unfinished_page"]
)
def test_the_text_of_a_case(case: str, golden: Golden) -> None:
    made = "".join(f"{line}\n" for line in text_lines(cover(CASES / case / "docs_in")))
    golden.text(ROOT / "tests" / "coverage" / f"{case}.txt", made)


@pytest.mark.parametrize(
    ("marks", "whole"),
    [
        ([], Mark.LEFT),
        ([Mark.TESTED, Mark.TESTED], Mark.TESTED),
        ([Mark.TESTED, Mark.TOLD], Mark.TESTED),
        ([Mark.TOLD], Mark.TOLD),
        ([Mark.TESTED, Mark.CODE], Mark.CODE),
        ([Mark.CODE, Mark.LEFT], Mark.PARTLY),
        ([Mark.LEFT, Mark.TOLD], Mark.LEFT),
        ([Mark.PARTLY, Mark.TESTED], Mark.PARTLY),
    ],
)
def test_the_mark_of_a_whole(marks: list[Mark], whole: Mark) -> None:
    assert together(marks) is whole


def test_the_json_says_what_the_report_says(sample: Coverage) -> None:
    document = json.loads(json.dumps(as_json(sample)))
    assert (document["format"], document["version"]) == ("gen-graph-coverage", 1)
    counted: Counter[tuple[str, str]] = Counter()
    for page in document["pages"]:
        counted["page", page["mark"]] += 1
        rows = [row for table in page.get("tables", []) for row in table["rows"]]
        counted.update(("table", table["mark"]) for table in page.get("tables", []))
        for entry in (*page.get("lines", []), *rows, *page.get("examples", [])):
            counted[entry["kind"], entry["mark"]] += 1
            assert re.fullmatch(r"\S+\.md:\d+:\d+", entry["place"])
            assert entry["mark"] == "tested" or entry["reasons"]
    told = {(k, m): n for k, marks in document["totals"].items() for m, n in marks.items()}
    assert told == dict(counted)


def test_the_command_prints_and_writes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    docs = str(CASES / "unfinished_page" / "docs_in")
    assert main(["coverage", docs]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("page ")
    assert main(["coverage", docs, "-o", "new/coverage.txt"]) == 0
    assert capsys.readouterr().out == "wrote new/coverage.txt\n"
    assert (tmp_path / "new/coverage.txt").read_text(encoding="utf-8") == printed
    assert main(["coverage", docs, "--format", "json", "-o", "new/coverage.txt"]) == 0
    assert json.loads((tmp_path / "new/coverage.txt").read_text())["version"] == 1
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["coverage.txt"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere"], "nowhere"),
        (["docs", "--format", "pdf"], "pdf"),
        (["docs", "-o", "docs"], "docs is a folder; name a file"),
        (["docs", "-o", "docs/thing.md/x.html"], "thing.md"),
    ],
)
def test_what_the_command_refuses(
    words: list[str],
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "thing.md").write_text("# thing resource type\n\n## Properties\n")
    monkeypatch.chdir(tmp_path)
    assert main(["coverage", *words]) == 2
    err = capsys.readouterr().err
    assert said in err and err.count("\n") == 1


# ---- the page


class _Elements(HTMLParser):
    """What a page is made of: its elements, their attributes, and the texts in between."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: Counter[str] = Counter()
        self.attributes: set[str] = set()
        self.values: list[str] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names[tag] += 1
        self.attributes |= {name for name, _ in attrs}
        self.values += [value or "" for _, value in attrs]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_the_page_needs_nothing_beside_itself(sample: Coverage) -> None:
    text = as_html(sample, "docs_in")
    page = _Elements(text)
    assert page.names["script"] == page.names["style"] == 1
    assert not {"link", "img", "iframe", "object", "embed", "base"} & set(page.names)
    assert not {"src", "href", "srcset", "action"} & page.attributes
    assert "@import" not in text and "url(" not in text
    shown = "".join(page.texts)
    for entry in entries(sample):
        assert entry.name in shown


HARM = [
    "</summary></details><script>document.title='harmed'</script>",
    "<img src=x onerror=\"document.title='harmed'\">",
    '" onmouseover="document.title=1" x="',
    "<style>*{display:none}</style>",
    "</script><script>document.title='harmed'</script>",
    "<!-- --><base href=//evil.example>",
    "&lt;b&gt; &amp; \u202e\u2066 \u2028",
    *TEXTS,
]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Coverage:
    folder = tmp_path_factory.mktemp("hostile")
    for at, text in enumerate(HARM):
        for name, page in (("resources", resource(f"p{at}", text)), ("api", operation(text))):
            (folder / name).mkdir(exist_ok=True)
            file = folder / name / f"p{at}.md"
            file.write_text(page, encoding="utf-8")
    return cover(folder)


def test_page_text_is_text(hostile: Coverage, sample: Coverage) -> None:
    """No element, no attribute, and nothing that cannot be seen comes from a page."""
    text = as_html(hostile, HARM[0])
    harmless = _Elements(as_html(sample, "docs_in"))
    page = _Elements(text)
    assert set(page.names) <= set(harmless.names)
    assert page.attributes <= harmless.attributes
    assert page.names["script"] == page.names["style"] == 1
    assert {c for c in text if not c.isprintable()} == {"\n"}
    assert any("<img src=x" in shown for shown in page.texts)


def test_every_text_of_the_template_goes_through_the_filter() -> None:
    """But for our own script and style, and numbers."""
    template = (ROOT / "templates/coverage/report.html.jinja").read_text(encoding="utf-8")
    bare = {found for found in re.findall(r"{{ ([^}]+?) }}", template) if "| html" not in found}
    assert bare == {"script", "style", "share.count", "bar(total.shares)", "bar(page.shares)"}


# ---- the page in a browser


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Browser:
    return Browser(tmp_path_factory.mktemp("browser"))


@pytest.fixture(scope="module")
def page(sample: Coverage, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("page") / "coverage.html"
    file.write_text(as_html(sample, "docs_in"), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("dark", "ground", "marks"),
    [(False, (251, 251, 249), LIGHT), (True, (18, 21, 26), DARK)],
    ids=["light", "dark"],
)
def test_the_page_by_day_and_by_night(
    browser: Browser,
    page: Path,
    dark: bool,
    ground: tuple[int, int, int],
    marks: dict[str, tuple[int, int, int]],
) -> None:
    """Its ground, the colours of its bars, and text that fills the window."""
    picture = browser.picture(page, dark=dark, size=(1280, 1400))
    assert picture.size == (1280, 1400)
    colours = {colour: count for count, colour in picture.getcolors(2**24) or ()}
    assert picture.getpixel((3, 3)) == picture.getpixel((1276, 700)) == ground
    for name, colour in marks.items():
        assert colours.get(colour, 0) > 20, name
    ink = [sum(picture.getpixel((x, y)) != ground for x in range(0, 1280, 4)) for y in range(1400)]  # type: ignore[misc]
    assert sum(1 for row in ink if row > 8) > 1000


def test_the_bars_are_as_long_as_the_numbers(
    browser: Browser, page: Path, sample: Coverage
) -> None:
    """The first bar of the table: all pages, by mark."""
    picture = browser.picture(page, size=(1280, 1400))
    rows = [
        [x for x in range(1280) if picture.getpixel((x, y)) == LIGHT["tested"]]
        for y in range(200, 320)
    ]
    y = next(at for at, row in enumerate(rows) if len(row) > 100) + 200 + 4
    lengths = {
        name: sum(picture.getpixel((x, y)) == colour for x in range(1280))
        for name, colour in LIGHT.items()
    }
    counts = sample.totals["page"]
    for name, length in lengths.items():
        share = counts[Mark(name)] / counts.total()
        assert length / sum(lengths.values()) == pytest.approx(share, abs=0.02), name


def test_the_script_runs_and_no_other(browser: Browser, page: Path, hostile: Coverage) -> None:
    count = len(cover(ROOT / "docs_in").pages)
    assert f'<output id="count">{count} of {count} pages</output>' in browser.document(page)
    harmed = page.with_name("hostile.html")
    harmed.write_text(as_html(hostile, "hostile"), encoding="utf-8")
    document = browser.document(harmed)
    assert "<title>Coverage of hostile</title>" in document
    pages = len(hostile.pages)
    assert f'<output id="count">{pages} of {pages} pages</output>' in document


def test_a_policy_stops_what_the_filter_would_let_through(browser: Browser, page: Path) -> None:
    """A second line of defence: even an element of a page's own would not run."""
    text = page.read_text(encoding="utf-8")
    added = (
        "<script>document.title='harmed'</script><img src=x onerror=\"document.title='harmed'\">"
    )
    harmed = page.with_name("added.html")
    harmed.write_text(text.replace("<main>", f"<main>{added}"), encoding="utf-8")
    assert "<title>Coverage of docs_in</title>" in browser.document(harmed)


def test_the_page_fits_a_telephone(browser: Browser, page: Path) -> None:
    """Nothing runs out of a narrow window: its right edge stays the ground."""
    picture = browser.picture(page, size=(500, 1600))
    assert {picture.getpixel((497, y)) for y in range(1600)} == {(251, 251, 249)}


# ---- the real pages


@pytest.mark.corpus
def test_how_much_of_the_examples_is_tested(corpus: Path) -> None:
    """Of v1.0, issue 5's figures: requests that are calls, and responses, by the tests that play them.

    And nothing is without a reason.
    """
    coverage = cover(corpus / "graph-v1.0")
    for entry in entries(coverage):
        assert (entry.mark is Mark.TESTED) or entry.reasons, entry
    for kind, most in (("request", 0.96), ("response", 0.97)):
        shown = [
            entry
            for page in coverage.pages
            if page.kind == "operation"
            for entry in page.messages
            if entry.kind == kind and entry.mark is not Mark.TOLD
        ]
        assert len(shown) > 2400
        played = [entry for entry in shown if entry.tests and _is_compared(entry)]
        assert len(played) / len(shown) >= most, Counter(
            entry.reasons[0].code for entry in shown if entry.reasons
        )


# What a test names and leaves out of the comparison of a request or response as a whole.
_UNCOMPARED = {
    *("example-path-unmatched", "example-body-unsent", "example-answer-differs"),
    *("body-unreadable", "message-unread"),
}


def _is_compared(entry: Entry) -> bool:
    return not _UNCOMPARED & {reason.code for reason in entry.reasons}
