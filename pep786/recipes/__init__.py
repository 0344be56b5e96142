"""How to set the variable for good, shell by shell and system by system: data for ``pep786 shell`` and for the docs.

Each place has its own syntax, its own file, and its own way to lose a variable between the person and pip. The lines
are run by tests/shell under the real program; :attr:`Recipe.tried` says where by less than that.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_WHAT = "Ask package indexes to leave me out of the analytics they share (PEP 786, draft)."


@dataclass(frozen=True)
class Recipe:
    """The lines for one place.

    name     what ``pep786 shell`` is asked for.    title  what people call it.
    where    the file that the lines go to.         put    the command that puts them there; "": by hand.
    once     the line for one command; PACKAGE stands for whatever is installed.
    lines    the lines for good, which can be pasted as they are.
    also     other lines to the same end: what they are for, and the lines.
    beware   sentences for the person, which are not part of the lines.
    shim     whether the lines put the shim in too.
    appended whether the lines go behind others: the first one is blank then, as a file may not end its last line.
    comment  what begins a comment there.
    tried    how far they were tried, where it was not under the real program.
    """

    name: str
    title: str
    where: str
    once: str
    lines: str
    put: str = ""
    also: tuple[tuple[str, str], ...] = ()
    beware: tuple[str, ...] = ()
    shim: bool = False
    appended: bool = False
    comment: str = "#"
    tried: str = ""

    @property
    def text(self) -> str:
        """All that can be pasted: the lines for good, and the others as comments."""
        before = [_WHAT, *_labelled("For one command", self.once)]
        for label, lines in self.also:
            before += _labelled(label, lines)
        comments = "".join(f"{self.comment} {line}".rstrip() + "\n" for line in [*before, "For good:"])
        return ("\n" if self.appended else "") + comments + self.lines

    def as_dict(self) -> dict[str, Any]:
        """Everything, ready for JSON."""
        also = [{"for": label, "lines": lines} for label, lines in self.also]
        return {**asdict(self), "also": also, "text": self.text}


def _labelled(label: str, lines: str) -> list[str]:
    return [f"{label}:", *(f"  {line}" for line in lines.splitlines())]


def recipes() -> dict[str, Recipe]:
    """Every recipe by its name, in the order in which they are listed."""
    from . import automation, services, shells

    return {recipe.name: recipe for module in (shells, services, automation) for recipe in module.RECIPES}
