"""The pips that pip starts, and the interpreters it is sent to: the decision goes along (design, D8)."""

from __future__ import annotations

import io
import os
import tarfile
from typing import TYPE_CHECKING, Any

import pytest

from pep786.verify.distributions import Distribution
from pep786.verify.index import Index
from tests.environments import NEWEST, THIS, Environments, best, fetched
from tests.real.running import OPT_OUT, assert_all_carry, building, pip

if TYPE_CHECKING:
    from pathlib import Path


pytestmark = pytest.mark.real


@pytest.mark.parametrize("version", [THIS, "3.8", "3.7"])
def test_t13_another_interpreter_by_python(
    version: str, environments: Environments, index: Index, tmp_path: Path
) -> None:
    """--python runs pip under an interpreter in whose environment we are not."""
    environment = environments.shared("24.0")
    other = environments.shared(None, version, shim=False)
    target = ("download", "-d", str(tmp_path), "-i", index.simple, "demo-wheel")
    for arguments in (("--no-analytics",), ()):
        index.clear()
        done = pip(environment, "--python", other.python, *arguments, *target, **({} if arguments else OPT_OUT))
        assert done.returncode == 0, done.stderr
        assert_all_carry(index)
    index.clear()
    done = pip(environment, "--python", other.python, "--analytics", *target, **OPT_OUT)
    assert done.returncode == 0, done.stderr
    assert_all_carry(index, expected=False)


@pytest.mark.parametrize("release", ["24.0", "22.3.1", NEWEST])
def test_t13_python_and_an_isolated_build(
    release: str, environments: Environments, index: Index, tmp_path: Path
) -> None:
    environment = environments.shared(release)
    other = environments.fresh(None, None, shim=False) if release == NEWEST else environment
    done = pip(environment, "--python", other.python, "wheel", *building(index, tmp_path), "demo-sdist")
    assert done.returncode == 0, done.stderr
    assert any("demo_backend" in request.path for request in index.received)
    assert_all_carry(index)


def test_t13_virtual_environment_isolation(environments: Environments, index: Index, tmp_path: Path) -> None:
    environment = environments.shared(NEWEST)
    arguments = ("--use-feature=venv-isolation", "-w", str(tmp_path), "-i", index.simple, "demo-sdist")
    done = pip(environment, "wheel", *arguments, **OPT_OUT)
    assert done.returncode == 0, done.stderr
    assert any("demo_backend" in request.path for request in index.received)
    assert_all_carry(index)


def test_in_process_build_dependencies(environments: Environments, index: Index, tmp_path: Path) -> None:
    arguments = ("--use-feature=inprocess-build-deps", *building(index, tmp_path))
    done = pip(environments.shared(NEWEST), "wheel", *arguments, "demo-sdist")
    assert done.returncode == 0, done.stderr
    assert_all_carry(index)


@pytest.mark.parametrize("release", ["20.3.4", "24.0", NEWEST])
def test_a_wheel_of_pip_run_as_a_zip_file(
    release: str, environments: Environments, index: Index, tmp_path: Path
) -> None:
    environment = environments.shared(None, best(release))
    script = os.path.join(fetched("pip", release), "pip")
    arguments = ["wheel", "-w", str(tmp_path), "-i", index.simple, "demo-sdist"]
    done = environment.run([environment.python, script, *arguments], PIP_CONFIG_FILE=os.devnull, **OPT_OUT)
    assert done.returncode == 0, done.stderr
    assert_all_carry(index)


def test_t22_the_environments_own_pip_conf_reaches_its_isolated_builds(
    environments: Environments, index: Index, tmp_path: Path
) -> None:
    """The build's own environment has another site file; what the parent decided is handed on."""
    environment = environments.fresh(NEWEST)
    (environment.root / "pip.conf").write_text("[global]\nno-analytics = true\n")
    isolated = ("--use-feature=venv-isolation", "-w", str(tmp_path), "-i", index.simple, "demo-sdist")
    done = environment.run([environment.python, "-m", "pip", "wheel", *isolated])
    assert done.returncode == 0, done.stderr
    assert any("demo_backend" in request.path for request in index.received)
    assert_all_carry(index)


