"""Names of operations, and the modules of endpoints made from an Api by hand."""

import asyncio
import importlib
import itertools
import json
import sys
from collections.abc import Iterator, Mapping
from msgspec.structs import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx2
import pytest

from generator.diagnostics import Findings, Parsed, Span
from generator.memo import Kept, Memo
from generator.model.answers import with_answers
from generator.model.api import (
    Api,
    Body,
    BodyKind,
    ErrorFact,
    Example,
    HeaderFact,
    JsonFact,
    MessageFact,
    Notes,
    Operation,
    Parameter,
    PermissionFact,
    Placeholder,
    Property,
    Response,
    ResponseKind,
    StructuredType,
    Template,
    TypeKind,
    TypeRef,
)
from generator.render import render
from generator.targets.plan import Plan, Templated, keep_plans
from generator.targets.python.endpoints import plan_endpoints
from generator.targets.python.layout import Place, place_types
from generator.targets.python.methods import (
    Method,
    Resource,
    Resources,
    head_resources,
    name_page,
    read_resource,
)
from generator.targets.python.models import attributes_of
from generator.targets.python.operation_names import operation_name
from generator.values import Sealed

RUNTIME = Path(__file__).parents[1] / "templates" / "python" / "runtime"
USER = TypeRef("microsoft.graph.user", TypeKind.STRUCTURED)
STRING = TypeRef("Edm.String", TypeKind.PRIMITIVE)
INTEGER = TypeRef("Edm.Int32", TypeKind.PRIMITIVE)
NONE = Response(ResponseKind.NONE, (204,))
ONE_USER = Response(ResponseKind.TYPE, (200,), USER)
USERS = Response(ResponseKind.COLLECTION, (200,), replace(USER, is_collection=True))


def span(page: str) -> Span:
    return Span(page, 1, 1, 1)


def template(line: str) -> Template:
    """`GET /users/{user-id}`; `'{x}'` is a string, `={x}` an argument, `{x*}` may hold slashes."""
    method, _, path = line.partition(" ")
    parts: list[str | Placeholder] = []
    for at, piece in enumerate(path.replace("}", "{").split("{")):
        if at % 2:
            before = str(parts[-1])
            parts.append(
                Placeholder(
                    piece.rstrip("*"),
                    piece,
                    is_argument=before.endswith(("=", "='")),
                    is_quoted=before.endswith("'"),
                    is_path=piece.endswith("*"),
                )
            )
        elif piece:
            parts.append(piece)
    return Template(method, tuple(parts), span("page"))


def operation(page: str, *lines: str, **facts: Any) -> Operation:
    known: dict[str, Any] = {
        "page": f"api/{page}.md",
        "title": "Title",
        "text": "What it does.",
        "namespace": "microsoft.graph",
        "spellings": (),
        "templates": tuple(template(line) for line in lines),
        "query": (),
        "options": (),
        "headers": (),
        "permissions": (),
        "body": Body(BodyKind.NONE),
        "response": NONE,
        "examples": Sealed(()),
        "errors": (),
        "is_function": False,
        "span": span(f"api/{page}.md"),
    }
    return Operation(**(known | facts))


def api_of(*operations: Operation) -> Api:
    user = StructuredType(
        USER.name, "", None, True, False, False, ("id",), (), (), (), span("resources/user.md")
    )
    types = {USER.name: user}
    named = {name.lower(): name for name in types}
    answered = {
        o.page: replace(o, templates=with_answers(o.templates, o.response, types, named))
        for o in operations
    }
    return Api("v1.0", "graph.example", types, {}, answered, {})


def planned(api: Api, places: Mapping[str, Place]) -> tuple[Kept[Plan], ...]:
    """The plans of the endpoints of an API."""
    headings = head_resources(api, (name_page(api, page) for page in api.operations)).value
    attributes = attributes_of(api, Memo()).value
    named = {heading.name: heading for heading in headings}
    resources = Resources(api, named)
    return plan_endpoints(api, named, resources, places, attributes, Memo())


