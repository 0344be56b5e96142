"""hatch: options before the command, and the pip that it starts for every installation."""

from __future__ import annotations

from . import _flags
from ._host import Host

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

HOST = Host("hatch", ("hatch.cli",))


def _take(module: ModuleType) -> None:
    HOST.take()
    _flags.add_to_click(module.hatch, HOST)


GATES = {**HOST.gates(), "hatch.cli": _take}
