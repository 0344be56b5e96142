"""The data says all that the draft and the design say; its ids are used once, and its keys are known."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from pep786.verify.cases import built_in
from pep786.verify.tables import read
from tests.conformance.answers import ANSWERS, RECORDS
from tests.environments import CHECKOUT

CONFORMANCE = CHECKOUT / "conformance"
CASES = built_in().cases
CLAUSES: list[dict[str, Any]] = read(str(CONFORMANCE / "clauses.toml"))["clause"]
INDEX_IDS = [row["id"] for row in (*ANSWERS, *RECORDS)]
#: The draft's sections that ask for something, and of whom.
ASKING = {
    ("Environment Variable", "tools"),
    ("Configuration File Option", "tools"),
    ("HTTP Header", "tools"),
    ("HTTP Header", "indexes"),
    ("User Agent Suffix", "tools"),
    ("Command Line Flag", "tools"),
    ("What Indexes Should Do", "indexes"),
    ("Backwards Compatibility", "tools"),
    ("Backwards Compatibility", "indexes"),
    ("Adoption and Backporting", "tools"),
    ("Adoption and Backporting", "indexes"),
    ("Security Implications", "indexes"),
    ("Privacy Considerations", "tools"),
    ("For Tool Authors", "tools"),
    ("For Index Operators", "indexes"),
}
#: How many clauses with SHOULD or MAY, "work", "override" or "beats" a section has.
COUNTED = {
    ("Environment Variable", "tools"): 2,
    ("Configuration File Option", "tools"): 2,
    ("HTTP Header", "indexes"): 3,
    ("Command Line Flag", "tools"): 3,
    ("What Indexes Should Do", "indexes"): 7,
}
ROWS = [*(f"D{number}" for number in range(1, 20)), "D17a"]


def test_every_section_that_asks_for_something_has_its_clauses() -> None:
    found = [(clause["section"], clause["of"]) for clause in CLAUSES]
    assert set(found) == ASKING
    assert {section: found.count(section) for section in ASKING} == {**dict.fromkeys(ASKING, 1), **COUNTED}


@pytest.mark.parametrize("clause", CLAUSES, ids=lambda clause: f"{clause['of']}: {clause['says'][:40]}")
def test_a_clause_is_shown_or_it_is_said_why_not(clause: dict[str, Any]) -> None:
    assert ("shown_by" in clause) != ("not_shown" in clause)
    known = {case.id for case in CASES} if clause["of"] == "tools" else {*INDEX_IDS, "vectors"}
    assert set(clause.get("shown_by", known)) <= known
    assert clause.get("shown_by", [""]) != []


@pytest.mark.parametrize("row", ROWS)
def test_every_row_of_the_design_has_a_case(row: str) -> None:
    named = {case.rule for case in CASES} | {answer.get("rule", "") for answer in (*ANSWERS, *RECORDS)}
    assert row in named


def test_no_case_names_a_row_or_a_section_that_is_not_there() -> None:
    sections = {section for section, _ in ASKING} | {"Open Issues"}
    named = [(case.section, case.rule) for case in CASES]
    named += [(row["section"], row.get("rule", "")) for row in (*ANSWERS, *RECORDS)]
    assert {section for section, _ in named} <= sections
    assert {rule for _, rule in named} <= {"", *ROWS}


def test_ids_are_used_once_and_begin_with_the_files_name() -> None:
    for file in sorted((CONFORMANCE / "cases").glob("*.toml")):
        ids = [case["id"] for case in read(str(file))["case"]]
        assert len(ids) == len(set(ids)) > 0
        assert {each.partition("/")[0] for each in ids} == {file.stem}
    assert len(INDEX_IDS) == len(set(INDEX_IDS))


def test_a_tools_names_are_used_once() -> None:
    """Or a line of verify would not say which case it is; a tool's own stands in place of a general one."""
    for tool in ("", *{case.tool for case in CASES}):
        names = [case.name for case in CASES if case.tool == tool]
        assert len(names) == len(set(names))


def test_what_is_expected_is_of_one_piece() -> None:
    for case in CASES:
        expect = case.expect
        assert expect.opted_out or expect.prefer == case.request.prefer, case.id
        assert (expect.source == "default") is (not expect.origin), case.id
        assert bool(case.extension) is case.id.startswith("extension/") or case.tool, case.id


@pytest.mark.parametrize(("folder", "tables"), [("cases", [CASES]), ("index", [ANSWERS, RECORDS])])
def test_the_readme_has_each_key(folder: str, tables: list[Any]) -> None:
    text = (CONFORMANCE / folder / "README.md").read_text(encoding="utf-8")
    told = set(re.findall(r"`(\w+)`", text))
    rows = [row for table in tables for row in table]
    used = {key for row in rows for key in (row if isinstance(row, dict) else vars(row))}
    assert used <= told | {"shared", "kept"}


def test_the_vectors_are_there_for_who_has_no_toml() -> None:
    assert len(json.loads((CONFORMANCE / "index" / "vectors.json").read_text(encoding="utf-8"))["vectors"]) >= 120
