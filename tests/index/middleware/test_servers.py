"""The middleware and the filter in released servers, over raw sockets: what the application saw, what was logged."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Iterator

import pytest

from pep786.preference import opted_out
from tests.index.middleware.servers import LOGGERS, Logs, serving
from tests.index.middleware.vectors import VECTORS
from tests.index.middleware.wire import Answer, Connection, connected, get, request

if TYPE_CHECKING:
    from tests.index.middleware.vectors import Fields, Vector

pytestmark = pytest.mark.real

SERVERS = (
    "gunicorn-sync",
    "gunicorn-threads",
    "gunicorn-asgi",
    "uvicorn-h11",
    "uvicorn-httptools",
    "hypercorn",
    "waitress",
    "werkzeug",
    "cheroot",
    "cheroot-joining",
    "wsgiref",
)

#: Where a server ends the connection after each answer, there is nothing to keep apart on it.
CLOSING = {"gunicorn-sync", "werkzeug", "wsgiref"}

#: Servers that keep the last line only, a folded one included.
LAST_LINE_ONLY = {"cheroot"}

#: Servers that take away more around a value than blanks and tabs, before the middleware sees it.
STRIPPED = {"cheroot": "\v\f", "cheroot-joining": "\v\f", "wsgiref": "\v\f\xa0"}

SIGNAL: Fields = [("Prefer", "no-analytics"), ("User-Agent", "pip/26.3")]
COMMENT: Fields = [("User-Agent", "pip/26.3 (no-analytics)")]
PLAIN: Fields = [("Prefer", "respond-async"), ("User-Agent", "pip/26.3")]


class Server:
    """A running server: its name, its port, its logs."""

    def __init__(self, name: str, port: int, logs: Logs) -> None:
        self.name, self.port, self.logs = name, port, logs


@pytest.fixture(
    scope="module", params=[pytest.param(name, marks=pytest.mark.xdist_group(f"serving {name}")) for name in SERVERS]
)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Each of the servers in turn."""
    with serving(request.param, tmp_path_factory.mktemp(request.param)) as (port, logs):
        yield Server(request.param, port, logs)


def asked(connection: Connection, path: str, fields: Fields) -> Answer:
    connection.send(request(path, fields))
    answer = connection.answer()
    assert answer is not None
    return answer


def as_given(server: Server, vector: Vector) -> bool:
    """What is to be decided on what the server gives of a vector."""
    sent = [value for name, value in vector.fields if name == "Prefer"]
    given = [value.strip(STRIPPED.get(server.name, "")) for value in sent]
    if server.name in LAST_LINE_ONLY and given:
        given = given[-1].split("\r\n")[-1:]
    return vector.opted_out if given == sent else opted_out(given, dict(vector.fields).get("User-Agent"))


def test_every_vector_is_decided_and_hidden(server: Server) -> None:
    wrong = {}
    for vector in VECTORS:
        answer = get(server.port, "/", vector.fields)
        if answer is None or answer.status != 200:
            if not vector.refusable:
                wrong[vector.name] = str(answer)
            continue
        told = answer.told()
        if told["flag"] is not as_given(server, vector):
            wrong[vector.name] = f"flag {told['flag']}"
        if opted_out(told["prefer"], told["user_agent"]):
            wrong[vector.name] = f"the application saw it: {told}"
    assert not wrong


@pytest.mark.parametrize(
    ("lines", "flag", "left"),
    [
        (["respond-async", "no-analytics"], True, "respond-async"),
        (["no-analytics", "respond-async"], True, "respond-async"),
        (["wait=5", "no-analytics", "respond-async"], True, "wait=5,respond-async"),
        (["no-analytics", "NO-ANALYTICS=1"], True, None),
        (['a="x', 'no-analytics"'], False, 'a="x'),
    ],
)
def test_several_field_lines(server: Server, lines: list[str], flag: bool, left: str | None) -> None:
    answer = get(server.port, "/", [("Prefer", line) for line in lines])
    assert answer is not None
    told = answer.told()
    if server.name in LAST_LINE_ONLY:
        flag = opted_out(lines[-1])
        left = None if flag else lines[-1]
    assert told["flag"] is flag
    # Some servers join with a blank.
    assert (told["prefer"] or "").replace(", ", ",").startswith(left or "")
    assert left or told["prefer"] is None


