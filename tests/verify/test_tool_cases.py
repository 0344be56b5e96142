"""Judging a tool: a driver made here, and a stand-in for the tool that asks the index as it is told to."""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pep786.verify import tools
from pep786.verify.cases import Case, Expected, Own, tried_on
from pep786.verify.index import Index
from pep786.verify.sandbox import Sandbox
from pep786.verify.tools.driver import RUN, Driver, Stage, Tool

if TYPE_CHECKING:
    from collections.abc import Callable

    from pep786.verify.judging import Outcome

NOTHING = Expected(opted_out=False, source="default", user_agent="tool/1.0")
SIGNED = Expected(opted_out=True, source="environment", user_agent="tool/1.0 (no-analytics)", prefer="no-analytics")
SILENT = Case("x/silent", "nothing set", "", NOTHING)
OPTED_OUT = Case("x/variable", "a variable", "", SIGNED, environment={"PY_NO_ANALYTICS": "1"})

# Asks for both demo wheels. What the tests make it do wrong stands in its first argument.
STAND_IN = """
import os, sys, urllib.request
wrong = sys.argv[1]
opted_out = bool(os.environ.get("PY_NO_ANALYTICS")) and wrong != "deaf" or wrong == "eager"
for name in () if wrong == "idle" else ("demo_wheel", "demo_dependency"):
    path = "/stored/%s-1.0-py3-none-any.whl" % name
    request = urllib.request.Request(os.environ["PIP_INDEX_URL"].replace("/simple/", path))
    if opted_out and not (wrong == "forgetful" and name == "demo_dependency"):
        request.add_header("Prefer", "no-analytics")
        agents = {"plain": "x", "twice": "x (no-analytics) (no-analytics)", "first": "(no-analytics) x"}
        request.add_header("User-Agent", agents.get(wrong, "x (no-analytics)"))
    urllib.request.urlopen(request).read()
if wrong == "broken":
    sys.exit("it broke")
"""


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Outcome]:
    """Judges the stand-in in a case, with this wrong about it and these things special about its driver."""
    script = tmp_path / "stand-in.py"
    script.write_text(STAND_IN)

    def judge(case: Case, wrong: str = "", **special: object) -> Outcome:
        how = replace(Driver("stand-in", lambda stage: [stage.call(wrong)]), **special)  # type: ignore[arg-type]
        monkeypatch.setattr(tools, "driver", lambda _: how)
        return tools.judge(Tool("stand-in", "1.0", (sys.executable, str(script)), sys.executable, "none"), case)

    return judge


def test_a_tool_that_does_as_it_should_passes(judged: Callable[..., Outcome]) -> None:
    for case, tally in ((SILENT, "2 requests: 0 with Prefer"), (OPTED_OUT, "2 requests: 2 with Prefer")):
        outcome = judged(case)
        assert outcome.verdict == "passed"
        assert outcome.reason.startswith(tally)


@pytest.mark.parametrize(
    ("case", "wrong", "reason"),
    [
        (OPTED_OUT, "deaf", "received Prefer: none (2 requests: 0 with Prefer"),
        (OPTED_OUT, "forgetful", "demo_dependency-1.0-py3-none-any.whl: received Prefer: none"),
        (OPTED_OUT, "plain", "received User-Agent: x"),
        (OPTED_OUT, "twice", "received User-Agent: x (no-analytics) (no-analytics)"),
        (OPTED_OUT, "first", "received User-Agent: (no-analytics) x"),
        (OPTED_OUT, "idle", "demo_wheel was not fetched"),
        (OPTED_OUT, "broken", "stand-in ended with 1: it broke"),
        (SILENT, "eager", "received Prefer: ['no-analytics']"),
        (
            replace(OPTED_OUT, expect=replace(SIGNED, user_agent="tool/1.0")),
            "",
            "received User-Agent: x (no-analytics)",
        ),
        (replace(OPTED_OUT, runs=2), "idle", "the index received no request"),
    ],
    ids=str,
)
def test_a_tool_that_does_not_fails(case: Case, wrong: str, reason: str, judged: Callable[..., Outcome]) -> None:
    outcome = judged(case, wrong)
    assert outcome.verdict == "failed"
    assert reason in outcome.reason


@pytest.mark.parametrize(
    ("suffix", "wrong", "verdict"),
    [
        (None, "", "passed"),
        (None, "plain", "passed"),
        (None, "twice", "failed"),
        (None, "first", "failed"),
        (False, "plain", "passed"),
        (False, "", "failed"),
    ],
)
def test_the_suffix_is_the_tools_own_choice_but_once_and_last(
    suffix: bool | None, wrong: str, verdict: str, judged: Callable[..., Outcome]
) -> None:
    """The draft: tools MAY append it."""
    assert judged(OPTED_OUT, wrong, suffix=suffix).verdict == verdict


