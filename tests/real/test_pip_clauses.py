"""Every clause of the PEP on real pips, one release of each line: what the server received decides.

The clauses are those of ``pep786 verify`` (pep786/verify/clauses.py): D1 to D12, D17, D17a and D19. They cover
these traps of the facts: T1 odd values, T2 the empty variable, T3 a variable over configuration, T4 and T5
``PIP_ANALYTICS`` and ``analytics =``, T6 the flags in every place and order, T7 the command's section, T8
``--isolated``, T10 and T12 isolated builds, T17 pyproject.toml on every line of pip.
"""

from __future__ import annotations

import pytest

from pep786.verify import pip as pips
from pep786.verify.clauses import PIP, Clause
from tests.environments import NEWEST, PIPS, Environments
from tests.sampling import sample

pytestmark = pytest.mark.real


def by_line() -> list[object]:
    """Each release, its tests kept together so that they share an environment."""
    return [pytest.param(release, marks=pytest.mark.xdist_group(release)) for release in PIPS]


@pytest.mark.parametrize("clause", PIP, ids=lambda clause: clause.name)
@pytest.mark.parametrize("release", by_line())
def test_clause(release: str, clause: Clause, environments: Environments) -> None:
    sample(release, tuple(PIPS), clause.name, [one.name for one in PIP])
    environment = environments.shared(release)
    pip = pips.Pip(environment.python, release, "", "shim")
    outcome = pips.judge(pip, clause)
    if outcome.verdict == "skipped":
        pytest.skip(outcome.reason)
    assert outcome.verdict == "passed", outcome.reason


def test_the_release_under_test_is_the_one_that_runs(environments: Environments) -> None:
    environment = environments.shared(NEWEST)
    found = pips.find(environment.python)
    assert (found.version, found.tier) == (NEWEST, "shim")


@pytest.mark.parametrize("clause", PIP, ids=lambda clause: clause.name)
def test_without_the_shim_the_clauses_that_opt_out_fail(clause: Clause, environments: Environments) -> None:
    """So that a check can fail: an unpatched pip sends nothing, or does not know the flag."""
    environment = environments.shared(NEWEST, shim=False)
    outcome = pips.judge(pips.Pip(environment.python, NEWEST, "", "none"), clause)
    if outcome.verdict == "skipped":
        pytest.skip(outcome.reason)
    expected = "failed" if clause.opted_out or clause.flagged else "passed"
    if clause.variables.get("PIP_NO_ANALYTICS") == "banana":
        expected = "failed"
    assert outcome.verdict == expected, outcome.reason
