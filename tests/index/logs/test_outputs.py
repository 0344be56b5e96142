"""What is written is whole or not there: files, compressed files, permissions, failing disks, signals."""

from __future__ import annotations

import gzip
import os
import select
import signal
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pep786.cli import main
from tests.environments import CHECKOUT
from tests.faults.disks import needs_root
from tests.index.logs import writers
from tests.index.logs.writers import DECOY, PLAIN, SUFFIXED

if TYPE_CHECKING:
    from pathlib import Path

posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX")

_FILTER = ["index", "filter", "--format", "linehaul"]


def _line(user_agent: str) -> bytes:
    return writers.linehaul(None, user_agent) + b"\n"


SHARED = [_line(f"{PLAIN} {number}") for number in range(300)] + [_line(DECOY)]
OUT = [_line(f"{number} (no-analytics)") for number in range(7)] + [b"download-private|" + SHARED[0].partition(b"|")[2]]
TEXT = b"".join(SHARED[:99] + OUT[:3] + SHARED[99:150] + OUT[3:] + SHARED[150:])


def _left(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {"home", "log"}


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log"
    path.write_bytes(TEXT)
    return path


def test_both_outputs_together_are_the_log(log: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    out, internal = tmp_path / "out", tmp_path / "internal"
    assert main([*_FILTER, str(log), "--output", str(out), "--internal", str(internal)]) == 0
    assert out.read_bytes() == b"".join(SHARED)
    assert internal.read_bytes() == b"".join(OUT)
    assert capfd.readouterr().err == (
        "pep786 index filter: 309 in, 301 out (8 opted out, 0 of another status, 0 broken)\n"
    )
    assert _left(tmp_path) == {"out", "internal"}


@pytest.mark.parametrize(
    "compressed", [bytes, gzip.compress, lambda text: gzip.compress(text[:999]) + gzip.compress(text[999:])]
)
def test_several_logs_and_standard_input_are_one(compressed: object, log: Path) -> None:
    command = [sys.executable, "-m", "pep786", *_FILTER, str(log), "-", str(log.parent / "second.gz")]
    (log.parent / "second.gz").write_bytes(gzip.compress(TEXT))
    done = subprocess.run(command, input=compressed(TEXT), capture_output=True, check=True, cwd=str(CHECKOUT))  # type: ignore[operator]
    assert done.stdout == b"".join(SHARED) * 3
    assert done.stderr.endswith(b" 927 in, 903 out (24 opted out, 0 of another status, 0 broken)\n")
    assert done.stderr.count(b"\n") == 1, "no progress bar in a pipe"


@pytest.mark.usefixtures("log")
@pytest.mark.parametrize("suffix", ["gz", "zst"])
def test_a_compressed_output_is_the_same_without_the_opted_out(suffix: str, tmp_path: Path) -> None:
    if suffix == "zst" and sys.version_info < (3, 14):
        pytest.importorskip("zstandard")
    (tmp_path / "without").write_bytes(b"".join(SHARED))
    for name in ("log", "without"):
        assert main([*_FILTER, str(tmp_path / name), "--output", str(tmp_path / f"{name}.{suffix}")]) == 0
    assert (tmp_path / f"log.{suffix}").read_bytes() == (tmp_path / f"without.{suffix}").read_bytes()
    assert main([*_FILTER, str(tmp_path / f"log.{suffix}"), "--output", str(tmp_path / "again")]) == 0
    assert (tmp_path / "again").read_bytes() == b"".join(SHARED)


@posix
def test_permissions_stay_and_what_is_internal_is_the_owners(log: Path, tmp_path: Path) -> None:
    out, internal = tmp_path / "out", tmp_path / "internal"
    before = os.umask(0o022)
    try:
        for mode in (0o644, 0o640):
            assert main([*_FILTER, str(log), "--output", str(out), "--internal", str(internal)]) == 0
            assert stat.S_IMODE(out.stat().st_mode) == mode
            assert stat.S_IMODE(internal.stat().st_mode) == 0o600
            out.chmod(0o640)
    finally:
        os.umask(before)


@posix
@needs_root
def test_a_file_that_is_replaced_keeps_its_owner(log: Path, tmp_path: Path) -> None:
    out, internal = tmp_path / "out", tmp_path / "internal"
    for path in (out, internal):
        path.write_bytes(b"old")
        path.chmod(0o640)
        os.chown(str(path), 1234, 2345)
    assert main([*_FILTER, str(log), "--output", str(out), "--internal", str(internal)]) == 0
    assert out.read_bytes() == b"".join(SHARED)
    for path in (out, internal):
        found = path.stat()
        assert (found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)) == (1234, 2345, 0o640)


@pytest.mark.skipif(not os.path.exists("/dev/fd"), reason="no /dev/fd here")
def test_a_pipe_may_be_named_by_its_number(log: Path) -> None:
    """As a shell names the pipes of ``>(gzip > internal.gz)``."""
    reading, writing = os.pipe()
    command = [sys.executable, "-m", "pep786", *_FILTER, str(log)]
    command += ["--output", "/dev/stdout", "--internal", f"/dev/fd/{writing}"]
    done = subprocess.run(command, capture_output=True, check=False, cwd=str(CHECKOUT), pass_fds=[writing])
    os.close(writing)
    with open(reading, "rb") as pipe:
        assert (done.returncode, done.stdout, pipe.read()) == (0, b"".join(SHARED), b"".join(OUT)), done.stderr


@posix
def test_a_link_stays_a_link_and_a_device_is_written_to(log: Path, tmp_path: Path) -> None:
    (tmp_path / "out").symlink_to(tmp_path / "target")
    (tmp_path / "target").write_bytes(b"old")
    assert main([*_FILTER, str(log), "--output", str(tmp_path / "out"), "--internal", os.devnull]) == 0
    assert (tmp_path / "out").is_symlink()
    assert (tmp_path / "target").read_bytes() == b"".join(SHARED)
    assert not os.path.isfile(os.devnull)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
def test_a_full_disk_leaves_the_old_output(log: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "out").write_bytes(b"old")
    assert main([*_FILTER, str(log), "--output", str(tmp_path / "out"), "--internal", "/dev/full"]) == 1
    assert (tmp_path / "out").read_bytes() == b"old"
    assert _left(tmp_path) == {"out"}
    assert capfd.readouterr().err == "pep786 index filter: output: No space left on device\n"


def test_a_broken_line_stays_internal_or_stops(log: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    log.write_bytes(SHARED[0] + OUT[0] + b"garbage (no-analytics)\n" + SHARED[1])
    out, internal = str(tmp_path / "out"), str(tmp_path / "internal")
    assert main([*_FILTER, str(log), "--output", out, "--internal", internal]) == 0
    assert (tmp_path / "out").read_bytes() == SHARED[0] + SHARED[1]
    assert (tmp_path / "internal").read_bytes() == OUT[0] + b"garbage (no-analytics)\n"
    assert capfd.readouterr().err == (
        f"pep786 index filter: the first broken line is {log}, line 3\n"
        "pep786 index filter: 4 in, 2 out (1 opted out, 0 of another status, 1 broken)\n"
    )
    assert main([*_FILTER, str(log), "--output", str(tmp_path / "new"), "--on-bad", "stop"]) == 1
    assert f"{log}, line 3: not a line of this format" in capfd.readouterr().err
    assert _left(tmp_path) == {"out", "internal"}


def test_a_prefer_key_in_none_of_the_lines_is_one_line_more(
    log: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    log.write_text('{"user_agent": "a", "headers": {"Prefer": ["no-analytics"]}}\n' * 2)
    words = ["index", "filter", "--format", "json", str(log), "--output", str(tmp_path / "out"), "--prefer"]
    assert main([*words, "header.prefer"]) == 0
    assert capfd.readouterr().err == (
        "pep786 index filter: --prefer header.prefer: no line has this key\n"
        "pep786 index filter: 2 in, 2 out (0 opted out, 0 of another status, 0 broken)\n"
    )
    assert main([*words, "headers.prefer"]) == 0
    assert capfd.readouterr().err == ("pep786 index filter: 2 in, 0 out (2 opted out, 0 of another status, 0 broken)\n")


@pytest.mark.parametrize(
    ("arguments", "status", "expected"),
    [
        (["log", "--output", "log"], 2, "log: named twice"),
        (["log", "--output", "out", "--internal", "out"], 2, "out: named twice"),
        (["log", "--internal", "-"], 2, "--internal -: that is where the shared lines go"),
        (["none"], 1, "none: No such file or directory"),
        (["log", "--output", "none/out"], 1, "none/out: No such file or directory"),
        (["log", "--output", "home"], 1, "home: a folder, not a file"),
        (["log", "--flag", "x"], 2, "--flag is not for --format linehaul"),
        (["log", "--resume"], 2, "--resume needs files, and --output FILE"),
        (["log", "--format", "nginx", "--status", "20"], 2, "--status 20: expected codes such as 200,206,304"),
        (["log", "--format", "json", "--user-agent", "a..b"], 2, "not a key: 'a..b'"),
        (["log", "--format", "parquet"], 2, "--format parquet takes one FILE and --output FILE"),
        (["log", "--format", "parquet", "--output", "out", "--internal", "-"], 2, "no -, and no --resume"),
    ],
)
def test_bad_usage_is_one_line(
    arguments: list[str],
    status: int,
    expected: str,
    log: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(log.parent)
    assert main([*_FILTER, *arguments]) == status
    error = capfd.readouterr().err
    assert expected in error
    assert error.count("\n") == 1
    assert log.read_bytes() == TEXT
    assert _left(log.parent) == set()


@pytest.mark.skipif(not os.path.exists("/dev/stdout"), reason="no /dev/stdout here")
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--internal", "/dev/stdout"], "--internal /dev/stdout: that is where the shared lines go"),
        (["--output", "/dev/stdout", "--internal", "-"], "--internal -: that is where the shared lines go"),
        (["--output", "/dev/stdout", "--resume"], "--resume needs files, and --output FILE"),
    ],
    ids=str,
)
def test_standard_output_is_the_same_by_another_name(arguments: list[str], expected: str, log: Path) -> None:
    command = [sys.executable, "-m", "pep786", *_FILTER, str(log), *arguments]
    done = subprocess.run(command, capture_output=True, check=False, cwd=str(CHECKOUT))
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr == f"pep786 index filter: {expected}\n".encode()


@posix
def test_the_lines_of_a_pipe_go_on_as_they_come_until_a_signal() -> None:
    command = [sys.executable, "-m", "pep786", *_FILTER]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0, cwd=str(CHECKOUT)
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        for line in SHARED[:2]:
            process.stdin.write(line)
            assert select.select([process.stdout], [], [], 60)[0], "not while more may come"
            assert process.stdout.read(len(TEXT)) == line
    finally:
        process.send_signal(signal.SIGTERM)
        out, error = process.communicate()
    assert (process.returncode, out) == (128 + signal.SIGTERM, b"")
    assert error == b"pep786 index filter: interrupted; not all went to standard output\n"


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_the_old_output(number: int, tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"old")
    command = [sys.executable, "-m", "pep786", *_FILTER, "--output", str(tmp_path / "out")]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, cwd=str(CHECKOUT))
    assert process.stdin is not None
    # It has begun when it takes more than a pipe holds.
    process.stdin.write(TEXT * 20)
    process.stdin.flush()
    process.send_signal(number)
    _, error = process.communicate()
    assert process.returncode == 128 + number
    assert error == b"pep786 index filter: interrupted; nothing was written\n"
    assert (tmp_path / "out").read_bytes() == b"old"
    assert _left(tmp_path) == {"out"}


def test_a_reader_that_has_seen_enough_is_no_fault(log: Path) -> None:
    log.write_bytes(TEXT * 50)
    command = [sys.executable, "-m", "pep786", *_FILTER, str(log)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=str(CHECKOUT))
    assert process.stdout is not None
    assert process.stdout.readline() == SHARED[0]
    process.stdout.close()
    assert process.wait() == 1
    assert process.stderr is not None
    with process.stderr as error:
        assert error.read() == b""


@posix
def test_on_a_terminal_there_is_a_bar(log: Path, tmp_path: Path) -> None:
    pty = pytest.importorskip("pty")
    log.write_bytes(TEXT * 100)
    master, slave = pty.openpty()
    import fcntl
    import struct
    import termios

    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("4H", 24, 80, 0, 0))
    command = [sys.executable, "-m", "pep786", *_FILTER, str(log), "--output", str(tmp_path / "out")]
    done = subprocess.Popen(command, stderr=slave, cwd=str(CHECKOUT))
    os.close(slave)
    seen = b""
    while True:
        try:
            piece = os.read(master, 4096)
        except OSError:  # Linux says so when the other side is gone
            break
        if not piece:
            break
        seen += piece
    os.close(master)
    assert done.wait() == 0
    assert b"%" in seen
    assert b"30900 in, 30100 out" in seen.splitlines()[-1]


def test_suffixes_and_flags_do_not_reach_the_shared_output(log: Path, tmp_path: Path) -> None:
    log.write_bytes(_line(SUFFIXED) * 3)
    assert main([*_FILTER, str(log), "--output", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out").read_bytes() == b"", "a log of opted-out requests only is an empty one"
