"""``pep786 opt-out`` and ``opt-in`` as a person runs them: what is written, told, and taken back."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from tests.optout.conftest import TOOLS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.optout.conftest import Person

PROJECT = """\
[project]
name = "app"

[tool.poetry]
package-mode = false

[tool.pdm]
distribution = false

[tool.hatch]
version.path = "x"

[tool.uv]
index = []
"""
OWN, CONF = "~/.config/pep786/config.toml", "~/.config/pip/pip.conf"

# What is written at a scope with every tool here, beside what stays as it was; None: the scope needs no files before.
WRITTEN = {
    "user": {
        OWN,
        CONF,
        "~/.config/pypoetry/config.toml",
        "~/.config/hatch/config.toml",
    },
    "site": {"/etc/pep786/config.toml", "prefix/pip.conf"},
    "global": {"/etc/pep786/config.toml", "/etc/pip.conf"},
    "project": {"./pyproject.toml", "./poetry.toml", "./Pipfile"},
}


@pytest.mark.parametrize("scope", WRITTEN)
def test_each_scope_is_written_and_taken_back(scope: str, person: Person, tmp_path: Path) -> None:
    person.have(*TOOLS)
    person.write("./pyproject.toml", PROJECT)
    person.write("./Pipfile", "[packages]\n")
    before = person.files()
    expected = {str(tmp_path / w if w.startswith("prefix") else person.path(w)) for w in WRITTEN[scope]}
    done = person.run("opt-out", "--scope", scope, "--json")
    written = {file["path"] for file in json.loads(done.out)["files"] if file["action"] in ("created", "changed")}
    assert written == expected
    assert done.status == 0
    for tool in json.loads(done.out)["tools"]:
        assert tool["decision"]["opted_out"], tool
    assert "already" in person.run("opt-out", "--scope", scope).out
    done = person.run("opt-in", "--scope", scope)
    assert done.status == 0, done.out
    assert person.files() == before
    assert not (person.home / ".local").exists()
    assert not (tmp_path / "prefix").exists()


def test_the_folder_that_holds_the_record_stays_where_it_was_there_before(person: Person) -> None:
    state = person.path("~/.local/state")
    state.mkdir(parents=True)
    assert person.run("opt-out").status == 0
    assert person.run("opt-in").status == 0
    assert list(state.iterdir()) == []


def test_a_project_gets_our_table_and_those_that_its_tools_bear(person: Person) -> None:
    person.have(*TOOLS)
    path = person.write("./pyproject.toml", PROJECT)
    person.run("opt-out", "--scope", "project")
    assert path.read_text() == PROJECT.replace("[tool.pdm]\n", "[tool.pdm]\nno-analytics = true\n").replace(
        "[tool.hatch]\n", "[tool.hatch]\nno-analytics = true\n"
    ) + ("\n[tool.pep786]\nno-analytics = true\n\n[tool.pip]\nno-analytics = true\n")


def test_a_project_of_no_tool_gets_no_files_of_theirs(person: Person) -> None:
    person.have(*TOOLS)
    person.write("./pyproject.toml", "")
    done = person.run("opt-out", "--scope", "project")
    assert "skipped: poetry is not used by this project" in done.out
    assert "skipped: pipenv has no file here" in done.out
    assert os.listdir(str(person.project)) == ["pyproject.toml"]


def test_no_pyproject_is_made(person: Person) -> None:
    done = person.run("opt-out", "--scope", "project")
    assert (done.status, os.listdir(str(person.project))) == (1, [])
    assert "there is no pyproject.toml here or above" in done.err


@pytest.mark.parametrize(
    ("tool", "scope", "reason"),
    [
        ("uv", "user", "'unknown field'"),
        ("uv", "project", "private indexes included"),
        ("pdm", "user", "No such config key"),
        ("pdm", "global", "No such config key"),
        ("pip-tools", "project", "No such config key"),
        ("hatch", "global", "no file of its own"),
        ("pipenv", "user", "no file of its own"),
    ],
)
def test_what_a_tool_cannot_bear_goes_into_our_own_place(tool: str, scope: str, reason: str, person: Person) -> None:
    person.write("./pyproject.toml", "[tool.uv]\n\n[tool.pip-tools]\n")
    done = person.run("opt-out", "--tool", tool, "--scope", scope, "--json")
    ours, theirs = json.loads(done.out)["files"]
    assert done.status == 0
    assert ours["tool"] == "pep786"
    assert theirs["action"] == "skipped"
    assert reason in theirs["detail"]


def test_a_named_tool_gets_its_own_file_and_no_other(person: Person) -> None:
    person.have(*TOOLS)
    person.run("opt-out", "--tool", "pip")
    assert list(person.files()) == ["/home/.config/pip/pip.conf"]
    done = person.run("opt-in", "--tool", "pip")
    assert (done.status, person.files()) == (0, {})


def test_one_tool_is_not_opted_in_by_taking_it_from_all(person: Person) -> None:
    person.run("opt-out")
    done = person.run("opt-in", "--tool", "uv")
    assert done.status == 1
    assert "to change that: pep786 opt-in --scope user" in done.out
    assert "/home/.config/pep786/config.toml" in person.files()


def test_our_file_goes_when_the_only_tool_that_it_was_for_opts_in(person: Person) -> None:
    person.run("opt-out", "--tool", "uv")
    person.run("opt-out", "--tool", "pdm")
    done = person.run("opt-in", "--tool", "uv")
    assert "it speaks for pdm as well" in done.out
    assert done.status == 1
    done = person.run("opt-in", "--tool", "uv", "--tool", "pdm")
    assert (done.status, person.files()) == (0, {})


@pytest.mark.parametrize("scope", ["user", "global"])
def test_the_file_that_is_there_is_preferred(scope: str, person: Person, tmp_path: Path) -> None:
    legacy = person.write("~/.pip/pip.conf", "[global]\n")
    xdg = tmp_path / "machine" / "pip" / "pip.conf"
    xdg.parent.mkdir(parents=True)
    xdg.write_text("[global]\n")
    person.run("opt-out", "--scope", scope)
    found = (legacy.read_text(), xdg.read_text())
    there = "[global]\nno-analytics = true\n"
    assert found == ((there, "[global]\n") if scope == "user" else ("[global]\n", there))


@pytest.mark.parametrize("exists", [True, False])
def test_the_file_that_a_variable_names(exists: bool, person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once there, a pip.conf that PIP_CONFIG_FILE names would hide the person's own: it is not made."""
    monkeypatch.setenv("PIP_CONFIG_FILE", str(person.path("~/named.conf")))
    if exists:
        person.write("~/named.conf", "[global]\n")
    person.run("opt-out")
    assert (b"no-analytics" in person.files().get("/home/named.conf", b"")) is exists
    assert person.path(CONF).exists() is not exists