def test_what_a_tool_does_not_have_is_skipped_with_the_reason(judged: Callable[..., Outcome]) -> None:
    outcome = judged(replace(SILENT, requirement="demo-sdist"), cannot={"build": "it builds nothing"})
    assert (outcome.verdict, outcome.reason) == ("skipped", "it builds nothing")
    outcome = judged(SILENT, not_here=lambda tool: f"not {tool.name} {tool.version}")
    assert (outcome.verdict, outcome.reason) == ("skipped", "not stand-in 1.0")


def test_an_opt_out_of_the_machine_is_no_fault_of_the_tool(
    judged: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tools, "_machine_opts_out", lambda *_: True)
    assert judged(SILENT).verdict == "skipped"


def stage(driver: Driver, case: Case, sandbox: Sandbox) -> Stage:
    return Stage(driver, Tool("nox", "1", ("nox",), None, "none"), case, sandbox, Index([]))


def test_a_file_has_the_tools_text_and_the_cases() -> None:
    files = {"{project}/pyproject.toml": "[tool.pep786]\nno-analytics = true\n", "{own_file}": "{own_table}\nkey = 1\n"}
    with Sandbox() as sandbox:
        own_ini = Own("{config}/x.ini", "[{tool}]")
        driver = Driver("x", lambda _: [], lambda at: at.write("pyproject.toml", "[project]\n"), own=own_ini)
        at = stage(driver, replace(SILENT, files=files), sandbox)
        at.lay_out()
        texts = [Path(at.path("project", "pyproject.toml")), Path(sandbox.places["config"], "x.ini")]
        pyproject, own = (path.read_text(encoding="utf-8") for path in texts)
    assert pyproject.replace("\n", "") == "[project][tool.pep786]no-analytics = true"
    assert own == "[x]\nkey = 1\n"


def test_a_flag_goes_to_the_tool_or_else_to_pep786_run() -> None:
    case = replace(SILENT, arguments=("--analytics", "--no-analytics"))
    flags = ["--analytics", "--no-analytics"]
    with Sandbox() as sandbox:
        taking = stage(Driver("x", lambda _: [], takes_flag=True), case, sandbox)
        assert (taking.call("y"), taking.flags) == (["nox", "y"], flags)
        other = stage(Driver("x", lambda _: []), case, sandbox)
        assert (other.call("y"), other.flags) == ([*RUN, *flags, "--", "nox", "y"], [])


@pytest.mark.parametrize("name", tools.NAMES)
def test_every_tool_has_a_driver(name: str) -> None:
    driver = tools.driver(name)
    assert driver.name == name
    cases = tried_on("tools", driver.project)
    assert set(driver.cannot) < set().union(*(case.aspects for case in cases))
    for case in cases:
        assert case.aspects & set(driver.cannot) or case.requirement in driver.needs


def test_the_tools_are_the_files_of_the_folder() -> None:
    files = Path(tools.__file__).parent.glob("*.py")
    drivers = {file.stem.replace("_", "-") for file in files if "\nDRIVER = " in file.read_text(encoding="utf-8")}
    assert {"uv", "pip-compile", "virtualenv"} < drivers
    assert set(tools.NAMES) == drivers


def test_the_cases_for_old_releases_go_both_ways() -> None:
    assert {(case.opted_out, case.requirement) for case in tried_on("old")} == {
        (opted_out, requirement) for opted_out in (True, False) for requirement in ("demo-wheel", "demo-sdist")
    }


def test_nothing_of_the_persons_other_tools_reaches_the_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("POETRY_HOME", "PDM_PYPI_URL", "PIPX_HOME", "VIRTUAL_ENV", "TOX_DISCOVER", "_PYTHON_NO_ANALYTICS"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("KEPT", "x")
    with Sandbox() as sandbox:
        environ = sandbox.environment()
    assert [name for name, value in environ.items() if value == "x"] == ["KEPT"]


@pytest.mark.parametrize("name", ["TMPDIR", "TEMP", "TMP"])
def test_what_a_tool_leaves_in_the_temporary_folder_is_gone(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """uv leaves its locks there."""
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    for variable in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv(name, str(theirs))
    monkeypatch.setattr(tempfile, "tempdir", None)  # asked for anew
    with Sandbox() as sandbox:
        code = "import os, tempfile; print(os.path.realpath(tempfile.mkstemp()[1]))"
        done = sandbox.run([sys.executable, "-c", code], {})
        assert done.status == 0
        assert done.output.startswith(os.path.realpath(sandbox.root))
        assert [str(path) for path in theirs.iterdir()] == [sandbox.root]
    assert list(theirs.iterdir()) == []
