"""The lines for bash, zsh and fish, in the real shells: put there by the command that is shown, then a pip."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.real.running import assert_all_carry
from tests.shell.machine import RECIPES, program

if TYPE_CHECKING:
    from pep786.recipes import Recipe
    from tests.shell.machine import Machine

pytestmark = pytest.mark.real

DOWNLOAD = "pip install --dry-run demo-wheel"

#: How each is started so that it reads the file that the lines go to.
STARTED = {"bash": ["bash", "-i", "-c"], "zsh": ["zsh", "-c"], "fish": ["fish", "-c"]}

shells = pytest.mark.parametrize("recipe", [RECIPES[name] for name in STARTED], ids=lambda recipe: recipe.name)


@shells
def test_for_good(recipe: Recipe, machine: Machine) -> None:
    program(recipe.name)
    machine.run([*STARTED[recipe.name], DOWNLOAD])
    assert_all_carry(machine.index, expected=False)
    file = Path(recipe.where).expanduser()
    assert file.is_relative_to(machine.folder)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("echo mine")  # without an end of line, as some editors leave it
    machine.run([*STARTED[recipe.name], recipe.put])
    machine.index.clear()
    assert machine.run([*STARTED[recipe.name], DOWNLOAD]).startswith("mine\n")
    assert_all_carry(machine.index)


@shells
def test_for_one_command(recipe: Recipe, machine: Machine) -> None:
    program(recipe.name)
    once = recipe.once.replace("pip install PACKAGE", DOWNLOAD)
    said = machine.run([*STARTED[recipe.name], f'{once}test -z "$PIP_NO_ANALYTICS" && echo unset'])
    assert said.endswith("\nunset\n")
    assert_all_carry(machine.index)


def test_fish_remembers(machine: Machine) -> None:
    program("fish")
    ((_label, line),) = RECIPES["fish"].also
    machine.run(["fish", "-c", line])
    assert machine.run(["fish", "-c", "printenv PIP_NO_ANALYTICS"]) == "1\n"


def test_powershell(machine: Machine) -> None:
    recipe = RECIPES["powershell"]
    pwsh = program("pwsh")
    machine.run([pwsh, "-Command", recipe.put])
    machine.run([pwsh, "-Command", DOWNLOAD])
    assert_all_carry(machine.index)
