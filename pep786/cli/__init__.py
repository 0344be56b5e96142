"""The ``pep786`` command: one module to a subcommand."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Sequence

DRAFT = "PEP 786, draft of 22 January 2026"

_DESCRIPTION = """\
Ask package indexes to leave you out of the analytics they share (PEP 786, draft).

Set PIP_NO_ANALYTICS=1 to opt out; these commands show what that does."""

_EPILOG = """\
Exit status: 0 done or yes, 1 no or a failed clause, 2 bad usage."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line argv (sys.argv without the program if None). Returns the exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words[:1] == ["run"]:
        from . import run

        return run.main(words[1:])
    arguments = _parser().parse_args(words)
    if arguments.run is None:
        _parser().print_help()
        return 2
    try:
        status: int = arguments.run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has seen enough (``pep786 status | head``): no traceback, now or at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130
    except OSError as fault:
        print(f"pep786: {fault}", file=sys.stderr)
        return 1
    return status


def _parser() -> argparse.ArgumentParser:
    import argparse

    from .. import __version__
    from . import enable, index, log, opt_out, patch, proxy, run, shell, status, verify

    parser = argparse.ArgumentParser(
        prog="pep786",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"pep786 {__version__} ({DRAFT})")
    parser.set_defaults(run=None)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for command in (status, opt_out, run, verify, shell, enable, log, proxy, patch, index):
        command.add_parser(commands)
    return parser
