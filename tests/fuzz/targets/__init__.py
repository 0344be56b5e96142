"""The targets, a module to each. A module has

check(data, folder)  the oracle: raises for a find, AssertionError or whatever else. folder is for its files.
WORDS                what its inputs are made of, for those who make them up.
seeds()              inputs to begin with, from the vectors and the cases of other tests.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Callable, Iterable, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

NAMES = (
    *("prefer", "user_agent", "pattern", "growth"),
    *("configuration", "own", "ini_edits", "toml_edits", "shield"),
    *("logs", "requests", "refusals"),
    *("uv_lines", "commands", "mailbox", "journal"),
)


class Target(NamedTuple):
    """One of them."""

    name: str
    check: Callable[[bytes, Path], None]
    words: tuple[bytes, ...]
    seeds: Callable[[], Iterable[bytes]]


def load(name: str) -> Target:
    """The target of this name; what it is about is imported here and not before."""
    module = import_module(f"{__name__}.{name}")
    return Target(name, module.check, module.WORDS, module.seeds)
