"""Long modules are formatted by pieces, and nobody can tell."""

from collections.abc import Sequence
from pathlib import Path

import black
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.cache import Store
from generator.choices import Choices
from generator.pipeline import generate
from generator.render import render_chunk
from generator.render.filters import block, docstring
from generator.render.formatting import LONG, format_by_pieces, format_python
from generator.render.pieces import cut, parted
from generator.style import Style
from generator.targets.plan import Verbatim
from generator.textfile import AnyFile

ROOT = Path(__file__).resolve().parents[1]


def by_halves(text: str, whole: str) -> list[str]:
    """What comes of a module of which every other piece is known, and of the other half.

    `whole` is what black makes of all; so each piece is formatted with neither of its neighbours.
    """
    pieces = cut(text)
    if len(pieces) == 1:
        return []
    texts = parted(pieces, whole)
    assert texts is not None, "black leaves other lines blank than was said"
    kept = {piece.name: text for piece, text in zip(pieces, texts, strict=True)}
    made = []
    for half in (0, 1):
        new = {piece.name for piece in pieces[half::2]}
        known = {name: text for name, text in kept.items() if name not in new}
        made.append(format_by_pieces("x.py", text, known)[0])
    return made


def is_same(text: str, whole: str) -> bool:
    """Whether black makes of a module by pieces what it makes of the whole."""
    return set(by_halves(text, whole)) <= {whole}


def modules_of(bare: Sequence[AnyFile], plain: Sequence[AnyFile]) -> list[tuple[str, str, str]]:
    """Path, text without form, and text by black of each module of one package."""
    assert [file.path for file in bare] == [file.path for file in plain]
    pairs = zip(bare, plain, strict=True)
    return [(one.path, one.text, two.text) for one, two in pairs if one.path.endswith(".py")]


# ---- borders


def texts(source: str) -> list[str]:
    return [piece.text for piece in cut(source)]


@pytest.mark.parametrize(
    "source",
    [
        "",
        "\n",
        "def f(:\n",
        "x = 1\n",
        # black keeps what has no blank line between
        "def f(): ...\ndef g(): ...\n",
        # something between, above or behind
        "def f():\n    pass\n\n# said\n\ndef g():\n    pass\n",
        "def f():\n    pass\n\n    # said\n\n\ndef g():\n    pass\n",
        "def f():\n    pass  # said\n\n\ndef g():\n    pass\n",
        "x = 1;\n\ny = 2\n",
        "x = 1\n\nif x:\n    y = 2\n",
        "def f():\n    pass\n\n\nif x:\n    y = 2\n",
        "if x:\n    y = 2\n\nx = 1\n",
        '"""Said."""\n\nx = 1\n',
        '"""Said."""\n\n\n@a\ndef f():\n    pass\n',
        "import x\n\ny = 1\n",
        "def f():\n    pass\n \n\ndef g():\n    pass\n",
        "def f():\n    pass\n\\\n\ndef g():\n    pass\n",
        "@a\n\n@b\ndef g():\n    pass\n",
        # a decorator that begins above its expression
        "def f():\n    pass\n\n@(\n\na)\ndef g():\n    pass\n",
        # who switches black off, or says how lines end
        "def f():\n    pass\n\n\ndef g():\n    pass  # fmt: skip\n",
        "def f():\n    pass\n\n\ndef g():\n    pass  # yapf: disable\n",
        "x = 1\r\n\ndef f():\n    pass\n\n\ndef g():\n    pass\n",
        "def f():\n    pass\n\f\n\ndef g():\n    pass\n",
        "def f():\n    pass\n\n\n\fdef g():\n    pass\n",
        # a class in a class, and a function in a function
        "class A:\n    class B:\n        x = 1\n\n        y = 1\n",
        "def f():\n    def g():\n        pass\n\n    def h():\n        pass\n",
        "if x:\n    def g():\n        pass\n\n    def h():\n        pass\n",
        "class A:\n\tx = 1\n\n\ty = 1\n",
        # alone the head would be `class A: ...`
        "class A:\n    ...\n\n    def f(self):\n        pass\n",
        # text is no statement, wherever it stands
        'x = """\n\n\ndef f():\n    pass\n\n\ndef g():\n    pass\n"""\n',
    ],
)
def test_no_border(source: str) -> None:
    assert texts(source) == [source]


