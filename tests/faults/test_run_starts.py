"""``pep786 run -- uv`` where something is missing, full, closed or hostile when it starts (docs/faults.md)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.environments import CHECKOUT
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

INSTALL = ["pip", "install", "--no-cache", "--target", "t", "--default-index"]


@pytest.fixture
def world(tmp_path: Path) -> Wrapped:
    return Wrapped(tmp_path / "world", NEWEST)


def by_shell(world: Wrapped, script: str, command: list[str], **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a command behind ``pep786 run`` as the last word of a shell's script, where it is called "$@"."""
    return world.run(["/bin/sh", "-c", script, "sh", *RUN, *command], {"PIP_NO_ANALYTICS": "1", **environ})


def assert_installed(world: Wrapped, index: Index) -> None:
    """uv did what it was to do, and every request was signed."""
    assert (world.work / "t" / "demo_dependency.py").exists()
    assert index.received
    assert all(request.prefer == ["no-analytics"] for request in index.received)
    wait_until_nothing_is_left(world)


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_standard_streams(closed: str, world: Wrapped, index: Index) -> None:
    """The proxy's descriptors do not take their place, where it puts /dev/null."""
    by_shell(world, f'exec "$@" {closed}', ["--", world.uv, *INSTALL, index.simple, "demo-dependency"])
    assert_installed(world, index)


def test_what_is_said_to_a_closed_stderr_is_not_on_stdout(world: Wrapped) -> None:
    said = by_shell(world, 'exec "$@"', ["--analytics", "--apps", "--", world.uv, "--version"])
    assert "pep786 run: --apps quiets nothing" in said.stderr
    done = by_shell(world, 'exec "$@" 2>&-', ["--analytics", "--apps", "--", world.uv, "--version"])
    assert done.stdout == world.alone("--version").stdout


def test_a_current_directory_that_was_removed(world: Wrapped, index: Index) -> None:
    """uv would not start there either."""
    command = ["--", world.uv, *INSTALL, index.simple, "demo-dependency"]
    done = by_shell(world, 'mkdir gone && cd gone && rmdir ../gone && exec "$@"', command)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"pep786 run: {world.uv}: the current directory does not exist\n"
    assert index.received == []


def test_no_home(world: Wrapped, index: Index) -> None:
    del world.environ["HOME"]
    done = world.wrapped(*INSTALL, index.simple, "demo-dependency")
    assert done.returncode == 0, done.stderr
    assert_installed(world, index)


@pytest.mark.parametrize("options", ["size=4k", "ro"])
def test_a_temporary_folder_that_takes_nothing(options: str, world: Wrapped, index: Index) -> None:
    """A full disk and a read-only one: one line, and uv is not run unsignalled."""
    disk = world.root / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["/bin/mount", "-t", "tmpfs", "-o", options, "none", disk], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("no file system can be mounted here: that takes root")
    try:
        if options != "ro":
            (disk / "full").write_bytes(b"x" * 4096)
        done = world.wrapped(*INSTALL, index.simple, "demo-dependency", TMPDIR=str(disk))
        left = sorted(path.name for path in disk.iterdir())
    finally:
        subprocess.run(["/bin/umount", disk], check=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"pep786 run: {world.uv}: ")
    assert done.stderr.count("\n") == 1
    assert left == (["full"] if options != "ro" else [])
    assert index.received == []
    wait_until_nothing_is_left(world)


HOSTILE = "import sys\nsys.stderr.write('HOSTILE ' + __name__ + chr(10))\n"
SHADOWED = (
    "ssl",
    "socket",
    "signal",
    "tomllib",
    "tomli_w",
    "re",
    "sitecustomize",
    "usercustomize",
    "pep786",
    "certifi",
)


def test_a_hostile_current_directory(world: Wrapped, index: Index) -> None:
    """The command as it is installed imports nothing from where it is called, and neither does what is beside it."""
    for name in (*SHADOWED, "cryptography"):
        world.write(f"work/{name}.py", HOSTILE)
    world.write("work/pyproject.toml", "[tool.uv]\nno-analytics = true\n")
    world.write("scripts/pep786", f"#!{sys.executable}\nimport sys\nfrom pep786.cli import main\nsys.exit(main())\n")
    script = world.root / "scripts" / "pep786"
    script.chmod(0o755)
    command = [str(script), "run", "--", world.uv, *INSTALL, index.simple, "demo-dependency"]
    done = world.run(command)
    assert done.returncode == 0, done.stderr
    assert "HOSTILE" not in done.stderr
    assert_installed(world, index)


# Sends a signal to the whole group when the process, or one that it started, gets to a point of so many; and counts.
_AT_A_POINT = """
import os, sys
_group, _busy = os.getpgrp(), []
_events = {"os.mkdir", "os.chmod", "os.fork", "os.exec", "os.putenv", "socket.bind", "os.remove", "os.rmdir"}
def _hook(event, arguments):
    if _busy or not (event in _events or event == "open" and arguments[2] & os.O_CREAT):
        return
    _busy.append(1)
    counted = os.open(os.environ["POINTS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(counted, b".")
    if os.fstat(counted).st_size == int(os.environ["POINT"]):
        try:
            os.killpg(_group, int(os.environ["SIGNAL"]))
        except ProcessLookupError:  # they have ended, and this is what cleans up behind them
            pass
    os.close(counted)
    _busy.clear()
sys.addaudithook(_hook)
"""


@pytest.mark.parametrize("name", ["SIGINT", "SIGKILL"])
def test_a_signal_at_each_point_of_the_start(name: str, world: Wrapped, index: Index, tmp_path: Path) -> None:
    """Before every folder, file and process that is made: uv has not started, and nothing of ours is left."""
    world.write("work/pyproject.toml", "[tool.uv]\nno-analytics = true\n")
    world.write("hook/sitecustomize.py", _AT_A_POINT)
    number = getattr(signal, name)
    ends = []
    for point in range(1, 60):
        points = tmp_path / f"points-{point}"
        environ = {**world.environ, "PYTHONPATH": f"{world.root / 'hook'}{os.pathsep}{CHECKOUT}"}
        environ.update(PIP_NO_ANALYTICS="1", POINTS=str(points), POINT=str(point), SIGNAL=str(int(number)))
        done = subprocess.run(
            [*RUN, "--", world.uv, "--version"],
            check=False,
            capture_output=True,
            text=True,
            cwd=world.work,
            env=environ,
            start_new_session=True,
            timeout=60,
        )
        assert "Traceback" not in done.stderr, (point, done.stderr)
        ends.append(done.returncode)
        if points.stat().st_size < point:  # it became uv before
            break
    assert len(ends) > 5
    assert set(ends[:-1]) <= {-number, 0}, ends
    assert ends.count(-number) > 3
    assert ends[-1] == 0
    assert world.left_behind() == []
    wait_until_nothing_is_left(world)
    assert index.received == []


@pytest.mark.parametrize("name", ["pyproject.toml", "uv.toml"])
@pytest.mark.parametrize("kind", ["fifo", "device"])
def test_configuration_that_is_no_file(kind: str, name: str, world: Wrapped, index: Index) -> None:
    """Where uv does not read it, nobody waits for it; where uv does, uv decides."""
    path = world.work / name
    if kind == "fifo":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/full")  # it reads as zeros without end, as /dev/zero does
    done = world.wrapped("--no-config", *INSTALL, index.simple, "demo-dependency")
    assert done.returncode == 0, done.stderr
    assert_installed(world, index)
