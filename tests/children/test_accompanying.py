"""What happens to a process's children: tools are told and accompanied, all others start exactly as they were."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pep786.children import LAST_RESORT, prepare
from pep786.children.commands import LAUNCHER, WRAPPER, WRAPPING_PYTHON
from tests.environments import CHECKOUT

if TYPE_CHECKING:
    from collections.abc import MutableMapping
    from pathlib import Path

# A process that goes along with its children, opted out, and then does what it is told to.
HOST = """
import sys
sys.path.insert(0, {checkout!r})
import _pep786_startup; _pep786_startup.install()
import os, subprocess
from pep786 import children
def hand_on(environ):
    environ["PIP_NO_ANALYTICS"] = "handed on"
    return True
children.accompany(hand_on)
"""
# A stand-in for pip, which shows what came.
PIP = """
import json, os, sys
launched = next((f.launched for f in sys.meta_path if hasattr(f, "pep786")), None)
print(json.dumps([sys.argv[1:], os.environ.get("PIP_NO_ANALYTICS"), launched]))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pip").mkdir()
    (tmp_path / "pip" / "__init__.py").write_text("")
    (tmp_path / "pip" / "__main__.py").write_text(PIP)
    (tmp_path / "user.py").write_text(PIP)
    return tmp_path


def said(code: str, folder: Path, **environ: str) -> str:
    command = [sys.executable, "-c", HOST.format(checkout=str(CHECKOUT)) + code]
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, cwd=folder, env={**os.environ, **environ}
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


TOLD = [["install"], "handed on", "pip"]
UNTOLD = [["install"], None, None]
CALLS = {
    "subprocess.run": "subprocess.run([sys.executable, {what} 'install'], check=True)",
    "a tuple of arguments": "subprocess.run((sys.executable, {what} 'install'), check=True)",
    "a scrubbed environment": "subprocess.run([sys.executable, '-E', {what} 'install'], env={{}}, check=True)",
    "asyncio": "import asyncio\nasync def start():\n  await (await asyncio.create_subprocess_exec("
    "sys.executable, {what} 'install')).wait()\nasyncio.run(start())",
    "os.execv": "os.execv(sys.executable, [sys.executable, {what} 'install'])",
    "os.execvpe": "os.execvpe(os.path.basename(sys.executable), ['python', {what} 'install'], "
    "{{'PATH': os.path.dirname(sys.executable)}})",
    "a thread": "import threading\nthread = threading.Thread(target=subprocess.run, args=([sys.executable, {what} "
    "'install'],))\nthread.start()\nthread.join()",
}


@pytest.mark.parametrize("call", CALLS)
def test_a_tool_is_told_and_accompanied(call: str, folder: Path) -> None:
    assert json.loads(said(CALLS[call].format(what="'-m', 'pip',"), folder)) == TOLD


@pytest.mark.parametrize("call", CALLS)
def test_a_persons_own_program_is_not(call: str, folder: Path) -> None:
    assert json.loads(said(CALLS[call].format(what="'user.py',"), folder)) == UNTOLD


def test_t29_messages_show_the_command_that_was_asked_for(folder: Path) -> None:
    (folder / "pip" / "__main__.py").write_text("raise SystemExit(7)")
    code = """
command = [sys.executable, "-m", "pip"]
done = subprocess.run(command)
print(done.args is command, done.returncode)
try:
    subprocess.check_call(command)
except subprocess.CalledProcessError as fault:
    print(fault.cmd is command)
"""
    assert said(code, folder).split() == ["True", "7", "True"]


def test_t29_what_the_child_cannot_read_is_not_put_in_its_way(folder: Path) -> None:
    code = "children.commands.LAUNCHER = '/nowhere'\nsubprocess.run([sys.executable, '-m', 'pip', 'install'])"
    assert json.loads(said(code, folder)) == [["install"], "handed on", None]


