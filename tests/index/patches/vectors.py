"""The header vectors of the conformance suite (``conformance/index/vectors.json``)."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from tests.environments import CHECKOUT

_FILE = CHECKOUT / "conformance" / "index" / "vectors.json"


class Vector(NamedTuple):
    """A request's fields, and whether they opt out: exactly, and behind the guard for long fields.

    refusable  whether a server may refuse the request instead.
    other      more fields, which mean nothing.
    """

    @property
    def fields(self) -> list[tuple[str, str]]:
        """All fields, as they go over the wire."""
        fields = [*self.other.items(), *(("Prefer", line) for line in self.prefer)]
        return fields if self.user_agent is None else [*fields, ("User-Agent", self.user_agent)]

    id: str
    prefer: list[str]
    user_agent: str | None
    opted_out: bool
    guarded: bool
    refusable: bool
    other: dict[str, str]

    def __str__(self) -> str:
        return self.id


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return str(value["before"] + value["unit"] * value["n"] + value["after"])


def _vector(row: dict[str, Any]) -> Vector:
    user_agent = row.get("user_agent")
    return Vector(
        row["id"],
        [_text(line) for line in row.get("prefer") or []],
        None if user_agent is None else _text(user_agent),
        row["opted_out"],
        row.get("guarded", row["opted_out"]),
        "wire_alt" in row,
        row.get("other", {}),
    )


ALL = [_vector(row) for row in json.loads(_FILE.read_text(encoding="utf-8"))["vectors"]]
