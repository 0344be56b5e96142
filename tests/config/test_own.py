"""``journal`` in our own files, and in ``PEP786_JOURNAL``, which beats them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pep786.config import locations, own

if TYPE_CHECKING:
    from .conftest import Machine

USER = "~/.config/pep786/config.toml"
WRONG = "{}: journal is {}, expected true or false; no journal is written"

SAID: dict[str, tuple[str, str, bool, list[str]]] = {
    "nothing": ("", "", False, []),
    "the other key only": ("no-analytics = true", "", False, []),
    "yes": ("journal = true", "", True, []),
    "no": ("journal = false", "", False, []),
    "by the machine": ("", "journal = true", True, []),
    "the person's file beats the machine's": ("journal = false", "journal = true", False, []),
    "the person's file beats the machine's the other way": ("journal = true", "journal = false", True, []),
    "the person's file has something else to say": ('[hosts]\ndeny = ["a.example"]', "journal = true", True, []),
    "a word": ('journal = "yes"', "", False, [WRONG.format(USER, '"yes"')]),
    "a number, which is no yes": ("journal = 1", "journal = true", False, [WRONG.format(USER, "1")]),
    "with an escape in its name": ('"journ\\u0061l" = true', "", True, []),
    "a table": ("[journal]", "", False, [WRONG.format(USER, "a table")]),
}


@pytest.mark.parametrize(("user", "site", "wanted", "warnings"), SAID.values(), ids=SAID)
def test_a_journal_is_kept_where_a_file_asks_for_it(
    user: str, site: str, wanted: bool, warnings: list[str], machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [str(machine.write(USER, user)), str(machine.write("etc/config.toml", site))]
    monkeypatch.setattr(locations, "own", lambda _: paths)
    assert own.wants_journal(machine.environ) == (wanted, warnings)


@pytest.mark.parametrize(
    ("value", "configured", "wanted"),
    [
        ("1", "false", True),
        ("/var/log/requests.jsonl", "false", True),
        ("0", "true", False),
        (" No ", "true", False),
        ("OFF", "true", False),
        ("", "true", True),
        ("", "false", False),
    ],
)
def test_the_variable_beats_the_files(value: str, configured: str, wanted: bool, machine: Machine) -> None:
    machine.write(USER, f"journal = {configured}\n")
    machine.environ["PEP786_JOURNAL"] = value
    assert own.wants_journal(machine.environ) == (wanted, [])


def test_a_file_is_named_whole_where_it_is_not_below_the_home(machine: Machine) -> None:
    folder = "elsewhere/" + "x" * 100
    path = machine.write(f"{folder}/pep786/config.toml", "journal = 3\n")
    machine.environ["XDG_CONFIG_HOME"] = str(machine.root / folder)
    assert own.wants_journal(machine.environ) == (False, [WRONG.format(path, "3")])
