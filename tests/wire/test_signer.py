"""The header fields of a signed request (design, D11 and D12; tool facts, T33)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pep786 import preference
from pep786.choice import Choice
from pep786.decision import Decision, Setting
from pep786.wire.sender import Sender

UA = (b"User-Agent", b"tool/1.0 (no-analytics)")
NAMES = st.sampled_from([b"Prefer", b"prefer", b"User-Agent", b"Accept", b"X"])
VALUES = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF), max_size=30).map(lambda t: t.encode("latin-1"))


def sender(*, opted_out: bool = True) -> Sender:
    choice = Choice(Decision([Setting("flag", opted_out, "--no-analytics")]))
    return Sender(lambda: choice, "tool")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([], [(b"User-Agent", b"(no-analytics)"), (b"Prefer", b"no-analytics")]),
        ([(b"User-Agent", b"tool/1.0")], [UA, (b"Prefer", b"no-analytics")]),
        ([(b"prefer", b"wait=5"), UA], [(b"prefer", b"wait=5, no-analytics"), UA]),
        ([(b"Prefer", b"No-Analytics"), UA], [(b"Prefer", b"No-Analytics"), UA]),
        (
            [(b"Prefer", b"wait=5"), (b"Accept", b"*/*"), (b"Prefer", b"safe"), UA],
            [(b"Prefer", b"wait=5, safe, no-analytics"), (b"Accept", b"*/*"), UA],
        ),
        ([(b"Prefer", b'x="a,no-analytics"'), UA], [(b"Prefer", b'x="a,no-analytics", no-analytics'), UA]),
        ([(b"Prefer", b"no-analytics-x"), UA], [(b"Prefer", b"no-analytics-x, no-analytics"), UA]),
    ],
)
def test_t33_the_preference_is_there_once(before: list[tuple[bytes, bytes]], after: list[tuple[bytes, bytes]]) -> None:
    assert sender().signed(before) == after


def test_d19_the_suffix_can_be_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEP786_USER_AGENT", "0")
    assert sender().signed([(b"User-Agent", b"t")]) == [(b"User-Agent", b"t"), (b"Prefer", b"no-analytics")]
    assert sender().signed([]) == [(b"Prefer", b"no-analytics")]


@pytest.mark.parametrize(
    ("method", "host", "covered"),
    [
        ("GET", "index.example", True),
        ("HEAD", "127.0.0.1", True),
        ("POST", "index.example", False),
        ("PUT", "index.example", False),
        ("CONNECT", "index.example", False),
        ("GET", "github.com", False),
        ("GET", "objects.githubusercontent.com", False),
        ("GET", "api.osv.dev", False),
    ],
)
def test_d11_only_what_fetches_from_an_index_is_covered(method: str, host: str, covered: bool) -> None:
    assert sender().covers(method, host) is covered
    assert not sender(opted_out=False).covers(method, host)


@pytest.mark.property
@given(st.lists(st.tuples(NAMES, VALUES), max_size=6))
def test_signing_keeps_all_else_and_is_done_once(fields: list[tuple[bytes, bytes]]) -> None:
    signed = sender().signed(fields)
    prefers = [value for name, value in signed if name.lower() == b"prefer"]
    assert len(prefers) == 1
    assert preference.opted_out(prefers)
    assert sender().signed(signed) == signed
    ours = (b"prefer", b"user-agent")
    assert [field for field in signed if field[0].lower() not in ours] == [
        field for field in fields if field[0].lower() not in ours
    ]
