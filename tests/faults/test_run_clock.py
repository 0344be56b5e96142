"""A clock that is years off, or runs away, and uv behind the proxy: Debian's faketime gives all of them another one."""

from __future__ import annotations

import calendar
import shutil
import sys
import time
from typing import TYPE_CHECKING

import pytest

from pep786.proxy.authority import Authority
from tests.faults.raw import RawIndex
from tests.proxy.origins import RUN, Wrapped
from tests.proxy.test_lifetime import wait_until_nothing_is_left
from tests.proxy.uvs import NEWEST

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(sys.platform != "linux", reason="processes are told by /proc"),
    pytest.mark.skipif(shutil.which("faketime") is None, reason="there is no faketime here"),
]


@pytest.fixture
def world(tmp_path: Path) -> Wrapped:
    return Wrapped(tmp_path / "world", NEWEST)


def install(world: Wrapped, index: RawIndex, clock: str, *, alone: bool = False) -> tuple[int, str]:
    command = [world.uv, "pip", "install", "--no-cache", "--target", "t", "--default-index", index.simple]
    environ = {"PIP_NO_ANALYTICS": "1", "UV_HTTP_RETRIES": "0", "DONT_FAKE_MONOTONIC": "1"}
    before = ["faketime", "-f", clock, *([] if alone else [*RUN, "--"])]
    done = world.run([*before, *command, "demo-dependency"], {**environ, "SSL_CERT_FILE": str(world.root / "ca.pem")})
    return done.returncode, done.stderr


def certificates_of(year: int, world: Wrapped, monkeypatch: pytest.MonkeyPatch) -> str:
    """An index's certificate that was made in that year, and the authority that uv is to trust."""
    with monkeypatch.context() as patch:
        patch.setattr(time, "time", lambda: calendar.timegm((year, 6, 1, 0, 0, 0)))
        authority = Authority(name="private")
        world.write("server.pem", authority.server("127.0.0.1").decode())
    world.write("ca.pem", authority.pem.decode())
    return str(world.root / "server.pem")


@pytest.mark.parametrize("clock", ["@2001-06-01 00:01:00", "@2060-06-01 00:01:00", "@2060-06-01 00:01:00 x600"])
def test_a_clock_that_others_share(clock: str, world: Wrapped, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the proxy makes is good by the clock that there is; the last one runs ten minutes in a second."""
    monkeypatch.setenv("TZ", "UTC")
    world.environ["TZ"] = "UTC"
    certificate = certificates_of(int(clock[1:5]), world, monkeypatch)
    asked: list[list[str]] = []
    with RawIndex(lambda request: asked.append(request.prefer), certificate) as index:
        index.redirect_files = False  # it would lead to plain http
        assert install(world, index, clock, alone=True)[0] == 0
        shutil.rmtree(world.work / "t")
        asked.clear()
        status, said = install(world, index, clock)
    assert status == 0, said
    assert asked
    assert all(prefer == ["no-analytics"] for prefer in asked)
    wait_until_nothing_is_left(world)


@pytest.mark.parametrize("clock", ["@2001-06-01 00:01:00", "@2060-06-01 00:01:00"])
def test_a_clock_by_which_the_index_is_not_to_be_trusted(
    clock: str, world: Wrapped, monkeypatch: pytest.MonkeyPatch
) -> None:
    """uv refuses it, as it does alone; nothing is asked for."""
    certificate = certificates_of(2026, world, monkeypatch)
    asked: list[str] = []
    with RawIndex(lambda request: asked.append(request.path), certificate) as index:
        alone, said_alone = install(world, index, clock, alone=True)
        status, said = install(world, index, clock)
    assert status == alone != 0
    assert "invalid peer certificate" in said_alone
    assert "invalid peer certificate" in said
    assert asked == []
    wait_until_nothing_is_left(world)
