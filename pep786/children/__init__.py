"""Child processes: a packaging tool that this one starts takes the decision and the shim along.

The environment of the child carries the decision, and the command line, rewritten, carries the shim: both
reach a child that ignores PYTHONPATH (-I, -E), has its environment scrubbed, or runs in a virtual environment
that never saw us (facts about the tools, sections 0 and 4). A process that is no packaging tool is started
exactly as it was.
"""

from __future__ import annotations

import os

from ..startup import gates
from . import commands

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any, Callable, MutableMapping

    HandOn = Callable[[MutableMapping[str, str]], bool]

#: Stock pip writes the value of this variable into its User-Agent, even when isolated. The last resort, for
#: a pip that no code of ours can get into; an index that looks for the PEP's signal does not know it.
LAST_RESORT = ("PIP_USER_AGENT_USER_DATA", "no-analytics")

_MARK = "pep786"


def accompany(hand_on: HandOn) -> None:
    """Go along from now on with every packaging tool that this process starts.

    hand_on writes the decision into an environment and says whether it was to opt out. The first one is asked;
    that of a pip inside of another tool leaves the answer to the tool.
    """
    gates.wait_for({"subprocess": lambda module: _watch_popen(hand_on, module), "os": lambda _: _watch_exec(hand_on)})


def prepare(command: list[Any], environ: MutableMapping[str, str], hand_on: HandOn) -> list[Any] | None:
    """What a command is to be run as, its environment changed in place; None: as it is, environment too."""
    spelled = [os.fsdecode(argument) for argument in command]
    if commands.started(spelled) in commands.PROGRAMS:
        opted_out = hand_on(environ)
        return (commands.wrapped(spelled, environ) if opted_out else None) or command
    accompanied = commands.accompanied(spelled, environ)
    if accompanied is None and (not spelled or commands.script_name(spelled[0]) not in commands.SCRIPTS):
        return None
    opted_out = hand_on(environ)
    if accompanied is not None and os.access(commands.LAUNCHER, os.R_OK):
        return accompanied
    if opted_out:
        environ.setdefault(*LAST_RESORT)
    return command


def _watch_popen(hand_on: HandOn, module: ModuleType) -> None:
    popen_class = module.Popen
    init = popen_class.__init__
    if hasattr(init, _MARK):
        return

    def __init__(popen: Any, args: Any, *rest: Any, **kwargs: Any) -> None:  # noqa: N807  as Popen's own is called
        asked_for = args
        # Options by position, another executable, a shell or another user: left as they are.
        if len(rest) <= 1 and not any(kwargs.get(name) for name in ("executable", "shell", "user", "preexec_fn")):
            args = _prepared(args, kwargs, hand_on)
        init(popen, args, *rest, **kwargs)
        popen.args = asked_for  # what error messages show

    __init__.__wrapped__ = init  # type: ignore[attr-defined]
    setattr(__init__, _MARK, True)
    popen_class.__init__ = __init__


def _prepared(args: Any, kwargs: dict[str, Any], hand_on: HandOn) -> Any:
    if not isinstance(args, (list, tuple)):
        return args
    try:
        if kwargs.get("cwd") and not os.path.isabs(os.fsdecode(args[0])) and os.path.dirname(os.fsdecode(args[0])):
            return args  # a path relative to where the child will be
        environ = dict(os.environ if kwargs.get("env") is None else kwargs["env"])
        prepared = prepare(list(args), environ, hand_on)
    except Exception as fault:
        gates.warn("subprocess", fault)
        return args
    if prepared is None:
        return args
    kwargs["env"] = environ
    return prepared


def _watch_exec(hand_on: HandOn) -> None:
    """Commands like ``poetry run`` become what they run; the other exec functions come down to these (os.py)."""
    execv, execve = os.execv, os.execve
    if hasattr(execve, _MARK):
        return

    def _execve(path: Any, argv: Any, env: Any) -> Any:
        return execve(*_become(path, argv, env, hand_on))

    def _execv(path: Any, argv: Any) -> Any:
        become = _become(path, argv, os.environ, hand_on)
        return execv(path, argv) if become[2] is os.environ else execve(*become)

    setattr(_execve, _MARK, True)
    os.execve, os.execv = _execve, _execv


def _become(path: Any, argv: Any, env: Any, hand_on: HandOn) -> tuple[Any, Any, Any]:
    """The arguments of os.execve; the very same ones where no packaging tool is started."""
    try:
        environ = dict(env)
        prepared = prepare([path, *argv[1:]], environ, hand_on)
    except Exception as fault:
        gates.warn("os", fault)
        prepared = None
    if prepared is None:
        return path, argv, env
    # A Python keeps the name it was called by, from which it finds its environment.
    name = argv[0] if prepared[0] == os.fsdecode(path) else prepared[0]
    return prepared[0], [name, *prepared[1:]], environ
