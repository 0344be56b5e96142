"""``pep786 run``: any tool, with the signal, although nothing of ours is installed in its environment.

Read by hand and light to import: it stands before every start of a tool. On POSIX the process becomes the tool,
so that its exit status and its signals are the tool's own.
"""

from __future__ import annotations

import os
import sys

from .. import apps, resolver
from ..children import commands
from ..choice import Choice
from ..config.values import show
from ..proxy import inherited, programs
from ..startup import INJECTED

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import MutableMapping

    from ..decision import Decision
    from ..proxy.programs import Program

_HELP = """\
usage: pep786 run [--no-analytics | --analytics] [--apps] [--only HOST] [--] COMMAND [ARGUMENT ...]

Run a packaging tool, or anything that starts one, and have it send the signal although pep786-shim is
not installed in its environment. The environment and the tool's configuration decide, unless one of
the options does; of several the last wins.

uv, and the uv that maturin, rye or pixi have in them or start, send it through a proxy that lives as
long as they do. That needs pip install 'pep786-shim[proxy]'; without it such a program is not run where
you are opted out. uv and maturin were tested; rye and pixi never were, only stand-ins for them.

options:
  --no-analytics  ask the index to leave this run out of shared analytics
  --analytics     send no such request, whatever is configured
  --apps          quiet the usage metrics of applications too, where you are opted out (docs/apps.md).
                  PEP786_APPS=1 says the same
  --only HOST     have the proxy look into connections to this host, and all below it, and no other;
                  repeatable. All others are left alone: what goes there is UNSIGNALLED, files on a
                  second host too. PEP786_ONLY_HOSTS=HOST,HOST says the same
  -h, --help      show this help message and exit

Examples:
  pep786 run -- poetry install
  pep786 run --no-analytics tox
  pep786 run -- uv sync
  pep786 run --only pypi.org --only files.pythonhosted.org -- uv sync
  pep786 run -- make requirements
  pep786 run --apps -- python analysis.py

Exit status: the command's own; 127 it was not found, 126 it cannot be run, 2 bad usage."""

_SUMMARY = "run any tool with the signal, although the shim is not installed beside it"


