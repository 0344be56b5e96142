"""The patch for uv: it fits the released sdist by whatever means, says that it is unbuilt, and is whole in itself.

Nothing here compiles it. What can be told without a compiler is told: that Rust's own formatter takes every file as
it is, and that whatever lists uv's settings or options lists the new ones.
"""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from pep786 import patching
from pep786.patching import PatchError, engines, mailbox
from tests.environments import CACHE, install
from tests.patches.test_applying import GIT, files, pep786

pytestmark = pytest.mark.real

RELEASE = patching.find("uv", "0.13.8")
PARTS = mailbox.read(RELEASE.patch)
# As pytest was started: the registry may be configured there.
_ENVIRON = dict(os.environ)

# pip asks an sdist for its metadata before it keeps it, and uv's own backend would want the crates for that.
_BACKEND = """\
import os
def prepare_metadata_for_build_wheel(folder, config_settings=None):
    name = "uv-{version}.dist-info"
    os.mkdir(os.path.join(folder, name))
    with open(os.path.join(folder, name, "METADATA"), "w") as file:
        file.write("Metadata-Version: 2.1\\nName: uv\\nVersion: {version}\\n")
    return name
"""


@functools.lru_cache(maxsize=None)
def sdist() -> Path:
    """The released sdist, from the cache or the registry."""
    folder = CACHE / f"uv-{RELEASE.version}-sdist"
    if not list(folder.glob("*.tar.gz")):
        part = CACHE / f"{folder.name}.{os.getpid()}"
        part.mkdir(parents=True)
        (part / "maturin.py").write_text(_BACKEND.format(version=RELEASE.version))
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-build-isolation"]
        command += ["--no-binary", "uv", "--dest", str(part), f"uv=={RELEASE.version}"]
        environ = {**_ENVIRON, "PYTHONPATH": str(part)}
        done = subprocess.run(command, check=False, capture_output=True, text=True, env=environ)
        if done.returncode:
            pytest.fail(f"the sdist of uv cannot be fetched: {done.stderr.strip()}")
        folder.mkdir(exist_ok=True)
        for archive in part.glob("*.tar.gz"):
            archive.replace(folder / archive.name)
        shutil.rmtree(part)
    return next(folder.glob("*.tar.gz"))


@functools.lru_cache(maxsize=None)
def released() -> dict[str, bytes]:
    """What the sdist has of the files that the patch changes or that tell what it is."""
    wanted = {part.path for part in PARTS} | {"PKG-INFO", "pyproject.toml", "crates/uv/Cargo.toml"}
    found = {}
    with tarfile.open(sdist()) as archive:
        for member in archive:
            name = member.name.partition("/")[2]
            data = archive.extractfile(member) if name in wanted else None
            if data is not None:
                found[name] = data.read()
    return found


def unpack(folder: Path) -> Path:
    """A source tree with these files."""
    for name, data in released().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


@pytest.fixture(scope="module")
def patched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A source tree with the patch in it."""
    folder = unpack(tmp_path_factory.mktemp("uv") / "tree")
    patching.apply(str(folder))
    return folder


def test_every_engine_patches_the_sdist_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(install("patch-ng"))
    trees = []
    for engine in engines.NAMES:
        done = patching.apply(str(unpack(tmp_path / engine)), engine=engine)
        assert (done.tree.tool, done.release.version, done.engine) == ("uv", RELEASE.version, engine)
        trees.append(files(tmp_path / engine))
    assert trees[0] == trees[1] == trees[2]
    # What the sdist does not have stays away.
    assert set(trees[0]) - set(released()) == {part.path for part in PARTS if part.new}


def test_the_repository_gets_what_git_am_gives(tmp_path: Path) -> None:
    tree = unpack(tmp_path / "tree")
    absent = [part for part in PARTS if not part.new and part.path not in released()]
    assert {part.path for part in absent} == {"clippy.toml", "docs/concepts/indexes.md", "uv.schema.json"}
    for part in absent:  # only the repository has these: what the patch says of them will do
        text = "\n".join(line[1:] for line in part.text.splitlines()[3:] if line[:1] in (" ", "-"))
        (tree / part.path).parent.mkdir(parents=True, exist_ok=True)
        (tree / part.path).write_text(text + "\n")

    def git(*arguments: str) -> None:
        options = ["-c", "user.name=A", "-c", "user.email=a@b.example", "-c", "core.autocrlf=false"]
        done = subprocess.run([GIT, *options, *arguments], cwd=tree, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr

    git("init", "--quiet")
    git("add", "--force", ".")
    git("commit", "--quiet", "-m", "released")
    git("am", RELEASE.patch)
    by_git = files(tree)
    git("reset", "--quiet", "--hard", "HEAD~1")
    patching.apply(str(tree))
    assert files(tree) == by_git


def test_it_says_everywhere_that_it_is_unbuilt(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    message = Path(RELEASE.patch).read_text(encoding="utf-8").partition("\n---\n")[0]
    assert "\nUNBUILT: " in message
    assert [(release.tool, release.version) for tool in patching.TOOLS for release in patching.releases(tool)][-1:] == [
        ("uv", RELEASE.version)
    ]
    assert [release.tool for tool in patching.TOOLS for release in patching.releases(tool) if release.unbuilt] == ["uv"]
    assert pep786("list") == 0
    line = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("uv-"))
    assert "unbuilt" in line
    for arguments in (("--check",), ()):
        assert pep786("apply", *arguments, str(unpack(tmp_path))) == 0
        captured = capsys.readouterr()
        assert captured.err.count("\n") == 1
        assert captured.err.startswith(f"pep786 patch: warning: uv-{RELEASE.version}.patch is unbuilt: ")


def test_what_cannot_be_patched_is_refused(patched: Path, tmp_path: Path) -> None:
    with pytest.raises(PatchError, match=r"uv 0\.13\.8 in .* is patched already"):
        patching.apply(str(patched))
    (tmp_path / "uv").mkdir()
    (tmp_path / "uv" / "__main__.py").write_text("")
    with pytest.raises(PatchError, match=r"there is no uv in .*: give a source tree$"):
        patching.apply(str(tmp_path), tool="uv")
    other = unpack(tmp_path / "other")
    (other / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: uv\nVersion: 0.13.7\n")
    with pytest.raises(PatchError, match=r"there is no patch for uv 0\.13\.7; there is for the releases 0\.13\.8"):
        patching.apply(str(other))


def schema() -> str:
    """The part of the JSON schema that the patch shows, as it is afterwards."""
    text = next(part.text for part in PARTS if part.path == "uv.schema.json")
    return "\n".join(line[1:] for line in text.splitlines()[3:] if line[:1] in (" ", "+"))


def setting() -> dict[str, object]:
    """The new setting in the JSON schema."""
    found = re.search(r'^    "no-analytics": (\{.*?^    \}),$', schema(), re.MULTILINE | re.DOTALL)
    assert found
    parsed: dict[str, object] = json.loads(found[1])
    return parsed


def test_the_schema_has_the_setting_in_its_place() -> None:
    assert set(setting()) == {"description", "type"}
    assert setting()["type"] == ["boolean", "null"]
    names = re.findall(r'^    "([a-z-]+)": \{$', schema(), re.MULTILINE)
    assert names == sorted(names)
    assert "no-analytics" in names
    assert len(names) > 1


def test_the_schema_says_what_the_setting_says(patched: Path) -> None:
    """The one is made of the other's comment, line by line."""
    settings = (patched / "crates/uv-settings/src/settings.rs").read_text()
    comment = settings.partition("    pub no_analytics: Option<bool>,")[0].rpartition("    #[option(\n")[0]
    lines = re.findall(r"^    ///(?: (.*)|)$", comment.rpartition("Option<bool>,\n")[2], re.MULTILINE)
    assert "\n".join(lines) == setting()["description"]


