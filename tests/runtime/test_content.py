"""What a client does beside single calls: content in pieces, waiting, batches, uploads."""

import asyncio
import io
import json
import logging
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest

from test_transport import BASE, SECRET, Both, both, call, rt, waits

FILE = bytes(range(256)) * 2_000


class Pieces(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    """A body that counts what was taken of it, and that may break off."""

    def __init__(self, pieces: list[bytes], breaks: bool = False) -> None:
        self.pieces = pieces
        self.breaks = breaks
        self.taken = 0
        self.is_closed = False

    def __iter__(self) -> Iterator[bytes]:
        for piece in self.pieces:
            self.taken += 1
            yield piece
        if self.breaks:
            raise httpx2.ReadError("lost")

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self:
            yield piece

    def close(self) -> None:
        self.is_closed = True

    async def aclose(self) -> None:
        self.is_closed = True


def resource(both: Both, client: Any, *requests: Any, send: str = "send") -> Any:
    """`client.files` as the package would have it: methods that send these requests."""
    module = both.rt.resources
    base = module.AsyncResource if both.is_async else module.Resource
    methods: dict[str, Any] = {"__slots__": ()}
    for number, request in enumerate(requests):

        def method(self: Any, request: Any = request) -> Any:
            return getattr(self._client, send)(request)

        methods[f"call_{number}"] = method
    return type("Files", (base,), methods)(client)


def streamed(both: Both, client: Any, method: Callable[[], Any], use: str, *given: Any) -> Any:
    """What the method `use` of the download gives."""
    if not both.is_async:
        with client.stream(method) as download:
            return getattr(download, use)(*given)

    async def main() -> Any:
        async with client.stream(method) as download:
            return await getattr(download, use)(*given)

    return asyncio.run(main())


@pytest.fixture
def files(both: Both) -> Callable[..., Any]:
    """A client of that handler, and its method that answers with content."""

    def make(handler: Callable[[httpx2.Request], httpx2.Response]) -> tuple[Any, Any]:
        client = both.client(handler)
        request = call(both.rt, "/file", answer=both.rt.answers.content()).request({})
        return client, resource(both, client, request).call_0

    return make


# --- downloads


def test_a_download_is_saved_piece_by_piece(both: Both, files: Any, tmp_path: Path) -> None:
    body = Pieces([b"a" * 70_000, b"b" * 10])
    seen: list[httpx2.Request] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        if request.url.path == "/v1.0/file":
            return httpx2.Response(302, headers={"location": "https://cdn.example/f?sig=x"})
        return httpx2.Response(200, stream=body, headers={"content-length": "70010"})

    client, method = files(handler)
    target = tmp_path / "file"
    target.write_bytes(b"older")
    assert streamed(both, client, method, "save", target) == 70_010
    assert target.read_bytes() == b"a" * 70_000 + b"b" * 10
    assert list(tmp_path.iterdir()) == [target]
    assert body.is_closed
    assert seen[0].headers["authorization"] == f"Bearer {SECRET}"
    assert "authorization" not in seen[1].headers


def test_a_download_takes_no_more_than_is_asked_for(both: Both, files: Any) -> None:
    body = Pieces([b"x" * 64 * 1024] * 50)
    client, method = files(lambda _: httpx2.Response(200, stream=body))

    async def first() -> bytes:
        async with client.stream(method) as download:
            async for piece in download:
                return bytes(piece)
        return b""

    if both.is_async:
        assert len(asyncio.run(first())) == 64 * 1024
    else:
        with client.stream(method) as download:
            assert len(next(iter(download))) == 64 * 1024
    assert body.taken <= 2
    assert body.is_closed


def test_a_download_that_breaks_off_leaves_the_older_file(
    both: Both, files: Any, tmp_path: Path
) -> None:
    client, method = files(lambda _: httpx2.Response(200, stream=Pieces([b"half"], breaks=True)))
    target = tmp_path / "file"
    target.write_bytes(b"older")
    with pytest.raises(httpx2.ReadError):
        streamed(both, client, method, "save", str(target))
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"older"]


