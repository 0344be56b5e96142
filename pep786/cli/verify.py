"""``pep786 verify``: run the real tools against a loopback index and show what it received."""

from __future__ import annotations

import sys

from .options import seconds
from .output import paint, plain, print_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any, Iterator, Sequence, Union

    from ..verify.cases import Case
    from ..verify.judging import Outcome
    from ..verify.pip import Pip
    from ..verify.tools.driver import Tool

    Found = Union[Pip, Tool]

_DESCRIPTION = """\
Run your own tools against an index inside this process, once for each of the conformance cases, and show what
the index received. Nothing of yours is touched: home, caches, configuration and target are temporary.

TOOL is the tool on PATH, or with ==VERSION that release of it, which is fetched from the registry that your
pip is configured for and kept in a cache folder (PEP786_CACHE names another); or a file, NAME.toml, that says
how another tool is run. Without TOOL: the pip of this Python.

COMMAND runs any tool, a development build say. {index}, {requirement}, {target} and {flags} in it are filled in."""

_EPILOG = """\
Examples:
  pep786 verify                           the pip of this Python, as it is
  pep786 verify --with-shim               as it would be with the shim installed beside it
  pep786 verify poetry pdm                your poetry and your pdm
  pep786 verify hatch==1.9.7 --with-shim  a release that need not be here
  pep786 verify pip --python .venv/bin/python --json
  pep786 verify pip --cases               every case that a run can show, not only the usual ones
  pep786 verify --cases ours.toml --command 'build/uv pip install --index-url {index} --target {target} {requirement}'

Exit status: 0 all cases hold, 1 one does not, 2 bad usage or no tool to run."""

_TIERS = {
    "native": "it supports the PEP itself",
    "shim": "the shim is installed beside it",
    "injected": "the shim is put in for this run; without it this {} sends nothing",
    "none": "no shim is installed beside it",
    "described": "run as it is described",
    "unknown": "whether a shim is beside it cannot be seen",
}
_WIDTH = 58
_MARKS = {"passed": ("ok  ", "good"), "failed": ("FAIL", "bad"), "skipped": ("skip", "note")}


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this command to the command line."""
    import argparse

    parser = commands.add_parser(
        "verify",
        help="show what an index receives from your tools, case by case",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("tools", nargs="*", metavar="TOOL", help="which tool to run (default: pip)")
    parser.add_argument(
        "--python", default=sys.executable, help="whose pip to run, and what releases are fetched for (default: this)"
    )
    parser.add_argument(
        "--with-shim", action="store_true", help="put the shim in for this run where it is not installed"
    )
    parser.add_argument(
        "--command", metavar="COMMAND", help="the command line of a tool that has to meet the cases; see above"
    )
    parser.add_argument(
        "--cases",
        action="append",
        nargs="?",
        const="",
        metavar="PATH",
        help="the cases of this file or folder; without PATH, all that come with pep786. Repeatable",
    )
    parser.add_argument(
        "--timeout", type=seconds, default=180.0, metavar="S", help="seconds for each run of a tool (default: 180)"
    )
    parser.add_argument("--json", action="store_true", help="print everything the index received as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Verify, print one line a case, and answer with the exit status."""
    from ..signals import Interrupted, taken
    from ..verify import running

    try:
        with taken(), running.limited(arguments.timeout):
            return _run(arguments)
    except Interrupted as signal:
        print("pep786 verify: interrupted; nothing is left behind", file=sys.stderr)
        return signal.status


def _run(arguments: argparse.Namespace) -> int:
    from ..verify.errors import VerifyError

    try:
        chosen = [(tool, _cases(tool, arguments.cases)) for tool in _found(arguments)]
    except VerifyError as fault:
        print(f"pep786 verify: {plain(str(fault))}", file=sys.stderr)
        return 2
    judged = [
        (tool, list(_verify(tool, cases)) if arguments.json else _print_tool(tool, cases)) for tool, cases in chosen
    ]
    passed = all(_passed(outcomes) for _, outcomes in judged)
    if arguments.json:
        print_json({"tools": [_document(tool, outcomes) for tool, outcomes in judged], "passed": passed})
    return 0 if passed else 1


