"""Every header vector, sent byte for byte to real servers that run the printed rules: who is in which log."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import pytest

from pep786.preference import opted_out
from tests.index.rules.servers import NOT_SHARED_THOUGH_NOT, SERVERS, SHARED_THOUGH_OPTED_OUT, first_line_only
from tests.index.rules.vectors import VECTORS
from tests.index.rules.wire import Connection, ask, origin
from tests.index.running import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.index.rules.servers import Server
    from tests.index.rules.wire import Answer, Received

pytestmark = pytest.mark.real

ASKS = [("Prefer", "no-analytics"), ("User-Agent", "pip/26.3 (no-analytics)")]
PLAIN = [("User-Agent", "pip/26.3")]
SERVED = {200, 206, 304}


class Running(NamedTuple):
    """A server, what reached the origin behind it, and what each vector was answered."""

    name: str
    server: Server
    received: list[Received]
    answers: dict[str, Answer]

    def settle(self) -> None:
        """Wait until everything that was sent so far is in the logs."""
        path = f"/simple/settled-{len(self.server.internal())}/"

        def written() -> bool:
            ask(self.server.port, path, PLAIN)
            return all(any(path in line for line in log()) for log in (self.server.shared, self.server.internal))

        wait_for(written, "the logs are written")

    def shared(self, path: str) -> int:
        """How many lines the shared log has of a path."""
        return sum(path in line for line in self.server.shared())

    def internal(self, path: str) -> int:
        """How many the internal log has."""
        return sum(path in line for line in self.server.internal())


@pytest.fixture(scope="module", params=SERVERS)
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("server")
    with origin() as (behind, received), SERVERS[request.param](behind, folder) as server:
        running = Running(request.param, server, received, {})
        running.settle()
        for vector in VECTORS:
            running.answers[vector.id] = ask(server.port, f"/simple/{vector.id}/", vector.fields)
        running.settle()
        yield running


def test_no_vector_is_answered_by_a_fault_of_the_server(running: Running) -> None:
    unserved = {name: answer.status for name, answer in running.answers.items() if answer.status != 200}
    refusable = {vector.id for vector in VECTORS if vector.refusable}
    assert set(unserved) <= refusable, unserved
    assert not {name: status for name, status in unserved.items() if status >= 500}


def test_who_asks_is_in_the_internal_log_only_and_everyone_else_in_both(running: Running) -> None:
    served = [vector for vector in VECTORS if running.answers[vector.id].status == 200]
    assert len(served) >= 100
    shared = {vector.id for vector in VECTORS if running.shared(f"/{vector.id}/")}
    missing = NOT_SHARED_THOUGH_NOT.get(running.name, set())
    leaked = SHARED_THOUGH_OPTED_OUT if running.name == "nginx" and first_line_only() else set()
    assert shared == {vector.id for vector in served if not vector.guarded} - missing | leaked
    assert {vector.id for vector in served} == {vector.id for vector in served if running.internal(f"/{vector.id}/")}


def test_neither_signal_goes_further_in(running: Running) -> None:
    assert len(running.received) > 100
    _assert_bare(running.received)


def _assert_bare(received: Sequence[Received]) -> None:
    for request in received:
        assert not request.values("prefer"), request.path
        assert not request.values("x-no-analytics"), request.path
        assert not any(opted_out(None, agent) for agent in request.values("user-agent")), request.path


def test_a_user_agent_loses_the_comment_and_nothing_else(running: Running) -> None:
    for vector in VECTORS:
        request = next((found for found in running.received if found.path == f"/simple/{vector.id}/"), None)
        if request is None or vector.user_agent is None or vector.user_agent.count("(no-analytics)") > 2:
            continue
        kept = re.sub(r"(?:^|\s)\(no-analytics\)(?=\s|$)", "", vector.user_agent).strip()
        expected = kept if opted_out(None, vector.user_agent) and "user_data" not in kept else vector.user_agent
        if vector.id == "D06":
            expected = vector.user_agent[: -len(" (no-analytics)")]
        assert request.values("user-agent") in ([expected], [] if not expected else [expected]), vector.id


def test_the_answer_is_the_same(running: Running) -> None:
    """Design, D15: no Vary, no Preference-Applied, no other bytes."""
    path = "/simple/same/"
    ask(running.server.port, path, PLAIN)
    changing = ("date", "age", "x-varnish")
    one, other = (
        [field for field in answer.fields if field.partition(":")[0].lower() not in changing] + [answer.body]
        for answer in (ask(running.server.port, path, fields) for fields in (PLAIN, ASKS))
    )
    assert one == other
    assert not [field for field in one if str(field).lower().startswith(("vary", "preference-applied"))]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    ("kind", "extra", "status"),
    [
        ("page", [], 200),
        ("range", [("Range", "bytes=0-1")], 206),
        ("unchanged", [("If-None-Match", '"page"')], 304),
        ("missing", [], 404),
    ],
)
def test_every_kind_of_request_is_treated_alike(
    running: Running, kind: str, extra: list[tuple[str, str]], status: int, method: str
) -> None:
    path = f"/simple/{kind}-{method}/"
    statuses = {ask(running.server.port, path, [*fields, *extra], method).status for fields in (PLAIN, ASKS, ASKS)}
    assert statuses == {status} or (method == "HEAD" and kind == "range" and statuses == {200})
    running.settle()
    assert running.internal(path) == 3
    assert running.shared(path) == (1 if status in SERVED else 0)


def test_the_bit_does_not_stick_to_a_connection(running: Running) -> None:
    paths = [f"/simple/kept-{number}/" for number in range(4)]
    with Connection(running.server.port) as connection:
        for number, path in enumerate(paths):  # all of them before any answer is read
            connection.send(path, PLAIN if number % 2 else ASKS)
        assert [connection.read().status for _ in paths] == [200] * 4
    running.settle()
    assert [running.shared(path) for path in paths] == [0, 1, 0, 1]
    assert [running.internal(path) for path in paths] == [1] * 4


def test_no_client_sets_the_bit_by_another_name(running: Running) -> None:
    """Apache's SetEnvIf looks for a name among the fields first."""
    path = "/simple/forged/"
    for name in ("X-No-Analytics", "no_analytics", "REDIRECT_no_analytics"):
        ask(running.server.port, path, [*PLAIN, (name, "1")])
    running.settle()
    assert running.shared(path) == 3


