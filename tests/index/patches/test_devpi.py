"""The released devpi-server, as it is and with the patch, between its clients and the index that it mirrors."""

from __future__ import annotations

import base64
import http.client
import json
import os
import re
import shutil
import subprocess
import sys
import time
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

import pytest

from pep786.verify.index import Index
from tests.environments import install
from tests.index.running import answers, free_port, started, wait_for

from . import vectors
from .source import own_tests, unpacked
from .wire import OTHERS, PLAIN, SIGNALS, get

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pep786.verify.index import Request

pytestmark = [
    pytest.mark.real,
    pytest.mark.xdist_group("patched-devpi"),
    pytest.mark.skipif(sys.version_info < (3, 9), reason="devpi-server needs Python 3.9"),
]

_VERSION = "6.20.3"
_MARK = " no-analytics"
_PATIENCE = 120  # three of them start at once

_DECIDE = """\
import json, sys
from devpi_server import analytics
print(json.dumps([analytics.opted_out(*fields) for fields in json.load(sys.stdin)]))
"""


class Server:
    """A running devpi-server with mirrors of one index."""

    def __init__(self, port: int, log: Path, upstream: Index) -> None:
        self.port = port
        self.log = log
        self.upstream = upstream
        self._mirrors = 0
        login = self._api("POST", "/+login", {"user": "root", "password": ""})
        self._token = base64.b64encode(f"root:{login['password']}".encode()).decode()

    _token = ""

    def _api(self, method: str, path: str, document: dict[str, object]) -> dict[str, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Content-Type": "application/json", "Accept": "application/json", "X-Devpi-Auth": self._token}
        with closing(connection):
            connection.request(method, path, json.dumps(document), headers)
            answer = connection.getresponse()
            body = json.loads(answer.read())
        assert answer.status == 200, body
        result: dict[str, str] = body["result"]
        return result

    def fetch(self, fields: tuple[tuple[str, str], ...]) -> list[Request]:
        """Have a client fetch the page, the metadata and the file of a project, from a mirror that has nothing yet.

        Gives what the mirrored index received.
        """
        self._mirrors += 1
        mirror = f"/root/mirror{self._mirrors}"
        options = {"mirror_url": self.upstream.url("/simple/"), "mirror_provides_core_metadata": True}
        self._api("PUT", mirror, {"type": "mirror", "volatile": True, **options})
        before = len(self.upstream.received)
        page = get(self.port, f"{mirror}/+simple/demo-wheel/", fields)
        assert page.status == 200, page
        link = re.search(rb'href="\.\./\.\./([^"#]+\.whl)', page.body)
        assert link is not None, page
        for path in (f"{mirror}/{link[1].decode()}.metadata", f"{mirror}/{link[1].decode()}"):
            assert get(self.port, path, fields).status == 200
        return self.upstream.received[before:]

    def lines(self, about: str) -> list[str]:
        """The lines about requests for a page of the simple API, of this or all mirrors."""
        text = self.log.read_text(encoding="utf-8", errors="replace")
        return [line for line in text.splitlines() if about in line and re.search(r"\[req\d+\] GET ", line)]


def surroundings(tree: Path) -> dict[str, str]:
    """The variables that have Python run this source tree."""
    libraries = [str(tree), install(f"devpi-server=={_VERSION}")]
    return {"PYTHONPATH": os.pathsep.join(libraries), "PYTHONWARNINGS": "ignore"}


@pytest.fixture(scope="module")
def data(trees: dict[bool, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of a new devpi-server, to be copied."""
    folder = tmp_path_factory.mktemp("new") / "data"
    command = [sys.executable, "-c", "from devpi_server.init import init; init()", "--no-root-pypi"]
    environ = {**os.environ, **surroundings(trees[False])}
    done = subprocess.run(
        [*command, "--serverdir", str(folder)], check=False, capture_output=True, text=True, env=environ
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def trees(tmp_path_factory: pytest.TempPathFactory) -> dict[bool, Path]:
    """The source of devpi-server, patched and as released."""
    return {
        patched: unpacked("devpi-server", _VERSION, tmp_path_factory.mktemp("source"), patched=patched)
        for patched in (True, False)
    }


#: The servers of these tests: whether patched, and what their operators have set.
_SERVERS: dict[str, tuple[bool, dict[str, str]]] = {
    "patched": (True, {}),
    "opted-out": (True, {"PY_NO_ANALYTICS": "0"}),
    "released": (False, {"PIP_NO_ANALYTICS": "1"}),
}


@pytest.fixture(scope="module")
def servers(
    trees: dict[bool, Path], data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Server]]:
    """Running devpi-servers; they take their time to start, so all do at once.

    Each has one thread: what a request leaves behind, the next one would find.
    """
    waiting, running = {}, {}
    with ExitStack() as stack:
        for name, (patched, environ) in _SERVERS.items():
            folder = tmp_path_factory.mktemp(name)
            shutil.copytree(data, folder / "data")
            port, log = free_port(), folder / "said"
            command = [sys.executable, "-m", "devpi_server", "--serverdir", str(folder / "data")]
            command += ["--host", "127.0.0.1", "--port", str(port), "--threads", "1", "--enable-core-metadata"]
            process = stack.enter_context(started(command, log, {**surroundings(trees[patched]), **environ}))
            waiting[name] = (port, log, process)
        for name, (port, log, process) in waiting.items():
            until = time.monotonic() + _PATIENCE
            while not answers(port):
                assert process.poll() is None, log.read_text(encoding="utf-8")
                assert time.monotonic() < until, f"devpi-server starts: not within {_PATIENCE} s"
                time.sleep(0.05)
            running[name] = Server(port, log, stack.enter_context(Index()))
        yield running


@pytest.fixture
def patched(servers: dict[str, Server]) -> Server:
    """A devpi-server with the patch, whose operator wants nothing in particular."""
    return servers["patched"]


def signed(requests: list[Request]) -> set[tuple[bool, bool]]:
    """Of each request, whether it has the header and whether it has the suffix."""
    assert {request.kind for request in requests} == {"page", "metadata", "file"}
    assert all(str(request.user_agent).startswith("devpi-server/") for request in requests)
    return {
        (request.prefer == ["no-analytics"], str(request.user_agent).endswith(") (no-analytics)"))
        for request in requests
    }


def test_it_sends_on_what_each_client_wants(patched: Server) -> None:
    """T28, T29: whoever asks in turn, on the same thread."""
    for signal, other in zip(SIGNALS.values(), OTHERS.values()):
        assert signed(patched.fetch(signal)) == {(True, True)}
        assert signed(patched.fetch(other)) == {(False, False)}


def test_it_sends_what_its_operator_wants(servers: dict[str, Server]) -> None:
    for fields in (PLAIN, SIGNALS["both"]):
        assert signed(servers["opted-out"].fetch(fields)) == {(True, True)}


def test_as_released_it_says_nothing(servers: dict[str, Server]) -> None:
    """Whoever wants it, but for the metadata, which it asks for with all that the client sent."""
    released = servers["released"]
    for fields in (PLAIN, SIGNALS["suffix"]):
        assert signed(released.fetch(fields)) == {(False, False)}
    received = released.fetch(SIGNALS["header"])
    assert {request.kind for request in received if request.prefer} == {"metadata"}
    assert not any(line.endswith(_MARK) for line in released.lines("mirror"))


def test_what_is_in_its_cache_asks_nobody(patched: Server) -> None:
    patched.fetch(PLAIN)
    before = len(patched.upstream.received)
    page = f"/root/mirror{patched._mirrors}/+simple/demo-wheel/"
    answers = {get(patched.port, page, fields).body for fields in (PLAIN, *SIGNALS.values())}
    assert len(answers) == 1
    assert len(patched.upstream.received) == before


def test_the_log_has_one_bit(patched: Server) -> None:
    for name, fields in {**SIGNALS, **OTHERS}.items():
        assert get(patched.port, f"/+api?{name}", fields).status == 200
    expected = [True] * len(SIGNALS) + [False] * len(OTHERS)
    wait_for(lambda: len(patched.lines("/+api")) >= len(expected), "the log is written")
    assert [line.endswith(_MARK) for line in patched.lines("/+api")] == expected
    assert "(no-analytics)" not in patched.log.read_text(encoding="utf-8")


def test_the_answer_is_the_same(patched: Server) -> None:
    def told(fields: tuple[tuple[str, str], ...]) -> str:
        answer = get(patched.port, "/+api", fields)
        return repr((answer.status, [field for field in answer.headers if field[0].lower() != "date"], answer.body))

    assert {told(fields) for fields in SIGNALS.values()} == {told(PLAIN)}


def test_vectors(trees: dict[bool, Path]) -> None:
    fields = [[",".join(vector.prefer) if vector.prefer else None, vector.user_agent] for vector in vectors.ALL]
    done = subprocess.run(
        [sys.executable, "-c", _DECIDE],
        check=True,
        capture_output=True,
        text=True,
        input=json.dumps(fields),
        env={**os.environ, **surroundings(trees[True])},
    )
    assert json.loads(done.stdout) == [vector.opted_out for vector in vectors.ALL]


def test_own_tests(trees: dict[bool, Path]) -> None:
    libraries = (f"devpi-server=={_VERSION}", "webtest==3.0.7", "beautifulsoup4==4.13.5")
    own_tests(trees[True], "test_devpi_server/test_analytics.py", [install(library) for library in libraries])
