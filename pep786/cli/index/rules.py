"""``pep786 index rules``: the decision for a server, an edge or a database."""

from __future__ import annotations

import re
import sys

from ..output import paint, print_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

_DESCRIPTION = """\
Print a complete, commented snippet for a server, an edge or a database: it decides once whether a request asked
to be left out of analytics, keeps one bit, takes the signals off before they go further in, and shares only the rest.
Without NAME, list what there is and what it was run on."""

_EPILOG = """\
Examples:
  pep786 index rules
  pep786 index rules nginx > /etc/nginx/conf.d/no-analytics.conf
  pep786 index rules varnish > /etc/varnish/no-analytics.vcl
  pep786 index rules duckdb --table downloads --user-agent-column ua | duckdb logs.duckdb
  pep786 index rules bigquery --table my-project.logs.requests

Exit status: 0 done, 2 bad usage or an unknown name."""

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*")
# What may stand between BigQuery's quotes: names with hyphens or a digit first, and a project of a domain.
_PATH = re.compile(r"([A-Za-z0-9.-]+:)?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")
_EXPECTED = "expected a name of letters, digits and underscores"
_UNTESTED = "UNTESTED: was never run"


def add_parser(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this action to the command line."""
    import argparse

    parser = actions.add_parser(
        "rules",
        help="print the rules for a server, an edge or a database",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", nargs="?", metavar="NAME", help="which one; without it they are listed")
    parser.add_argument("--list", action="store_true", help="list what there is and what it was run on")
    parser.add_argument("--json", action="store_true", help="list as JSON")
    sql = parser.add_argument_group("SQL only")
    for option, default, kind in (
        ("table", "requests", _table),
        ("prefer-column", "prefer", _identifier),
        ("user-agent-column", "user_agent", _identifier),
    ):
        explained = f"(default: {default})"
        sql.add_argument(f"--{option}", type=kind, default=default, metavar="NAME", help=explained)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print a rule or the list, and answer with the exit status."""
    from ...index import rules

    if arguments.name is None or arguments.list or arguments.json:
        if arguments.name is not None:
            print("pep786 index rules: a NAME, or --list or --json, not both", file=sys.stderr)
            return 2
        _list(as_json=arguments.json)
        return 0
    if arguments.name not in rules.NAMES:
        known = ", ".join(rules.NAMES)
        print(f"pep786 index rules: there are no rules for {arguments.name!a}; there are: {known}", file=sys.stderr)
        return 2
    if arguments.name != "bigquery" and not _WORD.fullmatch(arguments.table):
        print(f"pep786 index rules: --table {arguments.table!a}: {_EXPECTED}", file=sys.stderr)
        return 2
    columns = {
        "TABLE": arguments.table,
        "PREFER_COLUMN": arguments.prefer_column,
        "USER_AGENT_COLUMN": arguments.user_agent_column,
    }
    sys.stdout.write(rules.text(arguments.name, columns))
    return 0


def _list(*, as_json: bool) -> None:
    from ...index import rules

    found = {name: rules.rule(name) for name in rules.NAMES}
    if as_json:
        entries = [
            {"name": name, "engine": rule.engine, "ran_on": rule.ran_on or None, "wrong": rule.wrong or None}
            for name, rule in found.items()
        ]
        print_json({"rules": entries})
        return
    width = max(map(len, found))
    for name, rule in found.items():
        state = paint(f"run on {rule.ran_on}", "good") if rule.ran_on else paint(_UNTESTED, "note")
        print(f"{paint(f'{name:<{width}}', 'strong')}  {rule.engine}; {state}")


def _table(text: str) -> str:
    return text if _PATH.fullmatch(text) else _identifier(text)


def _identifier(text: str) -> str:
    import argparse

    if not _WORD.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!a}: {_EXPECTED}")
    return text
