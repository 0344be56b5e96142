"""``pep786 patch``: what fits is patched whole, what does not is left alone, with git, patch or a library."""

from __future__ import annotations

import argparse
import base64
import csv
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pep786 import patching
from pep786.cli import patch as command
from pep786.patching import PatchError, engines, mailbox, series
from tests.environments import CHECKOUT, install
from tests.patches.released import LINES, unpack

RELEASES = [release.version for release in patching.releases("pip")]
GIT = shutil.which("git") or "git"
CRLF = ("10.0.0", "10.0.1", "21.0", "21.0.1", "21.2.2", "21.2.3")
pytestmark = pytest.mark.real


def files(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, but what belongs to git."""
    found = (path for path in folder.rglob("*") if path.is_file() and ".git" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


@pytest.mark.parametrize("patch", sorted((CHECKOUT / "patches" / "pip").glob("*.patch")), ids=lambda path: path.stem)
def test_its_lines_are_no_longer_than_pip_takes_them(patch: Path) -> None:
    """Its pyproject.toml has 88 for ruff and black; a news fragment is to be shorter than 80."""
    files = re.split("^diff --git ", patch.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    for text in files:
        name = text.partition(" ")[0]
        added = [line[1:] for line in text.splitlines() if line.startswith("+") and not line.startswith("+++")]
        limit = 88 if name.endswith(".py") else 79 if "/news/" in name else 1000
        assert [line for line in added if len(line) > limit] == [], name


def source_tree(version: str, folder: Path) -> Path:
    """The layout of pip's repository, LF line ends included, made of a wheel."""
    for name, data in files(unpack(version, folder / "wheel")).items():
        if name.startswith("pip/"):
            path = folder / "tree" / ("" if version.startswith("9.") else "src") / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data.replace(b"\r\n", b"\n"))
    (folder / "tree" / "setup.py").write_text("")
    return folder / "tree"


def pep786(*arguments: str) -> int:
    """Run the command as the command line does."""
    parser = argparse.ArgumentParser()
    command.add_parser(parser.add_subparsers())
    parsed = parser.parse_args(["patch", *arguments])
    status: int = parsed.run(parsed)
    return status


@pytest.mark.parametrize("version", RELEASES)
def test_every_release_can_be_patched(version: str, tmp_path: Path) -> None:
    before = files(unpack(version, tmp_path))
    done = patching.apply(str(tmp_path))
    after = files(tmp_path)
    assert {name for name in after if after[name] != before.get(name)} == {
        os.path.relpath(path, tmp_path).replace(os.sep, "/") for path in (*done.changed, *done.added)
    }
    for name in after:
        if after[name] != before.get(name) and name.endswith(".py"):
            compile(after[name], name, "exec")


