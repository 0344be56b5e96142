"""nox asks no index itself: it starts pip, or whatever a noxfile runs; the noxfile runs inside nox."""

from __future__ import annotations

from ._host import Host

HOST = Host("nox", ("nox._cli", "nox.main"), requests=False)

GATES = HOST.gates()
