"""What the client of each library sends once it is signed, and what it does not: the server's word for it."""

from __future__ import annotations

import functools
import os
import subprocess
import sys

import pytest

from tests.environments import CHECKOUT
from tests.integrations.clients import LIBRARIES, Answer, Order, ask

PLAIN = (("User-Agent", "mytool/1.0"),)
CALLERS = (*PLAIN, ("Prefer", "wait=5"))
REDIRECTED = "/redirected/simple/demo-wheel/"
ORDERS = {
    "redirected": Order(REDIRECTED, headers=CALLERS),
    "redirected to no index": Order(REDIRECTED, headers=CALLERS, no_index=("localhost",)),
    "redirected by no index": Order(REDIRECTED, headers=CALLERS, no_index=("127.0.0.1",)),
    "sent up": Order("/pypi", "POST", CALLERS),
    "to an index, through a proxy": Order("http://an.index.example/simple/demo-wheel/", "HEAD", CALLERS),
    "to no index, through a proxy": Order("http://api.github.com/simple/demo-wheel/", "HEAD", CALLERS),
    "signed already": Order(
        "/simple/", headers=(("User-Agent", "mytool/1.0 (no-analytics)"), ("Prefer", "no-analytics, wait=5"))
    ),
    "not opted out": Order(REDIRECTED, flag=False, headers=CALLERS),
    "bare, not opted out": Order("/simple/", flag=None),
    "bare": Order("/simple/"),
    "without the suffix": Order("/simple/", flag=None, environ=(("PY_NO_ANALYTICS", "0"), ("PEP786_USER_AGENT", "0"))),
}
LEFT_OUT = Order("/simple/", headers=(("User-Agent", "@@@SKIP_HEADER@@@"),))  # urllib3.util.SKIP_HEADER


def on_each_library(*but: str) -> pytest.MarkDecorator:
    """Each library, its tests kept together so that they share a process."""

    def row(name: str) -> object:
        marks = [pytest.mark.xdist_group(name)]
        if LIBRARIES[name][0]:
            marks.append(pytest.mark.real)
        if name.startswith("httpx2"):
            marks.append(pytest.mark.skipif(sys.version_info < (3, 11), reason="httpx2 wants Python 3.11"))
        if name == "aiohttp":
            marks.append(pytest.mark.skipif(sys.version_info < (3, 9), reason="aiohttp 3.12 wants Python 3.9"))
        if name == "aiohttp 3.10":
            marks.append(pytest.mark.skipif(sys.version_info >= (3, 13), reason="it wants an older Python"))
        return pytest.param(name, marks=marks)

    return pytest.mark.parametrize(
        "library", [row(name) for name in LIBRARIES if name not in (*but, "httpx, the same request again")]
    )


@functools.lru_cache(maxsize=None)
def answers(library: str) -> dict[str, Answer]:
    return ask(library, ORDERS)


def sent(answer: Answer) -> list[tuple[str, str | None]]:
    """Of each request the Prefer fields, joined, and the User-Agent."""
    return [(" + ".join(request.prefer), request.user_agent) for request in answer.received]


@on_each_library()
@pytest.mark.parametrize(
    ("order", "expected"),
    [
        pytest.param("redirected", ["signed", "signed"], id="redirects carry it to another host"),
        pytest.param("redirected to no index", ["signed", "plain"], id="d11, not to one that is no index"),
        pytest.param("redirected by no index", ["plain", "signed"], id="d11, nor from one, but then on"),
        pytest.param("sent up", ["plain"], id="d11, uploads are left alone"),
        pytest.param("to an index, through a proxy", ["signed"], id="the target counts, not the proxy"),
        pytest.param("to no index, through a proxy", ["plain"], id="d11, also when it is no index"),
        pytest.param("not opted out", ["plain", "plain"], id="without an opt-out nothing is sent"),
    ],
)
def test_d12_requests_carry_it_beside_what_the_caller_set(library: str, order: str, expected: list[str]) -> None:
    answer = answers(library)[order]
    like = {"signed": ("wait=5, no-analytics", "mytool/1.0 (no-analytics)"), "plain": ("wait=5", "mytool/1.0")}
    assert sent(answer) == [like[each] for each in expected]
    assert {request.method for request in answer.received} == {ORDERS[order].method}
    hosts = [request.host for request in answer.received]
    if ORDERS[order].path == REDIRECTED:
        assert hosts == [f"127.0.0.1:{answer.index.port}", answer.index.second_host]
    # What the client keeps is as the caller left it.
    assert answer.headers["User-Agent"] == "mytool/1.0"
    assert answer.headers["Prefer"] == "wait=5"


@on_each_library()
def test_d12_what_is_there_already_is_not_said_twice(library: str) -> None:
    assert sent(answers(library)["signed already"]) == [("no-analytics, wait=5", "mytool/1.0 (no-analytics)")]


@on_each_library()
def test_a_library_s_own_user_agent_is_kept(library: str) -> None:
    ((nothing, own),) = sent(answers(library)["bare, not opted out"])
    assert nothing == ""
    assert own
    assert sent(answers(library)["bare"]) == [("no-analytics", f"{own} (no-analytics)")]
    assert sent(answers(library)["without the suffix"]) == [("no-analytics", own)]


@on_each_library("urllib3, its own headers", "aiohttp 3.10", "httpx2, async")
def test_d18_beside_the_shim_it_stands_there_once(library: str) -> None:
    orders = {
        "both": Order(REDIRECTED, headers=PLAIN),
        "the shim only": Order(REDIRECTED, headers=PLAIN, flag=False),
    }
    answers = ask(library, orders, shim=True)
    for order in orders:
        assert sent(answers[order]) == [("no-analytics", "mytool/1.0 (no-analytics)")] * 2


@pytest.mark.real
@pytest.mark.parametrize("library", ["requests", "urllib3"])
def test_a_user_agent_that_is_left_out_stays_out(library: str) -> None:
    assert sent(ask(library, {"left out": LEFT_OUT})["left out"]) == [("no-analytics", None)]


@pytest.mark.real
def test_httpx_takes_a_request_again_that_the_caller_has_changed() -> None:
    order = Order(REDIRECTED, headers=CALLERS)
    assert sent(ask("httpx, the same request again", {"again": order})["again"]) == [
        *[("wait=5, no-analytics", "mytool/1.0 (no-analytics)")] * 2,
        *[("wait=9, no-analytics", "mytool/1.0 (no-analytics)")] * 2,
    ]


def test_importing_the_package_imports_nothing() -> None:
    code = (
        "import sys, pep786; before = set(sys.modules); import pep786.integrations; print(*set(sys.modules) - before)"
    )
    environ = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, env=environ)
    assert done.stdout.split() == ["pep786.integrations"]


@pytest.mark.parametrize("library", ["urllib3", "click"])
def test_a_library_that_is_not_there_is_an_import_error_of_its_own(library: str) -> None:
    code = f"import sys; sys.path.insert(0, {str(CHECKOUT)!r}); import pep786.integrations.{library}"
    done = subprocess.run([sys.executable, "-S", "-c", code], check=False, capture_output=True, text=True)
    assert done.stderr.splitlines()[-1] == f"ModuleNotFoundError: No module named '{library}'"
