"""``pep786 patch apply`` that is stopped, met by another one, or on a tree that changes or cannot be written."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING

import pytest

from pep786 import patching
from pep786.cli import main
from pep786.locks import locked
from pep786.patching import applying, mailbox
from tests.faults.disks import fill, full_disk
from tests.faults.stopping import KILL, Stopper, needs_fork, stages
from tests.patches.released import unpack
from tests.patches.test_applying import files

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.real

_VERSION = "24.0"


def _refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    assert main(["patch", "apply", *words]) == 1
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "Traceback" not in told
    return told


@needs_fork
def test_stopped_anywhere_it_is_the_one_or_the_other_and_a_later_run_patches(tmp_path: Path) -> None:
    before = files(unpack(_VERSION, tmp_path / "tree"))
    tree, words = tmp_path / "tree", ("patch", "apply", "tree")
    kept = tmp_path / "kept"
    shutil.copytree(str(tree), str(kept))

    def lay_out() -> None:
        shutil.rmtree(str(tree))
        shutil.copytree(str(kept), str(tree))

    with Stopper(tmp_path, ["pep786.patching", "tempfile"], os.path.join("patching", "")) as stopper:
        whole = stopper.run(*words)
        after = files(tree)
        assert (whole.status, after != before) == (0, True)
        assert whole.calls > 20
        for call, number in stages(whole.calls):
            lay_out()
            ended = stopper.run(*words, at=call, number=number)
            assert ended.status in (0, -number, 130), ended
            if number != KILL:
                assert files(tree) in (before, after), (call, number)
            again = stopper.run(*words)
            assert again.status == 0 or "is patched already" in again.err
            assert files(tree) == after, (call, number)


def test_what_a_killed_run_left_is_taken_back_but_not_by_a_check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = files(unpack(_VERSION, tmp_path))
    work = tmp_path / ".pep786-patching"
    work.mkdir()
    victim = tmp_path / "pip" / "__init__.py"
    (work / "old-0").write_bytes(victim.read_bytes())
    victim.write_text(victim.read_text() + "# half way\n")
    (work / "to-put-back.json").write_text(json.dumps([["pip/__init__.py", True], ["pip/new.py", False]]))
    (tmp_path / "pip" / "new.py").write_text("")
    assert "a run was killed half way" in _refused(capsys, "--check", str(tmp_path))
    assert main(["patch", "apply", str(tmp_path)]) == 0
    assert not work.exists()
    assert files(tmp_path)["pip/__init__.py"] == before["pip/__init__.py"]
    assert "pip/new.py" not in files(tmp_path)


@pytest.mark.parametrize("name", ["../prey", "/prey", "out/prey"])
def test_a_list_that_came_with_the_tree_puts_nothing_elsewhere(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tree = tmp_path / "tree"
    unpack(_VERSION, tree)
    prey = tmp_path / "prey"
    prey.write_text("prey")
    (tree / "out").symlink_to(tmp_path)
    (tree / ".pep786-patching").mkdir()
    (tree / ".pep786-patching" / "old-0").write_text("hostile")
    (tree / ".pep786-patching" / "to-put-back.json").write_text(json.dumps([[name, True]]))
    assert "is none of ours" in _refused(capsys, str(tree))
    assert prey.read_text() == "prey"


def test_a_file_that_changes_meanwhile_is_not_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = files(unpack(_VERSION, tmp_path))
    victim = "pip/_internal/cli/cmdoptions.py"
    patched = applying._patched

    def meanwhile(*arguments: object) -> dict[str, bytes]:
        done = patched(*arguments)  # type: ignore[arg-type]
        (tmp_path / victim).write_bytes(before[victim] + b"# mine\n")
        return done

    monkeypatch.setattr(applying, "_patched", meanwhile)
    assert f"{victim} was changed meanwhile" in _refused(capsys, str(tmp_path))
    assert files(tmp_path) == {**before, victim: before[victim] + b"# mine\n"}


@pytest.mark.skipif(os.name == "nt", reason="no such locks on Windows")
def test_two_at_once_are_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = files(unpack(_VERSION, tmp_path))
    with locked(str(tmp_path), 0) as alone:
        assert alone
        assert "another run is patching it" in _refused(capsys, str(tmp_path))
    assert files(tmp_path) == before
    assert patching.apply(str(tmp_path)).changed


@full_disk
def test_on_a_full_disk_nothing_is_changed(disk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    unpack(_VERSION, disk.parent / "tree")
    for name in ("pip/__init__.py", *_touched()):
        (disk / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(str(disk.parent / "tree" / name), str(disk / name))
    filler = fill(disk, room=20_000)
    before = files(disk)
    assert "No space left on device" in _refused(capsys, str(disk))
    assert files(disk) == before
    filler.unlink()
    assert main(["patch", "apply", str(disk)]) == 0


def _touched() -> list[str]:
    parts = mailbox.read(patching.find("pip", _VERSION).patch)
    return [part.path[len("src/") :] for part in parts if part.path.startswith("src/") and not part.new]
