"""Every clause of the PEP on real pips, one release of each line: what the server received decides.

They are the cases that ``pep786 verify`` tries pip on (conformance/cases): D1 to D12, D17, D17a and D19. They cover
these traps of the facts: T1 odd values, T2 the empty variable, T3 a variable over configuration, T4 and T5
``PIP_ANALYTICS`` and ``analytics =``, T6 the flags in every place and order, T7 the command's section, T8
``--isolated``, T10 and T12 isolated builds, T17 pyproject.toml on every line of pip.
"""

from __future__ import annotations

import pytest

from pep786.verify import pip as pips
from pep786.verify.cases import Case, tried_on
from tests.environments import NEWEST, PIPS, Environments
from tests.sampling import sample

pytestmark = pytest.mark.real

PIP = tried_on("pip", "pip")


def by_line() -> list[object]:
    """Each release, its tests kept together so that they share an environment."""
    return [pytest.param(release, marks=pytest.mark.xdist_group(release)) for release in PIPS]


@pytest.mark.parametrize("case", PIP, ids=lambda case: case.name)
@pytest.mark.parametrize("release", by_line())
def test_clause(release: str, case: Case, environments: Environments) -> None:
    sample(release, tuple(PIPS), case.name, [one.name for one in PIP])
    environment = environments.shared(release)
    pip = pips.Pip(environment.python, release, "", "shim")
    outcome = pips.judge(pip, case)
    if outcome.verdict == "skipped":
        pytest.skip(outcome.reason)
    assert outcome.verdict == "passed", outcome.reason


def test_the_release_under_test_is_the_one_that_runs(environments: Environments) -> None:
    environment = environments.shared(NEWEST)
    found = pips.find(environment.python)
    assert (found.version, found.tier) == (NEWEST, "shim")


@pytest.mark.parametrize("case", PIP, ids=lambda case: case.name)
def test_without_the_shim_the_clauses_that_opt_out_fail(case: Case, environments: Environments) -> None:
    """So that a check can fail: an unpatched pip sends nothing, or does not know the flag."""
    environment = environments.shared(NEWEST, shim=False)
    outcome = pips.judge(pips.Pip(environment.python, NEWEST, "", "none"), case)
    if outcome.verdict == "skipped":
        pytest.skip(outcome.reason)
    expected = "failed" if case.opted_out or case.flags else "passed"
    if case.environment.get("PIP_NO_ANALYTICS") == "banana":
        expected = "failed"
    assert outcome.verdict == expected, outcome.reason
