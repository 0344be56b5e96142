"""The preference as five clients would write it, each of which an index has to take alike (RFC 7240, 2)."""

from __future__ import annotations

from typing import NamedTuple

from ...preference import COMMENT, NO_ANALYTICS


class Spelling(NamedTuple):
    """name    for the person.
    prefer  the Prefer field lines: (field name, value).
    suffix  what is put behind the User-Agent.
    """

    name: str
    prefer: tuple[tuple[str, str], ...]
    suffix: str = ""

    def fields(self, agent: str) -> list[tuple[str, str]]:
        """The fields of a request that says so, of a client with this User-Agent."""
        return [("User-Agent", agent + self.suffix), *self.prefer]


# Beside ours stand only preferences that nobody has registered: a registered one (respond-async) might
# change an answer by right.
SPELLINGS = (
    Spelling("Prefer: no-analytics", (("Prefer", NO_ANALYTICS),)),
    Spelling("the same in other letters", (("pReFeR", "No-Analytics"),)),
    Spelling("in a list", (("Prefer", f'example="a, b\\"c"; d=e, {NO_ANALYTICS}=1; f'),)),
    Spelling("in the second of two field lines", (("Prefer", "example"), ("Prefer", NO_ANALYTICS))),
    Spelling("in the User-Agent alone", (), f" {COMMENT}"),
)

#: More elements than the match limits of regular expression engines bear; well below the usual 8 kB for a field.
LONG = (("Prefer", 'a="b",' * 800 + NO_ANALYTICS),)

#: Names that servers give to their own note of the decision. A client may send them as well.
FLAGS = ("X-No-Analytics", "No-Analytics", "X-PyPI-No-Analytics", "X-Analytics-Opt-Out")
