"""A signal at every stage of a write: what was there is whole, or what comes is; and a later run works."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path
from typing import Dict

import pytest

from tests.faults.stopping import KILL, Ended, Stopper, needs_fork, stages

pytestmark = needs_fork

CONF = "home/.config/pip/pip.conf"
BEFORE = {
    CONF: b"[global]\r\nindex-url = https://me:s3cret@packages.example/\r\n[install]\r\nno-analytics = false",
    "project/pyproject.toml": b'\xef\xbb\xbf[project]\nname = "x"\n[tool.poetry]\nname = "x"  # no newline',
    "machine/etc/pip.conf": b"# the machine's\n[global]\nno-analytics: no\n",
}
_MODULES = ("pep786.cli.status", "pep786.optout.switching", "pep786.optout.turns", "pep786.optout.hosts", "tomlkit")

Files = Dict[str, bytes]


def _files(root: Path) -> Files:
    """All but the record, what a run printed, and the temporary files that a kill leaves."""
    found = {}
    for folder, _, names in os.walk(str(root)):
        for name in names:
            if name != "opt-out.json" and not name.startswith(("printed-", ".")):
                path = Path(folder, name)
                found[path.relative_to(root).as_posix()] = path.read_bytes()
    return found


def _temporary(root: Path) -> list[str]:
    return [path for path in map(str, root.rglob(".*")) if os.path.isfile(path)]


def _lay_out(root: Path) -> None:
    for name in ("home", "project", "machine"):  # "project" stays the folder that the stopper is in
        (root / name).mkdir(exist_ok=True)
        for entry in (root / name).iterdir():
            shutil.rmtree(str(entry)) if entry.is_dir() else entry.unlink()
    for name, data in BEFORE.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)


def _stopper(root: Path) -> Stopper:
    (root / "empty").mkdir()
    _lay_out(root)
    return Stopper(
        root,
        _MODULES,
        "optout",
        cwd=str(root / "project"),
        machine=str(root / "machine"),
        PATH=str(root / "empty"),
        NO_COLOR="1",
    )


def _check_end(ended: Ended, number: int, undisturbed: int) -> None:
    """A signal after the last file was written may be too late to be seen in the status."""
    stopped = 130 if number == signal.SIGINT else -number
    assert ended.status in (stopped, undisturbed), ended
    assert "s3cret" not in ended.out + ended.err


@pytest.mark.parametrize("scope", ["user", "project", "global"])
def test_opt_out_and_opt_in_stopped_anywhere(scope: str, tmp_path: Path) -> None:
    with _stopper(tmp_path) as stopper:
        there, back = ("opt-out", "--scope", scope), ("opt-in", "--scope", scope)
        whole = stopper.run(*there)
        after = _files(tmp_path)
        assert whole.calls > 20
        assert after != BEFORE
        again = stopper.run(*back)
        assert _files(tmp_path) == BEFORE
        for call, number in stages(whole.calls):
            _lay_out(tmp_path)
            _check_end(stopper.run(*there, at=call, number=number), number, whole.status)
            _check_whole(tmp_path, BEFORE, after, number)
            assert stopper.run(*there).status == whole.status
            assert _files(tmp_path) == after, (call, number)
            assert stopper.run(*back).status == again.status
            assert _files(tmp_path) == BEFORE, (call, number)
        for call, number in stages(again.calls):
            _lay_out(tmp_path)
            stopper.run(*there)
            _check_end(stopper.run(*back, at=call, number=number), number, again.status)
            _check_whole(tmp_path, BEFORE, after, number)
            assert stopper.run(*back).status == again.status
            assert _files(tmp_path) == BEFORE, (call, number)


def _check_whole(root: Path, before: Files, after: Files, number: int) -> None:
    """Each file is as it was or as it is to be; if one could tidy up, all of them are and nothing lies about."""
    now = _files(root)
    for name in {*before, *after}:
        assert now.get(name) in (before.get(name), after.get(name)), name
    if number != KILL:
        assert now in (before, after)
        assert not _temporary(root)