def test_apache_keeps_the_bit_in_an_internal_redirect(running: Running) -> None:
    if running.name != "apache":
        pytest.skip("nothing is redirected here")
    path = "/simple/redirected-missing/"
    for fields in (PLAIN, ASKS):
        ask(running.server.port, path, fields)
    running.settle()
    assert [line.split("|")[-2] for line in running.server.internal() if path in line] == ["-", "1"]
    assert [request.path for request in running.received].count("/simple/instead/") == 2


def test_what_a_cache_answers_is_treated_alike(running: Running) -> None:
    if running.name != "varnish":
        pytest.skip("no cache here")
    path = "/simple/cached/"
    for fields in (PLAIN, ASKS, PLAIN, ASKS, [("Prefer", "x, no-analytics;a")], [("Prefer", "NO-ANALYTICS=1")]):
        ask(running.server.port, path, fields)
    running.settle()
    assert sum(request.path == path for request in running.received) == 1
    assert (running.shared(path), running.internal(path)) == (2, 6)


@pytest.mark.parametrize("kind", ["restarted", "restarted-and-rolled-back", "parted"])
def test_varnish_decides_again_where_it_starts_again(running: Running, kind: str) -> None:
    """It logs the last start; a part of a page (ESI), or what was rolled back, has the fields of the first."""
    if running.name != "varnish":
        pytest.skip("nothing is started again here")
    path, before = f"/simple/{kind}/", len(running.received)
    for fields in (PLAIN, [*ASKS, ("X-No-Analytics", "0")]):
        assert ask(running.server.port, path, fields).status == 200
    # The line about a page with parts may come after that of a later request.
    wait_for(lambda: running.internal(path) == 2 and running.shared(path) > 0, "the logs are written")
    running.settle()
    assert running.shared(path) == 1
    assert sorted(line.split("|")[-2] for line in running.server.internal() if path in line) == ["", "1"]
    _assert_bare(running.received[before:])
