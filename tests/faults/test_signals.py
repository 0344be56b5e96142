"""A signal in the midst of a download: status and last words are those of a pip alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.environments import CHECKOUT, NEWEST, Environments
from tests.faults.bad_index import BadIndex
from tests.faults.running import LIMIT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.real


def interrupted(command: list[str], number: int, bad: BadIndex, cwd: Path) -> tuple[int, str, str]:
    """Send the signal once the index has the first request, which it does not answer; how the command ended."""
    bad.arrived.clear()
    environ = {**os.environ, "PIP_CONFIG_FILE": os.devnull, "PIP_NO_ANALYTICS": "1", "PYTHONPATH": str(CHECKOUT)}
    words = [*command, "-m", "pip", "--disable-pip-version-check", "download", "-i", bad.url("nothing"), "demo-wheel"]
    pip = subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environ, cwd=cwd, start_new_session=True
    )
    assert bad.arrived.wait(LIMIT)
    pip.send_signal(number)
    if number == signal.SIGPIPE:  # which Python ignores
        pip.send_signal(signal.SIGINT)
    said = pip.communicate(timeout=LIMIT)
    return pip.returncode, *said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGPIPE])
def test_pip_ends_as_it_does_alone(number: int, environments: Environments, tmp_path: Path) -> None:
    bare, shim = environments.shared(NEWEST, shim=False), environments.shared(NEWEST)
    run = [sys.executable, "-m", "pep786", "run", "--"]
    with BadIndex() as bad:
        alone = interrupted([bare.python], number, bad, tmp_path)
        assert alone[0] == -number if number == signal.SIGTERM else "cancelled by user" in alone[2]
        for command in ([shim.python], *([[*run, bare.python]] if number == signal.SIGINT else [])):
            bad.received.clear()
            assert interrupted(command, number, bad, tmp_path) == alone
            assert "\r\nPrefer: no-analytics\r\n" in bad.received[0]