def read_resources(api: Api) -> Parsed[tuple[Resource, ...]]:
    """Every resource of an API with its methods."""
    found = Findings()
    headings = found.take(head_resources(api, (name_page(api, p) for p in api.operations)))
    resources = tuple(found.take(read_resource(api, heading)) for heading in headings)
    return Parsed(resources, found.as_said())


def methods_of(*operations: Operation) -> dict[str, Method]:
    """Every method by `resource.name`."""
    resources = read_resources(api_of(*operations)).value
    return {f"{r.name}.{m.name}": m for r in resources for m in r.methods}


# --- names


@pytest.mark.parametrize(
    ("page", "spellings", "name"),
    [
        ("user-get", (), "user.get"),
        (
            "driveitem-createlink",
            ("DriveItem", "createLink", "driveItem"),
            "drive_item.create_link",
        ),
        ("driveitem-createlink", (), "driveitem.createlink"),
        ("group-list-memberof", ("memberOf",), "group.list_member_of"),
        ("group-post-members", ("POST",), "group.post_members"),
        ("intune-apps-iosvppapp-assign", ("iosVppApp",), "ios_vpp_app.assign"),
        (
            "oauth2permissiongrant-delta",
            ("oAuth2PermissionGrant",),
            "oauth2_permission_grant.delta",
        ),
        ("b2xidentityuserflow-get", ("b2xIdentityUserFlow",), "b2x_identity_user_flow.get"),
        ("device-list-registeredowners", ("registeredOwners",), "device.list_registered_owners"),
        ("serviceprincipal-get", ("servicePrincipals",), "service_principal.get"),
        ("chart-setdata", ("setDataNow",), "chart.set_data"),
        ("get-device-command-status", (), "device.get_command_status"),
        ("send-device-command", (), "device.send_command"),
        ("post-forward", (), "post.forward"),
        ("post-get", (), "post.get"),
        ("list-create", (), "list.create"),
        ("list-list", (), "list.list"),
        ("set-get", (), "set.get"),
        ("call-answer", (), "call.answer"),
        ("devicemanagement-import", (), "devicemanagement.import_"),
        ("intune-x", (), "intune.x"),
        ("intune-apps-app", (), "intune.apps_app"),
        ("class-get", (), "class_.get"),
        ("close-get", (), "close_.get"),
        ("request-send", (), "request_.send"),
        ("user", (), "user.get"),
        ("2fa-get", (), "n2fa.get"),
        ("-", (), "unnamed.get"),
        ("user-bytes", (), "user.bytes_"),
    ],
)
def test_a_name_comes_from_the_page_alone(page: str, spellings: tuple[str, ...], name: str) -> None:
    found = operation_name(operation(page, "GET /x", spellings=spellings))
    assert f"{found.resource}.{found.method}" == name


def test_the_words_of_the_title_part_a_name_too() -> None:
    found = operation_name(
        operation("mailfolder-usedrange", title="Mail folder: use", text="Get the used ranges.")
    )
    assert (found.resource, found.method) == ("mail_folder", "used_range")


def test_a_list_of_something_is_told_by_the_title() -> None:
    listing = operation("list-devices", "GET /devices", title="List devices")
    assert operation_name(listing).resource == "devices"
    assert operation_name(listing).method == "list"


def test_a_namespace_of_its_own_is_part_of_the_resource() -> None:
    found = operation_name(
        operation("callrecords-session-list", namespace="microsoft.graph.callRecords")
    )
    assert (found.resource, found.method) == ("call_records_session", "list")
    plain = operation_name(operation("chat-installation-upgrade"))
    assert (plain.resource, plain.method) == ("chat", "installation_upgrade")


MEETING = (
    operation("intune-mam-user-get", "GET /users/{user-id}"),
    operation("intune-devices-user-get", "GET /users/{user-id}"),
    operation("user-get", "GET /me", "GET /users/{user-id}"),
)


