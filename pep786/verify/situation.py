"""What every clause has in common, whichever tool it is for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Mapping


@dataclass(frozen=True)
class Situation:
    """One situation that a tool is run in, and whether an index has to receive the preference in it.

    name       what is claimed, in words.
    section    where the claim comes from: the PEP's section or the row of the design's table.
    opted_out  whether every request has to carry the preference; if False, none may.
    variables  the environment variables of the PEP and ours in this situation.
    pyproject, own_config    the text of these files; None: there is none.
    index      the path of the index page on the loopback server.
    suffix     whether the User-Agent suffix is expected beside the header.
    runs       how often the command is run on the same cache; the last run is judged.
    """

    name: str
    section: str
    opted_out: bool
    variables: Mapping[str, str] = field(default_factory=dict)
    pyproject: str | None = None
    own_config: str | None = None
    index: str = "/simple/"
    suffix: bool = True
    runs: int = 1

    @property
    def flagged(self) -> bool:
        """Whether the command line has the last word."""
        return False
