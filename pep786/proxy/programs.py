"""The table of programs that need the proxy, and how their own connections are told from their children's."""

from __future__ import annotations

from ..children import commands


class Program:
    """A program that the proxy signs for.

    tool      whose configuration decides, as :func:`pep786.resolver.resolve` names it.
    agents    how the User-Agent of its own requests begins, the CONNECT among them: what begins otherwise
              comes from a program that it started, and is left alone.
    """

    __slots__ = ("agents", "tool")

    def __init__(self, tool: str, *agents: str) -> None:
        self.tool = tool
        self.agents = agents


#: Console names. rye has a uv do its downloads. maturin is not here: it only uploads.
PROGRAMS = {
    "uv": Program("uv", "uv/"),
    "uvx": Program("uv", "uv/"),
    "rye": Program("rye", "uv/"),
    "pixi": Program("pixi", "pixi/", "rattler", "uv/"),
}


def of(command: list[str]) -> Program | None:
    """The entry of the program that a command line starts, by its name, its path, or ``python -m``; None if none."""
    return PROGRAMS.get(commands.started(command))
