"""On GitHub: annotations, the summary of a job, and the action itself."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

from generator.cli import main

ROOT = Path(__file__).resolve().parents[1]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
BAD = "# thing\n\n## HTTP request\n```http\nGET /things\n```\nSee [it](missing-100%25.md).\n"
HOSTILE = """# x

## HTTP request
```http
GET /things
```
See [it](owned%0A::error::x%250A::warning::y.md).
"""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, shared_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one good page and one that says something wrong, and its settings."""
    home = tmp_path / "home"
    (home / "docs").mkdir(parents=True)
    shutil.copy(ROOT / "docs_in/resources/entity.md", home / "docs")
    (home / "docs/thing, 1-get.md").write_text(BAD)
    (home / "pyproject.toml").write_text(
        '[tool.gen-graph]\ndocs = "docs"\noutput = "out"\nformatter = "none"\n'
    )
    monkeypatch.chdir(home)
    monkeypatch.setenv("XDG_CACHE_HOME", str(shared_cache))
    return home


def substituted(text: str, inputs: Mapping[str, str]) -> str:
    """A text of the action with its expressions worked out; it uses no context but `inputs`."""
    given = {name: item["default"] for name, item in ACTION["inputs"].items()} | dict(inputs)
    done = re.sub(r"\$\{\{ inputs\.([a-z-]+) \}\}", lambda match: given[match[1]], text)
    assert "${{" not in done
    return done


