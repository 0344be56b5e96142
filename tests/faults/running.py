"""Commands of ours and pips, started as a shell would start them, and a pip with the shim beside one without."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.environments import CHECKOUT

if TYPE_CHECKING:
    from pathlib import Path

    from pep786.verify.index import Index
    from tests.environments import Environment, Environments

#: Separates what hangs from what ends, on a machine with much else to do.
LIMIT = 120


def pep786(
    *arguments: str, streams: str = "", cwd: Path | None = None, **environ: str
) -> subprocess.CompletedProcess[str]:
    """Run a command of ours; streams is what a shell has for them, such as ``2>&-``."""
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT), **environ}
    return shell([sys.executable, "-m", "pep786", *arguments], streams, cwd, environment)


def shell(
    command: list[str], streams: str, cwd: Path | None, environ: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run a command with its streams as a shell has them."""
    environ = {name: value for name, value in environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    words = ["sh", "-c", f'exec "$@" {streams}', "sh", *command]
    return subprocess.run(
        words,
        check=False,
        capture_output=True,
        text=True,
        errors="backslashreplace",
        cwd=cwd,
        env=environ,
        timeout=LIMIT,
    )


class Pip:
    """One release of pip in two environments, with the shim and without it."""

    def __init__(self, environments: Environments, release: str, folder: Path) -> None:
        self.shim = environments.shared(release)
        self.bare = environments.shared(release, shim=False)
        self.folder = folder

    def download(
        self, environment: Environment, index: Index | str, *arguments: str, streams: str = "", **environ: str
    ) -> subprocess.CompletedProcess[str]:
        """``pip download demo-wheel``, apart from the machine's configuration; what it prints names no environment."""
        simple = index if isinstance(index, str) else index.simple
        target = self.folder / environment.root.parent.name
        quiet = ["--disable-pip-version-check", "--no-cache-dir"]
        words = [environment.python, "-m", "pip", *quiet, "download", "--no-deps", "-d", str(target), "-i", simple]
        variables = {**os.environ, "PIP_CONFIG_FILE": os.devnull, **environ}
        done = shell([*words, *arguments, "demo-wheel"], streams, self.folder, variables)
        for place in (str(target), f"./{target.name}", str(environment.root)):
            done.stdout, done.stderr = (text.replace(place, "HERE") for text in (done.stdout, done.stderr))
        return done

    def got(self, environment: Environment) -> dict[str, bytes]:
        """What was downloaded."""
        target = self.folder / environment.root.parent.name
        return {one.name: one.read_bytes() for one in target.iterdir()} if target.is_dir() else {}