def add_parser(parsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """List this command among the others; :func:`main` reads its command line."""
    parsers.add_parser("run", help=_SUMMARY, add_help=False)


class _MisusedError(Exception):
    """Not how it is used; the message is one line for the person."""


def main(arguments: list[str]) -> int:
    """Run what follows ``pep786 run``. Returns an exit status where the process did not become the tool."""
    try:
        return _run(arguments)
    except KeyboardInterrupt:  # the command would have ended by the signal itself
        import signal

        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
        return 130


def _run(arguments: list[str]) -> int:
    environ = dict(os.environ)
    try:
        flag = _options(arguments, environ)
    except _MisusedError as fault:
        return _misused(str(fault))
    if flag == "help":
        print(_HELP)
        return 0
    if not arguments:
        return _misused("which command? For example: pep786 run -- poetry install")
    asked = bool(environ.get(apps.VARIABLE)) and not os.environ.get(apps.VARIABLE)
    wanted = None if flag is None else flag == "--no-analytics"
    if apps.hand_on(environ, flag=wanted) is False and asked:
        _say("--apps quiets nothing: you are not opted out; --no-analytics opts out")
    program = programs.of(arguments)
    if program and not _is_there(arguments[0], environ):  # before the proxy is asked for
        return _not_found(arguments)
    if program:
        return _run_beside_the_proxy(program, arguments, wanted, environ)
    if wanted is not None:
        _hand_on(resolver.resolve(flag=wanted, environ=environ), environ)
    _offer_the_proxy(environ)
    _inject(environ)
    return _become(_reachable(arguments, environ), environ)


def _options(arguments: list[str], environ: MutableMapping[str, str]) -> str | None:
    """Take our own options away. Returns the last of the two flags, "help", or None; the hosts go into environ."""
    flag, only = None, []
    while arguments and arguments[0].startswith("-"):
        option, equals, value = arguments.pop(0).partition("=")
        if option in ("-h", "--help"):
            return "help"
        if option == "--" and not equals:
            break
        if option == "--only":
            only.append(value if equals or not arguments else arguments.pop(0))  # none is a fault of its own
        elif option in ("--no-analytics", "--analytics") and not equals:
            flag = option
        elif option == "--apps" and not equals:
            environ[apps.VARIABLE] = "1"
        else:
            said = f"{option}{equals}{value}"
            raise _MisusedError(f"unknown option {show(said)}; the command's own options go after the command")
    if only:
        from ..proxy import launch, policy

        try:
            environ[launch.ONLY] = ",".join(host for one in only for host in policy.listed(one))
        except ValueError as fault:
            raise _MisusedError(f"--only: {fault}; for example: pep786 run --only pypi.org -- uv sync") from None
    return flag


def _run_beside_the_proxy(
    program: Program, command: list[str], flag: bool | None, environ: MutableMapping[str, str]
) -> int:
    """Run a program that no code of ours gets into: with the proxy where it is opted out, or not at all."""
    from ..proxy import launch, lifetime, uv_config, uv_options

    line = shield = None
    cwd, seen = None, environ
    proxied = True
    if not _is_somewhere():
        return _misused(f"{command[0]}: the current directory does not exist")
    if program.tool == "uv":
        uv_config.disinherit(environ)
        line = uv_options.parse(command)
        proxied = programs.asks_an_index(line)
        flag = flag if line.flag is None else line.flag
        cwd, seen = line.seen(environ)
    choice = Choice.of(resolver.resolve(program.tool, flag=flag, environ=seen, cwd=cwd), seen)
    if flag is not None:
        _hand_on(choice.decision, environ)
    proxied = proxied and choice.speaks
    for warning in choice.warnings:
        _say(warning)
    try:
        if line:
            shield = uv_config.shield(line, environ, proxied=proxied, announce=lifetime.remove_after)
            command = shield.command
            for note in shield.notes:
                _say(note)
        if proxied:
            suffix = resolver.wants_suffix(environ)
            command = launch.beside(command, environ, program, suffix=suffix, choice=choice, line=line, shield=shield)
    except (launch.NoProxyError, uv_config.ShieldError, OSError, RuntimeError) as fault:
        if shield:
            lifetime.remove(shield.paths)
        return _misused(f"{command[0]}: {fault}")
    _inject(environ)
    return _become(command, environ)


def _hand_on(decision: Decision, environ: MutableMapping[str, str]) -> None:
    """Tell whatever the command starts what one of the options decided."""
    resolver.hand_on(decision, environ)
    if not decision.opted_out:
        inherited.take_back(environ)


def _offer_the_proxy(environ: MutableMapping[str, str]) -> None:
    """Tell a tool that starts uv which Python can stand before it: the tool's own seldom has the proxy."""
    python = commands.wrapping_python()
    if python:
        environ.setdefault(commands.WRAPPING_PYTHON, python)


def _inject(environ: MutableMapping[str, str]) -> None:
    """Put our sitecustomize before everything else on PYTHONPATH; it gives way to the person's own."""
    paths = environ.get("PYTHONPATH", "").split(os.pathsep) if environ.get("PYTHONPATH") else []
    environ["PYTHONPATH"] = os.pathsep.join([INJECTED, *(path for path in paths if path != INJECTED)])


def _reachable(command: list[str], environ: MutableMapping[str, str]) -> list[str]:
    """The command itself, or through the launcher where Python is told to ignore PYTHONPATH (-I, -E)."""
    accompanied = commands.accompanied(command, environ)
    if accompanied is None:
        return command
    options = accompanied[1 : accompanied.index(commands.LAUNCHER)]
    ignores = any(letter in option for option in options if not option.startswith("-X") for letter in "IE")
    return accompanied if ignores else command


def _become(command: list[str], environ: MutableMapping[str, str]) -> int:
    try:
        if os.name == "nt":  # there exec ends this process at once, and the shell goes on
            import subprocess

            return subprocess.run(command, check=False, env=environ).returncode
        os.execvpe(command[0], command, environ)  # noqa: S606  to become it is the purpose
    except (FileNotFoundError, NotADirectoryError):
        return _not_found(command)
    except OSError as fault:
        _say(f"{command[0]}: {fault.strerror}")
        return 126


def _not_found(command: list[str]) -> int:
    _say(f"{command[0]}: command not found")
    return 127


def _is_there(command: str, environ: MutableMapping[str, str]) -> bool:
    import shutil

    return shutil.which(command, os.F_OK, environ.get("PATH")) is not None


def _is_somewhere() -> bool:
    try:
        os.getcwd()
    except OSError:
        return False
    return True


def _misused(what: str) -> int:
    _say(what)
    return 2


def _say(what: str) -> None:
    """A line for the person; at once, since the program takes this process's place."""
    print(f"pep786 run: {what}", file=sys.stderr, flush=True)
