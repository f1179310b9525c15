"""The transport half of the runtime: requests, answers, pages, errors, secrets.

Everything runs against httpx2's mock transport; no test sleeps or needs the network.
"""

import asyncio
import importlib
import json
import logging
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import httpx2
import pytest

HERE = Path(__file__).parent
RUNTIME = HERE.parents[1] / "templates" / "python" / "runtime"
BASE = "https://graph.example/v1.0"
SECRET = "s3cr3t-t0ken"

Handler = Callable[[httpx2.Request], httpx2.Response]


def make_package(folder: Path, name: str) -> Path:
    """The sample models with the runtime as it is emitted."""
    package = folder / name
    shutil.copytree(HERE / "sample", package, ignore=shutil.ignore_patterns("__pycache__"))
    (package / "runtime").mkdir(exist_ok=True)
    for template in RUNTIME.glob("*.jinja"):
        (package / "runtime" / template.name.removesuffix(".jinja")).write_text(
            template.read_text(encoding="utf-8"), encoding="utf-8"
        )
    return package


@pytest.fixture(scope="module")
def rt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    """The runtime's modules by name."""
    folder = tmp_path_factory.mktemp("transport")
    make_package(folder, "transport_sample")
    sys.path.insert(0, str(folder))
    names = ("answers", "batch", "calls", "errors", "pages", "pending", "resources", "streams")
    names += ("transport", "uploads")
    yield SimpleNamespace(
        folder=folder,
        **{n: importlib.import_module(f"transport_sample.runtime.{n}") for n in names},
    )
    sys.path.remove(str(folder))


