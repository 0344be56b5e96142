"""The clauses: what has to hold at an index, each with what is asked to see it."""

from __future__ import annotations

import statistics
from functools import partial
from typing import NamedTuple

from . import timing
from .comparing import differences
from .finding import PART, Request
from .spellings import FLAGS, LONG, SPELLINGS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Literal, Tuple

    from .asking import Answer, Visitor
    from .finding import Found
    from .spellings import Spelling

    Verdict = Literal["passed", "failed", "skipped"]
    Judged = Tuple[Verdict, str]

_REPEATS = 3
_FEWEST = 5  # pairs, of an index that takes its time: so many are timed, or
_ROUND = 60.0  # as many as there are in so many seconds
_LOST = 3  # pairs without an answer: enough to give up timing
_LOGIN = (401, 403)
_TELLING = ("no-analytics", "no_analytics", "opted-out", "opted_out", "opt-out", "opt_out")
# Judged by clauses of their own, or made of names that a project may have too.
_NOT_TELLING = ("content-disposition", "content-location", "link", "location", "preference-applied", "vary")
_ORIGIN = "https://pep786-index-check.invalid"  # RFC 6761, 6.4: nobody's
_LARGE = 32 * 1024


class Outcome(NamedTuple):
    """A judged clause: its name, "passed", "failed" or "skipped", and what was seen."""

    name: str
    verdict: Verdict
    reason: str

    def as_dict(self) -> dict[str, str]:
        """Ready for JSON."""
        return {"name": self.name, "verdict": self.verdict, "reason": self.reason}


class Clause(NamedTuple):
    """What has to hold, in the person's words, and the function that judges it."""

    name: str
    judge: Callable[[Visitor, Found, int], Judged]


def _ask(visitor: Visitor, request: Request, *more: tuple[str, str]) -> Answer:
    return visitor.ask(request.url, (*request.fields, *more), method=request.method)


def _ask_so(visitor: Visitor, request: Request, spelling: Spelling) -> Answer:
    return _ask(visitor, request, *spelling.fields(visitor.agent))


def _same(kind: str, visitor: Visitor, found: Found, _: int) -> Judged:
    """Status, bytes and fields do not depend on the preference (RFC 7240, 2; design, D15)."""
    requests = found.asking.get(kind)
    if not requests:
        return "skipped", found.why[kind]
    statuses = []
    for request in requests:
        status, told = _compared(visitor, request)
        if told or not status:
            return "failed", f"{request.method} {_path(request)}, {told or 'gets no answer at all'}"
        statuses.append(status)
    return "passed", f"{' and '.join(map(str, dict.fromkeys(statuses)))} in {len(SPELLINGS)} spellings"


def _compared(visitor: Visitor, request: Request) -> tuple[int, str]:
    """The usual status, and what is other with the preference, in which spelling; "" where nothing is."""
    _ask(visitor, request)  # caches are filled by whoever comes first
    plain, asked = [_ask(visitor, request)], []
    for spelling in SPELLINGS:
        asked.append((spelling, _ask_so(visitor, request, spelling)))
        plain.append(_ask(visitor, request))
        if not asked[-1][1].status:
            break  # one time-out to wait for, not five
    for spelling, answer in asked:
        found = differences(plain, answer)
        for _ in range(_REPEATS):  # a new upload, another machine: only what is always so is a difference
            if not found:
                break
            again = _ask_so(visitor, request, spelling)
            plain.append(_ask(visitor, request))
            now = differences(plain, again)
            found = {part: now[part] for part in found if part in now}
        if found:
            return plain[0].status, f"{spelling.name}: {'; '.join(found.values())}"
    return plain[0].status, ""


def _path(request: Request) -> str:
    path = "/" + request.url.partition("://")[2].partition("/")[2]
    return path if len(path) <= 100 else f"{path[:97]}..."


def _timed(of: str, visitor: Visitor, found: Found, pairs: int) -> Judged:
    """Over interleaved pairs, the preference costs no time and saves none."""
    request = found.page if of == "page" else found.file._replace(fields=(PART,))
    first = _ask(visitor, request)
    if len(first.body) > _LARGE:  # be polite
        request = request._replace(method="HEAD")
    pairs = min(pairs, max(_FEWEST, int(_ROUND / (2 * first.seconds + 1e-9))))
    apart, usual = 0.0, 0.0
    for _ in range(timing.ROUNDS):
        plain, asked = _seconds(visitor, request, pairs)
        if len(plain) < pairs:
            return "failed", f"{_LOST} of {len(plain) + _LOST} pairs got no answer"
        usual = statistics.median(plain)
        again = timing.difference(plain, asked)
        if again == 0.0 or again * apart < 0:
            return "passed", f"{pairs} pairs, {usual * 1000:.1f} ms"
        apart = again
    more = "more" if apart > 0 else "less"
    return "failed", f"{abs(apart) * 1000:.1f} ms {more} than the usual {usual * 1000:.1f} ms, {timing.ROUNDS} times"


