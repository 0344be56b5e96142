"""The inputs that are kept: a folder to each target, a file to each input. What was a find has a name that says so."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

FOLDER = Path(__file__).with_name("corpus")


def files(name: str) -> list[Path]:
    """The inputs of a target."""
    return sorted(path for path in (FOLDER / name).glob("*") if path.is_file())


def add(name: str, data: bytes) -> None:
    """Keep an input, named by what is in it."""
    folder = FOLDER / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / sha256(data).hexdigest()[:12]).write_bytes(data)


def is_unnamed(path: Path) -> bool:
    """Whether it is there for what it reaches, and not because it was a find."""
    return re.fullmatch("[0-9a-f]{12}", path.name) is not None
