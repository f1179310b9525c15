"""Request lines, messages and fences, as pages write them."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.diagnostics import Diagnostic, Span
from generator.markdown.document import Annotation, CodeBlock
from generator.pages.facts import MessageFact
from generator.pages.fences import split_requests
from generator.pages.http import fence_kind, read_message, read_template_lines, split_fence


def fence(text: str, info: str = "http", /, **annotation: object) -> CodeBlock:
    """A fence on line 10: its text begins on line 11."""
    values = {key.replace("odata_type", "@odata.type"): value for key, value in annotation.items()}
    span = Span("api/user-get.md", 10, 1, 11 + text.count("\n"))
    return CodeBlock(info, text, span, Annotation(values, span.at_line(9)) if annotation else None)


def places(said: tuple[Diagnostic, ...]) -> list[tuple[str, int]]:
    return [(d.code, d.span.first) for d in said]


KINDS = [
    ("GET https://graph.microsoft.com/v1.0/me\n", "request"),
    ("\n  PATCH /me\n", "request"),
    ("DELETE/identity/{id}\n", "request"),
    ("get /me\n", "request"),
    ("Get the user\n", "other"),
    ("POST ** Collection URI for x not found\n", "request"),
    ("GETTING started", "other"),
    ("HTTP/1.1 200 OK\n", "response"),
    ("http/1.1 204 NO CONTENT\n", "response"),
    ("HTTP 201 Created\n", "response"),
    ("HTTP/2 302\n", "response"),
    ("400 Bad Request\n", "response"),
    ("400 users are\nGET /me", "response"),
    ("2021-05-01", "other"),
    ('{"a": 1}', "json"),
    ("\n[\n", "json"),
    ("// the body\n{}", "json"),
    ("/* a */ {}", "json"),
    ("", "other"),
    ("\n \n", "other"),
    ("var x = 1;", "other"),
    ("/me/messages", "other"),
]


@pytest.mark.parametrize(("text", "kind"), KINDS)
def test_fence_kind(text: str, kind: str) -> None:
    assert fence_kind(fence(text)) == kind


STARTS = [
    ("GET https://graph.microsoft.com/v1.0/me", ("GET", "https://graph.microsoft.com/v1.0/me")),
    (
        "GET /users?$filter=startswith(displayName, 'a') HTTP/1.1",
        ("GET", "/users?$filter=startswith(displayName, 'a')"),
    ),
    ("post  /me/sendMail  ", ("POST", "/me/sendMail")),
    ("DELETE/me/messages/{id}", ("DELETE", "/me/messages/{id}")),
    ("GET /me\n  ?$select=id\n  &$top=5", ("GET", "/me?$select=id&$top=5")),
    ("GET /me?$top=5&\n$skip=5", ("GET", "/me?$top=5&$skip=5")),
    ("HTTP/1.1 200 OK", ("200", "OK")),
    ("HTTP/1.1 204", ("204", "")),
    ("HTTP 201 Created", ("201", "Created")),
    ("HTTP/1.1 202 Accpted", ("202", "Accpted")),
    ("404 Not Found", ("404", "Not Found")),
]


@pytest.mark.parametrize(("text", "start"), STARTS)
def test_first_line(text: str, start: tuple[str, str]) -> None:
    message, said = read_message(fence(text + "\n"))
    assert message is not None
    assert (message.start, message.headers, message.body, message.json) == (start, (), "", None)
    assert message.text == text
    assert (message.span.first, said) == (11, ())


TYPE = ("Content-type", "application/json")
HEADS = [
    (
        "POST /me\nContent-type: application/json\nContent-length: 8\n\n{}",
        [TYPE, ("Content-length", "8")],
        "{}",
        [],
    ),
    (
        "POST /me\n\nContent-type: application/json\n\n{}",
        [TYPE],
        "{}",
        [("headers-after-blank", 13)],
    ),
    # Below headers, a line that looks like one belongs to a MIME body.
    ("POST /me\nAccept: a\n\nContent-type: b", [("Accept", "a")], "Content-type: b", []),
    ("POST /me\n\nMIME stuff: here", [], "MIME stuff: here", []),
    ("POST /me\nContent-type:application/json\n{}", [TYPE], "{}", [("body-without-blank", 13)]),
    ("POST /me\n{}", [], "{}", [("body-without-blank", 12)]),
    ('HTTP/1.1 200 OK\nDate: "x",\n\n{}', [("Date", '"x"')], "{}", []),
    ('HTTP/1.1 200 OK\n"request-id": "1-2",\n\n{}', [("request-id", "1-2")], "{}", []),
    (
        "HTTP/1.1 200 OK\nLocation: https://a.b/c\n  ?d=e\n",
        [("Location", "https://a.b/c ?d=e")],
        "",
        [],
    ),
    (
        "POST /me\n\n{}\n\nContent-type: application/json\n\n",
        [TYPE],
        "{}",
        [("headers-after-body", 15)],
    ),
    ("HTTP/1.1 204 No Content\n\n{}", [], "{}", [("body-unexpected", 13)]),
    ("POST /me\n\n\n{\n}\n\n", [], "{\n}", []),
    ("POST /$batch\n\n--b\nGET /me\n--b--", [], "--b\nGET /me\n--b--", []),
    (
        "POST ** Entity URI for x not found\n\n{}",
        [],
        "{}",
        [("page-unfinished", 11)],
    ),
]


@pytest.mark.parametrize(("text", "headers", "body", "said"), HEADS)
def test_headers_and_body(
    text: str, headers: list[tuple[str, str]], body: str, said: list[tuple[str, int]]
) -> None:
    message, found = read_message(fence(text))
    assert message is not None
    assert list(message.headers) == headers
    assert message.body == body
    assert (message.json is not None) == body.startswith("{")
    assert places(found) == said


BODIES = [
    ("application/json", '{"a": 1}', {"a": 1}, []),
    ("", '{"a": 1,}', {"a": 1}, ["body-repaired"]),
    ("application/json", "{Raw bytes of the file}", None, ["body-unreadable"]),
    ("application/octet-stream", "{Raw bytes of the file}", None, []),
    ("application/zip", "[Zip file of a package]", None, []),
    ("text/plain", '{"a": 1}', {"a": 1}, []),
    ("text/plain", "893", None, []),
    ("application/json", "893", 893, []),
    ("application/json", '"text"', "text", []),
    ("application/json", "<bytes 0-25 of the file>", None, []),
    ("application/json", "(application/octet-stream of size 10 bytes)", None, []),
    ("text/html", "<html></html>", None, []),
    ("application/octet-stream", "Report Refresh Date,Report Period", None, []),
    (
        "multipart/form-data; boundary=x",
        "--x\nContent-Disposition:form-data\n\n{}\n--x--",
        None,
        [],
    ),
]


@pytest.mark.parametrize(("content_type", "body", "value", "codes"), BODIES)
def test_bodies(content_type: str, body: str, value: object, codes: list[str]) -> None:
    """A body is JSON if it looks so or is said to be; others stay text, without complaint."""
    header = f"Content-Type: {content_type}\n" if content_type else ""
    message, said = read_message(fence(f"HTTP/1.1 200 OK\n{header}\n{body}\n"))
    assert message is not None
    assert message.body == body
    assert (message.json.value if message.json else None) == value
    assert [d.code for d in said] == codes


def test_json_knows_its_lines() -> None:
    message, (said,) = read_message(fence('\nPOST /me\nPrefer: a\n\n{\n  "a": 1,\n}\n'))
    assert message is not None and message.json is not None
    assert message.span.first == 12
    assert message.json.span.first == 15
    assert (said.span.first, said.span.column) == (16, 9)
    assert message.text == 'POST /me\nPrefer: a\n\n{\n  "a": 1,\n}'


ANNOTATIONS: list[tuple[dict[str, object], dict[str, object]]] = [
    ({"name": "get_user"}, {"name": "get_user", "names": ("get_user",)}),
    ({"name": ["a", "b"]}, {"name": "a", "names": ("a", "b")}),
    ({"name": 5}, {"name": "", "names": ()}),
    ({"odata_type": "microsoft.graph.user"}, {"type": "microsoft.graph.user"}),
    ({"@type": "site"}, {"type": "site"}),
    ({"odata_type": ["x"]}, {"type": ""}),
    ({"isCollection": True}, {"is_collection": True}),
    ({"isCollection": "false"}, {"is_collection": False}),
    ({"isCollection": "perhaps"}, {"is_collection": None}),
    ({"isCollection": 1}, {"is_collection": None}),
    ({}, {"is_collection": None, "name": "", "type": ""}),
    ({"odata_type": "collection(x)"}, {"type": "collection(x)", "is_collection": True}),
]


@pytest.mark.parametrize(("annotation", "expected"), ANNOTATIONS)
def test_annotation(annotation: dict[str, object], expected: dict[str, object]) -> None:
    response = fence("HTTP/1.1 200 OK\n", "http", **{"blockType": "response", **annotation})
    message, said = read_message(response)
    assert {name: getattr(message, name) for name in expected} == expected
    assert said == ()


def test_a_request_names_no_others() -> None:
    message = read_message(fence("GET /me\n", blockType="request", name="get_me")).value
    assert message is not None
    assert (message.name, message.names) == ("get_me", ())


WRONG = [
    ("GET /me\n", "response", ["annotation-wrong-kind"]),
    ("HTTP/1.1 200 OK\n", "request", ["annotation-wrong-kind"]),
    ("{}\n", "response", ["annotation-wrong-kind"]),
    ("{}\n", "resource", []),
    ("{}\n", "example", []),
    ("GET /me\n", "ignored", []),
    ("GET /me\n", "example", []),
]


@pytest.mark.parametrize(("text", "label", "codes"), WRONG)
def test_annotation_of_another_kind(text: str, label: str, codes: list[str]) -> None:
    """The first line decides what a fence is; the annotation is reported."""
    message, said = read_message(fence(text, blockType=label))
    assert [d.code for d in said] == codes
    assert (message is None) == text.startswith("{")


TEMPLATES = [
    ("GET /me/messages", "GET", "/me/messages", "", []),
    (
        "GET /users/{id | userPrincipalName}/messages",
        "GET",
        "/users/{id | userPrincipalName}/messages",
        "",
        [],
    ),
    ("get /me", "GET", "/me", "", []),
    ("DELETE/identity/{id}", "DELETE", "/identity/{id}", "", []),
    ("GET   /me  ", "GET", "/me", "", []),
    ("GET /me HTTP/1.1", "GET", "/me", "", []),
    ("GET policies/x", "GET", "/policies/x", "", ["path-repaired"]),
    ("GET ~/groups/{id}", "GET", "/groups/{id}", "", ["path-repaired"]),
    ("GET https://graph.microsoft.com/v1.0/sites", "GET", "/sites", "", ["path-repaired"]),
    ("GET https://graph.microsoft.com/beta/me", "GET", "/me", "", ["path-repaired"]),
    ("GET /beta/teams/{id}", "GET", "/teams/{id}", "", ["path-repaired"]),
    ("GET /betas/v1.0", "GET", "/betas/v1.0", "", []),
    ("GET /me/settings/", "GET", "/me/settings", "", ["path-repaired"]),
    ("GET /users/'{id}'", "GET", "/users/{id}", "", ["path-repaired"]),
    ("GET /me//x", "GET", "/me/x", "", ["path-repaired"]),
    ("GET /me/root:/{item-path}:/x", "GET", "/me/root:/{item-path}:/x", "", []),
    ("GET /me/root:/{path and name}:/x", "GET", "/me/root:/{path and name}:/x", "", []),
    (
        "GET /x/range(address='<address>')/cell",
        "GET",
        "/x/range(address='{address}')/cell",
        "",
        ["path-repaired"],
    ),
    (
        "GET /x/range(address='<address>'/row",
        "GET",
        "/x/range(address='{address}')/row",
        "",
        ["path-repaired"],
    ),
    ("GET /x/range(address=1/row", "GET", "/x/range(address=1)/row", "", ["path-repaired"]),
    ("GET /x/{id/row", "GET", "/x/{id}/row", "", ["path-repaired"]),
    (
        "POST /x/resized(rows={n}, columns={n})",
        "POST",
        "/x/resized(rows={n}, columns={n})",
        "",
        [],
    ),
    (
        "GET /users/{user-id} | user-name/chats",
        "GET",
        "/users/{user-id | user-name}/chats",
        "",
        ["path-repaired"],
    ),
    ("GET /me (the signed-in user)", "GET", "/me", "", ["path-repaired"]),
    ("GET /me?$top=1&$skip=7", "GET", "/me", "$top=1&$skip=7", []),
    ("GET /me/?$expand=a($levels=n)", "GET", "/me", "$expand=a($levels=n)", ["path-repaired"]),
    ("GET /m?$filter={p} eq '{v}' and 1", "GET", "/m", "$filter={p} eq '{v}' and 1", []),
    ("GET /p/$value[?includeIDs=true]", "GET", "/p/$value", "includeIDs=true", []),
    ("GET /a\n  ?$top=1\n  &$skip=2", "GET", "/a", "$top=1&$skip=2", []),
    ("POST /x?requiresReview:{Boolean}", "POST", "/x", "requiresReview:{Boolean}", []),
    (
        "DELETE /a/$ref?$id=https://graph.microsoft.com/v1.0/users/{id}",
        "DELETE",
        "/a/$ref",
        "$id=https://graph.microsoft.com/v1.0/users/{id}",
        [],
    ),
    ("GET /a/.../b/{id}", "GET", "/a/.../b/{id}", "", ["path-any-depth"]),
    ("GET /teams/(team-id)/x", "GET", "/teams/(team-id)/x", "", ["placeholder-literal"]),
    ("GET /sites/id/x", "GET", "/sites/id/x", "", ["placeholder-literal"]),
    ("POST /$batch", "POST", "/$batch", "", []),
    ("GET /f(a='x?y')", "GET", "/f(a='x?y')", "", []),
]


@pytest.mark.parametrize(("text", "method", "path", "query", "codes"), TEMPLATES)
def test_template(text: str, method: str, path: str, query: str, codes: list[str]) -> None:
    (template,), said = read_template_lines(fence(text + "\n"))
    assert (template.method, template.path, template.query) == (method, path, query)
    assert [d.code for d in said] == codes
    assert template.span.first == 11


BLOCKS: list[tuple[str, list[str], list[tuple[str, int]]]] = [
    ("GET /a\n\nor\n\nGET /b\n", ["/a", "/b"], []),
    ("GET /a\n<!-- GET /b -->\n<!--\nGET /c\n-->\n// GET /d\nGET /e", ["/a", "/e"], []),
    ("GET /a\nGET /b\nGET /a", ["/a", "/b"], [("template-twice", 13)]),
    ("GET /a\nGET /a?$top=1", ["/a", "/a"], []),
    (
        'POST /a\nContent-type: x\n\n{\n  "b": "c"\n}\nGET /d\nAccept: y',
        ["/a", "/d"],
        [("template-line-foreign", 12), ("template-line-foreign", 18)],
    ),
    ("POST /a\nHTTP/1.1 200 OK", ["/a"], [("template-line-foreign", 12)]),
    ("/me/messages\nGET /a", ["/a"], [("request-line-unreadable", 11)]),
    (
        "POST ** Collection URI for microsoft.graph.x not found",
        [],
        [("request-line-unreadable", 11), ("page-unfinished", 11)],
    ),
    (
        "GET https://graph.microsoft.com/beta** Entity URI for x not found",
        [],
        [("request-line-unreadable", 11), ("page-unfinished", 11)],
    ),
    ("GET\n", [], [("request-line-unreadable", 11)]),
    ("POST /\n", [], [("request-line-unreadable", 11)]),
    ("", [], []),
]


@pytest.mark.parametrize(("text", "paths", "said"), BLOCKS)
def test_template_block(text: str, paths: list[str], said: list[tuple[str, int]]) -> None:
    templates, found = read_template_lines(fence(text))
    assert [template.path for template in templates] == paths
    assert places(found) == said


def test_code_of_a_language_holds_no_request_lines() -> None:
    assert read_template_lines(fence("/me\nGET /me", "csharp")) == ((), ())


SPLITS: list[tuple[str, list[tuple[int, str, str, str]], list[tuple[str, int]]]] = [
    ("GET /a\n\n{}\n", [(10, "http", "GET /a\n\n{}\n", "")], []),
    # The first fence was not closed.
    (
        "GET /a\n\n### Response\n\n"
        '<!-- {\n  "blockType": "response",\n  "name": "r",\n} -->\n'
        "```json\nHTTP/1.1 200 OK\n\n{}\n",
        [(10, "http", "GET /a\n\n", ""), (19, "json", "HTTP/1.1 200 OK\n\n{}\n", "r")],
        [("fence-unclosed", 10)],
    ),
    # Its opening was written twice.
    ("```http\nGET /a\n", [(11, "http", "GET /a\n", "")], [("fence-unclosed", 10)]),
    # Request and response follow without anything between them.
    (
        "POST /a\n\n{}\n\nHTTP/1.1 200 OK\n\n{}\n",
        [(10, "http", "POST /a\n\n{}\n\n", ""), (14, "http", "HTTP/1.1 200 OK\n\n{}\n", "")],
        [("fence-holds-two", 15)],
    ),
    # A multipart body holds messages of its own.
    (
        "POST /$batch\n\n--b\nHTTP/1.1 200 OK\n--b--\n",
        [(10, "http", "POST /$batch\n\n--b\nHTTP/1.1 200 OK\n--b--\n", "")],
        [],
    ),
    # Not a message: headings and comments are its own.
    ("# a comment\nGET /a\n", [(10, "http", "# a comment\nGET /a\n", "")], []),
    ("GET /a\n```\n\nText.\n", [(10, "http", "GET /a\n", "")], [("fence-unclosed", 10)]),
]


@pytest.mark.parametrize(("text", "pieces", "said"), SPLITS)
def test_split_fence(
    text: str, pieces: list[tuple[int, str, str, str]], said: list[tuple[str, int]]
) -> None:
    made, found = split_fence(fence(text))
    shown = [
        (p.span.first, p.info, p.text, str(p.annotation.values["name"]) if p.annotation else "")
        for p in made
    ]
    assert shown == pieces
    assert places(found) == said


@pytest.mark.parametrize(
    ("text", "firsts", "said"),
    [
        ("GET /me\n", [10], []),
        ("GET /me\n\nGET /users\n", [10, 12], [("request-second", 13)]),
        ("PATCH /me\n\n{}\n\nPATCH https://x/me\n{}", [10, 14], [("request-second", 15)]),
        ("POST /$batch\n\n--b\nGET /me\n--b--", [10], []),
    ],
)
def test_split_requests(text: str, firsts: list[int], said: list[tuple[str, int]]) -> None:
    made, found = split_requests(fence(text))
    assert [piece.span.first for piece in made] == firsts
    assert places(found) == said


def test_the_annotation_stays_with_what_follows_it() -> None:
    """Even where the opening of the fence was written twice."""
    (piece,) = split_fence(fence("```http\nGET /a\n", blockType="request", name="a")).value
    assert piece.annotation is not None and piece.annotation.values["name"] == "a"
    first, second = split_fence(
        fence("GET /a\nHTTP/1.1 200 OK\n", blockType="request", name="a")
    ).value
    assert first.annotation is not None and second.annotation is None


LINES = st.sampled_from(
    [
        "GET /a",
        "POST /b?c=d e",
        "HTTP/1.1 200 OK",
        "HTTP 204",
        "400 B",
        "400 Bad",
        "",
        " ",
        "or",
        "{",
    ]
    + ["}", '{"a": 1,}', "[", "Content-type: application/json", "Content-type:", "A: b,", " folded"]
    + ["# Head", "```", "```http", '<!-- {"blockType": "response"} -->', "<!--", "{ -->", "-->"]
    + [
        "GET ~/{a|b}(c='d",
        "GET ** x not found",
        "GET",
        "get a/b",
        "DELETE/x",
        "?a",
        "&b",
        "--x",
        "/",
    ]
    + ["\ufeffGET /a", "\u00a0HTTP/1.1 200 OK", "GET /{a}'{b}'<c>((", "GET [?a=b]", "GET https://"]
)
WEIRD = st.lists(LINES | st.text(max_size=12), max_size=12).map("\n".join)


@given(
    WEIRD, st.dictionaries(st.sampled_from(["blockType", "name", "@type"]), st.text() | st.none())
)
def test_nothing_raises(text: str, values: dict[str, object]) -> None:
    """Whatever stands in a fence, all of it is read, and the places are lines of the fence."""
    span = Span("p.md", 10, 1, 12 + text.count("\n"))
    block = CodeBlock("http", text, span, Annotation(values, span))
    pieces, said = split_fence(block)
    for piece in pieces:
        assert span.first <= piece.span.first <= piece.span.last <= span.last
        lines = text.split("\n")
        at = piece.span.first - span.first
        assert piece.text.removesuffix("\n").split("\n")[0] == lines[at]
        message, of_message = read_message(piece)
        templates, of_templates = read_template_lines(piece)
        said += of_message + of_templates
        if fence_kind(piece) in ("request", "response"):
            assert isinstance(message, MessageFact)
            assert all(message.start[:1])
        else:
            assert message is None
        for template in templates:
            assert template.path.startswith("/")
            assert "//" not in template.path
            assert template.method.isupper()
    assert all(span.first <= d.span.first <= span.last for d in said)


LARGE = [
    "GET /me\nA: b\n" + " folded\n" * 300_000,
    "GET /me\n" + "&a=b\n" * 300_000,
    "GET /me" + " " * 1_000_000 + "x",
    "GET /" + "{" * 500_000,
    "GET /" + "(a='" * 300_000,
    "GET /" + "a-" * 500_000,
    "\n" * 1_000_000 + "GET /me",
    "GET /me\n" + "# x\n" * 300_000,
    "GET /me\n" + "```\n" * 300_000,
    "GET /me\n" + "<!-- {\n" * 300_000,
    "GET /me\n\n" + "Accept: x\n" * 300_000,
]


@pytest.mark.parametrize("text", LARGE, ids=range(len(LARGE)))
def test_large_fences_take_linear_time(text: str) -> None:
    started = time.perf_counter()
    for piece in split_fence(fence(text)).value:
        read_message(piece)
        read_template_lines(piece)
    assert time.perf_counter() - started < 20
