"""What the data says of answers holds behind our middleware, is what index check looks for, and can fail."""

from __future__ import annotations

import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from pep786.index import WSGIMiddleware
from pep786.index.check import CLAUSES
from pep786.index.check.spellings import FLAGS
from pep786.verify import index as loopback
from tests.conformance.answers import ANSWERS, RECORDS, faults
from tests.environments import CHECKOUT
from tests.index.check.indexes import CORS, CheckedIndex, Reply, forgeable, refused, shortened, to_those_who_ask, told

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Where the loopback index has what an answer is about.
TARGETS = {
    "page": "/simple/demo-wheel/",
    "metadata": "/stored/demo_wheel-1.0-py3-none-any.whl.metadata",
    "file": "/stored/demo_wheel-1.0-py3-none-any.whl",
    "missing": "/simple/nobody/",
    "redirect": "/simple/Demo_Wheel/",
    "locked": "/auth/simple/demo-wheel/",
}


class _Application:
    """The loopback index as a WSGI application, for browsers too."""

    def __init__(self) -> None:
        self.flags: list[bool] = []
        self._offered = loopback.Index()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        self.flags.append(environ["pep786.no_analytics"])
        fields = [
            (name[len("HTTP_") :].replace("_", "-"), value)
            for name, value in environ.items()
            if name.startswith("HTTP_")
        ]
        request = loopback.Request(environ["REQUEST_METHOD"], environ["PATH_INFO"], fields)
        answer = loopback._answer(self._offered, request) if request.method != "OPTIONS" else loopback._Answer(200, {})
        start_response(f"{answer.status} x", [*answer.headers.items(), *CORS.items()])
        return [answer.body if request.method != "HEAD" else b""]


class _Handler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base class's name
        """Nothing is to be said."""


@contextmanager
def serving(application: Any) -> Iterator[int]:
    """The port of a server with the application, until the block is left."""
    with make_server("127.0.0.1", 0, application, handler_class=_Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: answer["id"])
def test_it_holds_behind_the_middleware(answer: dict[str, Any]) -> None:
    application = _Application()
    with serving(WSGIMiddleware(application)) as port:
        assert faults(port, TARGETS, answer) == []
    assert set(application.flags) == {True, False}


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: answer["id"])
def test_it_holds_at_an_index_that_knows_nothing_of_it(answer: dict[str, Any]) -> None:
    """The draft, "Backwards Compatibility": indexes that do not recognise the header ignore it."""
    with CheckedIndex() as index:
        assert faults(index.port, TARGETS, answer) == []


def _to_all(_: object, right: Reply) -> Reply:
    return right._replace(headers={**right.headers, "Vary": "Accept, Prefer", "Preference-Applied": "no-analytics"})


def _let_in(_: loopback.Request, right: Reply) -> Reply:
    return Reply(200, {}) if right.status == 401 else right


@pytest.mark.parametrize(
    ("fault", "failing"),
    [
        (to_those_who_ask(refused), {answer["id"] for answer in ANSWERS if answer["same"] != ["time"]}),
        (to_those_who_ask(shortened), {"page-html", "page-json", "metadata", "file", "part", "flag-hidden"}),
        (_to_all, {"no-trace"}),
        (to_those_who_ask(_let_in), {"login-alike"}),
        (
            to_those_who_ask(told(X_No_Analytics="1")),
            {answer["id"] for answer in ANSWERS if "fields" in answer["same"]},
        ),
        (forgeable, {"flag-hidden"}),
        (
            lambda request, right: Reply(405, {}) if request.method == "OPTIONS" else right,
            {"preflight-page", "preflight-file"},
        ),
        (
            lambda request, right: Reply(503, {}) if any(len(value) > 2000 for value in request.prefer) else right,
            {"long"},
        ),
    ],
    ids=["refused", "shortened", "traces", "let in", "a flag", "a forged flag", "no preflight", "503 to a long field"],
)
def test_a_fault_fails_them(fault: Any, failing: set[str]) -> None:
    with CheckedIndex(fault) as index:
        found = {answer["id"] for answer in ANSWERS if faults(index.port, TARGETS, answer)}
    assert failing <= found
    if len(failing) <= 2:
        assert found == failing


def test_index_check_looks_for_each_of_them_and_for_nothing_else() -> None:
    assert {answer["check"] for answer in ANSWERS if "check" in answer} == {clause.name for clause in CLAUSES}


def test_index_check_tries_the_same_forgeries() -> None:
    (answer,) = [answer for answer in ANSWERS if "forged" in answer]
    assert answer["forged"] == {name: ["1", "0"] for name in FLAGS}
    assert answer["absent"] == list(FLAGS)


def line(record: dict[str, Any]) -> str:
    """The record as a line of an nginx log with both fields; linehaul's kin may differ, the answer may not."""
    user = "ann" if record.get("credentials") else "-"
    prefer = ", ".join(record.get("prefer", ())).replace('"', "\\x22") or "-"
    agent = "pip/26.3" + record.get("suffix", "")
    return f'192.0.2.7 {user} [28/Nov/2026:10:00:00 +0000] "GET /{record["id"]} HTTP/1.1" 200 9 "{agent}" "{prefer}"'


FORMAT = '$remote_addr $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_user_agent" "$http_prefer"'


def test_what_is_shared_and_what_is_kept(tmp_path: Any) -> None:
    log, internal = tmp_path / "access.log", tmp_path / "internal.log"
    log.write_text("".join(f"{line(record)}\n" for record in RECORDS), encoding="utf-8")
    command = ["index", "filter", "--format", "nginx", "--fields", FORMAT, "--internal", str(internal), str(log)]
    done = subprocess.run(
        [sys.executable, "-m", "pep786", *command], check=False, capture_output=True, text=True, cwd=CHECKOUT
    )
    assert done.returncode == 0, done.stderr
    for record in RECORDS:
        assert (f"/{record['id']} " in done.stdout) is record["shared"], record["id"]
        kept = done.stdout + internal.read_text()
        assert (f"/{record['id']} " in kept) is record["kept"], record["id"]
    assert "(no-analytics)" not in done.stdout
