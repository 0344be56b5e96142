"""Temporary virtual environments to measure in, with our wheel built from this checkout, and clean variables."""

from __future__ import annotations

import glob
import json
import os
import subprocess
import sys
import venv

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

#: What a measured process keeps of our environment; the rest could switch on what is being measured.
_KEPT = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR")

#: What would keep .pyc files from being written, or put other code on the path, while installing.
_DROPPED = ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "PYTHONHOME", "PYTHONPYCACHEPREFIX", "PIP_REQUIRE_VIRTUALENV")


class Workshop:
    """A folder with a newest pip, and what it makes there: the wheel and virtual environments.

    All is built with the Python that runs the benchmark. The person's own pip configuration holds for what
    is fetched, and for nothing that is measured.
    """

    def __init__(self, folder: str) -> None:
        self.folder = os.path.realpath(folder)
        self._environ = {name: value for name, value in os.environ.items() if name not in _DROPPED}
        self._environ.update(PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_NO_INPUT="1")
        self.pip = self._python("pip")
        venv.create(os.path.dirname(os.path.dirname(self.pip)), with_pip=True)
        self._run("install", "--upgrade", "pip")

    def wheel(self) -> str:
        """Our own wheel, built from the checkout as a person would install it."""
        output = os.path.join(self.folder, "dist")
        self._run("wheel", "--no-deps", "--wheel-dir", output, ROOT)
        return glob.glob(os.path.join(output, "pep786_shim-*.whl"))[0]

    def environment(self, name: str, *requirements: str) -> str:
        """The Python of a new virtual environment with nothing in it but these and what they depend on.

        The names given by the benchmarks are equally long: the length of a path is worth some instructions.
        """
        python = self._python(name)
        venv.create(os.path.dirname(os.path.dirname(python)), with_pip=False)
        if requirements:
            self._run("--python", python, "install", *requirements)
        return python

    def versions(self, python: str) -> dict[str, str]:
        """What is installed there, for the record."""
        found = json.loads(self._run("--python", python, "list", "--format", "json"))
        return {entry["name"]: entry["version"] for entry in found}

    def clean(self, **more: str) -> dict[str, str]:
        """The variables for a measured process: a home of its own, hashes that do not vary, and what is given."""
        home = os.path.join(self.folder, "home")
        os.makedirs(home, exist_ok=True)
        environ = {name: os.environ[name] for name in _KEPT if name in os.environ}
        environ.update(HOME=home, USERPROFILE=home, APPDATA=home, PYTHONHASHSEED="0")
        environ.update(XDG_CONFIG_HOME=os.path.join(home, ".config"), XDG_CONFIG_DIRS=os.path.join(home, "xdg"))
        environ.update(PIP_DISABLE_PIP_VERSION_CHECK="1")
        environ.update(more)
        return environ

    def _python(self, name: str) -> str:
        if os.name == "nt":
            return os.path.join(self.folder, name, "Scripts", "python.exe")
        return os.path.join(self.folder, name, "bin", "python")

    def _run(self, *arguments: str) -> str:
        """Have pip do something, and show what it said only when it could not."""
        done = subprocess.run(
            [self.pip, "-m", "pip", *arguments], env=self._environ, check=False, capture_output=True, text=True
        )
        if done.returncode:
            sys.exit(f"pip {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
        return done.stdout
