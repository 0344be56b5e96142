"""Our own configuration files: hosts that get the signal and hosts that do not, the journal; whatever stands there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterator

from pep786.choice import Choice
from pep786.config import own
from pep786.decision import Decision
from tests.fuzz.targets import machine, naive

if TYPE_CHECKING:
    from pathlib import Path

_FILE = "home/.config/pep786/config.toml"
_NAMES = ("a.example", "b.a.example", "example", "c.example", "192.0.2.1", "::1")

WORDS = (
    *(b"[hosts]\n", b"allow = [", b"deny = [", b'"a.example"', b'"b.a.example"', b'"example"', b"journal = true\n"),
    *(b"hosts.deny = ", b"hosts = {", b"'", b'"', b",", b"]", b"[", b"\n", b"[[hosts]]\n", b"https://", b":8443", b"/"),
    *(b"A.EXAMPLE", b"a.example.", b"::1", b"[::1]", b"\\u002e", b"xn--", "\u3002".encode(), "\xfc".encode(), b"\x1b["),
    b'"journ\\u0061l" = true\n',
    *(b"no-analytics = true\n", b"true", b"1", b"*", b"..", b"-"),
)


def seeds() -> Iterator[bytes]:
    """Choices of each kind."""
    yield b'[hosts]\nallow = ["a.example", "[::1]"]\ndeny = ["b.a.example"]\n'
    yield b'no-analytics = true\njournal = 1\nhosts = { deny = ["https://c.example:8443/x", 3], allow = "a.example" }\n'
    yield b'[hosts]\nallow = ["A.example.", "*", ""]\ndeny = ["example"]\nelse = 1\n'
    yield b"journal = 1\nhosts = 3\n"
    yield 'hosts.deny = ["b\xfccher.example", "\u3002", "a..b", "-a", "192.0.2.1"]\n'.encode()
    yield b"[hosts\n"


def check(data: bytes, folder: Path) -> None:
    """Data is the person's file."""
    environ = machine.put(folder, {_FILE: data})
    found = own.read(environ)
    wanted, warnings = own.wants_journal(environ)
    told = [*warnings, *Choice(Decision([]), found.hosts).warnings]
    assert all(text.isprintable() for text in told)
    document = naive.toml(data) or {}
    assert wanted is (document.get("journal") is True)
    hosts = document.get("hosts")
    if not isinstance(hosts, dict) or found.hosts is None:
        assert told or not hosts or (isinstance(hosts, dict) and not any(hosts.values()))
        return
    for name in _NAMES:
        signed = found.hosts.says(name)
        assert signed is None or isinstance(signed, bool)
        if name in _listed(hosts, "deny"):
            assert signed is True
        elif name in _listed(hosts, "allow") and not told:
            assert signed is False
    if not told and not _listed(hosts, "allow"):
        assert all(found.hosts.choices.values())


def _listed(table: dict[str, Any], key: str) -> list[Any]:
    value = table.get(key)
    return value if isinstance(value, list) else []
