"""The decision as a pattern, which is all that servers and databases have: Python's re and RE2 agree with the code."""

from __future__ import annotations

import re
from importlib import import_module
from typing import TYPE_CHECKING, Any, Iterator

from pep786 import preference
from pep786.index import pattern
from tests.fuzz.targets import prefer, user_agent

if TYPE_CHECKING:
    from pathlib import Path

WORDS = prefer.WORDS + user_agent.WORDS


def seeds() -> Iterator[bytes]:
    """Values of either field."""
    yield from prefer.seeds()
    yield from user_agent.seeds()


def _engines() -> list[Any]:
    try:
        return [re, import_module("re2")]
    except ImportError:
        return [re]


_ENGINES = _engines()


def check(data: bytes, _: Path) -> None:
    """Data is one value of either field; no line feed gets into one."""
    text = data.decode("utf-8", "replace").replace("\n", "").replace("\0", "")
    asks, comment = preference.opted_out(text), preference.opted_out(None, text)
    for engine in _ENGINES:
        assert bool(engine.search(pattern.EXACT_PREFER, text)) is asks
        assert bool(engine.search(pattern.PREFER, text)) is (asks or len(text) >= pattern.GUARD)
        assert bool(engine.search(pattern.USER_AGENT, text)) is comment
        can_be_taken_off(engine, text, comment=comment)
        if comment and len(text) < pattern.GUARD:
            assert not engine.search(pattern.LONG_USER_AGENT, text)


def can_be_taken_off(engine: Any, text: str, *, comment: bool) -> None:
    """While the comment is there one of the two takes one off, and nothing else but the blank before it."""
    found = engine.search(pattern.TAKE_OFF_LAST, text) or engine.search(pattern.TAKE_OFF_FIRST, text)
    assert bool(found) is comment
    if found:
        left = "".join(part or "" for part in found.groups())
        assert len(text) - len(left) - len(preference.COMMENT) in (0, 1)
        at = len(found.group(1) or "")
        assert text[at:].lstrip("\t ").startswith(preference.COMMENT)
        assert left == text[:at] + text[len(text) - (len(left) - at) :]
