"""``python3 -m tests [NOX ARGUMENTS]``: run all checks from a clean clone, with nothing but Python and git.

Makes a virtual environment in .venv, installs nox into it and runs its default sessions. Nothing is installed outside
the checkout, so that an externally managed Python (PEP 668) is no obstacle; pip's and virtualenv's caches grow as ever.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
OLDEST = (3, 11)  # the type checker's and the tools' last releases for older ones judge otherwise
VENV = CHECKOUT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def main(arguments: list[str]) -> int:
    """Run nox with these arguments; returns its exit status, or 1 with one line where it cannot be had."""
    if sys.version_info < OLDEST:
        print(
            "tests: the checks need Python 3.11 or later to run in; -s unit then tests each older one that is here",
            file=sys.stderr,
        )
        return 1
    if not _runs([str(PYTHON), "-m", "nox", "--version"]) and not _make_environment():
        print(
            "tests: this Python makes no virtual environment with pip in it (on Debian: apt install python3-venv)",
            file=sys.stderr,
        )
        return 1
    return subprocess.run([str(PYTHON), "-m", "nox", *arguments], check=False, cwd=CHECKOUT).returncode


def _make_environment() -> bool:
    """Whether .venv is there with nox in it: by ensurepip, or by this Python's own pip where that is missing."""
    by_ensurepip = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    if _runs(by_ensurepip):
        return _runs([str(PYTHON), "-m", "pip", "install", "--quiet", "nox"])
    if not _runs([*by_ensurepip, "--without-pip"]):
        return False
    return _runs([sys.executable, "-m", "pip", "--python", str(PYTHON), "install", "--quiet", "nox"])


def _runs(command: list[str]) -> bool:
    try:
        return subprocess.run(command, check=False, stdout=subprocess.DEVNULL).returncode == 0
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
