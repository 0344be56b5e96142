"""Standard streams that are closed, full or cut off, and no terminal anywhere."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.environments import CHECKOUT, NEWEST, Environments
from tests.faults.running import Pip, pep786, shell

if TYPE_CHECKING:
    from pathlib import Path

    from pep786.verify.index import Index

ANSWERS = {
    "status": ["status", "--tool", "poetry"],
    "status --json": ["status", "--tool", "poetry", "--json"],
    "log": ["log"],
    "log path": ["log", "path"],
    "shell": ["shell", "bash"],
    "opt-out": ["opt-out", "--dry-run"],
    "enable": ["enable", "--help"],
    "index rules": ["index", "rules", "nginx"],
    "patch": ["patch", "path", "pip", "24.0"],
    "run --help": ["run", "--help"],
    "--version": ["--version"],
    "nothing": [],
}


@pytest.mark.parametrize("arguments", ANSWERS.values(), ids=ANSWERS)
def test_an_answer_that_cannot_be_given_is_one_line_and_a_failure(arguments: list[str]) -> None:
    for streams, why in ((">/dev/full", "No space left on device"), (">&-", "Bad file descriptor")):
        unbuffered = "" if arguments else "1"
        done = pep786(*arguments, streams=streams, PYTHONUNBUFFERED=unbuffered)
        lines = [line for line in done.stderr.splitlines() if not line.startswith("pep786 shell: ")]
        assert (done.returncode, lines) == (1, [f"pep786: standard output: {why}"])


@pytest.mark.parametrize("arguments", ANSWERS.values(), ids=ANSWERS)
def test_a_reader_that_has_gone_is_no_fault_to_tell(arguments: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "pep786", *arguments]
    environ = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    done = subprocess.run(command, check=False, stdout=writing, stderr=subprocess.PIPE, text=True, env=environ)
    os.close(writing)
    lines = [line for line in done.stderr.splitlines() if not line.startswith("pep786 shell: ")]
    assert (done.returncode, lines) == (1, [])


@pytest.mark.parametrize("streams", ["2>&-", "<&-", "2>&- <&-"])
def test_an_answer_is_the_same_without_the_other_streams(streams: str) -> None:
    """What would have gone to standard error does not get among it."""
    told: dict[str, Any] = {"PEP786_JOURNAL": "a relative name, which is told on standard error"}
    for arguments in (["log", "path"], ["shell", "--list"], ["no-such-command"]):
        usual, done = pep786(*arguments, **told), pep786(*arguments, streams=streams, **told)
        assert (done.returncode, done.stdout) == (usual.returncode, usual.stdout)


def test_no_file_that_is_written_gets_what_was_meant_for_a_closed_stream(tmp_path: Path) -> None:
    written: list[dict[str, bytes]] = []
    for streams in ("", ">&- 2>&- <&-", ">&- <&-"):
        home = tmp_path / f"home{len(written)}"
        home.mkdir()
        pep786("opt-out", "--scope", "user", "--tool", "poetry", streams=streams, HOME=str(home))
        files = [one for one in home.rglob("*") if one.is_file() and "state" not in one.parts]
        written.append({str(one.relative_to(home)): one.read_bytes() for one in files})
    assert written[0]
    assert written[0] == written[1] == written[2]


@pytest.mark.parametrize(("streams", "closed"), [("", ""), ("<&-", "0"), (">&-", "1"), ("2>&- <&-", "02")])
def test_a_command_that_is_run_finds_closed_what_was_closed(streams: str, closed: str) -> None:
    code = """
import os, sys
for number in range(3):
    try:
        os.fstat(number)
    except OSError:
        os.write(9, b"%d" % number)
