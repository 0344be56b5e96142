"""The module that the patch adds to Warehouse, in a small Pyramid application on the server that Warehouse runs on.

Warehouse itself is on no registry: what the patch adds to its other files is not run here.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.environments import install
from tests.index.running import answers, free_port, started, wait_for

from . import vectors
from .source import new_file
from .wire import OTHERS, PLAIN, SIGNALS, USER_AGENT, get

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .wire import Answer

pytestmark = [
    pytest.mark.real,
    pytest.mark.xdist_group("patched-warehouse"),
    pytest.mark.skipif(sys.version_info < (3, 10), reason="the releases of Pyramid and gunicorn need Python 3.10"),
]

_LIBRARIES = ("pyramid==2.1", "gunicorn==27.0.1", "waitress==3.0.2", "setuptools==80.9.0")

# As in the patch: the middleware is the outermost one, and the access log of gunicorn reads the bit afterwards.
_APPLICATION = """\
import json

from pyramid.config import Configurator
from pyramid.response import Response
from warehouse.utils.analytics import AnalyticsPreference


def seen(request):
    sent = {name: value for name, value in request.environ.items() if name.startswith("HTTP_")}
    return Response(json.dumps({"no_analytics": request.no_analytics, "sent": sent}))


config = Configurator()
config.include("warehouse.utils.analytics")
config.add_route("seen", "/seen")
config.add_view(seen, route_name="seen")
config.add_route("page", "/page")
config.add_view(lambda request: Response("a page"), route_name="page")
application = AnalyticsPreference(config.make_wsgi_app(), token="secret")

try:
    import gunicorn.glogging

    class Logger(gunicorn.glogging.Logger):
        def access(self, resp, req, environ, request_time):
            line = {"no_analytics": bool(environ.get("warehouse.no_analytics")), "ua": environ.get("HTTP_USER_AGENT")}
            print("access", json.dumps(line), flush=True)
except ImportError:
    pass
"""

_SERVERS = {
    "gunicorn": ("gunicorn", "--bind", "127.0.0.1:{port}", "--logger-class", "application.Logger", "application"),
    "waitress": ("waitress", "--listen", "127.0.0.1:{port}", "application:application"),
}


class Server:
    """A running server: its port, and what it printed."""

    def __init__(self, name: str, port: int, log: Path) -> None:
        self.name = name
        self.port = port
        self.log = log

    def access(self) -> list[dict[str, object]]:
        """The lines of gunicorn's access log."""
        lines = self.log.read_text(encoding="utf-8").splitlines()
        return [json.loads(line.partition(" ")[2]) for line in lines if line.startswith("access ")]


@contextmanager
def serving(name: str, folder: Path) -> Iterator[Server]:
    """The application on a server."""
    package = folder / "warehouse" / "utils"
    package.mkdir(parents=True)
    (package.parent / "__init__.py").touch()
    (package / "__init__.py").touch()
    text = new_file("warehouse-6b62157", "warehouse/utils/analytics.py")
    (package / "analytics.py").write_text(text, encoding="utf-8")
    (folder / "application.py").write_text(_APPLICATION, encoding="utf-8")
    port = free_port()
    command = [part.format(port=port) for part in _SERVERS[name]]
    environ = {"PYTHONPATH": os.pathsep.join([str(folder), *map(install, _LIBRARIES)]), "PYTHONWARNINGS": "ignore"}
    log = folder / "log"
    with started([sys.executable, "-m", *command], log, environ) as process:
        wait_for(lambda: answers(port), f"{name} starts", process)
        yield Server(name, port, log)


@pytest.fixture(scope="module", params=sorted(_SERVERS))
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The application on each server."""
    with serving(request.param, tmp_path_factory.mktemp("warehouse")) as running:
        yield running


def seen(answer: Answer) -> tuple[bool, dict[str, str]]:
    """What the view saw: the bit, and the fields."""
    document = json.loads(answer.body)
    return document["no_analytics"], document["sent"]


@pytest.mark.parametrize("vector", vectors.ALL, ids=str)
def test_vectors(server: Server, vector: vectors.Vector) -> None:
    if vector.id == "C06" and server.name == "waitress":
        pytest.skip("waitress takes a minute to read this field, before any application sees it")
    answer = get(server.port, "/seen", vector.fields)
    if answer.status != 200:
        assert answer.status in (0, 400, 431)
        assert vector.refusable
        return
    assert seen(answer)[0] is vector.opted_out


@pytest.mark.parametrize("signal", SIGNALS)
def test_a_view_sees_the_bit_and_no_signal(server: Server, signal: str) -> None:
    opted_out, sent = seen(get(server.port, "/seen", SIGNALS[signal]))
    assert opted_out
    assert "HTTP_PREFER" not in sent
    assert sent["HTTP_USER_AGENT"] == USER_AGENT


@pytest.mark.parametrize("other", OTHERS)
def test_nobody_else_is_touched(server: Server, other: str) -> None:
    opted_out, sent = seen(get(server.port, "/seen", OTHERS[other]))
    assert not opted_out
    for name, value in OTHERS[other]:
        assert sent[f"HTTP_{name.upper().replace('-', '_')}"] == value


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ([("Warehouse-Token", "secret"), ("Warehouse-No-Analytics", "1")], True),
        ([("Warehouse-Token", "secret"), ("Warehouse-No-Analytics", "0")], False),
        ([("Warehouse-Token", "guess"), ("Warehouse-No-Analytics", "1")], False),
        ([("Warehouse-Token", "\xe9"), ("Warehouse-No-Analytics", "1")], False),
        ([("Warehouse-No-Analytics", "1"), ("warehouse.no-analytics", "1")], False),
        ([("Warehouse-Token", "secret"), ("Warehouse-No-Analytics", "0"), ("Prefer", "no-analytics")], True),
    ],
)
def test_only_the_cdn_is_believed(server: Server, fields: list[tuple[str, str]], expected: bool) -> None:
    opted_out, sent = seen(get(server.port, "/seen", [*PLAIN, *fields]))
    assert opted_out is expected
    assert "HTTP_WAREHOUSE_NO_ANALYTICS" not in sent


def test_the_answer_is_the_same(server: Server) -> None:
    def page(fields: tuple[tuple[str, str], ...]) -> tuple[object, ...]:
        answer = get(server.port, "/page", fields)
        return answer.status, [field for field in answer.headers if field[0] != "Date"], answer.body

    plain = page(PLAIN)
    assert {str(page(fields)) for fields in SIGNALS.values()} == {str(plain)}


def test_the_access_log_of_gunicorn_has_the_bit(tmp_path: Path) -> None:
    with serving("gunicorn", tmp_path) as server:
        for fields in (*SIGNALS.values(), PLAIN):
            get(server.port, "/page", fields)
        wait_for(lambda: len(server.access()) == len(SIGNALS) + 1, "gunicorn logs")
        bits = [True] * len(SIGNALS) + [False]
        assert server.access() == [{"no_analytics": bit, "ua": USER_AGENT} for bit in bits]
