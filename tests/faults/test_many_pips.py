"""Many pips at once, on one home, one cache and one journal."""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.environments import NEWEST, Environments

if TYPE_CHECKING:
    from pathlib import Path

    from pep786.verify.index import Index

#: 1,000 with PEP786_EVERYTHING=1, as many at once as this machine's memory bears.
PIPS, AT_ONCE = (1000, 100) if os.environ.get("PEP786_EVERYTHING") else (8, 8)


@pytest.mark.real
def test_each_succeeds_and_the_journal_has_every_request_once_and_whole(
    environments: Environments, index: Index, tmp_path: Path
) -> None:
    journal = tmp_path / "journal"
    environment = environments.shared(NEWEST)
    words = [environment.python, "-m", "pip", "--disable-pip-version-check", "--cache-dir", str(tmp_path / "cache")]
    words += ["download", "--no-deps", "-i", index.simple, "demo-wheel", "-d"]
    environ = {**os.environ, "PIP_CONFIG_FILE": os.devnull, "PIP_NO_ANALYTICS": "1", "PEP786_JOURNAL": str(journal)}
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    environ["PIP_DEFAULT_TIMEOUT"] = "300"  # a hundred wait for two processors
    said: list[tuple[int, str]] = []
    running: list[tuple[subprocess.Popen[bytes], Path]] = []
    for number in range(PIPS):
        output = tmp_path / f"output{number}"
        with output.open("w") as file:
            command = ["nice", "-n", "5", *words, str(tmp_path / f"downloads{number}")]  # the index has its turn
            running.append((subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT, env=environ), output))
        if len(running) == AT_ONCE or number == PIPS - 1:
            said += [(pip.wait(), output.read_text()) for pip, output in running]
            running.clear()
    assert [one for one in said if one[0] or "pep786" in one[1]] == []
    assert len(list(tmp_path.glob("downloads*/*.whl"))) == PIPS
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    received = index.received
    assert len(received) >= 2 * PIPS
    assert Counter((line["host"], line["path"]) for line in lines) == Counter((one.host, one.route) for one in received)
    assert all(line["sent"] for line in lines)
    assert all(one.prefer == ["no-analytics"] for one in received)
