"""Every clause holds at an index that behaves, and is seen to fail at one that does not."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from pep786.index.check import CLAUSES, Check, UnusableIndexError
from pep786.index.check.spellings import LONG, SPELLINGS
from pep786.preference import opted_out
from pep786.verify import pages
from pep786.verify.distributions import wheel
from tests.index.check.indexes import (
    CheckedIndex,
    Reply,
    asks,
    forgeable,
    only,
    refused,
    shortened,
    slow,
    to_those_who_ask,
    told,
)

if TYPE_CHECKING:
    from pep786.verify.index import Request
    from tests.index.check.indexes import Fault

ALL = [clause.name for clause in CLAUSES]


def judged(index: CheckedIndex, pairs: int = 3, timeout: float = 5.0) -> dict[str, tuple[str, str]]:
    """Each clause's verdict and reason."""
    outcomes = Check(index.simple, timeout=timeout, pairs=pairs).outcomes()
    return {outcome.name: (outcome.verdict, outcome.reason) for outcome in outcomes}


def failed(verdicts: dict[str, tuple[str, str]]) -> list[str]:
    return [name for name, (verdict, _) in verdicts.items() if verdict == "failed"]


def test_every_clause_holds_at_an_index_that_behaves() -> None:
    with CheckedIndex() as index:
        verdicts = judged(index, pairs=50)
    assert list(verdicts) == ALL
    assert {verdict for verdict, _ in verdicts.values()} == {"passed"}, verdicts


def _short_of_patience(request: Request, right: Reply) -> Reply:
    long = any(len(value) > 2000 for value in request.prefer)
    return Reply(503, {}) if long else right


def _for_the_first_line_only(request: Request, right: Reply) -> Reply:
    """What a server does that reads one field line of two, and then treats the two groups differently."""
    return refused(request, right) if opted_out(request.prefer[-1:] or None) else right


def _counted() -> Fault:
    numbers = itertools.count()
    return lambda _, right: right._replace(headers={**right.headers, "X-Copy": str(next(numbers))})


def _conditional(request: Request, right: Reply) -> Reply:
    return Reply(200, {}, b"whole") if right.status == 304 and request.kind == "page" else right


def _login(request: Request, right: Reply) -> Reply:
    return Reply(401, {"WWW-Authenticate": "Basic"}) if request.method == "HEAD" else right


def _no_preflight(request: Request, right: Reply) -> Reply:
    return Reply(405, {}) if request.method == "OPTIONS" else right


def _without_prefer(request: Request, right: Reply) -> Reply:
    if request.method != "OPTIONS":
        return right
    return right._replace(headers={**right.headers, "Access-Control-Allow-Headers": "Range"})


def _where(area: str, fault: Fault) -> Fault:
    return lambda request, right: fault(request, right) if request.route.startswith(area) else right


