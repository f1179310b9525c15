"""Plans become files: the doors for page text, the templates, and formatting."""

import ast
import io
import math
import tokenize
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from html import unescape
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import TemplateError, UndefinedError, nodes

from generator.memo import Memo
from generator.render import environment as place
from generator.render import render
from generator.render.filters import banner, block, comment, docstring, html, literal
from generator.render.formatting import format_python
from generator.targets.plan import Plan, Templated, Verbatim, keep_plans
from generator.textfile import AnyFile, TextFile

PLACING = (nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Getattr, nodes.Const)
CHOOSING = (nodes.For, nodes.If, nodes.Filter, nodes.Call, nodes.Macro, nodes.Import)
CHOOSING_PARTS = (nodes.FromImport, nodes.Keyword)

NAMES = sorted(place.environment().list_templates(extensions=["jinja"]))

# Text as a hostile page has it; surrogates come from JSON escapes.
PIECES = [
    *"\"'\\\n\r\t {}%#:\u202e\u2028\u200b\ud800\x00\x1b\x85\x1c",
    '"""',
    "coding:",
    "fmt: off",
    "{{",
]
hostile = st.lists(st.one_of(st.characters(), st.sampled_from(PIECES))).map("".join)
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), hostile),
    lambda inner: st.one_of(
        st.lists(inner), st.lists(inner).map(tuple), st.dictionaries(hostile, inner)
    ),
)


def filled(source: str, **view: object) -> str:
    return place.environment().from_string(source).render(view)


# ---- the doors


@given(values)
def test_a_literal_is_its_value_on_one_line_of_what_can_be_seen(value: object) -> None:
    text = literal(value)
    assert eval(text, {"__builtins__": {"float": float}}) == value
    assert text.isprintable()


@given(values)
def test_black_leaves_a_literal_as_it_is(value: object) -> None:
    text = f"x = {literal(value)}\n"
    if len(text) <= 88:
        formatted = format_python("x.py", text)
        # Black parts numbers, brackets and signs by rules of its own; text is ours to quote.
        ours = [
            t.string for t in tokenize.generate_tokens(io.StringIO(text).readline) if t.type == 3
        ]
        its = [
            t.string
            for t in tokenize.generate_tokens(io.StringIO(formatted).readline)
            if t.type == 3
        ]
        assert ours == its


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a", '"a"'),
        ('say "a"', "'say \"a\"'"),
        ('it\'s "a"', "'it\\'s \"a\"'"),
        ("it's", '"it\'s"'),
        ("a\nb\\\t\x00", r'"a\nb\\\t\x00"'),
        ("é 中 😀", '"é 中 😀"'),
        ("\u202e\u2028\u00a0\ud800\U000e0001", r'"\u202e\u2028\xa0\ud800\U000e0001"'),
        ("{{ x }}{% y %}", '"{{ x }}{% y %}"'),
        ((), "()"),
        ((1,), "(1,)"),
        ({"a": [1.5, None, True]}, '{"a": [1.5, None, True]}'),
        (math.inf, 'float("inf")'),
        pytest.param(10**5000, hex(10**5000), id="huge"),
    ],
)
def test_literals(value: object, expected: str) -> None:
    assert literal(value) == expected


def test_what_has_no_literal_is_a_fault() -> None:
    with pytest.raises(TypeError):
        literal({1, 2})


@given(hostile, st.integers(20, 100))
def test_a_docstring_is_one_string_and_black_leaves_it(text: str, width: int) -> None:
    source = f"class A:\n    {docstring(text, width)}\n    x = 1\n"
    body = ast.parse(source).body
    assert len(body) == 1 and isinstance(body[0], ast.ClassDef) and len(body[0].body) == 2
    assert all(c.isprintable() or c == "\n" for c in source)
    formatted = format_python("a.py", source)
    assert format_python("a.py", formatted) == formatted
    said = ast.get_docstring(ast.parse(formatted).body[0], clean=True)  # type: ignore[arg-type]
    assert "".join((said or "").split()) == "".join(text.split())


