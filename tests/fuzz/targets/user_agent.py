"""User-Agent: the comment counts as a word of its own outside quoted text, and is put at the end, once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Iterator

from pep786 import preference
from tests.index.rules.vectors import VECTORS

if TYPE_CHECKING:
    from pathlib import Path

COMMENT = "(no-analytics)"
WORDS = (
    *(b"(no-analytics)", b" (no-analytics)", b" (no-analytics) ", b"\t(no-analytics)\t", b'"(no-analytics)"'),
    *(b'"', b" ", b"\t", b"(", b")", b"{", b"}", b'{"a":"', b"\r\n", b"pip/26.3", b"uv/0.13.8", "\u017f".encode()),
)


def seeds() -> Iterator[bytes]:
    """One User-Agent to each."""
    for vector in VECTORS:
        if vector.user_agent is not None and len(vector.user_agent) < 500:
            yield vector.user_agent.encode("latin-1")


def check(data: bytes, _: Path) -> None:
    """Data is one value."""
    for text in (data.decode("latin-1"), data.decode("utf-8", "replace")):
        asks = bool(comments(text))
        assert preference.opted_out(None, text) is asks
        if all(ord(letter) < 256 for letter in text):
            assert preference.opted_out(None, text.encode("latin-1")) is asks
        is_added_at_the_end(text, asks=asks)
        is_taken_out_everywhere(text, asks=asks)


def comments(text: str) -> list[int]:
    """Where the comment stands between blanks (or at an end), with no quote before it or none behind it."""
    return [
        found.start()
        for found in re.finditer(re.escape(COMMENT), text)
        if text[: found.start()][-1:] in ("", " ", "\t")
        and text[found.end() :][:1] in ("", " ", "\t")
        and ('"' not in text[: found.start()] or '"' not in text[found.end() :])
    ]


def is_added_at_the_end(text: str, *, asks: bool) -> None:
    signed = preference.user_agent(text)
    assert preference.opted_out(None, signed)
    assert preference.user_agent(signed) == signed
    assert signed == (text if asks else f"{text} {COMMENT}" if text else COMMENT)
    if not asks:
        assert preference.without_user_agent(signed) == text.strip("\t ")


def is_taken_out_everywhere(text: str, *, asks: bool) -> None:
    left = preference.without_user_agent(text)
    assert not comments(left)
    if not asks:
        assert left == text
        return
    kept, at = "", 0
    for start in comments(text):
        kept += text[at:start]
        at = start + len(COMMENT)
    kept += text[at:]
    # All but the comments is there, in its order: only blanks may have gone with them.
    assert left.split() == kept.split()
    quoted = text[text.find('"') : text.rfind('"') + 1]
    assert quoted in left
