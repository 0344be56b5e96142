"""Prefer: the fast reading is the plain grammar's, and writing adds or takes away one element and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterator

from pep786 import preference
from tests import grammar
from tests.index.rules.vectors import VECTORS

if TYPE_CHECKING:
    from pathlib import Path

WORDS = (
    *(b"no-analytics", b"NO-ANALYTICS", b", no-analytics", b"no-analytics=", b"no-analytics;"),
    *(b'"', b"\\", b'\\"', b'="', b",", b";", b"=", b" ", b"\t", b"\r\n", b"\x0b", "\u017f".encode(), b"wait=9"),
)


def seeds() -> Iterator[bytes]:
    """Field lines, a line to each."""
    for vector in VECTORS:
        lines = "\n".join(vector.prefer)
        if vector.prefer and len(lines) < 500:
            yield lines.encode()


def check(data: bytes, _: Path) -> None:
    """Data is the lines of the field, a line to each."""
    for text in (data.decode("latin-1"), data.decode("utf-8", "replace")):
        reads_as_the_grammar(text)
        adds_one_element(text)
        takes_one_away(text)
    lines = data.split(b"\n")
    assert preference.opted_out(lines) is grammar.opted_out(b",".join(lines).decode("latin-1"))


def reads_as_the_grammar(text: str) -> None:
    asks = grammar.opted_out(text)
    assert preference.opted_out(text) is asks
    if all(ord(letter) < 256 for letter in text):
        assert preference.opted_out(text.encode("latin-1")) is asks


def adds_one_element(text: str) -> None:
    signed = preference.prefer(text)
    assert preference.opted_out(signed)
    assert preference.prefer(signed) == signed
    if grammar.opted_out(text):
        assert signed == text
    elif text.strip():
        assert elements(signed) in (
            [*elements(text), preference.NO_ANALYTICS],
            [preference.NO_ANALYTICS, *elements(text)],
        )


def takes_one_away(text: str) -> None:
    left = preference.without_prefer(text)
    assert not preference.opted_out(left)
    if not grammar.opted_out(text):
        assert left == text
        if text.strip():
            assert elements(preference.without_prefer(preference.prefer(text)) or "") == elements(text)
        return
    assert elements(left or "") == [element for element in elements(text) if not grammar.opted_out(element)]


def elements(text: str) -> list[str]:
    """The elements of the list, the empty ones left out (RFC 9110 section 5.6.1)."""
    stripped = (element.strip("\t\n\r ") for element in grammar.split(text, ","))
    return [element for element in stripped if element]
