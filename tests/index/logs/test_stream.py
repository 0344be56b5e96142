"""The lines of any log, through a buffer of any fill: what is shared, what is not, and in how much memory."""

from __future__ import annotations

import gzip
import io
import struct
import subprocess
import sys
import time
from typing import IO, TYPE_CHECKING, Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pep786.index.logs import needle, stream
from pep786.index.logs.errors import LogError
from pep786.index.logs.inputs import zstd_compressor
from pep786.index.logs.linehaul import Linehaul
from pep786.index.logs.lines import Verdict
from tests.environments import CHECKOUT
from tests.index.logs import writers
from tests.index.logs.writers import DECOY, PLAIN, SUFFIXED, Written

if TYPE_CHECKING:
    from pathlib import Path

_WORDS = st.sampled_from(["pip/26.2", "(no-analytics)", '"', " ", "\t", "|", "no-analytics", ",", "{", "}", "\\", "é"])
_FIELD = st.lists(_WORDS, max_size=8).map("".join)


class _Pieces:
    """A log that comes in pieces of these sizes."""

    name, cut = "pieces", False

    def __init__(self, text: bytes, sizes: list[int]) -> None:
        self._text, self._sizes = io.BytesIO(text), sizes * (len(text) + 1)

    def readinto(self, view: memoryview) -> int:
        return self._text.readinto(view[: self._sizes.pop()])


class _Kept:
    """An output in memory."""

    def __init__(self) -> None:
        self.text = b""

    def write(self, data: bytes) -> None:
        self.text += data


def _carried(written: Written, text: bytes, sizes: list[int], longest: int) -> tuple[bytes, bytes, stream.Counts]:
    before, stream.LONGEST = stream.LONGEST, longest
    try:
        shared, internal = _Kept(), _Kept()
        run = stream.Filter(written.reader(), shared, internal)  # type: ignore[arg-type]
        run.carry(_Pieces(text, sizes), 0, lambda _: None)  # type: ignore[arg-type]
    finally:
        stream.LONGEST = before
    return shared.text, internal.text, run.counts


@pytest.mark.property
@pytest.mark.parametrize("written", writers.ALL, ids=str)
@settings(max_examples=40, deadline=None)
@given(
    requests=st.lists(st.tuples(_FIELD, _FIELD), max_size=8),
    junk=st.lists(st.binary(max_size=30).map(lambda junk: junk.replace(b"\n", b"")), max_size=3),
    sizes=st.lists(st.integers(1, 700), min_size=1, max_size=5),
    longest=st.integers(400, 2000),
    draw=st.randoms(use_true_random=False),
)
def test_the_shared_output_is_the_same_without_the_opted_out(
    written: Written,
    requests: list[tuple[str, str]],
    junk: list[bytes],
    sizes: list[int],
    longest: int,
    draw: object,
) -> None:
    lines = [written.line(*request) for request in requests] + junk
    draw.shuffle(lines)  # type: ignore[attr-defined]
    reader = written.reader()
    verdicts = [
        reader.judge(line) if len(line) < longest else Verdict.BROKEN for line in (line.rstrip(b"\r") for line in lines)
    ]
    text = b"".join(line + b"\n" for line in lines)
    shared, internal, counts = _carried(written, text, sizes, longest)
    kept = [line + b"\n" for line, verdict in zip(lines, verdicts) if verdict is Verdict.SHARED]
    assert shared == b"".join(kept)
    assert internal == b"".join(line + b"\n" for line, verdict in zip(lines, verdicts) if verdict is not Verdict.SHARED)
    assert counts.lines == len(lines)
    assert counts.shared == len(kept)
    assert _carried(written, b"".join(kept), [longest], longest)[0] == shared


@pytest.mark.parametrize("size", [1, 7, 400, 4096])
def test_a_line_longer_than_the_buffer_is_broken_and_passes_in_pieces(size: int) -> None:
    good, long = writers.linehaul(None, PLAIN) + b"\n", writers.linehaul(None, "x" * 3000) + b"\n"
    text = good + long + good + long + writers.linehaul(None, SUFFIXED) + b"\n" + good
    shared, internal, counts = _carried(writers.ALL[0], text, [size], 500)
    assert shared == good * 3
    assert internal == long * 2 + writers.linehaul(None, SUFFIXED) + b"\n"
    assert (counts.lines, counts.held[Verdict.BROKEN], counts.held[Verdict.OPTED_OUT]) == (6, 2, 1)
    assert counts.first_broken == ("pieces", 2)


@pytest.mark.parametrize("written", writers.ALL, ids=str)
@pytest.mark.parametrize("cut", [0, 3])
def test_a_last_line_without_newline_is_shared_only_if_it_is_whole_beyond_doubt(written: Written, cut: int) -> None:
    line = written.line(None, PLAIN)
    shared, internal, counts = _carried(written, line[: len(line) - cut], [100], 4000)
    whole = cut == 0 and written.name != "linehaul"
    if written.name.startswith("cloudfront"):
        whole = True  # the User-Agent is not in the last column, which is what was cut
        assert cut == 0 or shared + internal
    if cut and written.name.startswith("cloudfront"):
        return
    assert shared == (line + b"\n" if whole else b"")
    assert counts.held[Verdict.BROKEN] == (not whole)
    assert shared + internal == line[: len(line) - cut] + b"\n"


def test_a_line_full_of_comments_is_looked_at_once() -> None:
    text = bytearray(b"download|||||||||" + b' (no-analytics)"' * 60000 + b"\n")
    start = time.process_time()
    assert Linehaul().held(text, len(text)) == (1, [])
    assert time.process_time() - start < 0.3


