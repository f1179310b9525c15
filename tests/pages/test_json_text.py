"""JSON as authors write it: what is repaired, what is refused, and where."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.diagnostics import Span
from generator.pages.facts import JsonFact
from generator.pages.json_text import locate, read_json, strict_text

SPAN = Span("api/user-get.md", 40, 1, 40)

REPAIRED = [
    ('{"a": 1,}', {"a": 1}, "trailing comma"),
    ('{"a": [1, 2, ], }', {"a": [1, 2]}, "trailing comma"),
    ('{"a": 1 // one\n}', {"a": 1}, "comment"),
    ('{/* one */ "a": 1}', {"a": 1}, "comment"),
    ('{"a": 1} // not closed /*', {"a": 1}, "comment"),
    ("{'a': 'it''s'}", {"a": "it''s"}, "single quotes"),
    ("{'a': 'don't'}", {"a": "don't"}, "single quotes"),
    ('{a: 1, @odata.type: "x"}', {"a": 1, "@odata.type": "x"}, "unquoted key"),
    ('{\u00a0"a": 1}', {"a": 1}, "blank U+00A0"),
    ('\ufeff{"a": 1}', {"a": 1}, "blank U+FEFF"),
    (
        '{"a": "one\ntwo\t"}',
        {"a": "one\ntwo\t"},
        "raw line end or control character in a string",
    ),
    ('{"a": 007}', {"a": 7}, "leading zero"),
    ('{"a": -012.5}', {"a": -12.5}, "leading zero"),
    ('{"a": +5}', {"a": 5}, "plus sign"),
    ('{"a": 5.}', {"a": 5.0}, "number without decimals"),
    ('{"a": 00:00:00, "b": 1}', {"a": "00:00:00", "b": 1}, "unquoted text"),
    ('{"a": 2017-01-01T00:00:00Z}', {"a": "2017-01-01T00:00:00Z"}, "unquoted text"),
    ('{"a": String (timestamp)\n}', {"a": "String (timestamp)"}, "unquoted text"),
    ('{"a": <id>}', {"a": "<id>"}, "unquoted text"),
    ('{"a": NaN}', {"a": "NaN"}, "unquoted text"),
    ('{"a": -Infinity}', {"a": "-Infinity"}, "unquoted text"),
    ('{"a": {user id}}', {"a": "{user id}"}, "bare placeholder"),
    ('{"a": True, "b": None}', {"a": True, "b": None}, "true, false or null in capitals"),
    ('{"a": 1 "b": 2}', {"a": 1, "b": 2}, "missing comma"),
    ('[{"a": 1}\n{"a": 2}]', [{"a": 1}, {"a": 2}], "missing comma"),
    ('{"a": 1,, "b": 2}', {"a": 1, "b": 2}, "doubled comma"),
    ('{"a": , "b": 2}', {"a": None, "b": 2}, "missing value"),
    ('{"a": [1, ...], ...}', {"a": [1]}, "ellipsis"),
    ('{"a": ..., "b": 1}', {"b": 1}, "ellipsis"),
    ('{"a": \u2026}', {}, "ellipsis"),
    ("{\u201ca\u201d: \u201cb\u201d}", {"a": "b"}, "typographic quotes"),
    ('{"a": \u2018b\u2019}', {"a": "b"}, "typographic quotes"),
    ('{"a\u201d: 1,\n"b": 2}', {"a": 1, "b": 2}, "typographic quotes"),
    ('{"a": "one,\n"b": "two"}', {"a": "one", "b": "two"}, "missing closing quote"),
    ('{"a": 1, "a": 2}', {"a": 2}, "duplicate key"),
    ('{"a": [1, 2', {"a": [1, 2]}, "missing ']' at the end, missing '}' at the end"),
    ('{"a": 1}}', {"a": 1}, "stray '}' at the end"),
    ('{"a": 1},', {"a": 1}, "stray ',' at the end"),
    ('{"a": "C:\\Users"}', {"a": "C:\\Users"}, "escape unknown to JSON"),
    ('{"a": "\\ud800!"}', {"a": "\ufffd!"}, "half of a character in an escape"),
    ('{"a": 1e999}', {"a": "1e999"}, "number too large"),
]


@pytest.mark.parametrize(("text", "value", "faults"), REPAIRED)
def test_repairs(text: str, value: object, faults: str) -> None:
    """The value is what the author meant, each kind of repair is named once, and what a test would
    hold is strict."""
    fact, said = read_json(text, SPAN)
    assert fact is not None
    assert fact.value == value
    assert ", ".join(fact.faults) == faults
    assert [d.code for d in said] == ["body-repaired"]
    assert faults in said[0].message
    assert json.loads(strict_text(fact)) == value


STRICT = [
    ("{}", {}),
    ('{"a": [1, 1.5, -0, 1e3, true, null]}', {"a": [1, 1.5, 0, 1000.0, True, None]}),
    (
        '{"a": "\u201cquoted\u201d and \u2018so\u2019 // on ..."}',
        {"a": "\u201cquoted\u201d and \u2018so\u2019 // on ..."},
    ),
    ('{"a": "\\ud83d\\ude00"}', {"a": "\U0001f600"}),
    ("893", 893),
    (" [] \n", []),
    ('{"a": 12345678901234567890123}', {"a": 12345678901234567890123}),
]


@pytest.mark.parametrize(("text", "value"), STRICT)
def test_leaves_strict_json_alone(text: str, value: object) -> None:
    fact, said = read_json(text, SPAN)
    assert fact == JsonFact(text, value, SPAN)
    assert repr(fact.value) == repr(value)  # 1 is not 1.0, nor True
    assert said == ()
    assert strict_text(fact) == text


@pytest.mark.parametrize("text", ["1", "1.0", "-3", "2e2"])
def test_numbers_keep_their_kind(text: str) -> None:
    strict = read_json(f'{{"a": {text}}}', SPAN).value
    loose = read_json(f'{{"a": {text},}}', SPAN).value
    assert strict is not None and loose is not None
    assert repr(strict.value) == repr(loose.value)


UNREADABLE = [
    ("", 40, 1, "it is empty"),
    (" \n ", 40, 1, "it is empty"),
    ("{Raw bytes of the file}", 40, 2, "a key expected before 'Raw bytes of the fil'"),
    ("[Zip file of the app]", 40, 2, "a value expected before 'Zip file of the app]'"),
    ('{"a": {\n  "b",\n  "c"\n}}', 41, 6, "a colon expected before ','"),
    ('{"a": 1}\n{"b": 2}', 41, 1, "text after the end"),
    ('{"a": 1}\nContent-type: text/plain', 41, 1, "text after the end"),
    ('{"a": 1]', 40, 8, "a comma or '}' expected before ']'"),
    ("plain text", 40, 1, "a value expected before 'plain text'"),
    ('{"a": \'b}', 40, 7, "a string is not closed"),
    ("[" * 201 + "]" * 201, 40, 201, "nested too deeply"),
    ("[" * 100_000 + "]" * 100_000, 40, 201, "nested too deeply"),
    ('{"a":' * 100_000, 40, 5 * 200 + 1, "nested too deeply"),
]


@pytest.mark.parametrize(("text", "line", "column", "problem"), UNREADABLE)
def test_refuses(text: str, line: int, column: int, problem: str) -> None:
    """No guess where no meaning is plain; the finding stands where reading stopped."""
    fact, said = read_json(text, SPAN)
    assert fact is None
    assert [d.code for d in said] == ["body-unreadable"]
    assert (said[0].span.first, said[0].span.column) == (line, column)
    assert problem in said[0].message


def test_depth_of_200_is_read() -> None:
    for inner in ("", "1,"):
        assert read_json("[" * 200 + inner + "]" * 200, SPAN).value is not None


def test_finding_stands_at_the_first_fault() -> None:
    text = '{\n  "a": 1,\n  "b": 2, // two\n}'
    (said,) = read_json(text, SPAN).diagnostics
    assert (said.span.first, said.span.column) == (42, 9)
    assert (
        "(trailing comma, comment)" in said.message or "(comment, trailing comma)" in said.message
    )


def test_columns_of_the_first_line_count_from_the_span() -> None:
    (said,) = read_json("{a: 1}", Span("p.md", 7, 5, 7)).diagnostics
    assert (said.span.first, said.span.column) == (7, 6)


PLACES = [
    ((), 40, 1),
    (("value",), 41, 12),
    (("value", 0), 42, 5),
    (("value", 0, "displayName"), 42, 21),
    (("value", 1, "id"), 44, 14),
    (("value", 2), 40, 1),  # not there
    (("Value",), 40, 1),
]


@pytest.mark.parametrize("comma", ["", ","])
@pytest.mark.parametrize(("path", "line", "column"), PLACES)
def test_locate(path: tuple[str | int, ...], line: int, column: int, comma: str) -> None:
    """The same places in strict and in repaired text."""
    text = (
        '{\n  "value": [\n    {"displayName": "A, [B"},\n    {\n'
        f'       "id": "2"{comma}\n    }}\n  ]\n}}'
    )
    fact = read_json(text, SPAN).value
    assert fact is not None
    place = locate(fact, path)
    assert (place.path, place.first, place.column) == (SPAN.path, line, column)


def test_locate_in_text_that_cannot_be_read() -> None:
    assert locate(JsonFact("{nonsense", None, SPAN), ("a",)).first == 40


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(JSON, st.booleans(), st.sampled_from([None, 2]))
def test_strict_json_round_trips(value: object, ascii_only: bool, indent: int | None) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    fact, said = read_json(text, SPAN)
    assert fact is not None and not said
    assert repr(fact.value) == repr(value)


@given(st.dictionaries(st.text(), JSON, min_size=1, max_size=4))
def test_by_hand_as_by_the_decoder(value: dict[str, object]) -> None:
    """What the decoder reads, the reader by hand reads alike: only a comma makes the difference."""
    text = json.dumps(value, indent=1)
    fact = read_json(text[:-1].rstrip() + ",\n}", SPAN).value
    assert fact is not None
    assert fact.faults == ("trailing comma",)
    assert repr(fact.value) == repr(value)


PIECES = st.sampled_from(
    list("{}[]:,\"'\\/*.-+0123eE \n\t<>()")
    + ["true", "null", "NaN", "//", "/*", "*/", "...", "\u201c", "\u201d", "\u2019", "\u00a0"]
    + ["\\u", "\\ud800", "\\n", '"a"', '"a":', "a", "id", "@odata.type", "1e999", "\x00", "\u2026"]
)


@given(st.lists(PIECES, max_size=40).map("".join) | st.text())
def test_never_raises(text: str) -> None:
    """Whatever the text: a value and its faults, or one finding; and never a silent repair."""
    fact, said = read_json(text, SPAN)
    assert len(said) <= 1
    if fact is None:
        assert [d.code for d in said] == ["body-unreadable"]
        return
    assert bool(said) == bool(fact.faults)
    assert locate(fact, ()).first >= SPAN.first
    assert json.loads(strict_text(fact)) == fact.value
    strict_text(fact).encode("utf-8")


MEGABYTES = [
    '{"a": "' + "x" * 4_000_000 + '",}',
    "[" + '{"a": 1},' * 200_000 + "]",
    "[" + '"\\n",' * 300_000 + "]",
    '{"a": "' + '\n"' * 300_000,
    " " * 3_000_000 + "x",
    '{"a": ' + "\u00a0 " * 500_000 + "x y z",
    "/*" * 1_000_000,
    "[" + "'a " * 500_000,
    "[" + "..." * 500_000,
    "{" + "a " * 500_000,
]


@pytest.mark.parametrize(
    "text", MEGABYTES, ids=lambda text: text[:12].encode("unicode_escape").decode()
)
def test_large_texts_take_linear_time(text: str) -> None:
    started = time.perf_counter()
    read_json(text, SPAN)
    assert time.perf_counter() - started < 20  # the worst takes about a second; squared, minutes
