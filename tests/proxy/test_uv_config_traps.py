"""Real uvs with the key in their configuration: they do what they do without it (facts about uv, section 7)."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from pep786.resolver import resolve
from pep786.verify.distributions import demo_distributions
from pep786.verify.index import Index
from tests.proxy.uvs import NEWEST, VERSIONS, Trap, World

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.real
every_uv = pytest.mark.parametrize("version", VERSIONS)

PROJECT = """
[project]
name = "p"
version = "1"
requires-python = ">=3.8"
dependencies = ["demo-wheel"]
"""


@pytest.fixture
def private() -> Iterator[Index]:
    with Index() as index:
        yield index


@pytest.fixture
def public() -> Iterator[Trap]:
    """Where everything goes that is not for the private index."""
    with Trap() as trap:
        yield trap


def confine(world: World, public: Trap) -> None:
    """No https but through the trap."""
    world.environ.update(HTTPS_PROXY=public.url, UV_HTTP_RETRIES="0")


@every_uv
def test_t1_the_private_index_stays_the_only_one(version: str, private: Index, public: Trap, tmp_path: Path) -> None:
    world = World(tmp_path, version)
    confine(world, public)
    table = (
        f'[tool.uv]\nno-analytics = true\n[[tool.uv.index]]\nname = "own"\nurl = "{private.simple}"\ndefault = true\n'
    )
    world.write("work/pyproject.toml", PROJECT + table)
    for command in (
        "lock",
        "sync",
        "add demo-extra",
        "tree --outdated",
        "pip compile pyproject.toml",
        "pip install --target t demo-wheel",
    ):
        private.clear()
        done = world.shielded(*command.split(), "--no-cache")
        assert (done.returncode, "warning" in done.stderr) == (0, False), command + done.stderr
        assert private.received, command
    assert public.connections == 0
    assert "no-analytics = true" in (world.work / "pyproject.toml").read_text()  # uv add has written to it
    assert world.left_behind() == []


def test_t1_without_the_shield_uv_asks_the_public_index(private: Index, public: Trap, tmp_path: Path) -> None:
    world = World(tmp_path, NEWEST)
    confine(world, public)
    world.write("work/pyproject.toml", PROJECT + f'[tool.uv]\nno-analytics = true\nindex-url = "{private.simple}"\n')
    world.direct("lock")
    assert (private.received, public.connections > 0) == ([], True)


@every_uv
@pytest.mark.parametrize("file", ["work/uv.toml", "home/.config/uv/uv.toml", "machine/uv/uv.toml"])
def test_t2_a_uv_toml_with_the_key_is_not_fatal(file: str, version: str, tmp_path: Path) -> None:
    world = World(tmp_path, version)
    world.write(file, "no-analytics = false\n")
    assert world.direct("venv", "v").returncode == 2
    done = world.shielded("venv", "v")
    assert done.returncode == 0, done.stderr
    assert world.left_behind() == []


@every_uv
def test_t3_a_script_with_the_key_gets_one_clear_line(version: str, tmp_path: Path) -> None:
    world = World(tmp_path, version)
    world.write(
        "work/x.py", "# /// script\n# dependencies = []\n# [tool.uv]\n# no-analytics = true\n# ///\nprint('ran')\n"
    )
    for arguments in (["run", "x.py"], ["run", "--script", "x.py"], ["add", "--script", "x.py", "--offline", "demo"]):
        done = world.shielded(*arguments)
        lines = [line for line in done.stderr.splitlines() if line.startswith("pep786 run: ")]
        assert len(lines) == 1
        assert "x.py, line 4: uv does not know no-analytics in a script" in lines[0]
        assert done.returncode == world.direct(*arguments).returncode != 0


@every_uv
def test_t4_the_flags_of_uv_and_those_of_the_program(version: str, tmp_path: Path) -> None:
    world = World(tmp_path, version)
    argv = "import sys; print(*sys.argv[1:])"
    for own, theirs in (
        (["run", "--no-analytics", "--no-project", "python", "-c", argv], ["--no-analytics", "--analytics"]),
        (["--no-analytics", "run", "--analytics", "--no-project", "--", "python", "-c", argv], ["--analytics"]),
        (
            ["run", "--no-project", "--extra-index-url", "python", "--analytics", "python", "-c", argv],
            ["--", "--analytics"],
        ),
        (["run", "-qp", sys.executable, "--no-analytics", "--no-project", "python", "-c", argv], ["--no-analytics"]),
    ):
        done = world.shielded(*own, *theirs)
        assert (done.returncode, done.stdout.split()) == (0, theirs), done.stderr
        assert world.direct(*own, *theirs).returncode == 2


@every_uv
def test_t4_a_tool_keeps_its_flags(version: str, private: Index, tmp_path: Path) -> None:
    world = World(tmp_path, version)
    world.environ["UV_DEFAULT_INDEX"] = private.simple
    argv = "import sys; print(*sys.argv[1:])"
    program = ["--with", "demo-wheel", "--no-analytics", "python", "-c", argv, "--no-analytics"]
    for uvx in ([world.uvx], [world.uv, "tool", "run"]):
        done = world.run([*world.wrapper(), *uvx, *program])
        if version == VERSIONS[0]:  # it cannot run a python, and says so itself
            assert "unexpected argument" not in done.stderr
        else:
            assert (done.returncode, done.stdout) == (0, "--no-analytics\n"), done.stderr


def test_t5_uv_lock_is_the_same_byte_for_byte(tmp_path: Path) -> None:
    settings = {
        "links": ('no-index = true\nfind-links = ["links", "./links/"]\n', ""),
        "parent": ('no-index = true\nfind-links = ["../links"]\n', ""),
        "uv.toml": ("", 'no-index = true\nfind-links = ["links"]\n'),
        "flat index": ('[[tool.uv.index]]\nname = "own"\nurl = "links"\nformat = "flat"\ndefault = true\n', ""),
        "member": ('no-index = true\nfind-links = ["links"]\n[tool.uv.workspace]\nmembers = ["member"]\n', ""),
    }
    user = 'KEY\nfind-links = ["../../../user links"]\nexclude-newer = "2030-01-01T00:00:00Z"\n'
    for version in VERSIONS:
        for name, (table, uv_toml) in settings.items():
            if name == "flat index" and version == VERSIONS[0]:
                continue  # it knows no format
            locks = []
            for key in ("", "no-analytics = true\n"):
                world = World(tmp_path / version / name.replace(" ", ""), version)
                world.write("work/pyproject.toml", f"{PROJECT}[tool.uv]\n{key if table else ''}{table}")
                if uv_toml:
                    world.write("work/uv.toml", key + uv_toml)
                world.write("work/member/pyproject.toml", PROJECT.replace('"p"', '"q"'))
                world.write("home/.config/uv/uv.toml", user.replace("KEY\n", key))
                for folder in (world.work / "links", world.root / "links", world.root / "user links"):
                    folder.mkdir(exist_ok=True)
                    for file in demo_distributions():
                        (folder / file.filename).write_bytes(file.data)
                where = {"CWD": str(world.work / "member" if name == "member" else world.work)}
                done = world.shielded("lock", environ=where) if key else world.direct("lock", **where)
                assert done.returncode == 0, (version, name, done.stderr)
                locks.append((world.work / "uv.lock").read_bytes())
                (world.work / "uv.lock").unlink()
            assert locks[0] == locks[1], (version, name)
            assert b"links" in locks[0]
            assert str(tmp_path).encode() not in locks[0]


@every_uv
def test_t5_paths_that_uv_prints_are_printed_as_they_are_written(version: str, tmp_path: Path) -> None:
    world = World(tmp_path, version)
    links = world.work / "links"
    links.mkdir()
    for file in demo_distributions():
        (links / file.filename).write_bytes(file.data)
    printed = []
    for key in ("", "no-analytics = true\n"):
        world.write("work/pyproject.toml", f'{PROJECT}[tool.uv]\n{key}no-index = true\nfind-links = ["links"]\n')
        command = ["pip", "compile", "pyproject.toml", "--emit-find-links", "--no-header"]
        done = world.shielded(*command) if key else world.direct(*command)
        assert done.returncode == 0, done.stderr
        printed.append(done.stdout)
    assert printed[0] == printed[1]
    assert "--find-links links\n" in printed[0]
    assert world.left_behind() == []


def test_t6_proxies_of_uvs_own_are_taken_out_for_the_proxy(private: Index, public: Trap, tmp_path: Path) -> None:
    """Where uv goes through ours; where it does not they stay (http-proxy is as old as 0.9.23)."""
    world = World(tmp_path, NEWEST)
    world.write("work/uv.toml", f'http-proxy = "{public.url}"\nindex-url = "{private.simple}"\n')
    world.environ["UV_HTTP_RETRIES"] = "0"
    command = ["pip", "install", "demo-wheel", "--no-cache", "--target"]
    assert world.shielded(*command, "one", proxied=True).returncode == 0
    assert public.connections == 0
    assert world.shielded(*command, "two").returncode != 0
    assert public.connections > 0


def test_t30_what_opts_out_by_uvs_files(tmp_path: Path) -> None:
    """D1 and D3: "0" in a variable does, an empty one does not; the key is read where it stands."""
    world = World(tmp_path, NEWEST)
    for text, environ, opted_out in (
        ("", {}, False),
        ("", {"PIP_NO_ANALYTICS": ""}, False),
        ("", {"PIP_NO_ANALYTICS": "0"}, True),
        ("", {"PIP_NO_ANALYTICS": "false"}, True),
        ("no-analytics = true", {}, True),
        ("no-analytics = false", {}, False),
        ("no-analytics = false", {"PIP_NO_ANALYTICS": "no"}, True),
    ):
        world.write("work/uv.toml", text)
        decision = resolve("uv", environ={**world.environ, **environ}, cwd=str(world.work))
        assert decision.opted_out is opted_out, (text, environ)


@every_uv
@pytest.mark.parametrize("value", ["true", "false"])
def test_t31_the_decision_changes_nothing_for_the_shield(
    value: str, version: str, private: Index, public: Trap, tmp_path: Path
) -> None:
    world = World(tmp_path, version)
    confine(world, public)
    world.write("work/pyproject.toml", f'{PROJECT}[tool.uv]\nno-analytics = {value}\nindex-url = "{private.simple}"\n')
    for flag in ("--analytics", "--no-analytics"):
        for proxied in (False, True):
            private.clear()
            done = world.shielded("lock", flag, "--no-cache", "--upgrade", proxied=proxied)
            assert (done.returncode, bool(private.received)) == (0, True), done.stderr
    assert public.connections == 0


@pytest.mark.skipif(os.name == "nt", reason="there is no exec on Windows")
@pytest.mark.parametrize("number", [None, signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_t35_the_copy_is_there_as_long_as_uv_is_and_not_longer(number: int | None, tmp_path: Path) -> None:
    world = World(tmp_path, NEWEST)
    world.write("work/uv.toml", "no-analytics = true\noffline = true\n")
    code = "import os, sys, time; print(os.environ['UV_CONFIG_FILE'], flush=True); time.sleep(float(sys.argv[1]))"
    waiting = "0.3" if number is None else "60"
    command = [*world.wrapper(), world.uv, "run", "--no-project", "python", "-c", code, waiting]
    uv = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=world.work, env=world.environ, start_new_session=True
    )
    assert uv.stdout
    copy = uv.stdout.readline().strip()
    assert os.path.exists(copy)
    assert os.stat(copy).st_mode & 0o77 == 0
    assert os.stat(os.path.dirname(copy)).st_mode & 0o77 == 0
    if number is not None:
        os.killpg(uv.pid, number)
    uv.communicate()
    assert (uv.returncode == 0) is (number is None)
    assert world.left_behind() == []


@pytest.mark.skipif(os.name == "nt", reason="there is no exec on Windows")
def test_t35_what_uv_started_still_finds_it(tmp_path: Path) -> None:
    """And nothing but the copy holds anybody up: the output ends with uv."""
    world = World(tmp_path, NEWEST)
    world.write("work/uv.toml", "no-analytics = true\noffline = true\n")
    code = (
        "import os, subprocess; print(os.environ['UV_CONFIG_FILE'], flush=True); "
        "subprocess.Popen(['sleep', '0.6'], close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)"
    )
    done = world.shielded("run", "--no-project", "python", "-c", code)
    assert os.path.exists(done.stdout.strip())
    time.sleep(0.6)
    assert world.left_behind() == []


def test_t35_nothing_is_left_where_uv_cannot_be_run(tmp_path: Path) -> None:
    world = World(tmp_path, NEWEST)
    world.write("work/uv.toml", "no-analytics = true\n")
    done = world.run([*world.wrapper(), str(tmp_path / "nowhere"), "lock"])
    assert re.search("FileNotFoundError", done.stderr)
    assert world.left_behind() == []
