"""The judgement of times never cries wolf, and sees what a person would notice."""

from __future__ import annotations

import random

import pytest

from pep786.index.check.timing import ROUNDS, difference, first_asks

PAIRS = 50


def _seconds(chance: random.Random, kind: str) -> float:
    """One request's time: steady, jittery, with stalls, or of a machine whose load comes and goes."""
    usual = 0.020
    if kind == "steady":
        return usual + chance.gauss(0, 0.0001)
    if kind == "jittery":
        return usual * chance.lognormvariate(0, 0.5)
    if kind == "stalling":
        return usual + (chance.random() < 0.1) * chance.random()
    return usual * (3 if chance.random() < 0.4 else 1)


def _seen(kind: str, seed: int, more: float = 0.0) -> bool:
    """Whether every round sees a difference, in one direction: what the clause fails for."""
    chance = random.Random(seed)  # noqa: S311  the same weather in every run
    rounds = []
    for _ in range(ROUNDS):
        plain = [_seconds(chance, kind) for _ in range(PAIRS)]
        rounds.append(difference(plain, [_seconds(chance, kind) + more for _ in range(PAIRS)]))
    return all(apart > 0 for apart in rounds) or all(apart < 0 for apart in rounds)


@pytest.mark.parametrize("kind", ["steady", "jittery", "stalling", "two machines"])
def test_no_false_alarm(kind: str) -> None:
    assert not any(_seen(kind, seed) for seed in range(1000))


@pytest.mark.parametrize(("kind", "more"), [("steady", 0.003), ("jittery", 0.030), ("stalling", 0.005)])
def test_what_is_slower_is_seen(kind: str, more: float) -> None:
    assert all(_seen(kind, seed, more) for seed in range(100))


def test_a_difference_nobody_notices_is_none() -> None:
    assert difference([0.1] * 10, [0.105] * 10) == 0.0
    assert difference([0.0001] * 10, [0.0009] * 10) == 0.0
    assert difference([0.1] * 10, [0.2] * 10) == pytest.approx(0.1)


@pytest.mark.parametrize("machines", [2, 3, 4])
def test_no_machine_of_several_gets_one_kind_only(machines: int) -> None:
    """Requests in turn to each machine: every one gets some of both kinds."""
    order = [asks for pair in range(PAIRS) for asks in ((True, False) if first_asks(pair) else (False, True))]
    for machine in range(machines):
        share = order[machine::machines]
        assert 0.4 < sum(share) / len(share) < 0.6
