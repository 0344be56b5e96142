"""From real clients to the released linehaul: what an opted-out person sends appears in nothing that is shared.

Varnish stands before pypiserver. pip, uv and curl send some hundred requests, some of them with the preference,
through a relay that notes what they really sent. Varnish writes an internal log of all and a log to share.
"""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
from collections import Counter
from contextlib import ExitStack
from typing import TYPE_CHECKING, NamedTuple

import pytest

from pep786.verify.distributions import demo_distributions, wheel
from tests.environments import CHECKOUT, NEWEST, install
from tests.index import edge
from tests.index.recorder import Recorder
from tests.index.running import needed, needed_python, pypiserver, varnish, wait_for
from tests.proxy.uvs import NEWEST as NEWEST_UV
from tests.proxy.uvs import World

if TYPE_CHECKING:
    from pathlib import Path

    from tests.environments import Environments
    from tests.index.recorder import Sent
    from tests.index.running import Varnish

pytestmark = pytest.mark.real

LINEHAUL = "linehaul==1.0.3"

# What linehaul makes of each line of a log, as it does in PyPI's own function: one JSON value a line, null for
# a line that it cannot parse. varnishncsa writes a quote as backslash and quote; that is undone first, or no
# User-Agent with JSON in it would be understood.
_READ = """
import json, sys
from linehaul.events.parser import UnparseableEvent, parse
for line in sys.stdin:
    try:
        event = parse(line.rstrip("\\n").replace('\\\\"', '"'))
    except UnparseableEvent:
        print("null")
    else:
        installer = event.details.installer.name if event.details else None
        print(json.dumps([type(event).__name__, event.url, event.project, installer]))
"""

_PROBE = "log-writer-probe"
DECOY = 'pip/26.3 {"installer":{"name":"pip","version":"26.3"},"user_data":"x (no-analytics) y"}'
PAGE, FILE = "/simple/demo-wheel/", "/packages/demo_wheel-1.0-py3-none-any.whl"

#: What curl is given: name, whether that asks to be left out, and the options. Each goes to a page and a file.
CURL = {
    "plain": (False, []),
    "another preference": (False, ["-H", "Prefer: respond-async"]),
    "a quoted string": (False, ["-H", 'Prefer: note="a, no-analytics, b"']),
    "a longer word": (False, ["-H", "Prefer: no-analytics-please"]),
    "a forged flag": (False, ["-H", "X-No-Analytics: 1"]),
    "the words inside JSON": (False, ["-A", DECOY]),
    "DNT": (False, ["-H", "DNT: 1", "-H", "Sec-GPC: 1"]),
    "the field": (True, ["-H", "Prefer: no-analytics"]),
    "other letters": (True, ["-H", "PREFER: NO-Analytics"]),
    "in a list": (True, ["-H", 'Prefer: wait=10, note="a, b", no-analytics; q=1']),
    "a value": (True, ["-H", "Prefer: no-analytics=0"]),
    "two field lines": (True, ["-H", "Prefer: respond-async", "-H", "Prefer: no-analytics"]),
    "two, the first of them": (True, ["-H", "Prefer: no-analytics", "-H", "Prefer: respond-async"]),
    "the comment": (True, ["-A", "curl/8.0 (no-analytics)"]),
    "the comment before another product": (True, ["-A", "curl/8.0 (no-analytics) wrapper/1.0"]),
    "the comment behind JSON": (True, ["-A", f"{DECOY} (no-analytics)"]),
    "the comment behind JSON, before a product": (True, ["-A", f"{DECOY} (no-analytics) x/1"]),
    "a field of 3 kB": (True, ["-H", f"Prefer: {'a, ' * 1000}no-analytics"]),
    "a forged flag beside it": (True, ["-H", "Prefer: no-analytics", "-H", "X-No-Analytics: 0"]),
    "named in Connection": (True, ["-H", "Prefer: no-analytics", "-H", "Connection: Prefer"]),
}

#: Requests that are no plain download: name, path, options. Each is sent without the preference and with it.
KINDS = {
    "HEAD": (FILE, ["--head"]),
    "a part": (FILE, ["--range", "0-99"]),
    "unchanged": (FILE, ["-H", "If-Modified-Since: {modified}"]),
    "not found": ("/simple/nobody/", []),
    "redirect": ("/simple/demo-wheel", []),
    "the list": ("/simple/", []),
    "refused": (PAGE, ["-X", "DELETE"]),
}

_ASK = ["-H", "Prefer: no-analytics"]
_OUTPUT = ["--silent", "--show-error", "--output", "-", "--max-time", "20"]


class Run(NamedTuple):
    """What was sent, what reached the application, and what was written."""

    sent: list[Sent]
    fetched: list[Sent]
    internal: list[str]
    shared: list[str]


