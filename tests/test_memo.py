"""Work in units: what is kept is what would be made anew, and little is made anew."""

import random
import shutil
import sqlite3
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from edits import change
from generator.cache import Store
from generator.cache.store import FILE
from generator.choices import Choices
from generator.diagnostics import Parsed, Span, finding
from generator.disk import read_docs
from generator.memo import Batch, Kept, Memo
from generator.pipeline import generate_from
from generator.run import Run
from generator.style import Style
from generator.values import Desk

SAMPLE = Path(__file__).resolve().parents[1] / "docs_in"
QUICK = Choices(style=Style("none"))
Look = Callable[[Mapping[str, int]], object]


class Bench:
    """Runs of units over a mapping, in one store; tells which were done."""

    def __init__(self, folder: Path, is_batch: bool) -> None:
        self.store = Store(folder)
        self.is_batch = is_batch  # all units are of one kind, or each is the only one of its kind
        self.desk: Desk | None = None

    def run(self, values: Mapping[str, int], **units: Look) -> tuple[dict[str, Any], set[str]]:
        """The results of `units`, and which of them were done this time."""
        memo = Memo(self.store, desk=self.desk)
        told = self.work(memo, values, units)
        memo.keep()
        if self.desk is not None:
            self.desk.clear_up()
        return told

    def work(
        self, memo: Memo, values: Mapping[str, int], units: Mapping[str, Look]
    ) -> tuple[dict[str, Any], set[str]]:
        noted = memo.noted("values", values)
        done: set[str] = set()

        def do(name: str) -> Parsed[object]:
            done.add(name)
            said = finding("page-unfinished", Span("a.md", 1), text=name)
            return Parsed(units[name](noted), (said,))

        def nothing(value: object) -> None:
            """What of a value is to be known without reading it."""

        kept: Mapping[str, Kept[object]] = (
            memo.batch("units", dict.fromkeys(units, b""), do, nothing)
            if self.is_batch
            else {name: memo.work(name, b"", partial(do, name), nothing) for name in units}
        )
        assert list(kept) == list(units)
        found = {name: each.value for name, each in kept.items()}
        assert [each.diagnostics[0].message for each in kept.values()] == [
            finding("page-unfinished", Span("a.md", 1), text=name).message for name in units
        ]
        if isinstance(kept, Batch):
            assert list(kept.diagnostics()) == [each.diagnostics[0] for each in kept.values()]
        return found, done


@pytest.fixture(params=[True, False], ids=["one-batch", "many-batches"])
def bench(tmp_path: Path, request: pytest.FixtureRequest) -> Bench:
    return Bench(tmp_path, request.param)


LOOKS: dict[str, Look] = {
    "one": lambda values: values["a"],
    "other": lambda values: values.get("b"),
    "absent": lambda values: "c" in values,
    "keys": lambda values: sorted(values),
    "number": lambda values: len(values),
    "all": lambda values: sum(values.values()),
    "pairs": lambda values: sorted(values.items()),
    "nothing": lambda values: 0,
}


@pytest.mark.parametrize(
    ("after", "done"),
    [
        ({"a": 1, "b": 2}, set()),
        ({"a": 3, "b": 2}, {"one", "all", "pairs"}),
        ({"a": 1, "b": 4}, {"other", "all", "pairs"}),
        ({"a": 1, "b": 2, "c": 3}, {"absent", "keys", "number", "all", "pairs"}),
        ({"a": 1}, {"other", "keys", "number", "all", "pairs"}),
    ],
)
def test_a_unit_is_done_anew_where_something_that_it_met_has_changed(
    bench: Bench, after: dict[str, int], done: set[str]
) -> None:
    first, all_done = bench.run({"a": 1, "b": 2}, **LOOKS)
    assert all_done == set(LOOKS)
    found, again = bench.run(after, **LOOKS)
    assert again == done
    assert found == {name: look(after) for name, look in LOOKS.items()}
    assert bench.run(after, **LOOKS) == (found, set())


NEVER, ALWAYS = 1e9, 0.0  # so many of all units must be new for a run to write down all it knows


