"""Patched poetry, pdm and hatch, run: what the index received decides."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from pep786.verify.index import Index
from tests.patches.released import faults
from tests.patches.tools import TOOLS, Project, Tool

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.patches.tools import Environments

pytestmark = pytest.mark.real
NO, YES = "--no-analytics", "--analytics"
OPT_OUT = {"PIP_NO_ANALYTICS": "1"}


@dataclass(frozen=True)
class Situation:
    """What is typed, set and configured, and whether that opts out."""

    name: str
    opted_out: bool
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    person: str = ""
    project: str = ""
    table: str = ""


SITUATIONS = (
    Situation("nothing", False),
    Situation("PIP", True, variables=OPT_OUT),
    Situation("PY is 0", True, variables={"PY_NO_ANALYTICS": "0"}, person="false"),
    Situation("PYTHON is banana", True, variables={"PYTHON_NO_ANALYTICS": "banana"}),
    Situation("an empty variable", False, variables={"PIP_NO_ANALYTICS": ""}),
    Situation("the positive name", False, variables={"PIP_ANALYTICS": "0"}),
    Situation("the person's file", True, person="true"),
    Situation("the person's file says false", False, person="false"),
    Situation("the project's file", True, project="true"),
    Situation("the project's table", True, table="true"),
    Situation("D6: a project undoes nothing", True, person="true", project="false", table="false"),
    Situation("D3: a value in the project that is no boolean", True, project='"maybe"'),
    Situation("the flag", True, (NO,), person="false"),
    Situation("the flag after the command", True, after=(NO,)),
    Situation("the last flag, negative", True, (YES, NO)),
    Situation("the last flag, positive", False, (NO, YES), variables=OPT_OUT, person="true"),
    Situation("the last flag, after the command", False, (NO,), (YES,), OPT_OUT, project="true"),
    Situation("a parent was given --analytics", False, variables={"_PYTHON_NO_ANALYTICS": "0"}, person="true"),
)


def each(tools: tuple[Tool, ...] = TOOLS) -> pytest.MarkDecorator:
    """Every release; the tests of one run in one worker, which makes its environments."""
    cases = [pytest.param(tool, id=tool.id, marks=pytest.mark.xdist_group(tool.id)) for tool in tools]
    return pytest.mark.parametrize("tool", cases)


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.name)
@each()
def test_situation(tool: Tool, situation: Situation, tools: Environments, tmp_path: Path) -> None:
    if situation.after and tool.name == "hatch":
        pytest.skip("hatch takes its global options before the command only")
    if situation.table == "true" and tool.name == "poetry":
        pytest.skip("poetry has no such key in pyproject.toml: poetry-core would refuse the project")
    with Index() as index:
        project = Project.make(tool, tools.shared(tool), tmp_path / "work", index)
        table = "" if tool.name == "poetry" else situation.table
        project.write(situation.person, situation.project, table=table)
        assert project.fetch(situation.before, situation.after, **situation.variables) == []
        assert {"page", "file"} <= {request.kind for request in index.received}
        assert {request.host.partition(":")[0] for request in index.received} == {"127.0.0.1", "localhost"}
        assert faults(index, opted_out=situation.opted_out) == []


@each()
def test_every_kind_of_request_and_every_build(tool: Tool, tools: Environments, tmp_path: Path) -> None:
    """Isolated builds, in the process and in children; then once more with warm caches."""
    with Index() as index:
        project = Project.make(tool, tools.shared(tool, pip=True), tmp_path / "work", index)
        for _ in range(2):
            for flag, expected in ((NO, True), (YES, False)):
                variables = {} if expected else {"PY_NO_ANALYTICS": "1"}
                index.clear()
                assert project.fetch_build(flag, **variables) == []
                assert faults(index, opted_out=expected) == []
                names = " ".join(request.path for request in index.received)
                assert "demo" in names
                if not project.is_warm:
                    assert "demo_backend" in names
                    assert "demo_extra" in names
            project.warm()


@each()
def test_unpatched_nothing_is_sent(tool: Tool, tools: Environments, tmp_path: Path) -> None:
    """So that a check can fail."""
    with Index() as index:
        project = Project.make(tool, tools.shared(tool, patched=False), tmp_path / "work", index)
        assert project.fetch(PIP_NO_ANALYTICS="" if tool.children else "1") == []
        assert faults(index, opted_out=False) == []
        assert project.fetch((NO,)) != []
