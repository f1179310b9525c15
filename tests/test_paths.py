"""Paths against request lines: the short way gives what the pattern gives."""

import re
from urllib.parse import unquote

from hypothesis import given
from hypothesis import strategies as st

from generator.diagnostics import Span
from generator.model.paths import pattern, read_template, values_in
from generator.pages.facts import TemplateFact

SEGMENTS = [
    *(
        "users",
        "Users",
        "{id}",
        "{user-id}",
        "root:",
        "{a}-{b}",
        "fn(x={x})",
        "fn(x='{x}')",
        "$count",
    ),
    *("{path}:", "a%20b", "%7Bx%7D", "", "microsoft.graph.user", "ſ"),
]
ASKED = [
    *("users", "USERS", "1", "x y", "a b", "{x}", "", "fn(x=1)", "fn(x='1')", "root:", "1-2", "s")
]


@given(
    st.lists(st.sampled_from(SEGMENTS), min_size=1, max_size=4),
    st.lists(st.sampled_from([*SEGMENTS, *ASKED]), min_size=1, max_size=4),
    st.sampled_from([re.NOFLAG, re.I]),
)
def test_values_are_those_of_the_pattern(
    own: list[str], other: list[str], flags: re.RegexFlag
) -> None:
    template = read_template(
        TemplateFact("GET", "/" + "/".join(own), "", Span("x.md", 1)), {}
    ).value
    path = unquote("/" + "/".join(other))
    match = pattern(template, flags).fullmatch(path)
    found = values_in(template, path, flags)
    if flags and "ſ" in path + "".join(own):
        return  # `re` folds fewer letters than `casefold`
    assert found == (match.groups() if match else None)
