"""One run of the filter over files: what is opened, in which order things are settled, and what ends it."""

from __future__ import annotations

import contextlib
import os

from ...signals import Interrupted, taken, uninterrupted
from .errors import LogError
from .inputs import Source
from .outputs import Output
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
    apart([*names, output, internal])
    with outputs(Output(output), lambda: Output(internal, private=True)) as (shared, held), taken():
        run = Filter(form, shared, held, stop=stop)
        for name in names:
            with Source(name) as source:
                form.begin(b"")
                run.carry(source, 0, lambda _, source=source: progress(source))  # type: ignore[misc]
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

    apart([*names, output, internal])
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
        self._progress(self._source)
        if self._pending:
            self._state.save(*self._both)
            raise Interrupted(self._pending[0])
        # A compressed output is not cut into members where lines were left out: only at the end of a run.
        if not self._both[0].compressed and self._both[0].written - self._saved >= _CHECKPOINT:
            self._state.save(*self._both)
            self._saved = self._both[0].written


def apart(names: Sequence[str | None]) -> None:
    """No two of them may be the same file. Raises LogError."""
    seen = set()
    for name in names:
        path = name if name is None or name == "-" else os.path.realpath(name)
        if path in seen and path is not None and (name == "-" or not os.path.exists(path) or os.path.isfile(path)):
            if name == "-":
                continue  # standard input and standard output
            raise LogError(f"{name}: named twice", usage=True)
        seen.add(path)


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
