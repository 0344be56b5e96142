"""Whose connection it is that comes from this machine, as Linux tells it.

Some uvs (before 0.6, as reqwest before them) drop Proxy-Authorization when plain http is redirected to another host,
and would be refused. The system knows better than any header who they are.
"""

from __future__ import annotations

import os

_TABLE = "/proc/net/tcp"
_ESTABLISHED = "01"  # of a socket that its process has closed the table says that it is root's


def is_ours(client: tuple[str, int], server: tuple[str, int]) -> bool:
    """Whether the other end of a connection belongs to this process's user; False where that cannot be told."""
    if not hasattr(os, "geteuid"):
        return False
    wanted = [_written(client), _written(server)]
    try:
        with open(_TABLE, encoding="ascii") as table:
            for line in table:
                words = line.split()
                if words[1:3] == wanted:
                    return words[3] == _ESTABLISHED and words[7] == str(os.geteuid())
    except (OSError, IndexError, UnicodeDecodeError):
        pass
    return False


def _written(address: tuple[str, int]) -> str:
    """An address as the table has it: the bytes of the number as this processor keeps them."""
    import socket
    import sys

    number = int.from_bytes(socket.inet_aton(address[0]), sys.byteorder)
    return f"{number:08X}:{address[1]:04X}"
