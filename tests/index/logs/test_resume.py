"""A log that grows, moves or is compressed, and a run that is ended: every line is written once."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Callable

import pytest

from pep786.cli import main
from pep786.index.logs import resume, run
from pep786.index.logs.linehaul import Linehaul
from pep786.index.logs.outputs import Output
from tests.environments import CHECKOUT
from tests.faults.disks import needs_root
from tests.index.logs import writers
from tests.index.logs.writers import PLAIN, SUFFIXED

if TYPE_CHECKING:
    from pathlib import Path

    from pep786.index.logs.inputs import Source

_FILTER = ["index", "filter", "--format", "linehaul", "--resume"]


def _lines(first: int, last: int) -> bytes:
    return b"".join(writers.linehaul(None, f"{PLAIN} {number}") + b"\n" for number in range(first, last))


def _out(first: int, last: int) -> bytes:
    return b"".join(writers.linehaul(None, f"{number} {SUFFIXED}") + b"\n" for number in range(first, last))


class _Logs:
    """A folder of logs, filtered again and again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __truediv__(self, name: str) -> Path:
        return self.folder / name

    def filter(self, *names: str, output: str = "shared") -> int:
        paths = [str(self / name) for name in names]
        return main([*_FILTER, *paths, "--output", str(self / output), "--internal", str(self / "internal")])

    @property
    def shared(self) -> bytes:
        return (self / "shared").read_bytes()


@pytest.fixture
def logs(tmp_path: Path) -> _Logs:
    found = _Logs(tmp_path)
    (tmp_path / "log").write_bytes(_lines(0, 900) + _out(0, 5))
    assert found.filter("log") == 0
    assert found.shared == _lines(0, 900)
    return found


def _append(path: Path, text: bytes) -> None:
    with path.open("ab") as file:
        file.write(text)


def test_what_a_log_grew_by_is_appended(logs: _Logs) -> None:
    _append(logs / "log", _lines(900, 910) + _out(5, 9))
    assert logs.filter("log") == 0
    assert logs.filter("log") == 0
    assert logs.shared == _lines(0, 910)
    assert (logs / "internal").read_bytes() == _out(0, 9)
    assert {path.name for path in logs.folder.iterdir()} == {"home", "log", "shared", "internal", "shared.state"}


def test_a_line_that_is_not_finished_waits(logs: _Logs, capfd: pytest.CaptureFixture[str]) -> None:
    _append(logs / "log", _lines(900, 902)[:-5])
    assert logs.filter("log") == 0
    assert logs.shared == _lines(0, 901)
    assert "1 unfinished at the end of a log, left for the next run" in capfd.readouterr().err
    _append(logs / "log", _lines(900, 902)[-5:])
    assert logs.filter("log") == 0
    assert logs.shared == _lines(0, 902)


def _renamed(logs: _Logs) -> str:
    os.rename(str(logs / "log"), str(logs / "log.1"))
    return "log.1"


def _compressed(logs: _Logs) -> str:
    (logs / "log.1.gz").write_bytes(gzip.compress((logs / "log").read_bytes()))
    os.unlink(str(logs / "log"))
    return "log.1.gz"


def _copied_and_cut(logs: _Logs) -> str:
    shutil.copyfile(str(logs / "log"), str(logs / "log.1"))
    os.truncate(str(logs / "log"), 0)
    return "log.1"


@pytest.mark.parametrize("rotate", [_renamed, _compressed, _copied_and_cut])
@pytest.mark.parametrize("new_first", [False, True])
def test_a_log_that_was_rotated_goes_on_and_the_new_one_begins(rotate: object, new_first: bool, logs: _Logs) -> None:
    _append(logs / "log", _lines(900, 910))
    old = rotate(logs)  # type: ignore[operator]
    _append(logs / "log", _lines(2000, 2010))
    pieces = {old: _lines(900, 910), "log": _lines(2000, 2010)}
    names = sorted(pieces, reverse=not new_first)
    assert logs.filter(*names) == 0
    assert logs.shared == _lines(0, 900) + b"".join(pieces[name] for name in names)
    assert logs.filter(*names) == 0
    assert logs.shared == _lines(0, 900) + b"".join(pieces[name] for name in names)


