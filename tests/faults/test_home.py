"""Homes that are none: not named, not there, a file, read-only, full, of nobody, and with a name that bites."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.environments import CHECKOUT, NEWEST, Environment, Environments
from tests.faults.running import shell

if TYPE_CHECKING:
    from pep786.verify.index import Index

#: A folder of one's own to mount into, as an ordinary user too.
_APART = ["unshare", "--user", "--map-root-user", "--mount"]
_NOBODY = ["unshare", "--user", "--map-user=54321", "--map-group=54321"]
_MOUNT = 'mount -t tmpfs -o size=16k{options} none "$HOME" || exit 77; {before}exec "$@"'


def can(command: list[str]) -> bool:
    try:
        return subprocess.run([*command, "true"], check=False, capture_output=True).returncode == 0
    except OSError:
        return False


def mounted(options: str, before: str = "") -> list[str]:
    return [*_APART, "sh", "-c", _MOUNT.format(options=options, before=before), "sh"]


FULL = mounted("", 'head -c 16000 /dev/zero >"$HOME/fill"; head -c 9000 /dev/zero >>"$HOME/fill" 2>/dev/null; ')

HOMES: dict[str, tuple[str | None, list[str], str]] = {
    "unset, and the user has no entry": (None, _NOBODY, "no home folder is known"),
    "empty": ("", [], ""),
    "a file": ("{tmp}/file", [], "Not a directory"),
    "read-only": ("{tmp}/home", mounted(",ro"), "Read-only file system"),
    "on a full disk": ("{tmp}/home", FULL, "No space left on device"),
    "a line end and an escape in its name": ("{tmp}/a\n\x1b[31mb", [], ""),
    "the same, with a file in the journal's way": ("{tmp}/c\n\x1b[31md", [], "Not a directory"),
    "no UTF-8 in its name": ("{tmp}/\udcff\udcfe", [], ""),
    "not there": ("{tmp}/not/there", [], ""),
}


@pytest.fixture(params=HOMES.values(), ids=list(HOMES))
def home(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str | None, list[str], str]:
    named, around, said = request.param
    if around and not can(around):
        pytest.skip(f"{' '.join(around[:3])} is not allowed here, or there is no unshare")
    (tmp_path / "file").write_text("")
    if named and ("\n" in named or "\udcff" in named):
        os.mkdir(named.format(tmp=tmp_path))
        if said:
            Path(named.format(tmp=tmp_path), ".local").write_text("")
    return named and named.format(tmp=tmp_path), around, said


def environ(home: str | None) -> dict[str, Any]:
    variables = {**os.environ, "PIP_CONFIG_FILE": os.devnull, "PEP786_JOURNAL": "1", "PIP_NO_ANALYTICS": "1"}
    if home is not None:
        # Empty is the root folder, for pip and for us: no test writes there.
        return {**variables, "HOME": home, "PEP786_JOURNAL": "1" if home else "0"}
    # pip itself gives up where it finds no folder for these.
    variables.update({f"XDG_{kind}_HOME": "/nowhere" for kind in ("CACHE", "CONFIG", "DATA")})
    variables.pop("HOME")
    return variables


def download(environment: Environment, index: Index, tmp_path: Path) -> list[str]:
    words = [environment.python, "-m", "pip", "--disable-pip-version-check", "download", "--no-deps", "--no-cache-dir"]
    return [*words, "-d", str(tmp_path / "downloads"), "-i", index.simple, "demo-wheel"]


@pytest.mark.real
def test_pip_carries_on_and_the_journal_is_one_line_at_most(
    home: tuple[str | None, list[str], str], environments: Environments, index: Index, tmp_path: Path
) -> None:
    where, around, said = home
    command = [*around, *download(environments.shared(NEWEST), index, tmp_path)]
    done = shell(command, "", tmp_path, environ(where))
    assert done.returncode == 0, done.stderr
    assert index.received
    assert all(one.prefer == ["no-analytics"] for one in index.received)
    ours = [line for line in done.stderr.splitlines() if "pep786" in line]
    if said:
        (line,) = ours
        assert line.startswith("pep786: the journal is not written: ")
        assert said in line
    else:
        assert ours == []
    if where and not said:
        journal = Path(str(where), ".local", "state", "pep786", "journal.jsonl")
        assert [json.loads(line)["path"] for line in journal.read_text().splitlines()] == [
            one.route for one in index.received
        ]
    assert not (tmp_path / "~").exists()


def test_our_commands_say_what_they_can(home: tuple[str | None, list[str], str], tmp_path: Path) -> None:
    where, around, said = home
    for arguments in (["status", "--tool", "pip"], ["status", "--tool", "pip", "--json"], ["log"]):
        done = subprocess.run(
            [*around, sys.executable, "-m", "pep786", *arguments],
            check=False,
            capture_output=True,
            env={**environ(where), "PYTHONPATH": str(CHECKOUT)},
            cwd=tmp_path,
        )
        nowhere = arguments == ["log"] and said == "no home folder is known"
        assert done.returncode == (2 if nowhere else 0), done.stderr
        assert len(done.stderr.splitlines()) == nowhere
        assert all(letter.isprintable() or letter == "\n" for letter in (done.stdout + done.stderr).decode())
        if "--json" in arguments:
            assert json.loads(done.stdout)["tools"][0]["decision"]["origin"] == "PIP_NO_ANALYTICS"
