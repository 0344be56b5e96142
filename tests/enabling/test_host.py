"""``status --all``: what is on a host, each thing once, and by which tier it would send the signal."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pep786.cli import main
from pep786.enabling import asking, places
from pep786.startup import INJECTED
from tests.enabling.test_environments import copy_of_pep786, of
from tests.environments import THIS, Environment, Environments, python

if TYPE_CHECKING:
    from tests.enabling.conftest import Installations

pytestmark = pytest.mark.skipif(os.name == "nt", reason="lays a host out as on POSIX")


@pytest.fixture(autouse=True)
def bare_host(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A host that has nothing but what a test lays out and the system's own. Returns the folder that is its PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(places, "search_path", lambda environ=os.environ: os.get_exec_path(environ))
    for name in ("PYENV_ROOT", "UV_TOOL_DIR", "UV_PYTHON_INSTALL_DIR", "CONDA_EXE", "CONDA_ROOT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIPX_GLOBAL_HOME", str(tmp_path / "none"))
    return folder


def status(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    capsys.readouterr()
    assert main(["status", "--all", "--json", *arguments]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def pretend(environment: Environment, name: str, version: str, *, native: str = "") -> None:
    """Have a tool's metadata and script in an environment, as an installer leaves them."""
    folder = environment.site_packages / f"{name}-{version}.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Name: {name}\nVersion: {version}\n")
    if native:
        path = environment.site_packages / native
        path.parent.mkdir(parents=True)
        path.write_text("")
    script = environment.scripts / name
    script.write_text(f"#!{environment.python}\n")
    script.chmod(0o755)


def by_kind(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["kind"]: one for one in document["environments"]}


