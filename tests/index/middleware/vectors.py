"""The header vectors of the conformance suite, as they go over the wire."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, List, Tuple

from tests.environments import CHECKOUT

#: The same as other engines are held to.
FILE = CHECKOUT / "conformance" / "index" / "vectors.json"

Fields = List[Tuple[str, str]]


@dataclass(frozen=True)
class Vector:
    """One request's fields, and what an index has to make of them.

    refusable  whether a server may refuse the request instead: for its size, or since it is not HTTP.
    """

    name: str
    fields: tuple[tuple[str, str], ...]
    opted_out: bool
    refusable: bool


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return str(value["before"] + value["unit"] * value["n"] + value["after"])
    return str(value)


def _read() -> list[Vector]:
    vectors = []
    for each in json.loads(FILE.read_text(encoding="utf-8"))["vectors"]:
        fields: Fields = [("Prefer", _text(line)) for line in each["prefer"]]
        if each["user_agent"] is not None:
            fields.append(("User-Agent", _text(each["user_agent"])))
        fields += list(each.get("other", {}).items())
        vectors.append(Vector(each["id"], tuple(fields), each["opted_out"], "wire_alt" in each))
    return vectors


VECTORS = _read()
