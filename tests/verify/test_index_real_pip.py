"""A real pip downloads from the index, and builds."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from pep786.verify.index import Index

if TYPE_CHECKING:
    from pathlib import Path


from tests.verify.asking import DATA, WHEEL


def run_pip(index: Index, directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run this environment's pip, with no setting but the index's address."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.upper().startswith("PIP_") and not name.upper().endswith("_PROXY")
    }
    environment.update(PIP_CONFIG_FILE=os.devnull, HOME=str(directory), NO_PROXY="*")
    return subprocess.run(
        [sys.executable, "-m", "pip", *arguments, "-i", index.simple],
        cwd=directory,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=True,
    )


def names(index: Index) -> set[str]:
    return {request.route.split("/")[2] for request in index.received if request.kind == "page"}


@pytest.mark.real
def test_pip_downloads_through_the_redirect(index: Index, tmp_path: Path) -> None:
    run_pip(index, tmp_path, "download", "--no-deps", "demo-wheel")
    assert (tmp_path / WHEEL).read_bytes() == DATA
    assert {("page", f"127.0.0.1:{index.port}"), ("file", f"127.0.0.1:{index.port}"), ("file", index.second_host)} <= {
        (request.kind, request.host) for request in index.received
    }
    assert all((request.user_agent or "").startswith("pip/") for request in index.received)


@pytest.mark.real
@pytest.mark.parametrize(
    ("project", "expected"),
    [
        pytest.param("demo-sdist", {"demo-sdist", "demo-backend", "demo-extra"}, id="an isolated build"),
        pytest.param(
            "demo-nested", {"demo-nested", "demo-sdist", "demo-backend", "demo-extra"}, id="a build within a build"
        ),
    ],
)
def test_pip_builds_with_what_it_downloads(index: Index, tmp_path: Path, project: str, expected: set[str]) -> None:
    run_pip(index, tmp_path, "wheel", project)
    stem = project.replace("-", "_")
    with zipfile.ZipFile(tmp_path / f"{stem}-1.0-py3-none-any.whl") as built:
        assert f"{stem}.py" in built.namelist()
    assert expected <= names(index)
    fetched = {request.route.rpartition("/")[2] for request in index.received if request.kind == "file"}
    assert {"demo_backend-1.0-py3-none-any.whl", "demo_extra-1.0-py3-none-any.whl"} <= fetched


@pytest.mark.real
def test_pip_with_a_warm_cache_asks_again(index: Index, tmp_path: Path) -> None:
    # Over http, pip caches only what comes from a host that it was told to trust.
    arguments = ("download", "--no-deps", "--cache-dir", str(tmp_path / "cache"), "--trusted-host", "127.0.0.1")
    run_pip(index, tmp_path, *arguments, "-d", "one", "demo-wheel")
    index.clear()
    run_pip(index, tmp_path, *arguments, "-d", "two", "demo-wheel")
    assert any(request.values("If-None-Match") for request in index.received if request.kind == "page")


@pytest.mark.real
def test_pip_reads_parts_of_a_wheel(tmp_path: Path) -> None:
    # Without redirects: pip asks for the length with a HEAD that follows none.
    with Index(metadata=False, redirect_files=False) as index:
        run_pip(index, tmp_path, "download", "--use-feature=fast-deps", "demo-wheel")
    assert {"page", "file", "range"} <= {request.kind for request in index.received}


@pytest.mark.real
def test_pip_reaches_it_as_a_proxy(index: Index, tmp_path: Path) -> None:
    elsewhere = ["--proxy", index.url(""), "--trusted-host", "index.example", "--trusted-host", "localhost"]
    elsewhere += ["--extra-index-url", "http://index.example/simple/"]
    run_pip(index, tmp_path, "download", "--no-deps", *elsewhere, "demo-wheel")
    assert "http://index.example/simple/demo-wheel/" in {request.path for request in index.received}
