"""A hundred thousand letters cost no more than their number: what is linear ends at once, what is not does not end."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Callable, Iterator

from pep786 import preference
from pep786.config import files, hosts, ini, toml, uv
from pep786.index import pattern
from pep786.index.logs import escapes
from pep786.index.logs.lines import unended
from pep786.journal import redacted
from pep786.proxy import globs
from pep786.proxy.connection import _absolute
from pep786.proxy.reader import Reader
from tests.fuzz.targets import logs, prefer, user_agent

if TYPE_CHECKING:
    from pathlib import Path

_SIZE = 100_000
#: Of this process alone. What is linear takes hundredths of it, the parser of TOML a second at most (config/toml.py).
_SECONDS = 10.0


def _judged(text: str) -> None:
    for make in logs.FORMATS.values():
        make().judge(unended(text.encode("utf-8", "replace").replace(b"\n", b"")))


def _read_as_request(text: str) -> None:
    reader = Reader()
    for _ in reader.feed(b"GET / HTTP/1.1\r\n" + text.encode("utf-8", "replace")):
        pass


READERS: dict[str, Callable[[str], object]] = {
    "prefer": preference.opted_out,
    "agent": lambda text: preference.opted_out(None, text),
    "add": lambda text: (preference.prefer(text), preference.user_agent(text)),
    "take": lambda text: (preference.without_prefer(text), preference.without_user_agent(text)),
    "exact": re.compile(pattern.EXACT_PREFER).search,
    "pattern": re.compile(pattern.USER_AGENT).search,
    "ini": ini.parse,
    "toml": toml.parse,
    "line": lambda text: toml.line_of(text, "tool.uv", "no-analytics"),
    "mentions": lambda text: files.mentions(text.encode("utf-8", "replace"), b"no-analytics"),
    "uv": lambda text: uv._tables(text.encode("utf-8", "replace")),
    "host": hosts.name_of,
    "judge": _judged,
    "escapes": lambda text: escapes.backslashes(text.encode("utf-8", "replace")),
    "request": _read_as_request,
    "target": lambda text: _absolute(f"http://{text}"),
    "path": redacted,
    "glob": lambda text: globs.matches(text, "a/" * 100, crossing=True),
}

WORDS = (
    *(f"{name}\n".encode() for name in READERS),
    *prefer.WORDS,
    *user_agent.WORDS,
    *(
        b"[",
        b"]",
        b"[a]\n",
        b"a=1\n",
        b"a.",
        b"[[a]]\n",
        b"{",
        b"'",
        b'"""',
        b"#",
        b"\n ",
        b"/",
        b"**/",
        b"*",
        b"[tool.uv]",
    ),
    *(b"\x1f", b"http://", b"@", b":", b"a", b"0", b"?", b"A: b\r\n", b"0\r\n", b"%25", b"\\x", b"\xe2\x84\xaa"),
)


def seeds() -> Iterator[bytes]:
    """Each reader with a unit or two."""
    for name in READERS:
        for unit in (
            b",",
            b'"',
            b"no-analytics ",
            b" (no-analytics)",
            b"[a]\n",
            b"a.",
            b"\\",
            b" ",
            b"\t",
            b"\n",
            b"[",
            b"(",
        ):
            yield b"\x1f".join([name.encode() + b"\n", unit, b""])


def check(data: bytes, _: Path) -> None:
    """Data is a reader's name in a line of its own, then what stands before, the unit, and what stands behind."""
    name, _newline, rest = data.partition(b"\n")
    before, unit, after = (part.decode("utf-8", "replace") for part in [*rest.split(b"\x1f", 2), b"", b""][:3])
    read = READERS.get(name.decode("latin-1"), preference.opted_out)
    text = before + unit * (_SIZE // max(1, len(unit))) + after
    begin = time.process_time()
    with suppress(ValueError):  # what it refuses it refuses in time as well
        read(text)
    assert time.process_time() - begin < _SECONDS, (name, unit)
