"""Configuration that is no file, or not the same from one moment to the next, in folders that are hardly there."""

from __future__ import annotations

import os
import pty
import socket
import sys
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Callable

import pytest

from pep786 import resolve
from pep786.children.commands import LAUNCHER
from tests.environments import CHECKOUT, NEWEST, Environments
from tests.faults.running import Pip, shell

if TYPE_CHECKING:
    from pathlib import Path

    from pep786.verify.index import Index


def _socket(path: Path) -> None:
    here = os.getcwd()
    os.chdir(path.parent)  # its name may be too long for one
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path.name)
    os.chdir(here)


def _terminal(path: Path) -> None:
    path.symlink_to(os.ttyname(pty.openpty()[1]))


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.write(b"no-analytics = true\n")
        file.truncate(5 * 1024**3)


KINDS: dict[str, tuple[Callable[[Path], None], str]] = {
    "a socket": (_socket, "is not a regular file; skipped"),
    "a terminal": (_terminal, "is not a regular file; skipped"),
    "/dev/random": (lambda path: path.symlink_to("/dev/random"), "is not a regular file; skipped"),
    "/dev/zero": (lambda path: path.symlink_to("/dev/zero"), "is not a regular file; skipped"),
    "5 GB of nothing": (_sparse, "is larger than 4 MiB; skipped"),
    "a link to nowhere": (lambda path: path.symlink_to("nowhere"), ""),
}


@pytest.mark.parametrize(("make", "said"), KINDS.values(), ids=KINDS)
def test_what_is_no_file_is_told_and_not_waited_for(make: Callable[[Path], None], said: str, tmp_path: Path) -> None:
    """In a session of its own: opening a terminal must not make it this process's."""
    own = tmp_path / "home" / ".config" / "pep786" / "config.toml"
    own.parent.mkdir(parents=True)
    make(own)
    make(tmp_path / "pyproject.toml")
    code = """
import os
from pep786 import resolve
for tool in ("pip", "uv", "poetry"):
    print(resolve(tool).opted_out, *resolve(tool).warnings, sep="|")
try:
    print(os.open("/dev/tty", os.O_RDWR))
except OSError:
    print("no terminal")
"""
    command = ["setsid", "--wait", sys.executable, "-c", code]
    done = shell(command, "", tmp_path, {**os.environ, "PYTHONPATH": str(CHECKOUT)})
    assert (done.returncode, done.stderr) == (0, "")
    *lines, terminal = done.stdout.splitlines()
    assert terminal == "no terminal"
    for line in lines:
        opted_out, *warnings = line.split("|")
        assert opted_out == "False"
        assert [warning for warning in warnings if not warning.endswith(said)] == []
        assert len(warnings) == (2 if said else 0)


def test_a_file_that_changes_while_it_is_read(tmp_path: Path) -> None:
    """Whatever is seen of it: an answer, and never a fault."""
    path = tmp_path / "home" / ".config" / "pep786" / "config.toml"
    path.parent.mkdir(parents=True)
    contents = (b"no-analytics = true\n", b"no-analytics = false\n# " + b"x" * 70_000, b"\xff\xfe[", b"[" * 5000)
    done = threading.Event()

    def change() -> None:
        while not done.is_set():
            for content in contents:
                path.write_bytes(content)
                time.sleep(0.001)  # lets the reader in
            with suppress(OSError):
                path.unlink()

    changing = threading.Thread(target=change)
    changing.start()
    try:
        seen = set()
        for number in range(20_000):
            decision = resolve("pip", environ={"HOME": str(tmp_path / "home")}, cwd="/")
            seen.add((decision.source, decision.opted_out))
            if number > 300 and len(seen) == 3:
                break
    finally:
        done.set()
        changing.join()
    assert seen == {("config", True), ("config", False), ("default", False)}


def test_the_launcher_starts_in_a_folder_that_was_removed(tmp_path: Path) -> None:
    """As ``python -m`` does; pip itself gives up there, other modules do not."""
    ends = []
    for command in ([sys.executable, "-E"], [sys.executable, "-E", LAUNCHER, "pip"]):
        words = ["sh", "-c", 'mkdir -p gone && cd gone && rmdir ../gone && exec "$@"', "sh", *command, "-m", "calendar"]
        done = shell(words, "", tmp_path, dict(os.environ))
        ends.append((done.returncode, done.stdout, done.stderr))
    assert ends[0] == ends[1]
    assert ends[0][0] == 0


DEEP = "/".join(["d" * 99] * 40)


@pytest.mark.real
@pytest.mark.parametrize("where", ["4,000 letters deep", "gone", "longer than a path may be"])
def test_pip_in_a_folder_that_is_hardly_there(
    where: str, environments: Environments, index: Index, tmp_path: Path
) -> None:
    pip = Pip(environments, NEWEST, tmp_path)
    start = f'mkdir -p {DEEP} && cd {DEEP} && echo "[tool.pip]" >pyproject.toml'
    start += ' && echo "no-analytics = true" >>pyproject.toml'
    if where == "gone":
        start = "mkdir -p gone && cd gone && rmdir ../gone"
    elif where != "4,000 letters deep":
        start += f" && mkdir -p {DEEP[:900]} && cd {DEEP[:900]}"
    # Where there is a project, it is what opts out.
    preference = "" if where == "4,000 letters deep" else "1"
    run = [sys.executable, "-m", "pep786", "run", "--", pip.bare.python]
    results = []
    for signed, command in enumerate(([pip.bare.python], [pip.shim.python], run, [*run, "-E"])):
        index.clear()
        words = [*command, "-m", "pip", "--disable-pip-version-check", "download", "--no-deps", "--no-cache-dir"]
        words += ["-d", str(tmp_path / "got"), "-i", index.simple, "demo-wheel"]
        environ = {**os.environ, "PIP_CONFIG_FILE": os.devnull, "PIP_NO_ANALYTICS": preference}
        environ["PYTHONPATH"] = str(CHECKOUT) if run[0] in command else ""
        done = shell(["sh", "-c", f'{start}; exec "$@"', "sh", *words], "", tmp_path, environ)
        assert "pep786: " not in done.stderr
        results.append((done.returncode, done.stderr.splitlines()[-1:]))  # pip ends with a traceback in some
        preferences = {tuple(one.prefer) for one in index.received}
        assert preferences <= {("no-analytics",) if signed else ()}
        assert bool(preferences) is (done.returncode == 0)
    assert results == [results[0]] * 4