@pytest.fixture
def waits(rt: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What the clients would have slept."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr("time.sleep", slept.append)
    monkeypatch.setattr("asyncio.sleep", sleep)
    return slept


class Both:
    """Sends with the client of either kind, so that each test runs with both."""

    def __init__(self, rt: SimpleNamespace, is_async: bool) -> None:
        self.rt = rt
        self.is_async = is_async

    def client(self, handler: Handler, **options: Any) -> Any:
        options.setdefault("token", SECRET)
        base_url = options.pop("base_url", BASE)
        transport = httpx2.MockTransport(handler)
        if self.is_async:
            http: Any = httpx2.AsyncClient(transport=transport, **options.pop("http", {}))
            return self.rt.transport.AsyncClient(base_url, http=http, **options)
        http = httpx2.Client(transport=transport, **options.pop("http", {}))
        return self.rt.transport.Client(base_url, http=http, **options)

    def run(self, result: Any) -> Any:
        return asyncio.run(_awaited(result)) if hasattr(result, "__await__") else result

    def send(self, request: Any, handler: Handler, **options: Any) -> Any:
        return self.run(self.client(handler, **options).send(request))

    def elements(self, client: Any, request: Any) -> list[Any]:
        if not self.is_async:
            return list(client.send_page(request))

        async def gather() -> list[Any]:
            return [element async for element in await client.send_page(request)]

        return asyncio.run(gather())


async def _awaited(result: Any) -> Any:
    return await result


@pytest.fixture(params=[False, True], ids=["sync", "async"])
def both(request: pytest.FixtureRequest, rt: SimpleNamespace) -> Both:
    return Both(rt, request.param)


def call(
    rt: SimpleNamespace, *paths: str, method: str = "GET", answer: Any = None, **more: Any
) -> Any:
    return rt.calls.Call(method, paths, answer or rt.answers.json(), "api/user-get.md", **more)


def answering(status: int = 200, body: Any = None, **headers: str) -> Handler:
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda request: httpx2.Response(
        status, json=body if body is not None else {}, headers=fields
    )


# --- requests


@pytest.mark.parametrize(
    ("path", "ids", "url"),
    [
        ("/users/{user_id}", {"user_id": "a/b#c'd?e%f g"}, "/users/a%2Fb%23c%27d%3Fe%25f%20g"),
        ("/users/{user_id}", {"user_id": "Zoë"}, "/users/Zo%C3%AB"),
        ("/users/{user_id}", {"user_id": "adele@contoso.com"}, "/users/adele@contoso.com"),
        ("/f(name='{name}')", {"name": "O'Neil & sons"}, "/f(name='O%27%27Neil%20%26%20sons')"),
        ("/f(name='{name}')", {"name": ""}, "/f(name='')"),
        ("/root:/{path:path}:/content", {"path": "/A b/c#.txt"}, "/root:/A%20b/c%23.txt:/content"),
        ("/root:/{path:path}:", {"path": "a:b"}, "/root:/a%3Ab:"),
        ("/f(on={on})", {"on": True}, "/f(on=true)"),
        ("/f(day={day})", {"day": date(2024, 5, 1)}, "/f(day=2024-05-01)"),
        ("/f(n={n})", {"n": 5}, "/f(n=5)"),
        ("/f(n={n})", {"n": 2.5}, "/f(n=2.5)"),
        ("/f(t={t})", {"t": datetime(2024, 5, 1, 8, tzinfo=UTC)}, "/f(t=2024-05-01T08%3A00%3A00Z)"),
        ("/f(t={t})", {"t": timedelta(hours=1)}, "/f(t=PT1H)"),
        ("/x/{id}", {"id": UUID(int=1)}, "/x/00000000-0000-0000-0000-000000000001"),
    ],
)
def test_ids_are_encoded(rt: SimpleNamespace, path: str, ids: dict[str, Any], url: str) -> None:
    assert call(rt, path).request(ids).url == url


@pytest.mark.parametrize("value", ["", ".", ".."])
def test_an_id_never_leads_elsewhere(rt: SimpleNamespace, value: str) -> None:
    with pytest.raises(ValueError, match="user_id"):
        call(rt, "/users/{user_id}").request({"user_id": value})
    with pytest.raises(ValueError, match="path"):
        call(rt, "/root:/{path:path}:").request({"path": f"a/{value}/b"})


def test_the_encoded_path_reaches_the_wire(both: Both) -> None:
    seen: list[bytes] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        seen.append(request.url.raw_path)
        return httpx2.Response(200, json={})

    request = call(both.rt, "/users/{user_id}/f(x='{x}')").request(
        {"user_id": "a/b%2F?", "x": "it's"}, query={"$filter": "name eq 'a&b=c+d%'"}
    )
    both.send(request, handler)
    path, _, query = seen[0].decode().partition("?")
    assert path.replace("'", "%27") == "/v1.0/users/a%2Fb%252F%3F/f(x=%27it%27%27s%27)".replace(
        "'", "%27"
    )
    assert query.replace("'", "%27") == "$filter=name%20eq%20%27a%26b%3Dc%2Bd%25%27"


def test_the_arguments_choose_the_path(rt: SimpleNamespace) -> None:
    several = call(rt, "/me", "/users/{user_id}", "/groups/{group_id}/members/{member_id}")
    assert several.request({}).url == "/me"
    assert several.request({"user_id": "a", "group_id": None}).url == "/users/a"
    assert several.request({"group_id": "g", "member_id": "m"}).url == "/groups/g/members/m"
    with pytest.raises(TypeError) as error:
        several.request({"group_id": "g"})
    assert "accepted are () or (user_id) or (group_id, member_id)" in str(error.value)


def test_the_keyword_path_chooses_where_arguments_cannot(rt: SimpleNamespace) -> None:
    several = call(rt, "/me/events", "/me/calendar/events", "/root:/{p:path}", "/items/{p}")
    assert several.request({}).url == "/me/events"
    assert several.request({}, path="/me/calendar/events").url == "/me/calendar/events"
    assert several.request({"p": "a"}, path="/items/{p}").url == "/items/a"
    assert several.request({"p": "a"}, path="/root:/{p}").url == "/root:/a"
    with pytest.raises(TypeError, match="path='/items"):
        several.request({}, path="/items/{p}")


def test_a_page_without_a_request_line(rt: SimpleNamespace) -> None:
    with pytest.raises(rt.errors.UndocumentedRequest, match="user-get.md has no request line"):
        call(rt).request({})
    assert issubclass(rt.errors.UndocumentedRequest, NotImplementedError)


def test_query_options(rt: SimpleNamespace) -> None:
    made = call(rt, "/users").request(
        {},
        {"$select": ["id", "displayName"], "$top": 5, "$count": True, "$filter": None},
        {"$search": '"name:a"', "$top": 7, "deltatoken": "a+b"},
    )
    assert made.url == (
        "/users?$select=id,displayName&$top=7&$count=true&$search=%22name:a%22&deltatoken=a%2Bb"
    )


def test_headers_later_ones_win(rt: SimpleNamespace) -> None:
    made = call(rt, "/users").request(
        {}, headers={"if-match": "2"}, fields={"If-Match": "1", "Prefer": None}
    )
    assert made.headers == {"accept": "application/json", "if-match": "2"}


def test_bodies(rt: SimpleNamespace) -> None:
    post = call(rt, "/users", method="POST")
    made = post.request({}, body={"a": [1, None, date(2024, 5, 1)], "b": {"ü": b"\xff"}})
    assert made.content == '{"a":[1,null,"2024-05-01"],"b":{"ü":"_w=="}}'.encode()
    assert made.headers["content-type"] == "application/json"
    assert post.request({}, content=b"x").headers["content-type"] == "application/octet-stream"
    assert (
        post.request({}, content=b"x", content_type="image/png").headers["content-type"]
        == "image/png"
    )
    with pytest.raises(TypeError, match="a body or a content, not both"):
        post.request({}, body={}, content=b"x")
    assert post.request({}).content is None
    assert "content-type" not in post.request({}).headers


def test_a_model_is_sent_with_all_that_is_set(rt: SimpleNamespace) -> None:
    message = importlib.import_module("transport_sample.models.message").Message
    body = message.model_validate({"id": "1", "subject": None, "unknownThing": [1]})
    post = call(rt, "/messages", method="POST", body="microsoft.graph.message")
    assert json.loads(post.request({}, body=body).content) == body.to_payload(read_only=True)
    assert json.loads(post.request({}, body={"Message": body, "list": [body]}).content) == {
        "Message": body.to_payload(read_only=True),
        "list": [body.to_payload(read_only=True)],
    }


def test_parameters_of_an_action(rt: SimpleNamespace) -> None:
    given = rt.calls.given
    assert given({"a": None, "b": False}) == {"b": False}
    assert given({"a": None}) is None
    assert given({"a": None}, {}) == {}
    assert given({"a": 1}, {"a": None, "c": 2}) == {"a": None, "c": 2}


# --- answers


def test_one_object(both: Both) -> None:
    request = call(both.rt, "/me", answer=both.rt.answers.one("microsoft.graph.message")).request(
        {}
    )
    found = both.send(request, answering(body={"id": "1", "new": 2}))
    assert type(found).__name__ == "Message"
    assert found.to_payload(read_only=True) == {"id": "1", "new": 2}


def test_an_envelope_around_one_object_is_taken_off(rt: SimpleNamespace) -> None:
    read = rt.answers.one("microsoft.graph.message").read
    reply = rt.answers.Reply

    def payload(body: Any) -> Any:
        return read(reply(200, {}, json.dumps(body).encode())).to_payload(read_only=True)

    assert payload({"@odata.context": "x", "value": {"id": "1"}}) == {"id": "1"}
    assert payload({"id": "2", "value": {"id": "1"}}) == {"id": "2", "value": {"id": "1"}}
    assert payload({"value": [{"id": "1"}]}) == {"value": [{"id": "1"}]}
    assert read(reply(201, {}, b"")).to_payload(read_only=True) == {}


def test_a_value(rt: SimpleNamespace) -> None:
    answers = rt.answers

    def read(answer: Any, body: Any) -> Any:
        return answer.read(answers.Reply(200, {}, json.dumps(body).encode()))

    assert read(answers.value("Edm.Boolean"), {"@odata.context": "x", "value": True}) is True
    assert read(answers.value("Edm.Date"), {"value": "2024-05-01"}) == date(2024, 5, 1)
    assert read(answers.value("Edm.Int32"), {"value": "many"}) == "many"
    assert read(answers.value("Edm.String"), "bare") == "bare"
    assert read(answers.values("Edm.String"), {"value": ["a", "b"]}) == ["a", "b"]
    day = read(answers.value("microsoft.graph.dayOfWeek"), {"value": "monday"})
    assert type(day).__name__ == "DayOfWeek"
    assert read(answers.value("microsoft.graph.dayOfWeek"), {"value": "doomsday"}) == "doomsday"
    assert read(answers.value("microsoft.graph.unheardOf"), {"value": {"a": 1}}) == {"a": 1}


def test_bytes_numbers_and_nothing(rt: SimpleNamespace) -> None:
    answers = rt.answers
    assert answers.content().read(answers.Reply(200, {}, b"\x00\xff")) == b"\x00\xff"
    assert answers.number().read(answers.Reply(200, {}, b"\xef\xbb\xbf893")) == 893
    assert answers.nothing().read(answers.Reply(204, {}, b"")) is None
    with pytest.raises(rt.errors.ApiError, match="no number"):
        answers.number().read(answers.Reply(200, {}, b"many"))
    with pytest.raises(rt.errors.ApiError, match="no JSON"):
        answers.json().read(answers.Reply(200, {}, b"<html>"))


def test_accepted(both: Both) -> None:
    answers = both.rt.answers
    request = call(
        both.rt,
        "/copy",
        method="POST",
        answer=answers.accepted(answers.one("microsoft.graph.message")),
    ).request({})
    found = both.send(request, answering(202, {"id": "1"}, Location="https://m/1", Retry_After="5"))
    assert (found.location, found.retry_after, found.value.id) == ("https://m/1", 5.0, "1")
    empty = both.send(request, lambda _: httpx2.Response(202, headers={"Operation-Location": "/o"}))
    assert (empty.location, empty.value) == ("/o", None)


def test_replies_are_recorded(both: Both) -> None:
    client = both.client(answering(body={"id": "1"}, ETag='W/"1"', Request_Id="r1"))
    other = both.client(answering())
    request = call(both.rt, "/me").request({})
    with client.recorded() as replies:
        both.run(client.send(request))
        both.run(other.send(request))
    both.run(client.send(request))
    assert [(r.status, r.etag, r.request_id) for r in replies] == [(200, 'W/"1"', "r1")]


# --- pages


def paged(request: httpx2.Request) -> httpx2.Response:
    number = int(request.url.params.get("page", 1))
    body: dict[str, Any] = {"value": [{"id": f"{number}{letter}"} for letter in "ab"]}
    if number < 3:
        body["@odata.nextLink"] = f"{BASE}/me/messages?page={number + 1}"
    else:
        body["@odata.deltaLink"] = f"{BASE}/me/messages?token=t"
    return httpx2.Response(200, json=body | {"@odata.count": 6, "@custom": [1]})


def list_messages(rt: SimpleNamespace, **options: Any) -> Any:
    answer = rt.answers.many("microsoft.graph.message")
    return call(rt, "/me/messages", answer=answer).request({}, **options)


def test_iteration_follows_the_links(both: Both) -> None:
    seen: list[httpx2.Request] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return paged(request)

    client = both.client(handler)
    request = list_messages(both.rt, headers={"ConsistencyLevel": "eventual"})
    assert [m.id for m in both.elements(client, request)] == ["1a", "1b", "2a", "2b", "3a", "3b"]
    assert {r.headers["consistencylevel"] for r in seen} == {"eventual"}
    assert {r.headers["authorization"] for r in seen} == {f"Bearer {SECRET}"}


def test_pages_are_fetched_when_needed(both: Both) -> None:
    seen: list[str] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        seen.append(str(request.url))
        return paged(request)

    page = both.run(both.client(handler).send_page(list_messages(both.rt)))
    assert len(seen) == 1
    assert (page.count, len(page.value), page.delta_link) == (6, 2, None)
    assert page.next_link == f"{BASE}/me/messages?page=2"
    assert page.to_payload() == {
        "value": [{"id": "1a"}, {"id": "1b"}],
        "@odata.nextLink": page.next_link,
        "@odata.count": 6,
        "@custom": [1],
    }
    last = both.run(both.run(page.next_page()).next_page())
    assert both.run(last.next_page()) is None
    assert last.delta_link == f"{BASE}/me/messages?token=t"


def test_a_kept_link_is_followed(both: Both) -> None:
    message = importlib.import_module("transport_sample.models.message").Message
    client = both.client(paged)
    for element in (message, "microsoft.graph.message"):
        page = both.run(client.follow(f"{BASE}/me/messages?page=3", element))
        assert [type(m) for m in page.value] == [message, message]
    relative = both.run(client.follow("me/messages?page=2", message))
    assert relative.value[0].id == "2a"


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/v1.0/me",
        "http://graph.example/v1.0/me",
        "https://graph.example:8443/v1.0/me",
        "//evil.example/v1.0/me",
        "https://graph.example@evil.example/v1.0/me",
    ],
)
def test_a_link_to_another_host_is_refused(both: Both, link: str) -> None:
    def handler(request: httpx2.Request) -> httpx2.Response:
        assert request.url.params.get("first") == "1", "the foreign host was asked"
        return httpx2.Response(200, json={"value": [], "@odata.nextLink": link})

    client = both.client(handler)
    with pytest.raises(both.rt.errors.ForeignLink):
        both.elements(client, list_messages(both.rt, query={"first": 1}))


