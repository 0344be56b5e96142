"""Request heads: strict in, unchanged but for two lines out (RFC 9112; PEP 786, "HTTP Header")."""

from __future__ import annotations

import time

import pytest

from pep786.proxy import head
from pep786.proxy.head import BadHeadError
from pep786.proxy.reader import Reader

GET = b"GET /simple/demo/ HTTP/1.1\r\nHost: index.example\r\n"


def signed(fields: bytes, *, suffix: bool = True) -> bytes:
    parsed = head.parse(b"GET /simple/ HTTP/1.1\r\n" + fields + b"\r\n\r\n")
    head.sign(parsed, suffix=suffix)
    return parsed.encode()[len(b"GET /simple/ HTTP/1.1\r\n") : -4]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"host: x\r\nuser-agent: uv/1", b"host: x\r\nUser-Agent: uv/1 (no-analytics)\r\nPrefer: no-analytics"),
        (b"User-Agent: uv/1\r\nA:  b ", b"User-Agent: uv/1 (no-analytics)\r\nA:  b \r\nPrefer: no-analytics"),
        (b"prefer: wait=9\r\nB: 1", b"Prefer: wait=9, no-analytics\r\nB: 1\r\nUser-Agent: (no-analytics)"),
        (
            b"Prefer: a\r\nB: 1\r\nPREFER: b\r\nUser-Agent: u",
            b"Prefer: a, b, no-analytics\r\nB: 1\r\nUser-Agent: u (no-analytics)",
        ),
    ],
)
def test_two_lines_change_and_no_other_byte(before: bytes, after: bytes) -> None:
    assert signed(before) == after


@pytest.mark.parametrize(
    "fields",
    [
        b"Prefer: no-analytics\r\nUser-Agent: uv/1 (no-analytics)",
        b"prefer:NO-ANALYTICS;x=1 \r\nuser-agent:uv/1 (no-analytics)",
    ],
)
def test_what_is_signed_stays_as_it_is(fields: bytes) -> None:
    assert signed(fields) == fields


def test_the_suffix_can_be_left_out() -> None:
    assert signed(b"User-Agent: uv/1", suffix=False) == b"User-Agent: uv/1\r\nPrefer: no-analytics"


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\nA: b\nPrefer: x\r\n\r\n",  # a bare LF
        b"GET / HTTP/1.1\r\nA: b\rPrefer: x\r\n\r\n",  # a bare CR
        b"GET / HTTP/1.1\r\nA: b\0\r\n\r\n",
        b"GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n",  # folded (RFC 9112 section 5.2)
        b"GET / HTTP/1.1\r\n A: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nA : b\r\n\r\n",
        b"GET / HTTP/1.1\r\nA\r\n\r\n",
        b"GET / HTTP/1.1\r\n: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nA\xe9: b\r\n\r\n",
        b"GET  / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1 \r\n\r\n",
        b"GET /a b HTTP/1.1\r\n\r\n",
        b"GET /a\tb HTTP/1.1\r\n\r\n",
        b"GET /a\nb HTTP/1.1\r\n\r\n",
        b"G@T / HTTP/1.1\r\n\r\n",
        b"GET /\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",  # RFC 9112 section 3.2
        b"\r\n\r\n",
        b"\x16\x03\x01\x02\0\r\n\r\n",
    ],
)
def test_what_two_could_read_differently_is_refused(data: bytes) -> None:
    with pytest.raises(BadHeadError) as caught:
        head.parse(data)
    assert caught.value.status == 400


def test_other_versions_are_505() -> None:
    with pytest.raises(BadHeadError) as caught:
        head.parse(b"PRI * HTTP/2.0\r\n\r\n")
    assert caught.value.status == 505


@pytest.mark.parametrize(
    ("fields", "length"),
    [
        (b"", 0),
        (b"Content-Length: 7\r\n", 7),
        (b"Transfer-Encoding: Chunked\r\n", head.CHUNKED),
    ],
)
def test_the_length_of_a_body(fields: bytes, length: int) -> None:
    assert head.parse(b"POST / HTTP/1.1\r\n" + fields + b"\r\n").body() == length


@pytest.mark.parametrize(
    "fields",
    [
        b"Content-Length: 7\r\nTransfer-Encoding: chunked\r\n",
        b"Content-Length: 7\r\nContent-Length: 7\r\n",
        b"Content-Length: 7, 7\r\n",
        b"Content-Length: +7\r\n",
        b"Content-Length: 0x7\r\n",
        b"Content-Length: \xb2\r\n",
        b"Content-Length: 9999999999999999999999\r\n",
        b"Transfer-Encoding: gzip, chunked\r\n",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        b"Transfer-Encoding: identity\r\n",
    ],
)
def test_a_doubtful_length_is_refused(fields: bytes) -> None:
    with pytest.raises(BadHeadError):
        head.parse(b"POST / HTTP/1.1\r\n" + fields + b"\r\n").body()