@pytest.mark.parametrize("order", list(itertools.permutations(MEETING)))
def test_meeting_names_do_not_depend_on_order(order: tuple[Operation, ...]) -> None:
    methods = methods_of(*order)
    pages = {name: method.operation.page for name, method in methods.items()}
    assert pages == {
        "user.get": "api/user-get.md",
        "user.get_in_devices": "api/intune-devices-user-get.md",
        "user.get_in_mam": "api/intune-mam-user-get.md",
    }
    found = read_resources(api_of(*order)).diagnostics
    assert {d.code for d in found} == {"name-collision"}
    assert {d.span.path for d in found} == {o.page for o in MEETING[:2]}


def test_a_page_of_the_same_name_in_another_folder_gets_a_number() -> None:
    twins = (
        operation("user-get", "GET /a"),
        replace(operation("user-get", "GET /b"), page="more/user-get.md"),
    )
    pages = {name: method.operation.page for name, method in methods_of(*twins).items()}
    assert pages == {"user.get": "api/user-get.md", "user.get_2": "more/user-get.md"}
    assert pages == {n: m.operation.page for n, m in methods_of(*reversed(twins)).items()}


def test_the_part_that_a_page_is_named_after_keeps_the_name() -> None:
    def named(*lines: str) -> dict[str, tuple[str, ...]]:
        api = api_of(operation("user-list-manager", *lines))
        (page,) = api.operations.values()
        *others, part = page.templates
        page = replace(page, templates=(*others, replace(part, answer=ONE_USER)))
        (resource,) = read_resources(replace(api, operations={page.page: page})).value
        return {method.name: method.paths for method in resource.methods}

    whole = {"list_manager": ("/me/manager",), "list_manager_whole": ("/me",)}
    assert named("GET /me", "GET /me/manager") == whole
    twice = named("GET /me/manager", "GET /me/manager/manager")
    assert twice["list_manager"] == ("/me/manager",)


def test_every_spelling_of_a_resource_leads_to_it() -> None:
    resources = read_resources(
        api_of(
            operation("reportroot-list", "GET /a"),
            operation("reportroot-get", "GET /b", spellings=("reportRoot",)),
        )
    ).value
    (resource,) = resources
    assert (resource.name, resource.aliases) == ("report_root", ("reportroot",))
    assert [m.name for m in resource.methods] == ["get", "list"]


def test_the_client_knows_its_resources(emitted: ModuleType) -> None:
    client = emitted.Client()
    assert {"user", "reports", "send", "recorded"} <= set(dir(client))
    assert type(client.user).__name__ == "UserApi"
    assert type(emitted.AsyncClient().user).__name__ == "AsyncUserApi"
    with pytest.raises(AttributeError, match="nobody"):
        client.nobody


def test_an_api_without_operations_has_a_client_all_the_same() -> None:
    api = replace(api_of(), host="")
    (client,) = [f for f in render(planned(api, {}), Memo()) if f.path == "client.py"]
    assert "class AsyncClient" in client.text


# --- methods


def test_a_method_for_each_verb_and_ending() -> None:
    methods = methods_of(
        operation(
            "user-list",
            "GET /users",
            "GET /users/$count",
            "GET /users/$ref",
            "GET /users/microsoft.graph.user",
            "POST /users",
            "POST /users/$ref",
            "DELETE /users/$ref",
            response=USERS,
        )
    )
    kinds = {
        name: (m.verb, m.response.kind.value, m.body.kind.value) for name, m in methods.items()
    }
    assert kinds == {
        "user.list": ("GET", "collection", "none"),
        "user.list_count": ("GET", "media", "none"),
        "user.list_ref": ("GET", "collection", "none"),
        "user.list_as_user": ("GET", "collection", "none"),
        "user.list_post": ("POST", "collection", "none"),
        "user.list_post_ref": ("POST", "none", "link"),
        "user.list_delete_ref": ("DELETE", "none", "none"),
    }
    assert methods["user.list_as_user"].response.type == USERS.type


def test_an_action_is_no_cast() -> None:
    methods = methods_of(operation("user-do", "POST /me/do", "POST /me/microsoft.graph.doIt"))
    assert list(methods) == ["user.do"]


