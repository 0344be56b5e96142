"""The two short ways lead where the long ones do."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pep786 import preference
from pep786.index import fields
from tests.grammar import near_misses

#: Text that is made of what matters in a User-Agent, in no sensible order, and often with the suffix.
user_agents = st.lists(st.sampled_from(["pip/26.3", "(no-analytics)", " ", "\t", '"', "{", "é", ";"]), max_size=10).map(
    "".join
)


@pytest.mark.property
@given(user_agents)
@example("pip/26.3 (no-analytics)")
@example("pip/26.3\t (no-analytics)")
@example(" (no-analytics)")
@example('pip {"user_data":"(no-analytics)"} (no-analytics)')
@example("(no-analytics) pip (no-analytics)")
def test_user_agents(user_agent: str) -> None:
    for each in (user_agent, f"{user_agent} (no-analytics)"):
        assert fields.without_user_agent(each) == preference.without_user_agent(each)


@pytest.mark.property
@given(near_misses)
@example("no-analytics")
def test_prefers(prefer: str) -> None:
    assert fields.without_prefer(prefer) == preference.without_prefer(prefer)
