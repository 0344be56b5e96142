"""``pep786 index filter`` where logs are no logs, outputs vanish, disks are full and runs are ended: nothing twice."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from tests.environments import CHECKOUT
from tests.faults.disks import fill, full_disk, needs_root
from tests.faults.memory import TELL, split
from tests.faults.stopping import KILL, Stopper, needs_fork, stages
from tests.index.logs import writers
from tests.index.logs.writers import PLAIN, SUFFIXED

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs FIFOs and signals")

_FILTER = ("index", "filter", "--format", "linehaul")
_MUCH = 200 * 1024  # kilobytes; numpy takes a third of them
_LARGE = (10 << 30) if os.environ.get("PEP786_EVERYTHING") else (1 << 28)
SHARED = b"".join(writers.linehaul(None, f"{PLAIN} {number}") + b"\n" for number in range(400))
HELD = b"".join(writers.linehaul(None, f"{number} {SUFFIXED}") + b"\n" for number in range(20))


def pep786(folder: Path, *words: str, stdin: object = None, shell: str = "") -> subprocess.CompletedProcess[str]:
    """Run it in the folder; shell: what a shell does to its streams."""
    command = [sys.executable, "-B", "-m", "pep786", *_FILTER, *words]
    environ = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    how = {"cwd": str(folder), "env": environ, "stdin": stdin, "timeout": 300, "capture_output": True, "text": True}
    if shell:
        command = ["/bin/sh", "-c", f'exec "$@" {shell}', "sh", *command]
    done: subprocess.CompletedProcess[str] = subprocess.run(command, check=False, **how)  # type: ignore[call-overload]
    assert "Traceback" not in done.stderr, done.stderr
    return done


def _needed(folder: Path, *words: str) -> tuple[int, str, int]:
    """The status, what was said, and the kilobytes that it needed at most."""
    script = f"import sys\nfrom pep786.cli import main\nstatus = main()\n{TELL}\nsys.exit(status)"
    command = [sys.executable, "-c", script, *_FILTER, *words]
    environ = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    done = subprocess.run(
        command, check=False, cwd=str(folder), env=environ, capture_output=True, text=True, timeout=600
    )
    return (done.returncode, *split(done.stderr))


def _names(folder: Path) -> set[str]:
    return set(os.listdir(str(folder))) - {"home"}


@pytest.mark.parametrize("closed", ["<&-", ">&-"])
def test_a_stream_that_is_closed_is_one_line_and_a_failure(closed: str, tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(SHARED)
    done = pep786(tmp_path, *(["log"] if closed == ">&-" else []), shell=closed)
    assert done.returncode == 1
    assert "Bad file descriptor" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_folder_that_vanishes_meanwhile_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    os.mkfifo(str(tmp_path / "log"))

    def feed() -> None:
        with (tmp_path / "log").open("wb") as log:
            log.write(SHARED)
            log.flush()
            until = time.monotonic() + 60
            while not _names(tmp_path / "out") and time.monotonic() < until:
                time.sleep(0.01)
            shutil.rmtree(str(tmp_path / "out"))
            log.write(SHARED)

    feeder = threading.Thread(target=feed)
    feeder.start()
    done = pep786(tmp_path, "log", "--output", "out/shared", "--internal", "internal")
    feeder.join()
    assert done.returncode == 1
    assert "No such file or directory" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert _names(tmp_path) == {"log"} | ({"internal"} & _names(tmp_path))


def test_pipes_by_name_go_on_as_lines_come(tmp_path: Path) -> None:
    for name in ("log", "shared"):
        os.mkfifo(str(tmp_path / name))
    came: list[bytes] = []
    reader = threading.Thread(target=lambda: came.append((tmp_path / "shared").read_bytes()))
    writer = threading.Thread(target=lambda: (tmp_path / "log").write_bytes(HELD + SHARED))
    for thread in (reader, writer):
        thread.start()
    done = pep786(tmp_path, "log", "--output", "shared")
    for thread in (reader, writer):
        thread.join(60)
    assert (done.returncode, came) == (0, [SHARED])
    assert _names(tmp_path) == {"log", "shared"}


def test_a_pipe_can_not_be_resumed(tmp_path: Path) -> None:
    os.mkfifo(str(tmp_path / "log"))
    writer = threading.Thread(target=lambda: (tmp_path / "log").write_bytes(HELD))
    writer.start()
    done = pep786(tmp_path, "log", "--resume", "--output", "shared")
    writer.join(60)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "log: a pipe" in done.stderr
    assert _names(tmp_path) - {"shared.part"} == {"log"}


def test_an_output_that_is_the_log_by_another_name_leaves_the_log(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(HELD + SHARED)
    os.link(str(tmp_path / "log"), str(tmp_path / "same"))
    assert pep786(tmp_path, "log", "--output", "same").returncode == 0
    assert (tmp_path / "log").read_bytes() == HELD + SHARED
    assert (tmp_path / "same").read_bytes() == SHARED


@pytest.mark.parametrize("kind", ["gz", "zst"])
def test_a_bomb_takes_little_memory_and_what_is_cut_shares_nothing(kind: str, tmp_path: Path) -> None:
    size = 1 << 28
    if kind == "gz":
        bomb = gzip.compress(b"\0" * size)
    else:
        bomb = pytest.importorskip("zstandard").ZstdCompressor().compress(b"\0" * size)
    (tmp_path / "log").write_bytes(bomb)
    status, said, kilobytes = _needed(tmp_path, "log", "--output", "shared")
    assert status == 0
    assert "1 in, 0 out" in said
    assert kilobytes < _MUCH
    (tmp_path / "log").write_bytes(bomb[: len(bomb) // 2])
    done = pep786(tmp_path, "log", "--output", "cut")
    assert done.returncode == 1
    assert done.stderr == "pep786 index filter: log: the compressed data end in their middle\n"
    assert _names(tmp_path) == {"log", "shared"}


def test_a_log_of_nuls_without_a_line_takes_little_memory(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as log:
        log.truncate(_LARGE)
    status, said, kilobytes = _needed(tmp_path, "log", "--output", "shared")
    assert status == 0
    assert "1 in, 0 out" in said
    assert kilobytes < _MUCH


def test_a_line_without_an_end_is_written_once_however_often_it_is_looked_at(tmp_path: Path) -> None:
    """As a power cut leaves it: NULs, and then the server goes on."""
    resumed = ("--resume", "log", "log.1", "--output", "shared", "--internal", "internal")
    (tmp_path / "log.1").write_bytes(b"")
    whole = SHARED + HELD + b"\0" * (3 << 20)
    for _ in range(3):
        (tmp_path / "log").write_bytes(whole)
        assert pep786(tmp_path, *resumed).returncode == 0
        assert (tmp_path / "internal").read_bytes() == whole[len(SHARED) :]
        whole += b"\0" * (1 << 20)
    (tmp_path / "log").write_bytes(whole + SHARED)
    done = pep786(tmp_path, *resumed)
    # The first of these lines is the end of the broken one.
    assert "400 in, 399 out (0 opted out, 0 of another status, 1 broken)" in done.stderr
    first = SHARED.index(b"\n") + 1
    assert (tmp_path / "shared").read_bytes() == SHARED + SHARED[first:]
    assert (tmp_path / "internal").read_bytes() == whole[len(SHARED) :] + SHARED[:first]


def test_what_is_held_of_another_log_is_no_part_of_a_line_without_an_end(tmp_path: Path) -> None:
    resumed = ("--resume", "log", "new", "--output", "shared", "--internal", "internal")
    piece = b"\0" * (2 << 20)
    (tmp_path / "log").write_bytes(piece)
    (tmp_path / "new").write_bytes(HELD)
    for _ in range(2):
        assert pep786(tmp_path, *resumed).returncode == 0
        assert (tmp_path / "internal").read_bytes() == piece + b"\n" + HELD


def test_a_log_cut_while_nobody_looked_is_one_line_and_the_outputs_stay(tmp_path: Path) -> None:
    resumed = ("--resume", "log", "--output", "shared")
    log = SHARED * 3  # of more than is compared
    (tmp_path / "log").write_bytes(log)
    assert pep786(tmp_path, *resumed).returncode == 0
    (tmp_path / "log").write_bytes(log[:70_000])
    done = pep786(tmp_path, *resumed)
    assert done.returncode == 1
    assert "log: shorter than what was read of it" in done.stderr
    assert (tmp_path / "shared").read_bytes() == log


@pytest.mark.parametrize("kind", ["link", "FIFO", "folder", pytest.param("another's", marks=needs_root)])
def test_what_is_in_the_way_of_the_part_is_not_written_to(kind: str, tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(SHARED)
    part, prey = tmp_path / "shared.part", tmp_path / "prey"
    prey.write_bytes(b"prey")
    if kind == "link":
        part.symlink_to(prey)
    elif kind == "FIFO":
        os.mkfifo(str(part))
    elif kind == "folder":
        part.mkdir()
    else:
        part.write_bytes(b"theirs")
        os.chown(str(part), 1234, 1234)
    done = pep786(tmp_path, "--resume", "log", "--output", "shared")
    assert done.returncode == 1
    assert "shared.part: " in done.stderr or "shared: " in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert prey.read_bytes() == b"prey"
    assert kind != "another's" or part.read_bytes() == b"theirs"
    assert not (tmp_path / "shared").exists()


@full_disk
@pytest.mark.parametrize("resumed", [False, True])
def test_on_a_full_disk_the_old_outputs_stay_and_with_room_it_goes_on(resumed: bool, disk: Path) -> None:
    words = (*(["--resume"] if resumed else []), str(disk.parent / "log"), "--output", "shared")
    (disk.parent / "log").write_bytes(SHARED)
    assert pep786(disk, *words).returncode == 0
    old = (disk / "shared").read_bytes()
    filler = fill(disk, room=20_000)
    (disk.parent / "log").write_bytes(SHARED * 2)
    done = pep786(disk, *words)
    assert done.returncode == 1
    assert "No space left on device" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert (disk / "shared").read_bytes() == old
    filler.unlink()
    (disk.parent / "log").write_bytes(SHARED + HELD)
    assert pep786(disk, *words).returncode == 0
    assert (disk / "shared").read_bytes() == SHARED


@needs_fork
@pytest.mark.parametrize("resumed", [False, True])
def test_stopped_anywhere_each_line_is_written_once(resumed: bool, tmp_path: Path) -> None:
    old, log = HELD[:500] + b"\n", SHARED + HELD
    both = {"shared": SHARED, "internal": HELD}
    words = [*_FILTER, *(["--resume"] if resumed else []), "log", "--output", "shared", "--internal", "internal"]

    def lay_out() -> None:
        for name in {"shared", "internal", "shared.state", "shared.part", "internal.part"} & _names(tmp_path):
            (tmp_path / name).unlink()
        (tmp_path / "log").write_bytes(log)
        for name in both if not resumed else ():
            (tmp_path / name).write_bytes(old)

    modules = [f"pep786.index.logs.{name}" for name in ("run", "resume", "linehaul", "outputs", "suspects")]
    lay_out()
    with Stopper(tmp_path, [*modules, "numpy"], os.path.join("index", "logs")) as stopper:
        whole = stopper.run(*words)
        assert whole.status == 0
        assert whole.calls > 20
        for call, number in stages(whole.calls):
            lay_out()
            ended = stopper.run(*words, at=call, number=number)
            assert ended.status in (0, -number, 128 + number), ended
            there = {name: (tmp_path / name).read_bytes() for name in both if (tmp_path / name).exists()}
            before = {} if resumed else dict.fromkeys(both, old)
            if number == KILL:
                assert all(data in (before.get(name), both[name]) for name, data in there.items())
            else:
                assert there in (before, both), (call, number)
            assert stopper.run(*words).status == 0
            assert {name: (tmp_path / name).read_bytes() for name in both} == both, (call, number)
