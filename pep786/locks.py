"""A folder for one process at a time, by its own lock: nothing is written for it, and it ends with the process."""

from __future__ import annotations

import contextlib
import os
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_PAUSE = 0.02


@contextlib.contextmanager
def locked(folder: str, patience: float) -> Iterator[bool]:
    """Wait for the folder as many seconds, and keep it until the block is left. False: somebody else still has it.

    True as well where there are no such locks (Windows, some network drives).
    """
    try:
        import fcntl  # noqa: F401  Windows has none

        handle = os.open(folder, os.O_RDONLY)
    except (ImportError, OSError):
        yield True
        return
    until = time.monotonic() + patience
    try:
        while not _taken(handle):
            if time.monotonic() >= until:
                yield False
                return
            time.sleep(_PAUSE)
        yield True
    finally:
        os.close(handle)


def _taken(handle: int) -> bool:
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        pass  # a file system without
    return True
