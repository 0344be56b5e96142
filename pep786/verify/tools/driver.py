"""What verify has to know of a tool, and the stage on which the tool runs for one case."""

from __future__ import annotations

import os
import re
import shutil
import sys
from dataclasses import dataclass, field
from typing import Callable, Mapping, Sequence

from .. import places
from ..cases import built_in
from ..distributions import NEEDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..cases import Case, Own
    from ..distributions import Distribution
    from ..index import Index
    from ..sandbox import Sandbox

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
    tier     as for :class:`pep786.verify.pip.Pip`, "unknown" where the interpreter is, or "described".
    driver   how it is led to the index; None: the file of its name says it.
    """

    name: str
    version: str
    command: tuple[str, ...]
    python: str | None
    tier: str
    python_version: tuple[int, ...] = ()
    driver: Driver | None = None

    @property
    def path(self) -> str:
        """Where it is, for a person to read."""
        return self.command[-1]

    @property
    def line(self) -> int:
        """The first number of its version; 0 when that is not known."""
        first = self.version.partition(".")[0]
        return int(first) if re.fullmatch("[0-9]{1,9}", first) else 0


class Stage:
    """A tool, a case, a sandbox with a project in it, and an index that the tool is to be led to."""

    def __init__(self, driver: Driver, tool: Tool, case: Case, sandbox: Sandbox, index: Index) -> None:
        self.driver = driver
        self.tool = tool
        self.case = case
        self.sandbox = sandbox
        self.index = index
        self.wanted = case.requirement
        own = driver.own or built_in().own(driver.project)
        self.places = {**own.among(sandbox.places, driver.project), "index": self.simple}
        self._texts = {os.path.normpath(self.fill(name)): self.fill(text) for name, text in case.files.items()}
        self._unwritten = dict.fromkeys(self._texts)

    @property
    def simple(self) -> str:
        """The URL of the index that the case is about."""
        return self.index.url(self.case.path)

    @property
    def python(self) -> str:
        """An interpreter for what the tool makes: the one that runs it, if that is known."""
        return self.tool.python or sys.executable

    @property
    def flags(self) -> list[str]:
        """The case's arguments, for a tool that takes flags; else none, as ``pep786 run`` has them."""
        return [*self.case.before, *self.case.arguments] if self.driver.takes_flag else []

    def fill(self, text: str) -> str:
        """The text with what it has in braces put in."""
        return places.fill(text, self.places)

    def call(self, *arguments: str) -> list[str]:
        """The command line that has the tool do this."""
        before = [*RUN, *self.case.flags, "--"] if self.case.flags and not self.driver.takes_flag else []
        return [*before, *self.tool.command, *arguments]

    def path(self, *parts: str) -> str:
        """A path below the sandbox, whose folder "project" the tool runs in and whose "home" is its home."""
        return os.path.join(self.sandbox.root, *parts)

    def has(self, name: str) -> bool:
        """Whether the case has something for a file of the project."""
        return os.path.join(self.sandbox.project, name) in self._texts

    def write(self, name: str, text: str) -> None:
        """Write a file of the project; what the case has for it goes in at its end."""
        path = os.path.join(self.sandbox.project, name)
        self._unwritten.pop(path, None)
        self.sandbox.write(path, "\n".join(filter(None, (text, self._texts.get(path)))))

    def lay_out(self) -> None:
        """Write what the tool finds: its project, its configuration, and what the case adds to them."""
        self._unwritten = dict.fromkeys(self._texts)
        pip_conf = self.places["pip_conf"]
        self.sandbox.write_pip_conf(self._texts.get(pip_conf, ""))
        self._unwritten.pop(pip_conf, None)
        self.write("pyproject.toml", "")
        self.driver.lay_out(self)
        for path in tuple(self._unwritten):
            self.write(path, "")

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
    own          where it has the key; None: as the file of its cases says, else a table of pyproject.toml.
    suffix       whether it sends the User-Agent suffix; None: it may.
    cannot       what cases may be about (``Case.aspects``) that this tool does not have, and why.
    not_here     why a tool that was found cannot be led to the index; None: it can.
    commanded    the words of the only command line that there is; (): cases may ask for any subcommand.
    variables    of the tool's own, to lead it to the index and keep it there; ``{project}`` is the project's folder.
    needs        beginnings of file names that must be among what was fetched, by what the case asks for.
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
    own: Own | None = None
    suffix: bool | None = True
    cannot: Mapping[str, str] = field(default_factory=dict)
    not_here: Callable[[Tool], str | None] = lambda tool: None  # noqa: ARG005
    commanded: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    needs: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: NEEDS)
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
