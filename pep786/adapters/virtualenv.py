"""virtualenv: it starts pip for newer seeds, and asks the index in a process of its own for newer ones."""

from __future__ import annotations

from ._host import Host

HOST = Host("virtualenv", library=("virtualenv.run",))

GATES = HOST.gates()
