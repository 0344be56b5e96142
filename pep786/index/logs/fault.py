"""The one error of the log filter."""

from __future__ import annotations


class LogFault(Exception):  # noqa: N818  a fault of the log, or of the command line
    """What keeps a log from being filtered, as one line for people. usage: the command was wrong, not the log."""

    def __init__(self, message: str, *, usage: bool = False) -> None:
        super().__init__(message)
        self.usage = usage
