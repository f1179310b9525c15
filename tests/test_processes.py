"""Processes beside this one: results in their order, whatever becomes of them."""

import os
import shutil
import signal
import time
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from generator.choices import Choices
from generator.pipeline import generate
from generator.processes import Assistant, cores, processes
from generator.running import Options, bring_up
from generator.sources import templates_folder
from generator.style import Style, StyleFault
from generator.values import Desk

BARE = Choices(style=Style("none"))
SAMPLE = Path(__file__).resolve().parents[1] / "docs_in"

pytestmark = pytest.mark.skipif(not Assistant.can_be_had(2), reason="no process can be copied")


def no_steps() -> Iterator[None]:
    return iter(())


def twice(number: int) -> int:
    return 2 * number


def long_text(text: str) -> str:
    return text + text


def here() -> int:
    return os.getpid()


def failing(number: int) -> int:
    if number == 2:
        raise ValueError("two is too much")
    return number


def dying() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.fixture
def assistant() -> Iterator[Assistant]:
    made = Assistant(no_steps())
    yield made
    made.close()


def test_an_assistant_works_elsewhere_and_in_order(assistant: Assistant) -> None:
    assert list(assistant.map(twice, [(3,), (1,), (2,)])) == [6, 2, 4]
    assert list(assistant.map(twice, [])) == []
    ((pid),) = assistant.map(here, [()])
    assert pid != os.getpid()


def test_work_begins_when_it_is_given(assistant: Assistant, tmp_path: Path) -> None:
    results = assistant.map(Path.touch, [(tmp_path / "begun",)])
    for _ in range(500):
        if (tmp_path / "begun").exists():
            break
        time.sleep(0.01)
    assert (tmp_path / "begun").exists()
    assert list(results) == [None]


def test_what_travels_may_be_longer_than_a_pipe(assistant: Assistant) -> None:
    texts = [letter * 3_000_000 for letter in "abc"]
    assert list(assistant.map(long_text, [(text,) for text in texts])) == [t + t for t in texts]


def test_what_fails_is_raised_here_and_ends_nothing(assistant: Assistant) -> None:
    results = assistant.map(failing, [(1,), (2,), (3,)])
    assert next(results) == 1
    with pytest.raises(ValueError, match="two is too much"):
        next(results)
    assert list(assistant.map(twice, [(4,)])) == [8]


def test_a_process_that_is_gone_is_said(assistant: Assistant) -> None:
    with pytest.raises(BrokenExecutor):
        list(assistant.map(dying, [()]))
    with pytest.raises(BrokenExecutor):
        for _ in range(100):  # what is written first may still find room in the pipe
            list(assistant.map(twice, [(1,)]))


def test_steps_are_taken_first_and_in_spare_time(tmp_path: Path) -> None:
    def steps() -> Iterator[None]:
        for number in range(5):
            (tmp_path / f"step{number}").touch()
            yield

    made = Assistant(steps())
    try:
        assert list(made.map(os.listdir, [(tmp_path,)])) == [["step0"]]
        for _ in range(500):
            if (tmp_path / "step4").exists():
                break
            time.sleep(0.01)
        assert len(list(tmp_path.iterdir())) == 5
        assert list(made.map(twice, [(1,)])) == [2]
    finally:
        made.close()


def test_it_ends_with_whoever_made_it(assistant: Assistant) -> None:
    (pid,) = assistant.map(here, [()])
    assistant.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_handful_is_left_to_the_assistant(assistant: Assistant) -> None:
    (its,) = assistant.map(here, [()])
    with processes(None, 1, assistant) as pool:
        assert pool is not None
        assert set(pool.map(pid_and, [1, 2])) == {(its, 1), (its, 2)}
        many = list(pool.map(pid_and, range(20)))
        assert [number for _, number in many] == list(range(20))
        assert its not in {pid for pid, _ in many}


def test_one_part_is_done_here_without_one() -> None:
    with processes(2, 1000) as pool:
        assert pool is not None
        assert list(pool.map(pid_and, [1])) == [(os.getpid(), 1)]


