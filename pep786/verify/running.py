"""Other programs, run to see what they do: none outlives its time or our end, and of their words little is kept.

Each has a session of its own, so that all it started ends with it. What made itself another session (a daemon) is
out of reach.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, TypeVar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any

#: Seconds after which a program counts as hung, where nobody says otherwise.
TIMEOUT = 180.0

_PIECE = 1 << 16
_KEPT = 4  # pieces: the end of what is printed
_GRACE = 2.0  # seconds for the last words, where something out of reach holds the pipe

_Asked = TypeVar("_Asked")
_Answer = TypeVar("_Answer")


class Run(NamedTuple):
    """How a program ended: exit status (None: it hung and was stopped) and the end of what it printed."""

    status: int | None
    output: str


class _Programs:
    """Those that run now."""

    def __init__(self) -> None:
        self.timeout = TIMEOUT
        self.stopped = False
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()

    def start(self, command: Sequence[str], **how: Any) -> subprocess.Popen[bytes]:
        with self._lock:
            if self.stopped:
                raise InterruptedError("stopped before it began")
            program = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, bufsize=0, start_new_session=True, **how
            )
            self._running.add(program)
            return program

    def end(self, program: subprocess.Popen[bytes]) -> None:
        """The program, and whatever it left behind."""
        _kill(program)
        program.wait()
        with self._lock:
            self._running.discard(program)

    def stop(self) -> None:
        with self._lock:
            self.stopped = True
            for program in self._running:
                _kill(program)


_programs = _Programs()


@contextlib.contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Until the block is left, a program that is given no time of its own has so many seconds."""
    before, _programs.timeout = _programs.timeout, seconds
    try:
        yield
    finally:
        _programs.timeout = before


def limit() -> float:
    """How many seconds those are."""
    return _programs.timeout


def run(
    command: Sequence[str],
    *,
    cwd: str | None = None,
    environ: Mapping[str, str] | None = None,
    timeout: float | None = None,
    errors: bool = True,
) -> Run:
    """Run a program to its end, or to that of its time; errors: keep what it prints on standard error too.

    timeout is in seconds; those of :func:`limited` if None. Raises OSError where it cannot be started.
    """
    stderr = subprocess.STDOUT if errors else subprocess.DEVNULL
    program = _started(command, cwd=cwd, env=environ, stderr=stderr)
    kept: deque[bytes] = deque(maxlen=_KEPT)
    reader = threading.Thread(target=_read, args=(program, kept), daemon=True)
    reader.start()
    # In a thread: a wait with a time is a loop that sleeps, up to 50 ms longer than the program runs.
    waiter = threading.Thread(target=program.wait, daemon=True)
    waiter.start()
    try:
        waiter.join(timeout or _programs.timeout)
        status = program.returncode
    finally:
        _programs.end(program)
        reader.join(_GRACE)
    return Run(status, b"".join(tuple(kept)).decode("utf-8", "replace"))


def in_turn(answer: Callable[[_Asked], _Answer], asked: Iterable[_Asked], at_a_time: int) -> Iterator[_Answer]:
    """The answers in their order, several being worked out at a time; whoever stops listening stops all programs."""
    _programs.stopped = False
    with ThreadPoolExecutor(max_workers=at_a_time) as pool:
        try:
            yield from pool.map(answer, asked)
        except BaseException:
            _programs.stop()
            raise


def _started(command: Sequence[str], **how: Any) -> subprocess.Popen[bytes]:
    """Start it where no signal is taken: between the start and our note of it, an exception would leave it behind."""
    if threading.current_thread() is not threading.main_thread():
        return _programs.start(command, **how)
    try:
        with ThreadPoolExecutor(max_workers=1) as pool:
            return pool.submit(_programs.start, command, **how).result()
    except OSError:
        raise
    except BaseException:
        _programs.stop()
        raise


def _read(program: subprocess.Popen[bytes], kept: deque[bytes]) -> None:
    assert program.stdout is not None  # noqa: S101  it is a pipe
    with program.stdout as pipe:
        while True:
            piece = pipe.read(_PIECE)
            if not piece:
                return
            if kept and len(kept[-1]) + len(piece) <= _PIECE:
                kept[-1] += piece
            else:
                kept.append(piece)


def _kill(program: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(OSError):
        if os.name == "posix":
            os.killpg(program.pid, signal.SIGKILL)
        else:
            program.kill()