class Line(NamedTuple):
    """What matters of one of linehaul's lines."""

    type: str
    path: str
    agent: str

    @classmethod
    def of(cls, text: str) -> Line:
        kind, _time, _country, path, *_rest, agent = text.split("|", 9)
        return cls(kind, path, agent.replace('\\"', '"'))

    @property
    def private(self) -> bool:
        return self.type.endswith("-private")


def test_no_opted_out_request_is_shared(environments: Environments, tmp_path: Path) -> None:
    needed("varnishd", "varnishncsa", "curl")
    needed_python((3, 11), "linehaul")
    run = _run(environments, tmp_path)
    internal, shared = [Line.of(line) for line in run.internal], [Line.of(line) for line in run.shared]

    _assert_the_mix(run.sent)

    # The internal log has every request, and knows of each whether it asked.
    assert Counter((line.path, line.private) for line in internal) == Counter((s.path, s.asks) for s in run.sent)

    # The shared log has every download and page that nobody asked to leave out, and not a line more.
    assert Counter(line.path for line in shared) == Counter(s.path for s in run.sent if _to_share(s))
    assert {line.type for line in shared} == {"download", "simple"}
    assert Counter(shared) == Counter(line for line in internal if line.type in ("download", "simple"))
    assert not {line for line in shared if "uv_asks" in line.path or "uv-asks" in line.path}
    assert [line.agent for line in shared if "no-analytics" in line.agent] == [DECOY] * 4

    # What goes further inside carries no signal; most requests were answered by the cache.
    assert not any(s.asks or s.values("prefer") or s.values("x-no-analytics") for s in run.fetched)
    assert Counter(s.path for s in run.fetched)[FILE] <= 2 < Counter(s.path for s in run.sent)[FILE]

    _assert_linehaul_counts_the_rest(run, shared)
    _assert_the_filter_agrees(run, tmp_path)


def _to_share(sent: Sent) -> bool:
    """What Varnish should share, from what was sent alone."""
    downloads = sent.path.startswith("/packages/")
    pages = sent.path.startswith("/simple/") and sent.path.count("/") == 3 and sent.path != "/simple/nobody/"
    return sent.method == "GET" and not sent.asks and (downloads or pages)


def _assert_the_mix(sent: list[Sent]) -> None:
    """A hundred requests, of three clients, each of which sent some with the preference and some without."""
    assert len(sent) >= 100
    clients = Counter((s.user_agent.partition("/")[0], s.asks) for s in sent)
    assert all(clients[client, asks] >= 3 for client in ("pip", "uv", "curl") for asks in (True, False)), clients
    assert {s.asks for s in sent if "uv-asks" in s.path or "uv_asks" in s.path} == {True}
    assert {s.asks for s in sent if "demo-extra" in s.path or "uv-plain" in s.path} == {False}
    curls = [s.asks for s in sent if s.path in (PAGE, FILE)][: 4 * len(CURL)]
    assert curls == [asks for asks, _ in CURL.values() for _ in range(4)]


def _assert_linehaul_counts_the_rest(run: Run, shared: list[Line]) -> None:
    """The released linehaul reads every shared line; of the internal log it reads these and no other."""
    read = _linehaul(run.shared)
    assert None not in read
    assert [event and event[1] for event in read] == [line.path for line in shared]
    installers = Counter(event[3] for event in read if event)
    for client in ("pip", "uv"):
        assert installers[client] == sum(_to_share(s) for s in run.sent if s.user_agent.startswith(f"{client}/"))
    assert Counter(json.dumps(event) for event in _linehaul(run.internal) if event) == Counter(map(json.dumps, read))