def script(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def test_pipx_and_uv_tool_environments_by_tier(
    tmp_path: Path, bare_host: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PIPX_HOME", str(tmp_path / "pipx"))
    piped = Environment(tmp_path / "pipx" / "venvs" / "poetry", sys.executable)
    pretend(piped, "poetry", "2.3.0")
    uv_tool = Environment(Path(os.environ["HOME"], ".local", "share", "uv", "tools", "pdm"), sys.executable)
    pretend(uv_tool, "pdm", "2.29.4", native="pdm/analytics.py")
    (bare_host / "poetry").symlink_to(piped.scripts / "poetry")
    found = by_kind(status(capsys))
    assert found["pipx"]["tools"] == [
        {
            "name": "poetry",
            "version": "2.3.0",
            "path": str(piped.scripts / "poetry"),
            "on_path": True,
            "signal": "none",
            "opted_out": False,
            "would_send": False,
        }
    ]
    assert found["uv tool"]["tools"][0]["signal"] == "native"
    assert main(["enable", "--pipx", "--uv-tools"]) == 0
    monkeypatch.setenv("PIP_NO_ANALYTICS", "1")
    document = status(capsys)
    found = by_kind(document)
    assert [found[kind]["shim"] for kind in ("pipx", "uv tool")] == ["enabled", "enabled"]
    assert [found[kind]["tools"][0]["signal"] for kind in ("pipx", "uv tool")] == ["shim", "native"]
    assert all(tool["would_send"] for kind in ("pipx", "uv tool") for tool in found[kind]["tools"])
    assert document["commands"] == []
    assert main(["disable", "--pipx", "--uv-tools"]) == 0
    assert by_kind(status(capsys))["pipx"]["shim"] is None


def test_the_ways_that_are_in_the_variables(
    environments: Environments, bare_host: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment = environments.fresh(shim=False)
    pretend(environment, "poetry", "2.3.0")
    (bare_host / "poetry").symlink_to(environment.scripts / "poetry")
    script(bare_host / "uv", "#!/bin/sh\necho uv 0.13.8\n")

    def tiers() -> dict[str, str]:
        document = status(capsys)
        tools = [tool for one in document["environments"] for tool in one["tools"]]
        return {tool["name"]: tool["signal"] for tool in [*tools, *document["commands"]]}

    assert tiers() == {"poetry": "none", "uv": "none"}
    monkeypatch.setenv("PYTHONPATH", INJECTED)
    assert tiers() == {"poetry": "wrapper", "uv": "none"}
    monkeypatch.setenv("HTTPS_PROXY", "http://pep786:secret@127.0.0.1:7786")
    assert tiers() == {"poetry": "proxy", "uv": "proxy"}
    monkeypatch.setenv("HTTPS_PROXY", "http://pep786.example:3128")
    monkeypatch.delenv("PYTHONPATH")
    assert tiers() == {"poetry": "none", "uv": "none"}
    script(bare_host / "uv", '#!/bin/sh\nexec pep786 run -- /opt/uv "$@"\n')
    (bare_host / "poetry").unlink()
    script(bare_host / "poetry", '#!/bin/sh\nexec pep786 run -- /opt/poetry "$@"\n')
    document = status(capsys)
    assert {tool["name"]: tool["signal"] for tool in document["commands"]} == {"poetry": "wrapper", "uv": "proxy"}


def test_what_links_to_the_same_place_is_one(
    installations: Installations, bare_host: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base = installations(THIS)
    for name in ("python", "python3", f"python{THIS}"):
        (bare_host / name).symlink_to(base.python)
    versions = Path(os.environ["HOME"], ".pyenv", "versions")
    versions.mkdir(parents=True)
    (versions / f"{THIS}.7").symlink_to(base.root)
    (base.root / "bin" / "python").symlink_to(f"python{THIS}")
    venv = base.venv()
    (bare_host / "pypy3").symlink_to(venv)  # from there Python does not find the environment: it is the base
    script(versions.parent / "shims" / "python3", "#!/bin/sh\necho no version is chosen >&2; exit 127\n")
    os.environ["PATH"] += f"{os.pathsep}{versions.parent / 'shims'}{os.pathsep}{Path(venv).parent}"
    found = status(capsys)["environments"]
    assert sorted(one["kind"] for one in found) == ["python", "venv"]
    main(["enable", "--python", base.python, "--venvs"])
    assert {one["shim"] for one in status(capsys)["environments"]} == {"venvs"}
    main(["enable", "--python", venv])
    assert {one["kind"]: one["shim"] for one in status(capsys)["environments"]} == {
        "python": "venvs",
        "venv": "enabled",
    }


def test_what_does_not_run_is_a_line(
    bare_host: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    script(bare_host / "python3.9", "#!/bin/sh\necho the library is gone >&2; exit 3\n")
    script(bare_host / "python3.10", "#!/no/such/interpreter\n")
    script(bare_host / "python3.12", "#!/bin/sh\nsleep 60\n")
    (bare_host / "python3.13").symlink_to("/no/such/python")
    tool = Path(os.environ["HOME"], ".local", "share", "pipx", "venvs", "gone", "bin", "python")
    tool.parent.mkdir(parents=True)
    tool.symlink_to("/no/such/python3.7")
    monkeypatch.setattr(asking, "_TIMEOUT", 1)
    monkeypatch.setenv("PATH", f"{bare_host}{os.pathsep}/bin")
    found = {os.path.basename(one["python"]): one for one in status(capsys)["environments"] if one["fault"]}
    assert {name: one["fault"] for name, one in found.items()} == {
        "python3.9": "no Python that runs (the library is gone)",
        "python3.10": "No such file or directory",
        "python3.12": "it does not answer",
        "python": "No such file or directory",
    }
    assert found["python"]["kind"] == "pipx"
    assert main(["status", "--all"]) == 0
    assert "broken: no Python that runs (the library is gone)" in capsys.readouterr().out


def test_one_whose_pep786_is_gone_is_stale(
    environments: Environments, tmp_path: Path, bare_host: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    environment = environments.fresh(shim=False)
    (bare_host / "python").symlink_to(environment.python)
    os.environ["PATH"] += os.pathsep + str(environment.scripts)
    root = copy_of_pep786(tmp_path / "elsewhere")
    assert of(root, "enable", "--python", environment.python).returncode == 0
    (venv,) = (one for one in status(capsys)["environments"] if one["kind"] == "venv")
    assert (venv["shim"], venv["stale"]) == ("enabled", False)
    shutil.rmtree(root)
    (venv,) = (one for one in status(capsys)["environments"] if one["kind"] == "venv")
    assert (venv["shim"], venv["stale"]) == (None, True)
    main(["status", "--all"])
    assert "stale" in capsys.readouterr().out


def test_an_installed_shim_and_one_tool_only(environments: Environments, capsys: pytest.CaptureFixture[str]) -> None:
    environment = environments.shared()
    os.environ["PATH"] += os.pathsep + str(environment.scripts)
    (venv,) = (one for one in status(capsys)["environments"] if one["kind"] == "venv")
    assert venv["shim"] == "installed"
    assert status(capsys, "--tool", "bandersnatch")["environments"] == []


def test_quiet_answers_with_its_exit_status(
    environments: Environments,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    environment = environments.fresh(shim=False)
    pretend(environment, "poetry", "2.3.0")
    monkeypatch.setenv("PATH", str(environment.scripts))
    assert main(["status", "--all", "-q"]) == 1
    monkeypatch.setenv("PIP_NO_ANALYTICS", "1")
    assert main(["status", "--all", "-q"]) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("version", ["2.7", "3.6"])
def test_an_old_python_is_listed(version: str, bare_host: Path, capsys: pytest.CaptureFixture[str]) -> None:
    interpreter = python(version)
    if interpreter is None:
        pytest.skip(f"this machine has no Python {version}")
    (bare_host / f"python{version}").symlink_to(interpreter)
    (one,) = status(capsys)["environments"]
    assert one["version"].startswith(version)
    assert one["shim"] is None
