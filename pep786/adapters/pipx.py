"""pipx asks no index itself: it starts pip, and uv, in environments of its own."""

from __future__ import annotations

from ._host import Host

HOST = Host("pipx", ("pipx.main",), requests=False)

GATES = HOST.gates()
