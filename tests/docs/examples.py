"""The examples of the pages: ``console`` blocks, run in their order, each page in a home of its own.

A line that begins with ``$`` is a command; the lines below it are what it prints, ``...`` standing for anything, as in
doctest. Every command has to end with 0. Where a block shows no output, none is compared.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING, NamedTuple

from tests.environments import CHECKOUT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

DOCS = CHECKOUT / "docs"
_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_MARK = "\x1e"


class Command(NamedTuple):
    """A command and what the page says that it prints."""

    line: str
    printed: str


def pages() -> list[str]:
    """The pages that have examples."""
    return sorted(page.stem for page in DOCS.glob("*.md") if _BLOCK.search(page.read_text("utf-8")))


def commands(text: str) -> list[Command]:
    """The commands of a page."""
    found = []
    for block in _BLOCK.findall(text):
        assert block.startswith("$ "), block
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            line, _, printed = part.partition("\n")
            found.append(Command(line, printed.rstrip("\n")))
    return found


def run(examples: list[Command], folder: Path, environ: Mapping[str, str]) -> list[tuple[int, str]]:
    """Exit status and output of each command, all of them typed into one shell."""
    typed = "".join(f"{command.line}\nprintf '\\n{_MARK}%s{_MARK}' $?\n" for command in examples)
    script = folder / ".typed"
    script.write_text(typed, encoding="utf-8")
    done = subprocess.run(
        [shutil.which("bash") or "bash", "--norc", "--noprofile", str(script)],
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=folder,
        env=dict(environ),
    )
    parts = done.stdout.split(_MARK)
    return [(int(status), output) for output, status in zip(parts[::2], parts[1::2])]


def agrees(printed: str, output: str) -> bool:
    """Whether an output is what the page says."""
    pattern = re.escape(printed)
    for dots, anything in (("\n...", r"(?:\n.*?)?"), ("...", ".*?")):
        pattern = pattern.replace(re.escape(dots), anything)
    return re.fullmatch(pattern, output.strip("\n"), re.DOTALL) is not None
