"""``pep786 opt-out`` and ``pep786 opt-in``: the preference in configuration files, for good."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys

from .output import paint, plain, print_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any

    from ..decision import Decision, Setting
    from ..optout.switching import Report
    from ..optout.targets import Machine

_OUT = """\
Opt out for good: write no-analytics = true into our own configuration file, which speaks for every tool,
and into the file of each tool found here that takes it without harm. Nothing else in a file is changed."""

_OUT_EPILOG = """\
Examples:
  pep786 opt-out
  pep786 opt-out --dry-run                          show what would change
  pep786 opt-out --tool pip --scope site            the pip of this Python environment only
  sudo pep786 opt-out --scope global                everyone on this machine
  pep786 opt-out --allow packages.example           this index may count me (an extension of ours)
  pep786 opt-out --deny other.example               this one never, even where I am not opted out
  pep786 opt-out --forget other.example             as if it had never been named

With --allow, --deny or --forget only these choices are written, and nobody is opted out by them.

Exit status: 0 done, and opted out; 1 something could not be written or still says otherwise; 2 bad usage."""

_IN = """\
Take back what pep786 opt-out wrote at a scope, byte for byte where nothing else was changed. What you wrote
yourself stays; if it still opts you out, you are told where it stands."""

_IN_EPILOG = """\
Examples:
  pep786 opt-in
  pep786 opt-in --scope project --dry-run

Exit status: 0 done, and nothing opts out any more; 1 something still does, or could not be changed; 2 bad usage."""

_COMMANDS = {"pip-tools": "pip-compile"}
_ROLES = {"failed": "bad", "skipped": "faint", "left": "note", "already": "faint"}
_WOULD = {"created": "create", "changed": "change", "restored": "restore", "removed": "remove"}


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add both commands to the command line."""
    out = _add(commands, "opt-out", "opt out for good, in configuration files", _OUT, _OUT_EPILOG)
    for name, what in (
        ("allow", "an index that may count me"),
        ("deny", "an index that gets the signal in any case"),
        ("forget", "an index to take off both lists"),
    ):
        out.add_argument(f"--{name}", metavar="HOST", action="append", default=[], help=what)
    _add(commands, "opt-in", "take back what opt-out wrote", _IN, _IN_EPILOG)


