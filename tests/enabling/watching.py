"""What a folder holds, to the last bit, and what a Python does and says when it starts."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

CHECKOUT = str(Path(__file__).parent.parent.parent)
HOOKED = "import sys; print(any(hasattr(finder, 'pep786') for finder in sys.meta_path))"


def snapshot(folder: Path | str) -> dict[str, tuple[object, ...]]:
    """Every file below a folder: bytes or link target, permissions, owner and time of change; folders by name."""
    found: dict[str, tuple[object, ...]] = {}
    for path in sorted(Path(folder).rglob("*")):
        status = path.lstat()
        if stat.S_ISDIR(status.st_mode):
            found[str(path)] = ("folder",)
            continue
        held: object = os.readlink(path) if path.is_symlink() else path.read_bytes()
        found[str(path)] = (held, status.st_mode, status.st_uid, status.st_gid, status.st_mtime_ns)
    return found


def start(
    python: str, *options: str, code: str = HOOKED, cwd: Path | str = "/", **environ: str
) -> tuple[int, str, str]:
    """Exit status, output and errors of a Python that runs a line, from a folder without any code."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COVERAGE"))}
    done = subprocess.run(
        [python, *options, "-c", code],
        check=False,
        capture_output=True,
        text=True,
        env={**environment, **environ},
        cwd=cwd,
    )
    return done.returncode, done.stdout.strip(), done.stderr
