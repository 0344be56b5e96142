"""The package goes, or is replaced, while pip runs with it: pip ends as if nothing had happened."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from tests.environments import NEWEST, Environments
from tests.faults.bad_index import BadIndex
from tests.faults.running import LIMIT

if TYPE_CHECKING:
    from pathlib import Path

    from pep786.verify.index import Index
    from tests.environments import Environment

pytestmark = pytest.mark.real


def waiting(environment: Environment, bad: BadIndex, index: Index, *arguments: str) -> subprocess.Popen[str]:
    """A pip that has asked the first index, which lets it wait, and has the second before it."""
    words = [environment.python, "-m", "pip", "--disable-pip-version-check", "wheel", "--no-cache-dir", *arguments]
    words += ["-i", bad.url("late"), "--extra-index-url", index.simple]
    environ = {**os.environ, "PIP_CONFIG_FILE": os.devnull, "PIP_NO_ANALYTICS": "1"}
    pip = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environ)
    assert bad.arrived.wait(LIMIT)
    return pip


def test_removed_in_the_midst_with_a_start_file_that_stays(
    environments: Environments, index: Index, tmp_path: Path
) -> None:
    """What this pip asks is signed to the end. The pip that it starts for a build finds a start file and no package,

    and has what stock pip can say: the word in its User-Agent.
    """
    environment = environments.fresh(NEWEST)
    with BadIndex() as bad:
        pip = waiting(environment, bad, index, "-w", str(tmp_path / "w"), "demo-sdist")
        shutil.rmtree(environment.site_packages / "pep786")
        bad.proceed.set()
        output, errors = pip.communicate(timeout=LIMIT)
    assert pip.returncode == 0, output + errors
    assert "Traceback" not in output + errors
    assert list((tmp_path / "w").glob("demo_sdist-*.whl"))
    own = [one.prefer for one in index.received if "sdist" in one.route]
    assert own == [["no-analytics"]] * len(own)
    assert own
    assert all("no-analytics" in str(one.user_agent) for one in index.received)
    done = environment.run([environment.python, "-m", "pip", "--version"])
    assert (done.returncode, done.stderr) == (0, "")


def test_a_start_line_that_has_lost_its_hook(environments: Environments) -> None:
    """Python tells of it in its own words at every start, and goes on.

    A line that asks first costs every start of Python a third more (tests/startup counts).
    """
    environment = environments.fresh(NEWEST)
    (environment.site_packages / "_pep786_startup.py").unlink()
    done = environment.run([environment.python, "-m", "pip", "--version"])
    assert done.returncode == 0
    assert done.stdout.startswith(f"pip {NEWEST} ")
    assert done.stderr.startswith("Error processing line 1 of ")
    assert "pep786_startup.pth" in done.stderr


def another(wheel: Path, folder: Path) -> Path:
    """The same package as another version, whose modules have other names in them."""
    made = folder / wheel.name.replace("0.1.0", "0.2.0")
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            data = old.read(name).replace(b"Version: 0.1.0", b"Version: 0.2.0")
            if name.startswith("pep786/") and name.endswith(".py"):
                data = b"raise RuntimeError('of the other version')\n"
            if name.endswith("RECORD"):
                data = b"".join(
                    line.split(b",")[0].replace(b"0.1.0.dist-info", b"0.2.0.dist-info") + b",,\n"
                    for line in data.splitlines()
                )
            new.writestr(name.replace("0.1.0.dist-info", "0.2.0.dist-info"), data)
    return made


def test_pip_replaces_it_and_removes_it_under_itself(environments: Environments, tmp_path: Path) -> None:
    """Modules that pip comes to need late are those of the other version then, which all fail here."""
    environment = environments.fresh(NEWEST)
    wheel = another(environments.wheel, tmp_path)
    pip = [environment.python, "-m", "pip", "--disable-pip-version-check"]
    journal: dict[str, Any] = {
        "PIP_NO_ANALYTICS": "1",
        "PEP786_JOURNAL": str(tmp_path / "journal"),
        "PIP_CONFIG_FILE": os.devnull,
    }
    done = environment.run([*pip, "install", "--no-deps", "--no-index", str(wheel)], **journal)
    assert done.returncode == 0, done.stderr
    assert "Successfully installed pep786-shim-0.2.0" in done.stdout
    assert "Traceback" not in done.stderr
    done = environment.run([*pip, "--version"], **journal)
    assert (done.returncode, len(done.stderr.splitlines())) == (0, 1)
    assert done.stderr.startswith("pep786: pip goes on without the shim (RuntimeError('of the other version'))")
    done = environment.run([*pip, "uninstall", "--yes", "pep786-shim"], **journal)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert not [one for one in environment.site_packages.glob("*pep786*") if one.suffix != ".data"]  # unpacked, that is
    done = environment.run([*pip, "--version"], **journal)
    assert (done.returncode, done.stderr) == (0, "")


def test_pips_that_run_while_it_comes_and_goes(environments: Environments, tmp_path: Path) -> None:
    """Each starts at another moment: with the package, without it, or with half of it."""
    environment = environments.fresh(NEWEST)
    package, aside = environment.site_packages / "pep786", tmp_path / "pep786"
    shutil.copytree(package, aside)
    stop = threading.Event()

    def come_and_go() -> None:
        while not stop.is_set():
            shutil.rmtree(package, ignore_errors=True)
            shutil.copytree(aside, package, dirs_exist_ok=True)  # a pip that runs may write there

    changing = threading.Thread(target=come_and_go)
    changing.start()
    try:
        ends = [environment.run([environment.python, "-m", "pip", "--version"]) for _ in range(8)]
    finally:
        stop.set()
        changing.join()
    for done in ends:
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith(f"pip {NEWEST} ")
        assert "Traceback" not in done.stderr
        assert len(done.stderr.splitlines()) <= 1
