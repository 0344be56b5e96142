"""An index that answers slowly, wrongly, or without end: pip ends as it does alone, and every request is signed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.environments import NEWEST, Environments
from tests.faults.bad_index import BadIndex
from tests.faults.running import Pip

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from pep786.verify.index import Index

pytestmark = pytest.mark.real

OLD = "20.3.4"

#: Those that pip passes over, all in one run: it goes on to the next index.
PASSED_OVER = ("long", "garbage", "bomb", "headers", "body", "nothing")


def told(done: subprocess.CompletedProcess[str]) -> list[str]:
    """What it said, without what a traceback of pip's own leads through."""
    return [line for line in (done.stdout + done.stderr).splitlines() if not line.startswith("  ")]


def assert_signed(bad: BadIndex, *, expected: bool) -> None:
    assert bad.received
    for head in bad.received:
        fields = [line.partition(": ") for line in head.split("\r\n")[1:]]
        assert [value for name, _, value in fields if name == "Prefer"] == (["no-analytics"] if expected else [])


@pytest.mark.parametrize("release", [NEWEST, OLD])
def test_all_that_pip_passes_over(release: str, environments: Environments, index: Index, tmp_path: Path) -> None:
    pip = Pip(environments, release, tmp_path)
    with BadIndex() as bad:
        more = [word for fault in PASSED_OVER for word in ("--extra-index-url", bad.url(fault))]
        runs = []
        for environment, preference in ((pip.bare, ""), (pip.shim, "1")):
            index.clear()
            bad.received.clear()
            options = ["--timeout", "2", "--retries", "0", *more]
            runs.append(pip.download(environment, index, *options, PIP_NO_ANALYTICS=preference))
            asked = [head.split("/")[1] for head in bad.received]
            assert sorted(set(asked)) == sorted(PASSED_OVER)
            assert_signed(bad, expected=bool(preference))
            assert [one.prefer for one in index.received] == [["no-analytics"] * bool(preference)] * len(index.received)
    alone, done = runs
    assert done.returncode == alone.returncode
    assert told(done) == told(alone)
    assert pip.got(pip.shim) == pip.got(pip.bare)


@pytest.mark.parametrize(("release", "fault"), [(NEWEST, "round"), (NEWEST, "short"), (NEWEST, "page"), (OLD, "round")])
def test_what_ends_pip(release: str, fault: str, environments: Environments, tmp_path: Path) -> None:
    """Redirects without end, a page that breaks off, and a file that does."""
    pip = Pip(environments, release, tmp_path)
    with BadIndex() as bad:
        alone = pip.download(pip.bare, bad.url(fault), "--timeout", "2", "--retries", "0")
        count = len(bad.received)
        bad.received.clear()
        options = ("--timeout", "2", "--retries", "0", "--no-analytics")
        done = pip.download(pip.shim, bad.url(fault), *options)
        assert_signed(bad, expected=True)
        assert len(bad.received) == count
    assert done.returncode == alone.returncode != 0
    assert told(done) == told(alone)
