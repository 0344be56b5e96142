"""``pep786 enable`` and ``disable`` stopped anywhere, at once, and on a full disk: nothing is lost."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pep786.enabling import asking, files, switching
from tests.environments import CHECKOUT
from tests.faults.disks import fill, full_disk
from tests.faults.stopping import KILL, Stopper, needs_fork, stages

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and locks are POSIX's")

_BEFORE = b"# the distribution's own\nimport sys\n"


@pytest.fixture
def stdlib(tmp_path: Path) -> Path:
    """What stands for the folder of an interpreter's standard library."""
    folder = tmp_path / "stdlib"
    folder.mkdir()
    (folder / files.CHAIN).write_bytes(_BEFORE)
    return folder


def _interpreter(folder: Path) -> asking.Interpreter:
    return asking.Interpreter(
        path=sys.executable,
        version=sys.version_info[:3],
        implementation="cpython",
        prefix=str(folder),
        base=str(folder),
        stdlib=str(folder),
        custom=str(folder / files.CHAIN),
        sites=(str(folder),),
        scripts=str(folder),
        hooked=False,
        hook=None,
    )


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


#: The command, on a folder that stands for an interpreter's standard library.
_COMMAND = """
import os, sys
from pathlib import Path
from pep786.enabling import switching
from tests.faults.test_enabling import _interpreter
switch = {"enable": switching.enable, "disable": switching.disable}
for word in sys.argv[2:]:
    switch[word](_interpreter(Path(sys.argv[1])), venvs=True)
"""


def _start(folder: Path, *words: str) -> subprocess.Popen[bytes]:
    environ = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    return subprocess.Popen([sys.executable, "-B", "-c", _COMMAND, str(folder), *words], env=environ)


@needs_fork
@pytest.mark.parametrize("links", [True, False], ids=["hard links", "no hard links"])
def test_stopped_anywhere_the_one_before_is_there_or_kept_and_both_ways_lead_on(
    links: bool, stdlib: Path, tmp_path: Path
) -> None:
    (tmp_path / "faked.py").write_text(
        "import os\nfrom pathlib import Path\nfrom pep786.enabling import asking\n"
        "from tests.faults.test_enabling import _interpreter\n"
        f"asking.ask = lambda path: _interpreter(Path({str(stdlib)!r}))\n"
        + ("" if links else "def link(*_, **__):\n    raise OSError(1, 'no such thing')\nos.link = link\n")
    )
    words = ("--python", sys.executable, "--venvs", "--break-system-packages")
    with Stopper(tmp_path, ["pep786.cli.enable", "pep786.enabling.switching", "faked"], "enabling") as stopper:
        there = stopper.run("enable", *words)
        enabled = _files(stdlib)
        back = stopper.run("disable", *words)
        assert (there.status, back.status, _files(stdlib)) == (0, 0, {files.CHAIN: _BEFORE})
        for first, whole in (("enable", there), ("disable", back)):
            for call, number in stages(whole.calls):
                assert stopper.run("disable", *words).status == 0
                if first == "disable":
                    assert stopper.run("enable", *words).status == 0
                stopper.run(first, *words, at=call, number=number)
                now = _files(stdlib)
                assert _BEFORE in (now.get(files.CHAIN), now.get(files.KEPT)), (first, call, number)
                if number != KILL:
                    assert now in ({files.CHAIN: _BEFORE}, enabled), (first, call, number)
                assert stopper.run("enable", *words).status == 0
                assert {**_files(stdlib), **enabled} == _files(stdlib), (first, call, number)
                assert stopper.run("disable", *words).status == 0
                left = {name: data for name, data in _files(stdlib).items() if not name.startswith(".")}
                left = {name: data for name, data in left.items() if not name.startswith(f"{files.KEPT}.")}
                assert left == {files.CHAIN: _BEFORE}, (first, call, number)


def test_many_at_once_lose_nothing(stdlib: Path) -> None:
    started = [_start(stdlib, *["enable", "disable"] * 8) for _ in range(3)]
    assert [process.wait(300) for process in started] == [0] * 3
    assert _files(stdlib) == {files.CHAIN: _BEFORE}


@full_disk
def test_on_a_full_disk_nothing_is_changed(disk: Path) -> None:
    (disk / files.CHAIN).write_bytes(_BEFORE)
    fill(disk, room=4096)
    before = _files(disk)
    with pytest.raises(OSError, match="No space left"):
        switching.enable(_interpreter(disk), venvs=True)
    assert _files(disk) == before