@pytest.mark.parametrize("many", [NEVER, ALWAYS])
def test_a_unit_that_was_left_out_is_done_anew(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, many: float
) -> None:
    """What it met may have changed meanwhile."""
    monkeypatch.setattr("generator.memo._MANY", many)
    one, other = LOOKS["one"], LOOKS["other"]
    bench.run({"a": 1, "b": 1}, one=one, other=other)
    bench.run({"a": 2, "b": 1}, other=other)
    bench.run({"a": 2, "b": 2}, other=other)
    after = {"a": 2, "b": 2}
    assert bench.run(after, one=one, other=other) == ({"one": 2, "other": 2}, {"one"})
    bench.run(after)
    assert bench.run(after, one=one, other=other)[1] == {"one", "other"}


@pytest.mark.parametrize("many", [NEVER, ALWAYS])
@pytest.mark.parametrize("has_desk", [True, False])
def test_what_a_unit_met_in_any_run_counts(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, many: float, has_desk: bool
) -> None:
    monkeypatch.setattr("generator.memo._MANY", many)
    bench.desk = Desk() if has_desk else None

    def further(values: Mapping[str, int], key: str) -> int:
        return values["c"] if values[key] > 1 else 0

    units: dict[str, Look] = {
        "first": lambda values: further(values, "a"),
        "second": lambda values: further(values, "b"),
        **{f"unit{n}": lambda values: 0 for n in range(20)},
    }
    bench.run({"a": 1, "b": 1, "c": 1}, **units)
    assert bench.run({"a": 2, "b": 1, "c": 1}, **units)[1] == {"first"}
    assert bench.run({"a": 2, "b": 2, "c": 1}, **units)[1] == {"second"}
    found, done = bench.run({"a": 2, "b": 2, "c": 3}, **units)
    assert done == {"first", "second"}
    assert (found["first"], found["second"]) == (3, 3)


@pytest.mark.parametrize("many", [NEVER, ALWAYS])
def test_what_goes_back_to_what_it_was_is_a_change(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, many: float
) -> None:
    monkeypatch.setattr("generator.memo._MANY", many)

    def run(one: int, other: int) -> tuple[list[int], list[str]]:
        done: list[str] = []
        kept = Memo(bench.store)
        mappings = {
            name: kept.noted(name, {"x": value}) for name, value in (("one", one), ("other", other))
        }

        def do(name: str) -> Parsed[int]:
            done.append(name)
            return Parsed(mappings[name]["x"])

        batch = kept.batch("units", dict.fromkeys(mappings, b""), do)
        kept.keep()
        return [batch[name].value for name in mappings], done

    assert run(1, 1) == ([1, 1], ["one", "other"])
    assert run(2, 1) == ([2, 1], ["one"])
    assert run(2, 2) == ([2, 2], ["other"])
    assert run(1, 2) == ([1, 2], ["one"])