class _Counted(bytearray):
    """A buffer that knows how often it was counted in."""

    counts = 0

    def count(self, *arguments: object) -> int:
        self.counts += 1
        return super().count(*arguments)  # type: ignore[arg-type]


def test_many_broken_lines_are_counted_once() -> None:
    shared, internal = _Kept(), _Kept()
    run = stream.Filter(writers.ALL[3].reader(), shared, internal)  # type: ignore[arg-type]
    run._buffer = buffer = _Counted(run._buffer)
    run._view = memoryview(buffer)
    text = b'{"user_agent": "a"}\n' + b"garbage\n" * 5000
    run.carry(_Pieces(text, [1000]), 0, lambda _: None)  # type: ignore[arg-type]
    assert internal.text == b"garbage\n" * 5000
    assert run.counts.first_broken == ("pieces", 2)
    assert buffer.counts == 1


@pytest.mark.parametrize("search", [needle.search, needle._find])
def test_the_needle_is_found_wherever_it_is(search: object) -> None:
    buffer = bytearray(b"abab..ab.abab")
    assert list(search(buffer, b"ab")(12)) == [0, 2, 6, 9]  # type: ignore[operator]
    assert list(search(buffer, b"zz")(12)) == []  # type: ignore[operator]
    buffer[6:8] = b".."
    found = search(buffer, b"abab")  # type: ignore[operator]
    assert list(found(13)) == [0, 9]


def test_memory_does_not_grow_with_a_line(tmp_path: Path) -> None:
    """64 MB without a newline, from standard input, in no more memory than three lines."""
    script = (
        "import resource, sys\n"
        "from pep786.cli import main\n"
        "status = main(['index', 'filter', '--format', 'linehaul', '--internal', sys.argv[1]])\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)\n"
    )
    pytest.importorskip("resource")
    line = writers.linehaul(None, PLAIN) + b"\n"
    peaks = []
    for size in (0, 64 << 20):
        process = subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path / "internal")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=str(CHECKOUT),
        )
        assert process.stdin is not None
        process.stdin.write(line)
        for _ in range(size >> 20):
            process.stdin.write(b"x" * (1 << 20))
        process.stdin.write(b"\n" + line)
        out, err = process.communicate()
        assert out == line * 2
        assert b"3 in, 2 out (0 opted out, 0 of another status, 1 broken)" in err
        peaks.append(int(err.split()[-1]))
    assert peaks[1] - peaks[0] < 8 << (10 if sys.platform == "linux" else 20)


def _zstd(text: bytes) -> bytes:
    compressor = zstd_compressor()
    return bytes(compressor.compress(text) + compressor.flush())


def _until_it_is_read(pipe: IO[bytes]) -> None:
    import fcntl
    import termios

    for _ in range(6000):
        if not struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)))[0]:
            return
        time.sleep(0.01)
    raise AssertionError("nobody reads the pipe")


#: As pzstd begins a file: a frame that says how long the next one is, which is for itself alone.
_SKIPPED = b"\x50\x2a\x4d\x18\x04\x00\x00\x00\x00\x01\x00\x00"


@pytest.mark.parametrize(
    ("compressed", "zstd"),
    [
        (bytes, False),
        (gzip.compress, False),
        (_zstd, True),
        (lambda text: _SKIPPED + _zstd(text), True),
        (lambda text: b"\x5f" + (_SKIPPED + _zstd(text[:50]))[1:] + _SKIPPED + _zstd(text[50:]) + _SKIPPED, True),
        (lambda _: b"x\n", False),
    ],
    ids=["plain", "gzip", "zstd", "pzstd", "pzstd of two", "short"],
)
@pytest.mark.parametrize(
    "piped", [False, pytest.param(True, marks=pytest.mark.skipif(sys.platform != "linux", reason="needs Linux' pipes"))]
)
def test_what_a_log_is_is_told_by_its_first_bytes_however_they_come(
    compressed: Callable[[bytes], bytes], zstd: bool, piped: bool, tmp_path: Path
) -> None:
    if zstd and sys.version_info < (3, 14):
        pytest.importorskip("zstandard")
    text = writers.linehaul(None, PLAIN) + b"\n"
    data = compressed(text)
    (tmp_path / "log").write_bytes(data)
    command = [sys.executable, "-m", "pep786", "index", "filter", "--format", "linehaul"]
    command += ["--output", str(tmp_path / "out"), *([] if piped else [str(tmp_path / "log")])]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, bufsize=0, cwd=str(CHECKOUT))
    assert process.stdin is not None
    if piped:
        process.stdin.write(data[:1])
        _until_it_is_read(process.stdin)
        process.stdin.write(data[1:])
    process.communicate()
    assert process.returncode == 0
    assert (tmp_path / "out").read_bytes() == (b"" if data == b"x\n" else text)


def test_a_gzip_that_is_cut_is_a_fault(tmp_path: Path) -> None:
    from pep786.index.logs.run import filter_logs

    text = b"".join(writers.linehaul(None, f"{DECOY}{number}") + b"\n" for number in range(2000))
    (tmp_path / "log.gz").write_bytes(gzip.compress(text)[:-200])
    with pytest.raises(LogError, match="end in their middle"):
        filter_logs([str(tmp_path / "log.gz")], Linehaul(), str(tmp_path / "out"))
    assert [path.name for path in tmp_path.iterdir() if path.name != "home"] == ["log.gz"]
