"""What is told of a decision: plain data that does not change, can be compared, pickled, and written as JSON."""

from __future__ import annotations

import json
import pickle
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

import pep786
from pep786.decision import Decision, Setting

if TYPE_CHECKING:
    from collections.abc import Iterator


def test_a_decision_is_its_answer_and_does_not_change() -> None:
    decision = pep786.resolve(environ={"PY_NO_ANALYTICS": "1"})
    assert bool(decision) is decision.opted_out is True
    with pytest.raises(AttributeError, match="does not change"):
        decision.opted_out = False
    with pytest.raises(AttributeError, match="does not change"):
        del decision.origin


DECISIONS = {
    "nothing": Decision([]),
    "a flag": Decision([Setting("flag", False, "--analytics")], [Setting("environment", True, "PY_NO_ANALYTICS", "1")]),
    "a warning and no more": Decision([Setting("config", None, "pip.conf", warning="pip.conf cannot be read")]),
    "a warning before what decides": Decision(
        [
            Setting("config", None, "/etc/pip.conf", warning="/etc/pip.conf is broken"),
            Setting("config", True, "~/pip.conf [global] no-analytics", "yes", scope="user", file="/home/ann/pip.conf"),
            Setting("config", False, "pyproject.toml", warning="pyproject.toml is odd"),
            Setting("config", None, "/etc/pip.conf", warning="/etc/pip.conf is broken"),
        ]
    ),
}


@pytest.mark.parametrize("decision", DECISIONS.values(), ids=DECISIONS)
def test_a_decision_survives_pickling(decision: Decision) -> None:
    copy = pickle.loads(pickle.dumps(decision))  # noqa: S301  our own
    assert copy == decision
    assert hash(copy) == hash(decision)
    assert copy.as_dict() == decision.as_dict()
    assert repr(copy) == repr(decision)


def test_decisions_and_settings_are_the_same_when_they_say_the_same() -> None:
    decisions = list(DECISIONS.values())
    assert [[one == other for other in decisions] for one in decisions] == [
        [at == row for at in range(len(decisions))] for row in range(len(decisions))
    ]
    assert len({hash(decision) for decision in decisions}) == 3, "two of them only warn"
    assert decisions[0] != "nothing is set"
    assert [one.origin for one in DECISIONS["a warning before what decides"].overridden] == ["pyproject.toml"]
    settings = list(dict.fromkeys(setting for decision in decisions for setting in decision.considered))
    assert settings[0] != settings[1] != settings[1].as_dict()
    assert len(set(settings)) == len({hash(setting) for setting in settings}) == len(settings)


def test_a_decision_as_json() -> None:
    warning = {"source": "config", "opted_out": None, "origin": "/etc/pip.conf", "value": "", "scope": None}
    decisive = {"source": "config", "opted_out": True, "origin": "~/pip.conf [global] no-analytics", "value": "yes"}
    decision = DECISIONS["a warning before what decides"].as_dict()
    assert json.loads(json.dumps(decision)) == decision
    assert {**decision, "considered": None} == {
        "opted_out": True,
        "source": "config",
        "origin": "~/pip.conf [global] no-analytics",
        "considered": None,
        "warnings": ["/etc/pip.conf is broken", "pyproject.toml is odd"],
    }
    first, second, *_ = decision["considered"]
    assert first.items() >= warning.items()
    assert second.items() >= {**decisive, "scope": "user", "file": "/home/ann/pip.conf", "line": None}.items()
    assert DECISIONS["nothing"].as_dict()["origin"] == "nothing is set"


def test_what_was_not_read_to_decide_is_told_of_all_the_same() -> None:
    later = Setting("config", None, "~/pip.conf", warning="~/pip.conf cannot be read")
    decision = Decision([Setting("flag", True, "--no-analytics")], iter([later]))
    assert decision.warnings == ("~/pip.conf cannot be read",)
    assert decision.considered[1:] == (later,)


def test_it_may_be_asked_by_several_threads() -> None:
    """Each gets all of it, though it is read on while they ask."""

    def slowly() -> Iterator[Setting]:
        for number in range(20):
            time.sleep(0.002)
            yield Setting("config", None, str(number))

    decision = Decision([Setting("flag", True, "--no-analytics")], slowly())
    with ThreadPoolExecutor(8) as pool:
        counts = list(pool.map(lambda _: len(decision.considered), range(8)))
    assert counts == [21] * 8
