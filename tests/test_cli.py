"""The command: what it refuses, what it prints, its exit codes. Run on one page where it can be."""

import os
import pty
import random
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from generator import __version__, pipeline
from generator.choices import Choices
from generator.cli import main
from generator.console import ProgressBar, finding_lines, summary_lines
from generator.diagnostics import Diagnostic, Parsed, Span, finding
from generator.disk import MANIFEST, Changes, read_docs
from generator.gathering import gather_facts
from generator.pages.reading import read_page
from generator.pipeline import OUTPUTS, generate, generate_from
from generator.processes import cores
from generator.run import Run
from generator.settings import KEYS, read_settings
from generator.style import Style
from generator.textfile import Docs, Includes, Source, TextFile

ROOT = Path(__file__).resolve().parents[1]
BARE = Choices(style=Style("none"))  # what is formatted is looked at elsewhere

PAGE = """---
title: "thing resource type"
description: "A thing."
doc_type: resourcePageType
---
# thing resource type

Namespace: microsoft.graph

A thing.

## Properties

|Property|Type|Description|
|:---|:---|:---|
|name|String|Its name.|
|part|[missing](missing.md)|A type that no page describes.|

## JSON representation

<!-- {"blockType": "resource", "@odata.type": "microsoft.graph.thing"} -->
```json
{"@odata.type": "#microsoft.graph.thing", "name": "String"}
```
"""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, shared_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own with docs of one page, and its own pyproject.toml above it."""
    home = tmp_path / "home"
    (home / "docs" / "resources").mkdir(parents=True)
    (home / "docs" / "resources" / "thing.md").write_text(PAGE)
    (home / "pyproject.toml").write_text("")
    monkeypatch.chdir(home)
    monkeypatch.setenv("XDG_CACHE_HOME", str(shared_cache))
    return home


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Iterator[pytest.CaptureFixture[str]]:
    capsys.readouterr()
    yield capsys


def refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """The one sentence with which the command refuses `words`."""
    capsys.readouterr()
    assert main(words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("gen-graph: ") and err.count("\n") == 1, err
    return err.removeprefix("gen-graph: ").rstrip("\n")


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


# ---- the way through


def test_a_run_writes_a_package_and_a_second_one_nothing(
    place: Path, said: pytest.CaptureFixture[str]
) -> None:
    assert main(["docs", "-o", "out"]) == 0
    out, err = said.readouterr()
    assert re.search(r"^pages +1 \(1 resource\)$", out, re.M)
    written = len(files(place / "out")) - 1  # without the list
    looked_at = written - 1  # nor at the user's own place, once it is there
    assert f"files      {written} written, 0 unchanged, 0 removed" in out
    assert re.search(r"^resources/thing\.md:\d+:\d+: error: .*\[type-undocumented\]$", err, re.M)
    before = files(place / "out")
    assert main(["docs", "-o", "out"]) == 0
    assert f"files      0 written, {looked_at} unchanged, 0 removed" in said.readouterr().out
    assert files(place / "out") == before


def test_check_writes_nothing_and_lists_what_would_change(
    place: Path, said: pytest.CaptureFixture[str]
) -> None:
    assert main(["docs", "-o", "out", "--check"]) == 1
    assert "would add models/thing.py" in said.readouterr().out.splitlines()
    assert not (place / "out").exists()
    assert main(["docs", "-o", "out", "--quiet"]) == 0
    assert said.readouterr() == ("", "")
    assert main(["docs", "-o", "out", "--check"]) == 0
    assert said.readouterr().out == ""
    (place / "docs/resources/thing.md").write_text(PAGE.replace("|name|", "|label|"))
    (place / "out/openapi.json").unlink()
    before = files(place / "out")
    assert main(["docs", "-o", "out", "--check"]) == 1
    out = said.readouterr().out.splitlines()
    assert "would change models/thing.py" in out
    assert "would add openapi.json" in out
    assert files(place / "out") == before


def test_fail_on_counts_findings_and_writes_all_the_same(place: Path) -> None:
    assert main(["docs", "-o", "out", "--fail-on", "error"]) == 1
    assert (place / "out/models/thing.py").exists()
    fine = PAGE.replace("|part|[missing](missing.md)|A type that no page describes.|\n", "")
    (place / "docs/resources/thing.md").write_text(fine)
    assert main(["docs", "-o", "out", "--fail-on", "warning"]) == 0


def test_emit_chooses(place: Path) -> None:
    assert main(["docs", "-o", "out", "--emit", "openapi"]) == 0
    assert sorted(path for path in files(place / "out") if path.endswith((".py", ".json"))) == [
        MANIFEST,
        "openapi.json",
    ]
    assert main(["docs", "-o", "out", "--emit", "models, openapi"]) == 0
    assert {"models/thing.py", "openapi.json"} <= set(files(place / "out"))
    assert main(["docs", "-o", "out", "--emit", "models", "--emit", "openapi", "--check"]) == 0


def test_package_names_a_folder_below_the_output(place: Path) -> None:
    assert main(["docs", "-o", "not-a-name", "--package", "things"]) == 0
    assert (place / "not-a-name/things/models/thing.py").exists()


def test_jobs_do_not_change_the_bytes(place: Path) -> None:
    for number in range(70):  # enough pages for processes to start
        name = f"thing{number}"
        text = PAGE.replace("thing", name).replace("missing.md", f"thing{number // 2}.md")
        (place / f"docs/resources/{name}.md").write_text(text)
    assert main(["docs", "-o", "one", "--jobs", "1"]) == 0
    assert main(["docs", "-o", "two", "--jobs", "2"]) == 0
    assert files(place / "one") == files(place / "two")


def test_the_order_of_the_pages_does_not_change_the_bytes(place: Path) -> None:
    pages = [TextFile(f"resources/t{n}.md", PAGE.replace("thing", f"t{n}")) for n in range(5)]
    runs = [
        generate_from(Parsed(Docs(tuple(ordered), Includes(), Source("docs"))), choices=BARE)
        for ordered in (pages, pages[::-1])
    ]
    assert runs[0].files == runs[1].files
    assert runs[0].diagnostics == runs[1].diagnostics


def test_pages_are_read_by_any_executor(place: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    with ThreadPoolExecutor(3) as executor:
        run = generate(
            "docs", executor=executor, progress=lambda *step: seen.append(step), choices=BARE
        )
    assert run.files == generate("docs", choices=BARE).files
    assert seen[0] == ("reading", 1, 1)
    made = len(run.files) + len(run.once)
    assert seen[-1] == ("writing", made, made)


def test_processes_may_start_afresh(place: Path) -> None:
    """Where the system does not fork (macOS, Windows), a process knows only what travels."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as executor:
        files = generate("docs", executor=executor, choices=BARE).files
    assert files == generate("docs", choices=BARE).files


