"""The released pypiserver, as it is and with the patch: what its log has, and what an upstream index hears of it."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from pep786.verify.index import Index
from tests.environments import NEWEST, install
from tests.index.running import PYPISERVER, answers, free_port, started, wait_for

from . import vectors
from .source import own_tests, unpacked
from .wire import OTHERS, PLAIN, SIGNALS, USER_AGENT, get

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.environments import Environments

pytestmark = [
    pytest.mark.real,
    pytest.mark.xdist_group("patched-pypiserver"),
    pytest.mark.skipif(sys.version_info < (3, 10), reason="pypiserver needs Python 3.10"),
]

_SERVERS = ("wsgiref", "auto", "gunicorn")  # "auto" takes waitress
_MARK = " no-analytics"


@pytest.fixture(scope="module")
def trees(tmp_path_factory: pytest.TempPathFactory) -> dict[bool, Path]:
    """The source of pypiserver 2.4.2, patched and as released."""
    version = PYPISERVER.partition("==")[2]
    return {
        patched: unpacked("pypiserver", version, tmp_path_factory.mktemp("source"), patched=patched)
        for patched in (True, False)
    }


def libraries(*more: str) -> list[str]:
    """Folders with what pypiserver needs, and these."""
    return [install(library) for library in (PYPISERVER, *more)]


class Server:
    """A running pypiserver: its port, and its log."""

    def __init__(self, port: int, log: Path) -> None:
        self.port = port
        self.log = log

    def lines(self, about: str) -> list[str]:
        """The lines of the log that hold this."""
        return [line for line in self.log.read_text(encoding="utf-8", errors="replace").splitlines() if about in line]


@contextmanager
def serving(tree: Path, folder: Path, *arguments: str, on: str = "wsgiref") -> Iterator[Server]:
    """The pypiserver of a source tree."""
    (folder / "packages").mkdir(parents=True)
    (folder / "packages" / "demo-1.0.tar.gz").write_bytes(b"demo")
    port = free_port()
    command = [sys.executable, "-m", "pypiserver", "run", "-v", "-i", "127.0.0.1", "-p", str(port), "--server", on]
    environ = {"PYTHONPATH": os.pathsep.join([str(tree), *libraries("waitress==3.0.2", "gunicorn==27.0.1")])}
    log = folder / "said"
    with started([*command, *arguments, str(folder / "packages")], log, environ) as process:
        wait_for(lambda: answers(port), f"pypiserver starts on {on}", process)
        yield Server(port, log)


@pytest.mark.parametrize("on", _SERVERS)
def test_the_log_has_one_bit(trees: dict[bool, Path], tmp_path: Path, on: str) -> None:
    """And with the format that shows all there is, neither signal."""
    with serving(trees[True], tmp_path, "--log-req-frmt", "REQUEST %s", on=on) as server:
        for fields in (*SIGNALS.values(), *OTHERS.values()):
            assert get(server.port, "/simple/demo/", fields).status == 200
        wait_for(lambda: len(server.lines("REQUEST")) == 10, "the log is written")
        marked, others = server.lines("REQUEST")[: len(SIGNALS)], server.lines("REQUEST")[len(SIGNALS) :]
    assert all(line.endswith(_MARK) for line in marked)
    assert not any(signal in line for line in marked for signal in ("HTTP_PREFER", "(no-analytics)"))
    assert not any(line.endswith(_MARK) for line in others)


@pytest.mark.parametrize("on", _SERVERS)
def test_one_grep_leaves_such_requests_out(trees: dict[bool, Path], tmp_path: Path, on: str) -> None:
    """What came in, what was answered, and wsgiref's own line: not even an empty one is left of them."""
    paths = ("/simple/demo/", "/simple", "/no")
    # As released, wsgiref's line has an empty one behind it.
    asked, plain = (3, 4) if on == "wsgiref" else (2, 2)
    with serving(trees[True], tmp_path, on=on) as server:
        for path in paths:
            get(server.port, path, SIGNALS["both"])
        get(server.port, "/last/", PLAIN)
        wait_for(lambda: len(_since(server, "demo")) == asked * len(paths) + plain, "the log is written")
        lines = _since(server, "demo")
    assert [line.endswith(_MARK) for line in lines] == [True] * asked * len(paths) + [False] * plain, lines


def _since(server: Server, about: str) -> list[str]:
    """The lines of the log from the first one that holds this."""
    lines = server.lines("")
    return lines[next((at for at, line in enumerate(lines) if about in line), len(lines)) :]


def test_the_access_log_of_wsgiref_has_it_too(trees: dict[bool, Path], tmp_path: Path) -> None:
    with serving(trees[True], tmp_path) as server:
        for fields in (*SIGNALS.values(), PLAIN):
            get(server.port, "/simple/demo/", fields)
        wait_for(lambda: len(server.lines('HTTP/1.1" 200')) == len(SIGNALS) + 1, "the log is written")
        lines = server.lines('HTTP/1.1" 200')
    assert [line.endswith(_MARK) for line in lines] == [True] * len(SIGNALS) + [False]


