"""``--allow``, ``--deny`` and ``--forget``: our own choice for single indexes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pep786.optout.hosts import normal

if TYPE_CHECKING:
    from tests.optout.conftest import Person

OWN = "~/.config/pep786/config.toml"


def test_lists_are_made_and_emptied_without_a_trace(person: Person) -> None:
    pytest.importorskip("tomlkit")
    path = person.write(OWN, "# mine\napps = true\njournal = true\n")
    assert person.run("opt-out", "--allow", "packages.example", "--deny", "https://Other.Example/simple/").status == 0
    assert path.read_text() == (
        '# mine\napps = true\njournal = true\n\n[hosts]\nallow = ["packages.example"]\ndeny = ["other.example"]\n'
    )
    assert "already" in person.run("opt-out", "--allow", "packages.example").out
    person.run("opt-out", "--deny", "packages.example")
    assert path.read_text().endswith('[hosts]\ndeny = ["other.example", "packages.example"]\n')
    person.run("opt-out", "--forget", "packages.example", "--forget", "other.example")
    assert path.read_text().rstrip("\n") == "# mine\napps = true\njournal = true"


def test_comments_within_a_list_stay(person: Person) -> None:
    pytest.importorskip("tomlkit")
    before = '[hosts]\nallow = [\n  # contract 4711\n  "a.example",\n  # "old.example" until 2025\n]  # mine\n'
    path = person.write(OWN, before)
    person.run("opt-out", "--allow", "c.example")
    assert path.read_text() == before.replace("]  #", '  "c.example"\n]  #')
    person.run("opt-out", "--forget", "c.example")
    assert path.read_text() == before
    person.run("opt-out", "--deny", "a.example", "--allow", "d.example")
    assert "contract 4711" in path.read_text()
    assert path.read_text().endswith('deny = ["a.example"]\n')


def test_it_opts_nobody_out_and_is_not_taken_back(person: Person) -> None:
    assert "created" in person.run("opt-out", "--deny", "a.example").out
    assert person.path(OWN).read_text() == '[hosts]\ndeny = ["a.example"]\n'
    person.run("opt-out")
    text = person.path(OWN).read_text()
    assert text.startswith("no-analytics = true\n\n[hosts]")
    person.run("opt-in")
    assert person.path(OWN).read_text() == '[hosts]\ndeny = ["a.example"]\n'


def test_it_stays_when_the_opt_out_before_it_goes(person: Person) -> None:
    person.run("opt-out")
    person.run("opt-out", "--deny", "a.example", "--scope", "user")
    person.run("opt-in")
    assert person.path(OWN).read_text().lstrip("\n") == '[hosts]\ndeny = ["a.example"]\n'


def test_the_machine_has_its_own(person: Person) -> None:
    person.run("opt-out", "--deny", "a.example", "--scope", "global")
    assert person.path("/etc/pep786/config.toml").read_text() == '[hosts]\ndeny = ["a.example"]\n'


def test_dry_run(person: Person) -> None:
    assert '+deny = ["a.example"]' in person.run("opt-out", "--deny", "a.example", "--dry-run").out
    assert person.files() == {}


def test_a_variable_beats_allow_and_that_is_said(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_ANALYTICS", "1")
    assert "PIP_NO_ANALYTICS is set" in person.run("opt-out", "--allow", "a.example").out


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--allow", "a.example:8080"], "without a port"),
        (["--allow", "*.example"], "not the name of a host"),
        (["--allow", "a.example/simple"], "not the name of a host"),
        (["--allow", ""], "not the name of a host"),
        (["--allow", "a.example", "--deny", "A.example."], "two things at once"),
        (["--allow", "a.example", "--scope", "project"], "a project does not say"),
        (["--allow", "a.example", "--tool", "pip"], "leave out --tool"),
    ],
)
def test_bad_usage(words: list[str], reason: str, person: Person) -> None:
    done = person.run("opt-out", *words)
    assert done.status == 2
    assert reason in done.err
    assert person.files() == {}


@pytest.mark.parametrize("content", ["hosts = 1\n", "[hosts]\nallow = 'a'\n", "[hosts]\nallow = [1]\n"])
def test_what_is_no_list_is_left(content: str, person: Person) -> None:
    path = person.write(OWN, content)
    done = person.run("opt-out", "--allow", "a.example")
    assert (done.status, path.read_text()) == (1, content)
    assert "hosts" in done.err


@pytest.mark.parametrize(
    ("word", "host"),
    [
        ("Packages.Example.", "packages.example"),
        ("https://user:secret@packages.example:8080/simple/", "packages.example"),
        ("localhost", "localhost"),
        ("[::1]", "::1"),
        ("::1", "::1"),
        ("bücher.example", "xn--bcher-kva.example"),
    ],
)
def test_names_in_the_form_in_which_they_are_compared(word: str, host: str) -> None:
    assert normal(word) == host