def test_where_all_paths_end_alike_the_page_keeps_its_name() -> None:
    methods = methods_of(
        operation("user-photo", "GET /me/photo/$value", "GET /users/{user-id}/photo/$value")
    )
    assert list(methods) == ["user.photo"]


def test_ids_are_positional_where_all_paths_have_the_same() -> None:
    (same,) = methods_of(
        operation("a-b", "GET /a/{a-id}/b/{b-id}", "GET /x/{b-id}/{a-id}")
    ).values()
    assert same.are_positional and [a.name for a in same.ids] == ["a_id", "b_id"]
    assert same.choices == ("/a/{a_id}/b/{b_id}", "/x/{b_id}/{a_id}")
    (other,) = methods_of(operation("a-b", "GET /me", "GET /a/{a-id}", "GET /root:/{p*}:")).values()
    assert not other.are_positional and other.choices == ()
    assert other.paths == ("/me", "/a/{a_id}", "/root:/{p:path}:")


def test_the_same_request_line_twice_is_one_path() -> None:
    (method,) = methods_of(operation("a-b", "GET /a/{x}", "GET /a/{x}")).values()
    assert (method.paths, method.choices) == (("/a/{x}",), ())


def test_texts_of_a_path_are_encoded_once() -> None:
    (method,) = methods_of(operation("a-b", "GET /a b/#?\"/f(x=1,y='%20')")).values()
    assert method.paths == ("/a%20b/%23%3F%22/f(x=1,y='%2520')",)


def parameter(name: str, type_: TypeRef = STRING) -> Parameter:
    return Parameter(name, type_, f"About {name}.", Notes(), span("page"))


@pytest.mark.parametrize(
    ("bodies", "is_required"),
    [
        ([], True),
        ([{"comment": "x", "other": 1}, {"comment": "y"}], True),
        ([{"comment": "x"}, {"other": 1}], False),
        ([{"comment": None}], False),
        ([["comment"]], False),
        ([None], False),  # another body, or none
    ],
)
def test_a_parameter_has_to_be_given_where_page_and_examples_agree(
    bodies: list[object], is_required: bool
) -> None:
    def example(value: object) -> Example:
        shown = None if value is None else JsonFact("", value, span("page"))
        request = MessageFact(("POST", "/a"), (), "", shown, span("page"))
        return Example("", request, ())

    rows = (replace(parameter("comment"), notes=Notes(required=True)), parameter("other"))
    page = operation(
        "a-b",
        "POST /a",
        body=Body(BodyKind.PARAMETERS, None, rows),
        examples=Sealed(tuple(map(example, bodies))),
    )
    (method,) = methods_of(page).values()
    assert [a.is_required for a in method.parameters] == [is_required, False]


def test_arguments_never_meet() -> None:
    names = ("filter", "headers", "class", "userId", "user-id", "body", "self", "list", "select")
    method = next(
        iter(
            methods_of(
                operation(
                    "a-b",
                    "POST /users/{user-id}/{select}",
                    body=Body(BodyKind.PARAMETERS, None, tuple(map(parameter, names))),
                    query=(parameter("filter"), parameter("timeout")),
                    options=("$filter", "$select", "$levels"),
                    headers=(
                        HeaderFact("If-Match", "etag", False, span("page")),
                        HeaderFact("if-match", "again", False, span("page")),
                        HeaderFact("Authorization", "Bearer", True, span("page")),
                        HeaderFact("Prefer: outlook.timezone", "zone", False, span("page")),
                        HeaderFact("user-id", "", False, span("page")),
                        HeaderFact('bad"; import os', "", False, span("page")),
                    ),
                )
            ).values()
        )
    )
    arguments = [a.name for a in (*method.ids, *method.parameters, *method.query, *method.headers)]
    assert len(arguments) == len(set(arguments))
    assert all(name.isidentifier() for name in arguments)
    by_wire = {a.wire: a.name for a in (*method.parameters, *method.headers)}
    assert by_wire["headers"] == "headers_"
    assert by_wire["class"] == "class_"
    assert by_wire["userId"] == "user_id_parameter"
    assert by_wire["If-Match"] == "if_match"
    assert by_wire["Prefer"] == "prefer"
    assert "Authorization" not in by_wire and "if-match" not in by_wire
    assert {a.wire: a.name for a in method.query}["$select"] == "select_option"


