"""The WSGI boundary in process: what the application gets, and that its answer is passed on as it is."""

from __future__ import annotations

import io
from typing import Any
from wsgiref.util import FileWrapper, setup_testing_defaults
from wsgiref.validate import validator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pep786.index import WSGIMiddleware, wsgi
from pep786.preference import opted_out
from tests.grammar import formatted, near_misses, preferences
from tests.index.middleware.vectors import VECTORS

FLAG = "pep786.no_analytics"


def seen(environ: dict[str, Any]) -> dict[str, Any]:
    """The environ with which the application is called."""
    found: list[dict[str, Any]] = []

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        found.append(environ)
        start_response("200 OK", [])
        return []

    WSGIMiddleware(app)(environ, lambda *_: lambda _: None)
    return found[0]


def fields(prefer: str | None, user_agent: str | None) -> dict[str, Any]:
    every = {"HTTP_PREFER": prefer, "HTTP_USER_AGENT": user_agent}
    return {name: value for name, value in every.items() if value is not None}


@pytest.mark.parametrize(
    ("prefer", "user_agent", "flag", "left"),
    [
        (None, None, False, {}),
        (None, "pip/26.3", False, {"HTTP_USER_AGENT": "pip/26.3"}),
        ("no-analytics", "pip/26.3", True, {"HTTP_USER_AGENT": "pip/26.3"}),
        ("wait=5", None, False, {"HTTP_PREFER": "wait=5"}),
        ("wait=5, No-Analytics; x=y", None, True, {"HTTP_PREFER": "wait=5"}),
        ('wait=5,no-analytics,a="b, c"', None, True, {"HTTP_PREFER": 'wait=5,a="b, c"'}),
        ("wait=5", "pip/26.3 (no-analytics)", True, {"HTTP_PREFER": "wait=5", "HTTP_USER_AGENT": "pip/26.3"}),
        ("no-analytics", "pip/26.3 (no-analytics)", True, {"HTTP_USER_AGENT": "pip/26.3"}),
        (None, "(no-analytics)", True, {}),
        (None, 'pip {"user_data":"(no-analytics)"}', False, {"HTTP_USER_AGENT": 'pip {"user_data":"(no-analytics)"}'}),
    ],
)
def test_the_application_sees_the_flag_only(
    prefer: str | None, user_agent: str | None, flag: bool, left: dict[str, str]
) -> None:
    other = {"PATH_INFO": "/", "HTTP_ACCEPT": "*/*"}
    assert seen({**other, **fields(prefer, user_agent)}) == {**other, **left, FLAG: flag}


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: str(vector.name))
def test_vectors(vector: Any) -> None:
    prefer = [value for name, value in vector.fields if name == "Prefer"]
    user_agent = dict(vector.fields).get("User-Agent")
    environ = seen(fields(",".join(prefer) if prefer else None, user_agent))
    assert environ[FLAG] is vector.opted_out
    assert not opted_out(environ.get("HTTP_PREFER"), environ.get("HTTP_USER_AGENT"))


@pytest.mark.property
@given(st.one_of(st.none(), near_misses, st.lists(preferences).map(formatted)), st.one_of(st.none(), st.text()))
def test_nothing_of_the_signal_is_left(prefer: str | None, user_agent: str | None) -> None:
    environ = seen(fields(prefer, user_agent))
    assert environ[FLAG] is opted_out(prefer, user_agent)
    assert not opted_out(environ.get("HTTP_PREFER"), environ.get("HTTP_USER_AGENT"))
    if not environ[FLAG]:
        assert environ == {**fields(prefer, user_agent), FLAG: False}


@pytest.mark.parametrize("found", [True, False, "1", "", None, 1])
@pytest.mark.parametrize("prefer", ["no-analytics", None])
def test_only_a_flag_of_ours_stays(found: object, prefer: str | None) -> None:
    """Of a middleware further out, which has taken the signal away; nothing else that is found there counts."""
    assert seen({FLAG: found, **fields(prefer, None)})[FLAG] is (found is True or prefer is not None)


def test_two_middlewares_say_what_one_says() -> None:
    told = []

    def app(environ: dict[str, Any], _start_response: Any) -> list[bytes]:
        told.append((environ[FLAG], "HTTP_PREFER" in environ))
        return []

    nested = WSGIMiddleware(WSGIMiddleware(app))
    for prefer in ("no-analytics", None):
        nested(fields(prefer, None), lambda *_: lambda _: None)
    assert told == [(True, False), (False, False)]


def test_a_forged_header_is_a_header() -> None:
    forged = {"HTTP_PEP786_NO_ANALYTICS": "1", "HTTP_PEP786.NO_ANALYTICS": "1"}
    assert seen(dict(forged)) == {**forged, FLAG: False}


@pytest.mark.parametrize("name", ["without_prefer", "without_user_agent"])
def test_a_fault_of_ours_is_an_opt_out(
    name: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The request goes on without either field; one line says so, and quotes nothing that the client sent."""

    def broken(*_: object) -> None:
        raise RuntimeError("wait=5")

    monkeypatch.setattr(wsgi, name, broken)
    caplog.set_level("WARNING")
    sent = fields("wait=5, no-analytics", "pip/26.3 (no-analytics)")
    assert seen({"PATH_INFO": "/", **sent}) == {"PATH_INFO": "/", FLAG: True}
    assert caplog.messages == ["pep786: RuntimeError in the middleware; this request counts as opted out"]


@pytest.mark.parametrize("prefer", [b"no-analytics", 1, object()])
def test_an_environ_that_is_none(prefer: object) -> None:
    assert seen({"HTTP_PREFER": prefer})[FLAG] is True


def test_the_answer_is_the_very_object() -> None:
    """So that a server knows its own file wrapper, and a list of one has a length."""
    for answer in (FileWrapper(io.BytesIO()), [b"x"], (part for part in (b"x",))):
        app = WSGIMiddleware(lambda _environ, _start_response, answer=answer: answer)
        assert app({}, lambda *_: lambda _: None) is answer


def test_what_the_application_raises_is_raised() -> None:
    def app(_environ: dict[str, Any], _start_response: Any) -> list[bytes]:
        raise KeyError("the application's")

    with pytest.raises(KeyError, match="the application's"):
        WSGIMiddleware(app)({}, lambda *_: lambda _: None)


def test_it_is_wsgi() -> None:
    """To the server's side and to the application's, as the standard library checks it."""

    def app(_environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"x"]

    environ: dict[str, Any] = {"QUERY_STRING": "", **fields("no-analytics", None)}
    setup_testing_defaults(environ)
    answer: Any = validator(WSGIMiddleware(validator(app)))(environ, lambda *_: lambda _: None)
    assert list(answer) == [b"x"]
    answer.close()
