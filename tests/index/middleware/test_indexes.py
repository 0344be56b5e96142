"""Released indexes behind the middleware, set up as the page says, with a released pip installing from them."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import urllib.request
import zipfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, Iterator, NamedTuple

import pytest

from tests.environments import CHECKOUT
from tests.index.middleware.documentation import examples
from tests.index.middleware.servers import Logs, free_port, interpreter, started
from tests.index.middleware.wire import get

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.real

EXAMPLES = examples()

#: The page's headings that are about an index with two logs, and the project's page at that index.
LOGGED = {
    "pypiserver on gunicorn": "/simple/",
    "pypiserver on waitress": "/simple/",
    "simple-repository-server on uvicorn": "/simple/",
    "simple-repository-server on hypercorn": "/simple/",
}
UNLOGGED = {"Several `Prefer` lines in one request": "/simple/", "devpi-server": "/root/dev/+simple/"}

#: What a plugin of an operator's own sees behind ours, whichever was loaded first.
SPY = """
import json
from pluggy import HookimplMarker

def spy(handler, registry):
    def tween(request):
        seen = [request.path, request.no_analytics, request.headers.get("Prefer"), request.user_agent]
        with open("seen.jsonl", "a") as file:
            file.write(json.dumps(seen) + "\\n")
        return handler(request)
    return tween

@HookimplMarker("devpiserver")
def devpiserver_pyramid_configure(config, pyramid_config):
    pyramid_config.add_tween("devpi_spy.spy")
"""


class Index(NamedTuple):
    """A running index: where its projects are, and the folder with its files."""

    port: int
    simple: str
    folder: Path


@contextmanager
def serving(heading: str, folder: Path) -> Iterator[Index]:
    """An index set up as the page says below a heading, with one project."""
    packages = folder / "packages"
    if heading.startswith("simple"):
        packages /= "sample"
    packages.mkdir(parents=True)
    wheel = make_wheel(packages)
    port = free_port()
    *before, last = EXAMPLES[heading].write(folder, port)
    if heading == "devpi-server":
        last += ["--argon2-memory-cost=8", "--argon2-parallelism=1", "--argon2-time-cost=1"]  # not half a GB, seconds
        (folder / "devpi_spy.py").write_text(SPY)
        metadata = folder / "devpi_spy-1.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: devpi-spy\nVersion: 1\n")
        (metadata / "entry_points.txt").write_text("[devpi_server]\nspy = devpi_spy\n")
    for command in before:
        done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=folder)
        assert done.returncode == 0, done.stdout + done.stderr
    with started(last, port, folder):
        if heading == "devpi-server":
            fill_devpi(port, wheel)
        yield Index(port, {**LOGGED, **UNLOGGED}[heading], folder)


def make_wheel(folder: Path) -> Path:
    """A distribution to install."""
    wheel = folder / "sample-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("sample.py", "")
        archive.writestr("sample-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: sample\nVersion: 1.0\n")
        archive.writestr("sample-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr("sample-1.0.dist-info/RECORD", "")
    return wheel


def fill_devpi(port: int, wheel: Path) -> None:
    """An index at a devpi-server, and the wheel in it: with no client of devpi's own."""

    def send(method: str, path: str, body: bytes, kind: str) -> None:
        call = urllib.request.Request(f"http://127.0.0.1:{port}{path}", body, method=method)
        call.add_header("Content-Type", kind)
        call.add_header("Accept", "application/json")
        call.add_header("Authorization", "Basic " + base64.b64encode(b"root:").decode())
        with urllib.request.urlopen(call, timeout=60) as answer:  # noqa: S310  loopback
            assert answer.status == 200

    send("PUT", "/root/dev", json.dumps({"bases": []}).encode(), "application/json")
    parts = {":action": b"file_upload", "name": b"sample", "version": b"1.0"}
    lines = [b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s' % (k.encode(), v) for k, v in parts.items()]
    disposition = f'form-data; name="content"; filename="{wheel.name}"'.encode()
    lines += [b"--x\r\nContent-Disposition: " + disposition + b"\r\n\r\n" + wheel.read_bytes(), b"--x--\r\n"]
    send("POST", "/root/dev/", b"\r\n".join(lines), "multipart/form-data; boundary=x")


def pip(index: Index, name: str, *flags: str) -> None:
    """Have a released pip install the project from the index, with the shim in it."""
    url = f"http://127.0.0.1:{index.port}{index.simple}"
    run = [interpreter(), "-m", "pep786", "run", *flags, "--", interpreter(), "-m", "pip", "install", "--no-cache-dir"]
    command = [*run, "--disable-pip-version-check", "--no-deps", "--index-url", url, "--target", name, "sample"]
    environ = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=index.folder, env=environ)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (index.folder / name / "sample.py").exists()


