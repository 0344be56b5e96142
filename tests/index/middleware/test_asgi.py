"""The ASGI boundary in process: what the application gets, and that all else is passed on as it is."""

from __future__ import annotations

import asyncio
from typing import Any, Iterable, List, Tuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pep786 import preference
from pep786.index import ASGIMiddleware, asgi
from tests.grammar import near_misses, opted_out
from tests.index.middleware.vectors import VECTORS

FLAG = "pep786.no_analytics"
Headers = List[Tuple[bytes, bytes]]
ACCEPT = (b"accept", b"*/*")


def called(scope: Any) -> tuple[Any, Any, Any]:
    """What the application is called with."""
    found = []

    async def app(*arguments: Any) -> None:
        found.append(arguments)

    asyncio.run(ASGIMiddleware(app)(scope, receive, send))
    return found[0]


async def receive() -> dict[str, Any]:
    raise AssertionError


async def send(_message: Any) -> None:
    raise AssertionError


def seen(headers: Iterable[Any], **more: Any) -> dict[str, Any]:
    """The scope with which the application is called for a request."""
    scope: dict[str, Any] = called({"type": "http", "headers": headers, **more})[0]
    return scope


def prefer(*lines: str) -> Headers:
    return [(b"prefer", line.encode("latin-1")) for line in lines]


def agent(*lines: str) -> Headers:
    return [(b"user-agent", line.encode("latin-1")) for line in lines]


@pytest.mark.parametrize(
    ("headers", "flag", "left"),
    [
        ([], False, []),
        (agent("pip/26.3"), False, agent("pip/26.3")),
        (prefer("no-analytics") + agent("pip/26.3"), True, agent("pip/26.3")),
        (prefer("wait=5", "x=1"), False, prefer("wait=5", "x=1")),
        (prefer("wait=5", "no-analytics", "x=1"), True, prefer("wait=5,x=1")),
        (prefer("no-analytics", "no-analytics"), True, []),
        (prefer('a="x', 'no-analytics"'), False, prefer('a="x', 'no-analytics"')),
        (prefer("wait=5") + agent("pip (no-analytics)"), True, prefer("wait=5") + agent("pip")),
        (agent("(no-analytics)"), True, []),
        (agent("one", "two (no-analytics)"), True, agent("one", "two")),
        (agent("é (no-analytics)"), True, agent("é")),
        (prefer("no-analytics") + agent("(no-analytics)") + prefer("x=1", "y=1"), True, prefer("x=1,y=1")),
        (agent("(no-analytics)", "two") + prefer("wait=5", "x=1"), True, agent("two") + prefer("wait=5", "x=1")),
    ],
)
def test_the_application_sees_the_flag_only(headers: Headers, flag: bool, left: Headers) -> None:
    scope = seen([ACCEPT, *headers, ACCEPT])
    assert scope[FLAG] is flag
    assert list(scope["headers"]) == [ACCEPT, *left, ACCEPT]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: str(vector.name))
def test_vectors(vector: Any) -> None:
    scope = seen([(name.lower().encode(), value.encode("latin-1")) for name, value in vector.fields])
    assert scope[FLAG] is vector.opted_out
    left = [value for name, value in scope["headers"] if name == b"prefer"]
    assert not preference.opted_out(left, dict(scope["headers"]).get(b"user-agent"))


@pytest.mark.property
@given(st.lists(near_misses, max_size=3), st.sampled_from([[], agent("pip (no-analytics)"), agent("(no-analytics)")]))
def test_nothing_of_the_signal_is_left(lines: list[str], agents: Headers) -> None:
    """Asked twice, so that what is remembered of a value is what is found."""
    for _ in range(2):
        scope = seen([*prefer(*lines), ACCEPT, *agents])
        assert scope[FLAG] is (opted_out(",".join(lines)) or bool(agents))
        left = [value for name, value in scope["headers"] if name == b"prefer"]
        assert not opted_out(b",".join(left).decode("latin-1"))
        if not scope[FLAG]:
            assert scope["headers"] == [*prefer(*lines), ACCEPT, *agents]


