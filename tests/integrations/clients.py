"""A process with one HTTP library in it that asks for what it is told to, through a client that is signed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pep786.verify.index import Index
from tests.integrations import page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pep786.verify.index import Request

#: Each library: what it takes from the registry, and ``ask(method, url, headers, proxy)``, which makes a client with
#: these headers, signs it, has it follow redirects, and returns the headers that the client has afterwards.
LIBRARIES = {
    "urllib": (
        (),
        """
import urllib.request
from pep786.integrations.urllib import sign
def ask(method, url, headers, proxy):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": proxy} if proxy else {}))
    opener.addheaders = list(headers.items()) or opener.addheaders
    sign(opener, decision)
    opener.open(urllib.request.Request(url, method=method, data=b"" if method == "POST" else None)).read()
    return dict(opener.addheaders)
""",
    ),
    "requests": (
        ("requests",),
        """
import copy, pickle, requests
from pep786.integrations.requests import sign
def ask(method, url, headers, proxy):
    session = requests.Session()
    session.headers.update(headers)
    session = pickle.loads(pickle.dumps(copy.copy(sign(session, decision))))
    session.request(method, url, allow_redirects=True, proxies={"http": proxy} if proxy else None)
    return session.headers
""",
    ),
    "urllib3": (
        ("urllib3",),
        """
import urllib3
from pep786.integrations.urllib3 import sign
def ask(method, url, headers, proxy):
    with (urllib3.ProxyManager(proxy, headers=headers) if proxy else urllib3.PoolManager(headers=headers)) as manager:
        manager.connection_from_url(url)  # a pool from before
        sign(manager, decision).request(method, url)
    return manager.headers
""",
    ),
    "urllib3, its own headers": (
        ("urllib3",),
        """
import urllib3
from pep786.integrations.urllib3 import sign
def ask(method, url, headers, proxy):
    held = urllib3.HTTPHeaderDict({name.upper(): value for name, value in headers.items()})
    with (urllib3.ProxyManager(proxy) if proxy else urllib3.PoolManager()) as manager:
        sign(manager, decision).urlopen(method, url, headers=held)
    return held
""",
    ),
    "httpx": (
        ("httpx",),
        """
import httpx
from pep786.integrations.httpx import sign
def ask(method, url, headers, proxy):
    with httpx.Client(headers=headers, proxy=proxy, follow_redirects=True) as client:
        sign(client, decision).request(method, url)
        return client.headers
""",
    ),
    "httpx, the same request again": (
        ("httpx",),
        """
import httpx
from pep786.integrations.httpx import sign
def ask(method, url, headers, proxy):
    with sign(httpx.Client(headers=headers, follow_redirects=True), decision) as client:
        request = client.build_request(method, url)
        client.send(request)
        request.headers["Prefer"] = "wait=9"
        client.send(request)
        return client.headers
""",
    ),
    "httpx, async": (
        ("httpx",),
        """
import asyncio, httpx
from pep786.integrations.httpx import sign
def ask(method, url, headers, proxy):
    async def _ask():
        async with httpx.AsyncClient(headers=headers, proxy=proxy, follow_redirects=True) as client:
            await sign(client, decision).request(method, url)
            return client.headers
    return asyncio.run(_ask())
""",
    ),
    "aiohttp": (
        ("aiohttp",),
        """
import aiohttp, asyncio
from pep786.integrations.aiohttp import sign
def ask(method, url, headers, proxy):
    async def _ask():
        async with aiohttp.ClientSession(headers=headers, middlewares=[sign(decision)], proxy=proxy) as session:
            async with session.request(method, url):
                return session.headers
    return asyncio.run(_ask())
""",
    ),
    "aiohttp 3.10": (
        ("aiohttp==3.10.11",),
        """
import aiohttp, asyncio
from pep786.integrations.aiohttp import request_class
def ask(method, url, headers, proxy):
    kind = request_class(aiohttp.ClientRequest, decision)
    async def _ask():
        async with aiohttp.ClientSession(headers=headers, request_class=kind) as session:
            async with session.request(method, url, proxy=proxy):
                return session.headers
    return asyncio.run(_ask())
""",
    ),
}
for _name in ("httpx", "httpx, async"):
    _code = re.sub(r"import (.*)httpx\n", r"import \1httpx2 as httpx\n", LIBRARIES[_name][1])
    LIBRARIES[_name.replace("httpx", "httpx2")] = (("httpx2",), _code)

_PROLOGUE = """
import json, os, sys
import pep786, pep786.scope
if sys.argv[1] == "with the shim":
    import _pep786_startup; _pep786_startup.install()
    from pep786.adapters._host import Host
    Host("poetry").take()
"""
_EPILOGUE = """
for order in map(json.loads, sys.argv[2:]):
    pep786.scope.NO_INDEX.pop("127.0.0.1", None), pep786.scope.NO_INDEX.pop("localhost", None)
    pep786.scope.NO_INDEX.update(dict.fromkeys(order["no_index"], "a test's"))
    os.environ.update(order["environ"])
    decision = pep786.resolve(flag=order["flag"])
    print(json.dumps(dict(ask(order["method"], order["url"], order["headers"], order["proxy"]))))
"""


@dataclass(frozen=True)
class Order:
    """What a client is told to ask for, each with an index of its own.

    path      of that index; or a whole URL, for which the index is the proxy.
    headers   those of the client.
    no_index  hosts that are no index, besides those that are known.
    flag      what the decision is made from, besides environ.
    """

    path: str
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    no_index: tuple[str, ...] = ()
    flag: bool | None = True
    environ: tuple[tuple[str, str], ...] = ()

    def to(self, index: Index) -> str:
        """The order to this index, for the process."""
        order = {"method": self.method, "headers": dict(self.headers), "no_index": self.no_index, "flag": self.flag}
        order["environ"] = dict(self.environ)
        if self.path.startswith("/"):
            return json.dumps({**order, "url": index.url(self.path), "proxy": None})
        return json.dumps({**order, "url": self.path, "proxy": index.url("")})


@dataclass(frozen=True)
class Answer:
    """What one index received, and the headers that the client had afterwards, their names capitalised."""

    index: Index
    received: list[Request]
    headers: dict[str, str]


def ask(library: str, orders: Mapping[str, Order], *, shim: bool = False) -> dict[str, Answer]:
    """Have one process carry out the orders, each with a new client; shim: with the shim in it, opted out."""
    needed, code = LIBRARIES[library]
    with ExitStack() as stack:
        indexes = [stack.enter_context(Index()) for _ in orders]
        told = [order.to(index) for order, index in zip(orders.values(), indexes)]
        done = subprocess.run(
            [sys.executable, "-c", _PROLOGUE + code + _EPILOGUE, "with the shim" if shim else "", *told],
            check=False,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": page.libraries(needed), **({"PY_NO_ANALYTICS": "1"} if shim else {})},
        )
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    afterwards = [json.loads(line) for line in done.stdout.splitlines()]
    return {
        name: Answer(index, index.received, {name.title(): value for name, value in headers.items()})
        for name, index, headers in zip(orders, indexes, afterwards)
    }
