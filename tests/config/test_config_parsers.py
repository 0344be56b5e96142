"""A TOML file on a Python that may have no parser for it."""

from __future__ import annotations

import os
import subprocess
import sys
import types
import zipfile
from typing import TYPE_CHECKING

import pytest

from pep786.config import own, toml
from pep786.config.locations import Place
from pep786.config.reader import Reader
from pep786.verify.index import Index
from tests.environments import CHECKOUT, Environments
from tests.sampling import WHOLE

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Machine

pytestmark = pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="the paths are those of Linux")

OWN = "~/.config/pep786/config.toml"

PIPS = ("pip._vendor.tomli", "pip._vendor.toml", "pip._vendor.pytoml")


@pytest.mark.parametrize("platform_has", ["nothing", "tomllib", "tomli", *PIPS])
def test_toml_parsers_in_their_order(machine: Machine, monkeypatch: pytest.MonkeyPatch, platform_has: str) -> None:
    def loads(_text: str) -> dict[str, object]:
        return {"no-analytics": True}

    fake = types.ModuleType("fake")
    fake.loads = loads  # type: ignore[attr-defined]
    for name in ("tomllib", "tomli", *PIPS):
        monkeypatch.setitem(sys.modules, name, fake if platform_has == name else None)
    monkeypatch.delitem(sys.modules, "pip", raising=False)
    if platform_has != "tomli":  # which must be found without a pip
        for name in ("pip", "pip._vendor"):
            monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    path = machine.write(OWN, "{ 'no-analytics' = true }\n")
    (setting,) = Reader(machine.environ, None).settings([Place("global", str(path), "")])
    if platform_has == "nothing":
        assert setting.opted_out is None
        assert "no TOML parser; install tomli" in str(setting.warning)
    else:
        assert setting.opted_out is True


