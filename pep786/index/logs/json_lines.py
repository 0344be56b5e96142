"""One JSON object to a line (RFC 8259), as nginx with ``escape=json``, Caddy and most exporters write them."""

from __future__ import annotations

import json

from ... import preference
from .errors import LogError
from .flags import flagged, user_agent_key
from .lines import Format, Verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Any

_MISSING = object()


class JsonLines(Format):
    """One object to a line.

    user_agent, prefer, flag, status: the keys, a dot between the steps into nested objects
    (``request.headers.User-Agent``); None for one that is not there, and ``user_agent`` then. A line without the
    flag, the User-Agent or the status is broken: a key misspelled must share nothing. Only where the flag alone was
    named may the User-Agent be missing. Prefer may, as it is from most requests; the last step of its key is in
    any case, since it is a field's name. statuses: those that are shared, all if empty.
    """

    def __init__(
        self,
        user_agent: str | None = None,
        prefer: str | None = None,
        flag: str | None = None,
        status: str | None = None,
        statuses: Collection[bytes] = (),
    ) -> None:
        user_agent, required = user_agent_key(user_agent, prefer, flag)
        self._user_agent, self._without = _path(user_agent), _MISSING if required else None
        self._prefer = None if prefer is None else _path(prefer)
        self._flag = None if flag is None else _path(flag)
        self._status = _path(status or "status")
        self._objects = self._prefers = 0
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

    def remark(self) -> str:
        """That there was no Prefer key at all: nobody sent one, or it is misspelled."""
        if self._prefer is None or self._prefers or not self._objects:
            return ""
        return f"--prefer {'.'.join(self._prefer)}: no line has this key"

    def _opted_out(self, document: Any) -> bool:
        if not isinstance(document, dict):
            raise TypeError("not an object")
        prefers = _fields(document, self._prefer) if self._prefer else []
        self._objects += 1
        self._prefers += len(prefers)
        flag = self._flag is not None and flagged(_value(document, self._flag))
        user_agents = _texts(_value(document, self._user_agent, self._without))
        return (
            flag
            or preference.opted_out([text for value in prefers for text in _texts(value)])
            or any(preference.opted_out(None, user_agent) for user_agent in user_agents)
        )


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys are all different: of two that are the same, readers take one or the other."""
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key stands twice")
    return made


def _path(key: str) -> tuple[str, ...]:
    if not all(key.split(".")):
        raise LogError(f"not a key: {key!r}", usage=True)
    return tuple(key.split("."))


def _value(document: Any, path: tuple[str, ...], default: object = _MISSING) -> Any:
    """The value at this path. A key that has dots itself is found as a whole. ValueError: it is not there."""
    if isinstance(document, dict) and ".".join(path) in document:
        return document[".".join(path)]
    for step in path:
        if not isinstance(document, dict) or step not in document:
            if default is _MISSING:
                raise ValueError("a key is missing")
            return default
        document = document[step]
    return document


def _fields(document: Any, path: tuple[str, ...]) -> list[Any]:
    """All that is at this path, whose last step is in any case, or in a key that has dots itself."""
    found = _named(document, ".".join(path)) if len(path) > 1 else []
    for step in path[:-1]:
        document = document.get(step) if isinstance(document, dict) else None
    return found + _named(document, path[-1])


def _named(document: Any, name: str) -> list[Any]:
    if not isinstance(document, dict):
        return []
    name = name.lower()
    return [value for key, value in document.items() if key.lower() == name]


def _texts(value: Any) -> list[str]:
    """A field's values: one text, a list of them, or null."""
    values = [] if value is None else value if isinstance(value, list) else [value]
    if not all(isinstance(text, str) for text in values):
        raise TypeError("a field's value is text")
    return values