def _linehaul(lines: list[str]) -> list[list[str | None] | None]:
    done = subprocess.run(
        [sys.executable, "-c", _READ],
        check=False,
        capture_output=True,
        text=True,
        input="".join(f"{line}\n" for line in lines),
        env={**os.environ, "PYTHONPATH": install(LINEHAUL)},
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def _assert_the_filter_agrees(run: Run, folder: Path) -> None:
    """``pep786 index filter`` makes of the internal log what Varnish shared, line by line."""
    log = folder / "to-filter.log"
    log.write_text("".join(f"{line}\n" for line in run.internal), encoding="latin-1")
    command = [sys.executable, "-m", "pep786", "index", "filter", "--format", "linehaul", str(log)]
    environ = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    done = subprocess.run(command, check=False, capture_output=True, env=environ)
    assert done.returncode == 0, done.stderr
    assert Counter(done.stdout.decode("latin-1").splitlines()) == Counter(run.shared)


def _run(environments: Environments, root: Path) -> Run:
    """Start everything, send everything, and read the logs when their writers have ended."""
    internal, shared = root / "internal.log", root / "shared.log"
    files = _made(root / "files")
    for file in (*demo_distributions(), wheel("uv-plain", "1.0"), wheel("uv-asks", "1.0")):
        (files / file.filename).write_bytes(file.data)
    with ExitStack() as stack:
        port = stack.enter_context(pypiserver(files, root / "pypiserver.log"))
        behind = stack.enter_context(Recorder(port))
        cache = stack.enter_context(varnish(edge.vcl(behind.port), root / "varnish", edge.PARAMETERS))
        stack.enter_context(cache.logging(edge.EVERYTHING, internal))
        stack.enter_context(cache.logging(edge.SHARED, shared))
        recorder = stack.enter_context(Recorder(cache.port))
        _wait_for_the_writers(cache, internal, shared)
        behind.sent.clear()
        _curls(recorder)
        _pips(recorder, environments, root / "pip")
        _uvs(recorder, root / "uv")
        wait_for(lambda: len(_lines(internal)) >= len(recorder.sent), "the internal log has all")
    return Run(recorder.sent, behind.sent, _lines(internal), _lines(shared))


def _wait_for_the_writers(cache: Varnish, *logs: Path) -> None:
    """A log writer sees what comes after it has attached itself: ask until both have."""

    def written() -> bool:
        _curl(cache.simple + "demo-backend/", "-A", _PROBE)
        return all(log.exists() and _PROBE in log.read_text("latin-1") for log in logs)

    wait_for(written, "the log writers are there")


def _lines(log: Path) -> list[str]:
    """The whole lines so far, without those of the probes."""
    lines = log.read_text("latin-1").split("\n")[:-1] if log.exists() else []
    return [line for line in lines if _PROBE not in line]


def _curl(url: str, *options: str) -> bytes:
    command = ["curl", *_OUTPUT, *options, url]
    done = subprocess.run(command, check=False, capture_output=True)
    assert done.returncode == 0, (command, done.stderr)
    return done.stdout


def _curls(recorder: Recorder) -> None:
    """Every spelling to a page and a file, twice: the second is answered by the cache, unseen by the application."""
    host = recorder.simple[: -len("/simple/")]
    for _, options in CURL.values():
        _curl(host + PAGE, *options, host + PAGE, host + FILE, *_OUTPUT, host + FILE)
    modified = _modified(recorder.port)
    for name, (path, options) in KINDS.items():
        filled = [option.format(modified=modified) for option in options]
        given = _curl(host + path, *filled)
        assert _curl(host + path, *filled, *_ASK).partition(b"\r\n\r\n")[2] == given.partition(b"\r\n\r\n")[2]
        if name == "unchanged":
            assert given.startswith(b"PK"), "a 304 would stand in the logs as a download"
    # On one connection: what the first asks for must not stick to the next.
    _curl(host + PAGE, *_ASK, "--next", *_OUTPUT, host + PAGE, "--next", *_OUTPUT, *_ASK, host + PAGE)


def _modified(port: int) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("HEAD", FILE)
    modified = connection.getresponse().headers["Last-Modified"]
    connection.close()
    assert modified
    return modified


def _pips(recorder: Recorder, environments: Environments, folder: Path) -> None:
    """The released pip with the shim: demo-wheel twice as one who asks, demo-extra as one who does not."""
    environment = environments.shared(NEWEST)
    for number, (project, opted_out) in enumerate((("demo-wheel", "1"), ("demo-extra", ""), ("demo-wheel", "1"))):
        command = [environment.python, "-m", "pip", "download", "--no-cache-dir", "-i", recorder.simple, project]
        done = environment.run(
            command,
            cwd=_made(folder / str(number)),
            PIP_NO_ANALYTICS=opted_out,
            PIP_CONFIG_FILE=os.devnull,
            PIP_DISABLE_PIP_VERSION_CHECK="1",
        )
        assert done.returncode == 0, done.stderr


def _uvs(recorder: Recorder, folder: Path) -> None:
    """The released uv: by itself, and as ``pep786 run -- uv`` for one who asks."""
    world = World(folder, NEWEST_UV)
    arguments = ["pip", "install", "--no-cache", "--index-url", recorder.simple, "--target"]
    plain = world.direct(*arguments, str(folder / "one"), "uv-plain")
    command = [sys.executable, "-m", "pep786", "run", "--", world.uv, *arguments, str(folder / "two"), "uv-asks"]
    asking = world.run(command, {"PIP_NO_ANALYTICS": "1"})
    assert plain.returncode == asking.returncode == 0, plain.stderr + asking.stderr


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder
