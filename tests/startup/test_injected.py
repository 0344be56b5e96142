"""The sitecustomize that is put on PYTHONPATH where we are not installed: ``pep786 verify --with-shim``."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from pep786.startup import INJECTED
from tests.environments import Environments, python

if TYPE_CHECKING:
    from pathlib import Path

HOOKED = "import sys; print(any(hasattr(finder, 'pep786') for finder in sys.meta_path))"


def run(interpreter: str, code: str, *folders: Path) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([INJECTED, *map(str, folders)])}
    # Not from the checkout, which -c would make importable.
    return subprocess.run(
        [interpreter, "-c", code], check=False, capture_output=True, text=True, env=environ, cwd=INJECTED
    )


@pytest.mark.parametrize("version", ["3.7", "3.8", "3.11", "3.13"])
def test_it_hooks_an_environment_we_are_not_installed_in(version: str, environments: Environments) -> None:
    environment = environments.shared(None, version, shim=False)
    done = run(environment.python, HOOKED)
    assert (done.stdout.split(), done.stderr) == (["True"], "")


@pytest.mark.parametrize("version", ["2.7", "3.6"])
def test_a_python_too_old_for_us_starts_as_ever(version: str) -> None:
    interpreter = python(version)
    if interpreter is None:
        pytest.skip(f"this machine has no Python {version}")
    done = run(interpreter, "import json; " + HOOKED)
    assert (done.stdout.split(), done.stderr) == (["False"], "")


@pytest.mark.skipif(not shutil.which("valgrind"), reason="counts instructions with valgrind, which is not here")
def test_it_costs_at_most_half_a_million_instructions_on_python_3_11(environments: Environments) -> None:
    environment = environments.shared(None, "3.11", shim=False)

    def instructions(**environ: Any) -> int:
        command = [environment.python, "-c", "pass"]
        environment.run(command, **environ)  # writes the .pyc files
        counted = environment.run(
            ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *command], PYTHONHASHSEED="0", **environ
        )
        (line,) = (line for line in counted.stderr.splitlines() if "refs:" in line)
        return int(line.rpartition(":")[2].replace(",", ""))

    assert 0 < instructions(PYTHONPATH=INJECTED) - instructions() <= 500_000


def test_it_gives_way_to_the_persons_own_sitecustomize(environments: Environments, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys; print('mine', __file__ == sys.argv[0] or __name__)\n")
    done = run(environments.shared(shim=False).python, "import sitecustomize; print(sitecustomize.__file__)", tmp_path)
    assert done.stdout.splitlines() == ["mine sitecustomize", str(tmp_path / "sitecustomize.py")]


def test_a_persons_broken_sitecustomize_is_reported_as_without_us(environments: Environments, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("raise ValueError('mine is broken')\n")
    done = run(environments.shared(shim=False).python, HOOKED, tmp_path)
    assert (done.returncode, done.stdout.split()) == (0, ["True"])
    assert "ValueError: mine is broken" in done.stderr


def test_it_makes_nothing_importable(environments: Environments) -> None:
    interpreter = environments.shared(shim=False).python
    for name in ("pep786", "inject", "gates", "launcher"):
        done = run(interpreter, f"import {name}")
        assert "ModuleNotFoundError" in done.stderr


def test_beside_an_installed_shim_the_finder_is_there_once(environments: Environments) -> None:
    code = "import sys; print(sum(hasattr(finder, 'pep786') for finder in sys.meta_path))"
    assert run(environments.shared().python, code).stdout.split() == ["1"]
