"""One change to the bytes of a file, small enough to be shown, remembered and taken back."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

#: Windows editors put it before the first line.
BOM = b"\xef\xbb\xbf"


class Edit:
    """At an offset, these bytes were replaced by those; whole lines, so that the change can be found again.

    was is the value that stood there before, as it was written; None where there was none.
    """

    __slots__ = ("at", "inserted", "removed", "was")

    def __init__(self, at: int, removed: bytes, inserted: bytes, was: str | None = None) -> None:
        self.at = at
        self.removed = removed
        self.inserted = inserted
        self.was = was

    def apply(self, data: bytes) -> bytes:
        """The bytes after the change."""
        return data[: self.at] + self.inserted + data[self.at + len(self.removed) :]

    def reverse(self, data: bytes) -> bytes:
        """The bytes before the change, of exactly those that :meth:`apply` returned."""
        return Edit(self.at, self.inserted, self.removed).apply(data)

    def reverse_elsewhere(self, data: bytes) -> bytes | None:
        """The same where other things changed since: None unless what was inserted stands there once, in whole."""
        if not self.inserted.strip() or data.count(self.inserted) != 1:
            return None
        return data.replace(self.inserted, self.removed)


def between(before: bytes, after: bytes) -> Edit:
    """The change from one to the other, in whole lines."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    start = _common(old, new)
    end = min(_common(old[::-1], new[::-1]), min(len(old), len(new)) - start)
    at = len(b"".join(old[:start]))
    return Edit(at, b"".join(old[start : len(old) - end]), b"".join(new[start : len(new) - end]))


def line_end(data: bytes) -> bytes:
    """How the file ends its lines: as its first line ends."""
    first = data.splitlines(keepends=True)[:1]
    for end in (b"\r\n", b"\n", b"\r"):
        if first and first[0].endswith(end):
            return end
    return b"\n"


def ends_line(data: bytes) -> bool:
    """Whether what follows these bytes begins a line."""
    return data in (b"", BOM) or data.endswith((b"\n", b"\r"))


def at_the_end(data: bytes, lines: list[bytes]) -> Edit:
    """Lines of their own, behind all there is and a blank line."""
    end = line_end(data)
    lead = b"" if data in (b"", BOM) else end if ends_line(data) else end + end
    if data.endswith(end + end):
        lead = b""
    return Edit(len(data), b"", lead + b"".join(line + end for line in lines))


def after_line(data: bytes, at: int, line: bytes) -> Edit:
    """One line more at the offset where a line ended; the last line of a file that ends without one stays such."""
    end = line_end(data)
    return Edit(at, b"", line + end if ends_line(data[:at]) else end + line)


def first_that_holds(data: bytes, candidates: list[Callable[[], Edit]], holds: Callable[[bytes], bool]) -> Edit | None:
    """The first candidate whose outcome is what was meant, as the judge sees it; None: none is."""
    for candidate in candidates:
        edit = candidate()
        if holds(edit.apply(data)):
            return edit
    return None


def _common(one: list[bytes], other: list[bytes]) -> int:
    count = 0
    for left, right in zip(one, other):
        if left != right:
            break
        count += 1
    return count
