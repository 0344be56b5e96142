"""Gates: the modules an adapter waits for, and having it look at them once they have run.

Only the start-up hook calls this, inside somebody else's tool, when a tool that has an adapter is imported.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Callable, Dict, Sequence

    Gate = Callable[[ModuleType], None]
    Gates = Dict[str, Gate]


def of(tool: str) -> Gates:
    """The gates of an adapter: full module name to a function that is called with the module."""
    adapter = __import__(f"pep786.adapters.{tool}", None, None, ["GATES"])
    gates: Gates = adapter.GATES
    return gates


def arm(gate: Gate, fullname: str, path: Sequence[str] | None, target: ModuleType | None) -> ModuleSpec | None:
    """Find the module as the other finders do, and have gate(module) called once it has run.

    The loader stays what it was, of the same type and with nothing left on it, so that inspect, pickle
    and reload see no difference.
    """
    spec = _ask_others(fullname, path, target)
    loader = getattr(spec, "loader", None)
    # zipimport has no exec_module before Python 3.10.
    method = "exec_module" if hasattr(loader, "exec_module") else "load_module"
    run = getattr(loader, method, None)
    if run is None:
        return spec

    def run_and_call(subject: ModuleType | str) -> object:
        result = run(subject)
        # The modules of a zip file share one loader: this may be another module.
        if getattr(subject, "__name__", subject) == fullname:
            if loader.__dict__.get(method) is run_and_call:
                delattr(loader, method)
            _call(gate, sys.modules[fullname])
        return result

    try:
        setattr(loader, method, run_and_call)
    except AttributeError as fault:
        warn(fullname, fault)
    return spec


def warn(name: str, fault: object) -> None:
    """Say in one line that the tool goes on without us; name is that of one of its modules."""
    try:  # noqa: SIM105  contextlib is an import more in somebody else's process
        sys.stderr.write(f"pep786: {name.partition('.')[0]} goes on without the shim ({fault!r} in {name})\n")
    except Exception:  # noqa: S110  no stderr, or a closed one: nobody to tell
        pass


def _ask_others(fullname: str, path: Sequence[str] | None, target: ModuleType | None) -> ModuleSpec | None:
    for finder in sys.meta_path:
        find_spec = getattr(finder, "find_spec", None)
        if find_spec is not None and not hasattr(finder, "pep786"):
            spec: ModuleSpec | None = find_spec(fullname, path, target)
            if spec is not None:
                return spec
    return None


def _call(gate: Gate, module: ModuleType) -> None:
    try:
        gate(module)
    except Exception as fault:
        warn(module.__name__, fault)
