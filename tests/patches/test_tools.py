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
@each(tuple(tool for tool in TOOLS if tool.version != "2.29.3"))  # differs from 2.29.4 in the HTTP library only
def test_situation(tool: Tool, situation: Situation, tools: Environments, tmp_path: Path) -> None:
    if situation.after and tool.name == "hatch":
        pytest.skip("hatch takes its global options before the command only")
    if situation.table == "true" and tool.name == "poetry":
        pytest.skip("poetry has no such key in pyproject.toml: poetry-core would refuse the project")
    with Index() as index:
        project = Project.make(tool, tools.shared(tool), tmp_path / "work", index)
        table = "" if tool.name == "poetry" else situation.table
        project.write(situation.person, situation.project, table=table)
        assert project.fetch(situation.before, situation.after, situation.variables) == []
        assert {"page", "file"} <= {request.kind for request in index.received}
        assert {request.host.partition(":")[0] for request in index.received} == {"127.0.0.1", "localhost"}
        assert faults(index, opted_out=situation.opted_out) == []


@each()
def test_builds_and_warm_caches(tool: Tool, tools: Environments, tmp_path: Path) -> None:
    """Isolated builds, in the process or in children, in both directions; and once more with warm caches."""
    with Index() as index:
        for flag, variables in ((NO, {}), (YES, {"PY_NO_ANALYTICS": "1"})):
            project = Project.make(tool, tools.shared(tool, pip=True), tmp_path / "work", index)
            for state in ("cold", "warm"):
                index.clear()
                assert project.fetch((flag,), (), variables, "demo-sdist") == []
                assert faults(index, opted_out=flag == NO) == []
                fetched = " ".join(request.path for request in index.received)
                assert "demo-sdist" in fetched
                assert state == "warm" or ("demo_backend" in fetched and "demo_extra" in fetched)
                project.reset()


@each()
def test_range_requests(tool: Tool, tools: Environments, tmp_path: Path) -> None:
    """An index without metadata files and redirects."""
    with Index(metadata=False, redirect_files=False) as index:
        project = Project.make(tool, tools.shared(tool), tmp_path / "work", index)
        assert project.fetch(variables={"PY_NO_ANALYTICS": "1"}) == []
        assert tool.name != "poetry" or "range" in {request.kind for request in index.received}
        assert faults(index) == []


@each(tuple(tool for tool in TOOLS if tool.is_modern))
def test_an_upload_carries_nothing(tool: Tool, tools: Environments, tmp_path: Path) -> None:
    """Hatch asks for the project's page first; that is a request as any other."""
    with Index() as index:
        project = Project.make(tool, tools.shared(tool), tmp_path / "work", index)
        project.write("true", "true")
        project.publish(PIP_NO_ANALYTICS="1")
        sent = {
            request.method: (request.prefer, "(no-analytics)" in str(request.user_agent)) for request in index.received
        }
        assert sent.pop("POST") == ([], False)
        assert set(sent) <= ({"GET"} if tool.name == "hatch" else set())
        assert sent.get("GET", (["no-analytics"], True)) == (["no-analytics"], True)


@pytest.mark.parametrize("local", [False, True], ids=["person", "project"])
@each()
def test_the_tools_own_config_command(tool: Tool, local: bool, tools: Environments, tmp_path: Path) -> None:
    if local and tool.name == "hatch":
        pytest.skip("hatch config knows the person's file only")
    command = ["config", "set"] if tool.name == "hatch" else ["config", *(["--local"] if local else [])]
    for value, expected in (("true", True), ("false", False)):
        with Index() as index:
            project = Project.make(tool, tools.shared(tool), tmp_path / "work", index)
            done = project.run(*command, "no-analytics", value)
            assert done.returncode == 0, done.stdout + done.stderr
            assert project.fetch() == []
            assert faults(index, opted_out=expected) == []


@each()
def test_d3_a_value_in_the_persons_file_that_is_no_boolean(tool: Tool, tools: Environments, tmp_path: Path) -> None:
    """Hatch says so, as of its other settings, unless a variable or a flag decides; the others opt out."""
    with Index() as index:
        project = Project.make(tool, tools.shared(tool), tmp_path / "work", index)
        project.write('"maybe"', "")
        wrong = project.fetch()
        if tool.name == "hatch":
            assert "must be a boolean" in wrong[0]
            assert project.fetch(variables={"PY_NO_ANALYTICS": "1"}) == []
        else:
            assert wrong == []
        assert faults(index) == []


@each()
def test_what_a_program_finds_that_the_tool_runs(tool: Tool, tools: Environments, tmp_path: Path) -> None:
    """The decision is in its environment, and its flags are its own."""
    show = "import os, sys; print([n for n in sorted(os.environ) if 'NO_ANA' in n and os.environ[n]], sys.argv[1:])"
    with Index([]) as index:
        project = Project.make(tool, tools.shared(tool), tmp_path / "work", index)
        (project.folder / "show.py").write_text(show)
        if tool.name == "hatch":
            text = (project.folder / "hatch.toml").read_text()
            (project.folder / "hatch.toml").write_text(text.replace("dependencies", "env-exclude = ['*']\n#"))
        # poetry 1.8 takes a flag that is there twice for its own, wherever it stands, this one as any other.
        for flag, other, found in ((NO, YES, "PIP_NO_ANALYTICS"), (YES, NO, "_PYTHON_NO_ANALYTICS")):
            done = project.run(flag, "run", project.environment.python, "show.py", other, PYTHON_NO_ANALYTICS="")
            assert done.stdout.splitlines()[-1:] == [f"['{found}'] ['{other}']"], done.stdout + done.stderr


@each()
def test_unpatched_nothing_is_sent(tool: Tool, tools: Environments, tmp_path: Path) -> None:
    """So that a check can fail."""
    with Index() as index:
        project = Project.make(tool, tools.shared(tool, patched=False), tmp_path / "work", index)
        if tool.name == "hatch":  # whose pip is patched
            project.write("true", "")
        assert project.fetch(variables=None if tool.name == "hatch" else OPT_OUT) == []
        assert faults(index, opted_out=False) == []
        assert project.fetch((NO,)) != []


@each()
def test_d13_patch_and_shim_together_send_the_signal_once(tool: Tool, tools: Environments, tmp_path: Path) -> None:
    with Index() as index:
        project = Project.make(tool, tools.shared(tool, shim=True), tmp_path / "work", index)
        assert project.fetch(variables=OPT_OUT) == []
        assert faults(index) == []
        project.reset()
        index.clear()
        assert project.fetch((YES,), (), OPT_OUT) == []
        assert faults(index, opted_out=False) == []
