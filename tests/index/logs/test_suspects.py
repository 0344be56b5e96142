"""The quick look at many lines sees what the plain one sees."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pep786.index.logs import suspects

_PIECES = st.sampled_from(
    [b"download|", b"simple|", b"download-private|", b"|", b"||||||||", b"}", b"x", b"\n", b"simple"]
)


@pytest.fixture(scope="module")
def at_once() -> suspects.Suspects:
    pytest.importorskip("numpy", reason="numpy is not installed: it comes with the extra for logs")
    found = suspects.fastest()
    assert found is not suspects.one_by_one
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"", (0, set())),
        (b"\n", (1, {0})),
        (b"download|}\n", (1, set())),
        (b"download|\n", (1, {0})),
        (b"simple|||||||||\n", (1, set())),
        (b"simple||||||||\nsimple|}\n", (2, {0})),
        (b"simple|}\nsimple\n", (2, {9})),
        (b"simple-private|}\ndownload|}\n", (2, {0})),
    ],
)
def test_what_is_looked_at_more_closely(
    at_once: suspects.Suspects, text: bytes, expected: tuple[int, set[int]]
) -> None:
    # What a longer buffer held before is behind the end, and must not count.
    buffer = bytearray(text + b"download|}\nsimple|}")
    assert suspects.one_by_one(buffer, len(text)) == expected
    assert at_once(buffer, len(text)) == expected


@pytest.mark.property
@given(st.lists(_PIECES).map(b"".join))
def test_both_looks_see_the_same(at_once: suspects.Suspects, text: bytes) -> None:
    stop = text.rfind(b"\n") + 1
    buffer = bytearray(text + b"|" * 20)
    assert at_once(buffer, stop) == suspects.one_by_one(buffer, stop)


@pytest.mark.property
@given(st.lists(_PIECES).map(b"".join))
def test_none_escapes_at_the_very_end_of_the_buffer(at_once: suspects.Suspects, text: bytes) -> None:
    """There is no room behind the last line, so that one in the last places is suspected without a look."""
    buffer = bytearray(b"download|}\n" + text + b"\n")
    lines, expected = suspects.one_by_one(buffer, len(buffer))
    found = at_once(buffer, len(buffer))
    assert found[0] == lines
    assert found[1] >= expected
    assert all(len(buffer) - start < len(b"download|") for start in found[1] - expected)


def test_without_numpy_it_goes_line_by_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "numpy", None)
    assert suspects.fastest() is suspects.one_by_one