def test_borders() -> None:
    source = (
        '"""Said."""\n\nimport a\n\n# of f\ndef f():\n    pass\n\n@a\nasync def g():\n    pass\n\n\n\n'
        "X = 1\n\nY: int\n\n\nclass A:\n    x = 1\n\n    def f(self):\n"
        '        return """\n\nclass B:\n"""\n\n    def g(self):\n        pass\n\nZ = """é"""\n\nz = 2\n\n'
    )
    pieces = cut(source)
    assert [(piece.text, piece.blank, piece.inside) for piece in pieces] == [
        ('"""Said."""\n\nimport a\n\n# of f\ndef f():\n    pass\n', 0, False),
        ("@a\nasync def g():\n    pass\n", 2, False),
        ("X = 1\n", 2, False),
        ("Y: int\n", 1, False),
        ("class A:\n    x = 1\n", 2, False),
        ('    def f(self):\n        return """\n\nclass B:\n"""\n', 1, True),
        ("    def g(self):\n        pass\n", 1, True),
        ('Z = """é"""\n', 2, False),
        ("z = 2\n\n", 1, False),
    ]
    assert sum(piece.statements for piece in pieces) == 12
    assert len({piece.name for piece in pieces}) == len(pieces)
    assert by_halves(source, format_python("x.py", source)) == [format_python("x.py", source)] * 2


def test_text_below_attributes() -> None:
    source = (
        'class A:\n    """Said."""\n\n    x: int = 1\n    """Of x."""\n    y: int = 1\n\n'
        '    """Of y."""\n\n    z: int\n    "Of z."\n\n    def f(self):\n        """Said."""\n'
    )
    pieces = cut(source)
    assert [(piece.text, piece.blank) for piece in pieces] == [
        ('class A:\n    """Said."""\n\n    x: int = 1\n    """Of x."""\n', 0),
        ('    y: int = 1\n\n    """Of y."""\n', 0),
        ('    z: int\n    "Of z."\n', 1),
        ('    def f(self):\n        """Said."""\n', 1),
    ]
    assert by_halves(source, format_python("x.py", source)) == [format_python("x.py", source)] * 2


# ---- what black makes of them


HOSTILE = ['"', "'", "\\", "\n", "\n\n\n", "def f():\n", "    x", "# fmt", ":", "é", " " * 30, "#"]
hostile = st.lists(st.one_of(st.sampled_from(HOSTILE), st.characters())).map("".join)
EXPRESSIONS = [
    *("1", "a.b", "(yield_)", "[1,2,3,]", "f(x)(y) [0]", "lambda x: x", "not(a)", "a if b else c"),
    "call(first_argument, second_argument=1, third_argument=[2, 3], fourth='four', fifth=5)",
    "{'a': 1, 'b': [2, 3]}",
    "one_long_name_of_something + another_long_name_of_something * a_third_long_name - 1234567",
]
expressions = st.one_of(
    st.sampled_from(EXPRESSIONS), hostile.map(block), hostile.map(repr), st.just("f'{x!r:>{3}}'")
)
SIMPLE = ["pass", "...", "import os", "from a import (b)", "del (a), b", "x = 1; y = 2", "x = 1;"]
comments = st.sampled_from(
    ["# said", "#said", "#!said", "# type: ignore", "# fmt: off", "# fmt: on"]
)
gaps = st.sampled_from([*["\n", "\n\n"] * 8, "", "\n\n\n", "\n\n\n\n", " \n", "\\\n\n"])


def body(draw: st.DrawFn, indent: str, depth: int) -> str:
    """Some statements, the first of which may be a docstring."""
    made = [draw(gaps.filter(lambda gap: "\\" not in gap))]
    if draw(st.booleans()):
        made.append(f"{indent}{docstring(draw(hostile))}\n{draw(gaps)}")
    for _ in range(draw(st.integers(1, 3) if depth else st.integers(3, 6))):
        made.append(statement(draw, indent, depth))
        made.append(draw(gaps))
    return "".join(made).removesuffix("\\\n\n") + "\n"


