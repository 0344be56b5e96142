"""``pep786 index``: for those who run an index."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

_DESCRIPTION = """\
Honour the preference at an index: rules for the server in front of it, a filter for the logs that are
shared, and a check of what an index answers."""

_EPILOG = """\
Examples:
  pep786 index rules nginx > /etc/nginx/conf.d/no-analytics.conf
  pep786 index filter --format nginx access.log --output shared.log --internal internal.log
  pep786 index check https://packages.example/simple/

Exit status: 0 done, or all held; 1 it failed, or a clause did; 2 bad usage."""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this command to the command line."""
    import argparse

    from . import check, filter, rules  # noqa: A004  the command's own word

    parser = commands.add_parser(
        "index",
        help="for those who run an index: rules, log filter, check",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    for action in (rules, filter, check):
        action.add_parser(actions)
