"""argparse: ``--no-analytics`` and ``--analytics`` (PEP 786, "Command Line Flag")."""

from __future__ import annotations

import argparse

from ..adapters._flags import NO, YES


def add_flags(parser: argparse.ArgumentParser, *commands: argparse.ArgumentParser) -> None:
    """Add the two flags to a parser, and to the parsers of its commands that are to take them too.

    ``no_analytics`` of the parsed arguments is then True, False, or None where neither was given, ready for
    ``pep786.resolve(flag=...)``, which puts it over the environment and that over configuration. The last of several
    wins, wherever they stand (design, D8)::

        add_flags(parser, install, download)
        args = parser.parse_args()
        decision = pep786.resolve("mytool", flag=args.no_analytics)
    """
    for each in (parser, *commands):
        # A command's own default would undo what stands before the command.
        default = None if each is parser else argparse.SUPPRESS
        for (option, text), value in ((NO, True), (YES, False)):
            each.add_argument(
                option, action="store_const", const=value, dest="no_analytics", default=default, help=text
            )