def test_a_download_that_is_refused_raises(both: Both, files: Any) -> None:
    refusal = {"error": {"code": "itemNotFound", "message": "Gone."}}
    client, method = files(lambda _: httpx2.Response(404, json=refusal))
    with pytest.raises(both.rt.errors.ApiError, match="itemNotFound: Gone"):
        streamed(both, client, method, "read")


def test_a_download_into_an_open_file(both: Both, files: Any) -> None:
    client, method = files(lambda _: httpx2.Response(200, content=FILE))
    file = io.BytesIO()
    assert streamed(both, client, method, "save", file) == len(FILE)
    assert file.getvalue() == FILE


# --- uploads of one request


def received(both: Both, content: Any, *refusals: int) -> list[httpx2.Request]:
    """The requests, read to the end, that a service gets which refuses the first ones."""
    seen: list[httpx2.Request] = []
    refused = iter(refusals)

    def record(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(next(refused, 204), headers={"retry-after": "0"})

    request = call(both.rt, "/file", method="PUT", answer=both.rt.answers.nothing())
    both.send(request.request({}, content=content), record)
    return seen


def test_a_file_is_sent_from_where_it_stands_and_again(both: Both, waits: list[float]) -> None:
    file = io.BytesIO(FILE)
    file.seek(100)
    requests = received(both, file, 503)
    assert [request.content for request in requests] == [FILE[100:]] * 2
    assert requests[0].headers["content-length"] == str(len(FILE) - 100)
    assert "transfer-encoding" not in requests[0].headers


def test_pieces_are_sent_once(both: Both, waits: list[float]) -> None:
    (request,) = received(both, iter([b"one, ", b"two"]))
    assert request.content == b"one, two"
    with pytest.raises(both.rt.errors.ApiError):
        received(both, iter([b"one"]), 503)
    assert waits == []


def test_asynchronous_pieces_are_for_the_asynchronous_client(both: Both) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"one, "
        yield b"two"

    if both.is_async:
        assert received(both, pieces())[0].content == b"one, two"
    else:
        with pytest.raises(TypeError, match="AsyncClient"):
            received(both, pieces())


@pytest.mark.parametrize("content", ["text", io.StringIO("text")])
def test_text_is_no_content(both: Both, content: Any) -> None:
    with pytest.raises(TypeError, match="text"):
        received(both, content)


# --- what is answered later


def pending(
    both: Both, *answers: httpx2.Response, location: str = "https://m.example/1?t=s"
) -> Any:
    """What a method returns to which the service says 202, and then these answers."""
    left = iter(answers)
    seen: list[httpx2.Request] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        if request.method == "POST":
            return httpx2.Response(202, headers={"location": location})
        return next(left)

    client = both.client(handler)
    answer = both.rt.answers.accepted()
    request = call(both.rt, "/copy", method="POST", answer=answer).request({})
    return both.run(client.send_pending(request)), seen


def test_waiting_until_it_is_done(both: Both, waits: list[float]) -> None:
    found, seen = pending(
        both,
        httpx2.Response(202, json={"status": "inProgress", "percentageComplete": 27.8}),
        httpx2.Response(200, json={"status": "waiting"}, headers={"retry-after": "7"}),
        httpx2.Response(200, json={"status": "completed", "resourceId": "01B"}),
    )
    reply = both.run(found.wait())
    assert reply.json()["resourceId"] == "01B"
    assert waits == [1.0, 2.0, 7.0]
    assert "authorization" not in seen[-1].headers
    assert "t=s" not in repr(found)


def test_one_look(both: Both) -> None:
    found, _ = pending(
        both, httpx2.Response(202, json={"status": "inProgress", "percentageComplete": 27.8})
    )
    look = both.run(found.check())
    assert (look.status, look.percent, look.is_done) == ("inProgress", 27.8, False)


@pytest.mark.parametrize(
    "location",
    [
        "/teams('1')/operations('2')",
        f"{BASE}/teams('1')/operations('2')",
        "/v1.0/teams('1')/operations('2')",
    ],
)
def test_a_place_on_the_service_itself_gets_the_token(
    both: Both, waits: list[float], location: str
) -> None:
    found, seen = pending(
        both, httpx2.Response(200, json={"status": "succeeded"}), location=location
    )
    both.run(found.wait())
    assert str(seen[-1].url) == f"{BASE}/teams('1')/operations('2')"
    assert seen[-1].headers["authorization"] == f"Bearer {SECRET}"


def test_what_has_failed_raises(both: Both, waits: list[float]) -> None:
    told = {"status": "failed", "error": {"code": "nameAlreadyExists", "message": "Taken."}}
    found, _ = pending(both, httpx2.Response(200, json=told))
    with pytest.raises(both.rt.errors.ApiError, match="nameAlreadyExists: Taken"):
        both.run(found.wait())


def test_waiting_is_bounded(
    both: Both, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.monotonic", lambda: sum(waits))
    found, _ = pending(both, *(httpx2.Response(202) for _ in range(50)))
    with pytest.raises(TimeoutError, match="20 seconds"):
        both.run(found.wait(20))
    assert waits == [1.0, 2.0, 4.0, 8.0, 5.0]


def test_nowhere_to_watch(both: Both) -> None:
    found, _ = pending(both, location="")
    with pytest.raises(LookupError, match="no place"):
        both.run(found.wait())


# --- batches


def test_a_batch(both: Both) -> None:
    rt = both.rt
    sent: list[Any] = []
    photo = urlsafe_b64encode(b"\xfb\xff\x00").decode()
    answered = [
        {"id": "3", "status": 404, "body": {"error": {"code": "notFound", "message": "No."}}},
        {
            "id": "1",
            "status": 200,
            "headers": {"Content-Type": "application/json"},
            "body": {"id": "7"},
        },
        {"id": "2", "status": 200, "headers": {"Content-Type": "image/png"}, "body": photo},
        {"id": "4", "status": 204},
    ]

    def handler(request: httpx2.Request) -> httpx2.Response:
        sent.append((request.method, str(request.url), json.loads(request.content)))
        return httpx2.Response(200, json={"responses": answered})

    client = both.client(handler)
    one = call(rt, "/users/{user_id}", answer=rt.answers.one("microsoft.graph.user"))
    content = call(rt, "/photo", answer=rt.answers.content())
    delete = call(rt, "/users/{user_id}", method="DELETE", answer=rt.answers.nothing())
    put = call(rt, "/photo", method="PUT", answer=rt.answers.nothing())
    batch = rt.batch.Batch()
    user = batch.add(one.request({"user_id": "a/b"}, headers={"ConsistencyLevel": "eventual"}))
    picture = batch.add(content.request({}))
    missing = batch.add(delete.request({"user_id": "x"}), after=[user, picture])
    stored = batch.add(put.request({}, content=b"\xfb\xff\x00", content_type="image/png"))
    with pytest.raises(LookupError, match="not sent"):
        user.result()
    both.run(client.send_batch(batch))

    method, url, body = sent[0]
    assert (method, url) == ("POST", f"{BASE}/$batch")
    assert body["requests"] == [
        {
            "id": "1",
            "method": "GET",
            "url": "/users/a%2Fb",
            "headers": {"consistencylevel": "eventual"},
        },
        {"id": "2", "method": "GET", "url": "/photo", "headers": {"accept": "*/*"}},
        {"id": "3", "method": "DELETE", "url": "/users/x", "dependsOn": ["1", "2"]},
        {
            "id": "4",
            "method": "PUT",
            "url": "/photo",
            "headers": {"accept": "application/json", "content-type": "image/png"},
            "body": photo,
        },
    ]
    assert user.result().id == "7"
    assert picture.result() == b"\xfb\xff\x00"
    assert stored.result() is None
    with pytest.raises(rt.errors.ApiError, match="notFound"):
        missing.result()
    assert missing.reply.status == 404


def test_what_a_batch_refuses(rt: SimpleNamespace) -> None:
    request = call(rt, "/me").request({})
    batch, other = rt.batch.Batch(), rt.batch.Batch()
    step = other.add(request)
    with pytest.raises(ValueError, match="same batch"):
        batch.add(request, after=[step])
    for _ in range(20):
        batch.add(request)
    with pytest.raises(ValueError, match="no more than 20"):
        batch.add(request)
    foreign = rt.batch.Batch()
    foreign.add(request._replace(url="https://elsewhere.example/me"))
    with pytest.raises(ValueError, match="no request to"):
        foreign.request(BASE)
    streams = rt.batch.Batch()
    streams.add(call(rt, "/f", method="PUT").request({}, content=iter([b"x"])))
    with pytest.raises(TypeError, match="bytes alone"):
        streams.request(BASE)


def test_a_batch_whose_answer_lacks_a_step(both: Both) -> None:
    client = both.client(lambda _: httpx2.Response(200, json={"responses": []}))
    batch = both.rt.batch.Batch()
    batch.add(call(both.rt, "/me").request({}))
    with pytest.raises(both.rt.errors.ApiError, match="lacks step 1"):
        both.run(client.send_batch(batch))


# --- requests as values


def test_a_method_is_prepared_and_sent_later(both: Both) -> None:
    def handler(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, json={"value": [{"id": "1"}]})

    client = both.client(handler)
    answer = both.rt.answers.many("microsoft.graph.message")
    request = call(both.rt, "/messages", answer=answer).request({})
    method = resource(both, client, request, send="send_page").call_0
    prepared = client.prepare(method)
    assert prepared.url == "/messages"
    page = both.run(client.send(prepared))
    assert type(page).__name__ == ("AsyncPage" if both.is_async else "Page")
    assert page.value[0].id == "1"


def test_what_cannot_be_prepared(both: Both) -> None:
    client = both.client(lambda _: httpx2.Response(200))
    other = both.client(lambda _: httpx2.Response(200))
    request = call(both.rt, "/me").request({})
    with pytest.raises(TypeError, match="method of a resource"):
        client.prepare(len, "x")
    with pytest.raises(TypeError, match="another client"):
        client.prepare(resource(both, other, request).call_0)


# --- upload sessions


class Session:
    """A service that takes a file in parts, and that can be made to forget or refuse."""

    def __init__(self, *trouble: int) -> None:
        self.trouble = list(trouble)
        self.data = b""
        self.ranges: list[str] = []
        self.questions = 0

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        assert "authorization" not in request.headers
        if request.method == "GET":
            self.questions += 1
            return httpx2.Response(200, json={"nextExpectedRanges": [f"{len(self.data)}-"]})
        stated = request.headers["content-range"]
        self.ranges.append(stated)
        if self.trouble and (status := self.trouble.pop(0)):
            return httpx2.Response(status, headers={"retry-after": "0"})
        span, _, size = stated.removeprefix("bytes ").partition("/")
        first = int(span.partition("-")[0])
        if first != len(self.data):
            return httpx2.Response(416)
        self.data += request.content
        if len(self.data) == int(size):
            return httpx2.Response(201, json={"id": "01B"})
        return httpx2.Response(202, json={"NextExpectedRanges": [str(len(self.data))]})


PLACE = SimpleNamespace(upload_url="https://store.example/up?sig=secret")


@pytest.mark.parametrize("as_file", [False, True])
def test_a_large_file_is_sent_in_parts(both: Both, as_file: bool) -> None:
    service = Session()
    content: Any = io.BytesIO(FILE) if as_file else FILE
    client = both.client(service)
    reply = both.run(client.upload(PLACE, content, part=200_000))
    assert service.data == FILE
    assert service.ranges[0] == "bytes 0-199999/512000"
    assert service.ranges[-1] == "bytes 400000-511999/512000"
    assert (reply.status, reply.json()) == (201, {"id": "01B"})


def test_a_part_that_is_refused_is_sent_again(both: Both, waits: list[float]) -> None:
    service = Session(0, 503)
    both.run(both.client(service).upload(PLACE, FILE, part=200_000))
    assert service.data == FILE


def test_a_part_that_went_astray(both: Both) -> None:
    service = Session(0, 416)
    both.run(both.client(service).upload(PLACE, FILE, part=200_000))
    assert (service.data, service.questions) == (FILE, 1)
    lost = Session(*[416] * 9)
    with pytest.raises(both.rt.errors.ApiError):
        both.run(both.client(lost).upload(PLACE, FILE))
    assert lost.questions == 1


def test_an_upload_is_resumed(both: Both) -> None:
    service = Session()
    service.data = FILE[:123_456]
    both.run(both.client(service).upload(PLACE.upload_url, io.BytesIO(FILE), resume=True))
    assert service.data == FILE
    assert service.ranges == ["bytes 123456-511999/512000"]


def test_a_service_that_never_has_enough(both: Both) -> None:
    client = both.client(lambda _: httpx2.Response(202, json={"nextExpectedRanges": ["0-"]}))
    with pytest.raises(both.rt.errors.ApiError, match="waits for byte 0"):
        both.run(client.upload(PLACE, FILE, part=200_000))


def test_what_is_no_upload(both: Both) -> None:
    client = both.client(lambda _: httpx2.Response(200))
    for session, content, error in (
        (object(), FILE, TypeError),
        ("file:///etc/passwd", FILE, TypeError),
        (PLACE, b"", ValueError),
    ):
        with pytest.raises(error):
            both.run(client.upload(session, content))


# --- updates


def test_an_update_sends_what_was_changed_of_what_was_read(both: Both) -> None:
    rt = both.rt
    bodies: list[Any] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        if request.method == "PATCH":
            bodies.append(json.loads(request.content))
        return httpx2.Response(200, json={"id": "1", "displayName": "Adele", "mail": "a@b.c"})

    client = both.client(handler)
    answer = rt.answers.one("microsoft.graph.user")
    update = call(rt, "/me", method="PATCH", answer=answer, body="microsoft.graph.user")
    replace = call(rt, "/me", method="PUT", answer=answer, body="microsoft.graph.user")
    user = both.run(client.send(call(rt, "/me", answer=answer).request({})))
    both.run(client.send(update.request({}, body=user)))
    user.display_name = "Ada"
    both.run(client.send(update.request({}, body=user)))
    made = type(user)(display_name="Ada")
    made.mail = None
    both.run(client.send(update.request({}, body=made)))
    validated = type(user).model_validate({"displayName": "Ada"})
    both.run(client.send(update.request({}, body=validated)))
    validated.mail = "x@y.z"
    both.run(client.send(update.request({}, body=validated)))
    assert bodies == [
        {},
        {"displayName": "Ada"},
        {"displayName": "Ada", "mail": None},
        {"displayName": "Ada"},
        {"mail": "x@y.z"},
    ]
    whole = json.loads(replace.request({}, body=user).content)
    assert whole == {"id": "1", "displayName": "Ada", "mail": "a@b.c"}


# --- logs


def test_signatures_are_not_logged(
    both: Both, files: Any, caplog: pytest.LogCaptureFixture
) -> None:
    logger = logging.getLogger("httpx2")
    for known in list(logger.filters):  # of clients that other tests have made
        logger.removeFilter(known)
    caplog.set_level(logging.INFO)
    found = iter([httpx2.Response(302, headers={"location": "https://cdn.example/f?sig=secret"})])
    client, method = files(lambda _: next(found, None) or httpx2.Response(200, content=b"x"))
    both.run(method())
    assert "https://cdn.example/f" in caplog.text
    assert "secret" not in caplog.text
