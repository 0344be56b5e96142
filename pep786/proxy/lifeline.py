"""A process that outlives this one, and whatever this one becomes, and then tidies up.

It holds the reading end of a pipe; the writing end is inherited across exec and by what is started from there. When
the last of them has ended the pipe is at its end. ``kill -9`` of the command is no exception, and a daemon that was
started and goes on keeps the pipe open as long as it lives.

    lifeline.remove_after(["/tmp/.../uv.toml", "/tmp/..."])
    os.execvpe(...)
"""

from __future__ import annotations

import os
import signal
from contextlib import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, Iterable


def remove_after(paths: Iterable[str]) -> None:
    """Have the files and the then empty folders removed, in this order, once the command has ended.

    On Windows, where a process becomes no other, that is when this one ends.
    """
    doomed = list(paths)

    def tidy_up(pipe: int) -> None:
        wait(pipe)
        remove(doomed)

    if doomed and os.name == "nt":
        import atexit

        atexit.register(remove, doomed)
    elif doomed:
        detach(tidy_up)


def detach(work: Callable[[int], None]) -> None:
    """Call work with the reading end of the pipe, in a process of its own session that nobody waits for.

    It keeps no file of ours open but the pipe, so that nothing that reads our output waits for it, and it works in
    the root folder.
    """
    reading, writing = os.pipe()
    os.set_inheritable(writing, True)
    middle = os.fork()
    if middle == 0:
        try:
            os.setsid()
            if os.fork() == 0:
                _let_go(reading)
                work(reading)
        finally:
            os._exit(0)
    os.close(reading)
    os.waitpid(middle, 0)


def wait(pipe: int) -> None:
    """Return when the pipe is at its end."""
    while os.read(pipe, 4096):
        pass


def remove(paths: Iterable[str]) -> None:
    """Remove the files and the empty folders, in this order, as far as they are there."""
    for path in paths:
        with suppress(OSError):
            if os.path.isdir(path) and not os.path.islink(path):
                os.rmdir(path)
            else:
                os.unlink(path)


def _let_go(pipe: int) -> None:
    """Close everything but the pipe, and go where no folder is kept busy."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    limit = os.sysconf("SC_OPEN_MAX")
    os.closerange(3, pipe)
    os.closerange(pipe + 1, limit if 0 < limit < 65536 else 65536)
    os.chdir("/")
