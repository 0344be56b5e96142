"""The conformance clauses for pip: a situation each, and whether an index has to receive the preference in it.

Data, to be read against the PEP: ``section`` names the PEP's section or the row of the design's table.
"""

from __future__ import annotations

from dataclasses import dataclass

from .situation import Situation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Mapping

#: What an isolated build has to fetch, besides the sdist itself.
BUILD_FILES = ("demo_backend", "demo_extra")


@dataclass(frozen=True)
class Clause(Situation):
    """One situation for pip; besides what every situation has:

    pip_conf   the text of pip.conf; None: it has nothing but what leads to the loopback index.
    before, after    arguments before and after pip's subcommand.
    requirement      what is asked for, from those the loopback index offers.
    needs      beginnings of file names that must be among what was fetched, so that "all of none" is no pass.
    since      the first release line of pip that can do what is asked.
    native     the first line whose native support can; None: it takes the shim.
    """

    pip_conf: str | None = None
    before: tuple[str, ...] = ()
    command: str = "download"
    after: tuple[str, ...] = ()
    requirement: str = "demo-wheel"
    needs: tuple[str, ...] = ("demo_wheel", "demo_dependency")
    since: int = 0
    native: int | None = 0

    @property
    def flagged(self) -> bool:
        """Whether the command line has the last word."""
        return any(argument.endswith("-analytics") for argument in self.before + self.after)


def _variable(name: str, value: str, note: str) -> Clause:
    return Clause(f"{name}={value!r} {note}", "Environment Variable", bool(value), {name: value})


_OPT_OUT = {"PIP_NO_ANALYTICS": "1"}


def _build(
    name: str,
    opted_out: bool,
    variables: Mapping[str, str] | None = None,
    *,
    flags: tuple[str, ...] = (),
    pip_conf: str | None = None,
    project: str = "demo-sdist",
) -> Clause:
    """An isolated build, which fetches its own requirements in another process (pip 19 and later)."""
    return Clause(
        name,
        "design, D8",
        opted_out,
        variables or {},
        pip_conf=pip_conf,
        command="wheel",
        after=flags,
        requirement=project,
        needs=("demo_sdist", project.replace("-", "_"), *BUILD_FILES),
        since=19,
    )


