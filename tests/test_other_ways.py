"""Request lines that only an example shows: another way to the same end, told from an id."""

import pytest

from generator.diagnostics import Span
from generator.model.paths import read_template, varied, words_of
from generator.pages.facts import TemplateFact

HERE = Span("api/x.md", 1)
LINES = [
    *("/me", "/users/{id}", "/users/{id | userPrincipalName}/messages/{id}/attachments"),
    *("/me/drive/root/children", "/education/classes/{id}/assignments/{id}", "/id/(it)"),
]
WORDS = words_of(LINES)


@pytest.mark.parametrize(
    ("listed", "shown", "line"),
    [
        # a word for an entity's key, and words left out
        ("/users/{id}/ownedDevices", "/me/ownedDevices", "/me/ownedDevices"),
        ("/users/{id}/messages/{mid}", "/me/messages/AAMk=", "/me/messages/{message-id}"),
        ("/external/connections/{id}", "/connections/7", "/connections/{connection-id}"),
        ("/drives/{id}/items", "/me/drives/9/items", "/me/drives/{drive-id}/items"),
        # a word that no request line has is no word but an id
        ("/users/{id}/ownedDevices", "/nadia/ownedDevices", None),
        # a word is no id
        ("/users/{id}", "/users/me", None),
        # another end, too far, nothing left of it
        ("/users/{id}/messages/{mid}", "/me/messages", None),
        ("/a/{id}/b/{id}/c", "/me/drive/root/c", None),
        ("/users/{id}", "/me", None),
        # a key in parentheses is none of a segment
        ("/users/{id}/{key}", "/me/events('7')", None),
        ("/users/{id}/f(n={n})", "/me/f(n=7)", "/me/f(n={n})"),
    ],
)
def test_another_way(listed: str, shown: str, line: str | None) -> None:
    template = read_template(TemplateFact("GET", listed, "", HERE), {}).value
    fact = varied(template, shown, WORDS, HERE)
    assert (read_template(fact, {}).value.path if fact is not None else None) == line


def test_words_of_request_lines() -> None:
    assert {"me", "users", "assignments", "children"} <= WORDS
    assert "id" not in WORDS