def statement(draw: st.DrawFn, indent: str, depth: int) -> str:
    kinds = ["assign", "assign", "told", "told", "simple", "comment", "behind"]
    kinds += ["def", "class"] * (8 - 2 * depth) + ["stub", "if", "try"] if depth < 3 else []
    match draw(st.sampled_from(kinds)):
        case "comment":
            return f"{indent}{draw(comments)}\n"
        case "simple":
            return f"{indent}{draw(st.sampled_from(SIMPLE))}\n"
        case "behind":
            return f"{indent}x = {draw(expressions)}  {draw(comments)}\n"
        case "assign":
            target = draw(st.sampled_from(["x", "x: int", "a.b", "x, y", "(x)", "x: list[ int ]"]))
            return f"{indent}{target} = {draw(expressions)}\n"
        case "told":
            text = draw(st.one_of(hostile.map(docstring), hostile.map(block), st.just("'a' 'b'")))
            return f"{indent}x: int = {draw(expressions)}\n{draw(gaps)}{indent}{text}\n"
        case "stub":
            return f"{indent}def f(self, x : int) -> str: ...\n"
        case "if":
            inner = body(draw, indent + "    ", depth + 1)
            other = f"{indent}else:\n{indent}    pass\n" if draw(st.booleans()) else ""
            return f"{indent}if x:\n{inner}{indent}    pass\n{other}"
        case "try":
            inner = body(draw, indent + "    ", depth + 1)
            return f"{indent}try:\n{inner}{indent}    pass\n{indent}finally:\n{indent}    pass\n"
        case kind:
            decorators = st.sampled_from(
                ["@a", "@a.b(1)", "@(\n\na)", "@a # said", "@a\n# said", "@a\n"]
            )
            above = "".join(
                f"{indent}{line}\n" if line else "\n"
                for decorator in draw(st.lists(decorators, max_size=2))
                for line in decorator.split("\n")
            )
            sign = {"class": "class A(B, c = 1)", "def": "def f(a, b : int=1, *, c)"}[kind]
            word = draw(st.sampled_from(["", "async "])) if kind == "def" else ""
            return f"{above}{indent}{word}{sign}:\n{body(draw, indent + '    ', depth + 1)}"


@st.composite
def modules(draw: st.DrawFn) -> str:
    return body(draw, "", 0)


def is_python(text: str) -> bool:
    try:
        format_python("x.py", text)
    except ValueError:
        return False
    return True


@settings(max_examples=50)  # 2,500 were tried when the borders were drawn
@given(modules().filter(is_python))
def test_whatever_the_module(text: str) -> None:
    whole = format_python("x.py", text)
    assert format_by_pieces("x.py", text, {})[0] == whole
    assert is_same(text, whole)


def test_the_sample() -> None:
    cuts = {}
    for file in generate(ROOT / "docs_in", choices=Choices(style=Style("none"))).files:
        if file.path.endswith(".py") and "user" in file.path and len(file.text) > LONG // 2:
            assert is_same(file.text, format_python(file.path, file.text)), file.path
            cuts[file.path] = len(cut(file.text))
    assert cuts["endpoints/user.py"] > 10 and cuts["tests/test_user.py"] > 10


# ---- what is kept of them


LONG_MODULE = '"""Said."""\n\n' + "\n\n\n".join(
    f"def f{number}(a):\n    return {{'a' : {number}}}, {'a' * (LONG // 50)!r}\n"
    for number in range(60)
)


def rendered(text: str, store: Store | None, path: str = "a.py") -> str:
    ((file, _),) = render_chunk([Verbatim(path, text)], Style(), store)
    return file.text


