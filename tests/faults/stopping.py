"""The command, stopped at each of its calls: see stopper.py."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Iterator, NamedTuple, Sequence

import pytest

from tests.environments import CHECKOUT

if TYPE_CHECKING:
    from pathlib import Path

_SAMPLE = 3
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
KILL = getattr(signal, "SIGKILL", signal.SIGTERM)  # Windows has none
SIGNALS = (KILL, signal.SIGTERM, signal.SIGINT)


class Ended(NamedTuple):
    """How a run ended: its exit status (less than 0 by a signal), the calls that it made, and what it printed."""

    status: int
    calls: int
    out: str
    err: str


class Stopper:
    """A context manager; modules are imported beforehand, within is part of the path of
    the code that is stopped, machine is the folder that stands for ``/``.
    """

    def __init__(
        self, folder: Path, modules: Sequence[str], within: str, *, cwd: str = "", machine: str = "", **variables: str
    ) -> None:
        command = [sys.executable, "-m", "tests.faults.stopper", machine, *modules]
        environ = {**os.environ, **variables, "PYTHONPATH": str(CHECKOUT), "PYTHONDONTWRITEBYTECODE": "1"}
        self._within = within
        self._printed = {name: str(folder / f"printed-{name}") for name in ("out", "err")}
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environ, cwd=cwd or str(folder)
        )

    def __enter__(self) -> Stopper:  # noqa: PYI034  Python 3.8 has no Self
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=60)

    def run(self, *words: str, at: int = 0, number: int = signal.SIGTERM) -> Ended:
        """Run it, with the signal at its call of this number; 0: with none."""
        asked: dict[str, Any] = {
            "words": words,
            "at": at,
            "signal": int(number),
            "within": self._within,
            **self._printed,
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        printed = []
        for name in ("out", "err"):
            with open(self._printed[name], encoding="utf-8") as file:
                printed.append(file.read())
        assert "Traceback" not in printed[1], printed[1]
        return Ended(answer["status"], answer["calls"], *printed)


def stages(calls: int) -> Iterator[tuple[int, int]]:
    """Each call with each signal; by default a few, spread evenly, with one each."""
    if os.environ.get("PEP786_EVERYTHING"):
        yield from ((call, number) for call in range(1, calls + 1) for number in SIGNALS)
        return
    step = max(1, calls // _SAMPLE)
    for turn, call in enumerate(range(1 + step // 2, calls + 1, step)):
        yield call, SIGNALS[turn % len(SIGNALS)]
