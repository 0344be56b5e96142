"""What was decided, and by whom: plain data, with nothing imported but a lock.

A :class:`Decision` is the answer, a :class:`Setting` one place that had a say.
"""

from __future__ import annotations

from _thread import RLock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any, Literal, NoReturn

    Source = Literal["flag", "environment", "config", "default"]
    Scope = Literal["project", "named", "site", "user", "global"]

#: The words for no in a setting, in any case: pip's own (_internal/utils/misc.py, strtobool).
NO = ("0", "no", "n", "false", "f", "off")


def says_no(word: str) -> bool:
    """Whether the value of a variable of ours is one of the words for no, blanks around it or not."""
    return word.strip().lower() in NO


class Setting:
    """One place where the preference was written, or a file that could not be read.

    source     "flag", "environment" or "config".
    opted_out  what it says; None when it says nothing (an unreadable file: only a warning).
    origin     what to tell a person: ``PIP_NO_ANALYTICS``, ``~/.config/pip/pip.conf [global] no-analytics``.
    value      the value as it was written.
    scope      of a file: "project" (comes with a checkout), "named" (a variable names it), "site"
               (the virtual environment), "user", "global" (the machine). None outside files.
    file       its path; section and key within it; line, counted from 1. None where unknown.
    warning    one sentence for the person, None when there is nothing to say.
    """

    # In the order in which they are told.
    __slots__ = (  # noqa: RUF023
        "source",
        "opted_out",
        "origin",
        "value",
        "scope",
        "file",
        "section",
        "key",
        "line",
        "warning",
    )

    def __init__(
        self,
        source: Source,
        opted_out: bool | None,
        origin: str,
        value: str = "",
        *,
        scope: Scope | None = None,
        file: str | None = None,
        section: str | None = None,
        key: str | None = None,
        line: int | None = None,
        warning: str | None = None,
    ) -> None:
        self.source: Source = source
        self.opted_out = opted_out
        self.origin = origin
        self.value = value
        self.scope = scope
        self.file = file
        self.section = section
        self.key = key
        self.line = line
        self.warning = warning

    def as_dict(self) -> dict[str, Any]:
        """Every field by name, ready for JSON."""
        return {name: getattr(self, name) for name in self.__slots__}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Setting) and self.as_dict() == other.as_dict()

    def __hash__(self) -> int:
        return hash((self.source, self.opted_out, self.origin, self.value))

    def __repr__(self) -> str:
        return f"Setting({self.source!r}, {self.opted_out!r}, {self.origin!r}, {self.value!r})"


class Decision:
    """Whether to send the preference, who decided it, and what was overruled. Immutable; true when opted out.

    opted_out  the answer.
    source     "flag", "environment", "config" or "default" (PEP 786, "Command Line Flag": in that order).
    origin     what to tell a person; "nothing is set" when source is "default".

    Only what it took to decide is read at first. :attr:`considered` reads on, once, when it is asked for:
    telling everything costs more than deciding, and most callers only decide.
    """

    __slots__ = ("_found", "_reading", "_unread", "opted_out", "origin", "source")

    opted_out: bool
    source: Source
    origin: str
    _found: list[Setting]
    _reading: RLock
    _unread: Iterator[Setting]

    def __init__(self, found: Iterable[Setting], unread: Iterable[Setting] = ()) -> None:
        """found: settings strongest first, and the first that says anything decides; unread: weaker ones, on demand."""
        settings = list(found)
        decisive = next((setting for setting in settings if setting.opted_out is not None), None)
        keep = object.__setattr__
        keep(self, "opted_out", bool(decisive and decisive.opted_out))
        keep(self, "source", decisive.source if decisive else "default")
        keep(self, "origin", decisive.origin if decisive else "nothing is set")
        keep(self, "_found", settings)
        keep(self, "_reading", RLock())
        keep(self, "_unread", iter(unread))

    @property
    def considered(self) -> tuple[Setting, ...]:
        """Every setting that was found, strongest first, the deciding one among them."""
        with self._reading:
            self._found.extend(self._unread)
            return tuple(self._found)

    @property
    def overridden(self) -> tuple[Setting, ...]:
        """The settings that had something to say and were not the one that decided."""
        speaking = [setting for setting in self.considered if setting.opted_out is not None]
        return tuple(speaking[1:])

    @property
    def warnings(self) -> tuple[str, ...]:
        """One sentence for each thing a person should mend, without repetition."""
        return tuple(dict.fromkeys(setting.warning for setting in self.considered if setting.warning))

    def as_dict(self) -> dict[str, Any]:
        """The decision and all it considered, ready for JSON."""
        return {
            "opted_out": self.opted_out,
            "source": self.source,
            "origin": self.origin,
            "considered": [setting.as_dict() for setting in self.considered],
            "warnings": list(self.warnings),
        }

    def __bool__(self) -> bool:
        return self.opted_out

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a Decision does not change: {name}")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"a Decision does not change: {name}")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Decision) and self.considered == other.considered

    def __hash__(self) -> int:
        return hash((self.opted_out, self.source, self.origin))

    def __repr__(self) -> str:
        return f"Decision(opted_out={self.opted_out}, source={self.source!r}, origin={self.origin!r})"

    def __reduce__(self) -> tuple[type[Decision], tuple[tuple[Setting, ...]]]:
        return Decision, (self.considered,)