@pytest.fixture
def given_to_black(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every text that black is given from here on."""
    heard: list[str] = []
    real = black.format_str

    def hear(text: str, *, mode: black.Mode) -> str:
        heard.append(text)
        return real(text, mode=mode)

    monkeypatch.setattr(black, "format_str", hear)
    return heard


def test_what_has_changed_alone_is_formatted(tmp_path: Path, given_to_black: list[str]) -> None:
    store = Store(tmp_path)
    first = rendered(LONG_MODULE, store)
    assert given_to_black == [LONG_MODULE]
    changed = LONG_MODULE.replace("'a' : 7}", "'b' : 7}").replace("def f9(a)", "def  f9(a)")
    assert rendered(changed, store) == first.replace('"a": 7}', '"b": 7}')
    assert given_to_black[1:] == [
        changed[changed.index(start) : changed.index(end)].rstrip("\n") + "\n"
        for start, end in [("def f7(", "def f8("), ("def  f9(", "def f10(")]
    ]
    more = changed.replace("def f50(", "x = 1\n\n\ndef f50(")
    assert rendered(more, store) == format_python("a.py", more)
    assert given_to_black[3] == "x = 1\n"


def test_a_method_is_formatted_as_in_its_class(given_to_black: list[str]) -> None:
    """Where it has less room: the call has 82 characters."""
    call = "f(" + "a, " * 26 + "a)"
    source = (
        "class A:\n    x = 1\n\n    def f(self):\n        pass\n\n    def g(self):\n        pass\n"
    )
    _, known = format_by_pieces("a.py", source, {})
    changed = source.replace("        pass\n\n", f"        {call}\n\n")
    expected = format_python("a.py", changed)
    assert call not in expected
    made, kept = format_by_pieces("a.py", changed, known)
    assert made == expected and len(kept) == 3
    assert given_to_black[2:] == [f"class _:\n    def f(self):\n        {call}\n"]


@pytest.mark.parametrize("way", ["path", "kind", "no cache", "damaged", "no border", "short"])
def test_what_is_not_known_is_formatted(
    tmp_path: Path, given_to_black: list[str], way: str
) -> None:
    store = Store(tmp_path)
    before, path = LONG_MODULE, "a.py"
    if way == "kind":
        before, path = "\n\n".join(f"x{n} = {'return' * 30!r}" for n in range(60)), "a.pyi"
    elif way == "no border":
        before = LONG_MODULE.replace("\n\n", "\n# no border\n")
    elif way == "short":
        before = LONG_MODULE[: LONG - 1].rpartition("\n\n")[0]
    rendered(before, store, path)
    changed = before.replace("return", "yield", 1)
    if way == "damaged":
        for file in tmp_path.glob("*.sqlite"):
            file.write_bytes(file.read_bytes().replace(b'\\"a\\": 7}', b'\\"a\\": 8}'))
    path = "b.py" if way == "path" else path
    made = rendered(changed, None if way == "no cache" else store, path)
    assert given_to_black[1:] == [changed]
    assert made == format_python(path, changed)


def test_where_black_leaves_other_lines_blank_the_whole_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As it might in another year."""
    _, known = format_by_pieces("a.py", LONG_MODULE, {})
    changed = LONG_MODULE.replace("'a' : 7}", "'b' : 7}").replace("'a' : 8}", "'b' : 8}")
    real = black.format_str

    def other(text: str, *, mode: black.Mode) -> str:
        return real(text, mode=mode).replace("\n\n\n", "\n\n")

    monkeypatch.setattr(black, "format_str", other)
    whole = format_python("a.py", changed)
    assert "\n\n\n" not in whole
    for met in ({}, known):
        assert format_by_pieces("a.py", changed, met) == (whole, {})


def test_where_black_fails_at_a_piece_the_whole_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """So what it says names the line in the module."""
    _, known = format_by_pieces("a.py", LONG_MODULE, {})
    changed = LONG_MODULE.replace("return", "yield", 1)
    real = black.format_str

    def fail(text: str, *, mode: black.Mode) -> str:
        if text != changed:
            raise black.InvalidInput("1:1")
        return real(text, mode=mode)

    monkeypatch.setattr(black, "format_str", fail)
    expected = format_python("a.py", changed)
    assert format_by_pieces("a.py", changed, known) == (expected, {})