@given(hostile)
def test_a_block_is_its_text_as_it_stands(text: str) -> None:
    source = f"x = {block(text)}\n"
    (statement,) = ast.parse(source).body
    assert isinstance(statement, ast.Assign) and ast.literal_eval(statement.value) == text
    assert all(c.isprintable() or c == "\n" for c in source)
    assert format_python("x.py", source) == source
    assert block('{\n "a": "b"\n}') == '"""\\\n{\n "a": "b"\n}"""'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A user.", '"""A user."""'),
        ("", '""" """'),
        ("\n \n", '""" """'),
        ('"quoted"', '""" "quoted" """'),
        ('a """ b', '"""a \\"\\"\\" b"""'),
        ("back\\slash\\", '"""back\\\\slash\\\\"""'),
        ("one\n\n\n\ntwo", '"""one\n\ntwo\n"""'),
        ("a\u202eb\u2028c\xa0d\x1b", '"""a\\u202eb\nc d\\x1b\n"""'),
        ("- a long item that wraps\n  deeper", '"""- a long item that\n  wraps\n  deeper\n"""'),
        ("10. an item that wraps", '"""10. an item that\n    wraps\n"""'),
        ("a:\n  b: an entry that wraps", '"""a:\n  b: an entry that\n      wraps\n"""'),
        ("{{ x }}", '"""{{ x }}"""'),
    ],
)
def test_docstrings(text: str, expected: str) -> None:
    assert docstring(text, 22) == expected


def test_docstring_lines_keep_to_the_width() -> None:
    text = docstring("word " * 100, 40)
    assert max(len(line) for line in text.splitlines()) <= 40
    assert len(docstring("x" * 34, 40)) == 40
    assert docstring("x" * 35, 40) == '"""' + "x" * 35 + '\n"""'


@given(hostile)
def test_a_comment_is_one_comment_and_no_order(text: str) -> None:
    line = f"# {comment(text)}\n"
    assert all(c.isprintable() for c in line[:-1])
    assert [t.type for t in tokenize.generate_tokens(io.StringIO(line).readline)][:2] == [
        tokenize.COMMENT,
        tokenize.NL,
    ]
    assert tokenize.detect_encoding(io.BytesIO(line.encode()).readline)[0] == "utf-8"


@given(hostile)
def test_html_is_text_within_an_element_and_within_an_attribute(text: str) -> None:
    class Reader(HTMLParser):
        met: list[object] = []

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.met.append((tag, attrs))

        def handle_data(self, data: str) -> None:
            self.met.append(data)

    made = html(text)
    assert all(c.isprintable() for c in made)
    reader = Reader()
    reader.met = []
    reader.feed(f'<b title="{made}">.{made}</b>')
    reader.close()
    shown = unescape(made)
    assert reader.met == [("b", [("title", shown)]), f".{shown}"]
    assert len(shown) >= len(text) and (shown == text or not text.isprintable())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("two\nlines\x85 three", "two lines three"),
        ("fmt: off", "fmt : off"),
        ("type: ignore", "type : ignore"),
        ("-*- coding: utf-7 -*-", "-*- coding : utf-7 -*-"),
        ("\x1b[31m # NoQA", "\\x1b[31m # no-qa"),
    ],
)
def test_comments(text: str, expected: str) -> None:
    assert comment(text) == expected


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        ((), "# Code generated by gen-graph. DO NOT EDIT."),
        (("api/user-get.md",), "# Code generated by gen-graph from api/user-get.md. DO NOT EDIT."),
        (("a", "b", "c"), "# Code generated by gen-graph from a, b, c. DO NOT EDIT."),
        (
            ("a", "b", "c", "d", "e"),
            "# Code generated by gen-graph from a, b, c and 2 more. DO NOT EDIT.",
        ),
        (("a\nimport os",), "# Code generated by gen-graph from a import os. DO NOT EDIT."),
    ],
)
def test_the_banner_names_up_to_three_pages(sources: tuple[str, ...], expected: str) -> None:
    assert filled("{{ banner(sources) }}", sources=sources) == expected
    assert banner(sources) == expected


