"""The header vectors (conformance/index): read, with the expectation of a guarded pattern beside the exact one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tests.environments import CHECKOUT

FILE = CHECKOUT / "conformance" / "index" / "vectors.json"


@dataclass(frozen=True)
class Vector:
    """One request's fields, as latin-1 views of their bytes, and what they ask for.

    guarded    the answer of an engine that takes a very long field for an opt-out.
    refusable  whether a server may refuse the request instead.
    """

    id: str
    prefer: tuple[str, ...]
    user_agent: str | None
    other: tuple[tuple[str, str], ...]
    opted_out: bool
    guarded: bool
    refusable: bool

    @property
    def joined(self) -> str | None:
        """All Prefer lines as one; None without any."""
        return ",".join(self.prefer) if self.prefer else None

    @property
    def fields(self) -> list[tuple[str, str]]:
        """The fields in wire order."""
        agent = [] if self.user_agent is None else [("User-Agent", self.user_agent)]
        return [*(("Prefer", line) for line in self.prefer), *agent, *self.other]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else value["before"] + value["unit"] * value["n"] + value["after"]


def _vector(each: dict[str, Any]) -> Vector:
    agent = each["user_agent"]
    return Vector(
        each["id"],
        tuple(map(_text, each["prefer"])),
        None if agent is None else _text(agent),
        tuple(each.get("other", {}).items()),
        each["opted_out"],
        each.get("guarded", each["opted_out"]),
        "wire_alt" in each,
    )


VECTORS = tuple(map(_vector, json.loads(FILE.read_text(encoding="utf-8"))["vectors"]))
