"""``pep786 status --all``: every interpreter and tool of the host, and which of them would send the signal."""

from __future__ import annotations

import os

from ..output import paint, plain, print_json
from . import deciding

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from ...enabling.host import Environment, Found, Host

#: What each tier means, for the person.
TIERS = {
    "native": "the tool sends it itself",
    "shim": "the shim in its environment sends it",
    "wrapper": "pep786 run sends it, before this command",
    "proxy": "the proxy sends it",
    "none": "not sent",
    "unknown": "cannot tell",
}
_SENDS = ("native", "shim", "wrapper", "proxy")
_REACHED = {
    "installed": "pep786-shim is installed",
    "enabled": "enabled",
    "venvs": "enabled for all environments of its installation",
}


def run(arguments: argparse.Namespace) -> int:
    """Show the host, and answer with the exit status."""
    from ...enabling import host

    found = host.look()
    if arguments.tool:
        _leave_only(arguments.tool, found)
    every = [tool for one in found.environments for tool in one.tools] + found.commands
    names = list(dict.fromkeys(tool.name for tool in every))
    if arguments.quiet:
        return 0 if all(map(deciding.opted_out, names or [arguments.tool or "pip"])) else 1
    opted_out = {name: deciding.decide(name).opted_out for name in names}
    notes = deciding.surprises(os.environ)
    if arguments.json:
        environments = [_environment(one, opted_out) for one in found.environments]
        commands = [_tool(tool, opted_out) for tool in found.commands]
        print_json({"environments": environments, "commands": commands, "notes": notes})
        return 0
    _print(found, opted_out)
    for note in notes:
        print(f"{paint('note', 'note')}  {note}")
    return 0


def _leave_only(name: str, host: Host) -> None:
    from dataclasses import replace

    narrowed = [replace(one, tools=tuple(t for t in one.tools if t.name == name)) for one in host.environments]
    host.environments = [one for one in narrowed if one.tools]
    host.commands = [tool for tool in host.commands if tool.name == name]


def _environment(one: Environment, opted_out: dict[str, bool]) -> dict[str, object]:
    return {
        "kind": one.kind,
        "python": one.path,
        "version": one.number,
        "shim": one.reached,
        "stale": one.stale,
        "fault": one.fault,
        "tools": [_tool(tool, opted_out) for tool in one.tools],
    }


def _tool(tool: Found, opted_out: dict[str, bool]) -> dict[str, object]:
    return {
        "name": tool.name,
        "version": tool.version,
        "path": tool.path,
        "on_path": tool.on_path,
        "signal": tool.tier,
        "opted_out": opted_out[tool.name],
        "would_send": opted_out[tool.name] and tool.tier in _SENDS,
    }


def _print(host: Host, opted_out: dict[str, bool]) -> None:
    for one in host.environments:
        said = plain(f"{one.kind} {one.number or ''}".rstrip())
        print(f"{paint(said, 'strong')}  {paint(plain(one.path), 'faint')}")
        if one.fault:
            print(f"  {paint('broken', 'bad')}: {plain(one.fault)}")
        elif one.stale:
            print(f"  {paint('stale', 'bad')}: it was enabled, and the pep786 that it leads to is gone or unreadable")
        elif one.reached:
            print(f"  {paint(_REACHED[one.reached], 'good')}")
        for tool in one.tools:
            _print_tool(tool, opted_out)
    if host.commands:
        print(paint("on PATH", "strong"))
        for tool in host.commands:
            _print_tool(tool, opted_out, where=True)
    every = [tool for one in host.environments for tool in one.tools] + host.commands
    reached = [tool for tool in every if tool.tier in _SENDS]
    sending = [tool for tool in reached if opted_out[tool.name]]
    print(f"\n{len(reached)} of {len(every)} tools can send the signal; as you are now, {len(sending)} would.")


def _print_tool(tool: Found, opted_out: dict[str, bool], *, where: bool = False) -> None:
    name = f"{tool.name} {tool.version or ''}".rstrip()
    tier = paint(f"{tool.tier:<8}", "good" if tool.tier in _SENDS else "note")
    not_now = "" if opted_out[tool.name] or tool.tier not in _SENDS else ", if you opt out"
    marked = paint("  on PATH", "faint") if tool.on_path and not where else ""
    path = f"  {paint(plain(tool.path), 'faint')}" if where and tool.path else ""
    print(f"  {plain(name):<24} {tier} {TIERS[tool.tier]}{not_now}{marked}{path}")