# --- emitted modules

PAGES = (
    operation(
        "user-list",
        "GET /users",
        "GET /users/$count",
        response=USERS,
        options=("$skiptoken",),
        headers=(HeaderFact("ConsistencyLevel", "eventual", False, span("page")),),
    ),
    operation(
        "user-get",
        "GET /me",
        "GET /users/{user-id}",
        response=ONE_USER,
        permissions=(PermissionFact("Application", ("User.Read.All",), span("page")),),
        errors=(ErrorFact("404", "Nobody has this id.", span("page")),),
    ),
    operation("user-update", "PATCH /users/{user-id}", body=Body(BodyKind.TYPE, USER)),
    operation(
        "user-send",
        "POST /me/send",
        "POST /my/send",
        body=Body(BodyKind.PARAMETERS, None, (parameter("Message"), parameter("times", INTEGER))),
        response=Response(ResponseKind.ACCEPTED, (202,), USER),
        deprecated="Use something else.",
    ),
    operation("user-add-owner", "POST /users/{user-id}/owners/$ref", body=Body(BodyKind.LINK)),
    operation(
        "user-put-photo",
        "PUT /me/photo/$value",
        body=Body(BodyKind.MEDIA, media_types=("image/jpeg",)),
    ),
    operation(
        "reports-period", "GET /reports/of(period='{period}',top={top})", is_function=True,
        response=Response(ResponseKind.MEDIA, (302, 200)),
    ),
    operation(
        "reports-kind",
        "GET /reports/kind",
        response=Response(ResponseKind.VALUE, (200,), replace(STRING, is_collection=True)),
    ),
    operation("reports-todo", body=Body(BodyKind.TYPE, USER), response=ONE_USER),
)  # fmt: skip


