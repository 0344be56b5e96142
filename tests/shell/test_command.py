"""``pep786 shell`` itself: what goes where, and what it says to a name it does not know."""

from __future__ import annotations

import json
import re

import pytest

import pep786
from pep786 import cli
from pep786.cli import shell
from pep786.recipes import Recipe, recipes
from tests.environments import CHECKOUT

NAMES = (
    *("bash", "zsh", "fish", "powershell", "cmd", "dockerfile", "systemd", "cron", "sudoers"),
    *("github-actions", "gitlab-ci", "jenkins", "tox", "nox"),
)
RECIPES = recipes()


def test_the_names() -> None:
    assert tuple(RECIPES) == NAMES


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=lambda recipe: recipe.name)
def test_the_output_can_be_pasted(recipe: Recipe, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["shell", recipe.name]) == 0
    said, hints = capsys.readouterr()
    assert said == recipe.text
    assert said.isascii()
    assert said.endswith(f"\n{recipe.lines}")
    assert "PIP_NO_ANALYTICS" in recipe.lines
    comments = said[: -len(recipe.lines)].lstrip("\n").splitlines()
    assert all(line.startswith(f"{recipe.comment} ") for line in comments)
    assert said.startswith("\n") is recipe.appended  # a file may not end its last line
    assert all(line.startswith("pep786 shell: ") for line in hints.splitlines())
    assert (recipe.put or recipe.where) in hints
    assert ("pip install pep786-shim" in hints) is not recipe.shim


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=lambda recipe: recipe.name)
def test_both_ways_are_there(recipe: Recipe) -> None:
    assert "PIP_NO_ANALYTICS" in recipe.once or recipe.name == "nox"
    assert recipe.once.strip().splitlines()[0] in recipe.text
    assert recipe.lines.endswith("\n")
    assert recipe.once.endswith("\n")
    assert ("pep786-shim" in recipe.lines) is recipe.shim
    assert not any(line != line.rstrip() for line in recipe.text.splitlines())  # cmd.exe would set a blank


@pytest.mark.parametrize(
    ("variables", "system", "name"),
    [
        ({"SHELL": "/bin/bash"}, "posix", "bash"),
        ({"SHELL": "/usr/local/bin/zsh"}, "posix", "zsh"),
        ({"SHELL": "/usr/bin/fish"}, "posix", "fish"),
        ({"SHELL": "/bin/sh"}, "posix", "bash"),
        ({"SHELL": "/bin/dash"}, "posix", "bash"),
        ({"SHELL": "/usr/bin/pwsh"}, "posix", "powershell"),
        ({"SHELL": "/bin/tcsh"}, "posix", None),
        ({"SHELL": "/usr/bin/tox"}, "posix", None),
        ({"SHELL": ""}, "posix", None),
        ({}, "posix", None),
        ({}, "nt", "powershell"),
        ({"SHELL": r"C:\Program Files\Git\usr\bin\bash.exe"}, "nt", "bash"),
    ],
)
def test_the_shell_of_the_person(variables: dict[str, str], system: str, name: str | None) -> None:
    assert shell.of_the_person(variables, system) == name


def test_without_a_name(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("SHELL", "/usr/bin/zsh")
    assert cli.main(["shell"]) == 0
    said, hints = capsys.readouterr()
    assert said == RECIPES["zsh"].text
    assert "pep786 shell --list" in hints


@pytest.mark.parametrize("path", ["/bin/tcsh", ""])
def test_a_shell_without_a_recipe(
    path: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SHELL", path)
    assert cli.main(["shell"]) == 2
    said, hints = capsys.readouterr()
    assert not said
    (line,) = hints.splitlines()
    assert all(name in line for name in (path, *NAMES))


def test_an_unknown_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["shell", "nope"]) == 2
    said, fault = capsys.readouterr()
    assert not said
    assert all(name in fault for name in ("nope", *NAMES))


def test_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["shell", "--list"]) == 0
    listed = [re.split(r" {2,}", line, maxsplit=1) for line in capsys.readouterr().out.splitlines()]
    assert listed == [[recipe.name, recipe.where] for recipe in RECIPES.values()]


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["shell", "cmd", "--json"]) == 0
    one = json.loads(capsys.readouterr().out)
    assert one["schema_version"] == 1
    assert one["lines"] == RECIPES["cmd"].lines
    assert one["also"][0]["for"] == "To undo it"
    assert cli.main(["shell", "--list", "--json"]) == 0
    assert [each["name"] for each in json.loads(capsys.readouterr().out)["recipes"]] == list(NAMES)


def test_cmd_sets_neither_quotes_nor_blanks() -> None:
    """cmd.exe takes everything behind the equals sign, up to the end of the line or to an ampersand."""
    recipe = RECIPES["cmd"]
    assert recipe.once.startswith("set PIP_NO_ANALYTICS=1&& ")
    assert recipe.lines.splitlines() == ["setx PIP_NO_ANALYTICS 1", "set PIP_NO_ANALYTICS=1"]


def test_the_version_names_the_draft(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"pep786 {pep786.__version__} ({cli.DRAFT})\n"
    assert re.fullmatch(r"PEP 786, draft of \d{1,2} [A-Z][a-z]+ \d{4}", cli.DRAFT)
    release = (CHECKOUT / "CHANGELOG.md").read_text(encoding="utf-8").split("\n## ")[1]
    assert release.startswith(f"{pep786.__version__} ")
    assert f"Draft of {cli.DRAFT.partition('draft of ')[2]}." in release


def test_the_page_holds_the_recipes() -> None:
    """All of it is made by share/generate.py, which needs more than this; see test_generated.py."""
    page = (CHECKOUT / "docs" / "recipes.md").read_text(encoding="utf-8")
    for recipe in RECIPES.values():
        section = page.split(f"\n## {recipe.title}\n")[1].split("\n## ")[0]
        also = [lines for _label, lines in recipe.also]
        for lines in (recipe.lines, recipe.once, *also):
            assert f"\n{lines}```\n" in section
        assert all(f"- {note}\n" in section for note in recipe.beware)
    assert page.count("\n## ") == len(RECIPES)
