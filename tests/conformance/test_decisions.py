"""Every case, decided and signed in this process: what is decided, by what, and the two fields that follow."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pep786 import preference, resolver
from pep786.choice import Choice
from pep786.scope import host_of
from pep786.startup import INJECTED
from pep786.verify import places
from pep786.verify.cases import Case, built_in
from pep786.verify.index import Index

if TYPE_CHECKING:
    from pep786.decision import Decision

SUITE = built_in()
#: Every tool that the design names; the last is one that nobody has heard of.
TOOLS = ("pip", "uv", "poetry", "pdm", "hatch", "pipenv", "pip-tools", "frobnicate")


def pairs() -> list[object]:
    return [pytest.param(tool, case, id=f"{tool}: {case.id}") for tool in TOOLS for case in SUITE.of(tool)]


class Situation:
    """A case laid out below a folder: the variables, the files, and what the placeholders stand for."""

    def __init__(self, tool: str, case: Case, root: Path) -> None:
        self.tool, self.case = tool, case
        self.places = SUITE.own(tool).among(places.folders(str(root)), tool)
        self.places["index"] = "http://127.0.0.1:8000/simple/"
        os.makedirs(self.places["project"])
        for name, text in case.files.items():
            path = Path(self.fill(name))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.fill(text), encoding="utf-8")
        self.environ = {name: self.fill(value) for name, value in case.environment.items()}
        if "{pip_conf}" in case.files or "{own_file}" in case.files:
            self.environ.setdefault("PIP_CONFIG_FILE", self.places["pip_conf"])
        self.environ.update(places.variables(self.places))

    def fill(self, text: str) -> str:
        return places.fill(text, self.places)

    def decide(self) -> Decision:
        flags = {"--no-analytics": True, "--analytics": False}
        return resolver.resolve(
            self.tool,
            flag=flags[self.case.flags[-1]] if self.case.flags else None,
            environ=self.environ,
            cwd=self.places["project"],
            command=self.case.command or None,
            isolated="--isolated" in self.case.before,
        )


@pytest.mark.parametrize(("tool", "case"), pairs())
def test_case(tool: str, case: Case, tmp_path: Path) -> None:
    if case.platform not in ("", sys.platform):
        pytest.skip(f"is about {case.platform}")
    situation = Situation(tool, case, tmp_path)
    decision, expect, request = situation.decide(), case.expect, case.request
    assert (decision.opted_out, decision.source) == (expect.opted_out, expect.source)
    origin = " ".join(situation.fill(expect.origin).split())
    assert decision.origin.replace("~", situation.places["home"], 1) == (origin or "nothing is set")
    assert bool(decision.warnings) is expect.warning, decision.warnings
    prefer, user_agent = request.prefer, request.user_agent
    host = host_of(request.url)
    signs = Choice.of(decision, situation.environ).verdict(request.method, host)[0] and request.by == ""
    if signs:
        prefer = preference.prefer(prefer)
        if resolver.wants_suffix(situation.environ):
            user_agent = preference.user_agent(user_agent)
    assert (prefer, user_agent) == (expect.prefer, expect.user_agent)


ANOTHER_PROGRAM = "import sys, urllib.request; urllib.request.urlopen(sys.argv[1]).read()"


@pytest.mark.parametrize("case", [case for case in SUITE.cases if case.request.by], ids=lambda case: case.id)
def test_another_program_in_the_same_environment(case: Case, tmp_path: Path) -> None:
    """Design, D14: with the start-up hook in its process, as an installed shim has it."""
    environ = {**os.environ, **Situation("frobnicate", case, tmp_path).environ, "PYTHONPATH": INJECTED, "NO_PROXY": "*"}
    with Index() as index:
        subprocess.run([sys.executable, "-c", ANOTHER_PROGRAM, index.simple], check=True, env=environ)
        (request,) = index.received
    assert request.prefer == []
    assert "no-analytics" not in (request.user_agent or "")
