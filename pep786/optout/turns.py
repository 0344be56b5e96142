"""One command after the other: two that write at once would each undo what the other one wrote.

The person's home is locked, or the folder above the machine's record: it is there before anything of ours is, and
stays when all of that is gone. Where there are no such locks (Windows, some network drives), files are still compared
with what was read of them before they are replaced.
"""

from __future__ import annotations

import contextlib
import os

from ..config.folders import home
from ..locks import locked
from .record import machine_file
from .switching import is_of_machine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from .targets import Machine

# Somebody who may read the folder may lock it for ever: after so many seconds it is done without.
_PATIENCE = 120.0


@contextlib.contextmanager
def alone(machine: Machine, scope: str) -> Iterator[None]:
    """Nobody else who does so reads or writes for the scope until the block is left."""
    machine_wide = os.path.dirname(os.path.dirname(machine_file(machine.environ, machine.platform)))
    folder = machine_wide if is_of_machine(scope) else home(machine.environ, machine.platform)
    with locked(folder, _PATIENCE):
        yield