@pytest.fixture(scope="module")
def emitted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The client module of a package made from `PAGES`, beside the sample models."""
    folder = tmp_path_factory.mktemp("emitted")
    api = api_of(*PAGES)
    plans = planned(api, place_types(api).value)
    modules = [
        Templated(f"runtime/{path.name.removesuffix('.jinja')}", f"python/runtime/{path.name}", {})
        for path in sorted(RUNTIME.glob("*.jinja"))
    ]
    runtime = keep_plans(Memo(), "runtime", modules)
    for file in render((*plans, *runtime), Memo()):
        (folder / "emitted_sample" / file.path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "emitted_sample" / file.path).write_text(file.text, encoding="utf-8")
    sample = Path(__file__).parent / "runtime" / "sample" / "models"
    for source in sample.rglob("*.py"):
        target = folder / "emitted_sample" / "models" / source.relative_to(sample)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "emitted_sample" / "__init__.py").touch()
    sys.path.insert(0, str(folder))
    yield importlib.import_module("emitted_sample.client")
    sys.path.remove(str(folder))


CALLS: list[tuple[str, dict[str, Any], str, str, Any, Any]] = [
    ("user.list", {"select": ["id", "mail"], "top": 2, "consistency_level": "eventual"},
     "GET", "/users?$select=id,mail&$top=2", None, {"value": [{"id": "1"}]}),
    ("user.list", {"skiptoken": "t", "query": {"x": 1}},
     "GET", "/users?$skiptoken=t&x=1", None, {"value": []}),
    ("user.list_count", {"filter": "a eq 1"},
     "GET", "/users/$count?$filter=a%20eq%201", None, 3),
    ("user.get", {}, "GET", "/me", None, {"id": "1"}),
    ("user.get", {"user_id": "a/b", "expand": "manager"},
     "GET", "/users/a%2Fb?$expand=manager", None, {"id": "1"}),
    ("user.update", {"user_id": "a", "body": {"jobTitle": None}},
     "PATCH", "/users/a", {"jobTitle": None}, None),
    ("user.send", {"message": "hi", "extra_body": {"more": 1}},
     "POST", "/me/send", {"Message": "hi", "more": 1}, {"id": "1"}),
    ("user.send", {"path": "/my/send"}, "POST", "/my/send", None, {"id": "1"}),
    ("user.add_owner", {"user_id": "a", "odata_id": "https://x/1"},
     "POST", "/users/a/owners/$ref", {"@odata.id": "https://x/1"}, None),
    ("reports.period", {"period": "it's", "top": 5},
     "GET", "/reports/of(period='it%27%27s',top=5)", None, "raw"),
    ("reports.kind", {}, "GET", "/reports/kind", None, {"value": ["a", "b"]}),
]  # fmt: skip


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize(("name", "arguments", "verb", "url", "sent", "answer"), CALLS)
def test_a_method_sends_what_its_page_documents(
    emitted: ModuleType,
    is_async: bool,
    name: str,
    arguments: dict[str, Any],
    verb: str,
    url: str,
    sent: Any,
    answer: Any,
) -> None:
    seen: list[httpx2.Request] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        body = b"" if answer is None else json.dumps(answer).encode()
        return httpx2.Response(202 if name == "user.send" else 200, content=body)

    resource, _, method = name.partition(".")
    transport = httpx2.MockTransport(handler)
    if is_async:
        client = emitted.AsyncClient(http=httpx2.AsyncClient(transport=transport))
        result = asyncio.run(getattr(getattr(client, resource), method)(**arguments))
    else:
        client = emitted.Client(http=httpx2.Client(transport=transport))
        result = getattr(getattr(client, resource), method)(**arguments)
    (request,) = seen
    expected = httpx2.Request(verb, f"https://graph.example/v1.0{url}")
    assert (request.method, request.url) == (verb, expected.url)
    assert (json.loads(request.content) if request.content else None) == sent
    shown = {
        "user.list": lambda: [u.to_payload(read_only=True) for u in result.value],
        "user.get": lambda: result.to_payload(read_only=True),
        "user.send": lambda: result.value.to_payload(read_only=True),
        "reports.period": lambda: json.loads(result),
    }.get(name, lambda: result)()
    expected_answer = answer["value"] if isinstance(answer, dict) and "value" in answer else answer
    assert shown == expected_answer


def test_content_is_sent_with_the_type_that_the_page_shows(emitted: ModuleType) -> None:
    seen: list[httpx2.Request] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(204)

    client = emitted.Client(http=httpx2.Client(transport=httpx2.MockTransport(handler)))
    assert client.user.put_photo(b"jpeg") is None
    client.user.put_photo(b"png", content_type="image/png")
    assert [(r.content, r.headers["content-type"]) for r in seen] == [
        (b"jpeg", "image/jpeg"),
        (b"png", "image/png"),
    ]


def test_documented_headers_are_arguments(emitted: ModuleType) -> None:
    def handler(request: httpx2.Request) -> httpx2.Response:
        assert request.headers["ConsistencyLevel"] == "mine"
        return httpx2.Response(200, json={"value": []})

    client = emitted.Client(http=httpx2.Client(transport=httpx2.MockTransport(handler)))
    client.user.list(consistency_level="mine")
    client.user.list(consistency_level="eventual", headers={"consistencylevel": "mine"})


def test_a_deprecated_method_warns_its_caller(emitted: ModuleType) -> None:
    client = emitted.Client(
        http=httpx2.Client(transport=httpx2.MockTransport(lambda _: httpx2.Response(202)))
    )
    with pytest.warns(DeprecationWarning, match="Use something else.") as caught:
        client.user.send()
    assert caught[0].filename == __file__


def test_a_page_without_a_request_line_is_a_stub(emitted: ModuleType) -> None:
    client = emitted.Client(http=httpx2.Client(transport=httpx2.MockTransport(lambda _: 1 / 0)))
    with pytest.raises(NotImplementedError, match="api/reports-todo.md has no request line"):
        client.reports.todo({})


def test_docstrings_say_what_the_page_says(emitted: ModuleType) -> None:
    text = importlib.import_module("emitted_sample.endpoints.user").UserApi.get.__doc__ or ""
    for part in ("What it does.", "Application: User.Read.All", "404: Nobody has this id.",
                 "Documented in api/user-get.md:", "GET /users/{user_id}"):  # fmt: skip
        assert part in text


def test_docstrings_list_what_a_body_may_hold() -> None:
    """An update changes no key and nothing that is read-only, though its table lists both."""
    names = ("id", "displayName", "age", "isOld", "mail")
    notes = {"isOld": Notes(read_only=True), "displayName": Notes(required=True)}
    rows = [Parameter(n, STRING, "", notes.get(n, Notes()), span("p")) for n in names[:4]]
    listed = Body(BodyKind.TYPE, USER, listed=tuple(rows))
    api = api_of(
        operation("user-update", "PATCH /users/{user-id}", body=listed),
        operation("user-post", "POST /users", body=listed),
    )
    properties = tuple(Property(n, STRING, "", Notes(), False, span("p")) for n in names)
    user = replace(api.types[USER.name], properties=properties)
    api = replace(api, types={USER.name: user})
    (module,) = [
        file.text
        for file in render(planned(api, place_types(api).value), Memo())
        if file.path == "endpoints/user.py"
    ]
    assert "Properties that can be changed: display_name, age." in module
    assert "Properties to set: id, display_name (required), age." in module


def test_endpoints_load_no_models_and_the_client_no_endpoints(emitted: ModuleType) -> None:
    import subprocess

    code = (
        "import sys; import emitted_sample.client as c; "
        "assert not [m for m in sys.modules if 'endpoints.' in m or m in ('httpx2', 'pydantic')];"
        "client = c.Client(); client.user; client.reports; assert client.user is client.user;"
        "assert not [m for m in sys.modules if 'sample.models' in m or m == 'pydantic']"
    )
    folder = Path(str(emitted.__file__)).parents[1]
    subprocess.run([sys.executable, "-c", code], cwd=folder, check=True)


HOSTILE = 'x"""\'\\\n{{ 7 * 7 }}{% raw %}\x00\u202e`rm -rf`" + __import__("os") + "../../evil'


