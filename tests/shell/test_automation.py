"""The lines for CI systems, their steps run as these would run them; those for tox and nox, under the real ones."""

from __future__ import annotations

import importlib
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.environments import install
from tests.real.released_tools import Release
from tests.real.running import assert_all_carry
from tests.shell.machine import RECIPES, with_all_it_needs

if TYPE_CHECKING:
    from tests.real.released_tools import Tools
    from tests.shell.machine import Machine

pytestmark = pytest.mark.real

TOX, NOX = Release("tox", "4.67.13"), Release("nox", "2026.10.20")
#: virtualenv, inside of both, asks an index of its maker's in the background else.
SEEDED = {"VIRTUALENV_NO_PERIODIC_UPDATE": "1"}


def yaml(text: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The document, by PyYAML."""
    monkeypatch.syspath_prepend(install("PyYAML"))
    return importlib.import_module("yaml").safe_load(text)


def steps_of(name: str, monkeypatch: pytest.MonkeyPatch) -> tuple[dict[str, str], list[str]]:
    """The variables and the commands of a CI file."""
    text = RECIPES[name].text
    if name == "github-actions":
        workflow = yaml(text, monkeypatch)
        (job,) = workflow["jobs"].values()
        return workflow["env"], [step["run"] for step in job["steps"] if "run" in step]
    if name == "gitlab-ci":
        pipeline = yaml(text, monkeypatch)
        return pipeline["variables"], pipeline["default"]["before_script"]
    (environment,) = re.findall(r"environment \{\n(.*?)\}", text, re.DOTALL)
    variables = dict(re.findall(r"^ +(\w+) = '(.*)'$", environment, re.MULTILINE))
    return variables, re.findall(r"^ +sh '(.*)'$", text, re.MULTILINE)


@pytest.mark.parametrize("name", ["github-actions", "gitlab-ci", "jenkins"])
def test_ci(name: str, bare_machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    variables, commands = steps_of(name, monkeypatch)
    assert variables == {"PIP_NO_ANALYTICS": "1"}
    (bare_machine.folder / "requirements.txt").write_text("demo-wheel\n")
    if name == "gitlab-ci":  # its before_script is all there is
        commands = [*commands, "python -m pip install -r requirements.txt"]
    for command in commands:
        bare_machine.run(["bash", "-ec", command], **variables)
    bare_machine.assert_carried("demo-wheel", "demo-dependency")
    bare_machine.assert_carried("pep786-shim", expected=False)


@pytest.mark.parametrize("name", ["github-actions", "gitlab-ci"])
def test_ci_for_one_command(name: str, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    (step,) = yaml(RECIPES[name].once.replace("PACKAGE", "--dry-run demo-wheel"), monkeypatch)
    command, variables = (step, {}) if isinstance(step, str) else (step["run"], step["env"])
    machine.run(["bash", "-ec", command], **variables)
    assert_all_carry(machine.index)


@pytest.fixture
def tox_project(bare_machine: Machine) -> Machine:
    """A machine with a project that tox has to build before it is tested."""
    folder = bare_machine.folder
    (folder / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["demo-backend"]\nbuild-backend = "demo_backend"\n'
    )
    (folder / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n")
    (folder / "demo.py").touch()
    return bare_machine


@pytest.mark.xdist_group("tox-4.67.13")
def test_tox_makes_itself_an_environment_with_the_shim(tox_project: Machine, released: Tools) -> None:
    """The release as it is: it starts every pip from there, that of the packaging environment too."""
    given = RECIPES["tox"].text.replace("[testenv]\n", "[testenv]\ndeps = demo-wheel\ncommands = python -c pass\n")
    (tox_project.folder / "tox.ini").write_text(given)
    tox_project.offer(with_all_it_needs("tox", TOX.version))
    tox_project.run([*released.bare(TOX).command, "-e", "py"], **SEEDED)
    tox_project.assert_carried("demo-wheel", "demo-dependency", "demo-backend")
    tox_project.assert_carried("pep786-shim", expected=False)


@pytest.mark.xdist_group("tox-4.67.13")
def test_tox_in_pyproject(machine: Machine, released: Tools) -> None:
    """The same as in tox.ini, in tox's own reading; the shim is beside it, so that nothing has to be made first."""
    ((_label, lines),) = RECIPES["tox"].also
    tox = [*released.with_shim(TOX).command, "config", "-e", "py,.pkg", "-k", "set_env", "requires", "--core"]
    read = []
    for name, text in (("pyproject.toml", lines), ("tox.ini", RECIPES["tox"].text)):
        folder = machine.folder / name.partition(".")[0]
        folder.mkdir()
        (folder / name).write_text(text)
        said = machine.run([*tox, "--root", str(folder), "-c", str(folder / name)], **SEEDED)
        read.append([line.strip() for line in said.splitlines()])
    for lines_said in read:
        assert lines_said.count("PIP_NO_ANALYTICS=1") == 2
        assert [line for line in lines_said if "pep786-shim" in line], lines_said


@pytest.mark.xdist_group("nox-2026.10.20")
@pytest.mark.parametrize("beside", [False, True], ids=["the shim in the session", "the shim beside nox"])
def test_nox(beside: bool, bare_machine: Machine, released: Tools) -> None:
    recipe, folder = RECIPES["nox"], bare_machine.folder
    text = recipe.text.replace('    session.install("pep786-shim")\n', "") if beside else recipe.text
    (folder / "noxfile.py").write_text(text)
    (folder / "requirements.txt").write_text("demo-wheel\n")
    nox = released.with_shim(NOX) if beside else released.bare(NOX)
    bare_machine.run(list(nox.command), **SEEDED)
    bare_machine.assert_carried("demo-wheel", "demo-dependency")
    if not beside:
        bare_machine.assert_carried("pep786-shim", expected=False)