def assert_same_answers(index: Index) -> None:
    """Page and file, whatever is preferred, by the byte."""
    page = get(index.port, f"{index.simple}sample/")
    assert page is not None
    assert b"sample-1.0-py3-none-any.whl" in page.body
    signals = [
        [("Prefer", "no-analytics")],
        [("Prefer", "wait=1, No-Analytics=0")],
        [("User-Agent", "x (no-analytics)")],
    ]
    for path in (f"{index.simple}sample/", f"{index.simple}unknown/", f"{index.simple}sample"):
        plain = get(index.port, path, [("User-Agent", "x")])
        assert plain is not None
        assert not {name.lower() for name, _ in plain.fields} & {"preference-applied"}
        for signal in signals:
            assert (
                get(index.port, path, [*signal, *([] if "User-Agent" in dict(signal) else [("User-Agent", "x")])])
                == plain
            )


def lines(log: Path) -> list[str]:
    return log.read_text().splitlines()


@pytest.mark.parametrize("heading", [pytest.param(each, marks=pytest.mark.xdist_group(each)) for each in LOGGED])
def test_an_index_with_two_logs(heading: str, tmp_path: Path) -> None:
    with serving(heading, tmp_path) as index:
        logs = Logs(tmp_path)
        pip(index, "private", "--no-analytics")
        logs.wait_for("sample-1.0")
        internal = lines(logs.internal)
        assert len(internal) >= 2  # page and file
        assert lines(logs.shared) == []
        pip(index, "plain", "--analytics")
        get(index.port, "/last")
        logs.wait_for("/last")
        assert lines(logs.shared) == lines(logs.internal)[len(internal) :]
        assert_same_answers(index)


def test_devpi_server(tmp_path: Path) -> None:
    """A plugin behind ours sees the flag, and no signal."""
    with serving("devpi-server", tmp_path) as index:
        seen = tmp_path / "seen.jsonl"
        for name, flag in (("private", "--no-analytics"), ("plain", "--analytics")):
            seen.write_text("")
            pip(index, name, flag)
            requests = [json.loads(line) for line in lines(seen)]
            assert len(requests) >= 2
            assert {request[1] for request in requests} == {flag == "--no-analytics"}
            assert {request[2] for request in requests} == {None}
            assert all(request[3].startswith("pip/") and "(no-analytics)" not in request[3] for request in requests)
        assert_same_answers(index)


def test_cheroot_told_to_join(tmp_path: Path) -> None:
    """pip installs from it; with the tests' application in the index's stead it tells that both lines arrive."""
    heading = "Several `Prefer` lines in one request"
    with serving(heading, tmp_path) as index:
        pip(index, "private", "--no-analytics")
        assert_same_answers(index)
    port = free_port()
    (command,) = EXAMPLES[heading].write(tmp_path, port)
    script = tmp_path / "serve.py"
    telling = "from tests.index.middleware.applications import _wsgi as index\nwsgi.Server"
    script.write_text(script.read_text().replace("wsgi.Server", telling))
    with started(command, port, tmp_path):
        answer = get(port, "/", [("Prefer", "no-analytics"), ("Prefer", "wait=1")])
        assert answer is not None
        assert answer.told() == {"flag": True, "prefer": "wait=1", "user_agent": None}


def test_another_application(tmp_path: Path) -> None:
    port = free_port()
    (command,) = EXAMPLES["Another application"].write(tmp_path, port)
    with started(command, port, tmp_path):
        for prefer, body in (("no-analytics", b"opted out\n"), ("wait=1", b"not opted out\n")):
            answer = get(port, "/", [("Prefer", prefer)])
            assert answer is not None
            assert answer.body == body


def test_every_example_is_tried() -> None:
    assert set(EXAMPLES) == {*LOGGED, *UNLOGGED, "Another application"}