FAULTS: dict[str, tuple[Fault, str]] = {
    "a page refused": (only("page", to_those_who_ask(refused)), "same answer: page in HTML"),
    "a page of other bytes": (only("page", to_those_who_ask(shortened)), "same answer: page in HTML"),
    "another ETag": (only("page", to_those_who_ask(told(ETag='"theirs"'))), "same answer: page in HTML"),
    "not to be cached": (
        only("page", to_those_who_ask(told(Expires="Thu, 01 Jan 1970 00:00:00 GMT"))),
        "same answer: page in HTML",
    ),
    "a cookie": (only("page", to_those_who_ask(told(Set_Cookie="seen=1; Path=/"))), "same answer: page in HTML"),
    "in one spelling only": (only("page", _for_the_first_line_only), "same answer: page in HTML"),
    "JSON of other bytes": (
        lambda request, right: (
            shortened(request, right) if asks(request) and right.headers.get("Content-Type") == pages.JSON else right
        ),
        "same answer: page in JSON",
    ),
    "metadata missing": (
        only("metadata", to_those_who_ask(lambda *_: Reply(404, {}))),
        "same answer: metadata file",
    ),
    "a file that redirects elsewhere": (
        only("file", to_those_who_ask(told(Location="http://127.0.0.1:9/"))),
        "same answer: redirect",
    ),
    "a file of other bytes": (only("file", to_those_who_ask(shortened)), "same answer: file"),
    "no ranges": (
        only("range", to_those_who_ask(lambda _, right: right._replace(status=200))),
        "same answer: part of a file",
    ),
    "HEAD refused": (only("file", to_those_who_ask(lambda *_: Reply(405, {})), "HEAD"), "same answer: HEAD"),
    "no 304": (to_those_who_ask(_conditional), "same answer: unchanged page or file"),
    "410 for 404": (
        to_those_who_ask(lambda _, right: right._replace(status=410) if right.status == 404 else right),
        "same answer: missing page or file",
    ),
    "a connection closed": (only("page", to_those_who_ask(lambda *_: None)), "same answer: page in HTML"),
    "a login": (to_those_who_ask(_login), "no login because of it"),
    "503 to a long field": (_short_of_patience, "a long list breaks nothing"),
    "a connection closed on a long field": (
        lambda request, right: None if _short_of_patience(request, right).status == 503 else right,
        "a long list breaks nothing",
    ),
    "a flag shown to all": (told(X_Opted_Out="0"), "a flag is not shown, not taken"),
    "the field shown to all": (told(X_Debug="Prefer=No-Analytics"), "a flag is not shown, not taken"),
    "a flag taken from the client": (forgeable, "a flag is not shown, not taken"),
    "Vary: Prefer": (told(Vary="Accept, prefer"), "no Vary: Prefer, no Preference-Applied"),
    "Preference-Applied": (
        told(Preference_Applied="respond-async"),
        "no Vary: Prefer, no Preference-Applied",
    ),
    "no preflight for pages": (_where("/simple", _no_preflight), "browsers may send it: page"),
    "Prefer not allowed for pages": (_where("/simple", _without_prefer), "browsers may send it: page"),
    "no preflight for files": (_where("/stored", _no_preflight), "browsers may send it: file"),
    "Prefer not allowed for files": (_where("/stored", _without_prefer), "browsers may send it: file"),
}


@pytest.mark.parametrize(("fault", "clause"), FAULTS.values(), ids=FAULTS)
def test_each_fault_fails_its_clause(fault: Fault, clause: str) -> None:
    with CheckedIndex(fault) as index:
        verdicts = judged(index)
    assert clause in failed(verdicts), verdicts


@pytest.mark.parametrize(("kind", "clause"), [("page", "same time: page"), ("range", "same time: file")])
def test_a_slower_answer_is_seen(kind: str, clause: str) -> None:
    with CheckedIndex(only(kind, to_those_who_ask(slow(0.01)))) as index:
        verdicts = judged(index, pairs=15)
    assert failed(verdicts) == [clause], verdicts
    assert "ms more than the usual" in verdicts[clause][1]


def test_a_faster_answer_is_seen() -> None:
    """Whoever asks and is served from elsewhere is served differently too."""
    wait = slow(0.01)
    with CheckedIndex(only("page", lambda request, right: right if asks(request) else wait(request, right))) as index:
        verdicts = judged(index, pairs=15)
    assert failed(verdicts) == ["same time: page"], verdicts
    assert "ms less than the usual" in verdicts["same time: page"][1]


def test_every_clause_is_seen_to_fail() -> None:
    timed = {"same time: page", "same time: file"}
    assert {clause for _, clause in FAULTS.values()} | timed == set(ALL)


_NONCE = itertools.count(10000)

HARMLESS: dict[str, Fault] = {
    "a number on each answer": _counted(),
    "a page that is never the same": only(
        "page", lambda _, right: right._replace(body=right.body + b"%d" % next(_NONCE))
    ),
    "request ids": lambda _, right: right._replace(headers={**right.headers, "X-Request-Id": str(next(_NONCE))}),
    "a long field refused": lambda request, right: (
        Reply(431, {}) if _short_of_patience(request, right).status == 503 else right
    ),
    "one answer in forty is an error": lambda _, right: Reply(502, {}) if next(_NONCE) % 40 == 30 else right,
    "a connection for each request": told(Connection="close"),
    "a project whose name tells": told(Link='</simple/no-analytics/>; rel="related"'),
    "Prefer allowed by a star": lambda request, right: (
        right._replace(headers={**right.headers, "Access-Control-Allow-Headers": "*"})
        if request.method == "OPTIONS"
        else right
    ),
}


