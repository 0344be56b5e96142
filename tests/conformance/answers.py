"""conformance/index/answers.toml, asked over HTTP: by the file alone, as any index's own tests may do."""

from __future__ import annotations

import http.client
from email.message import Message
from typing import Any, NamedTuple

from pep786.verify.tables import read
from tests.environments import CHECKOUT

DATA = read(str(CHECKOUT / "conformance" / "index" / "answers.toml"))
ANSWERS: list[dict[str, Any]] = DATA["answer"]
RECORDS: list[dict[str, Any]] = DATA["record"]
_NOT_COMPARED = {name.lower() for name in DATA["not_compared"]}
_AGENT = "checking/1.0"


class Got(NamedTuple):
    """One answer."""

    status: int
    fields: Message
    body: bytes

    def compared(self, part: str) -> object:
        if part != "fields":
            return getattr(self, part)
        return sorted((name.lower(), value) for name, value in self.fields.items() if name.lower() not in _NOT_COMPARED)


def signals(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The spellings of the preference that an answer is asked for with."""
    if "prefer" not in answer:
        spelled: list[dict[str, Any]] = DATA["signals"]
        return spelled
    long = answer["prefer"]
    return [{"prefer": [long["unit"] * long["n"] + long["after"]]}]


def forgeries(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The fields that no client may set, one for each request."""
    return [{"forged": (name, value)} for name, values in answer.get("forged", {}).items() for value in values]


def ask(port: int, path: str, answer: dict[str, Any], signal: dict[str, Any]) -> Got:
    """One request over a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.putrequest(answer.get("method", "GET"), path)
    connection.putheader("User-Agent", _AGENT + signal.get("suffix", ""))
    for value in signal.get("prefer", ()):
        connection.putheader("Prefer", value)
    for name, value in [*answer.get("fields", {}).items(), *([signal["forged"]] if "forged" in signal else [])]:
        connection.putheader(name, value)
    connection.endheaders()
    try:
        got = connection.getresponse()
        return Got(got.status, got.headers, got.read())
    except http.client.HTTPException:
        return Got(0, Message(), b"")
    finally:
        connection.close()


def faults(port: int, targets: dict[str, str], answer: dict[str, Any]) -> list[str]:
    """What does not hold of an answer; time is not looked at."""
    path = targets[answer["target"]]
    if "{etag}" in answer.get("fields", {}).values():
        etag = ask(port, path, {}, {}).fields["ETag"]
        answer = {**answer, "fields": dict.fromkeys(answer["fields"], etag)}
    found = []
    for signal in [*signals(answer), *forgeries(answer)]:
        plain, signed = ask(port, path, answer, {}), ask(port, path, answer, signal)
        found += [
            f"{part} differs"
            for part in answer["same"]
            if part != "time" and plain.compared(part) != signed.compared(part)
            if part != "status" or signed.status not in answer.get("or_status", ())
        ]
        found += [f"has {name}" for name in answer.get("absent", ()) if name in signed.fields]
        varied = _listed(signed.fields["Vary"])
        found += [f"Vary names {name}" for name in answer.get("vary_without", ()) if name.lower() in varied]
        allowed = _listed(signed.fields["Access-Control-Allow-Headers"])
        found += [
            f"{name} is not allowed"
            for name in answer.get("allow_headers", ())
            if name.lower() not in allowed and "*" not in allowed
        ]
    return found


def _listed(value: str | None) -> list[str]:
    return [item.strip().lower() for item in (value or "").split(",")]
