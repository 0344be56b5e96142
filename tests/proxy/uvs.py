"""Released uvs from the registry, and a world for them: a home, a project, and nothing that leads to the network."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
import time
import zipfile
from typing import TYPE_CHECKING

from tests.environments import CACHE, CHECKOUT, fetched
from tests.listening import Listener

if TYPE_CHECKING:
    import socket
    from pathlib import Path
    from typing import Mapping

#: An old one, one in the middle, the newest; each reads its configuration a little differently.
VERSIONS = ("0.5.31", "0.9.9", "0.13.8")
NEWEST = VERSIONS[-1]

# What `pep786 run` does for uv when it goes through no proxy; "proxied" has it take out what the proxy would.
_SHIELDED = """
import os, sys
from pep786.proxy import lifetime, uv_config, uv_options
line = uv_options.parse(sys.argv[2:])
environ = dict(os.environ)
shield = uv_config.shield(line, environ, proxied=sys.argv[1] == "proxied")
for note in shield.notes:
    print("pep786 run:", note, file=sys.stderr, flush=True)
lifetime.remove_after(shield.paths)
os.execvpe(shield.command[0], shield.command, environ)
"""


@functools.lru_cache(maxsize=None)
def folder(version: str, project: str = "uv") -> Path:
    """The folder with the executables of a release, ``uv`` and ``uvx``, from the cache or the registry."""
    there = CACHE / f"{project}-{version}-programs"
    if not there.exists():
        part = CACHE / f"{there.name}.{os.getpid()}"
        part.mkdir(parents=True)
        with zipfile.ZipFile(fetched(project, version, native=True)) as archive:
            for name in archive.namelist():
                if ".data/scripts/" in name:
                    program = part / name.rpartition("/")[2]
                    program.write_bytes(archive.read(name))
                    program.chmod(0o755)
        try:
            part.replace(there)
        except OSError:
            if not there.exists():
                raise
            shutil.rmtree(part)  # another worker was first
    return there


class Trap(Listener):
    """A port that takes connections and closes them, and counts: where nothing should arrive."""

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    def serve(self, client: socket.socket) -> None:
        """Nothing is said."""


class World:
    """A home, a folder to work in, and a uv that keeps what it makes in there.

    ``environ`` is what every run gets, on top of little more than PATH.
    """

    def __init__(self, root: Path, version: str) -> None:
        self.root = root
        self.uv = str(folder(version) / "uv")
        self.uvx = str(folder(version) / "uvx")
        self.work = root / "work"
        self.temporary = root / "temporary"
        for made in (self.work, self.temporary, root / "home", root / "machine"):
            made.mkdir(parents=True, exist_ok=True)
        self.environ = {
            **{name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ},
            "HOME": str(root / "home"),
            "TMPDIR": str(self.temporary),
            "XDG_CONFIG_DIRS": str(root / "machine"),
            "UV_CACHE_DIR": str(root / "cache"),
            "UV_TOOL_DIR": str(root / "tools"),
            "UV_TOOL_BIN_DIR": str(root / "bin"),
            "UV_PYTHON": sys.executable,
            "UV_PYTHON_DOWNLOADS": "never",
            "UV_NO_PROGRESS": "1",
            "PYTHONPATH": str(CHECKOUT),
        }

    def write(self, name: str, text: str) -> None:
        """Write a file below the root; its folders are made."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def direct(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run uv by itself, in the folder ``work`` or the one that CWD names."""
        return self.run([self.uv, *arguments], environ)

    def shielded(
        self, *arguments: str, environ: Mapping[str, str] | None = None, proxied: bool = False
    ) -> subprocess.CompletedProcess[str]:
        """Run uv as ``pep786 run`` does."""
        return self.run([*self.wrapper(proxied=proxied), self.uv, *arguments], environ)

    def wrapper(self, *, proxied: bool = False) -> list[str]:
        """What stands before uv's own command line to shield it."""
        return [sys.executable, "-c", _SHIELDED, "proxied" if proxied else "direct"]

    def run(self, command: list[str], environ: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command in this world."""
        variables = {**self.environ, **(environ or {})}
        cwd = variables.pop("CWD", str(self.work))
        return subprocess.run(command, check=False, capture_output=True, text=True, cwd=cwd, env=variables)

    def left_behind(self) -> list[str]:
        """What there is of ours in the temporary folder and beside the project; waits a while for its end."""
        for _ in range(200):
            left = [path.name for path in (*self.temporary.glob("pep786-*"), *self.root.rglob(".pep786-*"))]
            if not left:
                break
            time.sleep(0.02)
        return left
