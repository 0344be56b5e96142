"""Patched pips, run: every clause that a pip without us can meet, and every trap; what the index received decides."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pep786 import patching
from pep786.patching import mailbox
from pep786.verify import pip as verified
from tests.patches import released, traps
from tests.patches.released import LINES, Environments
from tests.sampling import sample

if TYPE_CHECKING:
    from pathlib import Path

    from pep786.verify.cases import Case

pytestmark = pytest.mark.real
_CASES = [case.name for case in released.cases()]


def cases() -> list[object]:
    """One release of each line on the newest Python here that runs it, and the oldest Pythons that run any."""
    pairs = [(version, (released.pythons(patching.find("pip", version)) or [""])[0]) for version in LINES]
    pairs += [("9.0.3", "2.7"), ("20.3.4", "2.7"), ("21.3.1", "3.6"), ("24.0", "3.7")]
    return [
        pytest.param(version, python, id=f"{version}-on-{python}", marks=pytest.mark.xdist_group(f"{version}-{python}"))
        for version, python in pairs
    ]


@pytest.mark.parametrize("case", released.cases(), ids=lambda case: case.name)
@pytest.mark.parametrize(("version", "python"), cases())
def test_clause(version: str, python: str, case: Case, pips: Environments) -> None:
    sample(version, LINES, case.name, _CASES)
    environment = pips.shared(version, python)
    with released.serving(python):
        outcome = verified.judge(verified.Pip(environment.python, version, "", "native"), case)
    if outcome.verdict == "skipped":
        pytest.skip(outcome.reason)
    assert outcome.verdict == "passed", outcome.reason


@pytest.mark.parametrize("name", traps.TRAPS)
@pytest.mark.parametrize(("version", "python"), cases())
def test_trap(version: str, python: str, name: str, pips: Environments, tmp_path: Path) -> None:
    if not traps.applies(name, version):
        pytest.skip("not a trap for this release")
    sample(version, LINES, name, tuple(traps.TRAPS))
    environment = pips.shared(version, python)
    case = traps.Case(version, python, environment, tmp_path / "work", lambda: pips.fresh(version, python))
    assert traps.run(name, case) == []


@pytest.mark.parametrize("version", LINES)
def test_verify_calls_it_native(version: str, pips: Environments) -> None:
    found = verified.find(pips.shared(version).python)
    assert (found.version, found.tier) == (version, "native")


@pytest.mark.parametrize("case", [case for case in released.cases() if case.opted_out], ids=lambda case: case.name)
@pytest.mark.parametrize("version", ["9.0.3", "20.3.4", "26.3"])
def test_unpatched_the_clauses_that_opt_out_fail(version: str, case: Case, pips: Environments) -> None:
    """So that a check can fail."""
    environment = pips.shared(version, patched=False)
    outcome = verified.judge(verified.Pip(environment.python, version, "", "none"), case)
    if outcome.verdict == "skipped":
        pytest.skip(outcome.reason)
    assert outcome.verdict == "failed"


@pytest.mark.parametrize("case", released.cases(), ids=lambda case: case.name)
@pytest.mark.parametrize("version", ["9.0.3", "20.3.4", "26.3"])
def test_d13_patch_and_shim_together_send_the_signal_once(version: str, case: Case, pips: Environments) -> None:
    """Injected beside a patched pip, the shim leaves it alone."""
    if not verified.reads(int(version.partition(".")[0]), case):
        pytest.skip("this release carries no TOML parser")
    environment = pips.shared(version)
    outcome = verified.judge(verified.Pip(environment.python, version, "", "injected"), case)
    if outcome.verdict == "skipped":
        pytest.skip(outcome.reason)
    assert outcome.verdict == "passed", outcome.reason


@pytest.mark.parametrize("version", ["19.3.1", "20.3.4", "21.3.1", "22.3.1", "24.0", "25.1.1", "26.3"])
def test_the_unit_tests_of_the_patch_pass(version: str, tmp_path: Path) -> None:
    """As in pip's own suite, but with this Python and this pytest."""
    if f"{sys.version_info[0]}.{sys.version_info[1]}" not in patching.find("pip", version).pythons:
        pytest.skip(f"pip {version} does not run on this Python")
    patching.apply(str(released.unpack(version, tmp_path / "wheel")))
    part = next(part for part in mailbox.read(patching.find("pip", version).patch) if "test_analytics" in part.path)
    lines = [line[1:] for line in part.text.splitlines() if line.startswith("+") and not line.startswith("+++")]
    (tmp_path / "test_analytics.py").write_text("\n".join(lines) + "\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-c", os.devnull, "-p", "no:cacheprovider", "test_analytics.py"],
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "wheel")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
