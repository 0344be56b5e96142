"""The table of programs that need the proxy: a released maturin, and stand-ins for rye and pixi, which never were run.

A stand-in names itself in CONNECT as the program's own sources have it; that the programs do is not shown here.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pep786.proxy import programs, uv_options
from tests.proxy.origins import RUN, SecureIndex, Wrapped
from tests.proxy.uvs import NEWEST, folder

if TYPE_CHECKING:
    from pep786.proxy.authority import Authority

MATURIN = "1.16.0"
CARGO = shutil.which("cargo")


@pytest.mark.real
@pytest.mark.skipif(not CARGO, reason="maturin takes a cargo, and there is none here")
def test_the_uv_that_maturin_starts(world: Wrapped, secure_index: SecureIndex, private: tuple[Authority, str]) -> None:
    """``maturin develop --uv`` has uv install what the project depends on, and that is signed."""
    world.write("work/Cargo.toml", '[package]\nname = "demo-app"\nversion = "0.1.0"\nedition = "2018"\n')
    world.write("work/src/main.rs", "fn main() {}\n")
    world.write(
        "work/pyproject.toml",
        '[build-system]\nrequires = ["maturin>=1,<2"]\nbuild-backend = "maturin"\n'
        '[project]\nname = "demo-app"\nversion = "0.1.0"\ndependencies = ["demo-wheel"]\n'
        '[tool.maturin]\nbindings = "bin"\n',
    )
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(world.root / "venv")], check=True)
    maturin = str(folder(MATURIN, "maturin") / "maturin")
    environ = {
        "PATH": f"{folder(NEWEST)}:{world.environ['PATH']}",
        "VIRTUAL_ENV": str(world.root / "venv"),
        "SSL_CERT_FILE": private[1],
        "UV_DEFAULT_INDEX": secure_index.simple,
        "PIP_NO_ANALYTICS": "1",
        "CARGO_NET_OFFLINE": "true",
        **homes_of_rust(),
    }
    done = world.run([*RUN, "--", maturin, "develop", "--uv"], environ)
    assert done.returncode == 0, done.stderr
    received = secure_index.received
    assert len(received) >= 6
    for request in received:
        assert request.prefer == ["no-analytics"], request
        assert (request.user_agent or "").startswith("uv/"), request
    assert world.left_behind() == []


def homes_of_rust() -> dict[str, str]:
    """Where rustup's cargo looks for its parts when HOME is another."""
    home = Path(CARGO or "").parent.parent
    return {"CARGO_HOME": str(home), "RUSTUP_HOME": str(home.parent / ".rustup")} if home.name == ".cargo" else {}


CLIENT = """\
#!{python}
import http.client, os, ssl, sys
from base64 import b64encode
from urllib.parse import urlsplit
way, page, agent = urlsplit(os.environ["HTTPS_PROXY"]), urlsplit(sys.argv[1]), sys.argv[2]
secret = b64encode(f"{{way.username}}:{{way.password}}".encode()).decode()
context = ssl.create_default_context(cafile=os.environ["SSL_CERT_FILE"])
connection = http.client.HTTPSConnection(way.hostname, way.port, context=context)
connection.set_tunnel(page.hostname, page.port, {{"Proxy-Authorization": "Basic " + secret, "User-Agent": agent}})
connection.request("GET", page.path, headers={{"User-Agent": agent}})
print(connection.getresponse().status)
"""


@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "agent", "signed"),
    [
        ("pixi", "pixi/0.62.0", True),
        ("pixi", "rattler/0.39.0", True),
        ("pixi", "uv/0.9.5", True),
        ("pixi", "git/2.39.5", False),
        ("rye", "uv/0.9.5", True),
        ("rye", "rye/0.44.0", False),
        ("maturin", "uv/0.9.5", True),
        ("maturin", "cargo/1.99.0", False),
        ("uvx", "pixi/0.62.0", False),
    ],
)
def test_who_is_signed_for(
    name: str, agent: str, signed: bool, world: Wrapped, secure_index: SecureIndex, private: tuple[Authority, str]
) -> None:
    """A stand-in of that name, which calls itself so."""
    world.write(f"bin/{name}", CLIENT.format(python=sys.executable))
    (world.root / "bin" / name).chmod(0o755)
    command = [*RUN, "--", str(world.root / "bin" / name), secure_index.url("/simple/demo-wheel/"), agent]
    done = world.run(command, {"PIP_NO_ANALYTICS": "1", "SSL_CERT_FILE": private[1]})
    assert (done.returncode, done.stdout) == (0, "200\n"), done.stderr
    (request,) = secure_index.received
    assert request.prefer == (["no-analytics"] if signed else [])
    assert request.user_agent == (f"{agent} (no-analytics)" if signed else agent)


@pytest.mark.real
@pytest.mark.parametrize("name", ["rye", "pixi"])
def test_a_uv_that_it_starts(
    name: str, world: Wrapped, secure_index: SecureIndex, private: tuple[Authority, str]
) -> None:
    """A stand-in that is a shell script, as a program of Rust has no shim in it, and a released uv."""
    world.write(f"bin/{name}", f'#!/bin/sh\n"{world.uv}" "$@"\n')
    (world.root / "bin" / name).chmod(0o755)
    install = ["pip", "install", "--no-cache", "--target", "t", "--default-index", secure_index.simple, "demo-wheel"]
    done = world.run(
        [*RUN, "--", str(world.root / "bin" / name), *install], {"PIP_NO_ANALYTICS": "1", "SSL_CERT_FILE": private[1]}
    )
    assert done.returncode == 0, done.stderr
    assert len(secure_index.received) >= 4
    assert all(request.prefer == ["no-analytics"] for request in secure_index.received)


def test_every_row_says_whom_it_signs_for() -> None:
    """And the row of a program that only starts a uv signs for nothing else."""
    assert set(programs.PROGRAMS) == {"uv", "uvx", "maturin", "rye", "pixi"}
    for name, program in programs.PROGRAMS.items():
        assert "uv/" in program.agents
        assert all(agent and agent == agent.lower() for agent in program.agents)
        assert (len(program.agents) > 1) is (name == "pixi")


@pytest.mark.parametrize(
    ("line", "asks"),
    [
        ("uv sync", True),
        ("uv", True),
        ("uv --version", True),
        ("uv publish x", True),
        ("uv auth login x", True),
        ("uvx python", True),
        ("uv run python", True),
        ("uv --offline python install", False),
        ("uv --directory sync python list", False),
        ("uv self update", False),
        ("uv cache clean", False),
        ("uv help sync", False),
    ],
)
def test_which_commands_of_uv_ask_an_index(line: str, asks: bool) -> None:
    assert programs.asks_an_index(uv_options.parse(line.split())) is asks


@pytest.mark.real
def test_a_command_that_asks_no_index_is_run_without_the_proxy(world: Wrapped) -> None:
    """Where the proxy could not be, too; the key in a uv.toml does it no harm."""
    world.write("work/uv.toml", "no-analytics = true\n")
    done = world.wrapped("cache", "dir", ALL_PROXY="socks5://127.0.0.1:1")
    assert (done.returncode, done.stdout) == (0, f"{world.root / 'cache'}\n"), done.stderr
    assert world.wrapped("pip", "list", ALL_PROXY="socks5://127.0.0.1:1").returncode == 2