@pytest.mark.parametrize("noise", HARMLESS.values(), ids=HARMLESS)
def test_noise_fails_nothing(noise: Fault) -> None:
    with CheckedIndex(noise) as index:
        verdicts = judged(index)
    assert failed(verdicts) == [], verdicts


def test_an_index_that_is_for_no_browser_need_not_allow_the_field() -> None:
    with CheckedIndex(cors=False) as index:
        verdicts = judged(index)
    assert failed(verdicts) == []
    assert verdicts["browsers may send it: page"][0] == "skipped"


def test_what_an_index_has_not_is_skipped_and_said() -> None:
    no_json = only(
        "page",
        lambda _, right: right._replace(status=406) if right.headers.get("Content-Type") == pages.JSON else right,
    )
    with CheckedIndex(no_json, metadata=False, redirect_files=False) as index:
        verdicts = judged(index)
    assert verdicts["same answer: metadata file"] == ("skipped", "the page offers none")
    assert verdicts["same answer: page in JSON"][0] == "skipped"


def test_an_index_that_wants_a_login_from_everybody_is_checked_with_one() -> None:
    """The credentials go to the index, and not to the host that it redirects to."""

    def login(request: Request, right: Reply) -> Reply:
        known = request.values("Authorization") == ["Basic dXNlcjpwQHNz"]
        open_to_all = request.host.startswith("localhost") or request.method == "OPTIONS"  # browsers ask without
        return right if known or open_to_all else Reply(401, {"WWW-Authenticate": "Basic"})

    with CheckedIndex(login) as index:
        check = Check(index.simple.replace("://", "://user:p%40ss@"), pairs=3)
        assert "p%40ss" not in check.url
        verdicts = {outcome.name: outcome.verdict for outcome in check.outcomes()}
    assert "failed" not in verdicts.values(), verdicts
    assert not any(request.values("Authorization") for request in index.received if "localhost" in request.host)


def test_a_hang_is_told_soon() -> None:
    wait = slow(1.0)
    with CheckedIndex(
        to_those_who_ask(
            lambda request, right: wait(request, right) if pages.JSON in request.values("Accept") else right
        )
    ) as index:
        verdicts = judged(index, timeout=0.5)
    assert failed(verdicts) == ["same answer: page in JSON"], verdicts
    assert "no answer in time" in verdicts["same answer: page in JSON"][1]


def test_an_index_that_has_enough_is_left_alone() -> None:
    numbers = itertools.count()
    with CheckedIndex(lambda _, right: Reply(429, {}) if next(numbers) > 60 else right) as index:
        with pytest.raises(UnusableIndexError, match="fewer requests"):
            judged(index)
        assert len(index.received) < 70


def test_requests_are_counted_as_they_were_received() -> None:
    with CheckedIndex() as index:
        check = Check(index.simple, pairs=3)
        list(check.outcomes())
        with_preference = sum(map(asks, index.received))
        assert check.sent == (with_preference, len(index.received) - with_preference)
        assert all(check.mark in (request.user_agent or "") for request in index.received)


def test_each_spelling_asks_and_stands_on_the_wire_as_it_is_written() -> None:
    assert len(SPELLINGS) == 5
    for spelling in SPELLINGS:
        assert opted_out([value for _, value in spelling.prefer], "x/1" + spelling.suffix), spelling
    assert opted_out([value for _, value in LONG])
    with CheckedIndex() as index:
        list(Check(index.simple, pairs=3).outcomes())
        seen = {tuple((name, value) for name, value in r.headers if name.lower() == "prefer") for r in index.received}
        assert {spelling.prefer for spelling in SPELLINGS} <= seen


def test_large_files_are_not_downloaded() -> None:
    """Of a file larger than what is compared, parts are asked for; its beginning is read once, to see its size."""
    large = wheel("large", "1.0", files={"large.bin": "x" * (1 << 20)})
    with CheckedIndex(redirect_files=False) as index:
        index.distributions.append(large)
        index.files[large.filename] = large.data
        check = Check(index.simple, "large", pairs=3)
        outcomes = {outcome.name: outcome for outcome in check.outcomes()}
        whole = [r for r in index.received if r.method == "GET" and r.kind == "file" and large.filename in r.path]
    assert outcomes["same answer: file"].verdict == "skipped"
    assert outcomes["same answer: part of a file"].verdict == "passed"
    assert len(whole) == 1
