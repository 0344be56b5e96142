"""Variables with line breaks, of 100 kB, or that are no text, for uv behind the proxy (docs/faults.md)."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.proxy.origins import RUN, Wrapped
from tests.proxy.test_lifetime import wait_until_nothing_is_left
from tests.proxy.uvs import NEWEST

if TYPE_CHECKING:
    from pathlib import Path

    from pep786.verify.index import Index

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(sys.platform != "linux", reason="processes are told by /proc"),
]

HOSTILE = {
    "a line break": b"http://user:hidden@host\r\nX-Injected: y",
    "100 kB": b"http://user:hidden@" + b"a" * 100_000,
    "no text": b"http://user:hidden@\xff\xfe",
}
#: What uv and the proxy read, and can do without.
READ = ("NO_PROXY", "SSL_CERT_DIR", "SSL_CLIENT_CERT", "PEP786_USER_AGENT", "PIP_NO_ANALYTICS", "PEP786_APPS")
#: What must not be guessed at, and what is uv's own.
OBEYED = ("HTTPS_PROXY", "ALL_PROXY", "PEP786_ONLY_HOSTS")
UVS_OWN = ("SSL_CERT_FILE", "UV_INDEX_URL", "UV_CONFIG_FILE", "UV_PROJECT", "UV_WORKING_DIR")


def each_with_one(names: tuple[str, ...]) -> list[tuple[str, str]]:
    """Every name with one of the values, in turn; with all of them if everything is to run."""
    everything = bool(os.environ.get("PEP786_EVERYTHING"))
    kinds = list(HOSTILE)
    return [(name, kind) for at, name in enumerate(names) for kind in kinds if everything or kind == kinds[at % 3]]


@pytest.fixture
def world(tmp_path: Path) -> Wrapped:
    return Wrapped(tmp_path / "world", NEWEST)


def install(world: Wrapped, index: Index, environ: dict[str, bytes]) -> tuple[int, str]:
    """Run uv behind the proxy with these variables. Returns its status and what it said."""
    command = [*RUN, "--", world.uv, "pip", "install", "--no-cache", "--target", "t", "--default-index", index.simple]
    done = subprocess.run(
        [*command, "demo-dependency"],
        check=False,
        capture_output=True,
        cwd=world.work,
        env={**{os.fsencode(name): os.fsencode(value) for name, value in world.environ.items()}, **_encoded(environ)},
    )
    wait_until_nothing_is_left(world)
    return done.returncode, done.stderr.decode("utf-8", "replace")


def _encoded(environ: dict[str, bytes]) -> dict[bytes, bytes]:
    return {name.encode(): value for name, value in {"PIP_NO_ANALYTICS": b"1", **environ}.items()}


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
def test_what_can_be_done_without(value: bytes, world: Wrapped, index: Index) -> None:
    """uv works, each request is signed, and nothing of it is in a field."""
    status, said = install(world, index, dict.fromkeys(READ, value))
    assert status == 0, said
    assert "Traceback" not in said
    assert [line for line in said.splitlines() if "pep786" in line and "hidden" in line] == []  # uv quotes its own
    assert index.received
    for request in index.received:
        assert request.prefer == ["no-analytics"]
        assert request.values("X-Injected") == []
        assert not any("hidden" in field for _, field in request.headers)


@pytest.mark.parametrize(("name", "kind"), each_with_one(OBEYED))
def test_what_cannot_be_obeyed_is_one_line(name: str, kind: str, world: Wrapped, index: Index) -> None:
    """uv is not run: not by another way, and not unsignalled. The line has no password."""
    status, said = install(world, index, {name: HOSTILE[kind]})
    assert status == 2
    assert said.startswith(f"pep786 run: {world.uv}: {name}")
    assert said.count("\n") == 1
    assert "hidden" not in said
    assert len(said) < 1000
    assert index.received == []


@pytest.mark.parametrize(("name", "kind"), each_with_one(UVS_OWN))
def test_what_uv_itself_reads(name: str, kind: str, world: Wrapped, index: Index) -> None:
    """It ends as it does alone, and says the same; the proxy adds no word."""
    status, said = install(world, index, {name: HOSTILE[kind]})
    assert "Traceback" not in said
    assert "pep786" not in said
    signed = [request.prefer for request in index.received]
    assert signed == [["no-analytics"]] * len(signed)
    alone = subprocess.run(
        [world.uv, "pip", "install", "--no-cache", "--target", "t", "--default-index", index.simple, "demo-dependency"],
        check=False,
        capture_output=True,
        cwd=world.work,
        env={
            **{os.fsencode(one): os.fsencode(text) for one, text in world.environ.items()},
            **_encoded({name: HOSTILE[kind]}),
        },
    )
    assert status == alone.returncode, said
