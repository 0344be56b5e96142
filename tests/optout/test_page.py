"""The commands of docs/opting-out.md, in their order, and the table of harms beside the data."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

import pytest

from pep786.config.table import NEUTRAL
from pep786.optout.harm import HARMS
from tests.environments import CHECKOUT

if TYPE_CHECKING:
    from pep786.optout.harm import Harm
    from tests.optout.conftest import Person

PAGE = (CHECKOUT / "docs" / "opting-out.md").read_text(encoding="utf-8")
COMMANDS = [
    shlex.split(line)
    for block in re.findall(r"^```sh\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    for line in block.splitlines()
]


def test_every_command_of_the_page_works_in_its_order(person: Person) -> None:
    pytest.importorskip("tomlkit")
    person.write("./pyproject.toml", "")
    ours = [words[1:] for words in COMMANDS if words[0] == "pep786"]
    assert [words for words in COMMANDS if words[0] != "pep786"] == [["pip", "install", "pep786-shim"]]
    assert [words[0] for words in ours] == ["opt-out", "status", "opt-in", *["opt-out"] * 6]
    told = [person.run(*words) for words in ours]
    assert [done.status for done in told] == [0] * len(ours), [done.err for done in told]
    assert "pip: opted out" in told[0].out
    assert "opted out: ~/.config/pip/pip.conf" in told[1].out
    assert "removed: ~/.config/pep786/config.toml" in told[2].out
    assert person.path("~/.config/pep786/config.toml").read_text() == '[hosts]\nallow = ["packages.example"]\n'


@pytest.mark.parametrize("known", HARMS, ids=lambda known: f"{known.tool} {known.table}")
def test_every_harm_is_on_the_page(known: Harm) -> None:
    told = known.reason.partition("'")[2].rstrip("'") or known.reason[len("would ") :]
    assert any(line.startswith(f"| {known.tool}: ") and told in line for line in PAGE.splitlines())


def test_the_machines_paths_are_those_of_the_table() -> None:
    for row in NEUTRAL:
        assert row.linux.replace("{XDG_CONFIG_HOME}", "~/.config").replace("{PROJECT}/", "") in PAGE