def test_hostile_text_is_text(tmp_path: Path) -> None:
    """It renders to code that compiles, stays in its folder and defines nothing of its own."""
    fact = replace(
        operation("user-get"),
        page=f"api/{HOSTILE}.md",
        title=HOSTILE,
        text=HOSTILE,
        namespace=HOSTILE,
        spellings=(HOSTILE,),
        templates=(
            Template("GET", ("/", HOSTILE, "/", Placeholder(HOSTILE, HOSTILE)), span("p")),
            Template("GET", ("/", HOSTILE + "2", "/", Placeholder(HOSTILE, HOSTILE)), span("p")),
        ),
        query=(parameter(HOSTILE, TypeRef(HOSTILE, TypeKind.STRUCTURED)),),
        options=(HOSTILE,),
        headers=(HeaderFact(HOSTILE, HOSTILE, False, span("p")),),
        permissions=(PermissionFact(HOSTILE, (HOSTILE,), span("p")),),
        body=Body(BodyKind.MEDIA, media_types=(HOSTILE,)),
        response=Response(ResponseKind.TYPE, (200,), TypeRef(HOSTILE, TypeKind.STRUCTURED)),
        errors=(ErrorFact(HOSTILE, HOSTILE, span("p")),),
        deprecated=HOSTILE,
    )
    api = replace(api_of(fact), host=HOSTILE, version=HOSTILE)
    files = render(planned(api, place_types(api).value), Memo())
    assert len(files) == 3
    for file in files:
        assert ".." not in Path(file.path).parts
        tree = compile(file.text, file.path, "exec")
        assert "os" not in tree.co_names and "__import__" not in tree.co_names
        assert "49" not in file.text
