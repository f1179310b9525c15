"""Whole runs: the pages of a folder, and everything that the tool makes of them.

A case is `cases/<name>/docs_in/`; beside it stands `expected/`: `diagnostics.txt`, `openapi.json`
and, where the Python is the point, what of the package depends on the pages.
"""

from pathlib import Path

import pytest

import packages
from generator.cache import Store
from generator.pipeline import Run, generate
from goldens import Golden

CASES = sorted(path.parent for path in (Path(__file__).parent / "cases").glob("*/docs_in"))
# Cases whose Python is the point: names, namespaces, an unfinished page.
WITH_PYTHON = {
    "content_in_place_of_json",
    "names_that_meet",
    "namespaces_share_a_name",
    "unfinished_page",
}
# The same in every package, whatever the pages: not stored with the cases.
COMMON = ("runtime/", "tests/_", "tests/__init__.py", ".gen-graph")


@pytest.fixture(scope="module")
def runs(store: Store) -> dict[str, Run]:
    """What is made of each case; what cases share is formatted once."""
    return {case.name: generate(case / "docs_in", jobs=1, store=store) for case in CASES}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Path, runs: dict[str, Run], golden: Golden) -> None:
    """The pages of a case give the findings and the files stored beside them, and no others."""
    run = runs[case.name]
    made = {"diagnostics.txt": "".join(f"{found}\n" for found in run.diagnostics)}
    for file in run.files:
        is_python = case.name in WITH_PYTHON and file.path.endswith(".py")
        if file.path == "openapi.json" or (is_python and not file.path.startswith(COMMON)):
            made[file.path] = file.text
    golden.tree(case / "expected", made)


def test_the_packages_work(runs: dict[str, Run], tmp_path: Path) -> None:
    """What every case makes can be imported, module by module, and passes its own tests."""
    for name, run in runs.items():
        packages.write(run, tmp_path / name)
        packages.check_texts(tmp_path / name)
        packages.check_openapi(tmp_path / name / "openapi.json")
    packages.import_all(tmp_path, *runs)
    packages.run_tests(tmp_path, *runs)
