"""The Python-written tools but pip, by the cases of ``pep786 verify``: what the server received decides.

The cases (conformance/cases) cover these traps of the facts: T1 and T2 the HTTP libraries of each
line, T4 and T5 children in other interpreters, T6 and T7 PYTHONPATH that is dropped, T8 the variables that tox
drops, T11 pex's isolated pip, T12 keys that a tool cannot bear, T17 flags that old parsers misread, T18 --analytics
for children, T23 warm caches, T24 and T25 how tools are started, T26 the shapes of a pip child.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pep786.verify.cases import Case, tried_on
from pep786.verify.tools import judge
from pep786.verify.tools.driver import Stage
from tests.real.released_tools import NEWEST, OLDER, Release, Tools

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pep786.verify.tools.driver import Tool

pytestmark = pytest.mark.real

TOOLS = tried_on("tools")
#: What is tried where the shim is outside, and put in by ``pep786 run``: a variable, and a file for children too.
OUTSIDE = tuple(
    case
    for case in TOOLS
    if ("build" not in case.aspects and "PY_NO_ANALYTICS" in case.environment)
    or ("build" in case.aspects and case.files)
)
#: A flag by itself, and one against a variable.
FLAGGED = tuple(case for case in TOOLS if case.aspects == {"flag"} and not case.files)
SIGNALLED = next(case for case in TOOLS if case.name.startswith("PY_"))


def by_tool(releases: Iterable[Release]) -> list[object]:
    """Each release, its tests kept together so that they share an environment."""
    return [pytest.param(release, id=str(release), marks=pytest.mark.xdist_group(str(release))) for release in releases]


def check(tool: Tool, case: Case, *before: str) -> None:
    """Fails unless the case holds; before: what stands before its flag."""
    with pytest.MonkeyPatch.context() as patch:
        if before:
            patch.setattr(Stage, "flags", property(lambda stage: [*before, *stage.case.flags]))
        outcome = judge(tool, case)
    if outcome.verdict == "skipped":
        pytest.skip(outcome.reason)
    assert outcome.verdict == "passed", outcome.reason


@pytest.mark.parametrize("case", TOOLS, ids=lambda case: case.name)
@pytest.mark.parametrize("release", by_tool(NEWEST))
def test_clause(release: Release, case: Case, released: Tools) -> None:
    check(released.with_shim(release), case)


@pytest.mark.parametrize("case", tried_on("old"), ids=lambda case: case.name)
@pytest.mark.parametrize("release", by_tool(OLDER))
def test_quick_clause(release: Release, case: Case, released: Tools) -> None:
    check(released.with_shim(release), case)


@pytest.mark.parametrize("case", OUTSIDE, ids=lambda case: case.name)
@pytest.mark.parametrize("release", by_tool(NEWEST))
def test_clause_through_pep786_run(release: Release, case: Case, released: Tools) -> None:
    check(released.wrapped(release), case)


@pytest.mark.parametrize("release", by_tool(NEWEST))
def test_without_the_shim_nothing_is_sent(release: Release, released: Tools) -> None:
    """So that a check can fail: the tool as it was released."""
    outcome = judge(released.bare(release), SIGNALLED)
    assert outcome.verdict == "failed"
    assert "received Prefer: none" in outcome.reason
    assert "0 with Prefer, 0 with the suffix" in outcome.reason


@pytest.mark.parametrize("case", FLAGGED, ids=lambda case: case.name)
@pytest.mark.parametrize(
    "release", by_tool(release for release in NEWEST if release.tool in ("poetry", "pdm", "hatch"))
)
def test_the_last_flag_wins(release: Release, case: Case, released: Tools) -> None:
    """Design, D8; the opposite stands before it."""
    check(released.with_shim(release), case, "--analytics" if case.opted_out else "--no-analytics")
