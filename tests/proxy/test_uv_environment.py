"""What stands in the environment of uv, and of what uv starts: nothing in it leads past the proxy unnoticed."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING, Iterator

import pytest

from pep786.verify.index import Index
from tests.proxy.installing import assert_signed, install, succeeded
from tests.proxy.origins import RUN, CorporateProxy, Wrapped

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.real


@pytest.fixture
def index() -> Iterator[Index]:
    with Index() as made:
        yield made


@pytest.mark.parametrize("value", ["GET", ""])
def test_in_a_cgi_program_uv_takes_our_proxy_all_the_same(value: str, world: Wrapped, index: Index) -> None:
    """Where this variable is set, as in a hook behind git's http-backend, uv uses no proxy that a variable names."""
    succeeded(world.wrapped(*install(index), REQUEST_METHOD=value))
    assert_signed(index.received, 4)


@pytest.mark.parametrize("command", ["run", "tool run", "uvx", "rye"])
def test_where_programs_of_the_persons_run_the_variable_is_theirs(command: str, world: Wrapped, index: Index) -> None:
    """It is not taken away from them; and unsigned uv does not run."""
    program = {"uvx": [world.uvx], "rye": [str(world.root / "rye")]}.get(command, [world.uv, *command.split()])
    shutil.copy(world.uv, world.root / "rye")
    rest = ["--no-cache", "--default-index", index.simple, "--with", "demo-wheel", "python", "-c", "print(1)"]
    done = world.run([*RUN, "--", *program, *rest], {"PIP_NO_ANALYTICS": "1", "REQUEST_METHOD": "GET"})
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1), done.stderr
    assert "REQUEST_METHOD" in done.stderr
    assert index.received == []
    environ = {"PIP_NO_ANALYTICS": "1", "REQUEST_METHOD": "GET"}
    done = world.run([*RUN, "--analytics", "--", world.uv, "run", "--no-project", "python", "-c", SHOW], environ)
    assert succeeded(done) == "GET\n"


SHOW = "import os; print(os.environ['REQUEST_METHOD'])"


@pytest.mark.parametrize("way", ["option", "variable"])
def test_a_file_of_variables_does_not_lead_past_us(way: str, world: Wrapped, index: Index) -> None:
    """``uv run --env-file``: what is set, uv does not set again, an empty variable neither."""
    world.write("work/.env", "NO_PROXY=127.0.0.1,localhost\nno_proxy=*\nHTTP_PROXY=\nOTHER=read\n")
    option = ["--env-file", ".env"] if way == "option" else []
    environ = {} if option else {"UV_ENV_FILE": ".env"}
    inner = ["sh", "-c", 'test "$OTHER" = read && exec "$@"', "sh", world.uv, *install(index)]
    succeeded(world.wrapped("run", "--no-project", *option, *inner, **environ))
    assert_signed(index.received, 4)


@pytest.mark.parametrize("command", ["uv", "uv --analytics", "sh"])
@pytest.mark.parametrize("depth", [1, 2])
def test_analytics_counts_within_too(depth: int, command: str, world: Wrapped, index: Index) -> None:
    """Design, D8: the outer one's proxy signs for every uv, so the inner goes the way that was there before."""
    asked = [world.uv, *install(index)]
    inner = {
        "uv": [*RUN, "--analytics", "--", *asked],
        "uv --analytics": [*RUN, "--", *asked, "--analytics"],
        "sh": [*RUN, "--analytics", "--", "sh", "-c", '"$@"', "sh", *asked],
    }[command]
    outer = [*RUN, "--", world.uv, "run", "--no-project"] * depth
    with CorporateProxy() as corporate:
        succeeded(world.run([*outer, *inner], {"PIP_NO_ANALYTICS": "1", "http_proxy": corporate.url()}))
        assert len(index.received) >= 4
        assert corporate.heads
    for request in index.received:
        assert (request.prefer, "no-analytics" in (request.user_agent or "")) == ([], False)


def test_the_variables_are_then_what_they_were(world: Wrapped, tmp_path: Path) -> None:
    """All of them, unless somebody within has named another proxy."""
    environ = {"HTTPS_PROXY": "http://a.example:1", "NO_PROXY": "\udcff, b", "PIP_NO_ANALYTICS": "1"}
    environ["SSL_CERT_FILE"] = str(tmp_path / "none.pem")
    show = [*RUN, "--analytics", "--", "env"]
    outer = [*RUN, "--", world.uv, "run", "--no-project"]
    names = ("_proxy=", "ssl_cert", "_pep786_proxy")
    for command, expected in ((show, environ), (["env", "HTTPS_PROXY=http://c.example", *show], {})):
        done = subprocess.run(
            [*outer, *command], check=True, stdout=subprocess.PIPE, cwd=world.work, env={**world.environ, **environ}
        )
        lines = [os.fsdecode(line) for line in done.stdout.splitlines()]
        found = dict(line.split("=", 1) for line in lines if any(name in line.lower() for name in names))
        if expected:
            assert found == {name: value for name, value in environ.items() if name != "PIP_NO_ANALYTICS"}
        else:
            assert found["HTTPS_PROXY"] == "http://c.example"
            assert not any(name.startswith("_PEP786") for name in found)