def test_the_current_directorys_parser_is_not_taken(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It stands first on the path after ``python -m``; what lies elsewhere on it, in an archive say, is taken."""
    hostile = "raise SystemExit('the project ran its own code')\n"
    machine.write("./tomllib.py", hostile)
    machine.write("./tomli.py", hostile)
    monkeypatch.chdir(machine.project)
    for name in ("tomllib", "tomli"):
        monkeypatch.setitem(sys.modules, name, None)  # so that what comes of this test goes with it
        del sys.modules[name]
    archive = tmp_path / "tool.pyz"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("lib/tomllib.py", "def loads(text):\n    return {'no-analytics': True}\n")
    monkeypatch.setattr(sys, "path", ["", str(machine.project), str(archive / "lib"), *sys.path])
    before, finders = list(sys.path), list(sys.meta_path)
    assert toml.parse("") == {"no-analytics": True}
    assert (sys.path, sys.meta_path) == (before, finders)


_THREADS = """
import sys, threading
import pep786
from pep786.config import toml
def work():
    while not done:
        for name in ("tomllib", "tomli"):
            sys.modules.pop(name, None)
        toml._seen.clear()
        pep786.resolve("pip")
done, count = False, len(sys.meta_path)
threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads:
    thread.start()
try:
    for number in range(200):
        __import__(f"own{number}")
finally:
    done = True
for thread in threads:
    thread.join()
print(sys.path[0] == "" and len(sys.meta_path) < count + 2 and pep786.resolve("pip").opted_out)
"""


def test_other_threads_import_meanwhile_from_the_current_directory(tmp_path: Path) -> None:
    """It is the host's own, which may bring even a module of the parser's name: none of ours takes it away."""
    for number in range(200):
        (tmp_path / f"own{number}.py").touch()
    (tmp_path / "pyproject.toml").write_text("[tool.pip]\nno-analytics = true\n")
    for stranger in ("", "tomllib.py"):
        if stranger:
            (tmp_path / stranger).write_text("raise SystemExit('the project ran its own code')\n")
        command = [sys.executable, "-c", _THREADS]
        environ = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
        done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=str(tmp_path), env=environ)
        assert (done.stdout, done.stderr) == ("True\n", "")


def test_without_a_parser_hosts_and_journal_are_skipped_and_told(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("tomllib", "tomli", "pip"):
        monkeypatch.setitem(sys.modules, name, None)
    machine.write(OWN, "journal = true\n[hosts]\n")
    found = own.read(machine.environ)
    assert found.journal is None
    assert found.hosts
    (warning,) = found.hosts.warnings
    assert warning == f"{OWN}: hosts and journal are skipped, this Python has no TOML parser; install tomli"


TABLE = "[tool.pip]\n"
BY_LINES = {
    "in a line of its own": (TABLE + "no-analytics = true  # please\n", True, True),
    "the contrary": (TABLE + "no-analytics = false\n", False, True),
    "quoted, with Windows' line ends": ('[ tool . pip ]\r\n"no-analytics"=true\r\n', True, True),
    "below lists of tables": ("[[x.y]]\na = 1\n" + TABLE + "no-analytics = true\n", True, True),
    "both": (TABLE + "no-analytics = true\nno-analytics = false\n", True, True),
    "another value": (TABLE + "no-analytics = 'no'\n", True, False),
    "another value, with an equals sign": (TABLE + "no-analytics = 'a=b'\n", True, False),
    "below a header with a hyphen": ("[my-tool]\na = 1\n" + TABLE + "no-analytics = true\n", True, True),
    "below a header without a name": ("[.]\n" + TABLE + "no-analytics = true\n", True, False),
    "below a header without a letter": ("[-]\n" + TABLE + "no-analytics = true\n", True, False),
    "another table's": ("[tool.other]\nno-analytics = true\n" + TABLE, None, True),
    "at the top, where it is in no tool's table": ("no-analytics = true\n" + TABLE, None, True),
    "in a table within": ("[tool.pip.x]\nno-analytics = true\n", None, True),
    "in a table of its own name": (
        "[tool]\nno-analytics = true\n[tool.no-analytics]\nno-analytics = true\n",
        None,
        True,
    ),
    "in a comment": (TABLE + "# no-analytics = true\n", None, True),
    "dotted": ("[tool]\npip.no-analytics = true\n", None, False),
    "inline": ("[tool]\npip = { no-analytics = true }\n", None, False),
    "misspelt": (TABLE + "no_analytics = true\n", None, False),
    "below what only looks like a header": (TABLE + "a = [\n  ['b'],\n]\nno-analytics = true\n", None, False),
    "beside a text of many lines": (TABLE + "a = '''\n'''\nno-analytics = true\n", True, False),
    "the contrary, beside a text of many lines": (TABLE + 'a = """\n"""\nno-analytics = false\n', None, False),
}


@pytest.mark.parametrize(("content", "opted_out", "certain"), BY_LINES.values(), ids=BY_LINES)
def test_without_a_parser_the_key_is_read_from_lines_and_doubt_is_told(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, content: str, opted_out: bool | None, certain: bool
) -> None:
    for name in ("tomllib", "tomli", "pip"):
        monkeypatch.setitem(sys.modules, name, None)
    machine.write("./pyproject.toml", content)
    found = machine.settings("pip")
    assert [one.opted_out for one in found if one.warning is None] == ([] if opted_out is None else [opted_out])
    told = [one.warning for one in found if one.warning]
    said = "~/src/app/pyproject.toml cannot be parsed, this Python has no TOML parser; install tomli; only an opt-out"
    assert [warning.startswith(said) for warning in told] == ([] if certain else [True])


@pytest.mark.parametrize("word", ["true", "false"])
def test_without_a_parser_our_own_file_is_read_from_lines(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    for name in ("tomllib", "tomli", "pip"):
        monkeypatch.setitem(sys.modules, name, None)
    machine.write(OWN, f"no-analytics = {word}\n[hosts]\n")
    (setting,) = machine.settings("XX")
    assert (setting.opted_out, setting.warning, setting.line) == (word == "true", None, 1)
    machine.write(OWN, f"no-analytics = {word}\n[no-analytics]\nno-analytics = {word}\n")
    machine.write("./pyproject.toml", f"[tool.XX]\nno-analytics = {word}\n[tool.a.b]\nno-analytics = {word}\n")
    assert [one.section for one in machine.settings("XX")] == ["tool.XX", None]
    assert [one.section for one in machine.settings("a.b")] == [None], "as with a parser: that is tool, a, b"


@pytest.mark.real
@pytest.mark.parametrize("release", ["9.0.3", "10.0.1", "20.3.4"])
def test_what_an_old_pip_brings_is_used_under_run(release: str, environments: Environments, tmp_path: Path) -> None:
    """pip 9 brings no parser, 10 pytoml and 20.3 toml; Python 3.8 has none, and the shim is not in the environment."""
    if release not in WHOLE and not os.environ.get("PEP786_EVERYTHING"):
        pytest.skip("a neighbouring release meets it; PEP786_EVERYTHING=1 runs this one too")
    environment = environments.shared(release, "3.8", shim=False)
    own = tmp_path / "home" / ".config" / "pep786" / "config.toml"
    own.parent.mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text("[tool]\npip = { no-analytics = true }\n")
    for content, read in ((None, release != "9.0.3"), ("no-analytics = true\n", True)):
        if content:
            own.write_text(content)
        with Index() as index:
            pip = [environment.python, "-m", "pip", "--disable-pip-version-check", "--no-cache-dir"]
            download = ["download", "--no-deps", "-d", str(tmp_path / "d"), "-i", index.simple, "demo-wheel"]
            run = [sys.executable, "-m", "pep786", "run", "--", *pip, *download]
            done = environment.run(run, tmp_path, PYTHONPATH=str(CHECKOUT), PIP_CONFIG_FILE=os.devnull)
            assert done.returncode == 0, done.stderr
            assert index.received
            assert all(bool(one.prefer) is read for one in index.received)
        assert ("pyproject.toml cannot be parsed, this Python has no" in done.stderr) is (release == "9.0.3")
        assert "config.toml" not in done.stderr
