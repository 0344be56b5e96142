"""``pep786 index check`` at an index that answers slowly, wrongly or without an end: it ends, in one line."""

from __future__ import annotations

import gzip
import itertools
import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.environments import CHECKOUT
from tests.faults.memory import TELL, split
from tests.faults.raw import Fault, RawIndex, page, slowly, without_end
from tests.index.check.indexes import asks

if TYPE_CHECKING:
    from pathlib import Path

    from pep786.verify.index import Request

_OK = b"HTTP/1.1 200 OK\r\n"
_HTML = b"Content-Type: text/html\r\n"
#: Ten times the seconds that the command is given: it ended by itself, on a machine however busy.
_ENDLESS = 60
#: Kilobytes, and three times what the command needs for an index that behaves.
_MUCH = 120 * 1024


class Done(NamedTuple):
    """How it ended."""

    status: int
    out: str
    err: str
    kilobytes: int


def check(*arguments: str) -> Done:
    """Run it; kilobytes are what it needed at most."""
    script = (
        "import sys\nfrom pep786.cli import main\nfrom pep786.index.check import Check\n"
        "Check.__init__.__defaults__ = (None, 10.0, 5)\n"  # pairs: this is not about times
        f"status = main()\nsys.stdout.flush()\n{TELL}\nsys.exit(status)"
    )
    environ = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    command = [sys.executable, "-c", script, "index", "check", *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environ, timeout=_ENDLESS)
    assert "Traceback" not in done.stderr, done.stderr
    return Done(done.returncode, done.stdout, *split(done.stderr))


def always(data: bytes) -> Fault:
    return lambda _: data


