"""pex: it starts a pip of its own, isolated, and fetches the files of a lock itself."""

from __future__ import annotations

from ._host import Host

HOST = Host("pex", ("pex.bin.pex", "pex.cli.pex"))

GATES = HOST.gates()
