"""What an index receives from a released pip after enable, and after disable."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pep786.cli import main
from pep786.verify.index import Index
from tests.environments import NEWEST, Environment, fetched
from tests.real.running import OPT_OUT, assert_all_carry, pip

if TYPE_CHECKING:
    from pathlib import Path

    from tests.enabling.conftest import Installations

pytestmark = [pytest.mark.real, pytest.mark.skipif(os.name == "nt", reason="lays environments out as on POSIX")]


def download(environment: Environment, index: Index, folder: Path, *, signed: bool) -> None:
    index.clear()
    done = pip(environment, "download", "-d", str(folder), "-i", index.simple, "demo-wheel", **OPT_OUT)
    assert done.returncode == 0, done.stderr
    assert "pep786" not in done.stderr
    assert_all_carry(index, expected=signed)


@pytest.mark.parametrize("version", ["3.8", "3.11", "3.13"])
def test_an_environment_by_itself_and_by_its_installation(
    version: str, installations: Installations, tmp_path: Path
) -> None:
    base = installations(version)
    base.custom.write_text("import sys; sys.stderr.write('mine\\n')")
    environment = Environment(base.root.parent / "venv", base.python)
    environment.unpack(fetched("pip", "24.0"))
    with Index() as index:
        for number, target in enumerate(([environment.python], [base.python, "--venvs"])):
            assert main(["enable", "--python", *target]) == 0
            download(environment, index, tmp_path / f"{number}", signed=True)
            assert main(["disable", "--python", *target]) == 0
        download(environment, index, tmp_path / "disabled", signed=False)


def test_the_environments_of_pipx(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIPX_HOME", str(tmp_path / "pipx"))
    environment = Environment(tmp_path / "pipx" / "venvs" / "pip", sys.executable)
    environment.unpack(fetched("pip", NEWEST if sys.version_info >= (3, 10) else "24.0"))
    with Index() as index:
        for command, signed in (("enable", True), ("disable", False)):
            assert main([command, "--pipx"]) == 0
            download(environment, index, tmp_path / command, signed=signed)


def test_an_environment_that_uv_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """``uv tool install pip``, from the released wheels."""
    programs = tmp_path_factory.mktemp("uv")
    uv = Environment(programs / "venv", sys.executable)
    uv.unpack(fetched("uv", "0.13.8", native=True))
    (binary,) = uv.site_packages.glob("uv-*.data/scripts/uv")
    binary.chmod(0o755)
    monkeypatch.setenv("UV_TOOL_DIR", str(tmp_path / "tools"))
    monkeypatch.setenv("UV_TOOL_BIN_DIR", str(tmp_path / "bin"))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    release = "24.0" if sys.version_info < (3, 12) else NEWEST
    wheels = fetched("pip", release).parent
    command = [str(binary), "tool", "install", "--offline", "--no-index", "--find-links", str(wheels)]
    done = subprocess.run(
        [*command, "--python", sys.executable, f"pip=={release}"], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    script = str(tmp_path / "bin" / "pip")
    with Index() as index:
        for switch, signed in (("enable", True), ("disable", False)):
            assert main([switch, "--uv-tools"]) == 0
            index.clear()
            arguments = ["download", "-d", str(tmp_path / switch), "-i", index.simple, "demo-wheel"]
            environ = {**os.environ, **OPT_OUT, "PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
            done = subprocess.run([script, *arguments], check=False, capture_output=True, text=True, env=environ)
            assert done.returncode == 0, done.stderr
            assert_all_carry(index, expected=signed)
