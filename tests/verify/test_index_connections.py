"""Other methods, proxies and connections, and that the index keeps what it was sent."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
import xmlrpc.client

import pytest

from pep786.verify.index import Index, Request
from tests.verify.asking import ask, say


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
