"""Released tools, without us beside them, do after an opt-out at every scope what they did before it."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

import tests.environments
from pep786.optout.harm import HARMS
from pep786.verify.index import Index
from tests.real.conftest import released
from tests.real.released_tools import NEWEST, OLDER, Release

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pep786.optout.harm import Harm
    from tests.environments import Environments
    from tests.optout.conftest import Person
    from tests.real.released_tools import Tools

pytestmark = pytest.mark.real

__all__ = ["released"]  # a fixture

SCOPES = ("user", "global", "site", "project")
NEW = {release.tool: release for release in NEWEST}
OLD = {str(release): release for release in OLDER}

_TOML = '[project]\nname = "demo"\nversion = "1.0"\nrequires-python = ">=3.8"\ndependencies = [{wanted}]\n# the end\n'
_WANTED = _TOML.format(wanted='"demo-wheel"')

# For each tool its project, what is run in it, and which file it locks into. pipenv's lock is made once, of nothing.
PROJECTS = {
    "uv": (
        {"pyproject.toml": _WANTED + '\n[[tool.uv.index]]\nname = "loopback"\nurl = "{url}"\ndefault = true\n'},
        (("lock", "-q"), ("tree", "-q", "--locked")),
        "uv.lock",
    ),
    "poetry": (
        {
            "pyproject.toml": '[tool.poetry]\nname = "demo"\nversion = "1.0"\ndescription = ""\n'
            'authors = ["A <a@a.example>"]\n'
            '[tool.poetry.dependencies]\npython = ">=3.8"\ndemo-wheel = "*"\n'
            '[[tool.poetry.source]]\nname = "loopback"\nurl = "{url}"\npriority = "primary"'
        },
        (("lock", "-q"), ("check",)),
        "poetry.lock",
    ),
    "pdm": (
        {"pyproject.toml": _WANTED + '\n[[tool.pdm.source]]\nname = "pypi"\nurl = "{url}"\nverify_ssl = false\n'},
        (("lock", "-q"), ("config", "check_update")),
        "pdm.lock",
    ),
    "hatch": (
        {"pyproject.toml": _WANTED + "[tool.hatch.envs.default]\nskip-install = true\n"},
        (("env", "show"), ("version",)),
        None,
    ),
    "pipenv": ({"Pipfile": "[packages]\r\n# none\r\n", "pyproject.toml": ""}, (("lock",), ("verify",)), "Pipfile.lock"),
    "pip-compile": (
        {"pyproject.toml": _TOML.format(wanted=""), "requirements.in": ""},
        (("-q", "--dry-run", "--no-header", "requirements.in"),),
        None,
    ),
}  # fmt: skip


@pytest.fixture
def index() -> Iterator[Index]:
    with Index() as index:
        yield index


def environment(person: Person, **more: str) -> dict[str, str]:
    return {
        **os.environ,
        "PATH": tests.environments._ENVIRON["PATH"],
        "NO_PROXY": "*",
        "PDM_CHECK_UPDATE": "0",
        "PDM_IGNORE_SAVED_PYTHON": "1",
        "PIPENV_VENV_IN_PROJECT": "1",
        "PIPENV_IGNORE_VIRTUALENVS": "1",
        "PIPENV_NOSPIN": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "XDG_CACHE_HOME": str(person.root / "cache"),
        "XDG_DATA_HOME": str(person.root / "data"),
        "XDG_STATE_HOME": str(person.root / "state"),
        **more,
    }


def run(person: Person, command: tuple[str, ...], **more: str) -> tuple[int, str]:
    done = subprocess.run(
        command,
        check=False,
        cwd=person.project,
        env=environment(person, **more),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
    )
    return done.returncode, done.stdout


def assert_undisturbed(person: Person, commands: list[tuple[str, ...]], lock: str | None) -> None:
    """The commands give the same before, while opted out everywhere, and after it; files come back as they were."""

    def told() -> list[tuple[int, str]]:
        return [run(person, command) for command in commands]

    def locked() -> bytes:
        return person.path(f"./{lock}").read_bytes() if lock else b""

    run(person, commands[0])  # what is only said the first time
    first, lock_before, files = told(), locked(), person.files()
    assert [status for status, _ in first] == [0] * len(commands), first
    for scope in SCOPES:
        done = person.run("opt-out", "--scope", scope)
        assert done.status == 0, done.out + done.err
    assert person.files() != files
    assert (told(), locked()) == (first, lock_before)
    for scope in SCOPES[::-1]:
        person.run("opt-in", "--scope", scope)
    assert person.files() == files


@pytest.mark.parametrize(
    "release",
    [*(NEW[tool] for tool in PROJECTS), OLD["poetry-1.8.5"], OLD["uv-0.5.31"]],
    ids=str,
)
def test_the_tool_is_not_disturbed(release: Release, released: Tools, index: Index, person: Person) -> None:
    files, commands, lock = PROJECTS[release.tool]
    for name, text in files.items():
        person.write(f"./{name}", text.replace("{url}", index.simple))
    person.write("~/.config/pypoetry/config.toml", "# mine\r\n[virtualenvs]\r\nin-project = true")
    person.write("~/.config/pip/pip.conf", b"# gr\xc3\xbc\xc3\x9fe\n[global]\ntimeout = 20\n")
    person.have("pip", release.tool)
    tool = released.bare(release)
    words = [(*tool.command, *command) for command in commands]
    if release.tool == "pipenv":
        assert run(person, words.pop(0))[0] == 0
    assert_undisturbed(person, words, lock)


@pytest.mark.parametrize("version", ["26.3", "9.0.3"])
def test_pip_is_not_disturbed(
    version: str, environments: Environments, index: Index, person: Person, tmp_path: Path
) -> None:
    environment = environments.fresh(version, shim=False)
    script = person.root / "bin" / "pip"
    script.write_text(f"#!{environment.python}\nfrom pip import main\n")
    script.chmod(0o755)
    person.write("./pyproject.toml", "# nothing\n")
    machine = tmp_path / "machine" / "pip" / "pip.conf"
    machine.parent.mkdir(parents=True)
    machine.write_text("[global]\ntimeout = 30")
    pip = (environment.python, "-m", "pip", "--disable-pip-version-check")
    download = ("download", "-q", "--no-deps", "-i", index.simple, "-d", str(tmp_path / "wheels"), "demo-wheel")
    person.write("~/.pip/pip.conf", "[list]\nformat = columns\n")
    assert_undisturbed(person, [(*pip, *download), (*pip, "list")], None)
    for scope, path in (("site", environment.root / "pip.conf"), ("global", machine)):
        before = path.read_bytes() if path.exists() else None
        person.run("opt-out", "--scope", scope)
        assert b"no-analytics = true" in path.read_bytes()
        person.run("opt-in", "--scope", scope)
        assert (path.read_bytes() if path.exists() else None) == before


HARMFUL = {
    ("uv", "tool.uv"): ("./pyproject.toml", ("tree",), "Failed to parse"),
    ("uv", ""): ("~/.config/uv/uv.toml", ("venv", "--help"), "unknown field"),
    ("poetry", "tool.poetry"): ("./pyproject.toml", ("check",), "Additional properties are not allowed"),
    ("pdm", ""): ("~/.config/pdm/config.toml", ("info",), "No such config key"),
    ("pip-tools", "tool.pip-tools"): ("./pyproject.toml", ("-q", "--dry-run", "requirements.in"), "No such config key"),
}


@pytest.mark.parametrize("known", HARMS, ids=lambda known: f"{known.tool} {known.table}")
def test_the_harm_is_real(known: Harm, released: Tools, index: Index, person: Person) -> None:
    where, command, told = HARMFUL[known.tool, known.table or ""]
    name = "pip-compile" if known.tool == "pip-tools" else known.tool
    for file, text in PROJECTS[name][0].items():
        person.write(f"./{file}", text.replace("{url}", index.simple))
    if name == "uv" and not known.table:
        command = ("tree",)
    words = (*released.bare(NEW[name]).command, *command)
    assert told not in run(person, words)[1]
    path = person.path(where)
    old = path.read_text() if path.exists() else ""
    key = "no-analytics = true\n"
    header = f"[{known.table}]\n"
    person.write(
        where, old.replace(header, header + key) if header in old else f"{old}\n{header if known.table else ''}{key}"
    )
    status, output = run(person, words)
    assert told in output
    assert status == 0 or known.table != "tool.uv"
    assert status != 0 or known.table == "tool.uv"
