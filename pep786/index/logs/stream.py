"""The lines of a log, carried from one buffer to two outputs: shared ones in bulk, the others one by one.

What is shared of a buffer goes in one piece, as large as it can be: small ones, at any offset, cost the kernel more
than the moving.
"""

from __future__ import annotations

from .errors import LogError
from .lines import Verdict, unended

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .inputs import Source
    from .lines import Format
    from .outputs import Output

#: A line longer than this is broken. It is the size of the one buffer, whatever the size of the log.
LONGEST = 1 << 20


class Counts:
    """Totals, and nothing finer: a number by project or by country would name who opted out."""

    def __init__(self) -> None:
        self.lines = 0
        self.held = dict.fromkeys((Verdict.OPTED_OUT, Verdict.STATUS, Verdict.BROKEN), 0)
        self.unfinished = 0
        #: Where the first broken line is: a file's name and a line's number.
        self.first_broken: tuple[str, int] | None = None

    @property
    def shared(self) -> int:
        """How many lines went to the shared output."""
        return self.lines - sum(self.held.values())


class Filter:
    """One run over any number of logs.

    stop: a broken line ends it (LogError). live: a last line without its newline is left for a later run.
    """

    def __init__(
        self,
        form: Format,
        shared: Output,
        internal: Output,
        *,
        stop: bool = False,
        live: bool = False,
    ) -> None:
        self.counts = Counts()
        self._form, self._shared, self._internal = form, shared, internal
        self._stop, self._live = stop, live
        self._buffer = bytearray(LONGEST)
        self._view = memoryview(self._buffer)
        #: Whether what was read last ends in a line that fits into no buffer.
        self.inside = False
        #: Whether the internal output still ends in a piece of another log's line.
        self.behind_a_piece = False

    def carry(
        self,
        source: Source,
        offset: int,
        progress: Callable[[int], None],
        *,
        inside: bool = False,
        behind_a_piece: bool = False,
    ) -> None:
        """Carry every line of this source, which stands at offset.

        inside: in a line that fits into no buffer. behind_a_piece: the internal output ends in one of another log.
        progress(offset): so far all is written. It may raise: it is called with nothing pending.
        """
        self._source, self._first = source, self.counts.lines
        self.inside, self.behind_a_piece = inside, behind_a_piece
        self.counts.held[Verdict.BROKEN] += inside
        kept = 0
        while True:
            read = source.readinto(self._view[kept:])
            if not read:
                break
            end, past = kept + read, 0
            if self.inside:
                past = self._rest_of_overlong(end)
                offset += past
                end -= past
                self._view[:end] = self._buffer[past : past + end]
                kept = 0
            stop = self._buffer.rfind(b"\n", kept, end) + 1
            if stop:
                self._whole(stop)
            elif end == LONGEST:
                self._begin_overlong()
                stop = end
            kept = end - stop
            offset += stop
            self._view[:kept] = self._buffer[stop:end]
            if stop + past:
                progress(offset)
        self._last(kept)

    def _whole(self, stop: int) -> None:
        """Whole lines: those that are shared are moved together in the buffer."""
        lines, held = self._form.held(self._buffer, stop)
        for start, end, verdict in held:
            # Only the first one is told: to count the lines before each of many takes longer the more there are.
            if verdict is Verdict.BROKEN and (self._stop or self.counts.first_broken is None):
                self._broken(self._buffer.count(b"\n", 0, start))
            self._hold(self._view[start:end])
            self.counts.held[verdict] += 1
        shared = at = 0
        for start, end in [*((start, end) for start, end, _ in held), (stop, stop)]:
            size = start - at
            if at > shared:
                self._view[shared : shared + size] = self._view[at:start]
            shared += size
            at = end
        self._shared.write(self._view[:shared])
        self.counts.lines += lines

    def _begin_overlong(self) -> None:
        self._broken(0)
        self.counts.held[Verdict.BROKEN] += 1
        self.inside = True
        self._hold(self._view)

    def _rest_of_overlong(self, end: int) -> int:
        """Pass on what belongs to a line that fits into no buffer. Returns how much that was."""
        newline = self._buffer.find(b"\n", 0, end)
        stop = end if newline < 0 else newline + 1
        self._hold(self._view[:stop])
        if newline >= 0:
            self.inside = False
            self.counts.lines += 1
        return stop

    def _hold(self, data: bytes | memoryview) -> None:
        if self.behind_a_piece:
            self._internal.write(b"\n")
            self.behind_a_piece = False
        self._internal.write(data)

    def _last(self, size: int) -> None:
        """What is left at the end of a log: a line that has not been finished."""
        if self.inside:
            self.inside = False
            if self._live:
                self.counts.held[Verdict.BROKEN] -= 1
                self.counts.unfinished += 1
            else:
                self._hold(b"\n")
                self.counts.lines += 1
        if self._source.cut and not self._live:
            raise LogError(f"{self._source.name}: the compressed data end in their middle")
        if not size:
            return
        if self._live:
            self.counts.unfinished += 1
            return
        line = bytes(self._buffer[:size])
        verdict = Verdict.BROKEN if self._form.open_ended else self._form.judge(unended(line))
        if verdict is Verdict.BROKEN:
            self._broken(0)
        if verdict is not Verdict.SHARED:
            self.counts.held[verdict] += 1
        # With a newline: the next log's first line is another line.
        write = self._shared.write if verdict is Verdict.SHARED else self._hold
        write(line + b"\n")
        self.counts.lines += 1

    def _broken(self, before: int) -> None:
        """A broken line, so many lines into the buffer."""
        where = self._source.name, self.counts.lines - self._first + before + 1
        if self._stop:
            raise LogError(f"{where[0]}, line {where[1]}: not a line of this format, or longer than {LONGEST} bytes")
        self.counts.first_broken = self.counts.first_broken or where
