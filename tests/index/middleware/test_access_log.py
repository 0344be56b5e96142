"""The filter: what a record tells of its request, and that no record borrows from another."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import logging.config
import threading
from typing import Any

import pytest

from pep786.index import ASGIMiddleware, NoAnalyticsFilter, WSGIMiddleware, flag

OPTED_OUT, PLAIN = {"HTTP_PREFER": "no-analytics"}, {"HTTP_USER_AGENT": "pip/26.3"}


def record(*args: Any) -> logging.LogRecord:
    return logging.LogRecord("access", logging.INFO, __file__, 1, "%s", args, None)


def shared(*args: Any) -> bool:
    """Whether one line, written now, is shared."""
    return bool(NoAnalyticsFilter().filter(record(*args)))


def in_fresh_context(call: Any) -> Any:
    return contextvars.Context().run(call)


def serve(environ: Any, *args: Any) -> bool:
    """A request whose line is written while the application answers."""
    found = []

    def app(_environ: Any, _start_response: Any) -> list[bytes]:
        found.append(shared(*args))
        return []

    WSGIMiddleware(app)(dict(environ), lambda *_: lambda _: None)
    return found[0]


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ([{"pep786.no_analytics": False}], True),
        ([{"pep786.no_analytics": True}], False),
        ([{"{pep786.no_analytics}e": False, "{prefer}i": "x"}], True),
        ([{"{pep786.no_analytics}e": True, "{prefer}i": "x"}], False),
        # Text is not a flag of ours: an environment variable, a header.
        ([{"{pep786.no_analytics}e": "False"}], False),
        ([{"pep786.no_analytics": "False"}], False),
        ([{"pep786.no_analytics": 0}], False),
        ([{"{pep786.no_analytics}i": False}], False),
        ([{"h": "127.0.0.1"}], False),
        (["GET /", "200"], False),
        ([], False),
    ],
)
def test_what_a_record_tells(args: list[Any], expected: bool) -> None:
    assert in_fresh_context(lambda: shared(*args)) is expected


def test_a_record_that_tells_nothing_has_the_flag_at_hand() -> None:
    assert in_fresh_context(lambda: [serve(OPTED_OUT, "GET"), serve(PLAIN, "GET")]) == [False, True]


def test_what_a_record_tells_goes_before_what_is_at_hand() -> None:
    assert in_fresh_context(lambda: serve(PLAIN, {"pep786.no_analytics": True})) is False
    assert in_fresh_context(lambda: serve(OPTED_OUT, {"pep786.no_analytics": False})) is True


@pytest.mark.parametrize("first", ["text", {"pep786.no_analytics": False}, {"{pep786.no_analytics}e": False}])
def test_a_flag_serves_one_record(first: Any) -> None:
    """The line of a refused request, in the thread of a plain one, borrows nothing."""
    assert in_fresh_context(lambda: [serve(PLAIN, first), shared("refused")]) == [True, False]


def test_a_context_that_was_copied_has_no_second_flag() -> None:
    """As uvicorn starts the task of a pipelined request in the context of the one before it."""

    def requests() -> list[bool]:
        copies: list[contextvars.Context] = []

        def app(_environ: Any, _start_response: Any) -> list[bytes]:
            copies.append(contextvars.copy_context())
            return []

        WSGIMiddleware(app)(dict(PLAIN), lambda *_: lambda _: None)
        return [shared("its own"), copies[0].run(shared, "the next one's")]

    assert in_fresh_context(requests) == [True, False]


def asking_itself(inner: Any, note: Any) -> Any:
    """A WSGI application that answers /outer after it has asked its own wrapped self for another page."""

    def app(environ: Any, _start_response: Any) -> list[bytes]:
        if environ["PATH_INFO"] == "/outer":
            call({**inner, "PATH_INFO": "/inner"})
        note(environ["PATH_INFO"])
        return []

    def call(environ: Any) -> Any:
        return wrapped(environ, lambda *_: lambda _: None)

    wrapped = WSGIMiddleware(app)
    return call


def asking_itself_async(inner: Any, note: Any) -> Any:
    """The same for ASGI, called as the other one is."""

    async def app(scope: Any, _receive: Any, _send: Any) -> None:
        if scope["path"] == "/outer":
            await wrapped({"type": "http", "path": "/inner", "headers": fields(inner)}, None, None)
        note(scope["path"])

    wrapped: Any = ASGIMiddleware(app)

    def fields(environ: Any) -> list[tuple[bytes, bytes]]:
        return [(name[len("HTTP_") :].replace("_", "-").lower().encode(), environ[name].encode()) for name in environ]

    def call(environ: Any) -> None:
        path = environ.pop("PATH_INFO")
        asyncio.run(wrapped({"type": "http", "path": path, "headers": fields(environ)}, None, None))

    return call


@pytest.mark.parametrize("asking", [asking_itself, asking_itself_async])
@pytest.mark.parametrize("logged", [["/outer"], ["/inner", "/outer"]], ids=["one line", "a line each"])
@pytest.mark.parametrize(("outer", "inner"), [(OPTED_OUT, PLAIN), (PLAIN, OPTED_OUT), (PLAIN, PLAIN)])
def test_a_request_has_its_flag_again_after_one_within_it(
    asking: Any, outer: Any, inner: Any, logged: list[str]
) -> None:
    """An application may call itself: Pyramid's invoke_subrequest, a client with a transport into the process."""
    found = []

    def note(path: str) -> None:
        if path in logged:
            found.append((path, shared(path)))

    in_fresh_context(lambda: asking(inner, note)({**outer, "PATH_INFO": "/outer"}))
    assert found == [(path, (inner if path == "/inner" else outer) is PLAIN) for path in logged]