def step(
    number: int, place: Path, env: Mapping[str, str], inputs: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run one step of the action as a runner does: its script from a file, with its variables."""
    item = ACTION["runs"]["steps"][number]
    script = place.parent / "step.sh"
    script.write_text(substituted(item["run"], {}))
    own = {name: substituted(value, inputs) for name, value in item.get("env", {}).items()}
    runner = {
        "PATH": os.environ["PATH"],
        "HOME": str(place.parent),
        "XDG_CACHE_HOME": os.environ["XDG_CACHE_HOME"],
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_WORKSPACE": str(place),
        "GITHUB_ACTION_PATH": str(ROOT),
        "GITHUB_STEP_SUMMARY": str(place / "summary.md"),
    }
    words = ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)]
    return subprocess.run(
        words, cwd=place, env={**runner, **env, **own}, capture_output=True, text=True, check=False
    )


def act(place: Path, **inputs: str) -> subprocess.CompletedProcess[str]:
    """Run the last step, with the tool as it stands here."""
    tool = place.parent / "bin"
    tool.mkdir(exist_ok=True)
    (tool / "gen-graph").write_text(f'#!/bin/sh\nexec {sys.executable} -m generator "$@"\n')
    (tool / "gen-graph").chmod(0o755)
    env = {"PATH": f"{tool}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    return step(-1, place, env, {name.replace("_", "-"): text for name, text in inputs.items()})


def test_the_metadata_is_as_github_documents_it() -> None:
    """docs.github.com, "Metadata syntax reference": which keys there are, and what they hold."""
    assert set(ACTION) <= {"name", "author", "description", "inputs", "outputs", "runs", "branding"}
    assert all(isinstance(ACTION[key], str) and ACTION[key] for key in ("name", "description"))
    for name, item in ACTION["inputs"].items():
        assert re.fullmatch(r"[a-z_][a-z0-9_-]*", name)
        assert {"description"} <= set(item) <= {"description", "required", "default"}
        assert all(isinstance(item[key], str) for key in ("description", "default"))
    assert set(ACTION["runs"]) == {"using", "steps"} and ACTION["runs"]["using"] == "composite"
    for item in ACTION["runs"]["steps"]:
        assert ("run" in item) != ("uses" in item)
        if "uses" in item:
            assert set(item) <= {"name", "id", "if", "uses", "with", "env"}
            assert re.fullmatch(r"[\w.-]+/[\w./-]+@[\w.-]+", item["uses"])  # a version of it
        else:
            assert set(item) <= {"name", "id", "if", "run", "shell", "env", "working-directory"}
            assert item["shell"] == "bash"  # has to be said in an action
        texts = [*item.get("with", {}).values(), *item.get("env", {}).values()]
        assert all(isinstance(text, str) and substituted(text, {}) is not None for text in texts)
    used = set(re.findall(r"inputs\.([\w-]+)", (ROOT / "action.yml").read_text()))
    assert used == set(ACTION["inputs"])


@pytest.mark.skipif(find_spec("pip") is None, reason="pip is not installed here")
def test_every_step_of_the_action_runs(place: Path) -> None:
    """The tool is installed by the action's own words; pip takes the rest of ours, for want of a net."""
    target = place.parent / "installed"
    pip = {
        "PIP_PREFIX": str(target),
        "PIP_IGNORE_INSTALLED": "1",  # else pip removes the tool that stands here
        "PIP_NO_INDEX": "1",
        "PIP_NO_DEPS": "1",
        "PIP_NO_BUILD_ISOLATION": "0",  # pip's word for: build with what is installed
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    done = step(1, place, pip, {})
    assert done.returncode == 0, done.stderr
    assert "[ruff]" in ACTION["runs"]["steps"][1]["run"]
    assert (
        "ruff"
        in tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    )
    (site,) = target.glob("**/site-packages")
    env = {"PATH": f"{target / 'bin'}:{pip['PATH']}", "PYTHONPATH": str(site)}
    stale = step(-1, place, env, {"docs": "docs", "output": "made"})
    assert stale.returncode == 1 and "::error title=stale::" in stale.stdout, stale.stderr
    assert "files would change." in (place / "summary.md").read_text()
    written = step(-1, place, env, {"mode": "write", "output": "made"})
    assert written.returncode == 0 and (place / "made/models/entity.py").exists()
    (place / "summary.md").unlink()
    current = step(-1, place, env, {"output": "made"})
    assert current.returncode == 0 and "::error title=stale::" not in current.stdout
    assert "The output is current." in (place / "summary.md").read_text()
    failing = step(-1, place, env, {"output": "made", "fail-on": "error"})
    assert failing.returncode == 1


def test_further_words_may_stand_on_several_lines(place: Path) -> None:
    done = act(place, mode="write", output="made", arguments="--emit models\n  --include *.md\n")
    assert done.returncode == 0, done.stderr
    assert (place / "made/models").is_dir() and not (place / "made/endpoints").exists()
    done = act(place, mode="write", output="made", arguments="--emit models\n--no-such-option")
    assert done.returncode == 2 and "--no-such-option" in done.stderr


def test_a_finding_about_the_settings_is_annotated_there(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (place / "pyproject.toml").open("a") as file:
        file.write('[tool.gen-graph.names]\n"microsoft.graph.no" = "X"\n')
    assert main(["--report", "github"]) == 0
    lines = capsys.readouterr().out.splitlines()
    (line,) = (line for line in lines if "title=name-unused" in line)
    assert line.startswith("::warning title=name-unused,file=pyproject.toml,line=6,col=1::")


def test_the_action_checks_by_default_and_says_where(place: Path) -> None:
    done = act(place)
    assert done.returncode == 1 and not (place / "out").exists()
    lines = done.stdout.splitlines()
    assert re.fullmatch(r"::error title=stale::\d+ files are not what the pages say; .*", lines[0])
    found = [line for line in lines if "file=docs/thing%2C 1-get.md,line=" in line]
    assert found and all(re.match(r"::(error|warning) title=[a-z-]+,file=", line) for line in found)
    summary = (place / "summary.md").read_text()
    assert re.search(r"^\d+ files would change\.$", summary, re.M)
    assert "\nwould add models/entity.py\n" in summary
    assert re.search(r"^\| link-target-missing \| 1 \|$", summary, re.M)


def test_the_action_writes_when_it_is_told_to(place: Path) -> None:
    assert act(place, mode="write", output="made", arguments="--emit models").returncode == 0
    assert (place / "made/models/entity.py").exists() and not (place / "out").exists()
    assert "files written, 0 removed." in (place / "summary.md").read_text()
    assert act(place, output="made", arguments="--emit models").returncode == 0
    assert act(place, mode="write", docs="docs", fail_on="error").returncode == 1
    assert act(place, mode="rite").returncode == 2


def test_an_edited_file_is_annotated(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--quiet"]) == 0
    (place / "out/models/entity.py").write_text("edited")
    assert main(["--report", "github"]) == 1
    assert "::error title=edited,file=out/models/entity.py::" in capsys.readouterr().out


def test_no_input_is_part_of_a_script() -> None:
    """An input is a text of others: in a script it would be run."""
    assert ACTION["runs"]["using"] == "composite"
    assert all("${{" not in step.get("run", "") for step in ACTION["runs"]["steps"])
    assert ACTION["inputs"]["mode"]["default"] == "check"


def test_a_page_cannot_write_a_command(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "docs/x-get.md").write_text(HOSTILE)
    main(["--report", "github", "--verbose"])
    lines = capsys.readouterr().out.splitlines()
    assert any("owned" in line for line in lines)
    assert all(re.match(r"::(error|warning|notice) title=", line) for line in lines)
    assert not any("%0A" in line for line in lines)
