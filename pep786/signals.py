"""What ends a command from outside, in good order: held back for a while, or taken as an exception."""

from __future__ import annotations

import contextlib
import signal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

#: By which a person, a service manager or a closing terminal ends a command.
ENDING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


class Interrupted(BaseException):
    """One of them came; the exit status says which, as a shell has it."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number
        self.status = 128 + number


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """They wait until the block is left. Keep it short; Windows has no such thing."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def taken(*, later: bool = False) -> Iterator[list[int]]:
    """They raise :class:`Interrupted`: at once, or the first is only put into the list, and a second one raises."""
    pending: list[int] = []

    def take(number: int, _: FrameType | None) -> None:
        pending.append(number)
        if not later or len(pending) > 1:
            raise Interrupted(number)

    try:
        # One that is ignored (nohup) stays ignored.
        before = {
            number: signal.signal(number, take) for number in ENDING if signal.getsignal(number) != signal.SIG_IGN
        }
    except ValueError:  # not the main thread
        before = {}
    try:
        yield pending
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