@pytest.mark.corpus
def test_the_real_pages_give_the_same_bytes_in_any_order(corpus: Path) -> None:
    docs, found = read_docs(corpus / "graph-v1.0")
    pages = list(docs.pages)
    random.Random(1).shuffle(pages)
    shuffled = Docs(tuple(pages), docs.includes, docs.source)
    one = generate_from(Parsed(docs, found), jobs=cores())
    two = generate_from(Parsed(shuffled, found), jobs=1)
    assert sum(one.pages.values()) == 3341
    assert one.files == two.files
    assert one.diagnostics == two.diagnostics


def test_timings_name_the_rooms(said: pytest.CaptureFixture[str]) -> None:
    assert main(["docs", "-o", "out", "--quiet", "--timings"]) == 0
    rooms = [line.split()[-1] for line in said.readouterr().out.splitlines()]
    assert rooms == ["disk", "pages", "model", "targets", "render", "memo", "output"]


def test_a_terminal_is_safe_from_pages(place: Path, said: pytest.CaptureFixture[str]) -> None:
    evil = "\x1b]0;owned\x07[red]"
    (place / f"docs/resources/{evil}.md").write_text(PAGE.replace("missing", f"m{evil}"))
    main(["docs", "-o", "out", "--verbose"])
    out, err = said.readouterr()
    assert "\x1b" not in out + err and "\x07" not in out + err
    assert "[red]" in err


# ---- what it refuses


def test_refusals_are_one_sentence(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "file").write_text("")
    (place / "empty").mkdir()
    for words, expected in {
        "": "no docs folder is named",
        "docs": "no output folder is named; add -o OUTPUT",
        "nowhere -o out": "there is no folder nowhere",
        "file -o out": "file is a file",
        "empty -o out": "there is no .md file in empty",
        "docs -o file": "file is a file",
        "docs -o file/out": "file is a file",
        "docs -o docs/out": "the output docs/out lies inside the docs docs",
        "docs -o docs": "the output docs lies inside the docs docs",
        "docs/resources -o docs": "the docs docs/resources lie inside the output docs",
        "docs -o my-api": "'my-api' is no Python name",
        "docs -o class": "'class' is a Python keyword",
        "docs -o out --package a.b": "'a.b' is no Python name",
        "docs -o out --package import": "'import' is a Python keyword",
        "docs -o out --emit models,nonsense": "--emit knows no 'nonsense'",
        "docs -o out --jobs 0": "--jobs is 0",
        "docs -o out --jobs many": "Invalid value for --jobs",
        "docs -o out --fail-on sometimes": 'Invalid value "sometimes" for --fail-on',
        "docs -o out --nonsense": "Unknown option: --nonsense",
        "docs more -o out": "Unused Tokens",
    }.items():
        assert expected in refused(words.split(), capsys), words
    assert not (place / "out").exists()