@pytest.mark.parametrize("body", [None, {}, {"value": None}, {"value": []}])
def test_an_empty_collection(both: Both, body: Any) -> None:
    def handler(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, content=b"" if body is None else json.dumps(body).encode())

    assert both.elements(both.client(handler), list_messages(both.rt)) == []


# --- errors


def test_an_error_answer(both: Both) -> None:
    body = {
        "error": {
            "code": "itemNotFound",
            "message": "No such item.",
            "innerError": {"request-id": "r1", "date": "2024"},
            "details": [{"code": "x"}],
        }
    }
    with pytest.raises(both.rt.errors.ApiError) as raised:
        both.send(call(both.rt, "/me").request({}), answering(404, body, Retry_After="3"))
    error = raised.value
    assert (error.status, error.code, error.message) == (404, "itemNotFound", "No such item.")
    assert error.inner == {"request-id": "r1", "date": "2024"}
    assert (error.request_id, error.retry_after, error.page) == ("r1", 3.0, "api/user-get.md")
    assert error.details == ({"code": "x"},)
    assert str(error) == (
        "404 itemNotFound: No such item. (documented in api/user-get.md, request id r1)"
    )
    again = pickle.loads(pickle.dumps(error))
    assert (again.status, again.inner, str(again)) == (404, error.inner, str(error))