FIRST: dict[str, tuple[Fault, str]] = {
    "a byte at a time, in the status line": (lambda _: slowly(page("x/")), "no answer in time"),
    "a byte at a time, in a field": (
        lambda _: itertools.chain([_OK + b"X: "], slowly(b"y" * 999)),
        "no answer in time",
    ),
    "a byte at a time, in the body": (
        lambda _: itertools.chain([_OK + b"Content-Length: 999\r\n\r\n"], slowly(b"y" * 999)),
        "no answer in time",
    ),
    "no byte at all": (lambda _: slowly(b"  ", 20), "no answer in time"),
    "a garbage status line": (always(b"\x00\xff\x1b[31mgarbage\r\n\r\n"), "no HTTP answer"),
    "a status of four digits": (always(b"HTTP/1.1 2000 OK\r\n\r\n"), "no HTTP answer"),
    "another HTTP": (always(b"HTTP/9.9 200 OK\r\n\r\n"), "no HTTP answer"),
    "a body cut short": (always(_OK + _HTML + b"Content-Length: 5000\r\n\r\n<a href='x/'>"), "no HTTP answer"),
    "a length that is none": (always(_OK + _HTML + b"Content-Length: much\r\n\r\n"), "is no project list"),
    "a chunk without its size": (always(_OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"), "no HTTP answer"),
    "a chunk of less than nothing": (always(_OK + b"Transfer-Encoding: chunked\r\n\r\n-5\r\nabc"), "no HTTP answer"),
    "gzip that was not asked for": (
        always(_OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"<a>" * 999)[:40]),
        "is no project list",
    ),
    "fields without an end": (lambda _: without_end(_OK, b"X: y\r\n"), "no HTTP answer"),
    "one field without an end": (lambda _: without_end(_OK + b"X: ", b"y" * 65536), "no HTTP answer"),
    "fields of 4 MB": (always(_OK + (b"X: " + b"y" * 60000 + b"\r\n") * 70 + b"\r\n"), "of header fields"),
    "interim answers without an end": (lambda _: without_end(b"HTTP/1.1 100 Continue\r\n\r\n"), "no answer in time"),
    "a server's fault": (always(b"HTTP/1.1 500 \x1b[31mOops\r\nContent-Length: 0\r\n\r\n"), "it answers 500"),
    "a redirect to a file": (always(b"HTTP/1.1 302 Go\r\nLocation: file:///etc/passwd\r\n\r\n"), "it answers 302"),
    "a declaration that is none": (always(_OK + _HTML + b"\r\n" + b"<![" * 99), "is no project list"),
    "tags 100,000 deep": (always(_OK + _HTML + b"\r\n" + b"<div>" * 100_000), "is no project list"),
    "JSON 100,000 deep": (
        always(_OK + b"Content-Type: application/json\r\n\r\n" + b"[" * 100_000),
        "is no project list",
    ),
    "HTML without an end": (lambda _: without_end(_OK + _HTML + b"\r\n", b"<a " * 20000), "is no project list"),
    "names with escapes": (always(page("x\x1b[31m/", "\x1b]0;title\x07/")), "is no project list"),
    "a host that cannot be": (always(page("http://a..b/c/", "http://" + "a" * 70 + "/d/")), "is no project list"),
}


@pytest.mark.parametrize(("fault", "said"), FIRST.values(), ids=FIRST)
def test_an_index_that_cannot_be_asked_is_2_and_one_line(fault: Fault, said: str) -> None:
    with RawIndex(fault) as index:
        done = check(index.simple.replace("://", "://me:s3cret@"), "--timeout", "1", "--json")
    assert (done.status, done.out) == (2, "")
    assert said in done.err
    assert len(done.err.splitlines()) == 1
    assert done.err.isprintable()
    assert "s3cret" not in done.err
    assert done.kilobytes < _MUCH


@pytest.mark.parametrize("url", ["http://a..b/simple/", f"http://{'a' * 70}.example/simple/", "http://[::1/simple/"])
def test_a_host_that_cannot_be_is_2_and_one_line(url: str) -> None:
    done = check(url)
    assert (done.status, done.out) == (2, "")
    assert "expected http:// or https://" in done.err


def _looping(request: Request) -> bytes | None:
    if request.kind not in ("file", "range"):
        return None
    return b"HTTP/1.1 302 Go\r\nLocation: " + request.path.encode() + b"\r\nContent-Length: 0\r\n\r\n"


def test_redirects_in_circles_are_2_and_one_line() -> None:
    with RawIndex(_looping) as index:
        done = check(index.simple, "--json")
    assert (done.status, done.out) == (2, "")
    assert "redirected more than 5 times" in done.err


def _preferring(data: bytes) -> Fault:
    """A fault that only who asks for a page with the preference meets."""
    return lambda request: data if asks(request) and request.kind == "page" else None


LATER: dict[str, tuple[Fault, str]] = {
    "cut": (_preferring(_OK + b"Content-Length: 5000\r\n\r\n<a"), "no HTTP answer (IncompleteRead)"),
    "closed": (_preferring(b""), "the connection was closed without an answer"),
    "escapes": (_preferring(_OK + b"X-Name: \x1b[31mred\r\nContent-Length: 0\r\n\r\n"), "other bytes"),
    "garbage": (_preferring(b"garbage\r\n\r\n"), "no HTTP answer (BadStatusLine)"),
    "a bomb": (_preferring(_OK + b"X: " + b"y" * 60000 + b"\r\nZ: " + b"z" * 60000 + b"\r\n" * 2), "X: "),
    "fields without an end": (
        lambda request: without_end(_OK, b"X: y\r\n") if asks(request) and request.kind == "page" else None,
        "no HTTP answer",
    ),
}


@pytest.mark.parametrize(("fault", "said"), LATER.values(), ids=LATER)
def test_a_fault_for_those_who_ask_is_1_and_in_the_document(fault: Fault, said: str) -> None:
    with RawIndex(fault) as index:
        done = check(index.simple.replace("://", "://me:s3cret@"), "--json")
    assert (done.status, done.err) == (1, "")
    clauses = {clause["name"]: clause for clause in json.loads(done.out)["clauses"]}
    assert clauses["same answer: page in HTML"]["verdict"] == "failed"
    assert said.lower() in clauses["same answer: page in HTML"]["reason"].lower()
    assert "s3cret" not in done.out
    assert "\x1b" not in done.out
    assert done.kilobytes < _MUCH


def test_a_folded_tag_is_sent_back_in_one_line() -> None:
    folded = b'Content-Type: text/html\r\nETag: "a\r\n\tb"\r\n'
    asked: list[str] = []

    def answer(request: Request) -> bytes | None:
        asked.extend(request.values("If-None-Match"))
        if request.kind != "page" or request.path == "/simple/":
            return None
        link = b'<a href="/direct/demo_wheel-1.0-py3-none-any.whl">x</a>'
        return _OK + folded + b"Content-Length: %d\r\n\r\n" % len(link) + (link if request.method == "GET" else b"")

    with RawIndex(answer) as index:
        done = check(index.simple, "--json", "--project", "demo-wheel")
    assert done.status in (0, 1)
    json.loads(done.out)
    assert '"a b"' in asked


def test_an_index_that_takes_its_time_is_timed_less_often() -> None:
    """Fifty pairs of half a second each would be two minutes for each kind of request."""

    def answer(request: Request) -> bytes | None:
        if request.kind == "page":
            time.sleep(0.02)
        return None

    from pep786.index.check import clauses
    from pep786.index.check.asking import Visitor
    from pep786.index.check.finding import find

    patch = pytest.MonkeyPatch()
    patch.setattr(clauses, "_ROUND", 0.2)
    with RawIndex(answer) as index, patch.context():
        visitor = Visitor(index.simple, 10.0)
        verdict, reason = clauses._timed("page", visitor, find(visitor, "demo-wheel"), 50)
        visitor.close()
    patch.undo()
    assert verdict == "passed"
    assert reason.startswith("5 pairs")


@pytest.mark.parametrize("days", [30, -1], ids=["self-signed", "expired"])
def test_a_certificate_that_is_not_trusted_is_2_and_one_line(days: int, tmp_path: Path) -> None:
    path = _certificate(tmp_path, days)
    with RawIndex(lambda _: None, path) as index:
        done = check(index.simple.replace("://", "://me:s3cret@"))
    assert (done.status, done.out) == (2, "")
    assert "the certificate was refused" in done.err
    assert "s3cret" not in done.err


def test_https_to_a_server_that_speaks_none_is_2_and_one_line() -> None:
    with RawIndex(always(b"HTTP/1.1 400 Bad\r\n\r\n")) as index:
        done = check(index.simple.replace("http:", "https:"), "--timeout", "5")
    assert (done.status, done.out) == (2, "")
    assert len(done.err.splitlines()) == 1


def _certificate(folder: Path, days: int) -> str:
    import datetime as dt
    import ipaddress

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    ends = dt.datetime.now(dt.timezone.utc) + dt.timedelta(days=days)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(ends - dt.timedelta(days=60))
        .not_valid_after(ends)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / "certificate.pem"
    path.write_bytes(made.public_bytes(pem) + secret)
    return str(path)
