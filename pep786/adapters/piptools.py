"""pip-tools: pip-compile runs pip's internals in its own process, pip-sync starts pip."""

from __future__ import annotations

from . import _flags
from ._host import Host

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

HOST = Host(
    "piptools",
    name="pip-tools",
    library=("piptools.scripts.compile", "piptools.scripts.sync"),
    scripts=("pip-compile", "pip-sync"),
)


def _add_flags(module: ModuleType) -> None:
    HOST.take_if_main()
    _flags.add_to_click(module.cli, HOST)


GATES = {**HOST.gates(), "piptools.scripts.compile": _add_flags, "piptools.scripts.sync": _add_flags}
