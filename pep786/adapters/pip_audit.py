"""pip-audit: the index's own vulnerability data, and with -r a pip in an environment of its own."""

from __future__ import annotations

from ._host import Host

HOST = Host("pip_audit", ("pip_audit._cli",), name="pip-audit")

GATES = HOST.gates()