def test_little_is_remembered_whatever_is_sent() -> None:
    """No more than so many values, and none that is long: a client can't fill the memory."""
    remembered = asgi._others.cache_info
    for number in range(500):
        seen(prefer(f"x={number}, no-analytics"))
    assert remembered().currsize == remembered().maxsize
    missed = remembered().misses
    for _ in range(2):
        assert seen(prefer("x=" + "1" * 200 + ", no-analytics"))[FLAG]
    assert remembered().misses == missed


def test_the_servers_scope_stays_as_it_was() -> None:
    headers = prefer("no-analytics")
    scope = {"type": "http", "headers": headers, "path": "/", "state": {}}
    inner, given_receive, given_send = called(scope)
    assert scope == {"type": "http", "headers": prefer("no-analytics"), "path": "/", "state": {}}
    assert inner == {"type": "http", "headers": [], "path": "/", "state": {}, FLAG: True}
    assert inner["state"] is scope["state"]
    assert (given_receive, given_send) == (receive, send)


@pytest.mark.parametrize("kind", ["lifespan", "websocket", "of-the-future"])
def test_other_scopes_are_passed_on_untouched(kind: str) -> None:
    scope = {"type": kind, "headers": prefer("no-analytics")}
    assert called(scope)[0] is scope
    assert scope == {"type": kind, "headers": prefer("no-analytics")}


@pytest.mark.parametrize(
    "shape", [iter, tuple, lambda headers: (list(each) for each in headers)], ids=["iterator", "tuple", "lists"]
)
@pytest.mark.parametrize("flag", [True, False])
def test_headers_come_in_any_iterable(shape: Any, flag: bool) -> None:
    scope = seen(shape([ACCEPT, *prefer("no-analytics" if flag else "wait=5")]))
    assert scope[FLAG] is flag
    assert [tuple(each) for each in scope["headers"]] == [ACCEPT, *([] if flag else prefer("wait=5"))]


@pytest.mark.parametrize("found", [True, False, "1", "", None, 1])
def test_only_a_flag_of_ours_stays(found: object) -> None:
    assert seen([], **{FLAG: found})[FLAG] is (found is True)


def test_a_forged_header_is_a_header() -> None:
    forged = [(b"pep786.no_analytics", b"1"), (b"pep786-no-analytics", b"1")]
    scope = seen(forged)
    assert scope[FLAG] is False
    assert scope["headers"] == forged


@pytest.mark.parametrize("name", ["without_prefer", "without_user_agent"])
def test_a_fault_of_ours_is_an_opt_out(
    name: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The request goes on without either field; one line says so, and quotes nothing that the client sent."""

    def broken(*_: object) -> None:
        raise RuntimeError("wait=5")

    monkeypatch.setattr(asgi, name, broken)
    caplog.set_level("WARNING")
    scope = seen([ACCEPT, *prefer("wait=5, no-analytics"), *agent("pip (no-analytics)")])
    assert scope == {"type": "http", "headers": [ACCEPT], FLAG: True}
    assert caplog.messages == ["pep786: RuntimeError in the middleware; this request counts as opted out"]


@pytest.mark.parametrize(
    "headers", [7, [7], [(b"prefer",)], [(b"prefer", 1)], [("user-agent", "x"), (b"user-agent", 1)]]
)
def test_a_scope_that_is_none(headers: Any) -> None:
    assert seen(headers)[FLAG] is True


def test_a_stream_is_passed_on_as_it_comes() -> None:
    """Each message is with the server before the next is made, and the very object."""
    sent: list[Any] = []
    messages = [{"type": "http.response.start"}, *({"type": "http.response.body", "more_body": True} for _ in range(3))]

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        for number, message in enumerate(messages):
            assert len(sent) == number
            await send(message)

    async def keep(message: Any) -> None:
        sent.append(message)

    asyncio.run(ASGIMiddleware(app)({"type": "http", "headers": []}, receive, keep))
    assert [id(each) for each in sent] == [id(each) for each in messages]


def test_what_the_application_raises_is_raised() -> None:
    async def app(*_: Any) -> None:
        raise KeyError("the application's")

    with pytest.raises(KeyError, match="the application's"):
        asyncio.run(ASGIMiddleware(app)({"type": "http", "headers": []}, receive, send))


def test_servers_know_it_for_asgi_3() -> None:
    """They ask whether the call is a coroutine function."""
    assert asyncio.iscoroutinefunction(ASGIMiddleware(lambda *_: None).__call__)  # type: ignore[arg-type]
