"""The start-up hook: idle in every process but a packaging tool's (PEP 829; design, D13 and D14)."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.environments import CHECKOUT, PIPS, Environments, python

if TYPE_CHECKING:
    from pathlib import Path

    from tests.environments import Environment

PYTHONS = ["3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15"]


@pytest.mark.parametrize("version", PYTHONS)
def test_the_only_new_module_at_start_is_the_hook(version: str, environments: Environments) -> None:
    """Compared with an environment that has a .pth file with a comment: reading any costs CPython a codec."""
    bare = environments.fresh(None, version, shim=False)
    without_pth = modules(bare)
    (bare.site_packages / "comment.pth").write_text("# nothing\n")
    with_pth = modules(bare)
    assert modules(environments.shared(None, version)) - with_pth == {"_pep786_startup"}
    assert with_pth - without_pth <= {"encodings.utf_8_sig", "_bootlocale", "_locale"}


def modules(environment: Environment) -> set[str]:
    return set(environment.output([environment.python, "-c", "import sys; print(*sys.modules)"]).split())


@pytest.mark.skipif(not shutil.which("valgrind"), reason="counts instructions with valgrind, which is not here")
def test_start_up_costs_at_most_1_1_million_instructions_on_python_3_11(environments: Environments) -> None:
    def instructions(environment: Environment) -> int:
        command = [environment.python, "-c", "pass"]
        environment.output(command)  # writes the .pyc files
        counted = environment.run(
            ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *command], PYTHONHASHSEED="0"
        )
        (line,) = (line for line in counted.stderr.splitlines() if "refs:" in line)
        return int(line.rpartition(":")[2].replace(",", ""))

    added = instructions(environments.shared(None, "3.11")) - instructions(
        environments.shared(None, "3.11", shim=False)
    )
    assert 0 < added <= 1_100_000


@pytest.mark.parametrize("version", ["3.8", "3.11", "3.13"])
def test_the_finder_is_there_once_although_a_venv_runs_every_pth_twice(
    version: str, environments: Environments
) -> None:
    environment = environments.shared(None, version)
    code = (
        "import sys, _pep786_startup as hook; hook.install(); print(sum(hasattr(f, 'pep786') for f in sys.meta_path))"
    )
    assert environment.output([environment.python, "-c", code]).split() == ["1"]


def test_install_and_uninstall_leave_meta_path_as_it_was(environments: Environments) -> None:
    environment = environments.shared()
    code = (
        "import sys, _pep786_startup as hook; hook.uninstall(); before = sys.meta_path[:]; hook.install();"
        "assert sys.meta_path != before; hook.uninstall(); print(sys.meta_path == before)"
    )
    assert environment.output([environment.python, "-c", code]).split() == ["True"]


def test_the_start_file_names_a_callable_of_the_hook() -> None:
    lines = (CHECKOUT / "pep786_startup.start").read_text(encoding="utf-8").splitlines()
    (entry,) = [line for line in lines if not line.startswith("#")]
    module, _, function = entry.partition(":")
    code = f"import {module}; print(callable({module}.{function}))"
    assert subprocess.check_output([sys.executable, "-c", code], cwd=CHECKOUT, text=True).split() == ["True"]


HALF_UNINSTALLED = {
    "the package is gone": ["pep786"],
    "the adapters are gone": ["pep786/adapters"],
    "the resolver is gone": ["pep786/resolver.py"],
    "the gates are gone": ["pep786/startup"],
    "hook and .pth are gone, the package is not": ["_pep786_startup.py", "pep786_startup.pth", "pep786_startup.start"],
}


@pytest.mark.real
@pytest.mark.parametrize("removed", HALF_UNINSTALLED.values(), ids=HALF_UNINSTALLED)
def test_a_half_uninstalled_package_says_nothing(removed: list[str], environments: Environments) -> None:
    environment = environments.fresh("24.0")
    for name in removed:
        path = environment.site_packages / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    done = environment.run([environment.python, "-m", "pip", "--version"], PIP_NO_ANALYTICS="1")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("pip 24.0 ")


@pytest.mark.real
def test_a_fault_of_ours_is_one_line_and_pip_goes_on(environments: Environments) -> None:
    environment = environments.fresh("24.0")
    (environment.site_packages / "pep786" / "adapters" / "pip.py").write_text("raise ZeroDivisionError('provoked')\n")
    done = environment.run([environment.python, "-m", "pip", "list"])
    assert done.returncode == 0
    assert done.stderr == "pep786: pip goes on without the shim (ZeroDivisionError('provoked'))\n"


@pytest.mark.real
def test_an_editable_install_hooks_too_and_survives_the_loss_of_its_checkout(
    environments: Environments, tmp_path: Path
) -> None:
    checkout = tmp_path / "checkout"
    ignored = shutil.ignore_patterns(".*", "__pycache__", "tests", "docs", "benchmarks")
    shutil.copytree(CHECKOUT, checkout, ignore=ignored)
    environment = environments.fresh("24.0", shim=False)
    build = "import sys; from hatchling.build import build_editable; print(build_editable(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", build, str(tmp_path)], cwd=checkout, check=True, capture_output=True)
    environment.unpack(next(tmp_path.glob("*.whl")))
    asked = [environment.python, "-m", "pip", "download", "--help"]
    assert "--no-analytics" in environment.output(asked)
    shutil.rmtree(checkout)
    done = environment.run(asked)
    assert (done.returncode, done.stderr) == (0, "")
    assert "--no-analytics" not in done.stdout


@pytest.mark.real
def test_the_current_directory_cannot_put_its_own_package_in_our_place(
    environments: Environments, tmp_path: Path
) -> None:
    environment = environments.shared("24.0")
    for name in ("pep786.py", "_pep786_startup.py", "resolver.py"):
        (tmp_path / name).write_text("raise SystemExit('the wrong one was imported')\n")
    done = environment.run([environment.python, "-m", "pip", "download", "--help"], cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "--no-analytics" in done.stdout


@pytest.mark.real
def test_loaders_stay_what_they_were(environments: Environments) -> None:
    environment = environments.shared("24.0")
    code = """
