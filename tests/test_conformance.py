"""What fits a type is the same to those who plan tests and to the emitted package that runs them."""

from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from generator.model.conformance import fits
from generator.render.environment import fill


@pytest.fixture(scope="module")
def edm() -> ModuleType:
    """The emitted module that reads primitive values."""
    module = ModuleType("edm")
    exec(fill("python/runtime/edm.py.jinja", {}), module.__dict__)
    return module


NAMES = [
    *("Binary", "Boolean", "Date", "DateTimeOffset", "Decimal", "Double", "Duration", "Guid"),
    *("Int64", "Single", "String", "TimeOfDay"),
]
DATE = r"\d{4}-[01]\d-[0-3]\d"
TIME = r"[0-2]\d:[0-6]\d(:[0-6]\d(\.\d{1,13})?)?"
TEXTS = st.one_of(
    st.from_regex(DATE, fullmatch=True),
    st.from_regex(rf"{DATE}[Tt ]{TIME}([Zz]|[+-]\d\d:?\d\d)?", fullmatch=True),
    st.from_regex(TIME, fullmatch=True),
    st.from_regex(r"[+-]?P(\d+[YMWD]){0,3}(T(\d+(\.\d+)?[HMS]){0,3})?", fullmatch=True),
    st.from_regex(r"[0-9A-Fa-f]{8}-([0-9A-Fa-f]{4}-){2,3}[0-9A-Fa-f]{12}", fullmatch=True),
    st.from_regex(r"[+-]?\d{1,20}(\.\d+)?([eE][+-]?\d{1,3})?", fullmatch=True),
    st.from_regex(r"[A-Za-z0-9+/_-]{0,9}={0,3}", fullmatch=True),
    st.sampled_from(["NaN", "INF", "-INF", "true", "", "2024-02-30", "2024-02-30T08:00:00Z"]),
    st.text(),
)
VALUES = st.one_of(
    TEXTS,
    st.booleans(),
    st.integers(-(2**65), 2**65),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([10**400, "P999999999999Y", "PT" + "9" * 30 + "H"]),
    st.just([]),
    st.just({}),
)


@pytest.mark.parametrize("name", NAMES)
@given(value=VALUES)
def test_what_fits_is_read(edm: ModuleType, name: str, value: Any) -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(getattr(edm, name))
    try:
        adapter.validate_python(value)
    except ValidationError:
        assert not fits(value, f"Edm.{name}")
    else:
        assert fits(value, f"Edm.{name}")


@pytest.mark.parametrize("name", ["Byte", "SByte", "Int16", "Int32"])
@given(value=TEXTS | st.floats() | st.booleans())
def test_what_is_no_number_is_no_integer(edm: ModuleType, name: str, value: Any) -> None:
    """An integer out of range is an integer in Python all the same."""
    assert not fits(value, f"Edm.{name}")
    with pytest.raises(ValidationError):
        TypeAdapter(getattr(edm, name)).validate_python(value)
