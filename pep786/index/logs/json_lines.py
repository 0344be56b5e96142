"""One JSON object to a line (RFC 8259), as nginx with ``escape=json``, Caddy and most exporters write them."""

from __future__ import annotations

import json

from ... import preference
from .errors import LogError
from .flags import flagged
from .lines import Format, Verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Any

_MISSING = object()


class JsonLines(Format):
    """One object to a line.

    user_agent, prefer, flag, status: the keys, a dot between the steps into nested objects
    (``request.headers.User-Agent``); None for one that is not there. A line without the flag, the User-Agent
    or the status that was named is broken: a key misspelled must share nothing. Prefer may be missing, as it
    is from most requests. statuses: those that are shared, all if empty.
    """

    def __init__(
        self,
        user_agent: str | None = None,
        prefer: str | None = None,
        flag: str | None = None,
        status: str | None = None,
        statuses: Collection[bytes] = (),
    ) -> None:
        if user_agent is None and prefer is None and flag is None:
            user_agent = "user_agent"
        self._user_agent, self._prefer, self._flag = _path(user_agent), _path(prefer), _path(flag)
        self._status = _path(status or "status")
        self._statuses = frozenset(code.decode() for code in statuses)

    def judge(self, line: bytes) -> Verdict:
        """By the flag, the Prefer field and the User-Agent, as far as their keys are known."""
        try:
            # Servers write the bytes of a field as they came, and those need not be UTF-8.
            document = json.loads(line.decode("utf-8", "surrogateescape"), object_pairs_hook=_object)
            if self._opted_out(document):
                return Verdict.OPTED_OUT
            if self._statuses and str(_value(document, self._status)) not in self._statuses:
                return Verdict.STATUS
        except (ValueError, TypeError, RecursionError):
            return Verdict.BROKEN
        return Verdict.SHARED

    def _opted_out(self, document: Any) -> bool:
        if not isinstance(document, dict):
            raise TypeError("not an object")
        flag = self._flag is not None and flagged(_value(document, self._flag))
        prefer = _texts(_value(document, self._prefer, None)) if self._prefer else []
        user_agents = _texts(_value(document, self._user_agent)) if self._user_agent else []
        return (
            flag
            or preference.opted_out(prefer)
            or any(preference.opted_out(None, user_agent) for user_agent in user_agents)
        )


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys are all different: of two that are the same, readers take one or the other."""
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key stands twice")
    return made


def _path(key: str | None) -> tuple[str, ...] | None:
    if key is not None and not all(key.split(".")):
        raise LogError(f"not a key: {key!r}", usage=True)
    return None if key is None else tuple(key.split("."))


def _value(document: Any, path: tuple[str, ...] | None, default: object = _MISSING) -> Any:
    """The value at this path. A key that has dots itself is found as a whole. ValueError: it is not there."""
    if path is None:
        return default
    if isinstance(document, dict) and ".".join(path) in document:
        return document[".".join(path)]
    for step in path:
        if not isinstance(document, dict) or step not in document:
            if default is _MISSING:
                raise ValueError("a key is missing")
            return default
        document = document[step]
    return document


def _texts(value: Any) -> list[str]:
    """A field's values: one text, a list of them, or null."""
    values = [] if value is None else value if isinstance(value, list) else [value]
    if not all(isinstance(text, str) for text in values):
        raise TypeError("a field's value is text")
    return values
