"""One run of the filter over files: what is opened, in which order things are settled, and what ends it."""

from __future__ import annotations

import contextlib
import os
import sys

from ...signals import Interrupted, taken, uninterrupted
from .errors import LogError
from .inputs import Source
from .outputs import Output, is_stream
from .stream import Filter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from .lines import Format
    from .resume import State
    from .stream import Counts

# After so many bytes of shared lines a run that can be resumed remembers how far it is.
_CHECKPOINT = 1 << 28


def filter_logs(
    names: Sequence[str],
    form: Format,
    output: str,
    internal: str | None = None,
    *,
    stop: bool = False,
    progress: Callable[[Source], None] = lambda _: None,
) -> Counts:
    """Write what may be shared of these logs to output, and the rest to internal. ``-`` is standard input or output.

    Raises LogError and OSError; then, and when interrupted, the outputs are what they were before.
    """
    apart(names, output, internal)
    with outputs(Output(output), lambda: Output(internal, private=True)) as (shared, held), taken():

        def carried(_: int) -> None:
            shared.pass_on()
            held.pass_on()
            progress(source)

        run = Filter(form, shared, held, stop=stop)
        for name in names:
            with Source(name) as source:
                form.begin(b"")
                run.carry(source, 0, carried)
        settled(held, shared)
    return run.counts


def resume_logs(
    names: Sequence[str],
    form: Format,
    output: str,
    internal: str | None = None,
    *,
    settings: str,
    stop: bool = False,
    progress: Callable[[Source], None] = lambda _: None,
) -> Counts:
    """The same, but of what has not been written by an earlier run, behind what has.

    Raises LogError, OSError and Interrupted; the outputs are what they were before, and what was done so far
    is kept beside them for the next run.
    """
    from .resume import State

    apart(names, output, internal)
    state = State(output, settings)
    first = Output(output, part=f"{os.path.realpath(output)}.part")

    def second() -> Output:
        return Output(internal, private=True, part=internal and f"{os.path.realpath(internal)}.part")

    with outputs(first, second) as (shared, held), taken(later=True) as pending:
        state.restore(shared, held)
        run = Filter(form, shared, held, stop=stop, live=True)
        for name in names:
            with Source(name) as source:
                log = state.log(source, names)
                if not source.skip(log["offset"]):
                    raise LogError(f"{name}: shorter than what was read of it; remove {state.path} to start over")
                form.begin(source.beginning(1 << 16) if log["offset"] else b"")
                carried = _Carried(state, log, source, run, (shared, held), pending=pending, progress=progress)
                where = {"inside": bool(log["inside"]), "behind_a_piece": state.is_behind_a_piece(log)}
                run.carry(source, log["offset"], carried.settled, **where)
        state.forget()
        state.save(shared, held)
        settled(held, shared)
    return run.counts


def settled(held: Output, shared: Output) -> None:
    """Let both outputs be what was written, and not only one of them. Raises OSError."""
    with uninterrupted():
        held.commit()
        shared.commit()


class _Carried:
    """How far one log is, and when that has to be remembered."""

    def __init__(
        self,
        state: State,
        log: dict[str, Any],
        source: Source,
        run: Filter,
        both: tuple[Output, Output],
        *,
        pending: list[int],
        progress: Callable[[Source], None],
    ) -> None:
        self._state, self._log, self._source, self._run = state, log, source, run
        self._both, self._pending, self._progress = both, pending, progress
        self._saved = both[0].written

    def settled(self, offset: int) -> None:
        """So far all is written. Raises Interrupted when a signal came, with all of it remembered."""
        self._state.advance(self._log, offset, self._source, inside=self._run.inside)
        if not self._run.behind_a_piece:
            self._state.left_pieces(self._log)
        for output in self._both:
            output.pass_on()
        self._progress(self._source)
        if self._pending:
            self._state.save(*self._both)
            raise Interrupted(self._pending[0])
        # A compressed output is not cut into members where lines were left out: only at the end of a run.
        if not self._both[0].compressed and self._both[0].written - self._saved >= _CHECKPOINT:
            self._state.save(*self._both)
            self._saved = self._both[0].written


def apart(names: Sequence[str], output: str, internal: str | None) -> None:
    """No two of the logs and the outputs may be the same file, nor both outputs the same pipe. Raises LogError."""
    seen = set()
    for name in [*names, output, internal]:
        if name is None or name == "-" or is_stream(name):
            continue
        path = os.path.realpath(name)
        if path in seen:
            raise LogError(f"{name}: named twice", usage=True)
        seen.add(path)
    if internal is not None and _is_one_stream(output, internal):
        raise LogError(f"--internal {internal}: that is where the shared lines go", usage=True)


def _is_one_stream(output: str, internal: str) -> bool:
    """Whether both names are of one pipe or terminal, where nobody could tell the lines apart."""
    if not is_stream(output) or not is_stream(internal):
        return False
    if output == internal == "-":
        return True
    try:
        one, other = (os.fstat(sys.stdout.fileno()) if name == "-" else os.stat(name) for name in (output, internal))
        return os.path.samestat(one, other) and not os.path.samestat(one, os.stat(os.devnull))
    except (OSError, AttributeError):  # standard output is closed, or nothing that has a number
        return False


@contextlib.contextmanager
def outputs(first: Output, second: Callable[[], Output]) -> Iterator[tuple[Output, Output]]:
    """Both, abandoned unless they were committed."""
    try:
        other = second()
        try:
            yield first, other
        finally:
            other.abandon()
    finally:
        first.abandon()
