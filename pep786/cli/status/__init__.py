"""``pep786 status``: what is decided for each tool found here, by what, and how the signal gets out."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

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
    from . import apps, host, tools

    if arguments.apps:
        return apps.run(arguments)
    return host.run(arguments) if arguments.all else tools.run(arguments)
