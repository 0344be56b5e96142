"""The check against a real index behind a real cache or proxy that leaves opted-out requests out of what it shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pep786.index.check import Check
from pep786.verify.distributions import demo_distributions
from tests.index import edge
from tests.index.running import needed, nginx, pypiserver, varnish, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pep786.index.check import Outcome

pytestmark = pytest.mark.real

# What an edge must not do, each with the clause that tells of it.
_WRONG = {
    "Vary: Prefer": (
        'sub vcl_deliver { set resp.http.Vary = "Prefer"; }',
        "no Vary: Prefer, no Preference-Applied",
    ),
    "the flag shown": (
        "sub vcl_deliver { set resp.http.X-No-Analytics = req.http.X-No-Analytics; }",
        "same answer: page in HTML",
    ),
    "Preference-Applied": (
        'sub vcl_deliver { if (req.http.X-No-Analytics) { set resp.http.Preference-Applied = "no-analytics"; } }',
        "no Vary: Prefer, no Preference-Applied",
    ),
    "a refusal": (
        'sub vcl_recv { if (req.http.X-No-Analytics && req.url ~ "^/packages/") { return (synth(403)); } }',
        "same answer: file",
    ),
}


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """pypiserver's, for all tests here."""
    folder = tmp_path_factory.mktemp("pypiserver")
    files = folder / "files"
    files.mkdir()
    for file in demo_distributions():
        (files / file.filename).write_bytes(file.data)
    with pypiserver(files, folder / "pypiserver.log") as running:
        yield running


def test_pypiserver_behind_varnish_holds_every_clause(port: int, tmp_path: Path) -> None:
    """And the run's own mark shows the operator what no outsider can see."""
    needed("varnishd", "varnishncsa")
    internal, shared = tmp_path / "internal.log", tmp_path / "shared.log"
    with varnish(edge.vcl(port), tmp_path / "varnish", edge.PARAMETERS) as cache:
        with cache.logging(edge.EVERYTHING, internal), cache.logging(edge.SHARED, shared):
            wait_for(lambda: _attached(cache.simple, internal, shared), "the log writers are there")
            check = Check(cache.simple, "demo-wheel")
            verdicts = {outcome.name: outcome for outcome in check.outcomes()}
            asked, plain = check.sent
            wait_for(lambda: len(_marked(internal, check)) == asked + plain, "the internal log has all")
        assert sum("-private|" in line for line in _marked(internal, check)) == asked
        assert 0 < len(_marked(shared, check)) <= plain
        assert not any("private" in line for line in _marked(shared, check))
    _assert_held(verdicts)


def test_pypiserver_behind_nginx_holds_every_clause(port: int, tmp_path: Path) -> None:
    with nginx(port, tmp_path / "nginx") as front:
        check = Check(f"http://127.0.0.1:{front}/simple/", "demo-wheel")
        verdicts = {outcome.name: outcome for outcome in check.outcomes()}
        asked, plain = check.sent
        internal, shared = tmp_path / "nginx/internal.log", tmp_path / "nginx/shared.log"
        wait_for(lambda: len(_marked(internal, check)) == asked + plain, "the internal log has all")
    assert sum('"no_analytics":1' in line for line in _marked(internal, check)) == asked
    assert 0 < len(_marked(shared, check)) <= plain
    _assert_held(verdicts)


def _assert_held(outcomes: dict[str, Outcome]) -> None:
    """Every clause, but those that pypiserver has nothing for: JSON, metadata files, browsers."""
    assert {outcome.verdict for outcome in outcomes.values()} == {"passed", "skipped"}, outcomes
    skipped = [name for name, outcome in outcomes.items() if outcome.verdict == "skipped"]
    assert skipped == [
        "same answer: page in JSON",
        "same answer: metadata file",
        "browsers may send it: page",
        "browsers may send it: file",
    ]


def _attached(simple: str, *logs: Path) -> bool:
    list(Check(simple, "demo-wheel", pairs=2).outcomes())
    return all(log.exists() and log.read_text() for log in logs)


def _marked(log: Path, check: Check) -> list[str]:
    """The lines of a log that are of this run."""
    return [line for line in log.read_text("latin-1").splitlines() if check.mark in line] if log.exists() else []


@pytest.mark.parametrize(("vcl", "clause"), _WRONG.values(), ids=_WRONG)
def test_what_an_edge_does_wrong_is_seen(vcl: str, clause: str, port: int, tmp_path: Path) -> None:
    with varnish(edge.vcl(port) + vcl, tmp_path / "varnish", edge.PARAMETERS) as cache:
        outcomes = list(Check(cache.simple, "demo-wheel", pairs=2).outcomes())
    assert clause in [outcome.name for outcome in outcomes if outcome.verdict == "failed"], outcomes
