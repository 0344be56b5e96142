"""Usage metrics that applications send themselves: quieted for who opted out, and only on request.

The draft is about package indexes; what an application sends home is none of its business. So nothing here does
anything unless the person asks: ``pep786 run --apps``, ``PEP786_APPS=1``, or ``apps = true`` in the configuration.
One module to a system, which says how the system's own switch is set and what is put between where that leaks.

This package is loaded inside of applications: nothing is imported until a name is used.
"""

from __future__ import annotations

__all__ = ["VARIABLE", "Request", "State", "hand_on", "quiets", "requested", "states"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .environment import hand_on
    from .request import VARIABLE, Request, quiets, requested
    from .state import State, states

_HOMES = {
    "VARIABLE": "request",
    "Request": "request",
    "State": "state",
    "hand_on": "environment",
    "quiets": "request",
    "requested": "request",
    "states": "state",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(__import__(f"{__name__}.{_HOMES[name]}", fromlist=["*"]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