@pytest.mark.parametrize(("jobs", "pages"), [(1, 1000), (2, 3)])
def test_none_where_they_would_not_pay(jobs: int, pages: int) -> None:
    with processes(jobs, pages) as pool:
        assert pool is None
    assert not Assistant.can_be_had(1)
    assert cores() >= 1


def pid_and(number: int) -> tuple[int, int]:
    return os.getpid(), number


# ---- in a run


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The functions that assistants are asked for."""
    names: list[str] = []
    ask = Assistant._ask

    def noting(self: Assistant, fn: Any, arguments: tuple[Any, ...]) -> None:
        names.append(fn.__name__)
        ask(self, fn, arguments)

    monkeypatch.setattr(Assistant, "_ask", noting)
    return names


def settled(docs: Path) -> None:
    """The sample, old enough that its pages are known the next time."""
    shutil.copytree(SAMPLE, docs)
    time.sleep(0.1)


def changed(page: Path, number: int) -> None:
    text = page.read_text(encoding="utf-8")
    row = f"\n|label{number}|String|A label.|"
    at = text.index("\n", text.index("|:-", text.index("\n## Properties")))
    page.write_text(text[:at] + row + text[at:], encoding="utf-8")


def test_a_run_with_little_to_do_has_an_assistant(tmp_path: Path, asked: list[str]) -> None:
    docs, out = tmp_path / "docs", tmp_path / "out"
    settled(docs)
    options = Options(docs, out, BARE, cache=tmp_path / "cache")
    bring_up(options)
    assert asked == []  # everything is new
    changed(docs / "resources" / "user.md", 1)
    bring_up(options)
    assert asked == ["read_chunk", "render_chunk"]
    assert "label1" in (out / "models" / "user.py").read_text(encoding="utf-8")
    clean = generate(docs, BARE, jobs=1).files
    assert {f.path: f.data for f in clean} == {f.path: (out / f.path).read_bytes() for f in clean}
    bring_up(options)
    assert len(asked) == 2  # nothing is new
    changed(docs / "resources" / "user.md", 2)
    bring_up(replace(options, jobs=1))
    changed(docs / "resources" / "user.md", 3)
    bring_up(options, desk=Desk())  # who has all at hand that an assistant would get ready
    assert len(asked) == 2


def test_a_broken_template_is_said_with_an_assistant(tmp_path: Path, asked: list[str]) -> None:
    docs, out, own = tmp_path / "docs", tmp_path / "out", tmp_path / "own"
    settled(docs)
    template = own / "python" / "models" / "model.py.jinja"
    template.parent.mkdir(parents=True)
    shutil.copy(templates_folder() / "VIEWS.md", own)
    shutil.copy(templates_folder() / "python" / "models" / "model.py.jinja", template)
    options = Options(
        docs, out, Choices(style=Style("none", templates=str(own))), cache=tmp_path / "cache"
    )
    bring_up(options)
    changed(docs / "resources" / "user.md", 1)
    template.write_text("{{ nothing_of_that_name }}\n", encoding="utf-8")
    with pytest.raises(StyleFault, match="nothing_of_that_name"):
        bring_up(options)
    assert asked[:1] == ["read_chunk"]


def test_what_is_put_off_is_kept_once_the_desk_is_cleared(tmp_path: Path) -> None:
    docs, desk = tmp_path / "docs", Desk()
    settled(docs)
    options = Options(docs, tmp_path / "out", BARE, cache=tmp_path / "cache")
    bring_up(options)
    for number in (1, 2):  # the second run takes what the first one laid there
        changed(docs / "resources" / "user.md", number)
        assert bring_up(options, desk=desk).changes.changed
    desk.clear_up()
    assert bring_up(options).is_current  # for a process that knows nothing but the cache
    made = (tmp_path / "out" / "models" / "user.py").read_text(encoding="utf-8")
    assert "label1" in made and "label2" in made
