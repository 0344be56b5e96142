"""One case: a situation of a tool, and what has to follow. conformance/cases/README.md says what each key means."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Mapping

FLAGS = ("--no-analytics", "--analytics")
SUFFIX = " (no-analytics)"


@dataclass(frozen=True)
class Unsigned:
    """A request as it would be without the preference, and who makes it ("": the tool itself)."""

    method: str = "GET"
    url: str = ""
    prefer: str | None = None
    user_agent: str = "tool/1.0"
    by: str = ""


@dataclass(frozen=True)
class Expected:
    """What is decided, by what, and the two fields of a request that follow. ``prefer`` is None where none is sent."""

    opted_out: bool
    source: str
    user_agent: str
    origin: str = ""
    prefer: str | None = None
    warning: bool = False


@dataclass(frozen=True)
class Case:
    """A case as it stands in its file, with what is missing there filled in.

    tool  whose own files it is about, and so the file it stands in; "" for every tool.
    """

    id: str
    name: str
    section: str
    expect: Expected
    rule: str = ""
    tool: str = ""
    tried_on: tuple[str, ...] = ()
    extension: bool = False
    except_native: str = ""
    platform: str = ""
    wire: bool = True
    environment: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    command: str = ""
    before: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    requirement: str = "demo-wheel"
    index: str = ""
    runs: int = 1
    request: Unsigned = Unsigned()

    @property
    def opted_out(self) -> bool:
        """Whether every request has to carry the preference; if not, none may."""
        return self.expect.opted_out

    @property
    def suffix(self) -> bool:
        """Whether the User-Agent suffix is expected beside the header."""
        return self.expect.user_agent.endswith(SUFFIX)

    @property
    def flags(self) -> tuple[str, ...]:
        """The flags of the draft among the arguments, in their order: the last one decides."""
        return tuple(argument for argument in (*self.before, *self.arguments) if argument in FLAGS)

    @property
    def native(self) -> bool:
        """Whether a tool that supports the draft itself has to meet it."""
        return not self.extension and not self.except_native

    @property
    def path(self) -> str:
        """The path of the page, at the loopback index, that the tool is led to."""
        return f"/{self.index}/simple/" if self.index else "/simple/"

    @property
    def aspects(self) -> frozenset[str]:
        """What a tool must have for this to be asked of it."""
        asked = {
            "flag": bool(self.flags),
            "key": any("{own_file}" in name for name in self.files),
            "pyproject": any(name.endswith("/pyproject.toml") for name in self.files),
            "build": self.requirement != "demo-wheel",
            "redirects": self.index == "redirected",
            "cache": self.runs > 1,
        }
        return frozenset(name for name, is_asked in asked.items() if is_asked)