def test_dry_run_shows_the_difference_and_writes_nothing(person: Person) -> None:
    person.write(CONF, "[global]\r\nindex-url = x\r\nno-analytics = off\r\n")
    before = person.files()
    done = person.run("opt-out", "--dry-run")
    assert done.status == 0
    assert "-no-analytics = off\n+no-analytics = true\n" in done.out
    assert "+++ " + str(person.path(OWN)) in done.out
    assert "would create: ~/.config/pep786/config.toml" in done.out
    assert "would change: ~/.config/pip/pip.conf [global]  (was off)" in done.out
    assert person.files() == before
    assert not person.path("~/.local").exists()
    person.run("opt-out")
    written = person.files()
    assert "would remove" in person.run("opt-in", "--dry-run").out
    assert person.files() == written


@pytest.mark.parametrize(
    ("before", "told"),
    [("false", "was false"), ('"perhaps"', "neither true nor false"), ("[1]", "was an array")],
)
def test_a_value_that_was_there_is_remembered(before: str, told: str, person: Person) -> None:
    pytest.importorskip("tomlkit")
    text = f"apps = true\nno-analytics = {before} # mine\njournal = true\n"
    path = person.write(OWN, text)
    done = person.run("opt-out")
    assert told in done.out
    assert path.read_text() == text.replace(before, "true")
    person.run("opt-in")
    assert path.read_text() == text


