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


def _line(tmp_path: Path, command: str) -> tuple[uv_options.Line, dict[str, str]]:
    line = uv_options.parse([*command.split(), "--directory", str(tmp_path)])
    return line, {"HOME": str(tmp_path / "home"), "XDG_CONFIG_DIRS": str(tmp_path / "machine")}


def unsigned(tmp_path: Path, command: str, environ: dict[str, str], configured: dict[str, object]) -> list[str]:
    line, common = _line(tmp_path, command)
    return apart.addresses(line, {**common, **environ}, configured)


def blind(tmp_path: Path, command: str, environ: dict[str, str], configured: dict[str, object]) -> set[str]:
    line, common = _line(tmp_path, command)
    return apart.hosts(line, {**common, **environ}, configured)


@pytest.mark.parametrize(
    ("environ", "configured", "addresses"),
    [
        ({}, {}, []),
        (VARIABLE, {}, [MIRROR]),
        ({"UV_GRAALPY_INSTALL_MIRROR": MIRROR}, {}, [MIRROR]),
        ({}, {"pypy-install-mirror": "https://M.example:8443/x"}, ["https://M.example:8443/x"]),
        ({}, {"audit": {"malware-check-url": "https://o.example/v1"}}, ["https://o.example/v1"]),
        ({"UV_PYTHON_INSTALL_MIRROR": "http://m.example/p"}, {}, ["http://m.example/p"]),
        ({"UV_PYTHON_INSTALL_MIRROR": "file:///pythons"}, {}, []),
        ({"UV_PYTHON_INSTALL_MIRROR": "https://[::1"}, {}, []),
        ({"UV_PYTHON_INSTALL_MIRROR": ""}, {"python-install-mirror": 1}, []),
        # A whole host may have an index on it.
        ({"UV_PYTHON_INSTALL_MIRROR": "https://m.example"}, {}, []),
        ({"UV_ASTRAL_MIRROR_URL": "https://m.example/?x"}, {}, []),
        # A mirror beside an index, and one that an index is below of.
        ({**VARIABLE, "UV_DEFAULT_INDEX": "https://m.example/simple"}, {}, [MIRROR]),
        ({**VARIABLE, "UV_DEFAULT_INDEX": f"{MIRROR}x/simple"}, {}, [MIRROR]),
        ({**VARIABLE, "UV_DEFAULT_INDEX": f"{MIRROR}/simple"}, {}, []),
        ({**VARIABLE, "UV_DEFAULT_INDEX": MIRROR}, {}, []),
        ({**VARIABLE, "UV_INDEX": "a=https://me:x@M.example:443/pythons/simple"}, {}, []),
        ({**VARIABLE, "OTHER": f"{MIRROR}/simple"}, {}, [MIRROR]),
        (VARIABLE, {"index": [{"url": f"{MIRROR}/simple"}]}, []),
        (VARIABLE, {"python-install-mirror": MIRROR, "index-url": "https://i.example"}, [MIRROR, MIRROR]),
        ({**VARIABLE, "UV_PYTHON_DOWNLOADS_JSON_URL": f"{MIRROR}/list.json"}, {}, [MIRROR, f"{MIRROR}/list.json"]),
    ],
)
def test_what_is_configured(
    environ: dict[str, str], configured: dict[str, object], addresses: list[str], tmp_path: Path
) -> None:
    assert unsigned(tmp_path, "uv sync", environ, configured) == addresses
    assert blind(tmp_path, "uv sync", environ, configured) == set()


@pytest.mark.parametrize(
    "command",
    ["uv pip install --index-url https://m.example/pythons/simple x", "uv add --index=https://M.example/pythons x",
     "uv pip install x@https://m.example/pythons/x.whl", "uv pip install -r r.txt",
     "uv pip install --requirement=r.txt"],
)  # fmt: skip
def test_the_command_line_names_an_index_below_it(command: str, tmp_path: Path) -> None:
    (tmp_path / "r.txt").write_text("--index-url https://m.example/pythons/simple\nx\n")
    assert unsigned(tmp_path, command, VARIABLE, {}) == []
    (tmp_path / "r.txt").write_text("--index-url https://m.example/simple\nx\n")
    assert unsigned(tmp_path, "uv pip install -r r.txt", VARIABLE, {}) == [MIRROR]


@pytest.mark.parametrize(
    "name", ["uv.lock", "pyproject.toml", "../pyproject.toml", "../uv.toml", "../machine/uv/uv.toml"]
)
def test_a_file_of_the_project_names_one(name: str, tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    path = work / name
    path.parent.mkdir(parents=True, exist_ok=True)
    environ = {**VARIABLE, "XDG_CONFIG_DIRS": str(tmp_path / "machine")}
    path.write_text(f'python-install-mirror = "{MIRROR}"\n"python-downloads-json-url"=\'{MIRROR}/list.json\'\n')
    assert unsigned(work, "uv sync", environ, {}) == [MIRROR]
    path.write_text('url = "https://m.example/pythons/files/x.whl"\n')
    assert unsigned(work, "uv sync", environ, {}) == []


def test_of_another_program_the_variables_are_known() -> None:
    assert apart.addresses(None, VARIABLE, {}) == [MIRROR]
    assert apart.addresses(None, {**VARIABLE, "UV_INDEX_URL": f"{MIRROR}/simple"}, {}) == []


def test_a_file_that_cannot_be_read_may_name_any(tmp_path: Path) -> None:
    with (tmp_path / "uv.lock").open("wb") as file:
        file.truncate(files.LIMIT + 1)
    assert unsigned(tmp_path, "uv sync", VARIABLE, {}) == []
    assert blind(tmp_path, "uv publish", {}, {}) == set()


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
    assert blind(tmp_path, command, environ, configured) == hosts


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
