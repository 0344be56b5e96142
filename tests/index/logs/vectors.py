"""The header vectors of the conformance suite, as a log has them: several Prefer lines joined, as servers do."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from tests.environments import CHECKOUT

_FILE = CHECKOUT / "conformance" / "index" / "vectors.json"


class Vector(NamedTuple):
    """One request."""

    id: str
    prefer: str | None
    user_agent: str | None

    def __str__(self) -> str:
        return self.id


def _text(value: Any) -> str:
    return str(value if isinstance(value, str) else value["before"] + value["unit"] * value["n"] + value["after"])


def _vector(row: dict[str, Any]) -> Vector:
    prefer = ", ".join(map(_text, row["prefer"])) if row["prefer"] else None
    return Vector(row["id"], prefer, None if row["user_agent"] is None else _text(row["user_agent"]))


ALL = [_vector(row) for row in json.loads(_FILE.read_text(encoding="utf-8"))["vectors"]]