def test_runs_at_one_time_leave_nothing_mixed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that is done last may not say what is different from what the other one wrote."""
    monkeypatch.setattr("generator.memo._MANY", NEVER)
    bench.run({"a": 1, "b": 1}, **LOOKS)
    slow = Memo(bench.store)
    bench.work(slow, {"a": 2, "b": 1}, LOOKS)
    with monkeypatch.context() as patched:
        patched.setattr("generator.memo._MANY", ALWAYS)
        bench.run({"a": 1, "b": 3}, **LOOKS)
    slow.keep()
    for values in ({"a": 1, "b": 1}, {"a": 2, "b": 3}, {"a": 2, "b": 1}):
        assert bench.run(values, **LOOKS)[0] == {name: look(values) for name, look in LOOKS.items()}


def test_what_another_process_found_out_is_known(bench: Bench) -> None:
    desk = bench.desk = Desk()
    bench.run({"a": 1, "b": 1}, **LOOKS)
    bench.desk = None
    assert bench.run({"a": 2, "b": 1}, **LOOKS)[1] == {"one", "all", "pairs"}
    bench.desk = desk
    assert bench.run({"a": 2, "b": 1}, **LOOKS)[1] == set()


def test_a_result_that_stays_the_same_ends_a_change(bench: Bench) -> None:
    done: list[str] = []

    def run(value: int, own: bytes = b"") -> str:
        memo = Memo(bench.store)
        noted = memo.noted("values", {"a": value})

        def parity(key: str) -> Parsed[int]:
            done.append("parity")
            return Parsed(noted[key] % 2)

        results = memo.results(memo.batch("parities", {"a": own}, parity, str))

        def word() -> Parsed[str]:
            done.append("word")
            return Parsed("odd" if results["a"] else "even")

        kept = memo.work("word", b"", word)
        memo.keep()
        assert kept.brief == kept.value
        return kept.value

    assert [run(1), run(1), run(3), run(3, b"new"), run(4)] == ["odd"] * 4 + ["even"]
    assert done == ["parity", "word", "parity", "parity", "parity", "word"]


def test_little_work_is_little_to_write(bench: Bench) -> None:
    many: dict[str, Look] = {f"unit{n}": lambda values, n=n: values[f"k{n}"] for n in range(200)}
    values = {f"k{n}": n for n in range(200)}
    bench.run(values, **many)

    def sizes() -> list[int]:
        with sqlite3.connect(bench.store.folder / FILE) as database:
            rows = database.execute("SELECT length(content) FROM entries").fetchall()
        return sorted(row[0] for row in rows)

    whole = sizes()[-1]
    for number in range(40):  # the units of many runs add up, and the outline is written anew
        values = {**values, f"k{number}": -number - 1}
        found, done = bench.run(values, **many)
        assert done == {f"unit{number}"}
        assert found == {f"unit{n}": values[f"k{n}"] for n in range(200)}
    assert sizes()[-2] < whole / 4
    left = {name: many[name] for name in list(many)[50:]}
    assert bench.run(values, **left)[1] == set()
    assert bench.run(values, **many)[1] == set(many) - set(left)


@pytest.mark.parametrize("keep", [0, 1, 2, 3])
def test_lost_entries_cost_time_alone(bench: Bench, keep: int) -> None:
    bench.run({"a": 1, "b": 2}, **LOOKS)
    found, _ = bench.run({"a": 5, "b": 2}, **LOOKS)
    with sqlite3.connect(bench.store.folder / FILE) as database:
        keys = sorted(row[0] for row in database.execute("SELECT key FROM entries"))
        for at, key in enumerate(keys):
            if at % 4 != keep:
                database.execute("DELETE FROM entries WHERE key = ?", (key,))
    assert bench.run({"a": 5, "b": 2}, **LOOKS)[0] == found
    assert bench.run({"a": 6, "b": 2}, **LOOKS)[0] == {
        name: look({"a": 6, "b": 2}) for name, look in LOOKS.items()
    }


def test_without_a_store_nothing_is_kept_and_all_is_the_same() -> None:
    memo = Memo()
    values = memo.noted("values", {"a": 1})
    batch = memo.batch("some", {"x": b"", "y": b""}, lambda key: Parsed(values["a"]))
    assert {key: (kept.value, kept.brief) for key, kept in batch.items()} == {
        "x": (1, 1),
        "y": (1, 1),
    }
    assert dict(memo.results(batch)) == {"x": 1, "y": 1}
    memo.fetch(batch.values())
    memo.keep()


# ---- the whole program


def outcome(run: Run) -> object:
    files = {file.path: file.sha256 for file in (*run.files, *run.once)}
    return files, run.diagnostics, run.counts, run.pages


def edited(
    docs: Path, folder: Path, seed: int, times: int, choices: Choices, desk: Desk | None = None
) -> None:
    """After each of several changes the run with a memory gives what a run without one gives."""

    def run(store: Store | None) -> Run:
        if desk is not None:
            desk.clear_up()  # what lies on it counts once it is kept
        return generate_from(read_docs(work), choices, store=store, desk=desk if store else None)

    work = folder / docs.name
    shutil.copytree(docs, work)
    if (beside := docs.parent / "includes").is_dir():
        shutil.copytree(beside, folder / "includes")
    chance = random.Random(seed)
    store = Store(folder / "cache")
    run(store)
    done: list[str] = []
    for _ in range(times):
        done += [change(work, chance) for _ in range(chance.choice([1, 1, 2]))]
        assert outcome(run(store)) == outcome(run(None)), done


def test_changed_pages_give_what_a_clean_run_gives(tmp_path: Path) -> None:
    edited(SAMPLE, tmp_path, 1, 6, QUICK)


def test_a_part_of_changed_pages_too(tmp_path: Path) -> None:
    edited(SAMPLE, tmp_path, 3, 3, Choices(style=Style("none"), only=("user*", "directoryEntry")))


def test_what_lies_at_hand_changes_nothing(tmp_path: Path) -> None:
    desk = Desk()
    edited(SAMPLE, tmp_path, 5, 5, QUICK, desk)
    assert desk


@pytest.mark.corpus
def test_changed_real_pages_give_what_a_clean_run_gives(corpus: Path, tmp_path: Path) -> None:
    edited(corpus / "graph-v1.0", tmp_path, 4, 4, QUICK)
