"""build asks no index itself: it starts pip for what a build requires."""

from __future__ import annotations

from ._host import Host

HOST = Host("build", requests=False, library=("build",), scripts=("pyproject-build",))

GATES = HOST.gates()
