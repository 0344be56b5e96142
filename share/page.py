"""docs/recipes.md, from the recipes."""

# ruff: noqa: INP001  beside a script
from __future__ import annotations

from pep786.recipes import Recipe, recipes

_BEGIN = """\
# Recipes

`pep786 shell NAME` prints the lines of this page, ready to paste; `pep786 shell` those for the shell that you use, and
`pep786 shell --list` the names. Hints go to standard error, so that this works:

    pep786 shell bash >> ~/.bashrc

The variable is what you say; the shim is what lets your tools say it to an index. The recipes for containers and CI
have both. On a machine of your own, `pip install pep786-shim` goes into each environment, see [the shim](shim.md).

Any value that is not empty opts out, `0` too. To undo a recipe, remove its lines.

Each was run by a test under the real program, but where it says otherwise. In the lines for one command, PACKAGE stands
for whatever you install.
"""
_LANGUAGES = {
    "powershell": "powershell",
    "cmd": "bat",
    "dockerfile": "dockerfile",
    "systemd": "ini",
    "github-actions": "yaml",
    "gitlab-ci": "yaml",
    "jenkins": "groovy",
    "tox": "ini",
    "nox": "python",
    "fish": "fish",
    "bash": "bash",
    "zsh": "bash",
}


def page() -> str:
    """The page as it is to be."""
    note = "<!-- Made by share/generate.py: change pep786/recipes instead. -->\n"
    return note + _BEGIN + "".join(map(_section, recipes().values()))


def _section(recipe: Recipe) -> str:
    language = _LANGUAGES.get(recipe.name, "text")
    parts = [f"\n## {recipe.title}\n", f"For good, in `{recipe.where}` (`pep786 shell {recipe.name}`):\n"]
    parts.append(_fenced(recipe.lines, language))
    if recipe.put:
        parts += ["As one command:\n", _fenced(recipe.put + "\n", "text")]
    parts += ["For one command:\n", _fenced(recipe.once, "text")]
    for label, lines in recipe.also:
        parts += [f"{label}:\n", _fenced(lines, "text")]
    notes = [*recipe.beware, *([f"How far this was tried: {recipe.tried}."] if recipe.tried else [])]
    if notes:
        parts.append("".join(f"- {note}\n" for note in notes))
    return "\n".join(parts)


def _fenced(lines: str, language: str) -> str:
    return f"```{language}\n{lines}```\n"
