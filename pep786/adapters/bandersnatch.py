"""bandersnatch: a mirror fetches pages, metadata and files through aiohttp."""

from __future__ import annotations

from ._host import Host

HOST = Host("bandersnatch", ("bandersnatch.main",))

GATES = HOST.gates()
