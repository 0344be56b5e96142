"""``pep786 verify`` with several tools: sections, the document, the exit status."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from pep786.cli import main
from pep786.verify import finding, tools
from pep786.verify.errors import NoToolError
from pep786.verify.index import Request
from pep786.verify.judging import Outcome
from pep786.verify.tools.driver import Tool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pep786.verify.cases import Case
    from pep786.verify.judging import Verdict

RECEIVED = Request("GET", "/simple/x/", [("Prefer", "no-analytics"), ("User-Agent", "\033x (no-analytics)")])


@pytest.fixture(autouse=True)
def verdicts(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Verdict]]:
    """The verdicts on each tool; only those in here are found."""
    told: dict[str, list[Verdict]] = {"nox": ["passed", "skipped"], "tox": ["passed", "failed"], "pex": ["skipped"]}

    def find(name: str, python: str, *, inject: bool) -> Tool:
        if name not in told:
            raise NoToolError(f"{name} is not here")
        return Tool(name, "1.0", (f"/bin/{name}",), python, "injected" if inject else "none")

    def verify(tool: Tool, cases: tuple[Case, ...]) -> Iterator[Outcome]:
        for verdict, case in zip(told[tool.name], cases[1:]):
            yield Outcome(case, verdict, "because", (RECEIVED,) if verdict == "passed" else ())

    monkeypatch.setattr(finding, "find", find)
    monkeypatch.setattr(tools, "verify", verify)
    return told


@pytest.mark.parametrize(
    ("asked", "status"), [(["nox"], 0), (["tox"], 1), (["nox", "tox"], 1), (["pex"], 1), (["nox", "no-such"], 2)]
)
def test_the_exit_status_is_that_of_the_worst(asked: list[str], status: int) -> None:
    assert main(["verify", *asked]) == status
    assert main(["verify", "--json", *asked]) == status


def test_each_tool_has_a_section(capsys: pytest.CaptureFixture[str]) -> None:
    main(["verify", "--with-shim", "nox", "tox", "nox"])
    told = capsys.readouterr().out
    assert told.count("nox 1.0 from /bin/nox: the shim is put in for this run; without it this nox sends nothing") == 1
    assert told.count("tox 1.0 from /bin/tox") == 1
    assert "\nok   PIP_NO_ANALYTICS='1' opts out" in told
    assert "\nFAIL PY_NO_ANALYTICS='1' opts out" in told
    assert "1 of 2 cases hold, 1 skipped.\n" in told
    assert "\n1 of 2 cases hold.\n" in told
    assert "  Prefer: no-analytics\n  User-Agent: \\x1bx (no-analytics)\n" in told


def test_a_tool_without_the_shim_is_told_how_to_get_it(capsys: pytest.CaptureFixture[str]) -> None:
    main(["verify", "tox"])
    assert "This tox sends no preference. Install pep786-shim beside it" in capsys.readouterr().out


def test_the_document_lists_every_tool(capsys: pytest.CaptureFixture[str]) -> None:
    main(["verify", "--json", "nox", "tox"])
    document = json.loads(capsys.readouterr().out)
    assert (document["schema_version"], document["passed"]) == (1, False)
    assert [(made["tool"]["name"], made["passed"]) for made in document["tools"]] == [("nox", True), ("tox", False)]
    assert set(document["tools"][0]["tool"]) == {"name", "version", "path", "python", "tier"}
    assert document["tools"][0]["cases"][0]["received"][0]["prefer"] == ["no-analytics"]


def test_nothing_runs_where_one_of_the_tools_is_not_here(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "nox", "no-such"]) == 2
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", "pep786 verify: no-such is not here\n")


def test_without_cases_a_tool_has_the_usual_ones_and_with_them_all_that_a_run_shows(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[list[str]] = []

    def verify(_: Tool, cases: tuple[Case, ...]) -> Iterator[Outcome]:
        held.append([case.id for case in cases])
        yield Outcome(cases[0], "passed", "because")

    monkeypatch.setattr(tools, "verify", verify)
    main(["verify", "nox"])
    main(["verify", "nox", "--cases"])
    usual, every = map(set, held)
    assert usual < every
    assert "flags/last-flag-no" in every - usual
    assert not {each for each in every if each.startswith(("header/", "pip/"))}
    capsys.readouterr()
