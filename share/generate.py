"""Write what is made from the command line's parser and from the recipes: shell completion, man page, docs/recipes.md.

``python share/generate.py`` writes them all, ``--check`` says which are out of date. Needs shtab, which knows the
shells' languages; nothing of it is needed where pep786 runs.
"""

# ruff: noqa: INP001, T201  a script
from __future__ import annotations

import argparse
import importlib
import re
import sys
from pathlib import Path

SHARE = Path(__file__).resolve().parent
CHECKOUT = SHARE.parent
sys.path[:0] = [str(CHECKOUT), str(SHARE)]

import manual  # noqa: E402  beside this file, which is run by its path
import page  # noqa: E402

from pep786 import cli  # noqa: E402
from pep786.cli import run  # noqa: E402

#: Where each shell looks for it, below a prefix such as /usr/share.
COMPLETIONS = {
    "bash": "bash-completion/completions/pep786",
    "zsh": "zsh/site-functions/_pep786",
    "fish": "fish/vendor_completions.d/pep786.fish",
}
_PROGRAMS = {"bash": "_pep786_programs", "zsh": "_command_names -e", "fish": "(__fish_complete_command)"}
_PREAMBLE = {"bash": '_pep786_programs() { compgen -c -- "$1"; }\n'}
_OPTION = re.compile(r"^  (--[\w-]+)(?: ([A-Z]+))?  +(.*)$")


def described() -> argparse.ArgumentParser:
    """The command line's parser; ``run``, which reads its own, with the options that its help names."""
    parser = cli._parser()  # noqa: SLF001  the parser is not for programs
    _describe_run(commands(parser)["run"])
    return parser


def commands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """The subcommands of a parser."""
    found = (action.choices for action in parser._actions if isinstance(action, argparse._SubParsersAction))  # noqa: SLF001
    return dict(next(found, {}))


def _describe_run(parser: argparse.ArgumentParser) -> None:
    _usage, text = run._HELP.split("\n\n", 1)  # noqa: SLF001
    parser.description, rest = text.split("\n\noptions:\n")
    options, _, epilog = rest.partition("\n\n")
    parser.epilog = epilog
    for line in options.splitlines():
        if line.startswith("  -h, "):
            parser.add_argument("-h", "--help", action="help", help="show this help message and exit")
            continue
        option = _OPTION.match(line)
        if option and option[2]:
            action = parser.add_argument(option[1], metavar=option[2], help=option[3])
        elif option:
            action = parser.add_argument(option[1], action="store_true", help=option[3])
        else:
            action.help = f"{action.help} {line.strip()}"
    parser.add_argument("command", metavar="COMMAND").complete = _PROGRAMS  # type: ignore[attr-defined]
    parser.add_argument("arguments", metavar="ARGUMENT", nargs="*")


def completion(shell: str) -> str:
    """The completion script for a shell."""
    shtab = importlib.import_module("shtab")  # here, so that --help and the type checker do without
    parser = described()
    _prepare(parser, {"DIR": shtab.DIRECTORY, "FILE": shtab.FILE, "LOG": shtab.FILE, "PYTHON": shtab.FILE})
    script: str = shtab.complete(parser, shell, preamble=_PREAMBLE)
    return re.sub(r"[ \t]+$", "", script, flags=re.MULTILINE).rstrip("\n") + "\n"


def _prepare(parser: argparse.ArgumentParser, kinds: dict[str, dict[str, str]]) -> None:
    """Tell what a word is by its metavar, and describe each command by its one line of help."""
    for action in parser._actions:  # noqa: SLF001
        if action.metavar in kinds:
            action.complete = kinds[str(action.metavar)]  # type: ignore[attr-defined]
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            for choice in action._choices_actions:  # noqa: SLF001
                action.choices[choice.dest].description = choice.help
            for command in action.choices.values():
                _prepare(command, kinds)


def generated() -> dict[Path, str]:
    """What each file is to hold."""
    files = {SHARE / path: completion(shell) for shell, path in COMPLETIONS.items()}
    files[SHARE / "man/man1/pep786.1"] = manual.page(described())
    files[CHECKOUT / "docs/recipes.md"] = page.page()
    return files


def main(arguments: list[str]) -> int:
    """Write the files, or with ``--check`` name those that are out of date (exit status 1)."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--check", action="store_true", help="change nothing")
    checking = options.parse_args(arguments).check
    stale = []
    for path, text in generated().items():
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(path)
        if not checking:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    for path in stale:
        print(f"{'out of date' if checking else 'written'}: {path.relative_to(CHECKOUT)}")
    return 1 if checking and stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
