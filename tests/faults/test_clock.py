"""A clock that jumps, by Debian's faketime."""

from __future__ import annotations

import glob
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.environments import NEWEST, Environments
from tests.faults.running import Pip, pep786

if TYPE_CHECKING:
    from pathlib import Path

    from pep786.verify.index import Index

_LIBRARY = next(iter(glob.glob("/usr/lib/*/faketime/libfaketime.so.1")), "")

TIMES = ("2026-11-28 10:00:00", "1970-01-01 00:00:01", "2038-01-19 03:14:09", "2200-01-01 00:00:00")


@pytest.mark.real
@pytest.mark.skipif(not _LIBRARY, reason="there is no libfaketime (Debian: faketime)")
def test_requests_are_signed_and_written_whatever_the_time(
    environments: Environments, index: Index, tmp_path: Path
) -> None:
    """Forwards and backwards; the journal's order is that of the requests."""
    pip = Pip(environments, NEWEST, tmp_path)
    journal = tmp_path / "journal"
    expected: list[str] = []
    for moment in TIMES:
        environ: dict[str, Any] = {
            "LD_PRELOAD": _LIBRARY,
            "FAKETIME": f"@{moment}",
            "TZ": "UTC",
            "FAKETIME_DONT_RESET": "1",
        }
        done = pip.download(pip.shim, index, "--no-analytics", PEP786_JOURNAL=str(journal), **environ)
        assert done.returncode == 0, done.stderr
        assert "pep786" not in done.stderr
        expected += [moment[:4]] * (len(index.received) - len(expected))
        shown = pep786("log", "--json", PEP786_JOURNAL=str(journal), **environ)
        found = json.loads(shown.stdout)
        assert [one["time"][:4] for one in found["requests"]] == expected
        assert found["broken"] == 0
    assert all(one.prefer == ["no-analytics"] for one in index.received)
    assert len(index.received) >= 2 * len(TIMES)