def test_as_released_the_log_tells_nobody_apart(trees: dict[bool, Path], tmp_path: Path) -> None:
    with serving(trees[False], tmp_path) as server:
        get(server.port, "/simple/demo/", SIGNALS["both"])
        wait_for(lambda: bool(server.lines('HTTP/1.1" 200')), "the log is written")
        assert not any(line.endswith(_MARK) for line in server.lines("simple"))


def test_vectors(trees: dict[bool, Path], tmp_path: Path) -> None:
    """Each on the wire, told apart by its path."""
    with serving(trees[True], tmp_path, "--log-req-frmt", "REQUEST %(PATH_INFO)s", on="gunicorn") as server:
        asked = {}
        for vector in vectors.ALL:
            if get(server.port, f"/packages/{vector.id}", vector.fields).status == 404:
                asked[f"/packages/{vector.id}"] = vector.opted_out
        wait_for(lambda: len(server.lines("REQUEST")) == len(asked), "the log is written")
        logged = {line.split()[1]: line.endswith(_MARK) for line in server.lines("REQUEST")}
    assert len(asked) > 0.8 * len(vectors.ALL)
    assert logged == asked


@pytest.mark.parametrize("path", ["/simple/demo/", "/simple/", "/packages/demo-1.0.tar.gz", "/simple/no/", "/no", "/"])
def test_the_answer_is_the_same(trees: dict[bool, Path], tmp_path: Path, path: str) -> None:
    def told(fields: tuple[tuple[str, str], ...]) -> str:
        answer = get(server.port, path, fields)
        return repr((answer.status, [field for field in answer.headers if field[0] != "Date"], answer.body))

    with serving(trees[True], tmp_path) as server:
        assert {told(fields) for fields in SIGNALS.values()} == {told(PLAIN)}


@pytest.mark.parametrize("wants", ["1", ""])
def test_a_redirected_pip_says_itself_what_it_wants(
    trees: dict[bool, Path], tmp_path: Path, environments: Environments, wants: str
) -> None:
    """The fallback is a redirect: pip, with the shim, asks the other index itself."""
    pip = environments.shared(NEWEST)
    with Index() as upstream, serving(trees[True], tmp_path, "--fallback-url", upstream.url("/simple")) as server:
        command = [pip.python, "-m", "pip", "download", "--no-deps", "--dest", str(tmp_path / "got"), "demo-wheel"]
        command += ["--index-url", f"http://127.0.0.1:{server.port}/simple/", "--no-cache-dir"]
        pip.output(command, PIP_NO_ANALYTICS=wants, PIP_DISABLE_PIP_VERSION_CHECK="1")
        lines = server.lines("/simple/demo-wheel/")
    assert len(upstream.received) > 1
    assert {bool(request.prefer) for request in upstream.received} == {bool(wants)}
    assert lines
    assert {line.endswith(_MARK) for line in lines if "http" in line and "GET" in line} == {bool(wants)}


_UPDATE = """\
import sys, urllib.request
from pypiserver import manage
manage.urlopen = lambda request: urllib.request.urlopen(urllib.request.Request(
    request.full_url.replace("https://pypi.org", sys.argv[1]), headers=dict(request.header_items())))
print(manage.get_package_releases("demo-wheel"))
"""


@pytest.mark.parametrize("patched", [True, False], ids=["patched", "released"])
@pytest.mark.parametrize("variable", ["PIP_NO_ANALYTICS", "PY_NO_ANALYTICS", "PYTHON_NO_ANALYTICS", "NOTHING"])
def test_an_update_says_what_its_operator_wants(trees: dict[bool, Path], variable: str, patched: bool) -> None:
    """The host that pypiserver asks is written into it; the test's own takes its place."""
    with Index() as upstream:
        environ = {**os.environ, variable: "0", "PYTHONPATH": os.pathsep.join([str(trees[patched]), *libraries()])}
        command = [sys.executable, "-c", _UPDATE, upstream.url("").rstrip("/")]
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=environ)
    assert "1.0" in done.stdout
    wanted = ["no-analytics"] if patched and variable != "NOTHING" else []
    assert {tuple(request.prefer) for request in upstream.received} == {tuple(wanted)}


def test_own_tests(trees: dict[bool, Path]) -> None:
    own_tests(trees[True], "tests/test_analytics.py", libraries("webtest==3.0.7"))


def test_the_user_agent_in_the_log_is_clean(trees: dict[bool, Path], tmp_path: Path) -> None:
    with serving(trees[True], tmp_path, "--log-req-frmt", "REQUEST %(HTTP_USER_AGENT)s") as server:
        for fields in SIGNALS.values():
            get(server.port, "/simple/demo/", fields)
        wait_for(lambda: len(server.lines("REQUEST")) == len(SIGNALS), "the log is written")
        assert {line.partition("REQUEST ")[2] for line in server.lines("REQUEST")} == {USER_AGENT + _MARK}