@pytest.mark.parametrize(
    ("where", "before", "since", "left"),
    [
        (CONF, None, "[global]\nno-analytics = true\nindex-url = x\n", "[global]\nindex-url = x\n"),
        (CONF, "[global]\na = 1\n", "[global]\na = 2\nno-analytics = true\n", "[global]\na = 2\n"),
        (
            CONF,
            "[global]\nno-analytics = no\n",
            "[global]\nno-analytics = true\na = 1\n",
            "[global]\nno-analytics = no\na = 1\n",
        ),
        (OWN, "apps = true\n", "no-analytics = true\napps = false\n", "apps = false\n"),
        (OWN, None, "# mine\nno-analytics = true\napps = true\n", "# mine\napps = true\n"),
        (  # a header of ours stays where the person's own keys have come to stand below it
            CONF,
            "[install]\na = 1\n",
            "[install]\na = 1\n\n[global]\nno-analytics = true\nindex-url = x\n",
            "[install]\na = 1\n\n[global]\nindex-url = x\n",
        ),
        (CONF, "[install]\na = 1\n", "[install]\na = 2\n\n[global]\nno-analytics = true\n", "[install]\na = 2\n"),
    ],
)
def test_what_was_changed_since_stays(where: str, before: str | None, since: str, left: str, person: Person) -> None:
    if before is not None:
        person.write(where, before)
    person.run("opt-out")
    path = person.write(where, since)
    done = person.run("opt-in")
    assert path.read_text() == left
    assert done.status == 0


def test_a_table_of_ours_stays_with_the_keys_that_came_into_it(person: Person) -> None:
    project = person.write("./pyproject.toml", "[project]\nname = 'x'\n\n[tool.ruff]\nline-length = 100\n")
    person.run("opt-out", "--scope", "project")
    ours, text = "[tool.pep786]\nno-analytics = true\n", project.read_text()
    assert ours in text
    project.write_text(text.replace(ours, f"{ours}apps = true\n"))
    person.run("opt-in", "--scope", "project")
    assert project.read_text().endswith("line-length = 100\n\n[tool.pep786]\napps = true\n")


def test_no_line_that_is_not_ours_is_shown(person: Person) -> None:
    """A password may stand beside the key: in the address of an index, or anywhere."""
    person.write(
        CONF, "[global]\nindex-url = https://me:s3cret@packages.example/\nno-analytics = off\npassword = s3cret\n"
    )
    for words in (["opt-out", "--dry-run"], ["opt-out", "--json"], ["opt-in", "--dry-run"], ["opt-in", "--json"]):
        done = person.run(*words)
        assert "no-analytics = true" in done.out
        assert "s3cret" not in done.out


def test_bytes_come_back_where_the_same_line_stands_twice(person: Person) -> None:
    before = "[install]\nno-analytics = true\n[global]\na = 1"
    path = person.write(CONF, before)
    person.run("opt-out")
    assert path.read_text() == f"{before}\nno-analytics = true"
    person.run("opt-in")
    assert path.read_text() == before


def test_a_file_of_ours_with_nothing_else_in_it_goes(person: Person) -> None:
    person.run("opt-out")
    path = person.path(OWN)
    path.write_text("\n" + path.read_text() + "\n")
    person.run("opt-in")
    assert person.files() == {}


def test_only_the_scope_that_was_named_is_taken_back(person: Person) -> None:
    path = person.write("./pyproject.toml", "")
    person.run("opt-out", "--scope", "project")
    person.run("opt-out")
    assert person.run("opt-in").status == 1
    assert [name for name in person.files() if "/.config/" in name] == []
    assert "[tool.pep786]" in path.read_text()


