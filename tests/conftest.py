"""What all tests share: the real pages beside the repository."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

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
def corpus() -> Path:
    """The folder of the real pages; without it a test is skipped, and fails where CI is set."""
    if not CORPUS.is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail(f"the corpus is missing at {CORPUS}")
        pytest.skip(f"no corpus at {CORPUS}")
    return CORPUS
