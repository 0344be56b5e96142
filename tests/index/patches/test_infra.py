"""The snippets for infra, in Varnish: what is Fastly's own in them is put into Varnish's words.

Not tested here, since only Fastly can: where Fastly puts the snippets, requests for segments, and its log endpoints.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.index.running import answers, free_port, needed, started, wait_for

from . import vectors
from .source import new_file, patch_of
from .test_series import SNIPPET
from .wire import OTHERS, PLAIN, SIGNALS, USER_AGENT, get

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_httpserver import HTTPServer

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("patched-infra")]

FILE = f"/packages/ab/cd/{'e' * 60}/demo-1.0.tar.gz"
LINES = {"simple": "/simple/demo/", "download": FILE}
FOLDERS = {"simple": "terraform/warehouse/main.tf", "download": "terraform/file-hosting/fastly-service.tf"}

# Fastly's words, and Varnish's. A log line becomes a field of the response, where the client can read it.
DIALECT = {
    r"fastly\.ff\.visits_this_service == 0": "!req.http.Fastly-FF",
    r"!segmented_caching\.is_inner_req": "!req.http.Segment",
    r'http_status_matches\(resp\.status, "(\d+),(\d+)"\)': r"(resp.status == \1 || resp.status == \2)",
    r"req\.url\.path": "req.url",
    r"req\.request": "req.method",
    r"set var\.Ship-Logs-To-Line-Haul = false": "unset req.http.Ship",
    r"var\.Ship-Logs-To-Line-Haul": "req.http.Ship",
    r'log "syslog " req\.service_id " Linehaul GCS :: (\S+)" now;': r'set resp.http.Linehaul = "\1" + now;',
}

# Around the snippets: what upstream has there now, as far as it matters.
AROUND = """\
vcl 4.1;
import std;
backend default {{ .host = "127.0.0.1"; .port = "{port}"; }}
{snippet}
sub vcl_backend_fetch {{ {backend} }}
sub vcl_deliver {{
    if (req.url ~ "restart" && req.restarts == 0) {{ return (restart); }}
    set req.http.Ship = "true";
{log}
    if (req.http.Ship && !req.http.Fastly-FF) {{ set resp.http.Linehaul = "{kind}|" + req.http.User-Agent; }}
}}
"""


def in_varnish(text: str) -> str:
    """Fastly's dialect put into Varnish's."""
    for fastly, varnish in DIALECT.items():
        text = re.sub(fastly, varnish, text)
    return text


def added(path: str) -> str:
    """The lines that the patch adds to a file."""
    text = patch_of("infra-6b72241").path.read_text(encoding="utf-8")
    part = text.partition(f"diff --git a/{path} ")[2].partition("\ndiff --git ")[0]
    return "\n".join(line[1:] for line in part.splitlines() if line.startswith("+") and not line.startswith("+++"))


def configuration(kind: str, port: int) -> str:
    """A configuration of Varnish with the snippets of one service."""
    terraform = added(FOLDERS[kind])
    (log,) = re.findall(r"<<-EOT\n(.*?)\n    EOT", terraform, re.DOTALL)
    backend = set(re.findall(r'content  = "(unset bereq.*)"', terraform))
    assert len(backend) == (kind == "download")
    return AROUND.format(
        port=port,
        kind=kind,
        snippet=in_varnish(new_file("infra-6b72241", SNIPPET)),
        log=in_varnish(log),
        backend=" ".join(backend),
    )


@pytest.fixture(scope="module", params=sorted(LINES))
def kind(request: pytest.FixtureRequest) -> str:
    """Which service: that of the pages, or that of the files."""
    return str(request.param)


@pytest.fixture(scope="module")
def edge(
    kind: str, make_httpserver: HTTPServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[int, HTTPServer]]:
    """A Varnish with the snippets: its port, and the origin behind it."""
    needed("varnishd")
    folder = tmp_path_factory.mktemp("varnish")
    port = free_port()
    file = folder / "edge.vcl"
    file.write_text(configuration(kind, make_httpserver.port), encoding="utf-8")
    command = ["varnishd", "-F", "-j", "none", "-n", str(folder / "name"), "-a", f"127.0.0.1:{port}"]
    command += ["-f", str(file), "-s", "malloc,20m"]
    with started(command, folder / "said") as process:
        wait_for(lambda: answers(port), f"varnishd starts ({folder / 'said'})", process)
        yield port, make_httpserver


@pytest.fixture
def origin(edge: tuple[int, HTTPServer]) -> HTTPServer:
    """The origin, which remembers what came since the test began."""
    _, server = edge
    server.clear()
    server.expect_request(re.compile(".*")).respond_with_data("a page", headers={"Cache-Control": "no-store"})
    return server


@pytest.mark.parametrize("vector", vectors.ALL, ids=str)
def test_vectors(edge: tuple[int, HTTPServer], origin: HTTPServer, kind: str, vector: vectors.Vector) -> None:
    """Who opted out has a line with the time alone, and neither signal goes on; who was refused has no line at all."""
    port, _ = edge
    answer = get(port, LINES[kind], vector.fields)
    assert answer.status < 500
    line = answer.value("Linehaul")
    if answer.status != 200:
        assert line is None
        return
    if not vector.guarded:
        assert line is not None
        assert line.startswith(f"{kind}|")
        return
    assert re.fullmatch(rf"{kind}-private\|\w{{3}}, [\w :]+ GMT", str(line))
    ((request, _),) = origin.log
    assert "Prefer" not in request.headers
    assert (request.headers.get("Warehouse-No-Analytics") == "1") is (kind == "simple")


@pytest.mark.parametrize("signal", SIGNALS)
def test_the_origin_sees_a_clean_user_agent(
    edge: tuple[int, HTTPServer], origin: HTTPServer, kind: str, signal: str
) -> None:
    get(edge[0], LINES[kind], SIGNALS[signal])
    ((request, _),) = origin.log
    assert request.headers["User-Agent"] == USER_AGENT


@pytest.mark.parametrize(
    "user_agent",
    [
        "(no-analytics) pip/26.3 (no-analytics) (no-analytics)",
        'pip/26.3 "' + " (no-analytics)" * 500 + '" (no-analytics)',
        "(no-analytics) pip/26.3" + ' "a" ' * 500,
        "pip/26.3 (no-analytics)" + " " * 7000,
    ],
    ids=["three", "quoted", "quotes", "blanks"],
)
def test_what_cannot_be_cleaned_is_not_passed_on(
    edge: tuple[int, HTTPServer], origin: HTTPServer, kind: str, user_agent: str
) -> None:
    answer = get(edge[0], LINES[kind], [("User-Agent", user_agent)])
    assert answer.status == 200
    assert str(answer.value("Linehaul")).startswith(f"{kind}-private|")
    ((request, _),) = origin.log
    assert "(no-analytics)" not in request.headers.get("User-Agent", "")


@pytest.mark.parametrize("other", OTHERS)
def test_who_did_not_ask_is_logged_as_ever(
    edge: tuple[int, HTTPServer], origin: HTTPServer, kind: str, other: str
) -> None:
    fields = [*OTHERS[other], ("Warehouse-No-Analytics", "1")]
    answer = get(edge[0], LINES[kind], fields)
    assert answer.value("Linehaul") == f"{kind}|{dict(fields)['User-Agent']}"
    ((request, _),) = origin.log
    assert "Warehouse-No-Analytics" not in request.headers
    assert request.headers["User-Agent"] == dict(fields)["User-Agent"]


def test_the_decision_outlives_a_restart(edge: tuple[int, HTTPServer], origin: HTTPServer, kind: str) -> None:
    path = LINES[kind].replace("demo", "restart")
    for signal in SIGNALS.values():
        assert str(get(edge[0], path, signal).value("Linehaul")).startswith(f"{kind}-private|")
    assert get(edge[0], path, PLAIN).value("Linehaul") == f"{kind}|{USER_AGENT}"
    assert len(origin.log) == 2 * (len(SIGNALS) + 1)


def test_the_shield_keeps_what_the_edge_decided(edge: tuple[int, HTTPServer], origin: HTTPServer, kind: str) -> None:
    """It decides nothing itself, tells Warehouse, and logs nothing."""
    fields = [*PLAIN, ("Fastly-FF", "edge"), ("Warehouse-No-Analytics", "1")]
    assert get(edge[0], LINES[kind], fields).value("Linehaul") is None
    ((request, _),) = origin.log
    assert (request.headers.get("Warehouse-No-Analytics") == "1") is (kind == "simple")


@pytest.mark.parametrize("method", ["HEAD", "POST"])
def test_what_is_no_download_has_no_line(
    edge: tuple[int, HTTPServer], origin: HTTPServer, kind: str, method: str
) -> None:
    fields = [*SIGNALS["both"], ("Content-Length", "0")]
    assert get(edge[0], LINES[kind], fields, method).value("Linehaul") is None
    assert get(edge[0], "/elsewhere", SIGNALS["both"]).value("Linehaul") is None
    assert origin.log


def test_all_are_served_from_one_copy(edge: tuple[int, HTTPServer], kind: str) -> None:
    """No answer depends on the preference, and a cached one is logged as what its client wanted."""
    port, server = edge
    server.clear()
    server.expect_request(re.compile(".*")).respond_with_data("a page", headers={"Cache-Control": "max-age=60"})
    path = LINES[kind].replace("demo", "cached")
    first = get(port, path, PLAIN)
    for signal in SIGNALS.values():
        answer = get(port, path, signal)
        assert answer.body == first.body
        assert str(answer.value("Linehaul")).startswith(f"{kind}-private|")
        assert answer.value("Vary") == answer.value("Preference-Applied") is None
    assert len(server.log) == 1
