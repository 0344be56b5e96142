"""What the pages say of files, tests and tools, held against them."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from pep786.verify import cases
from tests.environments import CHECKOUT, PIPS
from tests.real.released_tools import NEWEST, OLDER

DOCS = CHECKOUT / "docs"
PAGES = {page.stem: page.read_text("utf-8") for page in sorted(DOCS.glob("*.md"))}
#: As docs/_ext/repository.py has it: what is in backquotes and names a file, and perhaps something in it.
_NAMED = re.compile(r"`((?:pep786|tests|docs|patches|benchmarks|conformance)/[\w./-]+\.[a-z]+)(?:::(\w+))?`")
#: What stands for any name on a page is left out.
NAMED = sorted(
    {(page, *found) for page, text in PAGES.items() for found in _NAMED.findall(text) if "NAME" not in found[0]}
)
DATA: dict[str, Any] = json.loads((DOCS / "conformance.json").read_text("utf-8"))


@pytest.mark.parametrize(("page", "path", "name"), NAMED, ids=lambda part: part or "whole")
def test_what_a_page_names_is_there(page: str, path: str, name: str) -> None:
    assert (CHECKOUT / path).is_file(), page
    if name:
        text = (CHECKOUT / path).read_text("utf-8")
        assert re.search(rf"^\s*(?:async )?(?:def|class) {name}\b", text, re.MULTILINE), page


def test_every_answer_to_the_draft_has_code_and_a_test() -> None:
    rows = [line.split(" | ") for line in PAGES["clauses"].splitlines() if line.startswith("| ")]
    rows = [row for row in rows if row[-1] != "test |"]
    assert len(rows) > 40
    without = [row[0] for row in rows if "`tests/" not in row[-1] or not re.search(r"`(pep786|patches)/", row[-2])]
    assert without == ["| They SHOULD publish their data practices"]  # that is a page to fill in


def test_every_fault_has_a_test_that_provokes_it() -> None:
    rows = [line for line in PAGES["faults"].splitlines() if line.startswith("| ") and not line.startswith("| fault |")]
    assert [row for row in rows if "`tests/" not in row.split(" | ")[-1]] == []


def test_every_row_of_the_design_that_a_case_names_is_explained() -> None:
    named = {case.rule for case in cases.built_in().cases} - {""}
    assert len(named) > 18
    assert {rule for rule in named if f"\n| {rule} | " not in PAGES["clauses"]} == set()


def test_every_variable_of_ours_is_explained() -> None:
    read = {
        name
        for path in (CHECKOUT / "pep786").rglob("*.py")
        for name in re.findall(r'"(PEP786_[A-Z_]+)"', path.read_text("utf-8"))
    }
    assert {"PEP786_USER_AGENT", "PEP786_CACHE"} <= read
    assert {name for name in read if f"| `{name}` |" not in PAGES["variables"]} == set()


def test_no_page_links_to_a_pep_by_its_number() -> None:
    assert [page for page, text in PAGES.items() if re.search(r"peps\.python\.org|/pep-0?786|\{pep\}", text)] == []


class TestConformance:
    """docs/conformance.json; ``nox -s conformance`` brings it up to date."""

    def test_every_release_that_the_tests_run_is_in_it(self) -> None:
        listed = {(release.tool, release.version) for release in (*NEWEST, *OLDER)} | {("pip", pip) for pip in PIPS}
        assert {(tool["name"], tool["version"]) for tool in DATA["tools"]} == listed

    @pytest.mark.parametrize("tool", DATA["tools"], ids=lambda tool: f"{tool['name']}-{tool['version']}")
    def test_every_case_was_judged_and_holds(self, tool: dict[str, Any]) -> None:
        now = cases.tried_on("pip", "pip") if tool["name"] == "pip" else cases.tried_on("tools")
        assert [outcome["case"] for outcome in tool["outcomes"]] == [case.name for case in now]
        assert [outcome for outcome in tool["outcomes"] if outcome["verdict"] == "failed"] == []
        wanted = {case.name: case.opted_out for case in now}
        for outcome in tool["outcomes"]:
            if outcome["verdict"] == "passed":
                assert outcome["requests"] > 0
                assert outcome["signalled"] == (outcome["requests"] if wanted[outcome["case"]] else 0)

    def test_nothing_of_the_machine_that_made_it_is_in_it(self) -> None:
        text = (DOCS / "conformance.json").read_text("utf-8")
        assert re.findall(r"/(?:home|root|tmp|Users|usr|opt|work)/[^\"]*", text) == []
