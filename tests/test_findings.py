"""Every finding that the tool can make is made by some page of the tests."""

import re
from pathlib import Path

import pytest

from generator.diagnostics import RULES

TESTS = Path(__file__).parent
# Those that need more than a page: a link on disk that leads away from the docs, a setting.
ELSEWHERE = {
    "page-outside": "test_disk.py",
    "name-unused": "test_choices.py",
    "slice-narrowed": "test_choices.py",
    "overlay-applied": "test_overlays.py",
    "overlay-stale": "test_overlays.py",
    "overlay-unmatched": "test_overlays.py",
    "overlay-unreadable": "test_overlays.py",
}


def fired() -> set[str]:
    """The codes in the stored texts of fragments and cases."""
    codes: set[str] = set()
    for file in (TESTS / "fragments").rglob("*.txt"):
        text = file.read_text(encoding="utf-8")
        codes.update(re.findall(r"^\d+:\d+ ([a-z0-9-]+): ", text, re.MULTILINE))
    for file in (TESTS / "cases").glob("*/expected/diagnostics.txt"):
        text = file.read_text(encoding="utf-8")
        codes.update(re.findall(r"\[([a-z0-9-]+)\]$", text, re.MULTILINE))
    return codes


@pytest.mark.parametrize("code", sorted(RULES))
def test_a_finding_is_made_by_a_page(code: str) -> None:
    """A finding without a page that causes it is one whose wording nobody has read."""
    if code in ELSEWHERE:
        assert f'"{code}"' in (TESTS / ELSEWHERE[code]).read_text(encoding="utf-8")
    else:
        assert code in fired(), f"write the fragment or the case that makes '{code}'"


def test_no_stored_finding_is_unknown() -> None:
    assert fired() <= set(RULES)
