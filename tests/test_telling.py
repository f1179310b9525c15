"""`inspect` and `coverage` tell what a run with the same settings uses."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from generator.cli import main
from generator.overlays import hash_of

ROOT = Path(__file__).resolve().parents[1]
USER = "resources/user.md"
PUBLISH = "api/userflow-publish.md"
NAMED = "api/identity-isflownameavailable.md"
ENUMS = "resources/enums.md"


@pytest.fixture(autouse=True)
def place(tmp_path: Path, shared_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the sample pages as `docs`, and settings that name them."""
    shutil.copytree(ROOT / "docs_in", tmp_path / "docs")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(shared_cache))
    settings('overlays = "mine.yaml"')
    return tmp_path


def settings(*lines: str) -> None:
    text = '[tool.gen-graph]\ndocs = "docs"\noutput = "out"\nformatter = "none"\n'
    Path("pyproject.toml").write_text(text + "\n".join(lines) + "\n")


def row(page: str, name: str) -> str:
    lines = (ROOT / "docs_in" / page).read_text().split("\n")
    found = [line for line in lines if line.replace(" ", "").startswith(f"|{name}|")]
    assert len(found) == 1, found
    return found[0]


def example(page: str, number: int, kind: str) -> str:
    """The text of the page's first request or response, by eye: between its fences."""
    blocks = (ROOT / "docs_in" / page).read_text().split("```")[1::2]
    shown = [block.split("\n", 1)[1].strip() for block in blocks]
    starts = ("HTTP/",) if kind == "response" else ("GET https", "POST https")
    return [text for text in shown if text.startswith(starts)][number]


def overlay(*entries: tuple[str, str, str]) -> None:
    """Entries of a page, what they say, and the text that they override."""
    Path("mine.yaml").write_text(
        "".join(
            f"- page: {page}\n  {what}\n  reason: Known to be so.\n  hash: '{hash_of(text)}'\n"
            for page, what, text in entries
        )
    )


ANSWER = (
    "example: 1\n  response: |\n    HTTP/1.1 200 OK\n    Content-type: application/json\n\n"
    '    {"@odata.type": "#microsoft.graph.userFlow", "id": "corrected-id"}'
)


def all_kinds() -> None:
    overlay(
        (USER, "property: mail\n  name: mails\n  type: String collection", row(USER, "mail")),
        (ENUMS, "member: published\n  name: corrected", row(ENUMS, "published")),
        (PUBLISH, "property: comment\n  description: Why.", row(PUBLISH, "comment")),
        (PUBLISH, ANSWER, example(PUBLISH, 0, "response")),
        (NAMED, "property: ignoreCase\n  type: String", row(NAMED, "ignoreCase")),
    )


