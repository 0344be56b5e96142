"""The log filter: what is shared are lines of the log in their order, none of a request that opted out, none broken."""

from __future__ import annotations

import json
import re
from itertools import chain
from typing import TYPE_CHECKING, Any, Callable, Iterator
from urllib.parse import unquote_to_bytes

from pep786.index.logs import needle, suspects
from pep786.index.logs.cloudfront import STANDARD, CloudFront
from pep786.index.logs.combined import Combined
from pep786.index.logs.json_lines import JsonLines
from pep786.index.logs.linehaul import Linehaul
from pep786.index.logs.lines import Verdict, unended
from pep786.index.logs.stream import Filter
from tests import grammar
from tests.fuzz.targets.user_agent import comments
from tests.index.logs import writers
from tests.index.logs.writers import APACHE, DECOY, NGINX, PLAIN, SUFFIXED

if TYPE_CHECKING:
    from pathlib import Path

    from pep786.index.logs.lines import Format

FORMATS: dict[str, Callable[[], Format]] = {
    "linehaul": Linehaul,
    "nginx": lambda: Combined("nginx", NGINX, statuses=[b"200"]),
    "apache": lambda: Combined("apache", APACHE),
    "json": lambda: JsonLines("user_agent", "prefer", status="status", statuses=[b"200"]),
    "flag": lambda: JsonLines(flag="r.flag"),
    "cloudfront": CloudFront,
}
_COMMENT = b"(no-analytics)"
_QUOTED = re.compile(rb'"((?:[^"\\]|\\.)*)"', re.DOTALL)

WORDS = (
    *(f"{name}\n".encode() for name in FORMATS),
    *(b"download|", b"simple|", b"download-private|", b"simple-private|", b"|t|c|p|t|c|n|v|sdist|", b"|||||||||"),
    *(_COMMENT, b" (no-analytics)", b" (no-analytics)\n", b"no-analytics", b"NO-ANALYTICS", b", no-analytics", b'"'),
    *(b"}", b"{", b"}\n", b"\r\n", b"\n", b"|", b"\\x22", b"\\x28", b'\\"', b"\\\\", b"\\t", b"%20", b"%2520", b"%28"),
    *(b'{"user_agent": "', b'", "prefer": "', b'"prefer": ["', b'"status": 200', b'{"r": {"flag": true}}', b"\\u0028"),
    *(b"#Fields: ", b"#Version: 1.0\n", b"cs(User-Agent)", b"cs(Prefer)", b"\t", b'" 200 ', b'"-" "', b"- - [", b"] "),
)


def seeds() -> Iterator[bytes]:
    """Some lines of each format, as the writers of the other tests make them."""
    for written in writers.ALL:
        name = written.name.partition("-")[0]
        texts = [
            (None, PLAIN),
            (None, SUFFIXED),
            (None, DECOY),
            ("wait=9, no-analytics", PLAIN),
            ('x="a, no-analytics', ""),
        ]
        lines = [written.line(prefer, agent, status) for prefer, agent in texts for status in (200, 404)]
        yield b"\n".join([name.encode(), *lines, b""])
        yield b"\r\n".join([name.encode() + b"\n" + lines[0][:40], lines[2][:-3], *lines[:3]])
    yield b'flag\n{"r": {"flag": 1}}\n{"r.flag": "no"}\n{"r": {}}\n{"r": {"flag": 7}}\n[]\n{"a": 1, "a": 2}\n'
    yield b"cloudfront\n#Fields: date cs(User-Agent) cs(Prefer)\nx\tpip%20(no-analytics)\t-\nx\tpip\t-\n#x\n"


class Kept:
    """An output."""

    def __init__(self) -> None:
        self.data = b""

    def write(self, data: bytes | memoryview) -> None:
        self.data += bytes(data)


class Pieces:
    """A log that comes in pieces of a size."""

    name, cut = "log", False

    def __init__(self, data: bytes, size: int) -> None:
        self._data, self._size, self._at = data, size, 0

    def readinto(self, view: memoryview) -> int:
        piece = self._data[self._at : self._at + min(self._size, len(view))]
        view[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)


def check(data: bytes, _: Path) -> None:
    """Data is the name of a format in a line of its own, and a log."""
    first, _newline, log = data.partition(b"\n")
    name = first.decode("latin-1").strip()
    make = FORMATS.get(name, Linehaul)
    shared, internal, ends = filtered(make(), log, len(log) or 1)
    for size in (1, 7) if len(log) < 600 else (61,):
        assert filtered(make(), log, size)[:2] == (shared, internal), f"in pieces of {size}"
    lines = split(log)
    assert sorted(split(shared) + split(internal)) == sorted(lines)
    assert is_in_order(split(shared), lines)
    assert is_in_order(split(internal), lines)
    for line in split(shared):
        may_be_shared(name, unended(line))
    each_by_itself(make(), log)
    goes_on_behind(make, log, ends)
    the_fast_ways_agree(log)


def split(log: bytes) -> list[bytes]:
    """Its lines; the last one may be unended."""
    lines = log.split(b"\n")
    return lines if lines[-1] else lines[:-1]


