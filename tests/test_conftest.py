"""What tests share, tested: real pages that are missing are never passed over in silence."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
NEEDS_PAGES = "def test_needs_pages(corpus: object) -> None:\n    pass\n"


@pytest.mark.parametrize(("ci", "word"), [("true", "1 error"), ("", "1 skipped")])
def test_without_the_corpus(tmp_path: Path, ci: str, word: str) -> None:
    """Skipped with a reason; where CI is set, a failure."""
    folder = tmp_path / "elsewhere" / "tests"
    folder.mkdir(parents=True)
    for name in ("conftest.py", "goldens.py"):
        shutil.copy(TESTS / name, folder / name)
    (folder / "test_pages.py").write_text(NEEDS_PAGES, encoding="utf-8")
    env = {**os.environ, "CI": ci, "PYTHONPATH": str(TESTS.parent)}
    env["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # it starts sooner
    words = ["-m", "pytest", "-rsE", "-p", "no:cacheprovider", "-c", os.devnull, str(folder)]
    # Else it would clear away what earlier sessions left, which may take a minute.
    words += ["--basetemp", str(tmp_path / "base")]
    done = subprocess.run(
        [sys.executable, *words], capture_output=True, text=True, check=False, env=env
    )
    assert word in done.stdout and "corpus" in done.stdout