def run(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    assert main(list(words)) == 0
    return capsys.readouterr().out


def shown(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    return json.loads(run(capsys, *words, "--format", "json"))


def corrected(value: Any) -> list[Any]:
    """Every fact in this JSON that says that it is corrected."""
    if isinstance(value, list):
        return [found for each in value for found in corrected(each)]
    if not isinstance(value, dict):
        return []
    own = [value] if "overlay" in value else []
    return own + [found for each in value.values() for found in corrected(each)]


# ---- inspect


def test_a_corrected_fact_of_a_page_is_shown_with_the_reason(
    capsys: pytest.CaptureFixture[str],
) -> None:
    all_kinds()
    for page, names in {
        USER: {"mails"},
        ENUMS: {"corrected"},
        PUBLISH: {"comment", None},  # the example has no name
        NAMED: {"ignoreCase"},
    }.items():
        facts = shown(capsys, "inspect", "--page", page)
        found = corrected(facts["pages"])
        assert {each.get("name") for each in found} == names
        assert {each["overlay"] for each in found} == {"Known to be so."}
        told = [each["code"] for each in facts["findings"] if "overlay" in each["code"]]
        assert told == ["overlay-applied"] * len(names)
    text = run(capsys, "inspect", "--page", "user")
    (line,) = (line for line in text.splitlines() if "name=mails" in line)
    assert "overlay=Known to be so." in line


def test_a_corrected_fact_of_the_api_is_shown_with_the_reason(
    capsys: pytest.CaptureFixture[str],
) -> None:
    all_kinds()
    user = corrected(shown(capsys, "inspect", "--type", "user")["types"])
    assert [each["name"] for each in user] == ["mails"]
    assert user[0]["type"]["is_collection"] is True
    enum = corrected(shown(capsys, "inspect", "--type", "publicationState")["enums"])
    assert [each["name"] for each in enum] == ["corrected"]
    publish = shown(capsys, "inspect", "--operation", "userflow-publish")
    assert [each.get("name") for each in corrected(publish["operations"])] == ["comment", None]
    named = corrected(shown(capsys, "inspect", "--operation", Path(NAMED).stem)["operations"])
    assert {(each["name"], each["type"]["name"]) for each in named} == {
        ("ignoreCase", "Edm.String")
    }
    assert len(corrected(shown(capsys, "inspect"))) == 5


def test_introductions_are_shown_as_corrected(capsys: pytest.CaptureFixture[str]) -> None:
    before = shown(capsys, "inspect", "--overlays", "", "--page", "user")["pages"][0]["types"][0]
    overlay((USER, "resource: user\n  description: A person.", before["text"]))
    for words in (("--page", "user"), ("--type", "user")):
        (found,) = corrected(shown(capsys, "inspect", *words))
        assert (found["text"], found["overlay"]) == ("A person.", "Known to be so.")
    assert not corrected(shown(capsys, "inspect", "--type", "guestUser"))


def test_a_stale_correction_is_told_where_its_page_is_shown(
    capsys: pytest.CaptureFixture[str],
) -> None:
    overlay((USER, "property: mail\n  name: mails", "another text"))
    for words in (("--page", "user"), ("--type", "user"), ()):
        facts = shown(capsys, "inspect", *words)
        assert not corrected(facts)
        assert [e["span"] for e in facts["findings"] if e["code"] == "overlay-stale"] == [
            "../mine.yaml:1:3"
        ]
    for words in (("--page", "group"), ("--type", "group"), ("--operation", "group-get")):
        facts = shown(capsys, "inspect", *words)
        assert not [e for e in facts["findings"] if e["code"].startswith("overlay-")]


def test_pages_that_are_left_out_are_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    overlay((USER, "property: mail\n  name: mails", row(USER, "mail")))
    words = ["--exclude", "resources/user.md,api/user-*"]
    facts = shown(capsys, "inspect", *words)
    assert not any(USER in each.get("sources", ()) for each in facts["types"])
    assert not [e for e in facts["findings"] if e["code"].startswith("overlay-")]
    assert main(["inspect", "--page", "user-get", *words]) == 2
    assert "is called 'user-get'; include and exclude leave it out" in capsys.readouterr().err
    settings('exclude = ["api/user-*"]')
    assert main(["inspect", "--operation", "user-get"]) == 2
    assert "is called 'user-get'" in capsys.readouterr().err


def test_a_slice_is_shown_as_it_is_made(capsys: pytest.CaptureFixture[str]) -> None:
    settings('only = "group.get"')
    facts = shown(capsys, "inspect")
    assert [each["page"] for each in facts["operations"]] == ["api/group-get.md"]
    assert "microsoft.graph.userFlow" not in {each["name"] for each in facts["types"]}
    assert main(["inspect", "--type", "userFlow"]) == 2
    assert "a type called 'userFlow' in this slice" in capsys.readouterr().err
    assert shown(capsys, "inspect", "--type", "userFlow", "--only", "userFlow")["types"]
    assert main(["inspect", "--only", "gruop"]) == 2
    assert "did you mean group" in capsys.readouterr().err


def test_the_users_names_are_looked_at(capsys: pytest.CaptureFixture[str]) -> None:
    settings("[tool.gen-graph.names]", '"microsoft.graph.usr" = "Person"')
    found = shown(capsys, "inspect")["findings"]
    assert [each["span"] for each in found if each["code"] == "name-unused"] == [
        "../pyproject.toml:6:1"
    ]


# ---- coverage


def entries(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, list[Any]]:
    """Every entry of the JSON, by page; what an entry leaves out is empty."""
    empty: dict[str, Any] = {"code": [], "tests": [], "reasons": []}
    return {
        page["path"]: [
            empty | entry
            for entry in (
                *page.get("lines", ()),
                *(row for table in page.get("tables", ()) for row in table["rows"]),
                *page.get("examples", ()),
            )
        ]
        for page in shown(capsys, "coverage", *words)["pages"]
    }


def test_coverage_tells_of_corrected_facts(capsys: pytest.CaptureFixture[str]) -> None:
    all_kinds()
    told = entries(capsys)
    mail = next(entry for entry in told[USER] if entry["name"] in ("mail", "mails"))
    assert mail["code"] == ["models/user.py: User.mails"]
    answer = next(entry for entry in told[PUBLISH] if entry["kind"] == "response")
    assert (answer["mark"], answer["tests"]) == (
        "tested",
        ["tests/test_user_flow.py::test_publish"],
    )
    assert answer["place"].startswith(PUBLISH)


def test_coverage_tells_of_the_pages_that_are_used(capsys: pytest.CaptureFixture[str]) -> None:
    Path("mine.yaml").write_text("")
    assert "api/user-get.md" not in entries(capsys, "--exclude", "api/user-*")
    told = entries(capsys, "--only", "group")
    assert "api/group-get.md" in told and not any("userflow" in path for path in told)
    settings('only = "group.get"', "[tool.gen-graph.names]", '"api/group-get.md" = "fetch"')
    told = entries(capsys)
    assert [p for p in told if p.startswith("api/")] == ["api/group-get.md"]
    methods = {e["name"]: e for e in told["resources/group.md"] if e["kind"] == "method"}
    assert {name: entry["code"] for name, entry in methods.items() if entry["code"]} == {
        "Get group": ["endpoints/group.py: group.fetch"]
    }
    left = [entry for entry in methods.values() if not entry["code"]]
    assert left and {entry["reasons"][0]["code"] for entry in left} == {"not-asked-for"}


def test_coverage_tells_of_the_outputs_that_are_written(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("mine.yaml").write_text("")
    whole = entries(capsys)
    models = entries(capsys, "--emit", "models")
    both = entries(capsys, "--emit", "models,endpoints")
    assert any(entry["tests"] for each in whole.values() for entry in each)
    for path, several in whole.items():
        for entry, alone, two in zip(several, models[path], both[path], strict=True):
            assert not alone["tests"] and not two["tests"]
            assert all(place.startswith("models/") for place in alone["code"])
            assert two["code"] == entry["code"]
            if entry["code"] and not alone["code"]:
                assert (alone["mark"], alone["reasons"][0]["code"]) == ("left", "not-asked-for")
            elif entry["tests"] and alone["code"]:
                assert (alone["mark"], alone["reasons"][0]["code"]) == ("code", "not-asked-for")
    assert main(["coverage", "--emit", "modles"]) == 2
    assert "no output is called modles" in capsys.readouterr().err
