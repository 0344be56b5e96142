"""What a log line can be, and the interface of a format."""

from __future__ import annotations

import enum
from typing import Tuple


class Verdict(enum.Enum):
    """What becomes of a line. Only SHARED ones leave the house."""

    SHARED = "shared"
    OPTED_OUT = "opted out"
    STATUS = "of another status"
    BROKEN = "broken"


#: Where a line that is not shared begins and ends (its newline included), and why it is not.
Held = Tuple[int, int, Verdict]


class Format:
    """How a line is read. Each line is judged by itself: what stands beside it changes nothing."""

    #: Whether a line cut short could be taken for a whole one: the User-Agent is last, and nothing closes it.
    open_ended = False

    def begin(self, head: bytes) -> None:
        """A new file begins; head is its beginning (for the formats that tell their columns there)."""

    def remark(self) -> str:
        """What a person should know after the lines were judged, in one line; mostly nothing."""
        return ""

    def judge(self, line: bytes) -> Verdict:
        """The verdict on one line, given without its line ending."""
        raise NotImplementedError

    def held(self, buffer: bytearray, stop: int) -> tuple[int, list[Held]]:
        """How many lines ``buffer[:stop]`` has, and those that are not shared, in their order.

        ``buffer[:stop]`` is whole lines, each with its newline.
        """
        found: list[Held] = []
        start = 0
        lines = bytes(memoryview(buffer)[: stop - 1]).split(b"\n")
        for line in lines:
            end = start + len(line) + 1
            verdict = self.judge(unended(line))
            if verdict is not Verdict.SHARED:
                found.append((start, end, verdict))
            start = end
        return len(lines), found


def unended(line: bytes) -> bytes:
    """The line without the CR of a CRLF: no field value holds one (RFC 9110 section 5.5)."""
    return line[:-1] if line.endswith(b"\r") else line