def test_a_request_within_another_leaves_nothing_for_the_next_record() -> None:
    """The outer one's line was written before it; a line after that is about neither."""
    found: list[bool] = []

    def app(environ: Any, _start_response: Any) -> list[bytes]:
        if environ["PATH_INFO"] == "/outer":
            found.append(shared("its own"))
            call("/inner")
        return []

    def call(path: str) -> Any:
        return WSGIMiddleware(app)({**PLAIN, "PATH_INFO": path}, lambda *_: lambda _: None)

    in_fresh_context(lambda: [call("/outer"), found.append(shared("refused"))])  # type: ignore[func-returns-value]
    assert found == [True, False]


@pytest.mark.parametrize("environ", [OPTED_OUT, PLAIN])
def test_two_middlewares_around_one_application_give_one_flag(environ: Any) -> None:
    """As with the Pyramid include in a wrapped application; a line is written inside of both."""

    def app(_environ: Any, _start_response: Any) -> list[bytes]:
        found.append(shared("its own"))
        return []

    found: list[bool] = []
    wrapped = WSGIMiddleware(WSGIMiddleware(app))
    in_fresh_context(lambda: [wrapped(dict(environ), None), found.append(shared("refused"))])  # type: ignore[arg-type,func-returns-value]
    assert found == [environ is PLAIN, False]


def test_a_request_in_a_context_copied_from_a_running_one_keeps_its_flag() -> None:
    """As uvicorn's pipelined ones: they are within no other, though that one was not done when the copy was made."""
    copies: list[contextvars.Context] = []

    def first(_environ: Any, _start_response: Any) -> list[bytes]:
        shared("its own")
        copies.append(contextvars.copy_context())
        return []

    def both() -> list[bool]:
        WSGIMiddleware(first)(dict(PLAIN), None)  # type: ignore[arg-type]
        return [copies[0].run(later, environ) for environ in (PLAIN, OPTED_OUT)]

    def later(environ: Any) -> bool:
        WSGIMiddleware(lambda *_: [])(dict(environ), None)  # type: ignore[arg-type]
        return shared("after the application is done")

    assert in_fresh_context(both) == [True, False]


def test_all_handlers_decide_alike_on_one_record() -> None:
    def both() -> list[bool]:
        flag.begin(False)
        line = record("GET")
        return [bool(NoAnalyticsFilter().filter(line)) for _ in range(2)]

    assert in_fresh_context(both) == [True, True]


@pytest.mark.parametrize("known", [True, False, None])
def test_the_bit_is_kept_for_an_internal_log(known: bool | None) -> None:
    def mark() -> object:
        if known is not None:
            flag.begin(known)
        line = record("GET")
        assert NoAnalyticsFilter(drop=False).filter(line)
        return line.__dict__["no_analytics"]

    assert in_fresh_context(mark) is known


def test_threads_are_kept_apart() -> None:
    results: list[bool] = []
    turns = threading.Barrier(2)

    def client(environ: Any, expected: bool) -> None:
        def app(_environ: Any, _start_response: Any) -> list[bytes]:
            turns.wait(10)  # the other has set its flag, too
            results.append(shared("GET") is expected)
            return []

        for _ in range(50):
            WSGIMiddleware(app)(dict(environ), lambda *_: lambda _: None)

    threads = [threading.Thread(target=client, args=each) for each in ((OPTED_OUT, False), (PLAIN, True))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [True] * 100


def test_tasks_are_kept_apart() -> None:
    """All have their flag before any of them writes; one writes in a task of its own, as some frameworks do."""

    async def requests() -> list[bool]:
        arrived = asyncio.Event()
        waiting = []

        async def app(scope: Any, _receive: Any, send: Any) -> None:
            waiting.append(scope)
            if len(waiting) == 6:
                arrived.set()
            await arrived.wait()
            await asyncio.ensure_future(send(scope))

        async def client(number: int) -> bool:
            results = []

            async def receive() -> Any:
                raise AssertionError

            async def send(_message: Any) -> None:
                results.append(shared("GET"))

            headers = [(b"prefer", b"no-analytics")] if number % 2 else []
            await ASGIMiddleware(app)({"type": "http", "headers": headers}, receive, send)
            return results[0]

        return list(await asyncio.gather(*(asyncio.ensure_future(client(number)) for number in range(6))))

    assert asyncio.run(requests()) == [True, False] * 3


def test_the_filter_breaks_nothing() -> None:
    class Broken(dict):  # type: ignore[type-arg]
        def get(self, *_: object) -> object:
            raise RuntimeError

    assert in_fresh_context(lambda: shared(Broken(key=1))) is False


def test_logging_finds_it_by_name() -> None:
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "filters": {"no_analytics": {"()": "pep786.index.NoAnalyticsFilter"}},
            "handlers": {"shared": {"class": "logging.NullHandler", "filters": ["no_analytics"]}},
            "loggers": {"pep786.tests": {"handlers": ["shared"]}},
        }
    )
    (found,) = logging.getLogger("pep786.tests").handlers[0].filters
    assert isinstance(found, NoAnalyticsFilter)


@pytest.mark.parametrize("name", ["WSGIMiddleware", "ASGIMiddleware", "NoAnalyticsFilter"])
def test_public_names(name: str) -> None:
    import pep786.index

    assert name in dir(pep786.index)
    assert getattr(pep786.index, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = pep786.index.Nothing
