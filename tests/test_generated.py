"""The committed sample: it is what the tool makes of docs_in/ now, and it works.

Mend what is stale with: gen-graph docs_in/ -o generated/
"""

import json
import shutil
from pathlib import Path

import packages
from generator import __version__
from generator.disk import compare
from generator.run import Run

ROOT = Path(__file__).resolve().parents[1]
GENERATED = ROOT / "generated"


def test_it_is_current(sample_run: Run) -> None:
    """Mend with: gen-graph docs_in/ -o generated/"""
    stored = {
        path.relative_to(GENERATED).as_posix(): path.read_text(encoding="utf-8")
        for path in GENERATED.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    made = {file.path: file.text for file in (*sample_run.files, *sample_run.once)}
    stale = sorted(
        path for path in made.keys() | stored.keys() if made.get(path) != stored.get(path)
    )
    assert stale in ([], [".gen-graph.json"]), "run: gen-graph docs_in/ -o generated/"
    assert not compare(GENERATED, sample_run.files, __version__, once=sample_run.once)


def test_every_example_is_tested(sample_run: Run) -> None:
    """The sample shows what can be done; nothing of it is skipped."""
    assert sample_run.counts["examples skipped"] == 0
    assert sample_run.counts["examples tested"] > 40


def test_its_tests_pass() -> None:
    counts = packages.run_tests(ROOT, "generated/tests")
    assert counts["passed"] > 40 and "skipped" not in counts


def test_it_works_under_another_name(tmp_path: Path) -> None:
    """The package may be moved: every import in it is relative."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(GENERATED, tmp_path / "moved_elsewhere", ignore=ignored)
    assert packages.import_all(tmp_path, "moved_elsewhere") > 60
    packages.run_tests(tmp_path, "moved_elsewhere/tests")


def test_its_types_hold() -> None:
    """What is emitted passes mypy in its strict mode; pyright is slower, see `test_corpus.py`."""
    packages.check_with_mypy(ROOT, "generated")


def test_it_is_formatted() -> None:
    """In black's own style, whatever this repository's is."""
    empty = ["--config", "/dev/null", "--target-version", "py311"]
    done = packages.python(ROOT, "-m", "black", "--check", "-q", *empty, "generated")
    assert done.returncode == 0, done.stderr


def test_its_openapi_is_valid() -> None:
    packages.check_openapi(GENERATED / "openapi.json")


def test_its_texts_name_their_pages_and_no_clock() -> None:
    packages.check_texts(GENERATED)


def test_its_paths_are_short(sample_run: Run) -> None:
    assert max(len(file.path) for file in sample_run.files) <= 100


def test_its_openapi_has_every_type_and_operation(sample_run: Run) -> None:
    document = json.loads((GENERATED / "openapi.json").read_text(encoding="utf-8"))
    named = [name for name in document["components"]["schemas"] if name.startswith("microsoft.")]
    assert len(named) == sample_run.counts["types"] + sample_run.counts["enums"]
