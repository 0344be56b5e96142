"""The one error of the log filter."""

from __future__ import annotations


class LogError(Exception):
    """What keeps a log from being filtered, as one line for people. usage: the command was wrong, not the log."""

    def __init__(self, message: str, *, usage: bool = False) -> None:
        super().__init__(message)
        self.usage = usage
