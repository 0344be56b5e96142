"""The journal: any bytes are read, each line a request or broken; what is written comes back, without credentials."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Iterator

from pep786.journal import Journal, reading, redacted

if TYPE_CHECKING:
    from pathlib import Path

_LINE = b'{"time": "t", "tool": "pip", "host": "h", "path": "/simple/x/", "sent": true, "why": "w"}'
_FIELDS = ("time", "tool", "host", "path", "why")

WORDS = (
    *(
        _LINE,
        b"\n" + _LINE + b"\n",
        b'{"time"',
        b'"sent": ',
        b"true",
        b"null",
        b"1e999",
        b"[",
        b"{",
        b"}",
        b'"',
        b",",
        b"\n",
    ),
    *(b"\\ud800", b"\xff", b"\0", b"\r", b"?", b"#", b"/", b"0123456789abcdef", b"\x1b[2J", b"NaN"),
)


def seeds() -> Iterator[bytes]:
    """Whole lines, broken ones, two in one."""
    yield _LINE + b"\n" + _LINE + b"\n"
    yield _LINE[:40] + _LINE + b"\n\n\n[]\nnull\n"
    yield _LINE.replace(b"true", b"1") + b"\n" + b"[" * 100_000
    yield b'{"time": "\\ud800", "tool": "\xff"}\n' + _LINE
    yield b"/simple/0123456789abcdef0123/x?token=1#y"
    yield b"/a/12345678-1234-1234-1234-123456789abc/b"


def check(data: bytes, folder: Path) -> None:
    """Data is the file; and once more a path, which is written and read back."""
    path = folder / "journal.jsonl"
    path.write_bytes(data)
    found = reading.Reading(str(path))
    lines = [line for line in data.split(b"\n") if line.strip()]
    good = [line for line in lines if _is_request(line)]
    assert found.broken == len(lines) - len(good)
    assert len(good) <= len(found.requests) <= len(lines)
    json.dumps([request.as_dict() for request in found.requests] + reading.summary(found.requests)).encode()
    assert sum(row["requests"] for row in reading.summary(found.requests)) == len(found.requests)
    path.unlink()
    comes_back(data.decode("utf-8", "surrogateescape"), path)


def _is_request(line: bytes) -> bool:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return False
    if not isinstance(found, dict) or not isinstance(found.get("sent"), bool):
        return False
    return all(isinstance(found.get(name), str) for name in _FIELDS)


def comes_back(text: str, path: Path) -> None:
    journal = Journal(str(path))
    journal.note(text, text, text, sent=True, why=text)
    assert not journal.broken
    (request,) = reading.Reading(str(path)).requests
    assert (request.tool, request.host, request.why) == (text, text, text)
    assert request.path == redacted(text)
    assert "?" not in request.path
    assert "#" not in request.path
    path.unlink()
