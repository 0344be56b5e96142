"""Which hosts are no index's by what was configured, and which are listed as the only ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pep786.config import files
from pep786.proxy import apart, uv_options
from pep786.proxy.policy import Policy, listed

if TYPE_CHECKING:
    from pathlib import Path

MIRROR = "https://m.example/pythons"
VARIABLE = {"UV_PYTHON_INSTALL_MIRROR": MIRROR}


def found(tmp_path: Path, command: str, environ: dict[str, str], configured: dict[str, object]) -> set[str]:
    line = uv_options.parse([*command.split(), "--directory", str(tmp_path)])
    environ = {"HOME": str(tmp_path / "home"), "XDG_CONFIG_DIRS": str(tmp_path / "machine"), **environ}
    return apart.hosts(line, environ, configured)


@pytest.mark.parametrize(
    ("environ", "configured", "hosts"),
    [
        ({}, {}, set()),
        (VARIABLE, {}, {"m.example"}),
        ({"UV_GRAALPY_INSTALL_MIRROR": MIRROR}, {}, {"m.example"}),
        ({}, {"pypy-install-mirror": "https://M.example:8443/x"}, {"m.example"}),
        ({}, {"audit": {"malware-check-url": "https://o.example/"}}, {"o.example"}),
        ({"UV_PYTHON_INSTALL_MIRROR": "http://m.example/"}, {}, set()),  # plain http is told by its path
        ({"UV_PYTHON_INSTALL_MIRROR": "file:///pythons"}, {}, set()),
        ({"UV_PYTHON_INSTALL_MIRROR": "https://[::1"}, {}, set()),
        ({"UV_PYTHON_INSTALL_MIRROR": ""}, {"python-install-mirror": 1}, set()),
        ({**VARIABLE, "UV_DEFAULT_INDEX": "https://m.example/simple"}, {}, set()),
        ({**VARIABLE, "UV_INDEX": "a=https://me:x@m.example:1/simple"}, {}, set()),
        ({"UV_PYTHON_INSTALL_MIRROR": "https://m.example/", "UV_INDEX_URL": "https://m.example/simple"}, {}, set()),
        ({**VARIABLE, "OTHER": "https://m.example/simple"}, {}, {"m.example"}),
        (VARIABLE, {"index": [{"url": "https://m.example/simple"}]}, set()),
        (VARIABLE, {"python-install-mirror": MIRROR, "index-url": "https://i.example"}, {"m.example"}),
        (VARIABLE, {"publish-url": "https://up.example/"}, {"m.example"}),  # this is not uv publish
    ],
)
def test_what_is_configured(
    environ: dict[str, str], configured: dict[str, object], hosts: set[str], tmp_path: Path
) -> None:
    assert found(tmp_path, "uv sync", environ, configured) == hosts


@pytest.mark.parametrize(
    "command",
    ["uv pip install --index-url https://m.example/simple x", "uv add --index=https://M.example/simple x",
     "uv pip install x@https://m.example/x.whl", "uv pip install -r r.txt", "uv pip install --requirement=r.txt"],
)  # fmt: skip
def test_the_command_line_names_it_as_an_index_too(command: str, tmp_path: Path) -> None:
    (tmp_path / "r.txt").write_text("--index-url https://m.example/simple\nx\n")
    assert found(tmp_path, command, VARIABLE, {}) == set()
    (tmp_path / "r.txt").write_text("x\n")
    assert (found(tmp_path, "uv pip install -r r.txt", VARIABLE, {})) == {"m.example"}


@pytest.mark.parametrize(
    "name", ["uv.lock", "pyproject.toml", "../pyproject.toml", "../uv.toml", "../machine/uv/uv.toml"]
)
def test_a_file_of_the_project_names_it_too(name: str, tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    path = work / name
    path.parent.mkdir(parents=True, exist_ok=True)
    environ = {**VARIABLE, "XDG_CONFIG_DIRS": str(tmp_path / "machine")}
    path.write_text(f'python-install-mirror = "{MIRROR}"\n')
    assert found(work, "uv sync", environ, {}) == {"m.example"}
    path.write_text('url = "https://m.example/files/x.whl"\n')
    assert found(work, "uv sync", environ, {}) == set()


def test_a_file_that_cannot_be_read_may_name_any(tmp_path: Path) -> None:
    with (tmp_path / "uv.lock").open("wb") as file:
        file.truncate(files.LIMIT + 1)
    assert found(tmp_path, "uv sync", VARIABLE, {}) == set()


@pytest.mark.parametrize(
    ("command", "environ", "configured", "hosts"),
    [
        ("uv publish", {}, {}, {"upload.pypi.org"}),
        ("uv publish --publish-url https://u.example/l/", {}, {}, {"u.example"}),
        ("uv publish --publish-url=https://u.example/l/", {"UV_PUBLISH_URL": "https://v.example/"}, {}, {"u.example"}),
        ("uv publish", {"UV_PUBLISH_URL": "https://v.example/"}, {}, {"v.example"}),
        ("uv publish", {}, {"publish-url": "https://w.example/"}, {"w.example"}),
        ("uv publish --publish-url https://u.example/l/ --check-url https://u.example/s/", {}, {}, set()),
        ("uv publish --check-url https://v.example/s", {"UV_PUBLISH_URL": "https://v.example/"}, {}, set()),
    ],
)  # fmt: skip
def test_where_uploads_go(
    command: str, environ: dict[str, str], configured: dict[str, object], hosts: set[str], tmp_path: Path
) -> None:
    assert found(tmp_path, command, environ, configured) == hosts


def test_a_blind_host_is_not_looked_into_and_those_below_it_are() -> None:
    rules = Policy(agents=("uv/",), blind=["M.example"])
    assert not rules.looks_into("m.example", "uv/1")
    assert not rules.looks_into("M.EXAMPLE.", "uv/1")
    assert rules.looks_into("i.m.example", "uv/1")
    assert rules.looks_into("xm.example", "uv/1")


def test_the_list_of_pythons_is_a_file() -> None:
    """What is below an address is not signed, and neither is the address itself (facts, T28)."""
    rules = Policy(unsigned=["https://m.example/pythons.json", "https://[::1]:8443/pythons"])
    assert not rules.signs("GET", "https", "m.example", 443, "/pythons.json")
    assert not rules.signs("GET", "https", "m.example", 443, "/pythons.json?v=1")
    assert rules.signs("GET", "https", "m.example", 443, "/pythons.jsonx")
    assert not rules.signs("GET", "https", "::1", 8443, "/pythons/x")
    assert rules.signs("GET", "https", "::1", 8443, "/simple/")


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("pypi.org", ["pypi.org"]),
        ("PyPI.org., files.pythonhosted.org", ["pypi.org", "files.pythonhosted.org"]),
        ("localhost 127.0.0.1 [::1] 2001:DB8:0::1", ["localhost", "127.0.0.1", "::1", "2001:db8::1"]),
        ("under_score.example", ["under_score.example"]),
    ],
)
def test_a_list_of_hosts(text: str, hosts: list[str]) -> None:
    assert listed(text) == hosts
    rules = Policy(only=hosts)
    assert all(rules.looks_into(host, "anything") for host in hosts)


@pytest.mark.parametrize(
    "text", ["", " ,", "https://pypi.org", "pypi.org/simple", "pypi.org:443", "*.org", "1.2.3", "é"]
)
def test_no_list_of_hosts(text: str) -> None:
    with pytest.raises(ValueError, match=r"neither|no host"):
        listed(text)