def _add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, short: str, text: str, epilog: str
) -> argparse.ArgumentParser:
    import argparse

    parser = commands.add_parser(
        name, help=short, description=text, epilog=epilog, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tool", metavar="T", action="append", help="only this tool's own file; can be repeated")
    parser.add_argument("--scope", choices=("user", "site", "global", "project"), default="user", help="default: user")
    parser.add_argument("--dry-run", action="store_true", help="change nothing, show the difference")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    parser.set_defaults(run=run, command=name, allow=[], deny=[], forget=[])
    return parser


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked, and answer with the exit status."""
    try:
        choices = _choices(arguments)
        tools = _tools(arguments)
        machine = _machine(tools, arguments.scope)
    except ValueError as fault:
        print(f"pep786 {arguments.command}: {plain(str(fault))}", file=sys.stderr)
        return 2
    report = _done(machine, tools, choices, arguments)
    opting = not any(choices.values())
    decisions = {} if arguments.dry_run or not opting else {tool: _decisions(tool) for tool in tools}
    unheard = [
        tool for tool, found in decisions.items() if any(_is_against(arguments, each) for each in found.values())
    ]
    if arguments.json:
        print_json(_document(arguments, report, decisions, unheard))
    else:
        _print(arguments, report)
        for tool, found in decisions.items():
            _print_effect(arguments, tool, found)
        _print_end(arguments, choices)
    _complain(arguments, report)
    return 1 if report.failed or unheard else 0


def _choices(arguments: argparse.Namespace) -> dict[str, list[str]]:
    """The hosts by what is to be done with them. Raises ValueError for bad usage."""
    from ..optout.hosts import normal

    choices = {name: list(dict.fromkeys(map(normal, getattr(arguments, name)))) for name in ("allow", "deny", "forget")}
    named = [host for hosts in choices.values() for host in hosts]
    if len(named) != len(set(named)):
        raise ValueError("a host is named for two things at once")
    if named and arguments.scope == "project":
        raise ValueError("hosts are chosen in your own file or the machine's: a project does not say who may count you")
    if named and arguments.tool:
        raise ValueError("hosts are chosen for every tool: leave out --tool")
    return choices


def _tools(arguments: argparse.Namespace) -> list[str]:
    """The tools that are meant, by the names that our table has. Raises ValueError for one it does not know."""
    from ..config.table import TOOLS
    from ..verify import installed

    if not arguments.tool:
        return [tool for tool in TOOLS if tool == "pip" or installed.where(_COMMANDS.get(tool, tool))]
    asked = ["pip-tools" if tool in ("pip-compile", "pip-sync") else tool for tool in arguments.tool]
    for tool in asked:
        if tool not in TOOLS:
            raise ValueError(f"{tool}: we know no file of its own; it is one of {', '.join(TOOLS)}")
    return list(dict.fromkeys(asked))


def _machine(tools: list[str], scope: str) -> Machine:
    """This machine; for the scope of the Python environment, that of the pip which a person gets by its name.

    Raises ValueError where that one does not answer.
    """
    from ..optout.targets import Machine
    from ..verify import installed

    prefix = None
    pip = installed.find("pip") if scope == "site" and "pip" in tools else None
    if pip and pip.python:
        ask = [pip.python, "-c", "import sys; print(sys.prefix)"]
        try:
            where = os.path.dirname(pip.python)  # not where a project may have a module of Python's own name
            done = subprocess.run(ask, check=False, capture_output=True, text=True, timeout=30, cwd=where)
        except subprocess.TimeoutExpired:
            raise ValueError(f"{pip.python} does not answer, and so its pip.conf is not known") from None
        prefix = done.stdout.strip() or None
    return Machine(os.environ, prefix=prefix)


def _done(machine: Machine, tools: list[str], choices: dict[str, list[str]], arguments: argparse.Namespace) -> Report:
    from ..optout import hosts, switching, turns

    with turns.alone(machine, arguments.scope):
        if any(choices.values()):
            return hosts.choose(machine, arguments.scope, choices, dry_run=arguments.dry_run)
        act = switching.opt_out if arguments.command == "opt-out" else switching.opt_in
        return act(machine, tools, arguments.scope, named=bool(arguments.tool), dry_run=arguments.dry_run)


def _decisions(tool: str) -> dict[str, Decision]:
    """What is now decided for the tool, and for those commands of it for which something else is."""
    from ..resolver import resolve
    from .status.deciding import exceptions

    decision = resolve(tool)
    return {tool: decision, **dict(exceptions(tool, decision))}


def _is_against(arguments: argparse.Namespace, decision: Decision) -> bool:
    return decision.opted_out is not (arguments.command == "opt-out")


def _print(arguments: argparse.Namespace, report: Report) -> None:
    for line in report.diff if arguments.dry_run else []:
        print(paint(plain(line), "good" if line[:1] == "+" else "bad" if line[:1] == "-" else "faint"))
    for outcome in report.outcomes:
        if outcome.action == "failed":
            continue
        word = f"would {_WOULD[outcome.action]}" if arguments.dry_run and outcome.action in _WOULD else outcome.action
        detail = f"  ({plain(outcome.detail)})" if outcome.detail else ""
        if outcome.action == "skipped":
            # The reason is the end of a sentence that begins with the tool.
            line = f"{outcome.tool} {plain(outcome.detail)}"
        else:
            line = f"{_home(outcome.path)}{f' {outcome.table}' if outcome.table else ''}{detail}"
        print(f"{paint(word, _ROLES.get(outcome.action, 'good'))}: {line}")
    if not report.outcomes:
        print(f"Nothing was written at this scope ({arguments.scope}) that could be taken back.")


def _print_effect(arguments: argparse.Namespace, tool: str, found: dict[str, Decision]) -> None:
    """What holds for the tool from now on, and what stands against what was asked for."""
    from .status.deciding import hazards

    for name, decision in found.items():
        against = _is_against(arguments, decision)
        answer = "opted out" if decision.opted_out else "not opted out"
        if decision.opted_out or decision.source != "default":
            answer += f": {plain(decision.origin)}"
        print(f"{paint(name, 'strong')}: {paint(answer, 'bad' if against else 'good')}")
        for setting in decision.considered:
            if against and setting.opted_out is decision.opted_out:
                print(f"  {paint('to change that', 'note')}: {_remedy(arguments, setting)}")
        for warning in decision.warnings:
            print(f"  {paint('warning', 'note')}: {plain(warning)}")
    for hazard in hazards(tool, found[tool]):
        print(f"  {paint('warning', 'note')}: {plain(hazard)}")


def _remedy(arguments: argparse.Namespace, setting: Setting) -> str:
    """What a person does about a setting that says the opposite of what was asked for."""
    from ..resolver import CONFIGURED, HANDED_ON, VARIABLES

    if setting.source == "environment":
        return f"unset {setting.origin}"
    if setting.origin == CONFIGURED:
        return f"unset {VARIABLES[0]} {HANDED_ON}"
    if setting.source == "flag":
        return f"unset {HANDED_ON}"
    where = f"{_home(setting.file or '')}{f', line {setting.line}' if setting.line else ''}"
    if arguments.command == "opt-in":
        scope = _recorded(setting.file)
        if scope and (scope != arguments.scope or arguments.tool):
            return f"pep786 opt-in --scope {scope}  ({where})"
        return f"remove {plain(setting.key or '')} from {where}"
    return f"remove {plain(setting.key or '')} = {plain(setting.value)} from {where}"


def _recorded(path: str | None) -> str:
    """The scope at which opt-out wrote a file; "" when it did not."""
    from ..optout.switching import desk_for
    from ..optout.targets import Machine

    machine = Machine(os.environ)
    for scope in ("user", "global"):
        for entry in desk_for(machine, scope).record.entries:
            if entry.path == path:
                return entry.scope
    return ""


def _print_end(arguments: argparse.Namespace, choices: dict[str, list[str]]) -> None:
    from ..resolver import VARIABLES

    if arguments.dry_run:
        print("Nothing was changed.")
    elif any(choices.values()):
        set_here = [name for name in VARIABLES if os.environ.get(name)]
        if choices["allow"] and set_here:
            print(f"{paint('note', 'note')}: {set_here[0]} is set, and an environment variable beats --allow.")
    elif arguments.command == "opt-out":
        print("How the signal gets out of each tool: pep786 status")


def _complain(arguments: argparse.Namespace, report: Report) -> None:
    """What could not be done, one line each, and one for all that only root can."""
    name = f"pep786 {arguments.command}"
    # What is the person's own becomes no more writable by root's having it written: with sudo, "user" is root.
    as_root = arguments.scope in ("site", "global")
    denied = [outcome for outcome in report.failed if outcome.denied and as_root]
    for outcome in report.failed:
        if outcome not in denied:
            where = f"{_home(outcome.path)}: " if outcome.path else ""
            print(f"{name}: {where}{plain(outcome.detail)}", file=sys.stderr)
    if denied:
        paths = ", ".join(_home(path) for path in dict.fromkeys(outcome.path for outcome in denied))
        print(f"{name}: permission denied for {paths}; {_as_root(arguments)}", file=sys.stderr)
    for problem in report.problems:
        print(f"{name}: the record for opt-in {plain(problem)}", file=sys.stderr)


def _as_root(arguments: argparse.Namespace) -> str:
    if os.name == "nt":
        return "run it again as administrator"
    words = ["sudo", sys.executable, "-m", "pep786", arguments.command, "--scope", arguments.scope]
    for option in ("tool", "allow", "deny", "forget"):
        for value in getattr(arguments, option) or []:
            words += [f"--{option}", value]
    return "run: " + " ".join(shlex.quote(word) for word in words)


def _home(path: str) -> str:
    """The path as a person writes it."""
    home = os.path.expanduser("~")
    short = f"~{path[len(home) :]}" if len(home) > 1 and path.startswith(home + os.sep) else path
    return plain(short)


def _document(
    arguments: argparse.Namespace, report: Report, decisions: dict[str, dict[str, Decision]], unheard: list[str]
) -> dict[str, Any]:
    return {
        "command": arguments.command,
        "scope": arguments.scope,
        "dry_run": arguments.dry_run,
        "files": [outcome.as_dict() for outcome in report.outcomes],
        "diff": report.diff,
        "tools": [
            {
                "name": tool,
                "decision": found[tool].as_dict(),
                "fulfilled": tool not in unheard,
                "exceptions": {name: each.as_dict() for name, each in found.items() if name != tool},
            }
            for tool, found in decisions.items()
        ],
        "problems": report.problems,
    }