def test_two_versions_are_refused_with_the_commands_to_use(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for version in ("v1.0", "beta"):
        shutil.copytree(place / "docs", place / "ref" / version)
    sentence = refused(["ref", "-o", "out"], capsys)
    commands = re.findall(r"gen-graph (\S+ -o \S+)", sentence)
    assert commands == ["ref/beta -o out_beta", "ref/v1.0 -o out_v1_0"]
    for command in commands:
        assert main([*command.split(), "--quiet"]) == 0
    assert "--package api_v1_0" in refused(["ref", "-o", "out", "--package", "api"], capsys)


def test_files_of_others_are_listed(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "out/models").mkdir(parents=True)
    (place / "out/models/thing.py").write_text("mine")
    assert "models/thing.py" in refused(["docs", "-o", "out"], capsys)
    assert list(files(place / "out")) == ["models/thing.py"]


def test_a_fault_of_ours_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise KeyError("ours")

    monkeypatch.setattr(pipeline, "build_api", fail)
    assert main(["docs", "-o", "out"]) == 2
    err = capsys.readouterr().err
    assert "KeyError" in err and err.endswith("please report the lines above\n")


def test_ctrl_c_leaves_the_output_as_it_was(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["docs", "-o", "out", "--quiet"]) == 0
    before = files(place / "out")
    (place / "docs/resources/thing.md").write_text(PAGE.replace("|name|", "|label|"))

    def interrupt(*_: object, **__: object) -> None:
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(pipeline, "render", interrupt)
    assert main(["docs", "-o", "out", "--quiet"]) == 130
    assert capsys.readouterr().err == "gen-graph: stopped; the output is as it was\n"
    assert files(place / "out") == before


def test_ctrl_c_reaches_processes_too(place: Path) -> None:
    """A whole run with processes, interrupted as a terminal does it: the group gets the signal."""
    for number in range(400):
        text = PAGE.replace("thing", f"thing{number}")
        (place / f"docs/resources/thing{number}.md").write_text(text)
    command = [sys.executable, "-m", "generator", "docs", "-o", "out", "--jobs", "2"]
    process = subprocess.Popen(
        command,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and not _children(process.pid):
        time.sleep(0.02)
    assert _children(process.pid), "the run ended before it could be interrupted"
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (
        130,
        "",
        "gen-graph: stopped; the output is as it was\n",
    )
    assert not (place / "out").exists()


def _children(pid: int) -> str:
    children = Path(f"/proc/{pid}/task/{pid}/children")
    return children.read_text() if children.exists() else ""


# ---- settings


def settings(place: Path, text: str) -> None:
    (place / "pyproject.toml").write_text(f"[tool.gen-graph]\n{text}\n")


def test_settings_stand_in_and_the_command_line_wins(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings(place, 'docs = "docs"\noutput = "api"\nemit = ["openapi"]\nquiet = true\njobs = 1')
    (place / "below").mkdir()
    monkeypatch.chdir(place / "below")  # paths are relative to the file
    assert main([]) == 0
    assert set(files(place / "api")) == {MANIFEST, "openapi.json"}
    assert main(["--output", "other", "--emit", "models"]) == 0
    assert (place / "below/other/models/thing.py").exists()
    assert not (place / "below/other/openapi.json").exists()


def test_the_nearest_file_counts_alone(place: Path) -> None:
    settings(place, 'output = "api"')
    (place / "below").mkdir()
    assert read_settings(place / "below").values == {"output": str(place / "api")}
    (place / "below/pyproject.toml").write_text("[project]\n")
    assert read_settings(place / "below").values == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            'emitt = "models"',
            f"sets 'emitt' in [tool.gen-graph]; the keys are {', '.join(KEYS)}, names",
        ),
        ("jobs = true", "'jobs' in [tool.gen-graph] of"),
        ('jobs = "2"', "must be a number"),
        ("emit = [1]", "must be a text or a list of texts"),
        ('fail-on = "often"', "must be never, error, warning"),
        ('emit = ["often"]', "--emit knows no 'often'"),
        ("jobs = ", "is no valid TOML"),
        ("\x00", "is no valid TOML"),
    ],
)
def test_a_broken_file_is_named(
    place: Path, capsys: pytest.CaptureFixture[str], text: str, expected: str
) -> None:
    settings(place, text)
    sentence = refused(["docs", "-o", "out"], capsys)
    assert expected in sentence
    assert str(place / "pyproject.toml") in sentence or "--emit" in sentence
    assert main(["--version"]) == 0  # says its version all the same
    (place / "pyproject.toml").write_bytes(b"\xff")
    assert "is no valid TOML" in refused(["docs", "-o", "out"], capsys)
    (place / "pyproject.toml").write_text("[tool]\ngen-graph = 3\n")
    assert "is no table" in refused(["docs", "-o", "out"], capsys)


