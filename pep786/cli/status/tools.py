"""``pep786 status``: the tools on PATH."""

from __future__ import annotations

import os

from ...children.commands import PROGRAMS
from ...config.values import show
from ..output import paint, plain, print_json
from . import deciding

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from ...decision import Decision, Setting
    from ...verify.installed import Installed

_TIERS = {
    "native": "sent by the tool itself",
    "shim": "sent by the shim in its environment",
    "none": "not sent: no shim is in its environment (pep786 enable puts it in, pep786 run for one run)",
    "unknown": "cannot tell: it is started by a program that is not a Python script",
    "absent": "the tool was not found on PATH",
}
_NOT_PYTHON = "not sent: it is no Python program; pep786 run {name} ... puts the proxy before it (pep786-shim[proxy])"


def run(arguments: argparse.Namespace) -> int:
    """Show what is decided for each, and answer with the exit status."""
    from ...verify import installed

    names = [arguments.tool] if arguments.tool else list(installed.TOOLS)
    if arguments.quiet:
        names = [name for name in names if arguments.tool or name == "pip" or installed.where(name)]
        return 0 if all(map(deciding.opted_out, names)) else 1
    tools = [(name, installed.find(name)) for name in names]
    shown = [(name, found, deciding.decide(name)) for name, found in tools if found or arguments.tool]
    told = {warning for _, _, decision in shown for warning in decision.warnings}
    notes = [note for note in deciding.surprises(os.environ) if note not in told]
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


def _print_tool(name: str, found: Installed | None, decision: Decision) -> None:
    version = f" {found.version}" if found and found.version else ""
    where = f"  {found.path or f'{found.python} -m {name}'}" if found else ""
    print(f"{paint(plain(name + version), 'strong')}{paint(plain(where), 'faint')}")
    print(f"  {_answer(decision)}: {_described(decision)}")
    for setting in decision.overridden:
        print(f"  overrides: {_placed(setting)}")
    for command, other in deciding.exceptions(name, decision):
        print(f"  but {command}: {_answer(other)}: {_described(other)}")
    tier = found.tier if found else "absent"
    sent = _NOT_PYTHON.format(name=name) if tier == "none" and name in PROGRAMS else _TIERS[tier]
    print(f"  signal: {paint(sent, 'good' if tier in ('native', 'shim') else 'note')}")
    for warning in [*decision.warnings, *deciding.hazards(name, decision)]:
        print(f"  {paint('warning', 'note')}: {warning}")
    print()


def _answer(decision: Decision) -> str:
    return paint("opted out", "good") if decision.opted_out else paint("not opted out", "bad")


def _described(decision: Decision) -> str:
    return decision.origin if decision.source == "default" else _placed(decision.considered[0])


def _placed(setting: Setting) -> str:
    value = f" = {show(setting.value)}" if setting.value else ""
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
        "exceptions": {command: other.as_dict() for command, other in deciding.exceptions(name, decision)},
        "hazards": deciding.hazards(name, decision),
    }
