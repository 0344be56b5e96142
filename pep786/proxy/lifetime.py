"""How long things last: what is beside the program that is run, and the files that are gone when it has ended.

The program takes the place of this process (exec), so that its status and its signals are its own. What goes
beside it is a grandchild in a session of its own, where no Ctrl-C arrives, and knows by a descriptor when the
program has ended: a pidfd, or where there is none a pipe, which the program inherits and never reads. A pipe goes to
what the program starts, too, and tells when the last of them has ended; ``kill -9`` is no exception to either.

    lifetime.Beside(folder).start(work)                              the proxy
    lifetime.remove_after(["/tmp/.../uv.toml", "/tmp/..."])          files only
    os.execvpe(...)
"""

from __future__ import annotations

import os
import select
import signal
import sys
from contextlib import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Iterable, Optional, Tuple

    _Work = Callable[[int, Callable[[], None]], None]
    _Lines = Tuple[int, Optional[int]]

_MAX_FILES = 1 << 16
_LEFT_ALONE = ("SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGTSTP", "SIGPIPE")


class Beside:
    """A process that stays beside this one, whatever program it becomes.

    folder       of plain files, which is made there, where no signal to this process arrives, and is removed at the
                 end, by whichever of two processes is still there.
    paths        are removed likewise, see :func:`remove`.
    descendants  whether the end is that of all that the program started, where they keep the pipe.
    """

    def __init__(self, folder: str = "", *, paths: Iterable[str] = (), descendants: bool = False) -> None:
        self.folder = folder
        self.paths = list(paths)
        self._ended, self._held = _end_of_the_descendants() if descendants else _end_of_this_process()

    def start(self, work: _Work | None = None, keep: tuple[int, ...] = ()) -> None:
        """Have work done there, and wait until it says that it is ready.

        work  is called with a descriptor that is readable when the program has ended, and with what says that it
              is ready. Where it raises before that, so does this: RuntimeError. Without it the end is waited for.
        keep  the descriptors that work needs.
        """
        reading, writing = os.pipe()
        first = os.fork()
        if not first:
            os.close(reading)
            _begin(self, work, writing, keep)
        os.close(writing)
        _wait_for(first)
        with open(reading, "rb") as answer:
            said = answer.read()
        if said != b"ready":
            raise RuntimeError(said.decode("utf-8", "replace") or "it ended")

    def lines(self) -> tuple[int, int | None]:
        """The descriptor that tells the end, and the one that has to stay open in the program."""
        return self._ended, self._held

    def tidy_up(self) -> None:
        """Remove what is to be gone at the end."""
        if self.folder:
            with suppress(OSError):
                remove([*(os.path.join(self.folder, name) for name in os.listdir(self.folder)), self.folder])
        remove(self.paths)


def remove_after(paths: Iterable[str]) -> None:
    """Have files and the then empty folders removed, in this order, once the command and all it started have ended.

    On Windows, where a process becomes no other, that is when this one ends. Raises OSError and RuntimeError.
    """
    doomed = list(paths)
    if doomed and os.name == "nt":
        import atexit

        atexit.register(remove, doomed)
    elif doomed:
        Beside(paths=doomed, descendants=True).start()


def remove(paths: Iterable[str]) -> None:
    """Remove the files and the empty folders, in this order, as far as they are there and ours."""
    for path in paths:
        with suppress(OSError):
            if os.path.isdir(path) and not os.path.islink(path):
                os.rmdir(path)
            else:
                os.unlink(path)


def _end_of_this_process() -> _Lines:
    if sys.version_info >= (3, 9) and sys.platform == "linux":
        try:
            return os.pidfd_open(os.getpid()), None
        except OSError:  # an old kernel, or one that does not let us
            pass
    return _end_of_the_descendants()


def _end_of_the_descendants() -> _Lines:
    ended, held = os.pipe()
    os.set_inheritable(held, True)
    return ended, held


def _begin(beside: Beside, work: _Work | None, writing: int, keep: tuple[int, ...]) -> None:
    """In the first child: let go of everything, and become a process that cleans up, with another where there is work.

    Both have tidied up when they end; the one that works is asked to by SIGTERM.
    """
    status = 1
    try:
        if os.fork():
            os._exit(0)
        ended, held = beside.lines()
        os.setsid()
        os.chdir("/")
        _let_go({ended, writing, *keep} - {held})
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for name in _LEFT_ALONE:
            signal.signal(getattr(signal, name), signal.SIG_IGN)
        _make(beside.folder, writing)
        worker = os.fork() if work else None
        if worker:
            _let_go(set())
            _wait_for(worker)
        elif work:
            _work(work, ended, writing)
        else:
            os.write(writing, b"ready")
            os.close(writing)
            select.select([ended], [], [])
        status = 0
    finally:
        beside.tidy_up()
        os._exit(status)


def _wait_for(process: int) -> None:
    with suppress(ChildProcessError):  # whoever started us ignores SIGCHLD, and so do we
        os.waitpid(process, 0)


def _work(work: _Work, ended: int, writing: int) -> None:
    said = False

    def say(what: bytes) -> None:
        nonlocal said
        if not said:
            said = True
            os.write(writing, what)
            os.close(writing)

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        work(ended, lambda: say(b"ready"))
    except Exception as fault:
        say(f"{type(fault).__name__}: {fault}".encode())
        raise


def _let_go(keep: set[int]) -> None:
    """Close what was inherited but these, and have nothing to read from or to say anything to."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)
    limit = min(os.sysconf("SC_OPEN_MAX"), _MAX_FILES)
    start = 3
    for descriptor in [*sorted(one for one in keep if one > 2), limit]:
        os.closerange(start, descriptor)
        start = descriptor + 1


def new_folder() -> str:
    """A path for a new folder for temporary files."""
    place = next((os.environ[name] for name in ("TMPDIR", "TEMP", "TMP") if os.environ.get(name)), "/tmp")  # noqa: S108
    return os.path.join(os.path.abspath(place), f"pep786-{os.urandom(8).hex()}")


def _make(folder: str, writing: int) -> None:
    """Make the folder, which others may look into. Says why it cannot, and raises OSError."""
    if not folder:
        return
    try:
        os.mkdir(folder)
        os.chmod(folder, 0o755)  # noqa: S103  children under sudo read what is in it
    except OSError as fault:
        os.write(writing, f"no temporary folder: {fault.strerror}".encode())
        raise
