"""The emitted tests against a service: a real server on loopback, made from the package's models."""

import ast
import importlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import packages
from generator.run import Run

PACKAGE = "live_service"
TOKEN = "secret-of-the-test"


@dataclass
class Service:
    """What each path answers: a kind and the name of a type, and how that is spoilt."""

    routes: list[tuple[str, re.Pattern[str], str, str]]
    models: Any
    spoilt: str = ""
    seen: list[str] = field(default_factory=list)

    def answer(self, method: str, path: str) -> tuple[int, bytes]:
        """The likeliest route is the one with most literal text."""
        fitting = [r for r in self.routes if r[0] == method and r[1].fullmatch(path)]
        if not fitting:
            return 404, b'{"error": {"code": "notFound", "message": "no such path"}}'
        _, _, kind, name = max(fitting, key=lambda r: len(r[1].pattern.replace("[^/]+?", "")))
        if kind == "nothing":
            return 204, b""
        if kind == "accepted":
            return 202, b""
        if kind == "content":
            return 200, b"bytes"
        if kind == "number":
            return 200, b"3"
        value = self.value(name)
        if kind in ("many", "values"):
            return 200, json.dumps({"value": [value]}).encode()
        return 200, json.dumps(value if kind == "one" else {"value": value}).encode()

    def value(self, name: str, depth: int = 0) -> Any:
        """A value of an OData type, with all its properties."""
        if name.startswith("Edm."):
            return self.models.samples(name.removeprefix("Edm."))[1] if name[4:] != "Untyped" else 1
        kind, sample_run, _ = self.models.samples(name)
        if not hasattr(kind, "model_fields"):
            return sample_run
        shown: dict[str, Any] = {}
        for wire, declared in self.models.declared(kind).items():
            if declared.kind is None:
                part: Any = "anything"
            elif hasattr(declared.kind, "model_fields"):
                part = self.value(declared.kind.ODATA_TYPE, depth + 1) if depth < 2 else {}
            else:
                part = next(
                    (p[1] for p in self.models._PRIMITIVES.values() if p[0] is declared.kind), None
                )
                part = next(iter(declared.kind)).value if part is None else part
            shown[wire] = [part] if declared.is_list else part
        if self.spoilt == "missing" and not depth:
            shown.pop("displayName", None)
        if self.spoilt == "missing below" and depth:
            shown.pop("language", None)
        if self.spoilt == "unfit" and not depth and "displayName" in shown:
            shown["displayName"] = 5
        if self.spoilt == "unknown" and not depth:
            shown["inNoTable"] = 5
        return shown


@contextmanager
def serving(service: Service) -> Iterator[str]:
    """The address at which `service` answers, while inside."""

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            self.rfile.read(int(self.headers.get("content-length") or 0))
            service.seen.append(f"{self.command} {self.path}")
            status, body = service.answer(self.command, self.path.partition("?")[0])
            if self.headers.get("authorization") != f"Bearer {TOKEN}":
                status, body = 401, b"{}"
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = handle_any

        def log_message(self, *words: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, sample_run: Run) -> Path:
    """A folder with the package that is made of docs_in."""
    folder = tmp_path_factory.mktemp("live")
    packages.write(sample_run, folder / PACKAGE)
    return folder


@pytest.fixture
def service(place: Path, monkeypatch: pytest.MonkeyPatch) -> Service:
    monkeypatch.setenv("LIVE_TOKEN", TOKEN)
    monkeypatch.syspath_prepend(str(place))
    models = importlib.import_module(f"{PACKAGE}.tests._conformity")
    return Service(list(_routes(place / PACKAGE)), models)


def _routes(package: Path) -> Iterator[tuple[str, re.Pattern[str], str, str]]:
    """Method, path, kind of answer and its type, of each call in the modules of endpoints."""
    for module in sorted((package / "endpoints").glob("*.py")):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Call":
                method, paths, answer = node.args[:3]
                kind, _, rest = ast.unparse(answer).partition("(")
                named = re.search(r"'([^']+)'", rest)
                for path in ast.literal_eval(paths):
                    pattern = re.sub(r"\\\{\w+(?::path)?\\\}", "[^/]+?", re.escape(path))
                    expression = re.compile(pattern.replace("'", "(?:'|%27)"))
                    name = named[1] if named else "Edm.Untyped"
                    yield ast.literal_eval(method), expression, kind, name


def run(place: Path, url: str, *words: str, tests: str = "tests") -> str:
    """What pytest says of the emitted tests, run against `url`."""
    done = packages.python(
        place, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"{PACKAGE}/{tests}",
        "--base-url", url, "--token-env", "LIVE_TOKEN", *words,
    )  # fmt: skip
    return done.stdout + done.stderr


def test_a_service_of_the_documented_shape_passes(place: Path, service: Service) -> None:
    """Every example is called, by both clients; values are others than the pages'."""
    with serving(service) as url:
        said = run(place, url, "--write")
    assert "failed" not in said and "error" not in said, said
    assert {line.split()[0] for line in service.seen} >= {"GET", "POST", "PATCH", "DELETE"}


def test_nothing_is_written_unless_allowed(place: Path, service: Service) -> None:
    with serving(service) as url:
        said = run(place, url)
    assert "failed" not in said and "skipped" in said, said
    assert {line.split()[0] for line in service.seen} == {"GET"}


@pytest.mark.parametrize(
    ("spoilt", "named"),
    [
        ("missing", "set of properties"),
        ("missing below", "set of properties"),
        ("unfit", "values of another type"),
        ("unknown", "properties in no table"),
    ],
)
def test_another_shape_fails(place: Path, service: Service, spoilt: str, named: str) -> None:
    service.spoilt = spoilt
    with serving(service) as url:
        said = run(place, url, tests="tests/test_user.py")
    assert "failed" in said and f"differs: the {named}" in said, said
    assert spoilt != "missing below" or "preferences.language" in said


def test_a_token_that_is_not_there_stops_the_run(place: Path) -> None:
    done = packages.python(
        place, "-m", "pytest", f"{PACKAGE}/tests", "--base-url", "http://x", "--token-env", "NONE"
    )
    assert done.returncode == 4 and "there is no variable NONE" in done.stderr
