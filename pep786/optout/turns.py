"""One command after the other: two that write at once would each undo what the other one wrote.

The person's home is locked, or the folder above the machine's record: it is there before anything of ours is, and
stays when all of that is gone. Where there are no such locks (Windows, some network drives), files are still compared
with what was read of them before they are replaced.
"""

from __future__ import annotations

import contextlib
import os
import time

from ..config.folders import home
from .record import machine_file
from .switching import is_of_machine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from .targets import Machine

# Somebody who may read the folder may lock it for ever: after so many seconds it is done without.
_PATIENCE = 30.0
_PAUSE = 0.02


@contextlib.contextmanager
def alone(machine: Machine, scope: str) -> Iterator[None]:
    """Nobody else who does so reads or writes for the scope until the block is left."""
    machine_wide = os.path.dirname(os.path.dirname(machine_file(machine.environ, machine.platform)))
    folder = machine_wide if is_of_machine(scope) else home(machine.environ, machine.platform)
    handle = _locked(folder)
    try:
        yield
    finally:
        if handle is not None:
            os.close(handle)


def _locked(folder: str) -> int | None:
    try:
        import fcntl

        handle = os.open(folder, os.O_RDONLY)
    except (ImportError, OSError):
        return None
    until = time.monotonic() + _PATIENCE
    try:
        while True:
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return handle
            if time.monotonic() > until:
                break
            time.sleep(_PAUSE)
    except OSError:
        pass  # a file system without
    os.close(handle)
    return None
