"""A hostile current directory: every module of the standard library, and ours, is there under its own name.

Each of these files writes down that it was run and gives way to the real module, so that all goes on. What Python
itself makes of such a folder (``python -m`` looks there first) is what a pip without us does there.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.enabling.test_host import pretend
from tests.environments import CHECKOUT, NEWEST, Environments

if TYPE_CHECKING:
    from pep786.verify.index import Index
    from tests.environments import Environment

pytestmark = pytest.mark.real

OLD = "9.0.3"  # newer ones take the current directory from the path themselves

_OURS = ("pep786", "_pep786_startup", "sitecustomize", "usercustomize", "tomllib", "tomli", "toml", "pytoml")
_TRAP = """
import sys
with open({log!r}, "a") as log:
    log.write(__name__ + "\\n")
path = sys.path[:]
sys.path[:] = [entry for entry in path if entry not in ("", ".", {folder!r})]
del sys.modules[__name__]
try:
    __import__(__name__)
finally:
    sys.path[:] = path
"""


class Trap:
    """The folder, in which a project opts out."""

    def __init__(self, folder: Path, log: Path) -> None:
        self.folder = folder
        self.log = log
        folder.mkdir()
        library = {path.stem for path in Path(os.__file__).parent.glob("*.py")} - {"antigravity", "this"}
        for name in {*library, "fcntl", *_OURS}:
            (folder / f"{name}.py").write_text(_TRAP.format(log=str(log), folder=str(folder)))
        (folder / "pyproject.toml").write_text("[tool.pip]\nno-analytics = true\n")

    def run(self, command: list[str], **environ: str) -> tuple[subprocess.CompletedProcess[str], set[str]]:
        """Run a command there. Returns how it ended, and the traps that were stepped into."""
        self.log.unlink(missing_ok=True)
        variables = {"PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1", **environ}
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, cwd=self.folder, env={**os.environ, **variables}
        )
        return done, set(self.log.read_text().split()) if self.log.exists() else set()


@pytest.fixture
def trap(tmp_path: Path) -> Trap:
    return Trap(tmp_path / "hostile", tmp_path / "log")


@pytest.fixture
def command(tmp_path: Path) -> str:
    """The ``pep786`` of this checkout, as an installer writes it."""
    path = tmp_path / "pep786"
    lines = (
        f"#!{sys.executable}",
        "import sys",
        f"sys.path.insert(1, {str(CHECKOUT)!r})",
        "from pep786.cli import main",
    )
    path.write_text("\n".join([*lines, "sys.exit(main())"]))
    path.chmod(0o755)
    return str(path)


def download(index: Index, folder: Path) -> list[str]:
    return ["download", "--no-cache-dir", "--no-deps", "-d", str(folder), "-i", index.simple, "demo-wheel"]


def script(environment: Environment, tmp_path: Path) -> str:
    """The ``pip`` that an installer writes."""
    path = tmp_path / "pip"
    path.write_text(f"#!{environment.python}\nimport sys\nfrom pip import main\nsys.exit(main())\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize("release", [OLD, NEWEST])
def test_nothing_in_it_is_run_that_pip_alone_would_not_run(
    release: str, environments: Environments, index: Index, trap: Trap, command: str, tmp_path: Path
) -> None:
    """The project's file makes us look for a TOML parser, and the journal's end makes us lock."""
    bare, shim = environments.shared(release, shim=False), environments.shared(release)
    arguments = download(index, tmp_path / "downloads")
    alone, expected = trap.run([bare.python, "-m", "pip", *arguments])
    assert alone.returncode == 0, alone.stderr
    assert bool(expected) is True  # the traps are where Python looks
    journal = tmp_path / "journal"
    for words in (
        [shim.python, "-m", "pip", *arguments],
        [command, "run", "--", bare.python, "-m", "pip", *arguments],
        [command, "run", "--", bare.python, "-E", "-m", "pip", *arguments],
    ):
        index.clear()
        journal.write_bytes(b" " * 5_000_000)
        done, stepped = trap.run(words, PEP786_JOURNAL=str(journal))
        assert done.returncode == 0, done.stderr
        assert stepped - expected == set()
        assert [one.prefer for one in index.received] == [["no-analytics"]] * len(index.received)
        assert index.received
        assert journal.stat().st_size < 5_000_000


def test_a_script_never_looks_there(environments: Environments, index: Index, trap: Trap, tmp_path: Path) -> None:
    environment = environments.shared(OLD)
    command = [script(environment, tmp_path), *download(index, tmp_path / "downloads")]
    done, stepped = trap.run(command)
    assert (done.returncode, stepped) == (0, set()), done.stderr
    assert index.received[0].prefer == ["no-analytics"]


def test_our_own_command_never_looks_there_and_python_m_does(
    trap: Trap, command: str, environments: Environments
) -> None:
    for arguments in (["status", "--tool", "poetry"], ["log"], ["shell", "bash"]):
        done, stepped = trap.run([command, *arguments])
        assert (done.returncode, stepped) == (0, set()), done.stderr
    # A tool's Python is asked what it has.
    environment = environments.fresh(shim=False)
    for name, scripts in (("poetry", "poetry"), ("build", "pyproject-build")):
        pretend(environment, name, "1.0")
        (environment.scripts / name).rename(environment.scripts / scripts)
    path = f"{environment.scripts}{os.pathsep}{os.environ['PATH']}"
    for arguments in (["status", "--tool", "poetry"], ["status", "--tool", "build"], ["status", "--all"]):
        done, stepped = trap.run([command, *arguments], PATH=path)
        assert (done.returncode, stepped) == (0, set()), (arguments, done.stderr)
        assert str(environment.scripts) in done.stdout
    # Python's own doing: whatever has the name in the current directory is the program.
    (trap.folder / "pep786.py").write_text("print('not ours')\n")
    done, _ = trap.run([sys.executable, "-m", "pep786", "status"], PYTHONPATH=str(CHECKOUT))
    assert done.stdout == "not ours\n"
    done, _ = trap.run([sys.executable, "-P", "-m", "pep786", "--version"], PYTHONPATH=str(CHECKOUT))
    assert done.stdout.startswith("pep786 ") or sys.version_info < (3, 11)


def test_a_parser_in_it_is_not_taken(environments: Environments, trap: Trap) -> None:
    """Python 3.8 has none of its own. The environment's is."""
    environment = environments.shared(OLD)
    code = "from pep786.config import settings; print([one.opted_out for one in settings('pip', {'HOME': '/nowhere'})])"
    done, stepped = trap.run([environment.python, "-c", code])
    assert (done.stdout, "tomli" in stepped) == ("[True]\n", False), done.stderr
