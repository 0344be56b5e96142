"""``pep786 verify`` with tools that hang, leave children behind or print without an end, and when it is interrupted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.environments import CHECKOUT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="needs /proc, to see what is left")

_CASES = """
[[case]]
id = "one"
name = "one"
section = "Environment Variable"
expect = { opted_out = false, source = "default", user_agent = "tool/1.0" }
[[case]]
id = "two"
name = "two"
section = "Environment Variable"
expect = { opted_out = false, source = "default", user_agent = "tool/1.0" }
"""
#: What a tool does; CHILD is a child that notes its own number and would stay for an hour.
_CHILD = "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(3600)'])"
TOOLS = {
    "hangs": (f"note({_CHILD}); time.sleep(3600)", "did not end"),
    "hangs, and listens to nobody": (
        "[signal.signal(number, signal.SIG_IGN) for number in (1, 2, 15)]; note(); time.sleep(3600)",
        "did not end",
    ),
    "ends, and leaves a child with its output": (f"note({_CHILD})", "demo_wheel was not fetched"),
    "prints without an end": ("note()\nwhile True: os.write(1, b'x' * 65536)", "did not end"),
    "dies by a signal": ("note(); os.kill(os.getpid(), signal.SIGSEGV)", "ended with -11"),
    "prints escapes": ("note(); print('\\x1b[31mred\\x07'); sys.exit(3)", "ended with 3"),
}


def _verify(folder: Path, does: str, *words: str, seconds: float = 3) -> subprocess.Popen[str]:
    """Start it; ``tool`` does something, and the numbers of its processes are in ``noted``."""
    (folder / "cases.toml").write_text(_CASES)
    (folder / "temporary").mkdir()
    (folder / "tool").write_text(
        "import os, signal, subprocess, sys, time\n"
        "def note(child=None):\n"
        f"    with open({str(folder / 'noted')!r}, 'a') as file:\n"
        "        file.write(f'{os.getpid()}\\n' + (f'{child.pid}\\n' if child else ''))\n"
        f"{does}\n"
    )
    command = [sys.executable, "-m", "pep786", "verify", "--cases", str(folder / "cases.toml")]
    command += [
        "--command",
        f"{sys.executable} {folder / 'tool'} {{index}} {{requirement}} {{target}}",
        "--timeout",
        str(seconds),
        *words,
    ]
    environ = {**os.environ, "PYTHONPATH": str(CHECKOUT), "TMPDIR": str(folder / "temporary")}
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environ, cwd=str(folder)
    )


def _noted(folder: Path) -> list[int]:
    try:
        return [int(line) for line in (folder / "noted").read_text().splitlines()]
    except FileNotFoundError:
        return []


def _check_nothing_left(folder: Path) -> None:
    assert list((folder / "temporary").iterdir()) == []
    until = time.monotonic() + 20  # a killed process is there until somebody has waited for it
    while any(map(_runs, _noted(folder))):
        assert time.monotonic() < until, "a process is left"
        time.sleep(0.05)


def _runs(number: int) -> bool:
    try:
        with open(f"/proc/{number}/stat", encoding="utf-8") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.parametrize(("does", "said"), TOOLS.values(), ids=TOOLS)
def test_a_tool_that_misbehaves_fails_and_leaves_nothing(does: str, said: str, tmp_path: Path) -> None:
    with _verify(tmp_path, does, "--json") as process:
        out, err = process.communicate(timeout=120)
    assert (process.returncode, err) == (1, "")
    (tool,) = json.loads(out)["tools"]
    assert [case["verdict"] for case in tool["cases"]] == ["failed", "failed"]
    assert all(said in case["reason"] for case in tool["cases"]), tool["cases"]
    assert len(out) < 100_000
    assert _noted(tmp_path)
    _check_nothing_left(tmp_path)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupted_it_ends_at_once_and_leaves_nothing(number: signal.Signals, tmp_path: Path) -> None:
    with _verify(tmp_path, f"note({_CHILD}); time.sleep(3600)", seconds=600) as process:
        until = time.monotonic() + 60
        while len(_noted(tmp_path)) < 4:  # two tools at a time, each with a child
            assert time.monotonic() < until
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert err == "pep786 verify: interrupted; nothing is left behind\n"
    _check_nothing_left(tmp_path)


def test_interrupted_while_a_release_is_fetched_it_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "temporary").mkdir()
    (tmp_path / "python").write_text(f"#!/bin/sh\necho $$ >> {tmp_path / 'noted'}\nexec sleep 3600\n")
    (tmp_path / "python").chmod(0o755)
    command = [sys.executable, "-m", "pep786", "verify", "pip==24.0", "--python", str(tmp_path / "python")]
    environ = {**os.environ, "PYTHONPATH": str(CHECKOUT), "PEP786_CACHE": str(tmp_path / "cache")}
    with subprocess.Popen(command, stderr=subprocess.PIPE, env=environ, cwd=str(tmp_path), text=True) as process:
        until = time.monotonic() + 60
        while not _noted(tmp_path):
            assert time.monotonic() < until
            time.sleep(0.05)
        process.terminate()
        _, err = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM
    assert err == "pep786 verify: interrupted; nothing is left behind\n"
    _check_nothing_left(tmp_path)


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("exec sleep 3600", "has no pip that runs"),
        ("kill -9 $$", "has no pip that runs"),
        ("while :; do printf xxxxxxxxxxxxxxxx; done", "has no pip that runs"),
        ("echo '{}'", "has no pip that runs"),
    ],
)
def test_a_python_that_is_broken_is_2_and_one_line(script: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "python").write_text(f"#!/bin/sh\n{script}\n")
    (tmp_path / "python").chmod(0o755)
    command = [sys.executable, "-m", "pep786", "verify", "--python", str(tmp_path / "python"), "--timeout", "2"]
    environ = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environ, timeout=120)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert len(done.stderr) < 1000
