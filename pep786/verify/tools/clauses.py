"""The conformance clauses for every tool but pip, which has its own: what a person can do, and what must arrive."""

from __future__ import annotations

from dataclasses import dataclass

from ..situation import Situation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    Aspect = Literal["", "pyproject", "key", "flag", "build", "redirects", "cache"]
    Flag = Literal["--no-analytics", "--analytics"]


@dataclass(frozen=True)
class Clause(Situation):
    """One situation for a tool; besides what every situation has:

    flag      the flag it is given: by itself where it takes one, else to ``pep786 run``.
    key       the tool's own configuration says ``no-analytics = true``.
    project   what is asked for, "demo-wheel", or "demo-sdist", which takes an isolated build.
    aspect    what a tool must have for this to be asked of it; "" for what every tool has.
    native    whether native support of the tool's own can; False: it takes the shim.
    quick     whether it belongs to the few that an older release is tried on.
    """

    flag: Flag | None = None
    key: bool = False
    project: str = "demo-wheel"
    aspect: Aspect = ""
    native: bool = True
    quick: bool = False

    @property
    def flagged(self) -> bool:
        """Whether the command line has the last word."""
        return self.flag is not None


_OPT_OUT = {"PIP_NO_ANALYTICS": "1"}
_OWN = "no-analytics = true"

TOOLS = (
    Clause("nothing set: nothing is sent", "Backwards Compatibility", opted_out=False, quick=True),
    Clause("PIP_NO_ANALYTICS='1' opts out", "Environment Variable", True, _OPT_OUT),
    Clause("PY_NO_ANALYTICS='1' opts out", "Environment Variable", True, {"PY_NO_ANALYTICS": "1"}, quick=True),
    Clause(
        "PYTHON_NO_ANALYTICS='0' opts out: any non-empty value does",
        "Environment Variable",
        True,
        {"PYTHON_NO_ANALYTICS": "0"},
    ),
    Clause("PIP_NO_ANALYTICS='' is as if unset", "Environment Variable", False, {"PIP_NO_ANALYTICS": ""}),
    Clause("our own configuration file speaks for every tool", "design, D17a", True, own_config=_OWN, native=False),
    Clause(
        "pyproject.toml [tool.pep786] speaks for every tool",
        "design, D17",
        opted_out=True,
        pyproject="[tool.pep786]\nno-analytics = true\n",
        native=False,
        aspect="pyproject",
    ),
    Clause("no-analytics in the tool's own configuration", "Configuration File Option", True, key=True, aspect="key"),
    Clause("--no-analytics", "Command Line Flag", True, flag="--no-analytics", aspect="flag", quick=True),
    Clause("--analytics beats a variable", "Command Line Flag", False, _OPT_OUT, flag="--analytics", aspect="flag"),
    Clause(
        "--analytics beats configuration",
        "Command Line Flag",
        opted_out=False,
        own_config=_OWN,
        flag="--analytics",
        aspect="flag",
    ),
    Clause(
        "an index that redirects its pages to another host",
        "design, D11",
        opted_out=True,
        variables=_OPT_OUT,
        index="/redirected/simple/",
        aspect="redirects",
    ),
    Clause("a second run, with a warm cache", "design, D11", True, _OPT_OUT, runs=2, aspect="cache"),
    Clause(
        "an isolated build, opted out by a variable",
        "design, D8",
        opted_out=True,
        variables={"PY_NO_ANALYTICS": "1"},
        project="demo-sdist",
        aspect="build",
        quick=True,
    ),
    Clause(
        "an isolated build, opted out by configuration",
        "design, D8",
        opted_out=True,
        own_config=_OWN,
        native=False,
        project="demo-sdist",
        aspect="build",
    ),
    Clause(
        "an isolated build, --analytics against a variable",
        "design, D8",
        opted_out=False,
        variables=_OPT_OUT,
        flag="--analytics",
        project="demo-sdist",
        aspect="build",
        quick=True,
    ),
    Clause(
        "PEP786_USER_AGENT=0 leaves the suffix out",
        "design, D19",
        opted_out=True,
        variables={**_OPT_OUT, "PEP786_USER_AGENT": "0"},
        suffix=False,
        native=False,
    ),
)

#: For a release that is only to be seen to work.
QUICK = tuple(clause for clause in TOOLS if clause.quick)