def test_a_missing_interpreter_is_missing_as_ever(folder: Path) -> None:
    code = """
for command in (["/nowhere/python", "-m", "pip"], ["/nowhere/pip"], ["nowhere"]):
    try:
        subprocess.run(command)
    except FileNotFoundError as fault:
        print(fault.filename)
"""
    assert said(code, folder).split() == ["/nowhere/python", "/nowhere/pip", "nowhere"]


def test_options_that_say_how_to_start_are_left_alone(folder: Path) -> None:
    code = """
subprocess.run("exec '%s' -m pip install" % sys.executable, shell=True, check=True)
subprocess.run(["anything", "-m", "pip", "install"], executable=sys.executable, check=True)
"""
    assert [json.loads(line) for line in said(code, folder).splitlines()] == [UNTOLD, UNTOLD]


def test_a_fault_of_ours_is_one_line_and_the_child_starts(folder: Path) -> None:
    code = HOST.format(checkout=str(CHECKOUT)).replace('environ["PIP_NO_ANALYTICS"]', "environ[1 / 0]")
    code += "subprocess.run([sys.executable, '-m', 'pip', 'install'])"
    done = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True, text=True, cwd=folder, env=dict(os.environ)
    )
    assert json.loads(done.stdout) == UNTOLD
    assert done.stderr.splitlines() == [
        "pep786: subprocess goes on without the shim (ZeroDivisionError('division by zero') in subprocess)"
    ]


def opts_out(environ: MutableMapping[str, str]) -> bool:
    environ["PIP_NO_ANALYTICS"] = "1"
    return True


def test_the_last_resort_is_for_a_pip_that_nothing_gets_into(tmp_path: Path) -> None:
    shim = tmp_path / "pip"
    shim.write_text("#!/bin/bash\nexec somewhere/pip\n")
    environ = {"PATH": str(tmp_path)}
    assert prepare([str(shim), "install"], environ, opts_out) == [str(shim), "install"]
    assert (environ[LAST_RESORT[0]], environ["PIP_NO_ANALYTICS"]) == ("no-analytics", "1")
    environ = {LAST_RESORT[0]: "the person's own"}
    prepare([str(shim)], environ, opts_out)
    assert environ[LAST_RESORT[0]] == "the person's own"
    environ = {}
    prepare([str(shim)], environ, lambda _: False)
    assert environ == {}


@pytest.mark.parametrize("command", [["/opt/bin/uv", "sync"], ["uvx", "ruff"], ["python", "-m", "uv", "sync"]])
def test_t31_uv_gets_the_wrapper_in_front(command: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.symlink_to(sys.executable)
    environ = {WRAPPING_PYTHON: str(python)}
    assert prepare(command, environ, opts_out) == [str(python), WRAPPER, *command]
    assert prepare(command, environ, lambda _: False) == command
    monkeypatch.setattr(sys, "path", [])  # where the proxy cannot be had, the environment tells it
    environ = {}
    assert prepare(command, environ, opts_out) == command
    assert environ == {"PIP_NO_ANALYTICS": "1"}


def test_a_python_that_is_gone_or_relative_is_not_put_in_front(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "path", [])
    for python in (str(tmp_path / "gone"), str(tmp_path), "python"):
        environ = {WRAPPING_PYTHON: python}
        assert prepare(["uv", "sync"], environ, opts_out) == ["uv", "sync"]


def test_a_fifo_in_the_place_of_a_script_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pip")
    assert prepare([str(tmp_path / "pip"), "install"], {}, opts_out) == [str(tmp_path / "pip"), "install"]


def test_bytes_and_paths_are_arguments_too(tmp_path: Path) -> None:
    command = [os.fsencode(sys.executable), b"-m", b"pip", b"install", tmp_path]
    assert prepare(command, {}, opts_out) == [sys.executable, LAUNCHER, "pip", "-m", "pip", "install", str(tmp_path)]
