"""The decision on the header vectors that every part of the index side is held to (conformance/index)."""

from __future__ import annotations

import time
from typing import Callable

import pytest

from pep786 import preference
from tests.index.rules.vectors import VECTORS, Vector


@pytest.mark.parametrize("vector", VECTORS, ids=[vector.id for vector in VECTORS])
def test_vector(vector: Vector) -> None:
    lines, agent = list(vector.prefer), vector.user_agent
    coded = [line.encode("latin-1") for line in lines]
    coded_agent = None if agent is None else agent.encode("latin-1")
    for prefer in (lines, iter(lines), tuple(lines), vector.joined):
        assert preference.opted_out(prefer, agent) is vector.opted_out
    for coded_prefer in (coded, iter(coded), tuple(coded), b",".join(coded) if coded else None):
        assert preference.opted_out(coded_prefer, coded_agent) is vector.opted_out
    assert preference.opted_out(lines, coded_agent) is vector.opted_out


@pytest.mark.parametrize("vector", VECTORS, ids=[vector.id for vector in VECTORS])
def test_what_is_left_of_a_vector_asks_for_nothing(vector: Vector) -> None:
    prefer = None if vector.joined is None else preference.without_prefer(vector.joined)
    agent = None if vector.user_agent is None else preference.without_user_agent(vector.user_agent)
    assert not preference.opted_out(prefer, agent)
    if not vector.opted_out:
        assert (prefer, agent) == (vector.joined, vector.user_agent)


def test_ids_are_used_once() -> None:
    assert len({vector.id for vector in VECTORS}) == len(VECTORS) >= 120


#: What a hostile client repeats, with what stands before and behind it.
SHAPES = {
    "commas": ("", ",", ", no-analytics"),
    "commas after it": ("no-analytics", ",", ""),
    "quotes": ("", '"', ",no-analytics"),
    "backslashes": ("", "\\", ",no-analytics"),
    "backslashes in quotes": ('"', "\\", ",no-analytics"),
    "escaped quotes": ('"', '\\"', '", no-analytics'),
    "quoted strings": ("", 'a="b",', "no-analytics"),
    "quoted strings with an escape": ("", 'a="\\"",', "no-analytics"),
    "escaped quotes after a stray backslash": ("\\", '"\\"",', "no-analytics"),
    "stray backslashes before quotes": ("", '\\"x', '",no-analytics'),
    "blanks": ("no-analytics", " ", "x"),
    "tabs": ("x", "\t", "no-analytics"),
    "near misses": ("", "no-analytics ", ""),
    "near misses as elements": ("", "no-analyticsx,", ""),
    "comments": ('"', " (no-analytics)", '"'),
    "comments before quotes": ("", ' (no-analytics)"', ""),
    "comments as words": ("", " (no-analytics)", ""),
}
FUNCTIONS: dict[str, Callable[[str], object]] = {
    "decided by Prefer": preference.opted_out,
    "decided by User-Agent": lambda text: preference.opted_out(None, text),
    "taken off Prefer": preference.without_prefer,
    "taken off User-Agent": preference.without_user_agent,
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
def test_eight_times_the_text_takes_no_sixty_four_times_the_work(
    function: Callable[[str], object], shape: tuple[str, str, str]
) -> None:
    before, unit, after = shape

    def seconds(size: int) -> float:
        text = before + unit * (size // len(unit)) + after
        return min(_seconds(function, text) for _ in range(5))

    # 0.2 ms for what each call costs by itself, however little there is to do.
    assert seconds(160_000) < 24 * (seconds(20_000) + 0.0002)


def _seconds(function: Callable[[str], object], text: str) -> float:
    begin = time.process_time()
    function(text)
    return time.process_time() - begin