def _seconds(visitor: Visitor, request: Request, pairs: int) -> tuple[list[float], list[float]]:
    """The seconds that requests take, without and with the preference, pair by pair; fewer where pairs got lost."""
    plain: list[float] = []
    asked: list[float] = []
    lost = 0
    while len(plain) < pairs and lost < _LOST:
        number = len(plain)
        spelling = SPELLINGS[number % len(SPELLINGS)]
        first = timing.first_asks(number)
        so = _ask_so(visitor, request, spelling) if first else None
        usual = _ask(visitor, request)
        so = so or _ask_so(visitor, request, spelling)
        if usual.status and so.status:
            plain.append(usual.seconds)
            asked.append(so.seconds)
        else:
            lost += 1
    return plain, asked


def _login(visitor: Visitor, found: Found, _: int) -> Judged:
    """Who may ask without a login may do so with the preference."""
    open_to_all = 0
    for request in (found.page._replace(method="HEAD"), found.file._replace(method="HEAD")):
        usual = visitor.ask(request.url, request.fields, method=request.method, anonymous=True)
        if usual.status in _LOGIN:
            continue
        open_to_all += 1
        for spelling in SPELLINGS:
            fields = (*request.fields, *spelling.fields(visitor.agent))
            answer = visitor.ask(request.url, fields, method=request.method, anonymous=True)
            if answer.status in _LOGIN:
                return "failed", f"{_path(request)} answers {answer.status} to {spelling.name}"
    return "passed", "asked for without one" if open_to_all else "everybody has to log in here"


def _no_trace(visitor: Visitor, _found: Found, _: int) -> Judged:
    """No ``Vary: Prefer`` (a cache would keep five copies), no ``Preference-Applied`` (it would be replayed)."""
    for name, value in sorted(visitor.headers):
        listed = [item.strip().lower() for item in value.split(",")]
        if name == "preference-applied" or (name == "vary" and "prefer" in listed):
            return "failed", f"an answer has {name.title()}: {value}"
    return "passed", "in no answer so far"


def _flag(visitor: Visitor, found: Found, _: int) -> Judged:
    """The server's own note of the decision is not shown, and a client's forgery of it changes nothing."""
    request = found.page
    plain = [_ask(visitor, request) for _ in range(2)]
    for flag in FLAGS:
        for value in ("1", "0"):
            told = differences([*plain, _ask(visitor, request)], _ask(visitor, request, (flag, value)))
            again = told and differences([*plain, _ask(visitor, request)], _ask(visitor, request, (flag, value)))
            if again:
                return "failed", f"{flag}: {value} from a client changes the answer: {'; '.join(again.values())}"
    for name, value in sorted(visitor.headers):
        if name.startswith("access-control-") or name in _NOT_TELLING:
            continue
        if any(word in f"{name}: {value}".lower() for word in _TELLING):
            return "failed", f"an answer has {name}: {value}"
    return "passed", "in no answer, and not taken from a client"


def _long(visitor: Visitor, found: Found, _: int) -> Judged:
    """A long list is taken, or refused as any long field is: no server's fault, no broken connection."""
    usual = _ask(visitor, found.page).status
    answer = _ask(visitor, found.page, *LONG)
    allowed = (usual, 400, 413, 431)
    size = len(LONG[0][1])
    if answer.status not in allowed:
        return "failed", f"{answer.status or answer.fault} to {size} bytes of Prefer, {usual} without"
    return "passed", f"{answer.status} to {size} bytes of Prefer"


def _preflight(of: str, visitor: Visitor, found: Found, _: int) -> Judged:
    """A browser asks before it sends ``Prefer`` to another origin; refused, it can install nothing."""
    request = found.page if of == "page" else found.file
    origin = ("Origin", _ORIGIN)
    usual = visitor.ask(request.url, (*request.fields, origin), method="HEAD")
    if not _allows_origin(usual):
        return "skipped", "no browser of another origin may read from this host, with or without the preference"
    wanted = (origin, ("Access-Control-Request-Method", "GET"), ("Access-Control-Request-Headers", "prefer"))
    answer = visitor.ask(request.url, wanted, method="OPTIONS", anonymous=True)
    allowed = [item.strip().lower() for item in (answer.value("access-control-allow-headers") or "").split(",")]
    if not 200 <= answer.status < 300 or not _allows_origin(answer):
        return "failed", f"OPTIONS {_path(request)} answers {answer.status or answer.fault} to a browser's question"
    if "prefer" not in allowed and "*" not in allowed:
        shown = answer.value("access-control-allow-headers") or "nothing"
        return "failed", f"OPTIONS {_path(request)} allows {shown}, not Prefer"
    return "passed", "Prefer is allowed"


def _allows_origin(answer: Answer) -> bool:
    return answer.value("access-control-allow-origin") in ("*", _ORIGIN)


_KINDS = (
    "page in HTML",
    "page in JSON",
    "metadata file",
    "file",
    "part of a file",
    "HEAD",
    "unchanged page or file",
    "missing page or file",
    "redirect",
)

CLAUSES = (
    *(Clause(f"same answer: {kind}", partial(_same, kind)) for kind in _KINDS),
    Clause("same time: page", partial(_timed, "page")),
    Clause("same time: file", partial(_timed, "file")),
    Clause("no login because of it", _login),
    Clause("a long list breaks nothing", _long),
    Clause("a flag is not shown, not taken", _flag),
    Clause("no Vary: Prefer, no Preference-Applied", _no_trace),
    Clause("browsers may send it: page", partial(_preflight, "page")),
    Clause("browsers may send it: file", partial(_preflight, "file")),
)