def filtered(form: Format, log: bytes, size: int, *, live: bool = False) -> tuple[bytes, bytes, list[int]]:
    """What was shared, what was not, and so far all was written."""
    shared, internal, ends = Kept(), Kept(), [0]
    run = Filter(form, shared, internal, live=live)  # type: ignore[arg-type]
    form.begin(b"")
    run.carry(Pieces(log, size), 0, ends.append)  # type: ignore[arg-type]
    counts = run.counts
    assert counts.shared == len(split(shared.data))
    assert counts.lines == len(split(log)) - counts.unfinished
    return shared.data, internal.data, ends


def is_in_order(some: list[bytes], lines: list[bytes]) -> bool:
    """Whether some of the lines are left, in their order."""
    rest = iter(lines)
    return all(line in rest for line in some)


def each_by_itself(form: Format, log: bytes) -> None:
    """A whole buffer is judged as its lines are."""
    whole = log[: log.rfind(b"\n") + 1]
    if not whole:
        return
    form.begin(b"")
    count, held = form.held(bytearray(whole), len(whole))
    form.begin(b"")
    verdicts = [form.judge(unended(line)) for line in split(whole)]
    assert count == len(verdicts)
    assert [verdict for *_, verdict in held] == [one for one in verdicts if one is not Verdict.SHARED]


def goes_on_behind(make: Callable[[], Format], log: bytes, ends: list[int]) -> None:
    """A run that stopped after so many lines, and a second one: together they write what one does."""
    at_once = filtered(make(), log, len(log) or 1, live=True)[:2]
    stop = ends[-1] // 2
    first = filtered(make(), log[:stop], 61, live=True)
    done = max(first[2])
    form = make()
    shared, internal = Kept(), Kept()
    form.begin(log[:done] if done else b"")
    Filter(form, shared, internal, live=True).carry(Pieces(log[done:], 61), done, int)  # type: ignore[arg-type]
    assert (first[0] + shared.data, first[1] + internal.data) == at_once


def the_fast_ways_agree(log: bytes) -> None:
    whole = bytearray(log[: log.rfind(b"\n") + 1])
    slow = needle._find(whole, _COMMENT)
    if whole:
        assert list(needle.search(whole, _COMMENT)(len(whole))) == list(slow(len(whole)))
        buffer = whole + bytes(64)  # it is always larger than what is in it (stream.py, LONGEST)
        assert suspects.fastest()(buffer, len(whole)) == suspects.one_by_one(buffer, len(whole))


def may_be_shared(name: str, line: bytes) -> None:
    """A plain reading of the line, as its format is documented: it is whole, and its request did not opt out."""
    agents, prefers = _READ.get(name, _linehaul)(line)
    for agent in agents:
        assert not comments(agent.decode("latin-1")), line
    for prefer in prefers:
        assert not grammar.opted_out(prefer.decode("latin-1")), line


def _linehaul(line: bytes) -> tuple[list[bytes], list[bytes]]:
    assert line.partition(b"|")[0] in (b"download", b"simple"), line
    columns = line.split(b"|")
    if len(columns) < 10:
        assert line.endswith(b"}")  # pip's and uv's, whatever became of the columns before it
        assert _COMMENT not in line
        return [], []
    return [b"|".join(columns[9:])], []


def _server(line: bytes) -> tuple[list[bytes], list[bytes]]:
    quoted = [_unescaped(found) for found in _QUOTED.findall(line.partition(b"]")[2])]
    assert len(quoted) >= 4, line
    return [quoted[-2]], [quoted[-1]]


def _unescaped(value: bytes) -> bytes:
    plain, at = b"", 0
    letters = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"b": b"\b", b"f": b"\f", b"v": b"\v"}
    while at < len(value):
        piece, size = value[at : at + 1], 1
        if piece == b"\\" and value[at + 1 : at + 2] == b"x":
            piece, size = bytes([int(value[at + 2 : at + 4], 16)]), 4
        elif piece == b"\\":
            piece, size = letters.get(value[at + 1 : at + 2], value[at + 1 : at + 2]), 2
        plain, at = plain + piece, at + size
    return plain


def _json(line: bytes) -> tuple[list[bytes], list[bytes]]:
    found = json.loads(line.decode("utf-8", "surrogateescape"))
    assert str(found["status"]) == "200"
    prefers = ",".join(chain(*[_listed(found.get("prefer"))]))
    return [_coded(agent) for agent in _listed(found["user_agent"])], [_coded(prefers)]


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _coded(text: str) -> bytes:
    return text.encode("latin-1", "replace")


def _flag(line: bytes) -> tuple[list[bytes], list[bytes]]:
    found = json.loads(line.decode("utf-8", "surrogateescape"))
    flag = found["r.flag"] if "r.flag" in found else found["r"]["flag"]
    assert str(flag).strip().lower() in ("", "-", "0", "false", "f", "no", "n", "off", "none", "null", "(null)")
    return [], []


def _cloudfront(line: bytes) -> tuple[list[bytes], list[bytes]]:
    if line.startswith((b"#Version:", b"#Fields:")):
        return [], []
    columns = line.split(b"\t")
    if len(columns) != len(STANDARD.split()):  # its header named others; the filter's own tests have those
        return [], []
    once = unquote_to_bytes(columns[10])
    return [once, unquote_to_bytes(once)], []


_READ = {"nginx": _server, "apache": _server, "json": _json, "flag": _flag, "cloudfront": _cloudfront}
