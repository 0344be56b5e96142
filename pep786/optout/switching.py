"""Opting out and in again: which places, in which order, and what came of it."""

from __future__ import annotations

import os

from ..config.table import TOOLS
from . import record as records
from .desk import Desk, Outcome
from .record import Record
from .targets import OWN, targets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .record import Entry
    from .targets import Machine


class Report:
    """What a command did, or would do: the outcomes, the diff, and what is wrong with the record."""

    def __init__(self, outcomes: list[Outcome], diff: list[str], problems: list[str]) -> None:
        self.outcomes = outcomes
        self.diff = diff
        self.problems = problems

    @property
    def failed(self) -> list[Outcome]:
        """Where it could not be done."""
        return [outcome for outcome in self.outcomes if outcome.action == "failed"]


def opt_out(machine: Machine, tools: list[str], scope: str, *, named: bool = False, dry_run: bool = False) -> Report:
    """Write the opt-out for the tools at the scope; ours first, unless the person named the tools."""
    desk = desk_for(machine, scope)
    outcomes = []
    found = targets(machine, tools, scope, named=named)
    placeless = [target.tool for target in found if target.place is None and target.tool != OWN]
    for target in found:
        if target.place is None:
            action = "failed" if target.needed else "skipped"
            outcomes.append(Outcome(target.tool, scope, action, target.reason))
        else:
            outcomes.append(desk.put(target, placeless if named and target.tool == OWN else []))
    return finish(desk, outcomes, dry_run=dry_run)


def opt_in(machine: Machine, tools: list[str], scope: str, *, named: bool = False, dry_run: bool = False) -> Report:
    """Take back what :func:`opt_out` wrote at the scope, for the named tools or for all."""
    desk = desk_for(machine, scope)
    outcomes = []
    for entry in reversed(desk.record.entries):
        if entry.scope != scope or not _is_here(machine, entry):
            continue
        if not named or entry.tool in tools or (entry.tool == OWN and set(entry.tools) & set(tools)):
            others = sorted(set(entry.tools) - set(tools))
            if named and entry.tool == OWN and others:
                why = f"it speaks for {', '.join(others)} as well"
                outcomes.append(Outcome(OWN, scope, "left", why, path=entry.path))
            else:
                outcomes.append(desk.undo(entry))
    recorded = {entry.path for entry in desk.record.entries}
    candidates = targets(machine, tools if named else list(TOOLS), scope, named=named)
    for target in candidates:
        if target.place and target.place.path not in recorded and not (named and target.tool == OWN):
            outcome = desk.remove_if_ours(target)
            outcomes += [outcome] if outcome else []
    return finish(desk, outcomes, dry_run=dry_run)


def desk_for(machine: Machine, scope: str) -> Desk:
    """A desk with the record that belongs to the scope; what is of the machine is for everyone to read."""
    private = scope in ("user", "project")
    if is_of_machine(scope):
        record = Record(records.machine_file(machine.environ, machine.platform), private=False)
    else:
        record = Record(records.user_file(machine.environ, machine.platform), private=True)
    return Desk(record, private=private)


def is_of_machine(scope: str) -> bool:
    """Whether what is written at the scope is the machine's: a virtual environment (site) is often a person's own."""
    root = not hasattr(os, "geteuid") or os.geteuid() == 0
    return scope == "global" or (scope == "site" and root)


def finish(desk: Desk, outcomes: list[Outcome], *, dry_run: bool) -> Report:
    """Write what lies on the desk, or only show it."""
    diff = desk.diff()
    return Report(outcomes, diff, [] if dry_run else desk.commit())


def _is_here(machine: Machine, entry: Entry) -> bool:
    """Whether a change to a project was to the one that the person stands in."""
    if entry.scope != "project":
        return True
    folder = os.path.dirname(entry.path)
    here = os.path.abspath(machine.cwd or os.curdir)
    return here == folder or here.startswith(folder.rstrip(os.sep) + os.sep)