def test_nothing_sticks_to_a_connection(server: Server) -> None:
    """Requests one after the other, and all sent at once."""
    if server.name in CLOSING:
        pytest.skip("ends the connection after each answer")
    kinds = [SIGNAL, PLAIN, COMMENT, [], PLAIN, SIGNAL, SIGNAL, []]
    flags = [True, False, True, False, False, True, True, False]
    with connected(server.port) as connection:
        assert [asked(connection, "/", fields).told()["flag"] for fields in kinds] == flags
    with connected(server.port) as connection:
        connection.send(b"".join(request(f"/{n}", fields) for n, fields in enumerate(kinds)))
        answers = [connection.answer() for _ in kinds]
    assert [answer and answer.told()["flag"] for answer in answers] == flags


def test_clients_are_kept_apart(server: Server) -> None:
    """Two in turn on their own connections, then eight at once."""
    if server.name not in CLOSING:
        with connected(server.port) as one, connected(server.port) as other:
            for _ in range(10):
                assert asked(one, "/", SIGNAL).told()["flag"] is True
                assert asked(other, "/", PLAIN).told() == {
                    "flag": False,
                    "prefer": "respond-async",
                    "user_agent": "pip/26.3",
                }

    def client(number: int) -> bool:
        fields = [COMMENT, PLAIN][number % 2]
        answer = get(server.port, "/", fields)
        return answer is not None and answer.told()["flag"] is (fields is COMMENT)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(client, range(80)))


@pytest.mark.parametrize(
    "forged",
    [
        ("Pep786-No-Analytics", "{}"),
        ("pep786.no_analytics", "{}"),
        ("No-Analytics", "{}"),
        ("X-No-Analytics", "{}"),
        ("Prefer", "pep786.no_analytics={}"),
    ],
)
@pytest.mark.parametrize("value", ["0", "1", "True"])
def test_no_client_sets_the_flag(server: Server, forged: tuple[str, str], value: str) -> None:
    name, text = forged
    for fields, flag in ((COMMENT, True), ([], False)):
        answer = get(server.port, "/", [*fields, (name, text.format(value))])
        assert answer is not None
        assert answer.told()["flag"] is flag


@pytest.mark.parametrize("path", ["/same", "/stream", "/file"])
def test_the_answer_does_not_depend_on_the_preference(server: Server, path: str) -> None:
    asked = [[], SIGNAL, COMMENT, PLAIN, [("Prefer", 'NO-Analytics=0; x="y", wait=1')]]
    first, *others = [get(server.port, path, fields) for fields in asked]
    assert first is not None
    assert first.status == 200
    assert len(first.body) > 10
    assert all(other == first for other in others)
    assert not {name.lower() for name, _ in first.fields} & {"vary", "preference-applied"}


def test_the_shared_log_has_the_others_only(server: Server) -> None:
    """In any order, on one connection or several, with refused requests between them."""
    if server.name.partition("-")[0] not in LOGGERS:
        pytest.skip("has no access log for Python's logging")
    start = len(server.logs.shared.read_text())
    order = [PLAIN, SIGNAL, COMMENT, PLAIN, [], SIGNAL, [], COMMENT, SIGNAL, PLAIN]
    paths = [f"/{'plain' if fields in (PLAIN, []) else 'private'}/{n}" for n, fields in enumerate(order)]
    for path, fields in zip(paths, order):
        get(server.port, path, fields)
    if server.name not in CLOSING:
        with connected(server.port) as connection:
            connection.send(b"".join(request(f"{path}/piped", fields) for path, fields in zip(paths, order)))
            for _ in order:
                assert connection.answer()
        paths += [f"{path}/piped" for path in paths]
    for _ in range(5):  # whichever thread it comes to, a plain request was there before
        with connected(server.port) as connection:
            if server.name not in CLOSING:
                asked(connection, "/plain/kept", PLAIN)
            connection.send(b"GET /refused HTTP/1.1\r\nPrefer: no-analytics\r\nHost: x\r\nBroken\r\n\r\n")
            connection.answer()
    get(server.port, "/plain/last", PLAIN)
    server.logs.wait_for("/plain/last")
    internal, shared = server.logs.internal.read_text(), server.logs.shared.read_text()[start:]
    assert [path for path in paths if f"{path} " not in internal] == []
    assert [path for path in paths if (f"{path} " in shared) is not path.startswith("/plain")] == []
    assert "private" not in shared
    assert "refused" not in shared
    assert "no-analytics" not in shared
