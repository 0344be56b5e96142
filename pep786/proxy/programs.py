"""The table of programs that need the proxy, and how their own connections are told from their children's."""

from __future__ import annotations

from ..children import commands

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .uv_options import Line


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


#: Console names. rye and maturin have a uv do their downloads (``maturin develop --uv``); what they send themselves
#: is no index's. Released uvs and a released maturin are run by the tests. rye and pixi never were: there are only
#: stand-ins, which name themselves in CONNECT as the sources of rattler and pixi have it.
PROGRAMS = {
    "uv": Program("uv", "uv/"),
    "uvx": Program("uv", "uv/"),
    "maturin": Program("maturin", "uv/"),
    "rye": Program("rye", "uv/"),
    "pixi": Program("pixi", "pixi/", "rattler", "uv/"),
}

#: Commands of uv that ask no index for anything: they are given no proxy, and meet the servers' own certificates.
_ASK_NO_INDEX = frozenset(("cache", "generate-shell-completion", "help", "python", "self"))


def of(command: list[str]) -> Program | None:
    """The entry of the program that a command line starts, by its name, its path, or ``python -m``; None if none."""
    return PROGRAMS.get(commands.started(command))


def asks_an_index(line: Line) -> bool:
    """Whether a command of uv may fetch from an index; Pythons come from elsewhere."""
    return not line.words or line.words[0] not in _ASK_NO_INDEX
