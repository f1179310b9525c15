"""Corrections beside the docs: what they change, and when they have outlived their page."""

import json
import re
import shutil
from pathlib import Path

import pytest

from generator.cache import Store, default_folder
from generator.choices import Choices
from generator.cli import main
from generator.diagnostics import Severity
from generator.overlays import hash_of, read_overlay
from generator.pipeline import generate
from generator.run import Run
from generator.style import Style
from generator.textfile import TextFile

ROOT = Path(__file__).resolve().parents[1]
USER = "resources/user.md"
MAIL = "property: mail\n  type: String collection\n  name: mails"


@pytest.fixture(autouse=True)
def place(tmp_path: Path, shared_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the sample pages as `docs`."""
    shutil.copytree(ROOT / "docs_in", tmp_path / "docs")
    (tmp_path / "pyproject.toml").write_text("")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(shared_cache))
    return tmp_path


def entry(what: str, hashed: str = "", page: str = USER) -> str:
    shown = f"  hash: '{hashed}'\n" if hashed else ""
    return f"- page: {page}\n  {what}\n  reason: It is so.\n{shown}"


def made(text: str, *emit: str) -> Run:
    Path("overlays.yaml").write_text(text)
    choices = Choices(emit=emit, style=Style("none"))
    store = Store(default_folder())
    return generate("docs", choices, overlays=["overlays.yaml"], jobs=1, store=store)


def said(run: Run) -> dict[str, str]:
    return {
        found.code: str(found) for found in run.diagnostics if found.code.startswith("overlay-")
    }


def text(run: Run, path: str) -> str:
    return next(file.text for file in run.files if file.path == path)


def seen_hash(what: str, page: str = USER) -> str:
    """The hash that a run without one tells."""
    stale = said(made(entry(what, page=page), "openapi"))["overlay-stale"]
    match = re.search(r"set its hash to ([0-9a-f]{12}) \[overlay-stale\]$", stale)
    assert match, stale
    return match[1]


def row(name: str) -> str:
    lines = (ROOT / "docs_in" / USER).read_text().split("\n")
    return next(line for line in lines if line.startswith(f"| {name} "))


def test_a_row_says_what_its_correction_says() -> None:
    hashed = seen_hash(MAIL)
    assert hashed == hash_of(row("mail"))
    run = made(entry(MAIL, hashed))
    assert 'mails: Annotated[list[edm.String] | None, wire("mails"' in text(run, "models/user.py")
    (line,) = said(run).values()
    number = (ROOT / "docs_in" / USER).read_text().split(row("mail"))[0].count("\n") + 1
    assert line.startswith(f"{USER}:{number}:1: info: 'mail' is corrected") and "It is so." in line
    schemas = json.loads(text(run, "openapi.json"))["components"]["schemas"]
    assert '"mails"' in json.dumps(schemas["microsoft.graph.user"])


def test_a_type_is_written_as_the_page_would() -> None:
    what = "property: mail\n  type: '[preferences](userpreferences.md)'"
    run = made(entry(what, hash_of(row("mail"))))
    assert "mail: Annotated[UserPreferences | None" in text(run, "models/user.py")


def test_a_parameter_a_member_and_an_example_are_corrected() -> None:
    page = "api/userflow-publish.md"
    parameter = "property: comment\n  type: Int32"
    member = "member: published\n  name: corrected"
    example = (
        "example: 1\n  response: |\n    HTTP/1.1 200 OK\n    Content-type: application/json\n\n"
        '    {"@odata.type": "#microsoft.graph.userFlow", "id": "corrected-id"}'
    )
    run = made(
        entry(parameter, seen_hash(parameter, page), page)
        + entry(member, seen_hash(member, "resources/enums.md"), "resources/enums.md")
        + entry(example, seen_hash(example, page), page)
    )
    assert set(said(run)) == {"overlay-applied"}
    assert "comment: int | None" in text(run, "endpoints/user_flow.py")
    assert any('CORRECTED = "corrected"' in file.text for file in run.files)
    assert "corrected-id" in text(run, "tests/test_user_flow.py")


def described(run: Run, schema: str) -> dict[str, object]:
    document = json.loads(text(run, "openapi.json"))
    found = document["components"]["schemas"][f"microsoft.graph.{schema}"]
    return next((part for part in found.get("allOf", ()) if "properties" in part), found) | {
        "description": found.get("description")
    }


def test_the_description_of_a_row_states_what_it_would_on_the_page() -> None:
    hashed = hash_of(row("mail"))
    words = "Where *it* [arrives](../x.md). Maximum length is 7 characters. Read-only."
    run = made(entry(f"property: mail\n  description: >\n    {words}", hashed))
    mail = described(run, "user")["properties"]["mail"]  # type: ignore[index]
    assert mail["description"].startswith("Where it arrives. Maximum length is 7")
    assert (mail["maxLength"], mail["readOnly"]) == (7, True)
    assert "Where it arrives." in text(run, "models/user.py")
    # What the old one stated has gone with it.
    run = made(entry("property: mail\n  description: Some words.", hashed))
    mail = described(run, "user")["properties"]["mail"]  # type: ignore[index]
    assert mail["description"] == "Some words."
    assert not {"maxLength", "readOnly"} & set(mail)


@pytest.mark.parametrize("annotated", [False, True])
def test_the_key_goes_with_the_row_that_states_it(place: Path, annotated: bool) -> None:
    """Unless the annotation states it."""
    page = "resources/gauge.md"
    annotation = '<!-- {"blockType": "resource", "@odata.type": "microsoft.graph.gauge"%s} -->'
    (place / "docs" / page).write_text(
        "# gauge resource type\n\nNamespace: microsoft.graph\n\n## Properties\n"
        "|Property|Type|Description|\n|:--|:--|:--|\n|code|String|What it is called. Key.|\n\n"
        + annotation % (', "keyProperty": "code"' if annotated else "")
        + '\n```json\n{"code": "String"}\n```\n'
    )
    what = "property: code\n  name: number\n  description: A name."
    hashed = seen_hash(what, page)
    assert described(made(""), "gauge")["x-odata-key"] == ["code"]
    key = described(made(entry(f"{what} Key.", hashed, page)), "gauge")["x-odata-key"]
    assert key == (["code"] if annotated else ["number"])
    assert ("x-odata-key" in described(made(entry(what, hashed, page)), "gauge")) is annotated


def test_introductions_and_descriptions_of_all_kinds_are_corrected() -> None:
    publish, enums = "api/userflow-publish.md", "resources/enums.md"
    whats = [
        (USER, "resource: user\n  description: |\n    A *person*.\n\n    Or `nobody`."),
        (enums, "enumeration: publicationState\n  description: How far it is."),
        (enums, "member: published\n  description: For all to see."),
        (publish, 'operation: "userFlow: publish"\n  description: Let it be seen.'),
        (publish, "property: comment\n  description: A word of reason."),
        ("api/userflow-delete.md", "property: If-Match\n  description: As it was read. Required."),
    ]
    run = made("".join(entry(what, seen_hash(what, page), page) for page, what in whats))
    assert set(said(run)) == {"overlay-applied"}
    assert described(run, "user")["description"] == "A person.\n\nOr nobody."
    assert "A person." in text(run, "models/user.py")
    assert described(run, "publicationState")["description"] == "How far it is."
    assert "For all to see." in text(run, "models/publication_state.py")
    methods = text(run, "endpoints/user_flow.py")
    for words in ("Let it be seen.", "A word of reason.", "As it was read. Required."):
        assert words in methods


def test_a_description_that_changed_is_taken_from_the_page(place: Path) -> None:
    what = "resource: user\n  description: A person."
    hashed = seen_hash(what)
    page = place / "docs" / USER
    line = "Namespace: microsoft.graph\n\n"
    page.write_text(page.read_text().replace(line, f"{line}New. "))
    run = made(entry(what, hashed))
    assert set(said(run)) == {"overlay-stale"} and '"""New.' in text(run, "models/user.py")
    assert seen_hash(what) in said(run)["overlay-stale"]


def test_a_header_has_no_type() -> None:
    page = "api/userflow-delete.md"
    what = "property: If-Match\n  type: Int32"
    assert (
        "a header has no type"
        in said(made(entry(what, seen_hash(what, page), page)))["overlay-unreadable"]
    )


def test_a_correction_ends_with_the_text_that_it_corrects(place: Path) -> None:
    hashed = seen_hash(MAIL)
    page = place / "docs" / USER
    page.write_text("\n" + page.read_text())  # elsewhere is not there
    assert set(said(made(entry(MAIL, hashed)))) == {"overlay-applied"}
    page.write_text(page.read_text().replace("The address for messages.", "An address."))
    run = made(entry(MAIL, hashed))
    (line,) = said(run).values()
    assert line.startswith("../overlays.yaml:1:3: error: the text of 'mail' on resources/user.md")
    assert "mail: Annotated[edm.String" in text(run, "models/user.py")
    assert seen_hash(MAIL) in line


@pytest.mark.parametrize(
    ("overlay", "code", "expected"),
    [
        (entry("property: nothing\n  name: x"), "overlay-unmatched", "no property is called"),
        (entry(MAIL, page="resources/no.md"), "overlay-unmatched", "no page is called"),
        (entry("example: 9\n  request: x"), "overlay-unmatched", "no example is called '9'"),
        ("- page: [", "overlay-unreadable", "cannot be read"),
        ("x: 1", "overlay-unreadable", "it is no list of entries"),
        ("- 3", "overlay-unreadable", "an entry is a table"),
        ("- page: x\n  property: [a]", "overlay-unreadable", "texts and nothing else"),
        ("- page: x\n  name: y", "overlay-unreadable", "one of property, member, example, re"),
        ("- page: x\n  property: y\n  name: z", "overlay-unreadable", "the entry has no reason"),
        (entry("property: mail"), "overlay-unreadable", "has name or type or description"),
        (entry("resource: user\n  name: x"), "overlay-unreadable", "with resource has description"),
        (
            entry("resource: usr\n  description: x"),
            "overlay-unmatched",
            "no resource is called 'usr'",
        ),
        (
            entry("enumeration: user\n  description: x"),
            "overlay-unmatched",
            "no enumeration is called",
        ),
        (entry("operation: x\n  description: x"), "overlay-unmatched", "no operation is called"),
        (entry("property: mail\n  name: x\n  typ: y"), "overlay-unreadable", "has no typ"),
        ("&a [*a, *a]", "overlay-unreadable", "an entry is a table"),
        ("\x00", "overlay-unreadable", "cannot be read"),
    ],
)
def test_what_is_no_correction_is_said_with_its_place(
    overlay: str, code: str, expected: str
) -> None:
    run = made(overlay)
    assert expected in said(run)[code] and "../overlays.yaml:" in said(run)[code]
    assert all(
        d.severity is Severity.ERROR for d in run.diagnostics if d.code.startswith("overlay-")
    )
    store = Store(default_folder())
    assert run.files == generate("docs", Choices(style=Style("none")), jobs=1, store=store).files


def test_what_a_correction_says_must_be_readable() -> None:
    hashed = hash_of(row("mail"))
    unread = said(made(entry("property: mail\n  type: '?'", hashed)))["overlay-unreadable"]
    assert "'?' is no type" in unread
    page = "api/userflow-publish.md"
    what = "example: 1\n  request: HTTP/1.1 200 OK"
    unread = said(made(entry(what, seen_hash(what, page), page)))["overlay-unreadable"]
    assert "it is no request" in unread


def test_an_empty_overlay_says_nothing() -> None:
    assert read_overlay(TextFile("x.yaml", "# nothing yet\n")) == ((), ())


def test_the_command_takes_overlays_and_sees_their_changes(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "pyproject.toml").write_text('[tool.gen-graph]\noverlays = "mine/o.yaml"\n')
    words = ["docs", "-o", "out", "--formatter", "none"]
    assert main(words) == 2
    assert f"there is no file {place / 'mine/o.yaml'}" in capsys.readouterr().err
    (place / "mine").mkdir()
    (place / "mine/o.yaml").write_text("")
    assert main([*words, "--quiet"]) == 0
    (place / "mine/o.yaml").write_text(entry(MAIL, hash_of(row("mail"))))
    assert main([*words, "--quiet"]) == 0
    assert "mails:" in (place / "out/models/user.py").read_text()
    (place / "mine/o.yaml").write_text(entry(MAIL, "0" * 12))
    assert main(words) == 0
    assert "[overlay-stale]" in capsys.readouterr().err
