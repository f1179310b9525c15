"""What all tests share: the real pages beside the repository."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus"

# A busy machine is slow, not wrong.
settings.register_profile("patient", deadline=None, derandomize=True)
settings.load_profile("patient")


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of the real pages; without it a test is skipped, and fails where CI is set."""
    if not CORPUS.is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail(f"the corpus is missing at {CORPUS}")
        pytest.skip(f"no corpus at {CORPUS}")
    return CORPUS
