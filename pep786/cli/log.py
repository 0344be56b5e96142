"""``pep786 log``: what was sent in a person's name, read back from the journal."""

from __future__ import annotations

import os
import sys

from .output import paint, plain, print_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Sequence

    from ..journal.reading import Reading

_DESCRIPTION = """\
Show the journal: every request of your packaging tools, whether the preference went with it, and why.

None is written unless you ask for it: PEP786_JOURNAL=1, or journal = true in our configuration
(~/.config/pep786/config.toml, /etc/pep786/config.toml). PEP786_JOURNAL=/a/path names the file."""

_EPILOG = """\
Examples:
  pep786 log                      every request, the oldest first
  pep786 log --tail 20
  pep786 log --summary            how many, and with how many it was sent, by tool and host
  pep786 log show --json
  pep786 log clear                remove the journal

Exit status: 0 done, 1 it cannot be read or removed, 2 bad usage, or no place for a journal."""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this command to the command line."""
    import argparse

    parser = commands.add_parser(
        "log",
        help="show what was sent in your name",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "action",
        nargs="?",
        choices=("show", "clear", "path"),
        default="show",
        help="show it (the default), clear it, or print where it is",
    )
    parser.add_argument("--summary", action="store_true", help="count by tool and host")
    parser.add_argument("--tail", type=int, metavar="N", help="only the last N requests")
    parser.add_argument("--json", action="store_true", help="print it as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Do as the command line says. Returns the exit status."""
    from .. import journal

    if arguments.action != "show" and (arguments.summary or arguments.tail is not None):
        return _fail(f"--summary and --tail go with show, not with {arguments.action}", 2)
    if arguments.tail is not None and arguments.tail < 1:
        return _fail(f"--tail {arguments.tail}: expected 1 or more", 2)
    path, problem = journal.where(os.environ)
    if problem:
        _fail(problem, 2)
    if not path:
        return 2
    try:
        {"show": _show, "clear": _clear, "path": _print_path}[arguments.action](arguments, path)
    except OSError as fault:
        if fault.filename is None:
            raise  # standard output's
        return _fail(f"{fault.filename}: {fault.strerror}", 1)
    return 0


def _print_path(arguments: argparse.Namespace, path: str) -> None:
    if arguments.json:
        print_json({"path": path, "on": _is_on()})
    else:
        _print_raw(path)


def _print_raw(path: str) -> None:
    """For ``$(pep786 log path)`` byte by byte, for a person without what a terminal would act on."""
    if sys.stdout.isatty():
        print(plain(path))
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(os.fsencode(path) + b"\n")


def _clear(arguments: argparse.Namespace, path: str) -> None:
    from ..journal import reading

    gone = reading.clear(path)
    if arguments.json:
        print_json({"removed": gone})
    else:
        print("\n".join(f"removed: {plain(path)}" for path in gone) or "There was no journal.")


def _show(arguments: argparse.Namespace, path: str) -> None:
    from ..journal import reading

    found = reading.Reading(path)
    if arguments.tail is not None:
        found.requests = found.requests[-arguments.tail :]
    counts = reading.summary(found.requests) if arguments.summary else []
    if arguments.json:
        listed = {"summary": counts} if arguments.summary else {"requests": [one.as_dict() for one in found.requests]}
        print_json({"path": path, "on": _is_on(), **listed, "broken": found.broken})
        return
    if arguments.summary:
        rows = [[one["tool"], one["host"], str(one["requests"]), str(one["sent"])] for one in counts]
        _print_table(("tool", "host", "requests", "sent"), rows, right=(2, 3))
    else:
        rows = [
            [one.time[:19].replace("T", " "), one.tool, one.host, "yes" if one.sent else "no", one.why, one.path]
            for one in found.requests
        ]
        _print_table(("time (UTC)", "tool", "host", "sent", "why", "path"), rows)
    _print_end(found)


def _print_end(found: Reading) -> None:
    if found.requests:
        sent = sum(one.sent for one in found.requests)
        print(f"{_counted(len(found.requests), 'request')}, the preference sent with {sent}.")
    elif _is_on():
        print("The journal is empty.")
    else:
        print("The journal is off. PEP786_JOURNAL=1 switches it on, or journal = true in ~/.config/pep786/config.toml.")
    if found.broken:
        print(f"{paint('note', 'note')}: {_counted(found.broken, 'broken line')}, from a disk that was full or an edit")


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _print_table(header: Sequence[str], rows: list[list[str]], right: tuple[int, ...] = ()) -> None:
    """Columns as wide as what is in them; the last one may be as long as it is."""
    if not rows:
        return
    shown = [[plain(cell) for cell in row] for row in rows]
    widths = [max(len(row[at]) for row in (header, *shown)) for at in range(len(header))]
    for number, row in enumerate((list(header), *shown)):
        cells = [
            cell.rjust(width) if at in right else cell.ljust(width) for at, (cell, width) in enumerate(zip(row, widths))
        ]
        if number:
            answer = {"yes": "good", "no": "bad"}
            cells = [paint(cell, answer[cell.strip()]) if cell.strip() in answer else cell for cell in cells]
        line = "  ".join(cells).rstrip()
        print(line if number else paint(line, "strong"))


def _is_on() -> bool:
    from ..config import own

    return own.wants_journal(os.environ)[0]


def _fail(what: str, status: int) -> int:
    print(f"pep786 log: {plain(what)}", file=sys.stderr)
    return status
