"""Each HTTP library sends the preference from below: redirects, threads and async too; nothing else changes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pep786.verify.index import Index
from tests.environments import CHECKOUT, install

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pep786.verify.index import Request

pytestmark = pytest.mark.real

HOST = """
import sys
sys.path[:0] = [{checkout!r}, {library!r}]
import _pep786_startup; _pep786_startup.install()
from pep786.adapters._host import Host
Host("poetry").take()
from concurrent.futures import ThreadPoolExecutor
url, method = sys.argv[1:]
"""
# What asks for url with method, following redirects; a library that is not Python's own is fetched.
LIBRARIES = {
    "urllib": ("", "import urllib.request as u\nu.urlopen(u.Request(url, method=method))"),
    "urllib in threads": (
        "",
        (
            "import urllib.request as u\nwith ThreadPoolExecutor(4) as pool:\n"
            "    list(pool.map(lambda _: u.urlopen(u.Request(url, method=method)), range(8)))"
        ),
    ),
    "urllib3": ("urllib3", "import urllib3\nurllib3.PoolManager().request(method, url)"),
    "requests": (
        "requests",
        (
            "import requests\nsession = requests.Session()\nsession.headers['Prefer'] = 'wait=5'\n"
            "print(session.request(method, url, allow_redirects=True).request.headers)"
        ),
    ),
    "httpx": ("httpx", "import httpx\nhttpx.Client(follow_redirects=True).request(method, url)"),
    "httpx, async": (
        "httpx",
        (
            "import asyncio, httpx\nasync def ask():\n"
            "    async with httpx.AsyncClient(follow_redirects=True) as client:\n"
            "        await client.request(method, url)\nasyncio.run(ask())"
        ),
    ),
    "aiohttp": (
        "aiohttp",
        (
            "import aiohttp, asyncio\nasync def ask():\n"
            "    async with aiohttp.ClientSession(trust_env=True) as session:\n"
            "        async with session.request(method, url):\n            pass\nasyncio.run(ask())"
        ),
    ),
}


@pytest.fixture
def index() -> Iterator[Index]:
    with Index() as index:
        yield index


def ask(library: str, url: str, method: str = "GET", **environ: str) -> str:
    needed, code = LIBRARIES[library]
    code = HOST.format(checkout=str(CHECKOUT), library=install(needed) if needed else "/nowhere") + code
    environment = {**os.environ, "PIP_NO_ANALYTICS": "1", **environ}
    done = subprocess.run(
        [sys.executable, "-c", code, url, method], check=False, capture_output=True, text=True, env=environment
    )
    assert "goes on without the shim" not in done.stderr
    return done.stdout


def assert_signed(requests: list[Request], *, at_least: int) -> None:
    assert len(requests) >= at_least
    for request in requests:
        assert len(request.prefer) == 1
        assert request.prefer[0] in ("no-analytics", "wait=5, no-analytics")
        assert (request.user_agent or "").endswith(" (no-analytics)")
        assert (request.user_agent or "").count("no-analytics") == 1


@pytest.mark.parametrize("library", LIBRARIES)
def test_every_request_and_redirect_to_another_host_carries_it(library: str, index: Index) -> None:
    for method in ("GET", "HEAD"):
        ask(library, index.url("/redirected/simple/demo-wheel"), method)
    assert_signed(index.received, at_least=4)
    assert {request.host for request in index.received} == {f"127.0.0.1:{index.port}", index.second_host}


@pytest.mark.parametrize("library", LIBRARIES)
def test_d11_what_sends_something_up_is_left_alone(library: str, index: Index) -> None:
    ask(library, index.url("/simple/"), "POST")
    assert [request.method for request in index.received] == ["POST"] * len(index.received)
    assert index.received
    assert not any("no-analytics" in str(request.headers) for request in index.received)


@pytest.mark.parametrize("library", ["urllib", "requests", "httpx", "aiohttp"])
def test_through_a_proxy_the_target_counts(library: str, index: Index) -> None:
    proxies = {"http_proxy": index.url(""), "https_proxy": index.url(""), "no_proxy": "", "NO_PROXY": ""}
    ask(library, "http://an.index.example/simple/demo-wheel/", **proxies)
    assert_signed(index.received, at_least=1)
    index.clear()
    ask(library, "http://github.com/simple/demo-wheel/", **proxies)
    assert index.received
    assert not any("no-analytics" in str(request.headers) for request in index.received)


@pytest.mark.parametrize("library", ["urllib", "requests", "httpx", "aiohttp"])
def test_t22_connect_never_carries_it(library: str, index: Index) -> None:
    proxies = {"http_proxy": index.url(""), "https_proxy": index.url(""), "no_proxy": "", "NO_PROXY": ""}
    ask(library, "https://an.index.example/simple/demo-wheel/", **proxies)
    assert {request.method for request in index.received} == {"CONNECT"}
    assert not any("no-analytics" in str(request.headers) for request in index.received)


def test_what_the_program_sees_of_its_own_request_is_unchanged(index: Index) -> None:
    """T34: pdm hashes a session by its headers."""
    assert "no-analytics" not in ask("requests", index.url("/simple/demo-wheel/"))
    assert_signed(index.received, at_least=1)


@pytest.mark.parametrize("library", ["urllib", "requests", "httpx", "aiohttp"])
def test_the_journal_is_what_was_received_and_single_hosts_get_what_was_chosen(
    library: str, index: Index, tmp_path: Path
) -> None:
    """A host that was allowed is reached by a redirect; nothing of the query is written down."""
    own = tmp_path / "home" / ".config" / "pep786" / "config.toml"
    own.parent.mkdir(parents=True)
    own.write_text('journal = true\nno-analytics = true\n[hosts]\nallow = ["localhost"]\n')
    ask(library, index.url("/redirected/simple/demo-wheel/?secret=1#x"), PIP_NO_ANALYTICS="")
    ask(library, index.url("/simple/"), "POST", PIP_NO_ANALYTICS="")
    requests = [(one.host, one.route, "no-analytics" in str(one.prefer)) for one in index.received]
    assert {sent for host, _, sent in requests if host != index.second_host} == {True, False}
    assert not any(sent for host, _, sent in requests if host == index.second_host)
    written = [
        json.loads(line) for line in (tmp_path / "home/.local/state/pep786/journal.jsonl").read_text().split("\n")[:-1]
    ]
    assert [(one["host"], one["path"], one["sent"]) for one in written] == requests
    assert {one["why"] for one in written} == {"allowed host", "~/.config/pep786/config.toml no-analytics", "upload"}
    assert {one["tool"] for one in written} == {"poetry"}


def test_through_a_proxy_the_journal_has_the_target(index: Index, tmp_path: Path) -> None:
    proxies = {"http_proxy": index.url(""), "https_proxy": index.url(""), "no_proxy": "", "NO_PROXY": ""}
    journal = tmp_path / "journal"
    for library in ("urllib", "requests", "httpx", "aiohttp"):
        ask(library, "http://user:secret@an.index.example:81/a/?b", PEP786_JOURNAL=str(journal), **proxies)
        ask(library, "https://an.index.example/a/", PEP786_JOURNAL=str(journal), **proxies)  # a CONNECT is refused
    places = {(one["host"], one["path"]) for one in map(json.loads, journal.read_text().split("\n")[:-1])}
    assert places == {("an.index.example:81", "/a/")}
