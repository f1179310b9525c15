"""What a user chooses: pages, a slice, names, the address of the service, what is written once."""

import ast
import json
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

import packages
from generator.cache import Store, default_folder
from generator.choices import Choices, GivenName
from generator.cli import main
from generator.diagnostics import Span
from generator.disk import MANIFEST, Trouble
from generator.pipeline import generate
from generator.run import Run
from generator.style import Style

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "docs_in"
BARE = Style("none")


@pytest.fixture(autouse=True)
def place(tmp_path: Path, shared_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the sample pages as `docs`, and a pyproject.toml of its own."""
    home = tmp_path / "home"
    home.mkdir()
    shutil.copytree(SAMPLE, home / "docs")
    (home / "pyproject.toml").write_text("")
    monkeypatch.chdir(home)
    monkeypatch.setenv("XDG_CACHE_HOME", str(shared_cache))
    return home


def gen(*words: str) -> int:
    return main(["docs", "-o", "out", "--formatter", "none", "--jobs", "1", "--quiet", *words])


def made(**choices: object) -> Run:
    own = Choices(style=BARE, **choices)  # type: ignore[arg-type]
    return generate(SAMPLE, own, jobs=1, store=Store(default_folder()))


def paths(run: Run) -> set[str]:
    return {file.path for file in run.files}


def text(run: Run, path: str) -> str:
    return next(file.text for file in run.files if file.path == path)


def said(run: Run, code: str) -> list[str]:
    return [str(found) for found in run.diagnostics if found.code == code]


# ---- which pages


def test_globs_choose_the_pages_that_are_read() -> None:
    run = made(include=("resources/*", "API/user-*"), exclude=("*-delta.md",))
    operations = json.loads(text(run, "openapi.json"))["paths"]
    assert {path.split("/")[1] for path in operations} == {"users", "me"}
    assert not any("delta" in path for path in operations)
    assert "models/user_flow.py" in paths(run)


def test_a_page_that_was_left_out_is_no_dead_link() -> None:
    """Links to what the user chose not to read are right; a link to nothing is still one."""
    run = made(exclude=("api/user-delta.md",))
    assert not any("user-delta" in line for line in said(run, "link-target-missing"))
    assert said(made(), "link-target-missing") == said(run, "link-target-missing")


def test_globs_that_leave_no_page_are_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    assert gen("--include", "nothing/*") == 2
    assert "fits include (nothing/*)" in capsys.readouterr().err


# ---- a slice


def test_a_slice_has_what_it_needs_and_nothing_else() -> None:
    run = made(only=("group.get",))
    models = {path.split("/")[-1] for path in paths(run) if path.startswith("models/")}
    assert {"group.py", "directory_entry.py", "entity.py"} <= models
    assert {"user.py", "guest_user.py"} <= models  # which the example names among the members
    assert not {"user_flow.py", "sign_up_flow.py", "event_record.py"} & models
    assert {p for p in paths(run) if p.startswith("endpoints/")} == {
        "endpoints/__init__.py",
        "endpoints/group.py",
    }
    assert "def get(" in text(run, "endpoints/group.py")
    assert "def delete" not in text(run, "endpoints/group.py")
    operations = json.loads(text(run, "openapi.json"))["paths"]
    assert all(path.startswith("/groups/{group-id}") for path in operations)


def test_a_type_that_was_named_has_what_it_navigates_to_and_the_others_do_not() -> None:
    whole = made(only=("userFlow",))
    assert "listeners: Annotated[list[AuthenticationEventListener]" in text(
        whole, "models/user_flow.py"
    )
    needed = made(only=("userflow.publish",))
    assert "listeners: Annotated[list[EntityRef]" in text(needed, "models/user_flow.py")
    assert "models/authentication_event_listener.py" not in paths(needed)
    line = said(needed, "slice-narrowed")[-1]
    assert line.startswith("resources/userflow.md:") and "typed as microsoft.graph.entity" in line


@pytest.mark.parametrize(
    "pattern", ["user_flow.publish", "userFlow.Publish", "userflow.pub*", "user-flow.publish"]
)
def test_a_pattern_is_read_as_people_write_it(pattern: str) -> None:
    assert made(only=(pattern,)).files == made(only=("userflow.publish",)).files


def test_a_slice_speaks_of_its_own_pages_alone() -> None:
    run = made(only=("group.get",))
    assert {found.span.path for found in run.diagnostics} <= {
        "api/group-get.md",
        *(f"resources/{name}.md" for name in ("group", "directoryentry", "entity", "user")),
        *(f"resources/{name}.md" for name in ("guestuser", "userpreferences")),
    }


def test_slices_work(place: Path) -> None:
    """Each is a package whose tests pass; strict mypy accepts one of them."""
    slices = {"slice_0": "user", "slice_1": "group.get,signUpFlow*", "slice_2": "identityEvents*"}
    for out, only in slices.items():
        assert main(["docs", "-o", out, "--formatter", "none", "--quiet", "--only", only]) == 0
        assert len([file for file in (place / out).rglob("*.py") if file.stem != "conftest"]) > 10
        packages.check_openapi(place / out / "openapi.json")
    packages.import_all(place, *slices)
    packages.run_tests(place, *slices)
    words = [
        "-m",
        "mypy",
        "--strict",
        "--config-file",
        "/dev/null",
        "slice_1",
        "--exclude",
        "tests",
    ]
    done = packages.python(place, *words)
    assert done.returncode == 0, done.stdout


def test_a_pattern_that_names_nothing_is_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    assert gen("--only", "user,gruop") == 2
    err = capsys.readouterr().err
    assert "is called 'gruop' (--only); did you mean group" in err and err.count("\n") == 1
    with pytest.raises(Trouble, match="'user.fly'"):
        made(only=("user.fly",))


# ---- names


def test_names_of_the_users_own_replace_ours() -> None:
    names = {
        "microsoft.graph.user": "Person",
        "microsoft.graph.user.displayName": "label",
        "Microsoft.Graph.publicationState.draft": "unfinished",
        "api/group-get.md": "fetch",
        "api/user-list.md": "people.find",
    }
    run = made(names=tuple(GivenName(k, n, Span("pyproject.toml", 3)) for k, n in names.items()))
    model = text(run, "models/person.py")
    assert "class Person(" in model
    assert re.search(r'\blabel: Annotated\[.*wire\("displayName"', model)
    assert 'ODATA_TYPE: ClassVar[str] = "microsoft.graph.user"' in model
    assert 'UNFINISHED = "draft"' in text(run, "models/publication_state.py")
    assert "def fetch(" in text(run, "endpoints/group.py")
    assert "def find(" in text(run, "endpoints/people.py")
    assert "def list(" not in text(run, "endpoints/user.py")
    assert not said(run, "name-unused")


def named(**keys: str) -> tuple[GivenName, ...]:
    return tuple(
        GivenName(key, name, Span("pyproject.toml", number))
        for number, (key, name) in enumerate(keys.items(), start=1)
    )


def arguments(run: Run, resource: str, method: str) -> list[str]:
    tree = ast.parse(text(run, f"endpoints/{resource}.py"))
    found = next(
        each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef) and each.name == method
    )
    return [each.arg for each in (*found.args.args, *found.args.kwonlyargs)][1:]


def test_arguments_have_names_of_the_users_own() -> None:
    """A part of the path, a parameter of the body or of the URL, an option and a header."""
    names = {
        "API/userflow-publish.md#user-flow-id": "flow",
        "api/userflow-publish.md#notifyowners": "tellOwners",
        "api/identity-isflownameavailable.md#displayName": "wanted",
        "api/user-list.md#$top": "at_most",
        "api/userflow-delete.md#if-match": "etag",
    }
    run = made(names=named(**names))
    assert not said(run, "name-unused") and not said(run, "name-collision")
    publish = arguments(run, "user_flow", "publish")
    assert publish[0] == "flow" and {"comment", "tell_owners"} < set(publish)
    assert "notify_owners" not in publish
    assert arguments(run, "identity", "is_flow_name_available")[0] == "wanted"
    assert "at_most" in arguments(run, "user", "list")
    assert "etag" in arguments(run, "user_flow", "delete")
    assert text(run, "openapi.json") == text(made(), "openapi.json")  # which has the wire's own


def test_a_name_for_an_argument_that_meets_another_is_reported() -> None:
    page = "api/userflow-publish.md"
    run = made(names=named(**{f"{page}#comment": "audienceIds", f"{page}#notifyOwners": "body"}))
    publish = arguments(run, "user_flow", "publish")
    assert {"audience_ids", "audience_ids_parameter", "body_"} < set(publish)
    (line,) = said(run, "name-collision")
    assert line.startswith(f"{page}:") and line.endswith(
        "'audience_ids' would be the name of comment too; called 'audience_ids_parameter' "
        "[name-collision]"
    )
    page = "api/userflow-delete-listeners.md"
    run = made(names=named(**{f"{page}#listener-id": "user_flow_id"}))
    assert arguments(run, "user_flow", "delete_listeners")[:2] == ["user_flow_id_2", "user_flow_id"]
    (line,) = said(run, "name-collision")
    assert "would be the name of listener-id too; called 'user_flow_id_2'" in line


@pytest.mark.parametrize("argument", ["nothing", "", "Authorization", "comment#comment"])
def test_a_name_for_no_argument_is_reported_at_its_line(argument: str) -> None:
    run = made(names=named(**{f"api/userflow-publish.md#{argument}": "x"}))
    (line,) = said(run, "name-unused")
    assert line.startswith("pyproject.toml:1:1: warning: ") and f"-publish.md#{argument}'" in line
    assert run.files == made().files


def test_a_package_with_other_names_works(place: Path) -> None:
    (place / "pyproject.toml").write_text(
        "[tool.gen-graph]\n[tool.gen-graph.names]\n"
        '"microsoft.graph.user" = "class"\n"microsoft.graph.user.mail" = "from"\n'
        '"microsoft.graph.user.displayName" = "x\\"; import os"\n"api/user-get.md" = "import.def"\n'
        '"api/userflow-publish.md#comment" = "pass"\n"api/user-get.md#user-id" = "x\\"; def"\n'
        '"api/userflow-publish.md#user-flow-id" = "query"\n"api/userflow-get.md#$select" = "self"\n'
    )
    assert gen() == 0
    assert packages.import_all(place, "out") > 60
    packages.run_tests(place, "out/tests")


def test_a_name_for_nothing_is_reported_at_its_line(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "pyproject.toml").write_text(
        '[tool.gen-graph]\n\n[tool.gen-graph.names]\n"microsoft.graph.usr" = "Person"\n'
    )
    assert main(["docs", "-o", "out", "--formatter", "none"]) == 0
    assert re.search(
        r"^\.\./pyproject.toml:4:1: warning: .*'microsoft.graph.usr'.*\[name-unused\]$",
        capsys.readouterr().err,
        re.M,
    )
    (place / "pyproject.toml").write_text("[tool.gen-graph]\nnames = 3\n")
    assert gen() == 2
    assert "'names' in [tool.gen-graph]" in capsys.readouterr().err


# ---- where the service stands, and a text on top


def test_the_base_url_goes_into_client_and_openapi(place: Path) -> None:
    assert gen("--base-url", "https://service.example/api/") == 0
    document = json.loads((place / "out/openapi.json").read_text())
    assert document["servers"] == [{"url": "https://service.example/api"}]
    assert '"https://service.example/api"' in (place / "out/client.py").read_text()
    packages.run_tests(place, "out/tests")


@pytest.mark.parametrize("url", ["service.example", "ftp://x", "https://x/y?z=1", "https://"])
def test_a_base_url_is_a_url(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert gen("--base-url", url) == 2
    assert "--base-url is" in capsys.readouterr().err


def test_a_header_stands_on_every_python_file_and_orders_nothing() -> None:
    header = "SPDX-License-Identifier: MIT\n\nnoqa, coding: latin-1, # type: ignore\u202e"
    run = generate(SAMPLE, Choices(style=Style("none", header=header)), jobs=1)
    for file in run.files:
        if file.path.endswith((".py", ".pyi")):
            first, *below = file.text.split("\n")[:4]
            assert packages.BANNER.match(first + "\n")
            assert below[:2] == ["# SPDX-License-Identifier: MIT", "#"]
            assert "coding:" not in below[2] and "type:" not in below[2] and below[2].isascii()
            ast.parse(file.text)


# ---- what is written once


def test_a_place_for_extensions_is_made_once_and_never_touched(place: Path) -> None:
    own = place / "out/extensions/__init__.py"
    assert gen() == 0
    assert ast.get_docstring(ast.parse(own.read_text()))
    own.write_text("mine = 1\n")
    (place / "out/extensions/more.py").write_text("more = 2\n")
    before = own.stat().st_mtime_ns
    for words in ([], ["--force"], ["--adopt"], ["--no-cache"], ["--emit", "openapi"], []):
        assert gen(*words) == 0
        assert (own.read_text(), own.stat().st_mtime_ns) == ("mine = 1\n", before)
        assert (place / "out/extensions/more.py").read_text() == "more = 2\n"
    own.unlink()
    assert gen("--no-cache") == 0 and not own.exists()
    assert gen("--no-cache", "--force") == 0 and own.exists()


def test_what_stands_in_the_place_of_a_starter_stays(place: Path) -> None:
    own = place / "out/extensions"
    own.mkdir(parents=True)
    (own / "__init__.py").symlink_to(place / "elsewhere")
    assert gen() == 0
    assert (own / "__init__.py").is_symlink() and not (place / "elsewhere").exists()


def test_check_speaks_of_a_starter_until_it_is_written(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert gen() == 0
    manifest = json.loads((place / "out" / MANIFEST).read_text())
    assert manifest["once"] == ["extensions/__init__.py"]
    assert main(["docs", "-o", "out", "--formatter", "none", "--emit", "project", "--check"]) == 1
    assert "would add pyproject.toml\n" in capsys.readouterr().out


def built(project: Path, folder: Path) -> Path:
    """The wheel of a project, by its build backend alone: no network."""
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=project, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


def test_emit_project_makes_the_output_installable(place: Path) -> None:
    assert gen("--emit", "project") == 0
    assert (place / "out/models/user.py").exists()  # the project is added, it is no output alone
    wheel = built(place / "out", place / "dist")
    assert wheel.name == "out-0.1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        archive.extractall(place / "installed")
        (metadata,) = (n for n in names if n.endswith("/METADATA"))
        said = archive.read(metadata).decode()
    assert {"out/models/user.py", "out/py.typed", "out/extensions/__init__.py"} <= set(names)
    assert not any("tests" in name or MANIFEST in name for name in names)
    assert packages.import_all(place / "installed", "out") > 60
    # The lower bounds are those that our own tests run with.
    own = (ROOT / "pyproject.toml").read_text()
    for need in re.findall(r"^Requires-Dist: (.+)$", said, re.M):
        assert f'"{need}"' in own, need
    mine = (place / "out/pyproject.toml").read_text().replace("0.1.0", "2.0")
    (place / "out/pyproject.toml").write_text(mine)
    assert gen("--emit", "project", "--force") == 0
    assert (place / "out/pyproject.toml").read_text() == mine


def test_a_wheel_holds_the_package_whatever_stands_around_it(place: Path) -> None:
    """Patterns of a .gitignore, what was built before, and folders of tools make no difference."""
    assert gen("--package", "my_api", "--emit", "project") == 0
    project = place / "out/my_api"
    with zipfile.ZipFile(built(project, place / "before")) as archive:
        before = set(archive.namelist())
    assert not {name for name in before if name.endswith(("pyproject.toml", "PKG-INFO"))}
    subprocess.run(["git", "init", "-q", "."], cwd=place, check=True)
    (place / ".gitignore").write_text("models/\n*.json\n")
    (project / ".gitignore").write_text("client.py\n")
    for name in (".venv/x.py", "dist/old.whl", "build/lib/x.py", ".mypy_cache/x.json"):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text("")
    wheel = built(project, place / "after")
    assert wheel.name == "my_api-0.1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        assert set(archive.namelist()) == before
    # From a source distribution, as `python -m build` does it.
    source = [
        sys.executable,
        "-m",
        "hatchling",
        "build",
        "-t",
        "sdist",
        "-d",
        str(place / "source"),
    ]
    subprocess.run(source, cwd=project, check=True, capture_output=True)
    with tarfile.open(place / "source/my_api-0.1.0.tar.gz") as archive:
        archive.extractall(place, filter="data")
    with zipfile.ZipFile(built(place / "my_api-0.1.0", place / "again")) as archive:
        assert set(archive.namelist()) == before


@pytest.mark.skipif(find_spec("pip") is None, reason="pip is not installed here")
@pytest.mark.parametrize(("words", "way"), [((), "editable"), (("--package", "my_api"), "copied")])
def test_pip_installs_the_output(place: Path, words: tuple[str, ...], way: str) -> None:
    """Without network: what it needs, and what builds it, is installed for our own tests."""
    assert gen(*words, "--emit", "models,project") == 0
    project = place.joinpath("out", *words[1:])
    target = place / "installed"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    pip += ["--no-index", "--no-deps", "--no-build-isolation", "--prefix", str(target)]
    pip += ["--ignore-installed"]  # else pip removes what stands here under that name
    pip += ["--editable"] if way == "editable" else []
    done = subprocess.run([*pip, str(project)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (site,) = target.glob("**/site-packages")
    name = project.name
    code = (
        f"import site; site.addsitedir({str(site)!r})\n"
        f"import {name}, importlib.metadata as metadata\n"
        f"from {name}.models import User\n"
        f"print({name}.__file__, metadata.version({name!r}), User.__name__)"
    )
    run = [sys.executable, "-I", "-c", code]
    told = subprocess.run(run, cwd=target, capture_output=True, text=True, check=True).stdout
    home = project if way == "editable" else site / name
    assert told.split() == [str(home / "__init__.py"), "0.1.0", "User"]


def test_a_project_needs_only_what_its_outputs_need(place: Path) -> None:
    assert gen("--emit", "models,project") == 0
    project = (place / "out/pyproject.toml").read_text()
    assert "pydantic>=" in project and "httpx2" not in project and "readme" not in project
