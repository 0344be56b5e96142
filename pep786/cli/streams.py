"""Standard streams that are there and take any text, however the process was started."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

# The wrong way round for the first two: to read from nowhere, or to answer nobody, is to be a fault and no silence.
_CLOSED = (("stdin", os.O_WRONLY, "r"), ("stdout", os.O_RDONLY, "w"), ("stderr", os.O_WRONLY, "w"))


def mend() -> None:
    """Put a stream where Python found its descriptor closed, and have standard output escape what it cannot encode.

    No file that a command opens gets the number of a standard stream then. A program that is started sees it closed
    as before: what is opened here is not inherited.
    """
    for name, flags, mode in _CLOSED:
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, flags), mode, encoding="utf-8", closefd=False))
    reconfigure = getattr(sys.stdout, "reconfigure", None)  # another's stand-in may have none
    if reconfigure:
        reconfigure(errors="backslashreplace")


def give_up() -> None:
    """Let what a standard stream cannot take go, so that Python does not try again at its end and exit with 120."""
    _let_go(sys.stdout)
    _let_go(sys.stderr)


def _let_go(stream: TextIO) -> None:
    try:
        stream.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
