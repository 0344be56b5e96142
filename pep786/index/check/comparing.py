"""What differs between answers, and is no noise."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .asking import Answer

#: Fields that differ between any two answers, or by which cache, connection or machine gave them, and why.
#: All others are compared, but for those that also differ between requests without the preference.
IGNORED = {
    "age": "counts the seconds in a cache (RFC 9111, 5.1)",
    "alt-svc": "an edge announces other protocols on some connections only (RFC 7838)",
    "cf-cache-status": "whether Cloudflare's cache had it",
    "cf-ray": "Cloudflare's request id",
    "connection": "about the connection, not the answer (RFC 9110, 7.6.1)",
    "date": "when the answer was made (RFC 9110, 6.6.1)",
    "keep-alive": "counts the requests left on a connection",
    "nel": "an edge samples it (Network Error Logging)",
    "report-to": "holds a token for each answer at some edges (Reporting API)",
    "reporting-endpoints": "likewise",
    "server-timing": "holds durations",
    "traceparent": "trace id (W3C Trace Context)",
    "tracestate": "likewise",
    "via": "names the machines on the way (RFC 9110, 7.6.3)",
    "x-amz-cf-id": "CloudFront's request id",
    "x-amz-cf-pop": "which of CloudFront's places answered",
    "x-amz-id-2": "S3's request id",
    "x-amz-request-id": "S3's request id",
    "x-cache": "whether a cache had it",
    "x-cache-hits": "how often it had it",
    "x-correlation-id": "request id",
    "x-request-id": "request id",
    "x-runtime": "holds a duration",
    "x-served-by": "which machine answered",
    "x-timer": "Fastly's times",
    "x-trace-id": "trace id",
    "x-varnish": "Varnish's transaction ids",
}

_SKEW = 2  # seconds: Date and Expires are each rounded


def differences(plain: Sequence[Answer], asked: Answer) -> dict[str, str]:
    """What is other about an answer to a request with the preference than about all those without it.

    plain  the answers without it, at least two. What differs among them is noise and not compared.

    Returns the part that differs ("status", "body" or a field's name) and what to tell of it.
    """
    found: dict[str, str] = {}
    statuses = {answer.status for answer in plain}
    if asked.status not in statuses:
        usual = ", ".join(map(_status, plain[-1:]))
        return {"status": f"{_status(asked)} instead of {usual}"}
    bodies = {(answer.whole, answer.body) for answer in plain}
    if len(bodies) == 1 and (asked.whole, asked.body) not in bodies:
        found["body"] = f"other bytes ({len(asked.body)} instead of {len(plain[-1].body)})"
    names = {name for answer in (*plain, asked) for name, _ in answer.headers}
    for name in sorted(names.difference(IGNORED)):
        values = {_comparable(answer, name) for answer in plain}
        value = _comparable(asked, name)
        if len(values) == 1 and value not in values:
            found[name] = f"{name}: {_shown(value)} instead of {_shown(values.pop())}"
    return found


def _comparable(answer: Answer, name: str) -> str | None:
    """The value of a field as far as it can be compared: see :data:`_READERS`."""
    value = answer.value(name)
    reader = _READERS.get(name)
    return reader(answer, value) if reader and value is not None else value


def _lifetime(answer: Answer, value: str) -> str:
    """How long Expires is from Date, where that is to be known: both move with the clock."""
    try:
        expires = parsedate_to_datetime(value)
        made = parsedate_to_datetime(answer.value("date") or "")
        seconds = (expires - made).total_seconds()
    except (TypeError, ValueError, IndexError, OverflowError):
        return value
    return f"{round(seconds / _SKEW) * _SKEW} seconds from Date"


def _cookies(answer: Answer, _: str) -> str:
    """The cookies' names: their values are new for each client that brings none."""
    return ", ".join(sorted(value.partition("=")[0] for field, value in answer.headers if field == "set-cookie"))


_READERS = {"expires": _lifetime, "set-cookie": _cookies}


def _status(answer: Answer) -> str:
    return str(answer.status) if answer.status else answer.fault


def _shown(value: str | None) -> str:
    if value is None:
        return "none"
    return repr(value if len(value) <= 60 else value[:57] + "...")