def test_only_the_project_here_is_taken_back(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    path = person.write("./pyproject.toml", "")
    person.run("opt-out", "--scope", "project")
    other = person.write("~/src/other/pyproject.toml", "")
    monkeypatch.chdir(other.parent)
    assert person.run("opt-in", "--scope", "project").status == 0
    assert "[tool.pep786]" in path.read_text()
    (person.project / "below").mkdir()
    monkeypatch.chdir(person.project / "below")
    person.run("opt-in", "--scope", "project")
    assert path.read_text() == ""


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
def test_a_record_of_somebody_else_is_not_trusted(person: Person) -> None:
    person.write(CONF, "[global]\n")
    person.run("opt-out")
    written = person.files()[f"/{CONF.replace('~', 'home')}"]
    os.chown(person.path("~/.local/state/pep786/opt-out.json"), 1234, -1)
    done = person.run("opt-in")
    assert "belongs to another user, and is not trusted" in done.err
    assert person.path(CONF).read_bytes() == written


def test_a_file_removed_since_is_no_fault(person: Person) -> None:
    person.run("opt-out")
    person.path(OWN).unlink()
    assert person.run("opt-in").status == 0
    assert person.files() == {}


def test_an_opt_out_of_the_persons_own_stays_and_is_told(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    path = person.write(CONF, "[global]\nno-analytics = true\n")
    assert "already: ~/.config/pip/pip.conf" in person.run("opt-out").out
    monkeypatch.setenv("PY_NO_ANALYTICS", "1")
    done = person.run("opt-in")
    assert done.status == 1
    assert "remove no-analytics from ~/.config/pip/pip.conf, line 2" in done.out
    assert "unset PY_NO_ANALYTICS" in done.out
    assert path.read_text() == "[global]\nno-analytics = true\n"


def test_another_scope_is_named(person: Person) -> None:
    person.run("opt-out", "--scope", "global")
    done = person.run("opt-in")
    assert done.status == 1
    assert "pep786 opt-in --scope global" in done.out


@pytest.mark.parametrize(
    ("content", "told"),
    [("[install]\nno-analytics = no\n", "pip install: not opted out"), ("[global]\nno-analytics = no\n", "pip: not")],
)
def test_what_still_beats_it_is_told(content: str, told: str, person: Person) -> None:
    person.write(CONF, content)
    done = person.run("opt-out", "--scope", "global")
    assert done.status == 1
    assert told in done.out
    assert "remove no-analytics = no from ~/.config/pip/pip.conf, line 2" in done.out


def test_a_file_that_cannot_be_parsed_is_left_and_the_others_go_on(person: Person) -> None:
    path = person.write(CONF, "[global\n")
    done = person.run("opt-out")
    assert done.status == 1
    assert "pip/pip.conf: cannot be parsed, line 1" in done.err
    assert path.read_text() == "[global\n"
    assert person.path(OWN).exists()


def test_the_record_may_be_lost(person: Person) -> None:
    person.write("~/.config/hatch/config.toml", "x = 1\n")
    person.have("hatch")
    person.run("opt-out")
    person.path("~/.local/state/pep786/opt-out.json").unlink()
    done = person.run("opt-in")
    assert set(person.files()) == {"/home/.config/hatch/config.toml"}
    assert "remove no-analytics from ~/.config/hatch/config.toml, line 2" in done.out
    assert done.status == 1


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"\xff", b'{"schema_version": 2, "written": []}', b'{"schema_version": 1, "written": [3]}',
                b'{"schema_version": [], "written": []}', b"[" * 9999]
)  # fmt: skip
def test_a_broken_record_is_said_and_begun_anew(content: bytes, person: Person) -> None:
    person.write("~/.local/state/pep786/opt-out.json", content)
    done = person.run("opt-out")
    assert "a new one is begun" in done.err
    assert done.status == 0
    assert person.run("opt-in").status == 0
    assert person.files() == {}


@pytest.mark.parametrize("words", [["--tool", "tox"], ["--scope", "all"], ["--allow", "a b"], ["--no-such"]])
def test_bad_usage(words: list[str], person: Person) -> None:
    assert person.run("opt-out", *words).status == 2
    assert person.files() == {}
