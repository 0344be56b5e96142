"""The decision as a log tells it, one bit in many spellings."""

from __future__ import annotations

_YES = frozenset({"1", "true", "t", "yes", "y", "on"})
_NO = frozenset({"0", "false", "f", "no", "n", "off", "", "-", "null", "(null)"})


def flagged(value: object) -> bool:
    """Whether the flag is set. ValueError: a value that is neither yes nor no; nobody may guess."""
    if value is None or isinstance(value, bool):
        return bool(value)
    word = str(value).strip().lower()
    if isinstance(value, (str, int)) and word in _YES:
        return True
    if isinstance(value, (str, int)) and word in _NO:
        return False
    raise ValueError(f"a flag is yes or no, not {value!r}")
