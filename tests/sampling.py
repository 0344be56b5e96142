"""Which pairs of a long table run by default: all of them would take an hour more on two processors.

The newest release, the oldest and one in between meet every clause. Each other one meets every third, and any three
neighbours together meet all. PEP786_EVERYTHING=1 runs the whole table, and whoever changes what is under test does.
"""

from __future__ import annotations

import os
from typing import Sequence

import pytest

WHOLE = ("9.0.3", "20.3.4", "26.3")
_EVERY = 3


def sample(release: str, releases: Sequence[str], name: str, names: Sequence[str]) -> None:
    """Skip the test of this pair unless it is one that runs; both are looked up in the table's head and side."""
    if os.environ.get("PEP786_EVERYTHING") or release in WHOLE:
        return
    if (releases.index(release) + names.index(name)) % _EVERY:
        pytest.skip("a neighbouring release meets it; PEP786_EVERYTHING=1 runs this one too")
