"""``pep786 index rules``: what it prints, and what it says of itself."""

from __future__ import annotations

import json
import re

import pytest

from pep786.cli import main
from pep786.index import pattern, rules

UNTESTED = {"fastly", "caddy", "bigquery"}


@pytest.mark.parametrize("name", rules.NAMES)
def test_a_snippet_is_complete_and_holds_the_pattern(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["index", "rules", name]) == 0
    text = capsys.readouterr().out
    assert pattern.PREFER in text.replace("\\\\", "\\")
    assert pattern.USER_AGENT in text.replace("\\\\", "\\")
    assert not re.search(r"@[A-Z_]+@", text), "a name was not filled in"
    assert ("UNTESTED" in text) is (name in UNTESTED)
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


def test_the_list_says_what_was_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["index", "rules"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in listed] == list(rules.NAMES)
    assert {line.split()[0] for line in listed if "UNTESTED" in line} == UNTESTED
    assert main(["index", "rules", "--list", "--json"]) == 0
    entries = json.loads(capsys.readouterr().out)["rules"]
    assert {entry["name"] for entry in entries if entry["ran_on"] is None} == UNTESTED


def test_an_unknown_name_gets_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["index", "rules", "lighttpd\x1b"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "\x1b" not in said.err
    assert ", ".join(rules.NAMES) in said.err


def test_a_name_and_the_list_at_once_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["index", "rules", "nginx", "--list"]) == 2
    assert "not both" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["bigquery", "duckdb", "clickhouse", "spark"])
def test_sql_has_the_names_that_were_asked_for(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["index", "rules", name, "--table", "logs.downloads", "--prefer-column", "p", "--user-agent-column", "ua"]
    assert main(command) == 0
    text = capsys.readouterr().out
    assert re.search("FROM (`?)logs\\.downloads\\1[\n;]", text)
    assert re.search(r"\bua\b", text)
    assert not re.search(r"\b(requests|prefer|user_agent)\b", text.partition("\n\n")[2])


@pytest.mark.parametrize("table", ["my-project.logs.requests", "example.com:my-project.logs.2026-11", "select"])
def test_bigquery_has_any_table_of_its_own_in_quotes(table: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["index", "rules", "bigquery", "--table", table]) == 0
    statements = capsys.readouterr().out.partition("\n\n")[2]
    assert re.findall("(?:FROM|VIEW|TABLE) (.*?)[\n; ]", statements) == [
        f"`{table}_shared`",
        f"`{table}`",
        f"`{table}_internal`",
        f"`{table}`",
    ]


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("duckdb", "my-project.logs.requests"),
        ("spark", "example.com:logs"),
        ("bigquery", "a`; DROP TABLE b; --"),
        ("bigquery", "logs..requests"),
        ("bigquery", "logs requests"),
        ("bigquery", "a\nb"),
        ("bigquery", "requests\n"),
    ],
)
def test_a_table_is_one_that_the_engine_knows(name: str, table: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["index", "rules", name, "--table", table]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "expected a name" in said.err


def test_a_column_is_a_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["index", "rules", "duckdb", "--prefer-column", "a; DROP TABLE b"]) == 2
    assert "expected a name" in capsys.readouterr().err
