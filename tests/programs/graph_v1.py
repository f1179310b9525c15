"""What a user writes against the package of Graph v1.0, from its docstrings alone.

A list with paging, an update, a photo, a mail, a function and an error, with both clients, against
the answers that the pages document. `test_corpus.py` runs it beside the package.
"""

import asyncio
import json

import httpx2

from graph import ApiError, AsyncClient, Client
from graph.models import BodyType, EmailAddress, ItemBody, Message, Recipient, User

BASE = "https://graph.microsoft.com/v1.0"
USER = User.example().to_payload(read_only=True)
seen: list[tuple[str, str, bytes]] = []


def play(request: httpx2.Request) -> httpx2.Response:
    """What the pages document; the list of users comes in two pages."""
    assert request.headers["authorization"] == "Bearer any"
    path = request.url.path.removeprefix("/v1.0")
    seen.append((request.method, path, request.content))
    if (request.method, path) == ("GET", "/users"):
        first = {"value": [USER], "@odata.nextLink": f"{BASE}/users?$skiptoken=X"}
        last = {"value": [{"id": "2", "displayName": "Last"}]}
        return httpx2.Response(200, json=last if "skiptoken" in str(request.url) else first)
    if (request.method, path) == ("GET", "/users/adele"):
        return httpx2.Response(200, json=USER)
    if (request.method, path) == ("PATCH", "/users/adele"):
        return httpx2.Response(204)
    if (request.method, path) == ("PUT", "/me/photo/$value"):
        return httpx2.Response(200)
    if (request.method, path) == ("POST", "/me/sendMail"):
        return httpx2.Response(202)
    if path == "/reports/getEmailActivityUserCounts(period='D7')":
        return httpx2.Response(302, headers={"location": "https://reports.example/data.csv?t=1"})
    error = {"error": {"code": "Request_ResourceNotFound", "message": "Nobody."}}
    return httpx2.Response(404, json=error)


def play_all(request: httpx2.Request) -> httpx2.Response:
    if request.url.host == "reports.example":
        assert "authorization" not in request.headers
        return httpx2.Response(200, content=b"Report Refresh Date,Send\n2017-09-01,3\n")
    return play(request)


async def play_later(request: httpx2.Request) -> httpx2.Response:
    await request.aread()
    return play_all(request)


MAIL = Message(
    subject="Lunch?",
    body=ItemBody(content_type=BodyType.TEXT, content="At noon?"),
    to_recipients=[Recipient(email_address=EmailAddress(address="meganb@contoso.com"))],
)


def main() -> None:
    http = httpx2.Client(transport=httpx2.MockTransport(play_all))
    with http, Client(token="any", http=http) as client:
        names = [user.display_name for user in client.user.list(select=["displayName"], top=1)]
        user = client.user.get(user_id="adele")
        user.job_title = "Baker"
        client.user.update("adele", user)
        client.profile_photo.update_put(content=b"jpeg")
        client.user.send_mail(message=MAIL, save_to_sent_items=False)
        report = client.report_root.get_email_activity_user_counts("D7")
        found = ""
        try:
            client.user.get(user_id="nobody")
        except ApiError as error:
            found = error.code
    check(names, report, found)


async def main_later() -> None:
    http = httpx2.AsyncClient(transport=httpx2.MockTransport(play_later))
    async with http, AsyncClient(token="any", http=http) as client:
        names = [user.display_name async for user in await client.user.list(top=1)]
        user = await client.user.get(user_id="adele")
        user.job_title = "Baker"
        await client.user.update("adele", user)
        await client.profile_photo.update_put(content=b"jpeg")
        await client.user.send_mail(message=MAIL, save_to_sent_items=False)
        report = await client.report_root.get_email_activity_user_counts("D7")
        found = ""
        try:
            await client.user.get(user_id="nobody")
        except ApiError as error:
            found = error.code
    check(names, report, found)


def check(names: list[str | None], report: bytes, error: str) -> None:
    assert len(names) == 2 and names[1] == "Last", names
    assert report.startswith(b"Report Refresh Date")
    assert error == "Request_ResourceNotFound"
    sent = {(method, path): content for method, path, content in seen}
    assert json.loads(sent["PATCH", "/users/adele"]) == {"jobTitle": "Baker"}
    assert sent["PUT", "/me/photo/$value"] == b"jpeg"
    assert json.loads(sent["POST", "/me/sendMail"]) == {
        "message": {
            "subject": "Lunch?",
            "body": {"contentType": "text", "content": "At noon?"},
            "toRecipients": [{"emailAddress": {"address": "meganb@contoso.com"}}],
        },
        "saveToSentItems": False,
    }
    seen.clear()


main()
asyncio.run(main_later())
