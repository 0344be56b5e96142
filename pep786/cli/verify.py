"""``pep786 verify``: run the real tool against a loopback index and show what it received."""

from __future__ import annotations

import sys

from .output import paint, plain, print_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from ..verify.pip import Outcome, Pip

_DESCRIPTION = """\
Run your own pip against an index inside this process, once for each clause of the PEP, and show what
the index received. Nothing of yours is touched: home, caches, configuration and target are temporary."""

_EPILOG = """\
Examples:
  pep786 verify                           the pip of this Python, as it is
  pep786 verify --with-shim               as it would be with the shim installed beside it
  pep786 verify pip --python .venv/bin/python --json

Exit status: 0 all clauses hold, 1 one does not, 2 bad usage or no pip to run."""

_TIERS = {
    "native": "it supports the PEP itself",
    "shim": "the shim is installed beside it",
    "injected": "the shim is put in for this run; without it this pip sends nothing",
    "none": "no shim is installed beside it",
}
_WIDTH = 58
_MARKS = {"passed": ("ok  ", "good"), "failed": ("FAIL", "bad"), "skipped": ("skip", "note")}


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this command to the command line."""
    import argparse

    parser = commands.add_parser(
        "verify",
        help="show what an index receives from your tools, clause by clause",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("tools", nargs="*", metavar="TOOL", help="which tool to run (pip, the default)")
    parser.add_argument("--python", default=sys.executable, help="the interpreter whose pip to run (default: this one)")
    parser.add_argument(
        "--with-shim", action="store_true", help="put the shim in for this run where it is not installed"
    )
    parser.add_argument("--json", action="store_true", help="print everything the index received as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Verify, print one line a clause, and answer with the exit status."""
    unknown = [tool for tool in arguments.tools if tool != "pip"]
    if unknown:
        print(f"pep786 verify: cannot verify {plain(unknown[0])}; known tools: pip", file=sys.stderr)
        return 2
    from ..verify import pip as pips

    try:
        pip = pips.find(arguments.python, inject=arguments.with_shim)
    except pips.NoPipError as fault:
        print(f"pep786 verify: {plain(str(fault))}", file=sys.stderr)
        return 2
    outcomes = []
    if not arguments.json:
        print(paint(f"pip {pip.version}", "strong") + f" from {pip.path}: {_TIERS[pip.tier]}")
    for outcome in pips.verify(pip):
        outcomes.append(outcome)
        if not arguments.json:
            _print_outcome(outcome)
    failed = sum(outcome.verdict == "failed" for outcome in outcomes)
    if arguments.json:
        print_json(_document(pip, outcomes))
    else:
        _print_summary(pip, outcomes, failed)
    return 1 if failed else 0


def _print_outcome(outcome: Outcome) -> None:
    mark, role = _MARKS[outcome.verdict]
    print(f"{paint(mark, role)} {outcome.clause.name:<{_WIDTH}}  {paint(plain(outcome.reason), 'faint')}", flush=True)


def _print_summary(pip: Pip, outcomes: list[Outcome], failed: int) -> None:
    passed = sum(outcome.verdict == "passed" for outcome in outcomes)
    skipped = len(outcomes) - passed - failed
    shown = next((outcome for outcome in outcomes if outcome.clause.opted_out and outcome.received), None)
    if shown is not None:
        request = shown.received[0]
        print(f"\nAs received under '{shown.clause.name}':")
        print(plain(f"  {request.method} {request.path}"))
        for name, value in request.headers:
            if name.lower() in ("prefer", "user-agent"):
                print(plain(f"  {name}: {value}"))
    tail = f", {skipped} skipped" if skipped else ""
    print(paint(f"\n{passed} of {len(outcomes)} clauses hold{tail}.", "bad" if failed else "good"))
    if pip.tier == "none":
        print("This pip sends no preference. Install pep786-shim beside it, or see it work with --with-shim.")


def _document(pip: Pip, outcomes: list[Outcome]) -> dict[str, object]:
    return {
        "tool": {"name": "pip", "version": pip.version, "path": pip.path, "python": pip.python, "tier": pip.tier},
        "clauses": [outcome.as_dict() for outcome in outcomes],
        "passed": all(outcome.verdict != "failed" for outcome in outcomes),
    }
