"""pdm's plugin: what the start-up hook does, for a pdm that found us by its own means."""

from __future__ import annotations

from ..adapters import _flags
from ..adapters import pdm as adapter
from ..startup import gates

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def register(core: Any) -> None:
    """The options, the setting and the signal, for the commands of other plugins too (entry point).

    core: pdm's own, whose parser is made by now.
    """
    gates.attach("pdm")
    _flags.add_to_subparsers(core.parser, adapter.HOST, but=adapter.PASSING_ON)
