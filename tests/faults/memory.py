"""How much memory a command needs, told by itself: the kernel's count for children begins with their parent's size."""

from __future__ import annotations

#: Put at the end of a script; prints kilobytes on standard error, 0 where nobody counts.
TELL = """
try:
    with open("/proc/self/status") as counts:
        peak = next(line.split()[1] for line in counts if line.startswith("VmHWM"))
except OSError:
    peak = 0
print(peak, file=sys.stderr)
"""


def split(err: str) -> tuple[str, int]:
    """What else was on standard error, and the kilobytes."""
    rest, _, kilobytes = err.rstrip("\n").rpartition("\n")
    return rest, int(kilobytes)
