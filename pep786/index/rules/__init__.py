"""What ``pep786 index rules`` prints: a complete snippet for each engine, made of the one pattern.

A snippet is a text in the engine's own language with names between two at signs where the pattern, a column or
the like belongs. Nothing in it depends on the machine: the same release prints the same.
"""

from __future__ import annotations

from ... import __version__
from .. import pattern

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Mapping, Protocol

    class Snippets(Protocol):
        """A module of this package: one engine, or several of one kind."""

        RULES: Mapping[str, Rule]


class Rule:
    """A snippet and what is known of it.

    engine   the program that it is for, as its makers write it.
    ran_on   the releases on which this project's tests run it with all header vectors; "" where it was never run.
    comment  what begins a comment in its language.
    body     the text, with its names.
    wrong    the vectors that come out otherwise there, and how.
    """

    __slots__ = ("body", "comment", "engine", "ran_on", "wrong")

    def __init__(self, engine: str, ran_on: str, comment: str, body: str, wrong: str = "") -> None:
        self.engine = engine
        self.ran_on = ran_on
        self.comment = comment
        self.body = body
        self.wrong = wrong

    def text(self, name: str, columns: Mapping[str, str]) -> str:
        """The snippet, filled in; columns are those of :data:`COLUMNS`, by their names in it."""
        lines = [
            f"{self.engine}: leave requests that ask for it out of what is shared, and answer them like any other.",
            f"Printed by pep786-shim {__version__}: pep786 index rules {name}",
            self._state(),
        ]
        if self.wrong:
            lines.append(f"Known to be wrong there: {self.wrong}.")
        head = "\n".join(f"{self.comment} {line}" for line in lines)
        return f"{head}\n{self.comment}\n{_filled(self.body.strip(), columns)}\n"

    def _state(self) -> str:
        if self.ran_on:
            return f"Run with all header vectors of this project's tests on {self.ran_on}."
        return f"UNTESTED: no test of this project has run this on {self.engine}. Try it before you trust it."


#: The names that may be chosen in the SQL, and what they are by default.
COLUMNS = {"TABLE": "requests", "PREFER_COLUMN": "prefer", "USER_AGENT_COLUMN": "user_agent"}

_HOMES = {
    "nginx": "nginx",
    "nginx-1.22": "nginx",
    "apache": "apache",
    "haproxy": "haproxy",
    "varnish": "varnish",
    "fastly": "fastly",
    "caddy": "caddy",
    "bigquery": "sql",
    "duckdb": "sql",
    "clickhouse": "sql",
    "spark": "sql",
}

#: All rules that there are, in the order in which they are listed.
NAMES = tuple(_HOMES)


def rule(name: str) -> Rule:
    """The rule of one of :data:`NAMES`; raises KeyError for any other."""
    from importlib import import_module

    home: Snippets = import_module(f"{__name__}.{_HOMES[name]}")
    return home.RULES[name]


def text(name: str, columns: Mapping[str, str] = COLUMNS) -> str:
    """The whole snippet of one of :data:`NAMES`; raises KeyError for any other."""
    return rule(name).text(name, columns)


def _filled(body: str, columns: Mapping[str, str]) -> str:
    pieces = {
        "PREFER": pattern.PREFER,
        "PREFER_ESCAPED": pattern.PREFER.replace("\\", "\\\\"),
        "USER_AGENT": pattern.USER_AGENT,
        "USER_AGENT_ESCAPED": pattern.USER_AGENT.replace("\\", "\\\\"),
        "LONG_USER_AGENT": pattern.LONG_USER_AGENT,
        "TAKE_OFF_LAST": pattern.TAKE_OFF_LAST,
        "TAKE_OFF_FIRST": pattern.TAKE_OFF_FIRST,
        "GUARD": str(pattern.GUARD),
        **columns,
    }
    for name, piece in pieces.items():
        body = body.replace(f"@{name}@", piece)
    return body