# ---- what is shown


def findings(code: str, count: int, **details: str) -> list[Diagnostic]:
    return [finding(code, Span(f"a{n}.md", n + 1), **details) for n in range(count)]


def test_many_findings_become_counts() -> None:
    few = [*findings("row-short", 49), *findings("template-twice", 100)]
    assert len(list(finding_lines(few, verbose=False))) == 49
    assert len(list(finding_lines(few, verbose=True))) == 149
    many = [*few, *findings("include-missing", 2, target="x.md")]
    assert list(finding_lines(many, verbose=False)) == [
        "51 errors and warnings on 49 pages (--verbose prints each):",
        "       2 error    include-missing",
        "      49 warning  row-short",
    ]


def test_the_summary() -> None:
    run = Run(
        files=(),
        diagnostics=tuple(findings("row-short", 2)),
        pages={"operation": 2102, "essay": 0, "resource": 3},
        counts={"types": 1018, "examples tested": 7},
        seconds={},
    )
    changes = Changes({"a": b""}, {"b": b""}, ("c",), (), b"", False)
    assert list(summary_lines(run, changes, 1.25)) == [
        "pages      2,105 (2,102 operation, 3 resource)",
        "described  1,018 types, 7 examples tested",
        "files      2 written, 0 unchanged, 1 removed",
        "findings   0 errors, 2 warnings, 0 infos",
        "seconds    1.2",
    ]


def test_progress_is_for_terminals_and_long_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = pty.openpty()
    monkeypatch.setenv("TERM", "xterm")
    with open(writer, "w") as terminal:
        bar = ProgressBar(terminal)
        bar("reading", 1, 10)
        assert bar._bar is None  # not yet
        bar._began -= 2
        bar("reading", 5, 10)
        bar.close()
    assert b"reading" in os.read(reader, 10_000)
    os.close(reader)


def test_a_pipe_sees_no_progress(tmp_path: Path) -> None:
    with (tmp_path / "pipe").open("w+") as pipe:
        bar = ProgressBar(pipe)
        bar._began -= 2
        bar("reading", 5, 10)
        bar.close()
        assert pipe.tell() == 0


# ---- the program as installed


def test_the_module_runs_and_starts_without_the_heavy_rooms() -> None:
    code = (
        "import sys; from generator.cli import main; main(['--version']);"
        "print(sorted({'black', 'jinja2', 'markdown_it', 'yaml', 'rich.progress'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == [__version__, "[]"]
    module = [sys.executable, "-m", "generator", "--version"]
    done = subprocess.run(module, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == f"{__version__}\n"


def test_help_names_every_output_and_option(said: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    text = said.readouterr().out
    for word in (*OUTPUTS, *(f"--{key}" for key in KEYS), "--check", "-o"):
        assert word in text


def test_an_output_that_stops_being_read(place: Path) -> None:
    command = [sys.executable, "-m", "generator", "docs", "-o", "out", "--verbose"]
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        command,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writer)
    assert "Traceback" not in done.stderr and "Exception" not in done.stderr
    assert (place / "out" / MANIFEST).exists()


def test_the_wheel_holds_the_templates(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        if (ROOT / name).exists():
            shutil.copy(ROOT / name, copy)
    for name in ("generator", "templates"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns(".mypy_cache"))
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=copy, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        archive.extractall(tmp_path / "installed")
    templates = {p.relative_to(ROOT).as_posix() for p in (ROOT / "templates").rglob("*.jinja")}
    assert {f"generator/{name}" for name in templates} <= names
    code = "from generator.render.environment import environment as e; print(len(e().list_templates()))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path / "installed",
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stdout) >= len(templates) > 0


def test_facts_travel_between_processes(place: Path) -> None:
    docs = Docs((TextFile("thing.md", PAGE),), Includes(), Source("docs"))
    page = docs.pages[0]
    assert isinstance(page, TextFile)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as elsewhere:
        gathered = gather_facts(docs, elsewhere)
    assert dict(gathered.pages) == {"thing.md": read_page(page, docs.includes).value}
    assert gathered.diagnostics == read_page(page, docs.includes).diagnostics