# ---- templates


@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith(place.RAW)])
def test_a_template_decides_nothing(name: str) -> None:
    """No assignment, comparison, arithmetic or indexing: those belong in a view."""
    assert decisions((place.templates_folder() / name).read_text(encoding="utf-8")) == []


def decisions(source: str) -> list[nodes.Node]:
    allowed = (*PLACING, *CHOOSING, *CHOOSING_PARTS)
    tree = place.environment().parse(source)
    return [
        node
        for node in tree.find_all(nodes.Node)
        if not isinstance(node, allowed)
        # `for name, value in …` takes a pair apart; a pair made in a template would be a decision
        and not (isinstance(node, nodes.Tuple) and node.ctx == "store")
    ]


@pytest.mark.parametrize(
    "source",
    [
        "{% set x = 1 %}",
        "{{ a + b }}",
        "{{ a[0] }}",
        "{% if a == 1 %}{% endif %}",
        "{{ a ~ b }}",
        "{{ (a, b) }}",
    ],
)
def test_the_test_above_sees_decisions(source: str) -> None:
    assert decisions(source) != []


@pytest.mark.parametrize(
    "source", ["{{ missing }}", "{{ 'a' | upper }}", "{{ range(3) }}", "{{ a.b }}"]
)
def test_templates_have_only_what_is_offered(source: str) -> None:
    with pytest.raises((UndefinedError, TemplateError)):
        filled(source, a=TextFile("", ""))


def test_page_text_is_no_template() -> None:
    assert filled("{{ text }}", text="{{ 7 * 7 }}<&>") == "{{ 7 * 7 }}<&>"


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith(place.RAW)])
def test_a_runtime_file_is_python_as_it_stands(name: str) -> None:
    source = (place.templates_folder() / name).read_text(encoding="utf-8")
    assert place.fill(name, {}) == f"{banner()}\n{source}"
    compile(source, name, "exec")


# ---- the whole


PLANS: tuple[Plan, ...] = (
    Verbatim("openapi.json", '{"a":1}'),
    *(Verbatim(f"m{number:02}.py", f"x = {{'a' : {number}}}") for number in range(40)),
    Verbatim("a.py", ""),
)


def rendered(plans: Sequence[Plan], *more: Any) -> tuple[AnyFile, ...]:
    memo = Memo()
    kept = [k for at, plan in enumerate(plans) for k in keep_plans(memo, f"kind {at}", [plan])]
    return render(kept, memo, *more)


def test_files_come_by_path_formatted_wherever_the_work_is_done() -> None:
    here = rendered(PLANS)
    assert [file.path for file in here] == sorted(plan.path for plan in PLANS)
    assert here[1] == TextFile("m00.py", 'x = {"a": 0}\n')
    assert here[-1] == TextFile("openapi.json", '{"a":1}')
    done: list[int] = []
    with ProcessPoolExecutor(2) as executor:
        assert rendered(PLANS[::-1], executor, done.append) == here
    assert done[-1] == len(PLANS)


def test_a_template_is_filled_with_its_view(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "generator.render.environment.fill", lambda template, view, own: f"{template} = {view['v']}"
    )
    assert rendered([Templated("a.py", "t", {"v": 1})]) == (TextFile("a.py", "t = 1\n"),)


@pytest.mark.parametrize(
    "text", ["x = (", "return 1", 'x = "\\d"', "x = 1\x00", "def f(a, a): ..."]
)
def test_what_is_no_python_does_not_leave(text: str) -> None:
    with pytest.raises(ValueError, match=r"bad\.py was rendered to no valid Python"):
        rendered([Verbatim("bad.py", text)])


def test_two_plans_of_one_path_are_a_fault() -> None:
    with pytest.raises(ValueError, match="two plans write a"):
        rendered([Verbatim("a", "1"), Verbatim("b", ""), Verbatim("a", "2")])
    with pytest.raises(ValueError, match="two plans of one kind write a"):
        keep_plans(Memo(), "one kind", [Verbatim("a", "1"), Verbatim("a", "2")])
