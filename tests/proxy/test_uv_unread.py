"""Settings of uv's that we cannot take out or cannot read: they are shielded, or uv is not run (facts about uv, T6).

A checkout could undo an opt-out with them (design, D6): uv's own proxies switch off all those of the environment.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Iterator

import pytest

from pep786.config import toml
from pep786.verify.index import Index
from tests.proxy.installing import assert_signed, install, succeeded
from tests.proxy.origins import RUN, CorporateProxy, Wrapped

if TYPE_CHECKING:
    import subprocess

pytestmark = pytest.mark.real

SCRIPT = '# /// script\n# dependencies = ["demo-extra"]\n# [tool.uv]\n# http-proxy = "URL"\n# ///\n'
NEWER = '# it is TOML 1.1\nindex = [{ url = "INDEX", default = true, }]\n'


def reads_newer() -> bool:
    """Whether the parser that is here knows TOML 1.1: tomllib does not yet."""
    try:
        return bool(toml.parse(NEWER))
    except ValueError:
        return False


@pytest.fixture
def index() -> Iterator[Index]:
    with Index() as made:
        yield made


@pytest.fixture
def theirs() -> Iterator[CorporateProxy]:
    """The proxy that a checkout would have uv take instead of ours."""
    with CorporateProxy() as made:
        yield made


def assert_refused(done: subprocess.CompletedProcess[str], *said: str) -> None:
    """In one line; there may be another, of what is wrong with the file."""
    lines = done.stderr.splitlines()
    assert (done.returncode, done.stdout, len(lines) in (1, 2)) == (2, "", True), done.stderr
    assert all(line.startswith("pep786 run: ") for line in lines), done.stderr
    assert all(word in lines[-1] for word in said), done.stderr


@pytest.mark.parametrize("name", ["uv.toml", "pyproject.toml"])
def test_a_byte_order_mark_hides_no_proxy(name: str, world: Wrapped, index: Index, theirs: CorporateProxy) -> None:
    text = f'\ufeffhttp-proxy = "{theirs.url()}"\n'
    world.write(f"work/{name}", text if name == "uv.toml" else text.replace("\ufeff", "\ufeff[tool.uv]\n"))
    succeeded(world.wrapped(*install(index)))
    assert_signed(index.received, 4, theirs.authorization)
    assert theirs.heads


@pytest.mark.parametrize("name", ["uv.toml", "pyproject.toml"])
@pytest.mark.parametrize("kind", ["TOML 1.1", "an escape of TOML 1.1", "too large"])
def test_a_file_that_only_uv_can_read(
    kind: str, name: str, world: Wrapped, index: Index, theirs: CorporateProxy
) -> None:
    key = '"http\\x2dproxy"' if "escape" in kind else "http-proxy"
    text = f'{key} = "{theirs.url()}"\n' + (NEWER.replace("INDEX", index.simple) if "1.1" in kind else "")
    text = text if name == "uv.toml" else f"[tool.uv]\n{text}"
    world.write(f"work/{name}", text + ("#" * 99 + "\n") * 45_000 * (kind == "too large"))
    alone = world.alone(*install(index))
    assert (alone.returncode, bool(theirs.heads)) == (0, True), alone.stderr  # uv can
    index.clear()
    theirs.heads.clear()
    done = world.wrapped(*install(index))
    if "1.1" in kind and reads_newer():
        succeeded(done)
        assert_signed(index.received, 4, theirs.authorization)
        return
    assert_refused(done, name)
    assert (index.received, theirs.heads) == ([], [])


@pytest.mark.parametrize("flag", ["--analytics", "--no-analytics"])
def test_the_key_in_such_a_file_does_not_have_uv_forget_its_index(flag: str, world: Wrapped, index: Index) -> None:
    """Whether it goes through the proxy or not (facts, T1)."""
    world.write("work/pyproject.toml", f"[tool.uv]\nno-analytics = true\n{NEWER.replace('INDEX', index.simple)}")
    done = world.run([*RUN, flag, "--", world.uv, "pip", "install", "--offline", "--target", "t", "demo-extra"])
    if reads_newer():
        assert "network was disabled" in done.stderr
        assert "warning" not in done.stderr
        return
    assert done.returncode == 2
    assert all(line.startswith("pep786 run: ") for line in done.stderr.splitlines()), done.stderr
    assert "pyproject.toml" in done.stderr


def test_such_a_file_without_a_word_that_matters_is_left_to_uv(world: Wrapped, index: Index) -> None:
    world.write("work/uv.toml", NEWER.replace("INDEX", index.simple))
    succeeded(world.wrapped("pip", "install", "--no-cache", "--target", "t", "demo-wheel"))
    assert_signed(index.received, 4)


@pytest.mark.parametrize(
    ("command", "block"),
    [
        ("run NAME.py", SCRIPT),
        ("run --script NAME", SCRIPT),
        ("run -qs NAME", SCRIPT),
        ("run -sp PYTHON NAME", SCRIPT),
        ("run NAME.pyc", SCRIPT),
        ("lock --script NAME.py", SCRIPT),
        ("run NAME.py", f"1\r{SCRIPT}"),
        ("run NAME.py", SCRIPT.replace("\n", "\r\n")),
        ("run NAME.py", SCRIPT.replace('"]', '", ]').replace("http-proxy", '"http\\x2dproxy"')),
        ("run NAME.py", SCRIPT.replace("# [tool.uv]", "#\n# [tool.x]\n# y = '''\n# ///\n# '''\n# [tool.uv]")),
        ("run -", SCRIPT),
    ],
    ids=["run", "--script", "-qs", "-sp", "pyc", "lock", "bare CR", "CRLF", "TOML 1.1", "two ends", "standard input"],
)
def test_a_script_that_names_a_proxy(
    command: str, block: str, world: Wrapped, index: Index, theirs: CorporateProxy
) -> None:
    """No other file can take the place of its settings, which are the strongest (facts, T3)."""
    arguments = [sys.executable if one == "PYTHON" else one.replace("NAME", "x") for one in command.split()]
    name = next((one for one in arguments if one.startswith("x")), "x.py")
    (world.work / name).write_bytes(block.replace("URL", theirs.url()).encode())
    arguments[1:1] = ["--default-index", index.simple, "--no-cache"]
    command_line = ["sh", "-c", 'exec "$@" < "$0"', name] if arguments[-1] == "-" else []
    world.run([*command_line, world.uv, *arguments])
    assert theirs.heads
    index.clear()
    theirs.heads.clear()
    done = world.run([*command_line, *RUN, "--", world.uv, *arguments], {"PIP_NO_ANALYTICS": "1"})
    assert_refused(done, name if arguments[-1] != "-" else "/dev/stdin")
    assert (index.received, theirs.heads) == ([], [])


def test_a_script_without_one_is_run(world: Wrapped, index: Index) -> None:
    block = SCRIPT.replace('http-proxy = "URL"', f'index-url = "{index.simple}"')
    world.write("work/x.py", f"{block}import demo_extra; print('ran')\n# https-proxy = 1\n")
    assert succeeded(world.wrapped("run", "--no-cache", "x.py")) == "ran\n"
    assert_signed(index.received, 2)
