"""What a system says of itself, by the switch that it has of its own."""

from __future__ import annotations


class Said:
    """text: what the system's own switch says now, for a person; allowed: the person said yes there, in so many words.

    A default, or what the system wrote by itself, is nobody's choice.
    """

    __slots__ = ("allowed", "text")

    def __init__(self, text: str, *, allowed: bool = False) -> None:
        self.text = text
        self.allowed = allowed

    def __repr__(self) -> str:
        return f"Said({self.text!r}, allowed={self.allowed!r})"
