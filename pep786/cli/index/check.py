"""``pep786 index check``: ask an index with and without the preference, and compare."""

from __future__ import annotations

import sys

from ..options import seconds
from ..output import paint, plain, print_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from ...index.check import Check, Outcome

_DESCRIPTION = """\
Ask an index for a page, a file and the rest, with and without the preference in five spellings, and see
whether the answers are the same: status, bytes, headers and time.

URL is what you would give to --index-url. A user and a password in it are used and never shown. The check
sends some four hundred small requests, one after the other. It goes to the index directly, through no proxy."""

_EPILOG = """\
Examples:
  pep786 index check https://packages.example/simple/
  pep786 index check http://127.0.0.1:8080/simple/ --project requests
  pep786 index check https://packages.example/simple/ --json

Exit status: 0 all clauses hold, 1 one does not, 2 bad usage or an index that cannot be asked."""

_WIDTH = 40
_MARKS = {"passed": ("ok  ", "good"), "failed": ("FAIL", "bad"), "skipped": ("skip", "note")}


def add_parser(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this action to the command line."""
    import argparse

    parser = actions.add_parser(
        "check",
        help="ask an index with and without the preference, and compare",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("url", metavar="URL", help="the index, as given to --index-url")
    parser.add_argument("--project", metavar="NAME", help="ask for this project (default: the first that is listed)")
    parser.add_argument(
        "--timeout", type=seconds, default=10.0, metavar="S", help="seconds for each request (default: 10)"
    )
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Check, print one line a clause, and answer with the exit status."""
    from ...index.check import Check, UnusableIndexError

    try:
        check = Check(arguments.url, arguments.project, arguments.timeout)
        outcomes = list(check.outcomes()) if arguments.json else _print_outcomes(check)
    except UnusableIndexError as fault:
        print(f"pep786 index check: {plain(str(fault))}", file=sys.stderr)
        return 2
    passed = all(outcome.verdict != "failed" for outcome in outcomes)
    if arguments.json:
        print_json(_document(check, outcomes, passed=passed))
    else:
        _print_summary(check, outcomes)
    return 0 if passed else 1


def _print_outcomes(check: Check) -> list[Outcome]:
    """A line as soon as each clause is judged."""
    print(f"{paint(plain(check.url), 'strong')}, project {plain(check.project)}", flush=True)
    outcomes = []
    for outcome in check.outcomes():
        outcomes.append(outcome)
        mark, role = _MARKS[outcome.verdict]
        said = paint(plain(outcome.reason), "faint")
        print(f"{paint(mark, role)} {outcome.name:<{_WIDTH}}  {said}", flush=True)
    return outcomes


def _print_summary(check: Check, outcomes: list[Outcome]) -> None:
    from ...index.check import UNSEEN

    verdicts = [outcome.verdict for outcome in outcomes]
    failed, skipped = verdicts.count("failed"), verdicts.count("skipped")
    tail = f", {skipped} skipped" if skipped else ""
    held = f"{verdicts.count('passed')} of {len(outcomes)} clauses hold{tail}."
    print(paint(f"\n{held}", "bad" if failed else "good"))
    print("\nNo outsider can check:")
    for sentence in UNSEEN:
        print(f"  - {sentence}")
    asked, without = check.sent
    print(f"\nThe operator can: this run sent {asked} requests with the preference and {without} without, all with")
    print(f"{check.mark} in the User-Agent. Of these, what is shared may hold {without} at most.")


def _document(check: Check, outcomes: list[Outcome], *, passed: bool) -> dict[str, object]:
    from ...index.check import UNSEEN

    asked, without = check.sent
    return {
        "url": check.url,
        "project": check.project,
        "clauses": [outcome.as_dict() for outcome in outcomes],
        "passed": passed,
        "not_checked": list(UNSEEN),
        "requests": {"user_agent_contains": check.mark, "with_preference": asked, "without_preference": without},
    }
