"""The key in a pip.conf: put in, all else is what pip read before; taken back, not a byte has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterator

from pep786.optout import ini
from tests.fuzz.targets import machine, naive
from tests.fuzz.targets.editing import unless_refused

if TYPE_CHECKING:
    from pathlib import Path

_KEY = "no-analytics"
SECTIONS = ("global", "install")

WORDS = (
    *machine.WORDS,
    b"install\n",
    b"index-url = x\n",
    b"x =\n",
    b"  y\n",
    b"\x0c",
    b"\x1c",
    b"\x85",
    b"\xc2\x85",
    b"\x0b",
)


def seeds() -> Iterator[bytes]:
    """Files as they are written, and as they should not be."""
    yield b"global\n"
    yield b"global\n[global]\nindex-url = https://index.example/simple\n\n[install]\nuser = no\n"
    yield b"global\r\n[global]\r\nNo_Analytics: false\r\ntimeout = 60"
    yield b"install\n# mine\n[global]\n  index-url = x\n    y\n; end\n\n[list]\nformat=columns\n"
    yield b"global\n\xef\xbb\xbf[global]\nno-analytics =\n  on\n  off\n"
    yield b"global\n[DEFAULT]\nno-analytics = no\n[global]\n--no-analytics = yes\n"
    yield b"global\n[a]\nb\n c\n[global]\n\tx = 1\n"
    yield b"global\n[global]\rx = 1\r\r[install]\rno-analytics=1\r"


def check(data: bytes, _: Path) -> None:
    """Data is the section in a line of its own, and the file."""
    first, _newline, file = data.partition(b"\n")
    section = "install" if first.strip() == b"install" else "global"
    before = naive.ini(file)
    _value(file, section)
    edit = unless_refused(lambda: ini.put(file, section))
    if edit is None:
        return
    assert before is not None, "what pip does not read was changed"
    after = edit.apply(file)
    assert edit.reverse(after) == file
    expected = {name: dict(options) for name, options in before.items()}
    expected.setdefault(section, {})[_KEY] = "true"
    found = naive.ini(after)
    assert found is not None
    assert _without_defaults(found, after) == _without_defaults(expected, file), after
    assert _value(after, section) == "true"
    taken = unless_refused(lambda: ini.take(after, section))
    if taken is not None:
        left = naive.ini(taken.apply(after))
        assert left is not None
        assert (
            naive.ini_says(taken.apply(after), section) is naive.ini_says(b"[DEFAULT]\n", section)
            or b"[DEFAULT]" in file
        )
    more = after + (b"" if after.endswith((b"\n", b"\r")) else b"\n") + b"[more]\nx = 1\n"
    back = edit.reverse_elsewhere(more)
    assert back is None or back == edit.removed.join([more[: edit.at], more[edit.at + len(edit.inserted) :]])


def _without_defaults(found: dict[str, dict[str, object]], file: bytes) -> dict[str, dict[str, object]]:
    """Of the sections' options: a section that was added has those of ``[DEFAULT]`` as well, as every one has."""
    if b"[DEFAULT]" in file:
        return {name: {} for name in found}
    return found


def _value(file: bytes, section: str) -> str | None:
    return unless_refused(lambda: ini.value(file, section))
