"""What may be wrong with one file; the others go on."""

from __future__ import annotations


class OptOutError(Exception):
    """One file cannot be read, edited or written: one sentence for a person, without the path.

    denied says that it is a matter of permissions, which another user may have.
    """

    def __init__(self, reason: str, *, denied: bool = False) -> None:
        super().__init__(reason)
        self.denied = denied
