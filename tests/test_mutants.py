"""Emitted tests can fail: of the small faults that touch what an example shows, they find most.

`pytest -m mutants tests/test_mutants.py -s` lists the survivors.
"""

import random
from collections import Counter
from pathlib import Path

import pytest

import packages
from generator.pipeline import generate
from mutants import Mutant, mutants_of, resources_of, survivors

pytestmark = pytest.mark.mutants

ROOT = Path(__file__).resolve().parents[1]
FLOOR = 0.95
SEED = 5


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
    """All resources of docs_in, with mutants of every kind."""
    packages.write(generate(ROOT / "docs_in"), tmp_path / "made")
    chosen = random.Random(SEED)
    mutants = [
        mutant
        for resource in resources_of(tmp_path / "made")
        for mutant in mutants_of(tmp_path / "made", resource, chosen, 3)
    ]
    assert len({mutant.kind for mutant in mutants}) == 13
    check(tmp_path, mutants)


def test_forty_resources_of_the_corpus(corpus: Path, tmp_path: Path) -> None:
    packages.write(generate(corpus / "graph-v1.0"), tmp_path / "made")
    chosen = random.Random(SEED)
    resources = sorted(chosen.sample(resources_of(tmp_path / "made"), 40))
    mutants = [
        mutant
        for resource in resources
        for mutant in mutants_of(tmp_path / "made", resource, chosen, 1)
    ]
    assert len(mutants) > 300
    check(tmp_path, mutants)
