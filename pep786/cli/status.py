"""``pep786 status``: what is decided for each tool found here, by what, and how the signal gets out."""

from __future__ import annotations

import os

from .. import resolver
from ..config.values import says_no
from .output import paint, plain, print_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Mapping

    from ..decision import Decision, Setting
    from ..verify.installed import Installed

_DESCRIPTION = """\
Say for each packaging tool found here whether you are opted out, what decided it and what that
overrides, and how the signal gets out of the tool."""

_EPILOG = """\
Examples:
  pep786 status
  pep786 status --tool uv --json
  pep786 status -q && echo "opted out"
  pep786 status --all                       every interpreter of this host, and the tools in each

Exit status: 0; with -q, 0 when opted out for every tool shown and 1 when not. 2 bad usage."""

# pip's commands that ask an index; each may have a section of its own in pip.conf.
_PIP_COMMANDS = ("install", "download", "wheel", "lock", "list", "index", "search")

_TIERS = {
    "native": "sent by the tool itself",
    "shim": "sent by the shim in its environment",
    "none": "not sent: no shim is in its environment (pep786 enable puts it in, pep786 run for one run)",
    "unknown": "cannot tell: it is started by a program that is not a Python script",
    "absent": "the tool was not found on PATH",
}


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this command to the command line."""
    import argparse

    parser = commands.add_parser(
        "status",
        help="show what is decided for each tool, and by what",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--tool", help="only this tool, whether it is found here or not")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--all", action="store_true", help="every interpreter and tool on this host")
    which.add_argument("--apps", action="store_true", help="applications that send usage metrics, and what is quieted")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    parser.add_argument("-q", "--quiet", action="store_true", help="print nothing; the exit status answers")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Show the status, and answer with the exit status."""
    if arguments.apps:
        from . import status_apps

        return status_apps.run(arguments)
    from ..verify import installed

    if arguments.all:
        from . import status_all

        return status_all.run(arguments)
    names = [arguments.tool] if arguments.tool else list(installed.TOOLS)
    if arguments.quiet:
        names = [name for name in names if arguments.tool or name == "pip" or installed.where(name)]
        return 0 if all(decide(name).opted_out for name in names) else 1
    tools = [(name, installed.find(name)) for name in names]
    shown = [(name, found, decide(name)) for name, found in tools if found or arguments.tool]
    notes = surprises(os.environ)
    if arguments.json:
        print_json({"tools": [_document(*row) for row in shown], "notes": notes})
        return 0
    for name, found, decision in shown:
        _print_tool(name, found, decision)
    if not shown:
        print("No packaging tool was found on PATH.")
    for note in notes:
        print(f"{paint('note', 'note')}  {note}")
    return 0


def surprises(environ: Mapping[str, str]) -> list[str]:
    """What the variables in environ do that a person may not expect, one sentence each."""
    by_variable = [name for name in resolver.VARIABLES if environ.get(name)]
    notes = [
        f"{name}={plain(environ[name])} opts out: any value that is not empty does. Unset it to undo."
        for name in by_variable
        if says_no(environ[name])
    ]
    if by_variable:
        notes.append(
            "sudo, cron and systemd do not pass your variables on; a configuration file holds there "
            "(/etc/pep786/config.toml: no-analytics = true)."
        )
    elif environ.get("DO_NOT_TRACK"):
        notes.append("DO_NOT_TRACK is set, but is not this preference. Set PIP_NO_ANALYTICS=1 to opt out.")
    if environ.get("PIP_ANALYTICS"):
        notes.append("PIP_ANALYTICS opts nobody in or out. Use --analytics, or unset the variables that opt out.")
    return notes


def hazards(name: str, decision: Decision) -> list[str]:
    """Places that we read but the tool itself cannot bear (design, D17)."""
    if name != "uv":
        return []
    return [
        f"{setting.origin}: uv does not know this key yet and drops its whole configuration, private indexes "
        "included. Write it under [tool.pep786] in pyproject.toml."
        for setting in decision.considered
        if setting.opted_out is not None and _is_uvs_own(setting)
    ]


def exceptions(name: str, decision: Decision) -> list[tuple[str, Decision]]:
    """The commands of pip for which a section of their own decides otherwise (design, D5)."""
    if name != "pip":
        return []
    decided = [(f"pip {command}", resolver.resolve("pip", command=command)) for command in _PIP_COMMANDS]
    return [(command, other) for command, other in decided if other.opted_out is not decision.opted_out]


def decide(name: str) -> Decision:
    """What is decided for a tool by its command; pip-compile and pip-sync are configured as pip-tools."""
    return resolver.resolve("pip-tools" if name in ("pip-compile", "pip-sync") else name)


def _is_uvs_own(setting: Setting) -> bool:
    return setting.section == "tool.uv" or os.path.basename(setting.file or "") == "uv.toml"


def _print_tool(name: str, found: Installed | None, decision: Decision) -> None:
    version = f" {found.version}" if found and found.version else ""
    where = f"  {found.path or f'{found.python} -m {name}'}" if found else ""
    print(f"{paint(name + version, 'strong')}{paint(where, 'faint')}")
    print(f"  {_answer(decision)}: {_described(decision)}")
    for setting in decision.overridden:
        print(f"  overrides: {_placed(setting)}")
    for command, other in exceptions(name, decision):
        print(f"  but {command}: {_answer(other)}: {_described(other)}")
    tier = found.tier if found else "absent"
    print(f"  signal: {paint(_TIERS[tier], 'good' if tier in ('native', 'shim') else 'note')}")
    for warning in [*decision.warnings, *hazards(name, decision)]:
        print(f"  {paint('warning', 'note')}: {warning}")
    print()


def _answer(decision: Decision) -> str:
    return paint("opted out", "good") if decision.opted_out else paint("not opted out", "bad")


def _described(decision: Decision) -> str:
    return decision.origin if decision.source == "default" else _placed(decision.considered[0])


def _placed(setting: Setting) -> str:
    value = f" = {plain(setting.value)}" if setting.value else ""
    line = f" (line {setting.line})" if setting.line else ""
    return f"{setting.origin}{value}{line}"


def _document(name: str, found: Installed | None, decision: Decision) -> dict[str, object]:
    return {
        "name": name,
        "path": found.path if found else None,
        "python": found.python if found else None,
        "version": found.version if found else None,
        "signal": found.tier if found else "absent",
        "decision": decision.as_dict(),
        "exceptions": {command: other.as_dict() for command, other in exceptions(name, decision)},
        "hazards": hazards(name, decision),
    }