import importlib, inspect, pickle
import pip._internal.network.session as session
loader = session.__loader__
assert type(loader).__name__ == "SourceFileLoader" and "exec_module" not in vars(loader)
assert pickle.loads(pickle.dumps(loader)).path == loader.path
assert "class PipSession" in inspect.getsource(session)
signed = session.PipSession.send
importlib.reload(session)
assert session.PipSession.send is not signed and session.PipSession.send.__module__ == "pep786.adapters.pip"
assert importlib.util.find_spec("pip._internal.cli.cmdoptions") is not None
print("the same")
"""
    assert environment.output([environment.python, "-c", code]).split() == ["the", "same"]


@pytest.mark.parametrize("version", ["3.7", *PYTHONS])
def test_what_runs_inside_other_tools_compiles_on_old_pythons(version: str) -> None:
    """By --python pip may lead to an interpreter that is older than any we are installed in."""
    interpreter = python(version)
    if interpreter is None:
        pytest.skip(f"this machine has no Python {version}")
    inside = [
        "pep786/*.py",
        "pep786/config/*.py",
        "pep786/adapters/*.py",
        "pep786/apps/*.py",
        "pep786/startup/**/*.py",
        "_pep786_startup.py",
    ]
    files = [str(file) for pattern in inside for file in CHECKOUT.glob(pattern)]
    assert len(files) > 15
    code = "import sys; [compile(open(name, encoding='utf-8').read(), name, 'exec') for name in sys.argv[1:]]"
    subprocess.run([interpreter, "-c", code, *files], check=True)


def test_every_adapter_names_its_gates() -> None:
    adapters = [file.stem for file in (CHECKOUT / "pep786" / "adapters").glob("[!_]*.py")]
    assert "pip" in adapters
    for name in adapters:
        code = f"from pep786.startup import gates; print(len(gates.of({name!r})))"
        assert int(subprocess.check_output([sys.executable, "-c", code], cwd=CHECKOUT, text=True)) > 0


def test_the_table_of_pips_has_every_promised_line() -> None:
    lines = {release.rpartition(".")[0] or release for release in PIPS}
    assert {"26", "25", "24", "23.3", "22.3", "21.3", "20.3"} <= lines