def test_a_new_log_in_the_place_of_the_old_one_is_read_from_its_beginning(logs: _Logs) -> None:
    os.unlink(str(logs / "log"))
    (logs / "log").write_bytes(_lines(3000, 5000))
    assert logs.filter("log") == 0
    assert logs.shared == _lines(0, 900) + _lines(3000, 5000)


def test_a_short_log_that_grows_stays_the_same_log(tmp_path: Path) -> None:
    logs = _Logs(tmp_path)
    (tmp_path / "log").write_bytes(b"")
    for number in range(4):
        assert logs.filter("log") == 0
        assert logs.shared == _lines(0, number)
        _append(tmp_path / "log", _lines(number, number + 1))


@pytest.mark.parametrize(
    "interrupted", [False, pytest.param(True, marks=pytest.mark.skipif(os.name != "posix", reason="needs POSIX"))]
)
def test_more_logs_than_are_remembered_are_written_once(
    interrupted: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of a run are kept however many they are, and while it goes on those that it has not come to."""
    monkeypatch.setattr(resume, "_REMEMBERED", 3)
    logs = _Logs(tmp_path)
    names = [f"log{number}" for number in range(8)]
    for number, name in enumerate(names):
        (tmp_path / name).write_bytes(_lines(number, number + 1))
    assert logs.filter(*names) == 0
    if interrupted:
        _append(tmp_path / names[0], _lines(8, 9))
        with monkeypatch.context() as patched:
            patched.setattr(Linehaul, "held", _signalled(Linehaul.held))
            assert logs.filter(*names) == 128 + signal.SIGTERM
    assert logs.filter(*names) == 0
    assert logs.shared == _lines(0, 9 if interrupted else 8)


def test_of_the_logs_that_are_gone_only_some_are_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resume, "_REMEMBERED", 3)
    logs = _Logs(tmp_path)
    for number in range(9):
        (tmp_path / f"log{number}").write_bytes(_lines(number, number + 1))
        assert logs.filter(f"log{number}") == 0
    assert len(json.loads((tmp_path / "shared.state").read_text())["logs"]) == 4
    assert logs.filter("log8", "log7", "log6", "log5") == 0
    assert logs.shared == _lines(0, 9)


def _signalled(held: Callable[..., object]) -> Callable[..., object]:
    """The same, during which a signal comes."""

    def judged(*arguments: object) -> object:
        os.kill(os.getpid(), signal.SIGTERM)
        return held(*arguments)

    return judged


def test_the_outputs_are_not_touched_where_they_are_not_what_was_written(
    logs: _Logs, capfd: pytest.CaptureFixture[str]
) -> None:
    _append(logs / "shared", b"something else\n")
    before = logs.shared
    _append(logs / "log", _lines(900, 910))
    assert logs.filter("log") == 1
    assert "not as" in capfd.readouterr().err
    assert logs.shared == before


@pytest.mark.parametrize(
    ("text", "status", "expected"),
    [("{", 1, "not a state file"), ("[]", 1, "not a state file"), (None, 2, "begun with other options")],
)
def test_a_state_that_does_not_fit_is_a_fault(
    text: str | None, status: int, expected: str, logs: _Logs, capfd: pytest.CaptureFixture[str]
) -> None:
    state = logs / "shared.state"
    if text is None:
        text = json.dumps({**json.loads(state.read_text()), "settings": "--format nginx"})
    state.write_text(text)
    assert logs.filter("log") == status
    assert expected in capfd.readouterr().err
    assert logs.shared == _lines(0, 900)


def test_two_runs_do_not_write_the_same_output(logs: _Logs, capfd: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("fcntl")
    other = Output(str(logs / "shared"), part=f"{logs / 'shared'}.part")
    try:
        assert logs.filter("log") == 1
        assert "another run is writing it" in capfd.readouterr().err
    finally:
        other.abandon()


class _Ended(Exception):  # noqa: N818  no error
    """The machine was switched off."""


def _ended_after(pieces: int, logs: _Logs, output: str) -> None:
    left = [pieces]

    def progress(_: Source) -> None:
        left[0] -= 1
        if not left[0]:
            raise _Ended

    with pytest.raises(_Ended):
        run.resume_logs(
            [str(logs / "log")],
            Linehaul(),
            str(logs / output),
            str(logs / "internal"),
            settings=f"--format linehaul --internal {logs / 'internal'}",
            progress=progress,
        )


@pytest.mark.parametrize("output", ["shared", "shared.gz"])
@pytest.mark.parametrize("pieces", [1, 2, 3])
def test_a_run_goes_on_where_another_ended(
    pieces: int, output: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "_CHECKPOINT", 1 << 20)
    logs = _Logs(tmp_path)
    text = _lines(0, 20000) + _out(0, 9) + _lines(20000, 22000)
    (tmp_path / "log").write_bytes(text)
    _ended_after(pieces, logs, output)
    assert not (tmp_path / output).exists()
    assert logs.filter("log", output=output) == 0
    opened = gzip.open if output.endswith("gz") else open
    with opened(str(tmp_path / output), "rb") as file:
        assert file.read() == _lines(0, 22000)
    assert (tmp_path / "internal").read_bytes() == _out(0, 9)


def test_what_a_run_left_behind_is_cut_off(tmp_path: Path) -> None:
    logs = _Logs(tmp_path)
    (tmp_path / "log").write_bytes(_lines(0, 20000))
    _ended_after(2, logs, "shared")
    assert (tmp_path / "shared.part").stat().st_size > len(_lines(0, 9))
    (tmp_path / "log").write_bytes(_lines(0, 9))
    assert logs.filter("log") == 0
    assert logs.shared == _lines(0, 9)


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX")
@pytest.mark.parametrize("failing", ["shared.state", "internal", "shared"])
@pytest.mark.parametrize("others", [False, pytest.param(True, marks=needs_root)])
def test_an_end_between_two_renames_writes_nothing_twice(
    failing: str, others: bool, logs: _Logs, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("shared", "internal") if others else ():
        os.chown(str(logs / name), 1234, 1234)
    _append(logs / "log", _lines(900, 910) + _out(5, 9))
    replace = os.replace

    def ended(source: str, target: str) -> None:
        if os.path.basename(target) == failing:
            raise _Ended
        replace(source, target)

    monkeypatch.setattr(os, "replace", ended)
    with pytest.raises(_Ended):
        logs.filter("log")
    assert logs.shared == _lines(0, 900)
    monkeypatch.setattr(os, "replace", replace)
    assert logs.filter("log") == 0
    assert logs.shared == _lines(0, 910)
    assert (logs / "internal").read_bytes() == _out(0, 9)


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX")
def test_a_signal_is_taken_between_two_lines_and_the_run_goes_on_from_there(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(_lines(0, 60000))
    command = [sys.executable, "-m", "pep786", *_FILTER, "log", "--output", "shared"]
    script = (
        "import os, signal, sys\n"
        "from pep786.cli import main\n"
        "from pep786.index.logs import linehaul\n"
        "judged = linehaul.Linehaul.held\n"
        "calls = []\n"
        "def held(self, *arguments):\n"
        "    calls.append(1)\n"
        "    if len(calls) == 3:\n"
        "        os.kill(os.getpid(), signal.SIGTERM)\n"
        "    return judged(self, *arguments)\n"
        "linehaul.Linehaul.held = held\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    environ = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    first = [command[0], "-c", script, *command[3:]]
    done = subprocess.run(first, cwd=str(tmp_path), env=environ, capture_output=True, check=False)
    assert done.returncode == 128 + signal.SIGTERM
    assert done.stderr == b"pep786 index filter: interrupted; the same command goes on from here\n"
    assert not (tmp_path / "shared").exists()
    size = json.loads((tmp_path / "shared.state").read_text())["sizes"]["shared"]
    assert 0 < size == (tmp_path / "shared.part").stat().st_size
    assert (tmp_path / "shared.part").read_bytes() == _lines(0, 60000)[:size]
    subprocess.run(command, cwd=str(tmp_path), env=environ, capture_output=True, check=True)
    assert (tmp_path / "shared").read_bytes() == _lines(0, 60000)
    assert not (tmp_path / "shared.part").exists()
