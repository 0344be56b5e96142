"""``pep786 shell``: the lines that opt out for good, for a shell, a service or a CI system."""

from __future__ import annotations

import os
import sys

from .output import paint, print_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Mapping

    from ..recipes import Recipe

_DESCRIPTION = """\
Print the lines that opt out, for one command and for good: ready to paste, with everything else in
comments. Without a name, those for the shell that you use. What else there is to know goes to standard
error, so that the output can go straight into a file."""

_EPILOG = """\
Examples:
  pep786 shell
  pep786 shell bash >> ~/.bashrc
  pep786 shell dockerfile
  pep786 shell sudoers | sudo install -m 440 /dev/stdin /etc/sudoers.d/pep786
  pep786 shell --list

Exit status: 0; 2 bad usage, or no shell that is known here."""

#: The recipes that are for shells; SHELL may name anything.
_SHELLS = ("bash", "zsh", "fish", "powershell", "cmd")

#: What a program named by SHELL is given, where it is not a recipe's own name.
_SAME_AS = {
    **dict.fromkeys(("sh", "ash", "busybox", "dash", "ksh", "ksh93", "mksh", "oksh", "loksh", "yash"), "bash"),
    "pwsh": "powershell",
}

_SHIM = "The variable is for your tools, and they listen once the shim is beside them: pip install pep786-shim"


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this command to the command line."""
    import argparse

    from ..recipes import recipes

    parser = commands.add_parser(
        "shell",
        help="print the lines for a profile, a Dockerfile, a CI file",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    names = ", ".join(recipes())
    parser.add_argument("name", nargs="?", choices=tuple(recipes()), metavar="NAME", help=f"one of {names}")
    parser.add_argument("--list", action="store_true", help="show the names, and the file that each is for")
    parser.add_argument("--json", action="store_true", help="print the recipe, or with --list all, as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the recipe or the list, and answer with the exit status."""
    from ..recipes import recipes

    known = recipes()
    if arguments.list:
        _print_list(known, as_json=arguments.json)
        return 0
    name = arguments.name or of_the_person(os.environ)
    if name is None:
        shell = os.environ.get("SHELL")
        why = f"no lines for {shell!r}" if shell else "SHELL does not say which shell you use"
        print(f"pep786 shell: {why}; name one of: {', '.join(known)}", file=sys.stderr)
        return 2
    recipe = known[name]
    if arguments.json:
        print_json(recipe.as_dict())
        return 0
    sys.stdout.write(recipe.text)
    sys.stdout.flush()  # before the hints, where both go to one terminal
    _print_hints(recipe, guessed=arguments.name is None)
    return 0


def of_the_person(environ: Mapping[str, str], system: str = os.name) -> str | None:
    """The name of the recipe for the shell that SHELL names, PowerShell on a Windows without one; None: there is none.

    SHELL is the login shell (POSIX, XBD 8.3), which is what a profile is for.
    """
    path = environ.get("SHELL", "").replace("\\", "/")
    if not path and system == "nt":
        return "powershell"
    shell = os.path.basename(path).lower()
    if shell.endswith(".exe"):
        shell = shell[: -len(".exe")]
    shell = _SAME_AS.get(shell, shell)
    return shell if shell in _SHELLS else None


def _print_hints(recipe: Recipe, *, guessed: bool) -> None:
    hints = [f"for good: {recipe.put or f'paste it into {recipe.where}'}", *recipe.beware]
    if not recipe.shim:
        hints.append(_SHIM)
    if guessed:
        hints.append("for others: pep786 shell --list")
    for hint in hints:
        print(f"pep786 shell: {hint}", file=sys.stderr)


def _print_list(known: Mapping[str, Recipe], *, as_json: bool) -> None:
    if as_json:
        print_json({"recipes": [recipe.as_dict() for recipe in known.values()]})
        return
    width = max(map(len, known))
    for name, recipe in known.items():
        padded = f"{name:<{width}}"
        print(f"{paint(padded, 'strong')}  {recipe.where}")
