"""PEP 786 (draft): one opt-out from package index analytics, for every tool.

Tools import this package inside other people's processes: nothing is loaded until a name is used.
"""

from __future__ import annotations

__version__ = "0.1.0"

__all__ = [
    "Decision",
    "Setting",
    "build_headers",
    "preference",
    "resolve",
    "wants_analytics_opt_out",
]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import preference
    from .decision import Decision, Setting
    from .resolver import build_headers, resolve, wants_analytics_opt_out

_HOMES = {
    "Decision": "decision",
    "Setting": "decision",
    "build_headers": "resolver",
    "resolve": "resolver",
    "wants_analytics_opt_out": "resolver",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = __import__(f"{__name__}.{_HOMES.get(name, name)}", fromlist=["*"])
    value = getattr(module, name) if name in _HOMES else module
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
