"""The decision as a log tells it, one bit in many spellings."""

from __future__ import annotations

_YES = frozenset({"1", "true", "t", "yes", "y", "on"})
_NO = frozenset({"0", "false", "f", "no", "n", "off", "", "-", "null", "(null)"})


def user_agent_key(user_agent: str | None, prefer: str | None, flag: str | None) -> tuple[str, bool]:
    """Where the User-Agent is, of the keys that were named, and whether it has to be there.

    It is looked at in any case, since a request may opt out by it alone; only a flag that stands alone may do without.
    """
    if user_agent is not None:
        return user_agent, True
    return "user_agent", flag is None or prefer is not None


def flagged(value: object) -> bool:
    """Whether the flag is set. ValueError: a value that is neither yes nor no, null among them; nobody may guess."""
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if isinstance(value, (str, int)) and word in _YES:
        return True
    if isinstance(value, (str, int)) and word in _NO:
        return False
    raise ValueError(f"a flag is yes or no, not {value!r}")
