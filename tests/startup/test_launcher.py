"""The launcher: whatever Python would have run runs as if Python had run it (tool facts, T26 to T29)."""

from __future__ import annotations

import json
import os
import subprocess
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from pep786.children.commands import LAUNCHER
from tests.environments import python

if TYPE_CHECKING:
    from pathlib import Path

PROBE = """
import json, sys
print(json.dumps({
    "argv": sys.argv, "path": sys.path, "name": __name__, "package": __package__,
    "spec": __spec__ and __spec__.name if "__spec__" in globals() else None,
    "file": globals().get("__file__"), "main": sys.modules["__main__"].__dict__ is globals(),
}))
sys.exit(3)
"""
PYTHONS = ["2.7", "3.6", "3.8", "3.11", "3.12", "3.13"]
OPTIONS = [[], ["-I"], ["-E", "-s"], ["-B", "-u"]]


@pytest.fixture
def shapes(tmp_path: Path) -> dict[str, list[str]]:
    """Each way to tell Python what to run, all of them the same program."""
    (tmp_path / "module.py").write_text(PROBE)
    for folder in ("package", "folder"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "__main__.py").write_text(PROBE)
    (tmp_path / "package" / "__init__.py").write_text("")
    with zipfile.ZipFile(tmp_path / "archive.whl", "w") as archive:
        archive.writestr("__main__.py", PROBE)
        archive.writestr("inner/__main__.py", PROBE)
    return {
        "module": ["-m", "module", "a", "-b"],
        "package": ["-m", "package", "--", "-m"],
        "file": [str(tmp_path / "module.py"), "a"],
        "folder": [str(tmp_path / "folder")],
        "archive": [str(tmp_path / "archive.whl"), "-c"],
        "inner": [str(tmp_path / "archive.whl" / "inner")],
        "code": ["-c", PROBE, "a"],
    }


@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: " ".join(options) or "no options")
@pytest.mark.parametrize("version", PYTHONS)
def test_a_program_sees_what_it_would_have_seen(
    version: str, options: list[str], shapes: dict[str, list[str]], tmp_path: Path
) -> None:
    interpreter = python(version)
    if interpreter is None:
        pytest.skip(f"this machine has no Python {version}")
    if version == "2.7" and "-I" in options:
        options = ["-E", "-s"]  # -I came with Python 3.4
    for shape, command in shapes.items():
        if options == ["-I"] and command[:1] == ["-m"]:
            continue  # not found by either: the current directory is not on sys.path
        plain, status = seen([interpreter, *options, *command], tmp_path)
        launched, launched_status = seen([interpreter, *options, LAUNCHER, "pip", *command], tmp_path)
        assert (status, launched_status) == (3, 3)
        if shape == "code":
            plain.pop("spec")
            launched.pop("spec")
        if shape in ("file", "code") and not plain["package"]:
            plain["package"] = launched["package"] = None  # None or "": no package
        if shape in ("folder", "archive", "inner"):
            plain["path"], launched["path"] = plain["path"][:1], launched["path"][:1]
        assert launched == plain, shape


def seen(command: list[str], folder: Path) -> tuple[dict[str, Any], int]:
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=folder)
    assert done.stdout, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer, done.returncode


def test_an_old_python_gets_the_last_resort(tmp_path: Path) -> None:
    interpreter = python("3.6")
    if interpreter is None:
        pytest.skip("this machine has no Python 3.6")
    show = "import os; print(os.environ.get('PIP_USER_AGENT_USER_DATA'))"

    def said(**environ: str) -> str:
        command = [interpreter, LAUNCHER, "pip", "-c", show]
        environment = {**os.environ, **environ}
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment, cwd=tmp_path)
        return done.stdout.strip()

    assert said(PY_NO_ANALYTICS="0") == "no-analytics"
    assert said(PY_NO_ANALYTICS="1", _PYTHON_NO_ANALYTICS="0") == "None"
    assert said() == "None"
    assert said(PIP_NO_ANALYTICS="1", PIP_USER_AGENT_USER_DATA="mine") == "mine"
