"""The ``pep786`` command: one module to a subcommand."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any, NoReturn, Sequence

DRAFT = "PEP 786, draft of 22 January 2026"

_DESCRIPTION = """\
Ask package indexes to leave you out of the analytics they share (PEP 786, draft).

Set PIP_NO_ANALYTICS=1 to opt out; these commands show what that does."""

_EPILOG = """\
Exit status: 0 done or yes, 1 no or a failed clause, 2 bad usage."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line argv (sys.argv without the program if None). Returns the exit status."""
    from . import streams

    streams.mend()
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        status = _run(words)
        sys.stdout.flush()
    except BrokenPipeError:
        streams.give_up()  # the reader has seen enough: pep786 status | head
        return 1
    except KeyboardInterrupt:
        return 130
    except OSError as fault:
        streams.give_up()
        said = fault if fault.filename is not None else f"standard output: {fault.strerror or fault}"
        print(f"pep786: {said}", file=sys.stderr)
        return 1
    except ModuleNotFoundError as fault:  # a clone with nothing installed
        print(f"pep786: this needs {fault.name}, which is not installed here", file=sys.stderr)
        return 1
    return status


def _run(words: list[str]) -> int:
    if words[:1] == ["run"]:
        from . import run

        return run.main(words[1:])
    parser = _parser()
    try:
        arguments = parser.parse_args(words)
    except SystemExit as done:  # --help and --version too: what they print has to arrive
        return int(done.code or 0)
    if arguments.run is None:
        parser.print_help()
        return 2
    status: int = arguments.run(arguments)
    return status


def _parser() -> argparse.ArgumentParser:
    import argparse

    from .. import __version__
    from . import enable, index, log, opt_out, patch, proxy, run, shell, status, verify

    class Parser(argparse.ArgumentParser):
        def _print_message(self, message: str, file: Any = None) -> None:
            """As argparse has it, but help that cannot be printed is no success."""
            if file is sys.stdout:
                file.write(message)
            else:
                super()._print_message(message, file)

        def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
            """As argparse has it, but the command that does not know an argument says so, and not its parent."""
            known, rest = super().parse_known_args(args, namespace)
            if rest:
                self.error(f"unrecognized arguments: {' '.join(rest)}")
            return known, rest

        def error(self, message: str) -> NoReturn:
            """One line instead of the usage and a line."""
            self.exit(2, f"{self.prog}: {message}; see {self.prog} --help\n")

    parser = Parser(
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
