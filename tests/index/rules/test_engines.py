"""The one pattern on every engine that can be had here: all vectors, one process for each engine."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pep786 import preference
from pep786.index import pattern, rules
from tests import grammar
from tests.environments import CHECKOUT, install
from tests.index.rules.vectors import VECTORS
from tests.index.running import needed, needed_python

#: Letters that some engines fold to those of the name; none of them goes over a wire.
FOLDING = {
    "long s": "no-analytic\u017f",
    "dotless i": "no-analyt\u0131cs",
    "dotted I": "no-analyt\u0130cs",
    "line separator": "a\u2028b, no-analyticsx",
}
ROWS = [
    *([vector.id, vector.joined, vector.user_agent] for vector in VECTORS),
    *([name, prefer, None] for name, prefer in FOLDING.items()),
]
OPTED_OUT = {**{vector.id: vector.guarded for vector in VECTORS}, **dict.fromkeys(FOLDING, False)}

#: Text that is made of what matters in a User-Agent.
near_agents = st.lists(st.sampled_from(["(no-analytics)", " ", "\t", '"', "x", "(y)"]), max_size=12).map("".join)

#: Engine, the library that it is in, and its rules.
ENGINES = {
    "re": (None, None),
    "google-re2": ("google-re2==1.1.20251105", None),
    "polars": ("polars==2.1.0", None),
    "duckdb": ("duckdb==2.0.0", "duckdb"),
    "chdb": ("chdb-core==26.9.0", "clickhouse"),
    "spark": ("pyspark==4.3.0", "spark"),
}


def decided(engine: str) -> dict[str, Any]:
    library, name = ENGINES[engine]
    environ = dict(os.environ)
    if library:
        needed_python((3, 11), library)
        environ["PYTHONPATH"] = os.pathsep.join((install(library), str(CHECKOUT)))
    document = {
        "rows": ROWS,
        "prefer": pattern.PREFER,
        "user_agent": pattern.USER_AGENT,
        "sql": rules.text(name) if name else "",
    }
    command = [sys.executable, str(Path(__file__).with_name("engines.py")), engine]
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, input=json.dumps(document), env=environ, timeout=180
    )
    assert done.returncode == 0, done.stderr[-3000:]
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


@pytest.mark.real
@pytest.mark.parametrize("engine", [engine for engine in ENGINES if engine != "spark"])
def test_every_vector(engine: str) -> None:
    _assert_right(decided(engine))


@pytest.mark.real
def test_every_vector_on_spark_and_what_is_shared_tells_nothing_of_the_rest() -> None:
    needed("java")
    result = decided("spark")
    _assert_right(result)
    served = sorted(name for name, opted_out in OPTED_OUT.items() if not opted_out)
    for way in ("transformed", "without", "arrays"):
        assert [json.loads(line)["id"] for line in result[way]] == served
    assert result["transformed"] == result["without"]
    agents = {vector.id for vector in VECTORS if preference.opted_out(None, vector.user_agent)}
    assert {json.loads(line)["id"] for line in result["agents only"]} == set(OPTED_OUT) - agents


def _assert_right(result: dict[str, Any]) -> None:
    bit = {name: bit for name, bit in result["bit"].items() if name in OPTED_OUT}
    assert {name: bit for name, bit in bit.items() if bit != OPTED_OUT[name]} == {}
    assert set(bit) == set(OPTED_OUT)
    # A request that was not found is in the internal table and not in the view; plain engines know no status.
    assert sorted(result["shared"]) == sorted(name for name, opted_out in OPTED_OUT.items() if not opted_out)


@pytest.mark.property
@given(grammar.near_misses)
def test_the_pattern_agrees_with_the_function(value: str) -> None:
    assert bool(re.search(pattern.EXACT_PREFER, value)) == preference.opted_out(value)
    assert bool(re.search(pattern.PREFER, value)) == preference.opted_out(value)


@pytest.mark.property
@given(near_agents)
def test_the_comment_s_pattern_agrees_with_the_function(value: str) -> None:
    assert bool(re.search(pattern.USER_AGENT, value)) == preference.opted_out(None, value)
    for take_off in (pattern.TAKE_OFF_LAST, pattern.TAKE_OFF_FIRST):
        left = re.sub(take_off, r"\1\2", value)
        assert (left == value) or preference.opted_out(None, value)
        assert preference.without_user_agent(left).strip() == preference.without_user_agent(value).strip()
