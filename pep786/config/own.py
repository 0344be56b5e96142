"""Our own files (design, D17a): what they say beside the key, which is ``[hosts]`` and ``journal``.

The person's file and the machine's only. A project's pyproject.toml has neither: a repository that is checked out
must not choose whom a person is counted by, nor have a log made of what a person asks for.
"""

from __future__ import annotations

import sys

from . import files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from .hosts import Hosts

#: Switches the journal on, or names its file; beats the configuration.
JOURNAL = "PEP786_JOURNAL"

_JOURNAL_KEY = "journal"


class Own:
    """What our own files say.

    hosts     the choice for single hosts; None where there is none to speak of, and nothing to warn of.
    journal   what the strongest file says about the journal; None when none says anything.
    warnings  about the journal, one sentence each.
    """

    __slots__ = ("hosts", "journal", "warnings")

    def __init__(self) -> None:
        self.hosts: Hosts | None = None
        self.journal: bool | None = None
        self.warnings: list[str] = []


def read(environ: Mapping[str, str]) -> Own:
    """What our files say, the strongest first. Raises nothing for whatever stands in a file or the environment."""
    from . import locations

    own = Own()
    for path in locations.own(environ):
        data, _ = files.read(path)  # what keeps it from being read is told by who reads the key
        if data and files.mentions(data, b"hosts", b"journal"):
            from .folders import home
            from .values import show_path

            _read(own, data, show_path(path, home(environ, sys.platform)))
    return own


def wants_journal(environ: Mapping[str, str]) -> tuple[bool, list[str]]:
    """Whether requests are to be written into the journal, and what is wrong with how that was said."""
    value = environ.get(JOURNAL)
    if value:
        from ..decision import says_no

        return not says_no(value), []
    own = read(environ)
    return own.journal is True, own.warnings


def _read(own: Own, data: bytes, where: str) -> None:
    from . import toml
    from .hosts import TABLE, Hosts

    hosts = own.hosts or Hosts()
    try:
        document: dict[str, Any] = toml.parsed(files.decode(data)[0])
    except toml.NoParserError as error:
        document = {}
        hosts.warnings.append(f"{where}: {TABLE} and {_JOURNAL_KEY} are skipped, {error}")
    except ValueError as error:
        # In the words of who reads the key, so that it is told once.
        document = {}
        hosts.warnings.append(f"{where} cannot be parsed, {error}; skipped")
    if TABLE in document:
        hosts.add(document[TABLE], where)
    if hosts.choices or hosts.warnings:
        own.hosts = hosts
    if own.journal is None and _JOURNAL_KEY in document:
        own.journal = document[_JOURNAL_KEY] is True
        if not isinstance(document[_JOURNAL_KEY], bool):
            from .values import show_toml

            shown = show_toml(document[_JOURNAL_KEY])
            own.warnings.append(f"{where}: {_JOURNAL_KEY} is {shown}, expected true or false; no journal is written")
