"""Reading pages elsewhere: any executor will do, for all that travels can be pickled."""

import pickle
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import pytest

from generator.choices import Choices
from generator.pipeline import generate
from generator.style import Style

SAMPLE = Path(__file__).resolve().parents[1] / "docs_in"
BARE = Choices(emit=("models",), style=Style("none"))


class Elsewhere(Executor):
    """An executor of no library: what it is given and what it gives back travel as bytes."""

    def __init__(self) -> None:
        self.calls = 0

    def submit(self, fn: Callable[..., Any], /, *words: Any, **named: Any) -> Future[Any]:
        self.calls += 1
        fn, words, named = pickle.loads(pickle.dumps((fn, words, named)))
        done: Future[Any] = Future()
        done.set_result(pickle.loads(pickle.dumps(fn(*words, **named))))
        return done


def test_pages_are_read_by_an_executor_of_any_kind() -> None:
    elsewhere = Elsewhere()
    run = generate(SAMPLE, BARE, executor=elsewhere)
    assert elsewhere.calls > 1
    assert run.files == generate(SAMPLE, BARE, jobs=1).files


def test_pages_are_read_by_a_dask_cluster() -> None:
    """Skipped without distributed, which brings a server and is no part of the test extra."""
    distributed = pytest.importorskip("distributed")
    with distributed.Client(
        n_workers=1, threads_per_worker=1, processes=True, dashboard_address=None
    ) as client:
        run = generate(SAMPLE, BARE, executor=client.get_executor())
    assert run.files == generate(SAMPLE, BARE, jobs=1).files
