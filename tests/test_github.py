"""On GitHub: annotations, the summary of a job, and the action itself."""

import os
import re
import shutil
import subprocess
import sys
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


def act(place: Path, **inputs: str) -> subprocess.CompletedProcess[str]:
    """Run the last step of the action as a runner does: its script, with its variables."""
    step = ACTION["runs"]["steps"][-1]
    tool = place.parent / "bin"
    tool.mkdir(exist_ok=True)
    (tool / "gen-graph").write_text(f'#!/bin/sh\nexec {sys.executable} -m generator "$@"\n')
    (tool / "gen-graph").chmod(0o755)
    env = {
        **os.environ,
        "PATH": f"{tool}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "GITHUB_STEP_SUMMARY": str(place / "summary.md"),
    }
    for variable, expression in step["env"].items():
        name = expression.removeprefix("${{ inputs.").removesuffix(" }}")
        env[variable] = inputs.get(name.replace("-", "_"), ACTION["inputs"][name]["default"])
    words = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
    return subprocess.run(words, cwd=place, env=env, capture_output=True, text=True, check=False)


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
