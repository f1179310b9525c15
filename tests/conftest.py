"""What all tests share: the real pages beside the repository, the sample as it is made, and caches."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from generator.cache import Store
from generator.pipeline import generate
from generator.run import Run
from goldens import Golden

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus"

# A busy machine is slow, not wrong.
settings.register_profile("patient", deadline=None, derandomize=True)
settings.load_profile("patient")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-goldens", action="store_true", help="store what the code makes now as right"
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Compares with what is stored; see goldens.py."""
    return Golden(bool(request.config.getoption("--update-goldens")))


@pytest.fixture(scope="session")
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for caches (XDG_CACHE_HOME) for all tests that have another subject than the cache.

    It is new in each session, and one for all workers. What it holds is known by what it was made
    of: tests find no other results in it, whatever ran before, but find them sooner.
    """
    base = tmp_path_factory.getbasetemp()
    return (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "shared-cache"


@pytest.fixture(scope="session")
def store(shared_cache: Path) -> Store:
    """The store that the command finds in `shared_cache`."""
    return Store(shared_cache / "gen-graph")


@pytest.fixture(scope="session")
def sample_run(store: Store) -> Run:
    """What the tool makes of docs_in."""
    return generate(Path(__file__).parents[1] / "docs_in", jobs=1, store=store)


@pytest.fixture(scope="session", autouse=True)
def mypy_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What mypy learns of the libraries it learns once a worker; it shares no folder in safety."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MYPY_CACHE_DIR", str(tmp_path_factory.mktemp("mypy")))
        yield


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of the real pages; without it a test is skipped, and fails where CI is set."""
    if not CORPUS.is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail(f"the corpus is missing at {CORPUS}")
        pytest.skip(f"no corpus at {CORPUS}")
    return CORPUS
