"""``pep786 status --apps``: applications that send usage metrics, their own switch, and whether it is quieted here."""

from __future__ import annotations

from ... import apps
from ..output import paint, plain, print_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse


def run(arguments: argparse.Namespace) -> int:
    """Show every system that pep786.apps knows, and answer with the exit status."""
    shown = [state for state in apps.states() if arguments.tool in (None, state.name)]
    if arguments.quiet:
        asked = [state for state in shown if state.installed] or shown
        return 0 if asked and all(state.silenced for state in asked) else 1
    warnings = apps.requested().warnings
    if arguments.json:
        print_json({"apps": [state.as_dict() for state in shown], "notes": list(warnings)})
        return 0
    for state in shown:
        version = f" {state.installed}" if state.installed else "  (not found here)"
        print(paint(state.name + version, "strong"))
        quiet = "quiet" if state.installed else "would be quiet"
        print(f"  {paint(quiet, 'good') if state.silenced else paint('not quieted', 'bad')}: {plain(state.why)}")
        print(f"  its own switch: {state.switch}")
        print(f"  says now: {plain(state.state)}\n")
    if not shown:
        print(f"{plain(arguments.tool)} is none of those that pep786 knows how to quiet.")
    for warning in warnings:
        print(f"{paint('warning', 'note')}: {plain(warning)}")
    return 0
