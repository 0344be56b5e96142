"""What share/generate.py makes: it is as the parser is now, shells complete with it, and man renders it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import pep786
from pep786 import cli
from tests.environments import CHECKOUT, install
from tests.shell.machine import RECIPES, program

if TYPE_CHECKING:
    from pathlib import Path

SHARE = CHECKOUT / "share"
MANUAL = SHARE / "man" / "man1" / "pep786.1"
COMMANDS = {
    "status",
    "opt-out",
    "opt-in",
    "run",
    "verify",
    "shell",
    "enable",
    "disable",
    "log",
    "proxy",
    "patch",
    "index",
}

#: What is typed, and what may come next: some of it, and some that may not.
COMPLETED = (
    ("pep786 ", COMMANDS, {"bash", "--json"}),
    ("pep786 st", {"status"}, {"verify"}),
    ("pep786 shell ", set(RECIPES), {"status"}),
    ("pep786 shell do", {"dockerfile"}, {"bash"}),
    ("pep786 shell --", {"--list", "--json"}, {"--version"}),
    ("pep786 patch ", {"list", "path", "apply"}, {"status"}),
    ("pep786 patch apply --", {"--check", "--tool"}, {"--list"}),
    ("pep786 run --", {"--no-analytics", "--analytics", "--only"}, {"--json"}),
    ("pep786 run gre", {"grep"}, {"status"}),
)

typed = pytest.mark.parametrize(("line", "offered", "not_offered"), COMPLETED, ids=[line for line, _, _ in COMPLETED])


@pytest.mark.real
@pytest.mark.skipif(sys.version_info < (3, 10), reason="the generator is for a Python that is maintained")
def test_it_is_up_to_date() -> None:
    environ = {**os.environ, "PYTHONPATH": install("shtab==1.13.0")}
    command = [sys.executable, str(SHARE / "generate.py"), "--check"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environ)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}: run python share/generate.py"


def offers(command: list[str], home: Path, **variables: str) -> set[str]:
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, env={**os.environ, **variables}, cwd=home, timeout=60
    )
    assert not done.stderr, done.stderr
    return {line.split("\t")[0].split(" -- ")[0].strip() for line in done.stdout.splitlines()}


@typed
def test_bash_completes(line: str, offered: set[str], not_offered: set[str], tmp_path: Path) -> None:
    """Asked as bash asks: the function that ``complete`` names, with the words of the line."""
    script = """
        source "$FILE"
        read -r -a COMP_WORDS <<< "$LINE"
        [[ $LINE == *' ' ]] && COMP_WORDS+=('')
        COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 )) COMP_LINE=$LINE COMP_POINT=${#LINE}
        function_of() { while [ "$1" != -F ]; do shift; done; echo "$2"; }
        "$(function_of $(complete -p pep786))" pep786 "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
        printf '%s\\n' "${COMPREPLY[@]}"
    """
    file = str(SHARE / "bash-completion" / "completions" / "pep786")
    said = offers([program("bash"), "--norc", "-c", script], tmp_path, LINE=line, FILE=file)
    assert offered <= said
    assert not said & not_offered


@typed
def test_fish_completes(line: str, offered: set[str], not_offered: set[str], tmp_path: Path) -> None:
    script = 'source "$FILE"; complete --do-complete "$LINE"'
    file = str(SHARE / "fish" / "vendor_completions.d" / "pep786.fish")
    said = offers([program("fish"), "--no-config", "-c", script], tmp_path, LINE=line, FILE=file)
    assert offered <= said
    assert not said & not_offered


@pytest.fixture(scope="session")
def zsh(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """What zsh offers for each line: one that runs in a pseudo-terminal, as there is no other way to ask it."""
    script = r"""
        zmodload zsh/zpty
        zpty -b asked zsh -f -i
        zpty -w asked "PS1=; PS2=; fpath=($DIR \$fpath); autoload -Uz compinit; compinit -D -u"
        zpty -w asked 'compadd() { builtin compadd -O found "$@"; said+=($found); builtin compadd "$@" }'
        zpty -w asked 'complete() { said=(); _main_complete; compstate[insert]=; compstate[list]= }'
        zpty -w asked 'zle -C complete complete-word complete'
        zpty -w asked 'ask() { zle complete; print "<offered>"; print -rl -- $said; print "</offered>" }'
        zpty -w asked 'zle -N ask; bindkey "^T" ask; print ready'
        zpty -r asked text '*ready*ready*'
        for line in "${(f)ASKED}"; do
            zpty -n -w asked $'\C-u'"$line"$'\C-t'
            zpty -r asked text '*</offered>*'
            print -r -- "$text<end>"
        done
    """
    lines = [line for line, _offered, _not_offered in COMPLETED]
    environ = {**os.environ, "DIR": str(SHARE / "zsh" / "site-functions"), "ASKED": "\n".join(lines)}
    command = [program("zsh"), "-f", "-c", script]
    folder = tmp_path_factory.mktemp("zsh")
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environ, cwd=folder, timeout=60)
    answers = done.stdout.split("<end>")
    assert len(answers) == len(lines) + 1, done.stdout
    return {line: set(text.partition("<offered>")[2].split()) for line, text in zip(lines, answers)}


@typed
def test_zsh_completes(line: str, offered: set[str], not_offered: set[str], zsh: dict[str, set[str]]) -> None:
    assert offered <= zsh[line]
    assert not zsh[line] & not_offered


def test_the_manual_is_complete() -> None:
    text = MANUAL.read_text(encoding="utf-8").replace("\\-", "-")
    assert f'"pep786 {pep786.__version__}"' in text
    assert cli.DRAFT in text
    for command in COMMANDS:
        assert f"\n.SS pep786 {command}\n" in text


def test_man_renders_it_without_a_warning(tmp_path: Path) -> None:
    environ = {**os.environ, "MANWIDTH": "80", "LC_ALL": "C.UTF-8", "MANROFFOPT": "-ww"}
    command = [program("man"), "--warnings", "-l", str(MANUAL)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environ, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    for heading in ("NAME", "SYNOPSIS", "COMMANDS", "ENVIRONMENT", "FILES", "EXIT STATUS"):
        assert f"\n{heading}\n" in done.stdout
    assert "pep786 shell bash >> ~/.bashrc" in done.stdout
    assert "\\" not in done.stdout.replace("\\Environment", "")


def test_whatis_knows_it(tmp_path: Path) -> None:
    copy = shutil.copy(MANUAL, tmp_path)
    done = subprocess.run([program("lexgrog"), copy], check=True, capture_output=True, text=True)
    assert '"pep786 - leave me out of the analytics that package indexes share"' in done.stdout