def test_nothing_gets_a_line_break_into_a_value() -> None:
    parsed = head.parse(GET + b"\r\n")
    for value in ("a\r\nB: c", "a\nB: c", "a\0", "a\x7f"):
        with pytest.raises(BadHeadError):
            parsed.put("Proxy-Authorization", value)
    assert parsed.encode() == GET + b"\r\n"


def events(*parts: bytes) -> list[object]:
    reader = Reader()
    found: list[object] = []
    for part in parts:
        for event in reader.feed(part):
            is_bytes_twice = isinstance(event, bytes) and found and isinstance(found[-1], bytes)
            if is_bytes_twice:
                found[-1] += event  # type: ignore[operator]
            else:
                found.append(event.target if isinstance(event, head.Head) else event)
    return found


STREAM = (
    GET
    + b"\r\nPUT /b HTTP/1.1\r\nContent-Length: 5\r\n\r\nGET /"
    + b"POST /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nGET /\r\n0\r\nT: 1\r\n\r\n"
    + b"GET /d HTTP/1.1\r\n\r\n"
)
READ = ["/simple/demo/", "/b", b"GET /", "/c", b"5;x=y\r\nGET /\r\n0\r\nT: 1\r\n\r\n", "/d"]


@pytest.mark.parametrize("size", [1, 2, 7, len(STREAM)])
def test_a_body_is_never_taken_for_a_request(size: int) -> None:
    parts = [STREAM[at : at + size] for at in range(0, len(STREAM), size)]
    assert events(*parts) == READ


@pytest.mark.parametrize("size", [1, 3, 100])
def test_blank_lines_before_a_head_are_no_head(size: int) -> None:
    stream = b"\r\n\r\n\r\n" + GET + b"\r\n\r\n" + GET + b"\r\n"
    assert events(*(stream[at : at + size] for at in range(0, len(stream), size))) == ["/simple/demo/"] * 2


@pytest.mark.parametrize(
    "line",
    [
        b"\r\n",
        b"-1\r\n",
        b" 1\r\n",
        b"1\r\nxx\r\n",
        b"1\r\nx0\r\n",
        b"0\r\nno field\r\n",
        b"0\r\nTransfer-Encoding: chunked\r\n",
        b"0\r\ncontent-length: 1\r\n",
        b"g\r\n",
        b"0x1\r\n",
        b"1\n",
        b"1" * 16 + b"\r\n",
        b"1" * 5000,
    ],
)
def test_a_malformed_chunk_is_refused(line: bytes) -> None:
    with pytest.raises(BadHeadError):
        events(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + line)


def test_blind_is_blind() -> None:
    reader = Reader()
    assert [type(event) for event in reader.feed(GET + b"\r\n")] == [head.Head]
    reader.blind = True
    assert list(reader.feed(b"\x81\x05hello")) == [b"\x81\x05hello"]


@pytest.mark.parametrize("part", [b"A: b\r\n", b"x" * 100, b"\n"])
def test_a_head_without_end_is_431_before_it_fills_the_memory(part: bytes) -> None:
    reader = Reader()
    for _ in range(head.MAX_SIZE // len(part)):
        assert list(reader.feed(part)) == []
    with pytest.raises(BadHeadError) as caught:
        list(reader.feed(part))
    assert caught.value.status == 431


def test_too_many_fields_are_431() -> None:
    with pytest.raises(BadHeadError) as caught:
        head.parse(GET + b"A: b\r\n" * 1000 + b"\r\n")
    assert caught.value.status == 431


def test_a_head_that_comes_byte_by_byte_costs_no_square() -> None:
    data = GET + b"X: " + b"y" * 60_000 + b"\r\n\r\n"
    started = time.process_time()
    assert events(*(data[at : at + 1] for at in range(len(data)))) == ["/simple/demo/"]
    assert time.process_time() - started < 1.5


@pytest.mark.parametrize("data", [b"HTTP/1.1 200 Connection established\r\nA: b", b"HTTP/1.0 200"])
def test_a_status(data: bytes) -> None:
    assert head.status(data) == 200


@pytest.mark.parametrize("data", [b"", b"SSH-2.0-x", b"HTTP/1.1 999 x", b"HTTP/1.1 20 x", b"HTTP/2 200"])
def test_no_status(data: bytes) -> None:
    with pytest.raises(BadHeadError):
        head.status(data)
