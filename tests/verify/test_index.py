"""The index of ``pep786 verify``: what it answers, and that it keeps what it was sent."""

from __future__ import annotations

import hashlib
import http.client
import io
import json
import os
import socket
import subprocess
import sys
import tarfile
import threading
import time
import xmlrpc.client
import zipfile
from base64 import urlsafe_b64decode
from typing import TYPE_CHECKING

import pytest

from pep786.verify.distributions import demo_distributions, sdist, wheel
from pep786.verify.index import Index, Request

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pep786.verify.distributions import Distribution

WHEEL = "demo_wheel-1.0-py3-none-any.whl"
DATA = {file.filename: file.data for file in demo_distributions()}[WHEEL]
JSON = "application/vnd.pypi.simple.v1+json"
HTML = "application/vnd.pypi.simple.v1+html"


@pytest.fixture
def index() -> Iterator[Index]:
    with Index() as running:
        yield running


class Reply:
    """A response that was read to its end."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()


def ask(index: Index, path: str, method: str = "GET", body: str | None = None, **headers: str) -> Reply:
    connection = http.client.HTTPConnection("127.0.0.1", index.port, timeout=10)
    try:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        return Reply(connection.getresponse())
    finally:
        connection.close()


def say(index: Index, text: bytes) -> bytes:
    """Everything that comes back for these bytes, until the index closes the connection."""
    with socket.create_connection(("127.0.0.1", index.port), timeout=10) as connection:
        connection.sendall(text)
        return b"".join(iter(lambda: connection.recv(65536), b""))


# Pages: PEP 503, 691


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        pytest.param("", "text/html", id="nothing said"),
        pytest.param("*/*", "text/html", id="anything"),
        pytest.param("image/png", "text/html", id="nothing of ours"),
        pytest.param("text/html", "text/html", id="an old pip"),
        pytest.param(f"{JSON}, {HTML}; q=0.1, text/html; q=0.01", JSON, id="a new pip"),
        pytest.param(f"text/html;q=0.01,{HTML};q=0.2,{JSON};q=0.1", HTML, id="weights and not order"),
        pytest.param(f"{JSON};q=0, {HTML}", HTML, id="a weight of nought is a refusal"),
        pytest.param("application/vnd.pypi.simple.latest+json", JSON, id="the latest version"),
    ],
)
def test_page_comes_in_the_media_type_asked_for_most(index: Index, accept: str, expected: str) -> None:
    reply = ask(index, "/simple/demo-wheel/", **({"Accept": accept} if accept else {}))
    assert (reply.status, reply.headers["Content-Type"], reply.headers["Vary"]) == (200, expected, "Accept")
    assert reply.headers["Cache-Control"] == "max-age=0"


def test_html_page_links_files_with_hash_python_and_metadata(index: Index) -> None:
    page = ask(index, "/simple/demo-wheel/").body.decode()
    assert f'href="/files/{WHEEL}#sha256={hashlib.sha256(DATA).hexdigest()}"' in page
    assert 'data-requires-python="&gt;=3.6"' in page
    digest = hashlib.sha256(ask(index, f"/stored/{WHEEL}.metadata").body).hexdigest()
    assert f'data-dist-info-metadata="sha256={digest}"' in page
    assert f'data-core-metadata="sha256={digest}"' in page
    assert "metadata" not in ask(index, "/simple/demo-sdist/").body.decode()


def test_json_page_lists_files_with_hash_python_size_and_metadata(index: Index) -> None:
    page = json.loads(ask(index, "/simple/demo-wheel/", Accept=JSON).body)
    assert (page["meta"], page["name"], page["versions"]) == ({"api-version": "1.1"}, "demo-wheel", ["0.9", "1.0"])
    file = next(file for file in page["files"] if file["filename"] == WHEEL)
    assert file["url"] == f"/files/{WHEEL}"
    assert file["hashes"] == {"sha256": hashlib.sha256(DATA).hexdigest()}
    assert (file["requires-python"], file["size"]) == (">=3.6", len(DATA))
    metadata = ask(index, f"/stored/{WHEEL}.metadata").body
    assert file["core-metadata"] == {"sha256": hashlib.sha256(metadata).hexdigest()}
    assert "dist-info-metadata" not in file  # PEP 714: pip 22.3 to 23.0 fail over it


def test_root_page_lists_every_project(index: Index) -> None:
    names = {file.name for file in demo_distributions()}
    assert {project["name"] for project in json.loads(ask(index, "/simple/", Accept=JSON).body)["projects"]} == names
    page = ask(index, "/simple/").body.decode()
    assert all(f'href="/simple/{name}/"' in page for name in names)


@pytest.mark.parametrize(
    ("path", "location"),
    [
        pytest.param("/simple", "/simple/", id="root without its slash"),
        pytest.param("/simple/demo-wheel", "/simple/demo-wheel/", id="project without its slash"),
        pytest.param("/simple/Demo_.Wheel/", "/simple/demo-wheel/", id="name not normalised"),
        pytest.param("/auth/simple/Demo_Wheel", "/auth/simple/demo-wheel/", id="behind a login"),
        pytest.param("/redirected/simple/demo-wheel/", "http://{second}/simple/demo-wheel/", id="to another host"),
        pytest.param("/redirected/simple/", "http://{second}/simple/", id="root to another host"),
        pytest.param(f"/files/{WHEEL}", f"http://{{second}}/stored/{WHEEL}", id="file"),
        pytest.param(f"/files/{WHEEL}.metadata", f"http://{{second}}/stored/{WHEEL}.metadata", id="metadata file"),
    ],
)
def test_redirects(index: Index, path: str, location: str) -> None:
    reply = ask(index, path, Authorization="Basic Zm9vOmJhcg==")
    assert reply.headers["Location"] == location.format(second=index.second_host)
    assert reply.status in (301, 302)


@pytest.mark.parametrize(
    "path",
    ["/", "/simple/unknown/", "/files/unknown.whl", "/stored/demo_sdist-1.0.tar.gz.metadata", "/stored/../x", "/%00"],
)
def test_everything_else_is_not_found(index: Index, path: str) -> None:
    reply = ask(index, path)
    assert (reply.status, reply.body) == (404, b"404 Not Found\n")


def test_login_is_asked_for_until_one_is_sent(index: Index) -> None:
    refused = ask(index, "/auth/simple/demo-wheel/")
    assert (refused.status, refused.headers["WWW-Authenticate"]) == (401, 'Basic realm="pep786"')
    assert ask(index, "/auth/simple/demo-wheel/", Authorization="Basic Zm9vOmJhcg==").status == 200


# Files: RFC 9110, 13 and 14


@pytest.mark.parametrize("area", ["stored", "direct"])
def test_file_is_served_whole(index: Index, area: str) -> None:
    reply = ask(index, f"/{area}/{WHEEL}")
    assert (reply.status, reply.body, reply.headers["Accept-Ranges"]) == (200, DATA, "bytes")
    assert reply.headers["Content-Length"] == str(len(DATA))
    assert reply.headers["Content-Type"] == "application/octet-stream"


def test_links_can_lead_straight_to_the_file() -> None:
    with Index(redirect_files=False) as index:
        assert ask(index, f"/files/{WHEEL}").body == DATA


def test_metadata_can_be_left_out() -> None:
    with Index(metadata=False) as index:
        assert ask(index, f"/stored/{WHEEL}.metadata").status == 404
        assert b"metadata" not in ask(index, "/simple/demo-wheel/").body
        assert b"metadata" not in ask(index, "/simple/demo-wheel/", Accept=JSON).body


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        pytest.param("bytes=0-9", 0, 9, id="the first ten"),
        pytest.param("bytes=10-", 10, len(DATA) - 1, id="from ten on"),
        pytest.param("bytes=-10", len(DATA) - 10, len(DATA) - 1, id="the last ten"),
        pytest.param("bytes=5-999999", 5, len(DATA) - 1, id="beyond the end"),
        pytest.param("bytes=-999999", 0, len(DATA) - 1, id="more than there is"),
    ],
)
def test_range_gives_the_part(index: Index, asked: str, first: int, last: int) -> None:
    reply = ask(index, f"/stored/{WHEEL}", Range=asked)
    assert (reply.status, reply.body) == (206, DATA[first : last + 1])
    assert reply.headers["Content-Range"] == f"bytes {first}-{last}/{len(DATA)}"


@pytest.mark.parametrize("asked", ["bytes=999999-", "bytes=-0"])
def test_range_outside_the_file_is_refused(index: Index, asked: str) -> None:
    reply = ask(index, f"/stored/{WHEEL}", Range=asked)
    assert (reply.status, reply.headers["Content-Range"]) == (416, f"bytes */{len(DATA)}")


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Range": "bytes=0-1,4-5"}, id="several ranges"),
        pytest.param({"Range": "bytes=-"}, id="no range"),
        pytest.param({"Range": "bytes=9-3"}, id="backwards"),
        pytest.param({"Range": "lines=0-1"}, id="another unit"),
        pytest.param({"Range": "bytes=0-1", "If-Range": '"old"'}, id="of another version"),
    ],
)
def test_range_is_ignored(index: Index, headers: dict[str, str]) -> None:
    reply = ask(index, f"/stored/{WHEEL}", **headers)
    assert (reply.status, reply.body) == (200, DATA)


@pytest.mark.parametrize("path", ["/simple/demo-wheel/", f"/stored/{WHEEL}", f"/stored/{WHEEL}.metadata"])
def test_nothing_changed_is_said_without_a_body(index: Index, path: str) -> None:
    etag = ask(index, path).headers["ETag"]
    for known in (etag, f"W/{etag}", f'"old", {etag}', "*"):
        reply = ask(index, path, If_None_Match=known)
        assert (reply.status, reply.body, reply.headers["ETag"]) == (304, b"", etag)
    assert ask(index, path, If_None_Match='"old"').status == 200


@pytest.mark.parametrize("path", ["/simple/demo-wheel/", f"/files/{WHEEL}", f"/stored/{WHEEL}", "/unknown"])
def test_head_is_get_without_the_body(index: Index, path: str) -> None:
    whole, head = ask(index, path), ask(index, path, "HEAD")
    assert (head.status, head.body) == (whole.status, b"")
    assert dict(head.headers, Date="") == dict(whole.headers, Date="")


# Other methods, proxies, connections


def test_search_finds_nothing(index: Index) -> None:
    body = xmlrpc.client.dumps(({"name": "demo"}, "or"), "search")
    reply = ask(index, "/pypi", "POST", body)
    assert xmlrpc.client.loads(reply.body) == (([],), None)
    assert [(request.method, request.kind) for request in index.received] == [("POST", "other")]


def test_other_methods_are_recorded_and_refused(index: Index) -> None:
    assert ask(index, "/simple/", "POST", "x").status == 405
    assert ask(index, "/simple/", "DELETE").status == 501
    assert say(index, b"CONNECT other.example:443 HTTP/1.1\r\nHost: other.example:443\r\n\r\n").startswith(
        b"HTTP/1.1 501"
    )
    assert [request.method for request in index.received] == ["POST", "DELETE", "CONNECT"]
    assert (index.received[2].path, index.received[2].kind) == ("other.example:443", "other")


def test_forward_proxy_answers_by_the_path_alone(index: Index) -> None:
    target = b"http://index.example/simple/demo-wheel/?x"
    reply = say(index, b"GET " + target + b" HTTP/1.1\r\nHost: index.example\r\nConnection: close\r\n\r\n")
    assert reply.startswith(b"HTTP/1.1 200 ")
    (request,) = index.received
    assert (request.path, request.host, request.kind) == (target.decode(), "index.example", "page")


def test_header_fields_are_kept_as_they_came(index: Index) -> None:
    say(
        index,
        b"GET //simple/ HTTP/1.1\r\nhOST: a.example\r\nPrefer: respond-async,  wait=5\r\nX-Twice: 1\r\n"
        b"prefer: no-analytics\r\nX-Empty:\r\nX-Latin: \xe9\r\nConnection: close\r\n\r\n",
    )
    (request,) = index.received
    assert request.path == "//simple/"
    assert request.headers == [
        ("hOST", "a.example"),
        ("Prefer", "respond-async,  wait=5"),
        ("X-Twice", "1"),
        ("prefer", "no-analytics"),
        ("X-Empty", ""),
        ("X-Latin", "\xe9"),
        ("Connection", "close"),
    ]
    assert request.prefer == ["respond-async,  wait=5", "no-analytics"]
    assert request.user_agent is None


def test_connection_is_kept_alive_across_requests_with_bodies(index: Index) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", index.port, timeout=10)
    for _ in range(3):
        connection.request("POST", "/elsewhere", b"body", {"Connection": "keep-alive"})
        assert connection.getresponse().read() == b"405 Method Not Allowed\n"
    connection.close()
    assert len(index.received) == 3


@pytest.mark.parametrize("field", ["Transfer-Encoding: chunked", "Content-Length: many", "Content-Length: 99999999"])
def test_connection_is_closed_before_a_body_that_is_not_read(index: Index, field: str) -> None:
    reply = say(index, f"POST / HTTP/1.1\r\n{field}\r\n\r\n".encode())
    assert reply.startswith(b"HTTP/1.1 405 ")
    assert b"Connection: close" in reply


@pytest.mark.parametrize(
    ("method", "path", "headers", "kind"),
    [
        ("GET", "/simple/", [], "page"),
        ("GET", "/simple/demo-wheel/?a=b", [], "page"),
        ("GET", "http://index.example/auth/simple/x/", [], "page"),
        ("GET", "/redirected/simple/x/", [], "page"),
        ("GET", "/files/x.whl.metadata", [], "metadata"),
        ("HEAD", "/stored/x.whl", [], "file"),
        ("GET", "/direct/x%2Ewhl", [], "file"),
        ("GET", "/stored/x.whl", [("range", "bytes=0-1")], "range"),
        ("GET", "/", [], "other"),
        ("GET", "http://[", [], "other"),
        ("GET", "*", [], "other"),
        ("POST", "/simple/", [], "other"),
    ],
)
def test_kind_of_request(method: str, path: str, headers: list[tuple[str, str]], kind: str) -> None:
    assert Request(method, path, headers).kind == kind


def test_dict_of_a_request_withholds_credentials() -> None:
    headers = [("Host", "h"), ("Authorization", "Basic c2VjcmV0"), ("User-Agent", "pip/1"), ("Prefer", "no-analytics")]
    request = Request("GET", "/simple/", headers)
    assert json.loads(json.dumps(request.as_dict())) == {
        "method": "GET",
        "path": "/simple/",
        "host": "h",
        "kind": "page",
        "prefer": ["no-analytics"],
        "user_agent": "pip/1",
        "headers": [["Host", "h"], ["Authorization", "(withheld)"], *map(list, headers[2:])],
    }
    assert request.headers == headers


def test_received_is_a_snapshot_and_can_be_cleared(index: Index) -> None:
    before = index.received
    ask(index, "/simple/")
    assert (before, len(index.received)) == ([], 1)
    index.clear()
    assert index.received == []


def test_requests_at_the_same_time_are_all_kept(index: Index) -> None:
    threads = [threading.Thread(target=ask, args=(index, f"/simple/?{number}")) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {request.path for request in index.received} == {f"/simple/?{number}" for number in range(40)}


def test_nothing_is_printed_when_clients_misbehave(capfd: pytest.CaptureFixture[str]) -> None:
    with Index() as index:
        for text in (
            b"",
            b"GET",
            b"GET / HTTP/1.1\r\nHo",
            b"\x16\x03\x01\x00\r\n\r\n",
            b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n",
        ):
            with socket.create_connection(("127.0.0.1", index.port), timeout=10) as connection:
                connection.sendall(text)
                # An abortive close: the index's next read or write on it fails.
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        assert ask(index, "/simple/").status == 200
    assert capfd.readouterr() == ("", "")


def test_leaving_ends_idle_connections_and_frees_the_port() -> None:
    before = threading.active_count()
    with Index() as index:
        connection = http.client.HTTPConnection("127.0.0.1", index.port, timeout=10)
        connection.request("GET", "/simple/")
        connection.getresponse().read()
        started = time.monotonic()
    assert time.monotonic() - started < 1
    assert connection.sock.recv(1) == b""
    connection.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", index.port), timeout=10)
    while threading.active_count() > before and time.monotonic() - started < 5:
        time.sleep(0.01)
    assert threading.active_count() <= before


# Distributions


def test_distributions_are_the_same_every_time() -> None:
    assert demo_distributions() == demo_distributions()
    time.sleep(1.1)  # archives date their members in whole seconds
    assert demo_distributions()[0].sha256 == wheel("demo-wheel", "0.9").sha256
    assert sdist("demo-sdist", "1.0") in demo_distributions()


@pytest.mark.parametrize(
    "file", [file for file in demo_distributions() if file.metadata is not None], ids=lambda file: str(file.filename)
)
def test_record_lists_every_member_with_its_digest(file: Distribution) -> None:
    with zipfile.ZipFile(io.BytesIO(file.data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    stem = file.filename[: -len("-py3-none-any.whl")]
    assert members[f"{stem}.dist-info/METADATA"] == file.metadata
    rows = [line.split(",") for line in members[f"{stem}.dist-info/RECORD"].decode().splitlines()]
    assert [row[0] for row in rows] == list(members)
    for path, digest, size in rows[:-1]:
        assert urlsafe_b64decode(digest[len("sha256=") :] + "=") == hashlib.sha256(members[path]).digest()
        assert size == str(len(members[path]))


def test_sdist_names_its_backend() -> None:
    made = sdist("demo-nested", "2", ["one", "two>=2"], "some.backend")
    assert (made.filename, made.metadata) == ("demo_nested-2.tar.gz", None)
    with tarfile.open(fileobj=io.BytesIO(made.data)) as archive:
        project = archive.extractfile("demo_nested-2/pyproject.toml")
        assert project is not None
        with project:
            assert project.read().splitlines()[1:] == [
                b'requires = ["one", "two>=2"]',
                b'build-backend = "some.backend"',
            ]


# A real pip


def run_pip(index: Index, directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run this environment's pip, with no setting but the index's address."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.upper().startswith("PIP_") and not name.upper().endswith("_PROXY")
    }
    environment.update(PIP_CONFIG_FILE=os.devnull, HOME=str(directory), NO_PROXY="*")
    return subprocess.run(
        [sys.executable, "-m", "pip", *arguments, "-i", index.simple],
        cwd=directory,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=True,
    )


def names(index: Index) -> set[str]:
    return {request.route.split("/")[2] for request in index.received if request.kind == "page"}


@pytest.mark.real
def test_pip_downloads_through_the_redirect(index: Index, tmp_path: Path) -> None:
    run_pip(index, tmp_path, "download", "--no-deps", "demo-wheel")
    assert (tmp_path / WHEEL).read_bytes() == DATA
    assert {("page", f"127.0.0.1:{index.port}"), ("file", f"127.0.0.1:{index.port}"), ("file", index.second_host)} <= {
        (request.kind, request.host) for request in index.received
    }
    assert all((request.user_agent or "").startswith("pip/") for request in index.received)


@pytest.mark.real
@pytest.mark.parametrize(
    ("project", "expected"),
    [
        pytest.param("demo-sdist", {"demo-sdist", "demo-backend", "demo-extra"}, id="an isolated build"),
        pytest.param(
            "demo-nested", {"demo-nested", "demo-sdist", "demo-backend", "demo-extra"}, id="a build within a build"
        ),
    ],
)
def test_pip_builds_with_what_it_downloads(index: Index, tmp_path: Path, project: str, expected: set[str]) -> None:
    run_pip(index, tmp_path, "wheel", project)
    stem = project.replace("-", "_")
    with zipfile.ZipFile(tmp_path / f"{stem}-1.0-py3-none-any.whl") as built:
        assert f"{stem}.py" in built.namelist()
    assert expected <= names(index)
    fetched = {request.route.rpartition("/")[2] for request in index.received if request.kind == "file"}
    assert {"demo_backend-1.0-py3-none-any.whl", "demo_extra-1.0-py3-none-any.whl"} <= fetched


@pytest.mark.real
def test_pip_with_a_warm_cache_asks_again(index: Index, tmp_path: Path) -> None:
    # Over http, pip caches only what comes from a host that it was told to trust.
    arguments = ("download", "--no-deps", "--cache-dir", str(tmp_path / "cache"), "--trusted-host", "127.0.0.1")
    run_pip(index, tmp_path, *arguments, "-d", "one", "demo-wheel")
    index.clear()
    run_pip(index, tmp_path, *arguments, "-d", "two", "demo-wheel")
    assert any(request.values("If-None-Match") for request in index.received if request.kind == "page")


@pytest.mark.real
def test_pip_reads_parts_of_a_wheel(tmp_path: Path) -> None:
    # Without redirects: pip asks for the length with a HEAD that follows none.
    with Index(metadata=False, redirect_files=False) as index:
        run_pip(index, tmp_path, "download", "--use-feature=fast-deps", "demo-wheel")
    assert {"page", "file", "range"} <= {request.kind for request in index.received}


@pytest.mark.real
def test_pip_reaches_it_as_a_proxy(index: Index, tmp_path: Path) -> None:
    elsewhere = ["--proxy", index.url(""), "--trusted-host", "index.example", "--trusted-host", "localhost"]
    elsewhere += ["--extra-index-url", "http://index.example/simple/"]
    run_pip(index, tmp_path, "download", "--no-deps", *elsewhere, "demo-wheel")
    assert "http://index.example/simple/demo-wheel/" in {request.path for request in index.received}
