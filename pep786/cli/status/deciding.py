"""What is decided for a tool, and what of that a person may not expect."""

from __future__ import annotations

import os

from ... import resolver
from ...config import own
from ...config.values import show
from ...decision import says_no

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Mapping

    from ...decision import Decision, Setting

# pip's commands that ask an index; each may have a section of its own in pip.conf.
_PIP_COMMANDS = ("install", "download", "wheel", "lock", "list", "index", "search")


def decide(name: str) -> Decision:
    """What is decided for a tool by its command; pip-compile and pip-sync are configured as pip-tools."""
    return resolver.resolve("pip-tools" if name in ("pip-compile", "pip-sync") else name)


def opted_out(name: str) -> bool:
    """Whether that is so for the tool, all its commands included."""
    decision = decide(name)
    return decision.opted_out and not exceptions(name, decision)


def surprises(environ: Mapping[str, str]) -> list[str]:
    """What the variables and our own files do that a person may not expect, one sentence each."""
    by_variable = [name for name in resolver.VARIABLES if environ.get(name)]
    notes = [
        f"{name}={show(environ[name])} opts out: any value that is not empty does. Unset it to undo."
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
    return [*notes, *_single_hosts(environ, beaten=bool(by_variable))]


def _single_hosts(environ: Mapping[str, str], *, beaten: bool) -> list[str]:
    """What is chosen for single hosts, unless a variable beats it, and what is wrong in our files."""
    found = own.read(environ)
    if found.hosts is None:
        return found.warnings
    allowed = sorted(host for host, signed in found.hosts.choices.items() if not signed)
    denied = [host or "every host" for host in found.hosts.denied]
    notes = []
    if allowed and not beaten:
        notes.append(f"{', '.join(allowed)}: may count you, by [hosts] allow; no signal goes there.")
    if denied and not beaten:
        notes.append(f"{', '.join(denied)}: may not count you, by [hosts] deny; the signal goes there in any case.")
    return [*notes, *found.hosts.warnings, *found.warnings]


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


def _is_uvs_own(setting: Setting) -> bool:
    return setting.section == "tool.uv" or os.path.basename(setting.file or "") == "uv.toml"