"""
    words = [
        "sh",
        "-c",
        f'"$@" {streams}',
        "sh",
        sys.executable,
        "-m",
        "pep786",
        "run",
        "--",
        sys.executable,
        "-c",
        code,
    ]
    done = shell(words, "9>&1", None, {**os.environ, "PYTHONPATH": str(CHECKOUT)})
    assert (done.returncode, done.stdout) == (0, closed)


def test_text_that_the_terminal_cannot_encode_is_escaped(tmp_path: Path) -> None:
    home = os.path.join(os.fsencode(tmp_path), b"caf\xc3\xa9\xff")
    os.mkdir(home)
    conf = os.path.join(home, b"pip.conf")
    with open(conf, "wb") as file:
        file.write(b"[global]\nno-analytics = yes\n")
    variables: dict[str, Any] = {
        "HOME": os.fsdecode(home),
        "PIP_CONFIG_FILE": os.fsdecode(conf),
        "PYTHONIOENCODING": "ascii",
    }
    done = pep786("status", "--tool", "pip", **variables)
    assert (done.returncode, done.stderr) == (0, "")
    assert "opted out: ~/pip.conf [global] no-analytics = yes (line 2)" in done.stdout
    assert "opted out" in pep786("status", "--tool", "pip", **{**variables, "HOME": "/"}).stdout
    document = json.loads(pep786("status", "--tool", "pip", "--json", **variables).stdout)
    assert os.fsencode(document["tools"][0]["decision"]["considered"][0]["file"]) == conf
    path = subprocess.run(
        [sys.executable, "-m", "pep786", "log", "path"],
        check=True,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT), **variables},
    ).stdout
    assert path == home + b"/.local/state/pep786/journal.jsonl\n"


PIPS = [
    *((NEWEST, streams) for streams in (">&-", "2>&-", "<&- >&- 2>&-", ">/dev/full", "2>/dev/full")),
    ("20.3.4", "<&- >&- 2>&-"),
]


@pytest.mark.real
@pytest.mark.parametrize(("release", "streams"), PIPS)
def test_pip_ends_as_it_does_alone(
    release: str, streams: str, environments: Environments, index: Index, tmp_path: Path
) -> None:
    """With a journal, and something to warn of: what of ours would be told goes nowhere, least of all into a file."""
    pip = Pip(environments, release, tmp_path)
    alone = pip.download(pip.bare, index, streams=streams)
    index.clear()
    (tmp_path / "home" / ".config" / "pep786").mkdir(parents=True)
    # On a full standard error a warning makes Python end with 120, whoever warns.
    value = "true" if streams == "2>/dev/full" else "'please'"
    (tmp_path / "home" / ".config" / "pep786" / "config.toml").write_text(f"no-analytics = {value}\n")
    journal = tmp_path / "journal"
    done = pip.download(pip.shim, index, streams=streams, PEP786_JOURNAL=str(journal))
    # Without a standard error, pip has its own warnings, and so ours, on standard output.
    said = "".join(line for line in done.stdout.splitlines(keepends=True) if "pep786" not in line)
    assert (done.returncode, said) == (alone.returncode, alone.stdout)
    # What a traceback of pip's own leads through (it prints one where its output is full) is not compared.
    told, expected = ([line for line in one.stderr.splitlines() if line[:1] != " "] for one in (done, alone))
    assert [line for line in told if "pep786" not in line] == expected
    assert pip.got(pip.shim) == pip.got(pip.bare)
    assert [json.loads(line)["path"] for line in journal.read_text().splitlines()] == [
        one.route for one in index.received
    ]
    assert index.received
    assert all(one.prefer == ["no-analytics"] for one in index.received)


@pytest.mark.real
def test_a_fault_of_ours_with_nobody_to_tell_stops_no_pip(environments: Environments, tmp_path: Path) -> None:
    """The launcher and the injected sitecustomize, whose hook is broken for this test."""
    shutil.copytree(CHECKOUT / "pep786", tmp_path / "pep786", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "_pep786_startup.py").write_text("raise ZeroDivisionError('provoked')\n")
    startup = tmp_path / "pep786" / "startup"
    python = environments.shared(NEWEST, shim=False).python
    for command, paths in (
        ([python, str(startup / "launcher.py"), "pip", "-m", "pip", "--version"], ""),
        ([python, "-m", "pip", "--version"], str(startup / "inject")),
    ):
        for streams in ("", "2>&-"):
            done = shell(command, streams, tmp_path, {**os.environ, "PYTHONPATH": paths})
            assert done.returncode == 0, done.stderr
            assert done.stdout.startswith(f"pip {NEWEST} ")
            assert ("provoked" in done.stderr) is (not streams)
