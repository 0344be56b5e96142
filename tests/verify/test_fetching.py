"""Releases fetched into the cache, from a registry that is the loopback index."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pep786.verify import fetching, finding
from pep786.verify.distributions import demo_distributions, wheel
from pep786.verify.errors import NoToolError
from pep786.verify.index import Index

if TYPE_CHECKING:
    from collections.abc import Iterator

SCRIPT = {
    "demo_tool.py": "import sys\ndef main(): print(sys.executable)\n",
    "demo_tool-1.0.dist-info/entry_points.txt": "[console_scripts]\ndemo-tool = demo_tool:main\n",
}


@pytest.fixture
def registry() -> Iterator[Index]:
    distributions = [wheel("demo-tool", "1.0", ["demo-wheel"], SCRIPT), *demo_distributions()]
    with Index([file for file in distributions if file.name != "pip"]) as index:
        yield index


def environ(registry: Index, cache: Path, **variables: str) -> dict[str, str]:
    where = {"PIP_INDEX_URL": registry.simple, "PIP_CONFIG_FILE": os.devnull, "PEP786_CACHE": str(cache)}
    return {**os.environ, "PYTHONPATH": "", **where, **variables}


def test_two_at_once_make_one_environment_that_runs(registry: Index, tmp_path: Path) -> None:
    def fetch(_: int) -> str:
        return fetching.fetch("demo-tool", "1.0", environ=environ(registry, tmp_path, PY_NO_ANALYTICS="1"))

    with ThreadPoolExecutor() as pool:
        folders = set(pool.map(fetch, range(2)))
    (folder,) = folders
    name = f"demo-tool-1.0-python{sys.version_info[0]}.{sys.version_info[1]}"
    assert folder == str(tmp_path / "tools" / name)
    assert os.listdir(tmp_path / "tools") == [name]
    command = [fetching.script(folder, "demo-tool")]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout.startswith(folder)
    # A download like any other: it carries the preference.
    assert {request.prefer[0] for request in registry.received} == {"no-analytics"}
    registry.clear()
    assert fetch(0) == folder
    assert registry.received == []


def test_constraints_hold_for_what_a_tool_needs(registry: Index, tmp_path: Path) -> None:
    folder = fetching.fetch("demo-tool", "1.0", constraints=["demo-wheel<1"], environ=environ(registry, tmp_path))
    fetched = [request.path.rpartition("/")[2] for request in registry.received if request.kind == "file"]
    assert "demo_wheel-0.9-py3-none-any.whl" in fetched
    assert "demo_wheel-1.0-py3-none-any.whl" not in fetched
    assert Path(folder).is_dir()


def test_a_release_that_is_not_there_leaves_nothing_behind(registry: Index, tmp_path: Path) -> None:
    with pytest.raises(NoToolError, match="No matching distribution found for demo-tool==7"):
        fetching.fetch("demo-tool", "7", environ=environ(registry, tmp_path))
    assert os.listdir(tmp_path / "tools") == []


@pytest.mark.parametrize("version", ["", "../x", "1 --index-url=http://127.0.0.1", "latest"])
def test_what_is_no_version_is_asked_of_nobody(version: str, tmp_path: Path) -> None:
    with pytest.raises(NoToolError, match="that is no version"):
        fetching.fetch("nox", version, environ={"PEP786_CACHE": str(tmp_path / "cache")})
    assert not (tmp_path / "cache").exists()


def test_an_interpreter_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NoToolError, match="no-such-python"):
        fetching.fetch("nox", "1", str(tmp_path / "no-such-python"), environ={"PEP786_CACHE": str(tmp_path)})


@pytest.mark.skipif(sys.platform != "linux", reason="the cache folder of Linux")
@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, "{home}/.cache/pep786"),
        ({"XDG_CACHE_HOME": "/x"}, "/x/pep786"),
        ({"XDG_CACHE_HOME": "x"}, "{home}/.cache/pep786"),
        ({"XDG_CACHE_HOME": "/x", "PEP786_CACHE": "/y"}, "/y"),
    ],
)
def test_the_cache_is_where_the_platform_has_it(variables: dict[str, str], expected: str) -> None:
    assert fetching.cache(variables) == expected.format(home=os.path.expanduser("~"))


@pytest.mark.parametrize(
    ("asked", "fault"),
    [
        ("no-such-tool", "cannot verify no-such-tool; known tools: pip, bandersnatch, build"),
        ("conda", "cannot verify conda"),
        ("nox==", "nox==: that is no version"),
        ("tox", "tox is not on PATH; tox==VERSION fetches"),
        ("build", "pyproject-build is not on PATH; build==VERSION fetches"),
    ],
)
def test_a_tool_that_cannot_be_had_is_said_in_one_line(
    asked: str, fault: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoToolError, match=fault) as raised:
        finding.find(asked)
    assert "\n" not in str(raised.value)


def test_a_tool_behind_a_version_managers_stand_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    stand_in = tmp_path / "poetry"
    stand_in.write_text("#!/bin/sh\necho 'Poetry (version 1.2.3)'\n")
    stand_in.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    tool = finding.find("poetry")
    assert (tool.version, tool.python, tool.tier) == ("1.2.3", None, "unknown")
    assert finding.find("poetry", inject=True).tier == "injected"


def test_a_script_whose_python_does_not_have_the_tool(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    script = tmp_path / "poetry"
    script.write_text(f"#!{sys.executable}\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with pytest.raises(NoToolError, match="does not have poetry"):
        finding.find("poetry")