def test_t22_python_reads_the_other_environments_own_pip_conf(
    environments: Environments, index: Index, tmp_path: Path
) -> None:
    """As for every option of pip, and documented: the outer environment's site file does not count there."""
    environment = environments.fresh("24.0")
    (environment.root / "pip.conf").write_text("[global]\nno-analytics = true\n")
    other = environments.shared(shim=False)
    target = ["-d", str(tmp_path), "-i", index.simple, "demo-wheel"]
    done = environment.run([environment.python, "-m", "pip", "--python", other.python, "download", *target])
    assert done.returncode == 0, done.stderr
    assert_all_carry(index, expected=False)


@pytest.mark.parametrize(
    ("flags", "variables", "expected"),
    [
        pytest.param(["--no-analytics"], {}, True, id="opted out by the flag"),
        pytest.param(["--analytics"], {"PY_NO_ANALYTICS": "1"}, False, id="--analytics against a variable"),
    ],
)
@pytest.mark.parametrize("release", ["10.0.1", "18.1"])
def test_t11_old_pips_start_whichever_pip_is_importable(
    release: str,
    flags: list[str],
    variables: dict[str, Any],
    expected: bool,
    environments: Environments,
    tmp_path: Path,
) -> None:
    """pip 10 and 18 build before PEP 517: setuptools and wheel come from the index, by ``python -m pip``."""
    tools = [
        Distribution(name, version, fetched(name, version).name, fetched(name, version).read_bytes())
        for name, version in (("setuptools", "44.1.1"), ("wheel", "0.34.2"))
    ]
    environment = environments.fresh(release)
    for tool in ("setuptools-44.1.1", "wheel-0.34.2"):
        environment.unpack(fetched(*tool.split("-")))
    conf = tmp_path / "pip.conf"
    conf.write_text(f"[global]\nno-analytics = {'false' if expected else 'true'}\n")
    with Index([*tools, setup_py("demo-old")]) as index:
        arguments = [*flags, "-w", str(tmp_path), "-i", index.simple, "demo-old"]
        done = pip(environment, "wheel", *arguments, **variables, PIP_CONFIG_FILE=str(conf))
        assert done.returncode == 0, done.stdout + done.stderr
        assert any(request.path.startswith("/stored/setuptools") for request in index.received)
        assert_all_carry(index, expected=expected)


def setup_py(name: str) -> Distribution:
    """An sdist as it was before PEP 517: a setup.py, and build requirements in pyproject.toml (PEP 518)."""
    files = {
        "setup.py": f"from setuptools import setup\nsetup(name={name!r}, version='1.0')\n",
        "pyproject.toml": '[build-system]\nrequires = ["setuptools", "wheel"]\n',
        "PKG-INFO": f"Metadata-Version: 1.0\nName: {name}\nVersion: 1.0\n",
    }
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for path, text in files.items():
            member = tarfile.TarInfo(f"{name}-1.0/{path}")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    return Distribution(name, "1.0", f"{name}-1.0.tar.gz", buffer.getvalue())


@pytest.mark.skipif(not os.path.exists("/usr/bin/python3"), reason="this machine has no /usr/bin/python3")
def test_t31_the_systems_own_pip() -> None:
    """Debian's pip, patched and without a version check, in an externally managed Python."""
    from pep786.verify import pip as pips
    from pep786.verify.cases import tried_on

    try:
        found = pips.find("/usr/bin/python3", inject=True)
    except pips.NoPipError as fault:
        pytest.skip(str(fault))
    for outcome in pips.verify(found, tried_on("pip", "pip")[:4]):
        assert outcome.verdict == "passed", outcome.reason