def test_what_lists_the_settings_lists_this_one(patched: Path) -> None:
    """Rust has every literal of a struct name every field; ``offline`` is a setting of the same type and place."""
    settings = (patched / "crates/uv-settings/src/settings.rs").read_text()
    each = re.compile(r"^( +)offline(: Option<bool>)?,\n(.*)$", re.MULTILINE)
    found = each.findall(settings)
    assert len(found) == 6
    assert all(after == f"{indent}no_analytics{kind}," for indent, kind, after in found)
    library = (patched / "crates/uv-settings/src/lib.rs").read_text()
    assert [after.strip() for _, _, after in each.findall(library)] == ["no_analytics,"]
    for name in ("sync/show_settings.rs", "pip_install/pip_install.rs"):
        text = (patched / "crates/uv/tests" / name).read_text()
        assert text.count("`offline`, `no-analytics`, `no-cache`") == text.count("`offline`, ")


def test_what_shows_the_options_shows_this_one(patched: Path) -> None:
    text = (patched / "crates/uv/tests/it/help.rs").read_text()
    assert text.count("\n          --no-analytics\n") == text.count("\n          --offline\n") == 10


def test_the_lock_file_agrees_with_the_manifests(patched: Path) -> None:
    lock = (patched / "Cargo.lock").read_text()
    dependencies = dict(re.findall(r'name = "([^"]+)"\n.*?dependencies = \[\n(.*?)\]', lock, re.DOTALL))
    for part in PARTS:
        if part.path.endswith("/Cargo.toml"):
            for name in re.findall(r"^\+([a-z-]+) = ", part.text, re.MULTILINE):
                assert f' "{name}",\n' in dependencies[part.path.split("/")[1]], part.path
    for block in dependencies.values():
        assert block.splitlines() == sorted(block.splitlines())


def test_rust_can_parse_and_would_format_it_so(patched: Path) -> None:
    rustfmt = shutil.which("rustfmt")
    if rustfmt is None or subprocess.run([rustfmt, "--version"], check=False, env=_ENVIRON).returncode:
        pytest.skip("this machine has no rustfmt")
    for part in PARTS:
        if part.path.endswith(".rs"):
            command = [rustfmt, "--check", "--edition", "2024"]
            data = (patched / part.path).read_bytes()  # by standard input, so that it does not look for modules
            done = subprocess.run(command, check=False, input=data, capture_output=True, env=_ENVIRON)
            assert (done.returncode, done.stdout) == (0, b""), (part.path, done.stdout[:1000], done.stderr[:1000])


def test_it_stays_small() -> None:
    """A maintainer reviews it in a quarter of an hour; tests and documentation come on top."""
    code = [part.text for part in PARTS if part.path.endswith(".rs") and "/tests/" not in part.path]
    added = [line for text in code for line in text.partition("#[cfg(test)]")[0].splitlines() if line[:1] == "+"]
    lines = [line for line in added if line[1:].strip() and not line.startswith("+++")]
    assert len(lines) <= 320, len(lines)
