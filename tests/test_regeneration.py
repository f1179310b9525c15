"""Running again: what is touched, what is kept, what a killed run leaves, and waiting for changes."""

import os
import pty
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from edits import change
from generator import pipeline
from generator.cli import main
from generator.disk import MANIFEST, reading
from generator.disk.comparing import STAGE
from generator.settings import KEYS, read_settings

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "docs_in"
USER = "resources/user.md"
MODEL = "models/user.py"


@pytest.fixture(autouse=True)
def place(tmp_path: Path, shared_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the docs of one resource, one operation and its includes."""
    home = tmp_path / "home"
    for kind in ("api", "resources"):
        (home / "docs" / kind).mkdir(parents=True)
    for name in (USER, "api/user-get.md"):
        shutil.copy(SAMPLE / name, home / "docs" / name)
    shutil.copytree(SAMPLE / "includes", home / "docs/includes")
    (home / "pyproject.toml").write_text("")
    monkeypatch.chdir(home)
    monkeypatch.setenv("XDG_CACHE_HOME", str(shared_cache))
    return home


def gen(*words: str) -> int:
    return main(["docs", "-o", "out", *words])


def standing(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Content and time of each file below `folder`."""
    return {
        path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def texts(folder: Path) -> dict[str, bytes]:
    return {path: data for path, (data, _) in standing(folder).items()}


def reword(place: Path, old: str, new: str) -> None:
    page = place / "docs" / USER
    text = page.read_text()
    assert old in text
    page.write_text(text.replace(old, new))


# ---- nothing, or little, has changed


def test_an_unchanged_run_touches_nothing_and_says_the_same(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert gen("--fail-on", "error") in (0, 1)
    first = capsys.readouterr()
    before = standing(place / "out")
    monkeypatch.setattr(pipeline, "generate_from", None)  # it is not even asked
    for _ in range(3):
        gen("--fail-on", "error")
        again = capsys.readouterr()
        assert again.err == first.err
        assert re.sub(r"(files|seconds) .*", "", again.out) == re.sub(
            r"(files|seconds) .*", "", first.out
        )
    assert standing(place / "out") == before
    assert gen("--check") == 0


def test_a_page_that_says_the_same_ends_the_run_once_it_is_read(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An author in the front matter, a note for translators: facts and findings are as they were."""
    assert gen("--verbose") == 0
    before, first = standing(place / "out"), capsys.readouterr().err
    for number in range(3):
        reword(place, 'author: "', f'author: "{number}')
        (place / "docs" / USER).write_text((place / "docs" / USER).read_text() + "<!-- seen -->\n")
        with monkeypatch.context() as patch:
            patch.setattr(pipeline, "build_api", None)
            assert gen("--verbose") == 0
            assert capsys.readouterr().err == first
            patch.setattr(pipeline, "generate_from", None)
            assert gen("--verbose") == 0
            assert capsys.readouterr().err == first
    assert standing(place / "out") == before
    (place / "out" / MODEL).write_text("edited")
    reword(place, "<!-- seen -->\n", "")
    assert gen("--quiet") == 1
    assert gen("--quiet", "--force") == 0
    assert texts(place / "out") == {path: data for path, (data, _) in before.items()}


@pytest.mark.parametrize(
    "change",
    [
        lambda home: reword(home, "user", "user "),
        lambda home: (home / "docs/new.md").write_text("# New\n"),
        lambda home: (home / "docs/api/user-get.md").unlink(),
        lambda home: (home / "docs/LICENSE").write_text("mine"),
        lambda home: (home / "out/openapi.json").unlink(),
        lambda home: (home / "out" / STAGE).mkdir(),
        lambda home: (home / "out" / MANIFEST).write_text('{"files": {}}'),
        lambda home: (home / "out" / MODEL).write_text("edited"),
    ],
)
def test_every_change_is_seen(place: Path, monkeypatch: pytest.MonkeyPatch, change: object) -> None:
    assert gen("--quiet") == 0
    asked: list[object] = []
    real = pipeline.generate_from

    def noting(*words: object, **named: object) -> object:
        asked.append(words)
        return real(*words, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(pipeline, "generate_from", noting)
    assert gen("--quiet") == 0 and not asked
    assert callable(change)
    change(place)
    gen("--quiet")
    assert len(asked) == 1


@pytest.mark.parametrize("pages_change", [False, True])
def test_an_edit_of_the_same_size_at_the_same_time_is_seen(place: Path, pages_change: bool) -> None:
    """The moment of a write is coarse; a young file is read, not believed."""
    assert gen("--quiet") == 0
    if pages_change:
        time.sleep(0.06)
    assert gen("--quiet") == 0
    if pages_change:
        reword(place, "\n## Properties", "\nA sentence more.\n\n## Properties")
    model = place / "out" / MODEL
    before = model.stat()
    data = model.read_bytes()
    model.write_bytes(data[:-2] + b"#\n")
    os.utime(model, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert gen("--quiet") == 1


def test_other_settings_are_another_run(place: Path) -> None:
    quick = ("--quiet", "--formatter", "none")
    assert gen(*quick) == 0
    assert gen(*quick, "--emit", "openapi") == 0
    assert not (place / "out/models").exists()
    assert gen(*quick, "--no-cache") == 0
    assert (place / "out" / MODEL).exists()


def test_going_back_to_an_earlier_state_is_a_change(place: Path) -> None:
    """What was kept of the first run does not speak for the output of the second."""
    assert gen("--quiet") == 0
    before = texts(place / "out")
    reword(place, "| String ", "| Int32  ")
    assert gen("--quiet") == 0
    assert texts(place / "out") != before
    reword(place, "| Int32  ", "| String ")
    assert gen("--quiet") == 0
    assert texts(place / "out") == before


def test_only_what_a_change_reaches_is_written(place: Path) -> None:
    assert gen("--quiet") == 0
    before = standing(place / "out")
    reword(place, "\n## Properties", "\nA sentence more.\n\n## Properties")
    (place / "docs/api/user-get.md").unlink()
    assert gen("--quiet") == 0
    after = standing(place / "out")
    assert "endpoints/user.py" in before and "endpoints/user.py" not in after
    same = [path for path in after if before.get(path) == after[path]]
    assert "runtime/model.py" in same and "models/__init__.py" in same
    shutil.rmtree(place / "fresh", ignore_errors=True)
    assert main(["docs", "-o", "fresh", "--quiet"]) == 0
    assert texts(place / "fresh") == texts(place / "out")


@pytest.fixture
def opened(place: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files below the docs that have been read since, old enough to be believed."""
    names: list[str] = []
    read = reading._read

    def noting(root: Path, path: str, *more: Any) -> object:
        names.append(path)
        return read(root, path, *more)

    monkeypatch.setattr(reading, "_read", noting)
    (place / "docs/resources/extra.md").write_text(
        "# extra resource type\n\nNamespace: microsoft.graph\n\nAn extra.\n\n"
        "## Properties\n[!INCLUDE [x](../includes/EXTRA.md)]\n"
    )
    (place / "docs/includes/extra.md").write_text("|Property|Type|\n|:--|:--|\n|extra|String|\n")
    time.sleep(0.06)
    return names


def as_fresh(place: Path, capsys: pytest.CaptureFixture[str]) -> bool:
    """Whether a run leaves and says what one does that knows nothing; formats nothing."""
    plain = ("--formatter", "none", "--verbose")
    assert gen(*plain) == 0
    said = capsys.readouterr().err
    shutil.rmtree(place / "fresh", ignore_errors=True)
    assert main(["docs", "-o", "fresh/out", "--no-cache", *plain]) == 0
    return (texts(place / "out"), said) == (texts(place / "fresh/out"), capsys.readouterr().err)


def test_pages_are_opened_once(opened: list[str]) -> None:
    """Pages and includes that nobody has written to since are known by their marks."""
    assert gen("--quiet", "--formatter", "none") == 0
    all_of_them = set(opened)
    assert {USER, "api/user-get.md", "resources/extra.md", "includes/extra.md"} == all_of_them
    for words, read in (((), set()), (("--check",), set()), (("--no-cache",), all_of_them)):
        del opened[:]
        assert gen("--quiet", "--formatter", "none", *words) == 0
        assert set(opened) == read


def test_a_changed_page_alone_is_opened(place: Path, opened: list[str]) -> None:
    assert gen("--quiet", "--formatter", "none") == 0
    del opened[:]
    reword(place, "\n## Properties", "\nA sentence more.\n\n## Properties")
    assert gen("--quiet", "--formatter", "none") == 0
    assert set(opened) == {USER}
    reads: list[set[str]] = []
    for _ in range(3):
        time.sleep(0.06)
        del opened[:]
        assert gen("--quiet", "--formatter", "none") == 0
        reads.append(set(opened))
    # Once more if it was young when it was read, and then no more.
    assert reads[0] <= {USER} and reads[1:] == [set(), set()]


@pytest.mark.usefixtures("opened")
@pytest.mark.parametrize("name", [USER, "includes/extra.md"])
def test_a_page_of_the_same_size_and_time_is_seen(
    place: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert as_fresh(place, capsys)
    before, file = texts(place / "out"), place / "docs" / name
    stood = file.stat()
    file.write_text(re.sub(r"\|( ?)String", r"|\1Double", file.read_text(), count=1))
    os.utime(file, ns=(stood.st_atime_ns, stood.st_mtime_ns))
    assert file.stat().st_size == stood.st_size
    assert as_fresh(place, capsys) and texts(place / "out") != before


def test_a_page_that_is_changed_while_it_is_read_stops_the_run(
    place: Path, opened: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The facts are not in the cache, and the text is no longer the one that is known."""
    assert gen("--quiet") == 0
    before, real = texts(place / "out"), pipeline.generate_from

    def late(*words: Any, **named: Any) -> object:
        reword(place, "| String ", "| Double ")
        return real(*words, **{**named, "store": None})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline, "generate_from", late)
        assert gen("--quiet", "--header", "Another run.") == 2
    assert re.search(r"user\.md was changed while it was read; run again", capsys.readouterr().err)
    assert texts(place / "out") == before
    assert as_fresh(place, capsys) and texts(place / "out") != before


def test_any_changes_to_the_docs_give_what_a_fresh_run_gives(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(place / "docs")
    shutil.copytree(SAMPLE, place / "docs")
    chance = random.Random(6)
    done: list[str] = []
    for count in (0, 5, 1):
        done += [change(place / "docs", chance) for _ in range(count)]
        assert as_fresh(place, capsys), done
        time.sleep(0.06)


@pytest.mark.usefixtures("opened")
def test_a_lost_or_damaged_cache_costs_time_alone(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert as_fresh(place, capsys)
    file = next((tmp_path / "cache").rglob("*.sqlite"))
    whole, chance = file.read_bytes(), random.Random(2)
    for bytes_spoilt in (0, 30, 3000):
        data = bytearray(whole)
        for _ in range(bytes_spoilt):
            data[chance.randrange(len(data))] = chance.randrange(256)
        file.write_bytes(data if bytes_spoilt else data[: len(data) // 2])
        assert as_fresh(place, capsys)
    file.unlink()
    assert as_fresh(place, capsys)


# ---- files that somebody edited


def test_an_edited_file_is_kept_and_shown(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert gen("--quiet") == 0
    model = place / "out" / MODEL
    mine = model.read_text() + "# mine\n"
    model.write_text(mine)
    capsys.readouterr()
    assert gen() == 1
    out, err = capsys.readouterr()
    assert "1 edited and kept" in out
    assert f"{MODEL} was edited and is kept; --force overwrites it" in err
    assert f"--- generated/{MODEL}\n+++ yours/{MODEL}\n" in err and "\n+# mine\n" in err
    assert model.read_text() == mine
    assert gen("--check") == 1
    assert f"would keep edited {MODEL}" in capsys.readouterr().out
    reword(place, "| String ", "| Int32  ")  # what is generated for it changes: kept all the same
    assert gen("--quiet") == 1
    assert model.read_text() == mine
    assert gen("--quiet", "--force") == 0
    assert "# mine" not in model.read_text()
    assert gen("--check") == 0


def test_undoing_an_edit_ends_it(place: Path) -> None:
    assert gen("--quiet") == 0
    model = place / "out" / MODEL
    generated = model.read_text()
    model.write_text("mine")
    assert gen("--quiet") == 1
    reword(place, "| String ", "| Int32  ")
    assert gen("--quiet") == 1
    model.write_text(generated)  # as an earlier run left it
    assert gen("--quiet") == 0
    assert model.read_text() != generated


def test_an_adopted_file_is_theirs(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert gen("--quiet") == 0
    model = place / "out" / MODEL
    model.write_text("mine = 1\n")
    assert gen("--quiet", "--adopt") == 0
    assert model.read_text() == "mine = 1\n"
    capsys.readouterr()
    assert gen() == 0
    assert "mine" not in capsys.readouterr().err
    reword(place, "| String ", "| Int32  ")
    assert gen() == 0
    err = capsys.readouterr().err
    assert f"{MODEL} is yours, and the text generated for it has changed" in err
    assert "\n+mine = 1\n" in err
    assert gen("--quiet", "--force") == 0  # force is for what nobody adopted
    assert model.read_text() == "mine = 1\n"
    assert gen("--quiet", "--adopt") == 0
    capsys.readouterr()
    assert gen() == 0
    assert "is yours" not in capsys.readouterr().err
    model.unlink()  # given back
    assert gen("--quiet") == 0
    assert "mine" not in model.read_text()
    assert "adopted" not in (place / "out" / MANIFEST).read_text()


def test_an_edited_file_whose_page_is_gone(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = place / "out/endpoints/user.py"
    for words, code, there in (((), 1, True), (("--force",), 0, False), (("--adopt",), 0, True)):
        shutil.copy(SAMPLE / "api/user-get.md", place / "docs/api")
        shutil.rmtree(place / "out", ignore_errors=True)
        assert gen("--quiet") == 0
        path.write_text("mine\n")
        (place / "docs/api/user-get.md").unlink()
        capsys.readouterr()
        assert gen(*words) == code
        assert path.exists() is there
        assert ("its pages are gone" in capsys.readouterr().err) is (code == 1)
    assert "endpoints/user.py" not in (place / "out" / MANIFEST).read_text()


# ---- modes that write nothing


def test_diff_and_dry_run_write_nothing(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert gen("--quiet") == 0
    before = standing(place / "out")
    reword(place, "| String ", "| Int32  ")
    (place / "docs/api/user-get.md").unlink()
    capsys.readouterr()
    assert gen("--dry-run") == 0
    listed = capsys.readouterr().out.splitlines()
    assert f"would change {MODEL}" in listed and "would remove endpoints/user.py" in listed
    assert gen("--diff") == 0
    out = capsys.readouterr().out
    assert f"--- a/{MODEL}\n+++ b/{MODEL}\n@@ " in out
    assert "--- a/endpoints/user.py\n+++ /dev/null\n" in out
    assert "\x1b" not in out
    assert gen("--check", "--diff") == 1
    assert standing(place / "out") == before
    (place / "patch").write_text(out)
    command = ["git", "apply", "--unsafe-paths", "--directory", str(place / "out"), "patch"]
    subprocess.run(command, check=True)
    fresh = texts(place / "out")
    assert main(["docs", "-o", "fresh", "--quiet"]) == 0
    wanted = texts(place / "fresh")
    assert {p: t for p, t in fresh.items() if p != MANIFEST} == {
        p: t for p, t in wanted.items() if p != MANIFEST
    }


def test_a_terminal_shows_colours() -> None:
    def shown(**environment: str) -> bytes:
        reader, writer = pty.openpty()
        command = [sys.executable, "-m", "generator", "docs", "-o", "out", "--diff", "--emit"]
        env = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", **environment}
        process = subprocess.Popen(
            [*command, "openapi"], env=env, stdout=writer, stderr=subprocess.DEVNULL
        )
        os.close(writer)
        said = b""
        try:
            while part := os.read(reader, 65536):
                said += part
        except OSError:
            pass  # the terminal is closed from the other side
        os.close(reader)
        assert process.wait(60) == 0
        return said

    assert b"\x1b[32m+" in shown()
    assert b"\x1b" not in shown(NO_COLOR="1")


# ---- killed


def kill_at_random(
    place: Path, versions: list[Path], moments: int, longest: float, *words: str
) -> None:
    """Kill runs that turn one version's output into another's, then let one finish."""
    chance = random.Random(6)
    clean: list[dict[str, bytes]] = []
    for number, docs in enumerate(versions):
        out = str(place / f"clean{number}" / "out")
        assert main([str(docs), "-o", out, "--quiet", *words]) == 0
        clean.append(texts(Path(out)))
    output = place / "killed" / "out"
    command = [sys.executable, "-m", "generator"]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    killed = 0
    for moment in range(moments):
        docs = versions[moment % len(versions)]
        process = subprocess.Popen(
            [*command, str(docs), "-o", str(output), "--quiet", *words],
            env=env,
            start_new_session=True,
        )
        try:
            assert process.wait(chance.uniform(0.1, longest)) == 0
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            killed += 1
        for path, data in texts(output).items() if output.exists() else ():
            if path != MANIFEST and not path.startswith(STAGE):
                assert data in [version.get(path) for version in clean], path
    assert killed >= moments // 3
    for number, docs in enumerate(versions):
        assert main([str(docs), "-o", str(output), "--quiet", *words]) == 0
        assert texts(output) == clean[number]


def test_killed_at_random_moments_the_next_run_repairs(place: Path) -> None:
    other = place / "other" / "docs"
    shutil.copytree(SAMPLE, place / "one" / "docs")
    shutil.copytree(SAMPLE, other)
    for page in sorted(other.rglob("*.md")):
        text = page.read_text()
        page.write_text(text.replace("| String ", "| Int32  ").replace(" the ", " The "))
    for page in sorted(other.glob("api/*.md"))[::3]:
        page.unlink()
    kill_at_random(
        place, [place / "one" / "docs", other], 8, 1.2, "--jobs", "2", "--formatter", "none"
    )


@pytest.mark.corpus
def test_fifty_kills_on_the_real_pages(place: Path, corpus: Path) -> None:
    """Half of them between the renames or close by: with what is cached, a run writes early."""
    other = place / "other" / "graph-v1.0"
    shutil.copytree(corpus / "graph-v1.0", other)
    for page in sorted(other.rglob("*.md"))[::2]:
        text = page.read_text(encoding="utf-8", errors="surrogateescape")
        page.write_text(
            text.replace("| String ", "| Int32  "), encoding="utf-8", errors="surrogateescape"
        )
    kill_at_random(place, [corpus / "graph-v1.0", other], 50, 9.0, "--formatter", "ruff")


# ---- watching


class Watched:
    """A `gen-graph --watch` and what it says, line by line."""

    def __init__(self, *words: str) -> None:
        command = [sys.executable, "-m", "generator", "docs", "-o", "out", "--watch", *words]
        self.process = subprocess.Popen(
            command,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().rstrip("\n")


@contextmanager
def watched(*words: str) -> Iterator[Watched]:
    found = Watched(*words)
    deadline = [signal.signal(signal.SIGALRM, lambda *_: found.process.kill()), signal.alarm(60)]
    try:
        yield found
        found.process.send_signal(signal.SIGINT)
        out, _ = found.process.communicate(timeout=20)
        assert found.process.returncode == 0
        assert out in ("", "gen-graph: stopped; the output is as it was\n")
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, deadline[0])
        found.process.kill()


def test_watch_follows_pages_includes_settings_and_templates(place: Path) -> None:
    (place / "own/python/models").mkdir(parents=True)
    (place / "notes").mkdir()  # beside the docs
    (place / "notes/note.md").write_text("A note.\n")
    reword(place, "## Properties", "[!INCLUDE [note](../../notes/note.md)]\n\n## Properties")
    (place / "pyproject.toml").write_text("[tool.gen-graph]\ntemplates = 'own'\n")
    with watched() as run:
        assert re.fullmatch(r"\d\d:\d\d:\d\d \d+ written, 0 removed; .* s", run.line())
        assert run.line().startswith("watching ")
        reword(place, "| String ", "| Int32  ")
        assert re.search(r" [1-9]\d* written, \d removed", run.line())
        assert "Int32" in (place / "out" / MODEL).read_text()
        (place / "docs/api/user-get.md").unlink()
        assert re.search(r" [1-9]\d* removed", run.line())

        bad = '[tool.gen-graph]\ntemplates = "own"\nemit = 3\n'
        (place / "pyproject.toml").write_text(bad)
        assert "must be" in run.line()
        good = '[tool.gen-graph]\ntemplates = "own"\nemit = "models"\n'
        (place / "pyproject.toml").write_text(good)
        assert " removed" in run.line()
        assert not (place / "out/openapi.json").exists()

        name = "python/models/model.py.jinja"
        ours = (ROOT / "templates" / name).read_text()
        (place / "own" / name).write_text("# Ours\n" + ours)
        assert " written" in run.line()
        assert "# Ours" in (place / "out" / MODEL).read_text()
        (place / "own" / name).write_text("{{ nothing }}")
        assert "'nothing' is undefined" in run.line()
        (place / "own" / name).write_text(ours)
        assert " written" in run.line()
        assert "# Ours" not in (place / "out" / MODEL).read_text()
        (place / "notes/note.md").write_text("Another note.\n")
        assert "0 removed" in run.line()


def test_several_saves_are_one_run(place: Path) -> None:
    with watched("--emit", "models") as run:
        assert "written" in run.line() and "watching" in run.line()
        for number in range(5):
            (place / f"docs/resources/new{number}.md").write_text("# New\n")
        line = run.line()
        time.sleep(1)
        assert "written" in line  # and nothing more is said: `watched` looks


# ---- templates of the user's own


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fine\n{% if %}", r"model\.py\.jinja:2: .*"),
        ("\n\n{{ nothing }}", r"model\.py\.jinja:3: 'nothing' is undefined .*"),
        ("\n{{ 1 / 0 }}", r"model\.py\.jinja:2: division by zero .*"),
        ("{{ name.nothing() }}", r"model\.py\.jinja:1: .*has no attribute 'nothing' .*"),
        ("{{ text | upper }}", r"model\.py\.jinja:1: No filter named 'upper'.*"),
        ("def (:", r"model\.py\.jinja: models/\w+\.py was rendered to no valid Python.*"),
    ],
)
def test_a_template_that_fails_is_named(
    place: Path, capsys: pytest.CaptureFixture[str], text: str, expected: str
) -> None:
    (place / "own/python/models").mkdir(parents=True)
    (place / "own/python/models/model.py.jinja").write_text(text)
    assert gen("--templates", "own", "--jobs", "1") == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert re.search(expected, err), err
    assert re.search(rf"\(for models/\w+\.py from {USER}\); correct the template$", err, re.M)
    assert not (place / "out").exists()


def test_a_copied_set_of_templates_changes_nothing_until_one_is_changed(place: Path) -> None:
    assert main(["templates", "--copy", "own"]) == 0
    assert gen("--quiet") == 0
    assert gen("--check", "--templates", "own") == 0
    package = place / "own/python/models/__init__.py.jinja"
    package.write_text(package.read_text() + "# ours\n")
    assert gen("--check", "--templates", "own") == 1
    assert main(["templates", "--copy", "own"]) == 2
    assert package.read_text().endswith("# ours\n")


# ---- starting


def test_init_writes_settings_that_hold_and_replaces_nothing(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init"]) == 2
    assert "pyproject.toml is there already" in capsys.readouterr().err
    (place / "pyproject.toml").unlink()
    assert main(["init", "--ci"]) == 0
    assert main(["--quiet"]) == 0
    assert (place / "generated" / MODEL).exists()
    text = (place / "pyproject.toml").read_text()
    (place / "templates").mkdir()
    (place / "overlays.yaml").touch()
    every = re.sub(r"^# (?=\w+(-\w+)* =)", "", text, flags=re.M).replace(
        '"identity"', '"generated"'
    )
    (place / "pyproject.toml").write_text(every)
    keys = set(read_settings(place).values)
    assert set(KEYS) - keys == {"cache", "quiet", "verbose", "timings", "report"}
    workflow = yaml.safe_load((place / ".github/workflows/gen-graph.yml").read_text())
    assert workflow["jobs"]["check"]["steps"][-1] == {"run": "gen-graph --check"}
    assert main(["--check", "--quiet"]) in (0, 1)
    named = every.replace("# [tool", "[tool").replace('# "', '"')
    (place / "pyproject.toml").write_text(named)
    assert main(["--check", "--quiet"]) == 1
    assert len(read_settings(place).names) == 4


def test_the_hooks_call_the_command_as_it_is(place: Path) -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    (place / "pyproject.toml").write_text('[tool.gen-graph]\ndocs = "docs"\noutput = "out"\n')
    codes = {}
    for hook in [*hooks[::-1], hooks[1]]:
        program, *words = hook["entry"].split()
        assert (program, hook["language"]) == ("gen-graph", "python")
        codes.setdefault(hook["id"], []).append(main([*words, "--quiet"]))
    assert codes == {"gen-graph-check": [1, 0], "gen-graph": [0]}
