"""Gates: the modules an adapter waits for, and having it look at them once they have run.

Only the start-up hook calls this, inside somebody else's tool, when a tool that has an adapter is imported.
"""

from __future__ import annotations

import sys

#: What is said is cut here: a variable may hold a hundred thousand letters.
_LONG = 4000

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any, Callable, Dict, Sequence

    Gate = Callable[[Any], None]
    Gates = Dict[str, Gate]


def of(tool: str) -> Gates:
    """The gates of an adapter: full module name to a function that is called with the module."""
    adapter = __import__(f"pep786.adapters.{tool}", None, None, ["GATES"])
    gates: Gates = adapter.GATES
    return gates


def arm(gate: Gate, fullname: str, path: Sequence[str] | None, target: ModuleType | None) -> ModuleSpec | None:
    """Find the module as the other finders do, and have gate(module) called once it has run.

    The loader stays what it was, of the same type and with nothing left on it, so that inspect, pickle
    and reload see no difference. A ``__main__`` is run by runpy past its loader, so its gate is called with None
    when it is found: to look for it is to run it (facts about the tools, T24).
    """
    if fullname.endswith(".__main__"):
        _call(gate, fullname, None)
        return None
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
            _call(gate, fullname, sys.modules[fullname])
        return result

    try:
        setattr(loader, method, run_and_call)
    except AttributeError as fault:
        warn(fullname, fault)
    return spec


def wait_for(gates: Gates) -> None:
    """Call these gates too: at once where the module is there already, else when it comes."""
    finder = _finder()
    if finder is not None:
        finder.arm = arm
        for name, gate in gates.items():
            if name not in sys.modules:
                finder.gates.setdefault(name, gate)
    for name, gate in gates.items():
        if name in sys.modules:
            _call(gate, name, sys.modules[name])


def attach(tool: str) -> bool:
    """What the hook does when a tool is imported, for a tool that is there already and loads us as its plugin.

    Returns whether that was needed: False where the hook was there before.
    """
    import _pep786_startup

    _pep786_startup.install()  # type: ignore[no-untyped-call]
    finder = _finder()
    if finder.tools is None:
        finder.tools = finder.list_tools()
    if tool not in finder.tools:
        return False
    finder.tools.discard(tool)
    wait_for(of(tool))
    return True


def launched() -> str | None:
    """The tool that startup/launcher.py was told this process is; None in any other process."""
    finder = _finder()
    return None if finder is None else finder.launched


def _finder() -> Any:
    return next((finder for finder in sys.meta_path if hasattr(finder, "pep786")), None)


def warn(name: str, fault: object) -> None:
    """Say in one line that the tool goes on without us; name is that of one of its modules."""
    say(f"{name.partition('.')[0]} goes on without the shim ({fault!r} in {name})")


def say(text: str) -> None:
    """One line on standard error, whatever is in the text: a path can hold line ends, and what a terminal acts on."""
    line = "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text[:_LONG])
    try:
        sys.stderr.write(f"pep786: {line}\n")
        sys.stderr.flush()  # before this process becomes another one
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


def _call(gate: Gate, fullname: str, module: ModuleType | None) -> None:
    try:
        gate(module)
    except Exception as fault:
        warn(fullname, fault)
