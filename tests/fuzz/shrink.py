"""A find without what is not needed for it."""

from __future__ import annotations

import time
from typing import Callable

#: After so many seconds it is small enough.
_SECONDS = 20.0


def smallest(data: bytes, check: Callable[[bytes], object]) -> bytes:
    """The input with all taken out of it that leaves the same kind of exception; itself if it raises none."""
    kind = _raised(check, data)
    end = time.monotonic() + _SECONDS
    size = len(data) // 2
    while kind and size and time.monotonic() < end:
        at = 0
        while at < len(data) and time.monotonic() < end:
            less = data[:at] + data[at + size :]
            if _raised(check, less) == kind:
                data = less
            else:
                at += size
        size //= 2
    return data


def _raised(check: Callable[[bytes], object], data: bytes) -> tuple[str, int] | None:
    """The exception's kind, and the line of the oracle's that it came through."""
    try:
        check(data)
    except Exception as fault:
        trace = fault.__traceback__
        while trace and trace.tb_next and "fuzz" in trace.tb_next.tb_frame.f_code.co_filename:
            trace = trace.tb_next
        return type(fault).__name__, trace.tb_lineno if trace else 0
    return None
