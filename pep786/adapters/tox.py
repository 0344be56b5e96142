"""tox asks no index itself: it starts pip in each of its environments, with only PIP_* passed on.

``tox.run`` is where version 4 starts, ``tox.session`` where version 3 does.
"""

from __future__ import annotations

from ._host import Host

HOST = Host("tox", ("tox.run", "tox.session"), requests=False)

GATES = HOST.gates()
