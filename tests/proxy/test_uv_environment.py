"""What stands in the environment of uv, and of what uv starts: nothing in it leads past the proxy unnoticed."""

from __future__ import annotations

import shutil
from typing import Iterator

import pytest

from pep786.verify.index import Index
from tests.proxy.installing import assert_signed, install, succeeded
from tests.proxy.origins import RUN, Wrapped

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