PIP = (
    Clause("nothing set: nothing is sent", "Backwards Compatibility", opted_out=False),
    _variable("PIP_NO_ANALYTICS", "1", "opts out"),
    _variable("PY_NO_ANALYTICS", "1", "opts out"),
    _variable("PYTHON_NO_ANALYTICS", "1", "opts out"),
    _variable("PIP_NO_ANALYTICS", "0", "opts out: any non-empty value does"),
    _variable("PIP_NO_ANALYTICS", "false", "opts out"),
    _variable("PIP_NO_ANALYTICS", "banana", "opts out, and pip does not mind it"),
    _variable("PIP_NO_ANALYTICS", " ", "opts out"),
    _variable("PIP_NO_ANALYTICS", "", "is as if unset"),
    Clause("PIP_ANALYTICS=1 is not one of the variables", "design, D10", False, {"PIP_ANALYTICS": "1"}),
    Clause("PIP_ANALYTICS=1 undoes no opt-out", "design, D10", True, {**_OPT_OUT, "PIP_ANALYTICS": "1"}),
    Clause("pip.conf analytics = true is no key", "design, D10", False, pip_conf="[global]\nanalytics = true"),
    Clause("pip.conf analytics = false is no key", "design, D10", False, pip_conf="[global]\nanalytics = false"),
    Clause(
        "pip.conf [global] no-analytics = true",
        "Configuration File Option",
        True,
        pip_conf="[global]\nno-analytics = true",
    ),
    Clause(
        "pip.conf [global] no-analytics = false",
        "Configuration File Option",
        False,
        pip_conf="[global]\nno-analytics = false",
    ),
    Clause(
        "pip.conf [download] beats [global]",
        "design, D5",
        opted_out=False,
        pip_conf="[global]\nno-analytics = true\n[download]\nno-analytics = no",
    ),
    Clause(
        "a bad value in pip.conf opts out",
        "design, D3",
        True,
        pip_conf="[global]\nno-analytics = maybe",
        native=None,  # it stops with pip's own error
    ),
    Clause(
        "pyproject.toml [tool.pip]",
        "Configuration File Option",
        True,
        pyproject="[tool.pip]\nno-analytics = true",
        native=10,  # pip 9 carries no TOML parser
    ),
    Clause(
        "a bad value in pyproject.toml opts out",
        "design, D3",
        True,
        pyproject="[tool.pip]\nno-analytics = 'true'",
        native=10,
    ),
    Clause(
        "pyproject.toml [tool.pep786] speaks for every tool",
        "design, D17",
        True,
        pyproject="[tool.pep786]\nno-analytics = true",
        native=None,
    ),
    Clause(
        "a project does not undo the person's opt-out",
        "design, D6",
        opted_out=True,
        pip_conf="[global]\nno-analytics = true",
        pyproject="[tool.pip]\nno-analytics = false",
    ),
    Clause(
        "our own configuration file speaks for every tool",
        "design, D17a",
        True,
        own_config="no-analytics = true",
        native=None,
    ),
    Clause(
        "a variable beats configuration",
        "Configuration File Option",
        opted_out=True,
        variables={"PY_NO_ANALYTICS": "0"},
        pip_conf="[global]\nno-analytics = false",
    ),
    Clause(
        "an empty variable does not erase configuration",
        "Environment Variable",
        opted_out=True,
        variables={"PIP_NO_ANALYTICS": ""},
        pip_conf="[global]\nno-analytics = true",
    ),
    Clause("--no-analytics after the command", "Command Line Flag", True, after=("--no-analytics",)),
    Clause("--no-analytics before the command", "Command Line Flag", True, before=("--no-analytics",)),
    Clause("--analytics beats a variable", "Command Line Flag", False, _OPT_OUT, after=("--analytics",)),
    Clause(
        "--analytics beats configuration",
        "Command Line Flag",
        opted_out=False,
        pip_conf="[global]\nno-analytics = true",
        before=("--analytics",),
    ),
    Clause("the last flag wins: --analytics", "design, D8", False, before=("--no-analytics",), after=("--analytics",)),
    Clause(
        "the last flag wins: --no-analytics", "design, D8", True, before=("--analytics",), after=("--no-analytics",)
    ),
    Clause(
        "--isolated does not undo a variable", "design, D9", True, {"PYTHON_NO_ANALYTICS": "1"}, before=("--isolated",)
    ),
    Clause(
        "an index that redirects its pages to another host", "design, D11", True, _OPT_OUT, index="/redirected/simple/"
    ),
    Clause("a second run, with a warm cache", "design, D11", True, _OPT_OUT, runs=2, needs=()),
    _build("an isolated build, opted out by a variable", True, _OPT_OUT),
    _build("an isolated build, opted out by the flag", True, flags=("--no-analytics",)),
    _build("an isolated build, --analytics against a variable", False, _OPT_OUT, flags=("--analytics",)),
    _build("an isolated build in an isolated build", True, flags=("--no-analytics",), project="demo-nested"),
    _build("[wheel] opts its build's downloads out too", True, pip_conf="[wheel]\nno-analytics = true"),
    _build(
        "[wheel] says no for its build's downloads too",
        False,
        pip_conf="[global]\nno-analytics = 1\n[wheel]\nno-analytics = 0",
    ),
    Clause(
        "PEP786_USER_AGENT=0 leaves the suffix out",
        "design, D19",
        True,
        {**_OPT_OUT, "PEP786_USER_AGENT": "0"},
        suffix=False,
        native=None,
    ),
)
