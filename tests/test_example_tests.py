"""Emitted tests as a person meets them: what they name, and what they say when they fail."""

import re
from pathlib import Path

import pytest

import packages
from generator.cache import Store
from generator.pipeline import generate
from generator.run import Run

ROOT = Path(__file__).resolve().parents[1]
CASE = ROOT / "tests" / "cases" / "examples_that_do_not_fit" / "docs_in"


@pytest.fixture(scope="module")
def tests_of_the_case(store: Store) -> str:
    """The emitted tests of a page whose examples contradict its tables."""
    run = generate(CASE, jobs=1, store=store)
    return next(file.text for file in run.files if file.path == "tests/test_ship.py")


@pytest.mark.parametrize(
    "named",
    [
        'one(Ship, unknown=("Name", "funnel"), unfit=("length", "state"))',
        'filled={"value.built": {"String (timestamp)": "2024-05-01T08:00:00Z"}}',
        'path="/ships/4"',
        "sends_body=False",
        "exchange.body(Ship)",
    ],
)
def test_what_contradicts_is_named(tests_of_the_case: str, named: str) -> None:
    assert named in tests_of_the_case


@pytest.mark.parametrize(
    ("file", "old", "new", "said", "shows_messages"),
    [
        (
            "endpoints/user_flow.py",
            '"/identity/userFlows/{user_flow_id}",',
            '"/identity/flows/{user_flow_id}",',
            ["differs: the path", "documented: /v1.0/identity/userFlows/", "/identity/flows/"],
            True,
        ),
        (
            "models/user_flow.py",
            '"displayName"',
            '"name"',
            ["differs: the properties in no table", "api/userflow-get.md:77"],
            True,
        ),
        (
            "models/entity.py",
            'wire("id"',
            'wire("key"',
            ["resources/", "is missing"],
            False,
        ),
    ],
)
def test_a_failure_shows_the_page_beside_what_happened(
    sample_run: Run,
    tmp_path: Path,
    file: str,
    old: str,
    new: str,
    said: list[str],
    shows_messages: bool,
) -> None:
    """The page and its line, what differs, and both messages in two columns."""
    packages.write(sample_run, tmp_path / "made")
    path = tmp_path / "made" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    done = packages.python(tmp_path, "-m", "pytest", "-q", "-p", "no:cacheprovider", "made/tests")
    assert done.returncode == 1
    for words in said:
        assert words in done.stdout, done.stdout[-3000:]
    if shows_messages:
        assert re.search(r"^E +(GET|HTTP)\S* .+ [|>] \S", done.stdout, re.M), done.stdout[-3000:]