@pytest.mark.parametrize("content", [b"", b"<html>", b"[1]", b'{"error": "x"}', b"null", b"\xff"])
def test_an_error_in_no_known_form(both: Both, content: bytes) -> None:
    with pytest.raises(both.rt.errors.ApiError) as raised:
        both.send(call(both.rt, "/me").request({}), lambda _: httpx2.Response(500, content=content))
    assert (raised.value.status, raised.value.body) == (500, content)
    assert str(raised.value)


def test_connection_errors_pass_through(both: Both) -> None:
    def handler(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("no route")

    with pytest.raises(httpx2.ConnectError):
        both.send(call(both.rt, "/me").request({}), handler)


# --- retries


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize("status", [429, 503, 504])
def test_busy_answers_are_asked_again(
    both: Both, waits: list[float], method: str, status: int
) -> None:
    left = [httpx2.Response(status), httpx2.Response(status), httpx2.Response(200, json={"a": 1})]
    found = both.send(call(both.rt, "/me", method=method).request({}), lambda _: left.pop(0))
    assert found == {"a": 1}
    assert len(waits) == 2 and 0 < waits[0] <= 0.5 < waits[1] * 2 <= 2.0


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_what_may_have_had_an_effect_is_not_repeated(
    both: Both, waits: list[float], method: str
) -> None:
    with pytest.raises(both.rt.errors.ApiError):
        both.send(call(both.rt, "/me", method=method).request({}), answering(503))
    assert waits == []


@pytest.mark.parametrize("status", [400, 401, 404, 409, 500])
def test_other_errors_are_not_asked_again(both: Both, waits: list[float], status: int) -> None:
    with pytest.raises(both.rt.errors.ApiError):
        both.send(call(both.rt, "/me").request({}), answering(status))
    assert waits == []


def test_retry_after_is_honoured(both: Both, waits: list[float]) -> None:
    left = [httpx2.Response(429, headers={"Retry-After": "7"}), httpx2.Response(200, json={})]
    both.send(call(both.rt, "/me").request({}), lambda _: left.pop(0))
    assert 7 <= waits[0] <= 7.7


def test_retry_after_as_a_date(rt: SimpleNamespace) -> None:
    reply = rt.answers.Reply(429, {"Retry-After": "Wed, 21 Oct 2099 07:28:00 GMT"})
    assert reply.retry_after is not None and reply.retry_after > 10**6
    assert rt.answers.Reply(429, {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}).retry_after == 0
    assert rt.answers.Reply(429, {"Retry-After": "soon"}).retry_after is None


def test_retries_are_bounded(both: Both, waits: list[float]) -> None:
    with pytest.raises(both.rt.errors.ApiError) as raised:
        both.send(call(both.rt, "/me").request({}), answering(503), retries=2)
    assert (raised.value.status, len(waits)) == (503, 2)
    waits.clear()
    with pytest.raises(both.rt.errors.ApiError) as raised:
        both.send(call(both.rt, "/me").request({}), answering(429, Retry_After="3600"))
    assert (raised.value.retry_after, waits) == (3600.0, [])


# --- redirects and tokens


def test_a_redirect_carries_no_token_to_another_host(both: Both) -> None:
    seen: list[httpx2.Request] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        if request.url.host == "graph.example":
            return httpx2.Response(302, headers={"Location": "https://files.example/f?sig=1"})
        return httpx2.Response(200, content=b"bytes")

    request = call(both.rt, "/content", answer=both.rt.answers.content()).request(
        {}, headers={"X-Mine": "1"}
    )
    http = {"headers": {"X-Key": "k"}, "cookies": {"c": "1"}, "auth": ("user", "password")}
    assert both.send(request, handler, http=http) == b"bytes"
    home, away = seen
    assert home.headers["authorization"].startswith("B") and home.headers["x-key"] == "k"
    assert not {"authorization", "x-key", "x-mine", "cookie"} & set(away.headers)
    assert away.url.params["sig"] == "1"


def test_a_redirect_on_the_same_host_keeps_it(both: Both) -> None:
    seen: list[httpx2.Request] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        if request.url.path == "/v1.0/a":
            return httpx2.Response(307, headers={"Location": "/v1.0/b"})
        return httpx2.Response(200, json={})

    both.send(call(both.rt, "/a").request({}, headers={"X-Mine": "1"}), handler)
    assert seen[1].url == f"{BASE}/b"
    assert seen[1].headers["authorization"] == f"Bearer {SECRET}"
    assert seen[1].headers["x-mine"] == "1"


@pytest.mark.parametrize(
    ("location", "code"),
    [(f"{BASE}/again", "tooManyRedirects"), ("http://graph.example/x", "insecureRedirect")],
)
def test_redirects_that_are_not_followed(both: Both, location: str, code: str) -> None:
    seen: list[httpx2.Request] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(302, headers={"Location": location})

    with pytest.raises(both.rt.errors.ApiError) as raised:
        both.send(call(both.rt, "/a").request({}), handler)
    assert raised.value.code == code
    assert len(seen) <= 6


def test_a_post_is_not_redirected(both: Both) -> None:
    seen: list[httpx2.Request] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(307, headers={"Location": "https://evil.example/"})

    with pytest.raises(both.rt.errors.ApiError) as raised:
        both.send(call(both.rt, "/a", method="POST").request({}, body={}), handler)
    assert (raised.value.status, len(seen)) == (307, 1)


class Credential:
    def __init__(self, is_async: bool) -> None:
        self.is_async = is_async
        self.scopes: list[tuple[str, ...]] = []

    def get_token(self, *scopes: str) -> Any:
        self.scopes.append(scopes)
        token = SimpleNamespace(token=SECRET, expires_on=0)
        return _value(token) if self.is_async else token


async def _value(value: Any) -> Any:
    return value


@pytest.mark.parametrize("kind", ["text", "function", "credential", "async"])
def test_tokens(both: Both, kind: str) -> None:
    credential = Credential(both.is_async)
    later: Any = (lambda: _value(SECRET)) if both.is_async else (lambda: SECRET)
    token = {"text": SECRET, "function": lambda: SECRET, "credential": credential, "async": later}
    seen: list[str] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        seen.append(request.headers["authorization"])
        return httpx2.Response(200, json={})

    both.send(call(both.rt, "/me").request({}), handler, token=token[kind])
    assert seen == [f"Bearer {SECRET}"]
    if kind == "credential":
        assert credential.scopes == [("https://graph.example/.default",)]


def test_no_token_and_a_header_of_ones_own(both: Both) -> None:
    seen: list[Any] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        seen.append(request.headers.get("authorization"))
        return httpx2.Response(200, json={})

    both.send(call(both.rt, "/me").request({}), handler, token=None)
    own = call(both.rt, "/me").request({}, headers={"Authorization": "Basic x"})
    both.send(own, handler)
    assert seen == [None, "Basic x"]


def test_an_asynchronous_token_needs_the_asynchronous_client(rt: SimpleNamespace) -> None:
    async def token() -> str:
        return SECRET

    coroutine = token()
    with pytest.raises(TypeError, match="AsyncClient"):
        Both(rt, False).send(call(rt, "/me").request({}), answering(), token=lambda: coroutine)
    coroutine.close()


@pytest.mark.parametrize("bad", [f"{SECRET}\n", f"{SECRET} x", f"{SECRET}ü", f"{SECRET}\r\nX: 1"])
def test_a_token_that_no_header_can_carry(both: Both, bad: str) -> None:
    with pytest.raises(ValueError) as raised:
        both.send(call(both.rt, "/me").request({}), answering(), token=bad)
    assert SECRET not in repr(raised.value)


def test_secrets_stay_inside(both: Both, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    client = both.client(answering(401, {"error": {"code": "unauthorized", "message": "no"}}))
    request = call(both.rt, "/me").request(
        {},
        query={"token": SECRET},
        headers={"Authorization": f"Bearer {SECRET}"},
        body={"p": SECRET},
    )
    with pytest.raises(both.rt.errors.ApiError) as raised:
        both.run(client.send(call(both.rt, "/me").request({})))
    shown = [repr(client), str(client), repr(request), repr(raised.value), str(raised.value)]
    shown += [repr(vars(raised.value)), caplog.text]
    assert [text for text in shown if SECRET in text] == []


# --- clients


def test_any_request(both: Both) -> None:
    def handler(request: httpx2.Request) -> httpx2.Response:
        assert str(request.url) == f"{BASE}/me/thing?$top=1"
        return httpx2.Response(201, json=json.loads(request.content), headers={"ETag": "1"})

    client = both.client(handler)
    reply = both.run(client.request("post", "me/thing", query={"$top": 1}, body={"a": 1}))
    assert (reply.status, reply.etag, reply.json()) == (201, "1", {"a": 1})
    with pytest.raises(both.rt.errors.ForeignLink):
        both.run(client.request("GET", "https://evil.example/"))


def test_the_timeout_of_one_call(both: Both) -> None:
    seen: list[Any] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        seen.append(request.extensions["timeout"]["read"])
        return httpx2.Response(200, json={})

    client = both.client(handler, http={"timeout": 9})
    both.run(client.send(call(both.rt, "/me").request({}, timeout=2)))
    both.run(client.send(call(both.rt, "/me").request({})))
    assert seen == [2, 9]


def test_a_client_closes_its_own_connections_alone(rt: SimpleNamespace) -> None:
    with rt.transport.Client(BASE) as client:
        own = client._http
    assert own.is_closed
    http = httpx2.Client()
    with rt.transport.Client(BASE, http=http):
        pass
    assert not http.is_closed

    async def run() -> None:
        async with rt.transport.AsyncClient(BASE) as client:
            inner = client._http
        assert inner.is_closed

    asyncio.run(run())


def test_importing_loads_neither_httpx2_nor_pydantic(rt: SimpleNamespace) -> None:
    code = (
        "import sys, transport_sample.runtime.transport as t; "
        "assert not {'httpx2', 'pydantic', 'asyncio'} & set(sys.modules), 'too much'; "
        "t.Client('https://x'); assert 'httpx2' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], cwd=rt.folder, check=True)
