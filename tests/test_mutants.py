"""Emitted tests can fail: of the small faults that touch what an example shows, they find most.

`pytest -m corpus -n 0 -s tests/test_mutants.py` lists the survivors.
"""

import random
from collections import Counter
from pathlib import Path

import pytest

import packages
from generator.choices import Choices
from generator.pipeline import generate
from generator.style import Style
from mutant_runs import survivors
from mutants import Mutant, mutants_of, resources_of, shared_mutants

pytestmark = pytest.mark.corpus

ROOT = Path(__file__).resolve().parents[1]
BARE = Choices(style=Style("none"))  # a format changes nothing that a test could notice
FLOOR = 0.95
SEED = 5
KINDS = {
    *("alias", "argument name", "argument value", "body type", "collection-ness"),
    *("dropped field", "encoding", "enum value", "field type", "field's collection-ness"),
    *("header", "method", "path segment", "polymorphic lookup", "query option"),
    *("return type", "what is sent"),
}


def check(folder: Path, mutants: list[Mutant]) -> None:
    """So many of the mutants of the package `made` in `folder` are noticed."""
    alive = survivors(folder, "made", mutants)
    for mutant in alive:
        print(f"survived: {mutant}")
    kinds = Counter(mutant.kind for mutant in mutants)
    killed = 1 - len(alive) / len(mutants)
    print(f"{killed:.1%} of {len(mutants)} killed: {dict(sorted(kinds.items()))}")
    assert killed >= FLOOR, "\n".join(map(str, alive))


def test_the_sample(tmp_path: Path) -> None:
    """All resources of docs_in and what they share, with mutants of every kind."""
    made = tmp_path / "made"
    packages.write(generate(ROOT / "docs_in", BARE), made)
    chosen = random.Random(SEED)
    mutants = [m for resource in resources_of(made) for m in mutants_of(made, resource, chosen, 3)]
    mutants += shared_mutants(made)
    assert {mutant.kind for mutant in mutants} == KINDS
    check(tmp_path, mutants)


def test_forty_resources_of_the_corpus(corpus: Path, tmp_path: Path) -> None:
    made = tmp_path / "made"
    packages.write(generate(corpus / "graph-v1.0", BARE), made)
    chosen = random.Random(SEED)
    resources = sorted(chosen.sample(resources_of(made), 40))
    mutants = [m for resource in resources for m in mutants_of(made, resource, chosen, 1)]
    assert len(mutants) > 400
    check(tmp_path, mutants)


def test_a_mutant_that_changes_nothing_lives(tmp_path: Path) -> None:
    """Whoever kills everything has a broken clock: a comment is no fault."""
    made = tmp_path / "made"
    packages.write(generate(ROOT / "docs_in", BARE), made)
    file = "endpoints/user.py"
    text = (made / file).read_text(encoding="utf-8")
    harmless = Mutant("none", file, 0, text[:1], text[:1], ("tests/test_user.py",))
    harmful = Mutant("all", file, 0, text[:1], "!", ("tests/test_user.py",))
    assert survivors(tmp_path, "made", [harmful, harmless, harmful]) == [harmless]
