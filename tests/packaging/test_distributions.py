"""What is in the wheel and in the sdist: the start-up files stand at the wheel's root, and nothing else does."""

from __future__ import annotations

import subprocess
import tarfile
import zipfile
from typing import TYPE_CHECKING

import pytest

import pep786
from pep786.patching import TOOLS
from pep786.verify import cases
from tests.environments import CHECKOUT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.environments import Environments

NAME = f"pep786_shim-{pep786.__version__}"
AT_THE_ROOT = {"_pep786_startup.py", "pep786_startup.pth", "pep786_startup.start"}


def tracked(*folders: str) -> set[str]:
    """The files of the checkout that git knows, or would if they were added."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *folders]
    return {
        name for name in subprocess.check_output(command, cwd=CHECKOUT, text=True).split() if (CHECKOUT / name).exists()
    }


def test_the_wheel_is_exactly_this(environments: Environments) -> None:
    with zipfile.ZipFile(environments.wheel) as wheel:
        files = set(wheel.namelist())
    info = {
        f"{NAME}.dist-info/{name}" for name in ("METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE")
    }
    patches = {f"pep786/{name}" for tool in TOOLS for name in tracked(f"patches/{tool}")}
    shared = {f"{NAME}.data/data/{name}" for name in tracked("share") if not name.endswith(".py")}
    data = {f"pep786/{name}" for name in tracked("conformance/cases")}
    assert files == tracked("pep786") | patches | data | shared | AT_THE_ROOT | info
    assert {f"pep786/patches/{tool}/series.toml" for tool in TOOLS} <= files
    assert "pep786/py.typed" in files


def test_the_sdist_is_exactly_this(environments: Environments) -> None:
    with tarfile.open(environments.build("--sdist")) as sdist:
        files = {member.name.partition("/")[2] for member in sdist.getmembers() if member.isfile()}
    left_out = {name for name in tracked() if name.startswith(".ci/")}
    assert files == (tracked() - left_out) | {"PKG-INFO"}


def test_the_conformance_cases_are_found_in_the_wheel(environments: Environments, tmp_path: Path) -> None:
    ask = "from pep786.verify import cases; print(cases.folder()); print(len(cases.built_in().cases))"
    done = environments.shared().run([environments.shared().python, "-c", ask], cwd=tmp_path)
    folder, count = done.stdout.splitlines()
    assert folder == str(environments.shared().site_packages / "pep786" / "conformance" / "cases")
    assert int(count) == len(cases.built_in().cases) > 100


def test_the_startup_lines_are_the_pair_that_pep_829_prescribes(environments: Environments) -> None:
    with zipfile.ZipFile(environments.wheel) as wheel:
        pth = wheel.read("pep786_startup.pth").decode()
        start = wheel.read("pep786_startup.start").decode()
    assert pth == "import _pep786_startup; _pep786_startup.install()\n"
    assert start.splitlines()[-1] == "_pep786_startup:install"


def test_nothing_is_required_but_a_toml_parser_before_3_11(environments: Environments) -> None:
    with zipfile.ZipFile(environments.wheel) as wheel:
        metadata = wheel.read(f"{NAME}.dist-info/METADATA").decode()
    required = [line for line in metadata.splitlines() if line.startswith("Requires-Dist:") and "extra ==" not in line]
    assert len(required) == 1
    assert required[0].startswith("Requires-Dist: tomli")
    assert "python_version < '3.11'" in required[0]
    assert "Requires-Python: >=3.8" in metadata


@pytest.mark.real
def test_uninstalling_leaves_nothing_behind(environments: Environments) -> None:
    environment = environments.fresh("26.3", shim=False)
    before = {path.relative_to(environment.root) for path in environment.root.rglob("*")}
    run = [environment.python, "-m", "pip", "--disable-pip-version-check"]
    environment.output([*run, "install", "--no-index", "--no-deps", str(environments.wheel)])
    assert "opted out" in environment.output([str(environment.scripts / "pep786"), "status", "--tool", "pip"])
    environment.output([*run, "list"])
    environment.output([*run, "uninstall", "--yes", "pep786-shim"])
    left = {path.relative_to(environment.root) for path in environment.root.rglob("*")} - before
    assert [path for path in left if "pep786" in path.name] == []
    done = environment.run([environment.python, "-c", "pass"])
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
