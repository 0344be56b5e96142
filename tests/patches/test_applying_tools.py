"""The patches for poetry, pdm and hatch: each fits what was released, by whatever means, and says so."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from pep786 import patching
from pep786.patching import PatchError, engines, mailbox
from tests.environments import fetched, install
from tests.patches.test_applying import GIT, files
from tests.patches.tools import TOOLS, Tool, sdist, unpack

pytestmark = pytest.mark.real
each = pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.id)


def source_tree(tool: Tool, folder: Path) -> Path:
    """The released sdist; documentation that only the repository has is what the patch says of it."""
    shutil.copytree(sdist(tool), folder)
    for part in mailbox.read(patching.find(tool.name, tool.version).patch):
        if not part.new and not (folder / part.path).exists():
            assert part.path.startswith("docs/")
            text = "\n".join(line[1:] for line in part.text.splitlines()[3:] if line[:1] in (" ", "-"))
            (folder / part.path).parent.mkdir(parents=True, exist_ok=True)
            (folder / part.path).write_text(text + "\n")
    return folder


def test_every_release_in_the_tables_is_tried() -> None:
    known = [(tool, release.version) for tool in patching.TOOLS[1:-1] for release in patching.releases(tool)]
    assert sorted(known) == sorted((tool.name, tool.version) for tool in TOOLS)


@each
def test_every_engine_patches_the_wheel_alike(tool: Tool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(install("patch-ng"))
    trees = []
    for engine in engines.NAMES:
        unpack(tool, tmp_path / engine)
        done = patching.apply(str(tmp_path / engine), engine=engine)
        assert (done.tree.tool, done.release.version, done.engine) == (tool.name, tool.version, engine)
        trees.append(files(tmp_path / engine))
    assert trees[0] == trees[1] == trees[2]
    assert not any(name.startswith(("tests/", "docs/", "news/")) for name in trees[0])
    for name in {*done.changed, *done.added}:
        if name.endswith(".py"):
            compile(Path(name).read_bytes(), name, "exec")


@each
def test_the_sdist_gets_what_git_am_gives(tool: Tool, tmp_path: Path) -> None:
    tree = source_tree(tool, tmp_path / "tree")
    patch = patching.find(tool.name, tool.version).patch

    def git(*arguments: str) -> str:
        options = ["-c", "user.name=A", "-c", "user.email=a@b.example", "-c", "core.autocrlf=false"]
        done = subprocess.run([GIT, *options, *arguments], cwd=tree, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    (tree / "news").mkdir(exist_ok=True)
    git("init", "--quiet")
    git("add", "--force", ".")
    git("commit", "--quiet", "-m", "released")
    git("am", patch)
    assert git("log", "-1", "--format=%an: %s").startswith("The pep786 maintainers: Ask indexes to leave")
    by_git = files(tree)
    git("reset", "--quiet", "--hard", "HEAD~1")
    (tree / "news").mkdir(exist_ok=True)
    patching.apply(str(tree))
    assert files(tree) == by_git


@each
def test_a_bare_sdist_gets_its_tests_and_no_stray_documentation(tool: Tool, tmp_path: Path) -> None:
    shutil.copytree(sdist(tool), tmp_path / "tree")
    before = files(tmp_path / "tree")
    patching.apply(str(tmp_path / "tree"))
    new = set(files(tmp_path / "tree")) - set(before)
    assert len(new) == 2
    assert {name.rpartition("/")[2] for name in new} == {"analytics.py", "test_analytics.py"}


@pytest.mark.parametrize("tool", [tool for tool in TOOLS if tool.name == "pdm"], ids=lambda tool: tool.id)
def test_a_tag_tells_the_release(tool: Tool, tmp_path: Path) -> None:
    """As in the repositories of pdm and hatch, whose version stands nowhere else."""
    tree = source_tree(tool, tmp_path / "tree")
    (tree / "PKG-INFO").unlink()
    text = (tree / "pyproject.toml").read_text()
    (tree / "pyproject.toml").write_text(text.replace(f'version = "{tool.version}"', 'dynamic = ["version"]'))
    with pytest.raises(PatchError, match="tells which release of pdm it is"):
        patching.apply(str(tree))
    for command in (["init", "--quiet"], ["commit", "--quiet", "--allow-empty", "-m", "x"], ["tag", tool.version]):
        subprocess.run([GIT, "-c", "user.name=A", "-c", "user.email=a@b.example", *command], cwd=tree, check=True)
    assert patching.apply(str(tree), check=True).release.version == tool.version


def test_where_there_are_several_it_asks_which(tmp_path: Path) -> None:
    for tool in (TOOLS[0], TOOLS[2]):
        unpack(tool, tmp_path)
    with pytest.raises(PatchError, match=r"there are poetry and pdm in .*: say which to patch with --tool"):
        patching.apply(str(tmp_path))
    assert patching.apply(str(tmp_path), tool="pdm").tree.tool == "pdm"
    assert patching.apply(str(tmp_path), tool="poetry").tree.tool == "poetry"
    with pytest.raises(PatchError, match="there is no hatch in"):
        patching.apply(str(tmp_path), tool="hatch")
    with pytest.raises(PatchError, match=r"pdm .* is patched already"):
        patching.apply(str(tmp_path), tool="pdm")


def test_hatch_before_its_first_major_is_refused(tmp_path: Path) -> None:
    shutil.unpack_archive(str(fetched("hatch", "0.23.1")), str(tmp_path), "zip")
    with pytest.raises(PatchError, match=r"there is no patch for hatch 0.23.1; .* 1.9.7, 1.18.2"):
        patching.apply(str(tmp_path))


def test_no_patch_adds_much() -> None:
    """A maintainer reviews one in a quarter of an hour; a third of the code is the new module."""
    for tool in TOOLS:
        parts = mailbox.read(patching.find(tool.name, tool.version).patch)
        code = [part.text for part in parts if part.path.startswith((f"{tool.name}/", "src/"))]
        lines = [line for text in code for line in text.splitlines()]
        added = [line for line in lines if line.startswith("+") and not line.startswith("+++") and line[1:].strip()]
        assert len(added) <= 140, (tool.id, len(added))