@pytest.mark.parametrize("version", LINES)
def test_every_engine_makes_the_same_files(version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(install("patch-ng"))
    assert engines.available() == list(engines.NAMES)
    trees = []
    for engine in engines.NAMES:
        unpack(version, tmp_path / engine)
        assert patching.apply(str(tmp_path / engine), engine=engine).engine == engine
        trees.append(files(tmp_path / engine))
    assert trees[0] == trees[1] == trees[2]


@pytest.mark.parametrize("version", LINES)
def test_git_am_takes_a_patch(version: str, tmp_path: Path) -> None:
    tree = source_tree(version, tmp_path)

    def git(*arguments: str) -> str:
        options = ["-c", "user.name=A", "-c", "user.email=a@b.example", "-c", "core.autocrlf=false"]
        done = subprocess.run([GIT, *options, *arguments], cwd=tree, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    for part in mailbox.read(patching.find("pip", version).patch):
        if part.path.startswith("docs/"):  # a wheel has none: what the patch says of it will do
            old = [line[1:] for line in part.text.splitlines()[4:] if line[:1] in " -"]
            (tree / part.path).parent.mkdir(parents=True, exist_ok=True)
            (tree / part.path).write_bytes(("\n".join(old) + "\n").encode())
    git("init", "--quiet")
    git("add", ".")
    git("commit", "--quiet", "-m", "released")
    git("am", patching.find("pip", version).patch)
    assert git("log", "-1", "--format=%an: %s").startswith("The pep786 maintainers: Ask indexes to leave")
    by_git = files(tree)
    git("reset", "--quiet", "--hard", "HEAD~1")
    if any(name.startswith("news/") for name in by_git):
        (tree / "news").mkdir(exist_ok=True)  # git takes it away with the last file
    patching.apply(str(tree))
    assert files(tree) == by_git


@pytest.mark.parametrize("version", CRLF)
def test_t19_line_ends_stay_as_they_are(version: str, tmp_path: Path) -> None:
    """Wheels of some releases were built with CRLF; an LF checkout gives the same text."""
    before = files(unpack(version, tmp_path / "a"))
    done = patching.apply(str(tmp_path / "a"))
    assert done.changed
    for path in done.changed:
        data = Path(path).read_bytes()
        name = os.path.relpath(path, tmp_path / "a").replace(os.sep, "/")
        assert (b"\r\n" in data) == (b"\r\n" in before[name])
        assert data.count(b"\r\n") in (0, data.count(b"\n"))


@pytest.mark.parametrize("version", ["9.0.3", "20.3.4", "26.3"])
def test_the_record_is_true_afterwards(version: str, tmp_path: Path) -> None:
    patching.apply(str(unpack(version, tmp_path)))
    record = tmp_path / f"pip-{version}.dist-info" / "RECORD"
    rows = list(csv.reader(record.read_text(encoding="utf-8").splitlines()))
    names = [row[0] for row in rows]
    assert len(set(names)) == len(names)
    assert {name for name in files(tmp_path) if not name.endswith("RECORD")} == {
        name for name in names if "RECORD" not in name
    }
    for name, digest, size in rows:
        if digest:
            data = (tmp_path / name).read_bytes()
            wanted = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
            assert (digest, size) == (f"sha256={wanted}", str(len(data)))


def test_check_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = files(unpack("24.0", tmp_path))
    assert pep786("apply", str(tmp_path), "--check") == 0
    assert "can be patched with pip-23.3-to-24.0.patch" in capsys.readouterr().out
    assert files(tmp_path) == before


def refused(capsys: pytest.CaptureFixture[str], folder: Path) -> str:
    """The one line that a refusal prints; nothing may have been changed."""
    before = files(folder)
    assert pep786("apply", str(folder)) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert files(folder) == before
    return captured.err


def test_a_folder_without_pip_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "there is no pip, poetry, pdm, hatch or uv in" in refused(capsys, tmp_path)


def test_an_unknown_release_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    init = unpack("24.0", tmp_path) / "pip" / "__init__.py"
    init.write_text(init.read_text().replace("24.0", "24.9.dev0"))
    assert "there is no patch for pip 24.9.dev0" in refused(capsys, tmp_path)


def test_a_patched_tree_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    patching.apply(str(unpack("24.0", tmp_path)))
    assert "is patched already" in refused(capsys, tmp_path)


@pytest.mark.parametrize("engine", engines.NAMES)
@pytest.mark.parametrize("change", ["modified", "deleted"])
def test_a_modified_file_is_refused_and_named(
    engine: str, change: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(install("patch-ng"))
    monkeypatch.setattr(engines, "available", lambda: [engine])
    session = unpack("24.0", tmp_path) / "pip" / "_internal" / "network" / "session.py"
    text = session.read_text()
    session.write_text(text.replace('self.headers["User-Agent"] = user_agent()', 'self.headers["User-Agent"] = "x"'))
    if change == "deleted":
        session.unlink()
    said = refused(capsys, tmp_path)
    assert "session.py" in said
    assert "as released" in said


def test_a_change_elsewhere_does_no_harm(tmp_path: Path) -> None:
    """As in a distribution's pip, or one with a local version."""
    init = unpack("23.0.1", tmp_path) / "pip" / "__init__.py"
    init.write_text(init.read_text().replace("23.0.1", "23.0.1+distribution"))
    options = tmp_path / "pip" / "_internal" / "cli" / "cmdoptions.py"
    options.write_text("# one line more\n" + options.read_text())
    assert patching.apply(str(tmp_path)).release.version == "23.0.1"


def test_it_is_all_or_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the third file cannot be moved into place, the first two are taken back."""
    before = files(unpack("24.0", tmp_path))
    replace = os.replace
    moved = []

    def failing(source: str, target: str) -> None:
        moved.append(target)
        if len(moved) == 3:
            raise PermissionError(13, "no", target)
        replace(source, target)

    monkeypatch.setattr(os, "replace", failing)
    with pytest.raises(PermissionError):
        patching.apply(str(tmp_path))
    assert len(moved) > 3
    assert files(tmp_path) == before


def test_without_any_engine_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "patch_ng", None)
    with pytest.raises(PatchError, match="install one, or the library patch-ng"):
        patching.apply(str(unpack("24.0", tmp_path)))


def test_a_repository_around_the_scratch_folder_does_not_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subprocess.run([GIT, "init", "--quiet", str(tmp_path)], check=True)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    patching.apply(str(unpack("24.0", tmp_path / "tree")), engine="git")
    assert (tmp_path / "tree" / "pip" / "_internal" / "utils" / "analytics.py").exists()


def test_list_path_and_an_unknown_tool(capsys: pytest.CaptureFixture[str]) -> None:
    assert pep786("path", "pip", "24.0") == 0
    assert Path(capsys.readouterr().out.strip()).read_text().startswith("From ")
    assert pep786("list") == 0
    listed = capsys.readouterr().out
    assert all(version in listed for version in RELEASES)
    assert pep786("list", "--json") == 0
    document = json.loads(capsys.readouterr().out)
    pips = [row for row in document["releases"] if row["tool"] == "pip"]
    assert [row["version"] for row in pips] == RELEASES
    assert [row["version"] for row in pips if not row["toml"]] == ["9.0.3"]
    assert {row["tool"] for row in document["releases"]} == set(patching.TOOLS)
    for arguments in (("pip", "8.1.2"), ("uv", "0.9")):
        assert pep786("path", *arguments) == 1
        assert capsys.readouterr().err.startswith("pep786 patch: there ")


@pytest.mark.parametrize("tool", patching.TOOLS)
def test_the_table_names_every_patch_and_no_other(tool: str) -> None:
    folder = Path(series.folder(tool))
    assert {os.path.basename(release.patch) for release in patching.releases(tool)} == {
        path.name for path in folder.glob("*.patch")
    }


def test_no_patch_adds_much() -> None:
    """A maintainer reviews one in ten minutes."""
    for release in patching.releases("pip"):
        code = [part.text for part in mailbox.read(release.patch) if part.path.startswith(("pip/", "src/pip/"))]
        lines = [
            line for text in code for line in text.splitlines() if line.startswith("+") and not line.startswith("+++")
        ]
        assert len([line for line in lines if line[1:].strip()]) <= 100, release.patch