def _found(arguments: argparse.Namespace) -> list[Found]:
    from ..verify import finding
    from ..verify.tools import described

    asked = arguments.tools or ([] if arguments.command else ["pip"])
    found = [finding.find(name, arguments.python, inject=arguments.with_shim) for name in dict.fromkeys(asked)]
    if arguments.command:
        found.append(described.from_command(arguments.command, inject=arguments.with_shim))
    return found


def _cases(tool: Found, asked: list[str] | None) -> Sequence[Case]:
    """What a tool is held to: what was asked for, else the usual cases, or all where nobody knows the tool."""
    from ..verify import cases, tools
    from ..verify import pip as pips

    name = "pip" if isinstance(tool, pips.Pip) else tools.project(tool)
    if asked is None and (isinstance(tool, pips.Pip) or tool.driver is None):
        return cases.tried_on("pip" if name == "pip" else "tools", name)
    paths = [path or cases.folder() for path in asked or [""]]
    return cases.read(paths).runnable(name)


def _verify(tool: Found, cases: Sequence[Case]) -> Iterator[Outcome]:
    from ..verify import pip as pips
    from ..verify import tools

    return pips.verify(tool, cases) if isinstance(tool, pips.Pip) else tools.verify(tool, cases)


def _print_tool(tool: Found, cases: Sequence[Case]) -> list[Outcome]:
    """One section for a tool, a line as soon as each case is judged."""
    title = paint(f"{tool.name} {plain(tool.version)}".rstrip(), "strong")
    print(f"{title} from {plain(tool.path)}: {_TIERS[tool.tier].format(tool.name)}", flush=True)
    outcomes = []
    for outcome in _verify(tool, cases):
        outcomes.append(outcome)
        mark, role = _MARKS[outcome.verdict]
        said = paint(plain(outcome.reason), "faint")
        print(f"{paint(mark, role)} {plain(outcome.case.name):<{_WIDTH}}  {said}", flush=True)
    _print_summary(tool, outcomes)
    return outcomes


def _print_summary(tool: Found, outcomes: list[Outcome]) -> None:
    failed = sum(outcome.verdict == "failed" for outcome in outcomes)
    passed = sum(outcome.verdict == "passed" for outcome in outcomes)
    skipped = len(outcomes) - passed - failed
    shown = next((outcome for outcome in outcomes if outcome.case.opted_out and outcome.received), None)
    if shown is not None:
        request = shown.received[0]
        print(f"\nAs received under '{plain(shown.case.name)}':")
        print(plain(f"  {request.method} {request.path}"))
        for name, value in request.headers:
            if name.lower() in ("prefer", "user-agent"):
                print(plain(f"  {name}: {value}"))
    tail = f", {skipped} skipped" if skipped else ""
    print(paint(f"\n{passed} of {len(outcomes)} cases hold{tail}.", "bad" if failed else "good"))
    if tool.tier == "none" and failed:
        print(f"This {tool.name} sends no preference. Install pep786-shim beside it, or see it work with --with-shim.")
    print(flush=True)


def _passed(outcomes: list[Outcome]) -> bool:
    """Whether every case holds that could be tried, and one could."""
    verdicts = {outcome.verdict for outcome in outcomes}
    return "passed" in verdicts and "failed" not in verdicts


def _document(tool: Found, outcomes: list[Outcome]) -> dict[str, Any]:
    names = ("name", "version", "path", "python", "tier")
    return {
        "tool": {name: getattr(tool, name) for name in names},
        "cases": [outcome.as_dict() for outcome in outcomes],
        "passed": _passed(outcomes),
    }
