"""What verify has to know of a tool, and the stage on which the tool runs for one clause."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass, field
from typing import Callable, Mapping, Sequence

from ..sandbox import user_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..distributions import Distribution
    from ..index import Index
    from ..sandbox import Sandbox
    from .clauses import Clause

_ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))

#: The command line of ``pep786 run`` for this very package, whether it is installed or not.
RUN = (
    sys.executable,
    "-c",
    f"import sys; sys.path.insert(0, {_ROOT!r}); from pep786.cli import main; sys.exit(main())",
    "run",
)


@dataclass(frozen=True)
class Tool:
    """One tool that was found or fetched.

    command  what starts it: the command line up to its own arguments.
    python   the interpreter that runs it, and its version; None and () where that cannot be seen.
    tier     as for :class:`pep786.verify.pip.Pip`, or "unknown" where the interpreter is.
    """

    name: str
    version: str
    command: tuple[str, ...]
    python: str | None
    tier: str
    python_version: tuple[int, ...] = ()

    @property
    def path(self) -> str:
        """Where it is, for a person to read."""
        return self.command[-1]

    @property
    def line(self) -> int:
        """The first number of its version; 0 when that is not known."""
        first = self.version.partition(".")[0]
        return int(first) if first.isdigit() else 0


class Stage:
    """A tool, a clause, a sandbox with a project in it, and an index that the tool is to be led to."""

    def __init__(self, driver: Driver, tool: Tool, clause: Clause, sandbox: Sandbox, index: Index) -> None:
        self.driver = driver
        self.tool = tool
        self.clause = clause
        self.sandbox = sandbox
        self.index = index
        self.wanted = clause.project

    @property
    def simple(self) -> str:
        """The URL of the index that the clause is about."""
        return self.index.url(self.clause.index)

    @property
    def python(self) -> str:
        """An interpreter for what the tool makes: the one that runs it, if that is known."""
        return self.tool.python or sys.executable

    @property
    def flags(self) -> list[str]:
        """The clause's flag, for a tool that takes it; else none, as ``pep786 run`` has it."""
        return [self.clause.flag] if self.clause.flag and self.driver.takes_flag else []

    def call(self, *arguments: str) -> list[str]:
        """The command line that has the tool do this."""
        before = [*RUN, self.clause.flag, "--"] if self.clause.flag and not self.driver.takes_flag else []
        return [*before, *self.tool.command, *arguments]

    def path(self, *parts: str) -> str:
        """A path below the sandbox, whose folder "project" the tool runs in and whose "home" is its home."""
        return os.path.join(self.sandbox.root, *parts)

    def write(self, name: str, text: str) -> None:
        """Write a file of the project; what the clause has for pyproject.toml goes in at its end."""
        if name == "pyproject.toml":
            text = f"{text}\n{self.clause.pyproject or ''}"
            if self.clause.key and self.driver.write_key is None:
                text += f"[tool.{self.driver.name}]\nno-analytics = true\n"
        self.sandbox.write(os.path.join("project", name), text)

    def write_user_file(self, text: str) -> None:
        """Write the person's own configuration file of the tool."""
        self.sandbox.write(user_file(self.driver.name, self.sandbox.environment()), text)

    def clear(self) -> None:
        """Empty the project; homes and caches stay."""
        shutil.rmtree(self.sandbox.project)
        os.mkdir(self.sandbox.project)


def _nothing(stage: Stage) -> None:
    """Nothing to lay out."""


@dataclass(frozen=True)
class Driver:
    """How one tool is led to the loopback index: all that verify knows of it.

    name         the command.
    commands     what to run, in this order, each to end with 0; see :meth:`Stage.call`.
    lay_out      writes the project, and the configuration that leads the tool to the index.
    distribution the name under which a registry has it,
    script       what starts it, and
    module       its import name, which its adapter has too, each where it is not the command.
    native       the module that a release has which supports the PEP itself (patches/); "": none is known.
    wrapped      whether it is no Python program, so that only ``pep786 run`` can put the shim in.
    constraints  what a fresh install must keep to, by the first number of the version.
    takes_flag   whether it takes the flags itself (with the shim); if not, ``pep786 run`` does.
    write_key    writes ``no-analytics = true`` where the tool bears it, after lay_out; None: pyproject.toml has a
                 table of the tool's name for it.
    cannot       what clauses may be about (``Clause.aspect``) that this tool does not have, and why.
    not_here     why a tool that was found cannot be led to the index; None: it can.
    variables    of the tool's own, to lead it to the index and keep it there; ``{project}`` is the project's folder.
    needs        beginnings of file names that must be among what was fetched, by the clause's project.
    offers       more for the index to offer, or other files under the same names.
    """

    name: str
    commands: Callable[[Stage], list[list[str]]]
    lay_out: Callable[[Stage], None] = _nothing
    distribution: str = ""
    script: str = ""
    module: str = ""
    native: str = ""
    wrapped: bool = False
    constraints: Mapping[str, Sequence[str]] = field(default_factory=dict)
    takes_flag: bool = False
    write_key: Callable[[Stage], None] | None = None
    cannot: Mapping[str, str] = field(default_factory=dict)
    not_here: Callable[[Tool], str | None] = lambda tool: None  # noqa: ARG005
    variables: Mapping[str, str] = field(default_factory=dict)
    needs: Mapping[str, tuple[str, ...]] = field(
        default_factory=lambda: {
            "demo-wheel": ("demo_wheel", "demo_dependency"),
            "demo-sdist": ("demo_sdist", "demo_backend", "demo_extra"),
        }
    )
    offers: tuple[Distribution, ...] = ()

    @property
    def project(self) -> str:
        """The name under which a registry has it."""
        return self.distribution or self.name

    @property
    def start(self) -> str:
        """The name of the script that starts it."""
        return self.script or self.name

    @property
    def package(self) -> str:
        """Its import name."""
        return self.module or self.name.replace("-", "_")

    def limits(self, version: str) -> Sequence[str]:
        """What a fresh install of this version must keep to."""
        return self.constraints.get(version.partition(".")[0], ())
