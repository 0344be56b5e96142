"""The table of locations (D5, D6, D17, D17a), on each platform: paths only, no file is read."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from pep786.config.folders import Folders, home
from pep786.config.locations import places

if TYPE_CHECKING:
    from pathlib import Path

LINUX = {"HOME": "/home/ann"}
MACOS = {"HOME": "/Users/ann"}
WINDOWS = {
    "USERPROFILE": "C:\\Users\\ann",
    "APPDATA": "C:\\Users\\ann\\AppData\\Roaming",
    "LOCALAPPDATA": "C:\\Users\\ann\\AppData\\Local",
    "PROGRAMDATA": "C:\\ProgramData",
    "SYSTEMDRIVE": "C:",
}
OWN = {
    "linux": [("user", "/home/ann/.config/pep786/config.toml"), ("global", "/etc/pep786/config.toml")],
    "darwin": [
        ("user", "/Users/ann/Library/Application Support/pep786/config.toml"),
        ("global", "/Library/Application Support/pep786/config.toml"),
    ],
    "win32": [
        ("user", "C:\\Users\\ann\\AppData\\Roaming\\pep786\\config.toml"),
        ("global", "C:\\ProgramData\\pep786\\config.toml"),
    ],
}
ENVIRON = {"linux": LINUX, "darwin": MACOS, "win32": WINDOWS}
PREFIX = {"linux": "/venv", "darwin": "/venv", "win32": "C:\\venv"}
ELSEWHERE = {"linux": "/nowhere/at/all", "darwin": "/nowhere/at/all", "win32": "C:\\nowhere"}


def where(
    tool: str, platform: str, more: dict[str, str] | None = None, *, isolated: bool = False, prefix: str = ""
) -> list[tuple[str, str]]:
    found = places(
        tool,
        {**ENVIRON[platform], **(more or {})},
        ELSEWHERE[platform],
        isolated=isolated,
        platform=platform,
        prefix=prefix or PREFIX[platform],
    )
    return [(place.scope, place.path) for place in found]


@pytest.mark.parametrize(
    ("tool", "platform", "expected"),
    [
        pytest.param(
            "pip",
            "linux",
            [
                ("site", "/venv/pip.conf"),
                ("user", "/home/ann/.config/pip/pip.conf"),
                ("user", "/home/ann/.pip/pip.conf"),
                ("global", "/etc/pip.conf"),
                ("global", "/etc/xdg/pip/pip.conf"),
            ],
            id="pip on Linux",
        ),
        pytest.param(
            "pip",
            "darwin",
            [
                ("site", "/venv/pip.conf"),
                ("user", "/Users/ann/.config/pip/pip.conf"),
                ("user", "/Users/ann/.pip/pip.conf"),
                ("global", "/Library/Application Support/pip/pip.conf"),
            ],
            id="pip on macOS without its folder in the library",
        ),
        pytest.param(
            "pip",
            "win32",
            [
                ("site", "C:\\venv\\pip.ini"),
                ("user", "C:\\Users\\ann\\AppData\\Roaming\\pip\\pip.ini"),
                ("user", "C:\\Users\\ann\\pip\\pip.ini"),
                ("global", "C:\\ProgramData\\pip\\pip.ini"),
            ],
            id="pip on Windows",
        ),
        pytest.param("uv", "linux", [("user", "/home/ann/.config/uv/uv.toml")], id="uv on Linux"),
        pytest.param("uv", "darwin", [("user", "/Users/ann/.config/uv/uv.toml")], id="uv on macOS keeps to XDG"),
        pytest.param("uv", "win32", [("user", "C:\\Users\\ann\\AppData\\Roaming\\uv\\uv.toml")], id="uv on Windows"),
        pytest.param("poetry", "linux", [("user", "/home/ann/.config/pypoetry/config.toml")], id="poetry on Linux"),
        pytest.param(
            "poetry",
            "darwin",
            [("user", "/Users/ann/Library/Application Support/pypoetry/config.toml")],
            id="poetry on macOS",
        ),
        pytest.param(
            "poetry",
            "win32",
            [("user", "C:\\Users\\ann\\AppData\\Roaming\\pypoetry\\config.toml")],
            id="poetry on Windows roams",
        ),
        pytest.param(
            "pdm",
            "linux",
            [
                ("user", "/home/ann/.config/pdm/config.toml"),
                ("user", "/home/ann/.pdm/config.toml"),
                ("global", "/etc/xdg/pdm/config.toml"),
            ],
            id="pdm on Linux",
        ),
        pytest.param(
            "pdm",
            "darwin",
            [
                ("user", "/Users/ann/Library/Application Support/pdm/config.toml"),
                ("user", "/Users/ann/.pdm/config.toml"),
                ("global", "/Library/Application Support/pdm/config.toml"),
            ],
            id="pdm on macOS",
        ),
        pytest.param(
            "pdm",
            "win32",
            [
                ("user", "C:\\Users\\ann\\AppData\\Local\\pdm\\pdm\\config.toml"),
                ("user", "C:\\Users\\ann\\.pdm\\config.toml"),
                ("global", "C:\\ProgramData\\pdm\\pdm\\config.toml"),
            ],
            id="pdm on Windows doubles its name",
        ),
        pytest.param("hatch", "linux", [("user", "/home/ann/.config/hatch/config.toml")], id="hatch on Linux"),
        pytest.param(
            "hatch",
            "darwin",
            [("user", "/Users/ann/Library/Application Support/hatch/config.toml")],
            id="hatch on macOS",
        ),
        pytest.param(
            "hatch",
            "win32",
            [("user", "C:\\Users\\ann\\AppData\\Local\\hatch\\config.toml")],
            id="hatch on Windows is local",
        ),
        pytest.param("anything", "linux", [], id="a tool that is not in the table"),
    ],
)
def test_d5_files_of_each_tool_then_our_own_d17a(tool: str, platform: str, expected: list[tuple[str, str]]) -> None:
    assert where(tool, platform) == expected + OWN[platform]


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_d5_pipenv_ends_with_the_files_of_pip(platform: str) -> None:
    assert where("pipenv", platform) == where("pip", platform)


@pytest.mark.parametrize(
    ("tool", "platform", "environ", "present", "absent"),
    [
        pytest.param(
            "pip", "linux", {"XDG_CONFIG_HOME": "/conf"}, "/conf/pip/pip.conf", "/home/ann/.config/pip/pip.conf",
            id="XDG_CONFIG_HOME moves the user's pip.conf",
        ),
        pytest.param(
            "pip", "linux", {"XDG_CONFIG_HOME": "conf"}, "/home/ann/.config/pip/pip.conf", "conf/pip/pip.conf",
            id="a relative XDG_CONFIG_HOME is as if unset",
        ),
        pytest.param(
            "pip", "linux", {"XDG_CONFIG_DIRS": "/a:/b"}, "/b/pip/pip.conf", "/etc/xdg/pip/pip.conf",
            id="XDG_CONFIG_DIRS replaces /etc/xdg",
        ),
        pytest.param(
            "pip", "linux", {"XDG_CONFIG_DIRS": "a:b"}, "/etc/xdg/pip/pip.conf", "/nowhere/at/all/a/pip/pip.conf",
            id="relative XDG_CONFIG_DIRS are as if unset",
        ),
        pytest.param(
            "pip", "darwin", {"XDG_CONFIG_HOME": "/conf"}, "/Users/ann/.config/pip/pip.conf", "/conf/pip/pip.conf",
            id="pip on macOS does not ask XDG_CONFIG_HOME",
        ),
        pytest.param(
            "pip", "darwin", {"XDG_DATA_DIRS": "/data"}, "/data/pip/pip.conf", "",
            id="pip on macOS asks XDG_DATA_DIRS since 26",
        ),
        pytest.param(
            "pip", "win32", {"APPDATA": ""}, "C:\\Users\\ann\\AppData\\Roaming\\pip\\pip.ini", "",
            id="no APPDATA",
        ),
        pytest.param(
            "pip", "win32", {"PROGRAMDATA": "", "ALLUSERSPROFILE": "D:\\All"}, "D:\\All\\pip\\pip.ini", "",
            id="ALLUSERSPROFILE for PROGRAMDATA",
        ),
        pytest.param(
            "pip", "win32", {"PROGRAMDATA": "D:\\Data"}, "D:\\Data\\pip\\pip.ini", "C:\\ProgramData\\pip\\pip.ini",
            id="PROGRAMDATA elsewhere",
        ),
        pytest.param(
            "pip", "win32", {"PROGRAMDATA": ""}, "C:\\ProgramData\\pip\\pip.ini", "", id="no PROGRAMDATA"
        ),
        pytest.param(
            "pip", "win32", {"PROGRAMDATA": "", "SYSTEMDRIVE": "D:"}, "D:\\ProgramData\\pip\\pip.ini", "",
            id="SYSTEMDRIVE",
        ),
        pytest.param(
            "pip", "win32", {"PROGRAMDATA": "", "SYSTEMDRIVE": "folder"}, "C:\\ProgramData\\pip\\pip.ini", "",
            id="SYSTEMDRIVE that is no drive",
        ),
        pytest.param(
            "pdm", "win32", {"LOCALAPPDATA": "D:\\Local"}, "D:\\Local\\pdm\\pdm\\config.toml",
            "C:\\Users\\ann\\AppData\\Local\\pdm\\pdm\\config.toml", id="LOCALAPPDATA moves pdm's file",
        ),
        pytest.param(
            "pdm", "win32", {"LOCALAPPDATA": ""}, "C:\\Users\\ann\\AppData\\Local\\pdm\\pdm\\config.toml", "",
            id="no LOCALAPPDATA",
        ),
        pytest.param(
            "pdm", "darwin", {"XDG_CONFIG_DIRS": "/a:/b"}, "/a/pdm/config.toml", "/b/pdm/config.toml",
            id="pdm on macOS takes the first of XDG_CONFIG_DIRS only",
        ),
        pytest.param(
            "pip", "win32", {"USERPROFILE": "", "HOMEDRIVE": "D:", "HOMEPATH": "\\ann"}, "D:\\ann\\pip\\pip.ini", "",
            id="HOMEDRIVE and HOMEPATH for USERPROFILE",
        ),
        pytest.param(
            "pip", "linux", {"PIP_CONFIG_FILE": "/named.conf"}, "/named.conf", "", id="PIP_CONFIG_FILE"
        ),
        pytest.param(
            "pip", "linux", {"PIP_CONFIG_FILE": "named.conf"}, "/nowhere/at/all/named.conf", "named.conf",
            id="a relative PIP_CONFIG_FILE starts from the directory",
        ),
        pytest.param(
            "pip", "linux", {"PIP_CONFIG_FILE": "/missing.conf"}, "/home/ann/.config/pip/pip.conf", "",
            id="PIP_CONFIG_FILE naming nothing leaves the user's files",
        ),
        pytest.param(
            "pip", "linux", {"PIP_CONFIG_FILE": ""}, "/home/ann/.config/pip/pip.conf", "",
            id="an empty PIP_CONFIG_FILE leaves the user's files",
        ),
        pytest.param(
            "pip", "win32", {"PIP_CONFIG_FILE": "nul"}, "C:\\ProgramData\\pep786\\config.toml", "C:\\venv\\pip.ini",
            id="PIP_CONFIG_FILE naming the null device of Windows",
        ),
        pytest.param(
            "uv", "linux", {"UV_CONFIG_FILE": "/named.toml"}, "/named.toml", "/home/ann/.config/uv/uv.toml",
            id="UV_CONFIG_FILE replaces the user's file",
        ),
        pytest.param(
            "uv", "linux", {"UV_NO_CONFIG": "1"}, "/etc/pep786/config.toml", "/home/ann/.config/uv/uv.toml",
            id="UV_NO_CONFIG silences uv's files and not ours",
        ),
        pytest.param(
            "uv", "linux", {"UV_NO_CONFIG": "off"}, "/home/ann/.config/uv/uv.toml", "",
            id="UV_NO_CONFIG that says no",
        ),
        pytest.param(
            "uv", "linux", {"UV_NO_CONFIG": "1", "UV_CONFIG_FILE": "/named.toml"}, "/named.toml", "",
            id="UV_CONFIG_FILE is read even with UV_NO_CONFIG",
        ),
        pytest.param(
            "poetry", "linux", {"POETRY_CONFIG_DIR": "/conf"}, "/conf/config.toml",
            "/home/ann/.config/pypoetry/config.toml", id="POETRY_CONFIG_DIR",
        ),
        pytest.param(
            "poetry", "darwin", {"XDG_CONFIG_HOME": "/conf"}, "/conf/pypoetry/config.toml", "",
            id="platformdirs on macOS asks XDG_CONFIG_HOME",
        ),
        pytest.param(
            "pdm", "linux", {"PDM_CONFIG_FILE": "/named.toml"}, "/named.toml", "/home/ann/.config/pdm/config.toml",
            id="PDM_CONFIG_FILE replaces the user's file",
        ),
        pytest.param(
            "pdm", "linux", {"XDG_CONFIG_DIRS": "/a:/b"}, "/a/pdm/config.toml", "/b/pdm/config.toml",
            id="pdm takes the first of XDG_CONFIG_DIRS only",
        ),
        pytest.param(
            "hatch", "linux", {"HATCH_CONFIG": "/named.toml"}, "/named.toml", "/home/ann/.config/hatch/config.toml",
            id="HATCH_CONFIG replaces the user's file",
        ),
        pytest.param(
            "pipenv", "linux", {"PIPENV_PIPFILE": "/named/Pipfile"}, "/named/Pipfile", "", id="PIPENV_PIPFILE"
        ),
        pytest.param(
            None, "linux", {"XDG_CONFIG_HOME": "/conf"}, "/conf/pep786/config.toml",
            "/home/ann/.config/pep786/config.toml", id="XDG_CONFIG_HOME moves our file (D17a)",
        ),
    ],
)  # fmt: skip
def test_variables_move_files(
    tool: str | None, platform: str, environ: dict[str, str], present: str, absent: str
) -> None:
    paths = [path for _, path in where(tool or "other", platform, environ)]
    assert present in paths
    assert absent not in paths


def test_d5_later_entries_of_xdg_config_dirs_win_for_pip_and_etc_beats_them() -> None:
    found = [path for scope, path in where("pip", "linux", {"XDG_CONFIG_DIRS": "/a:/b"}) if scope == "global"]
    assert found == ["/etc/pip.conf", "/b/pip/pip.conf", "/a/pip/pip.conf", "/etc/pep786/config.toml"]


def test_d5_later_entries_of_xdg_data_dirs_win_for_pip_on_macos() -> None:
    found = [path for scope, path in where("pip", "darwin", {"XDG_DATA_DIRS": "/a:b:/c:/d"}) if scope == "global"]
    assert found[1:-1] == ["/d/pip/pip.conf", "/c/pip/pip.conf", "/a/pip/pip.conf"]


@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_d5_pip_config_file_as_null_device_leaves_none_of_pip(platform: str) -> None:
    assert where("pip", platform, {"PIP_CONFIG_FILE": "/dev/null"}) == OWN[platform]


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_d9_isolated_leaves_out_the_user_files_of_pip_and_not_ours(platform: str) -> None:
    shared = [entry for entry in where("pip", platform) if entry[0] != "user"]
    own = OWN[platform][0]
    assert [entry for entry in where("pip", platform, isolated=True) if entry != own] == shared
    assert own in where("pip", platform, isolated=True)


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [
        ("/opt/homebrew/opt/python@3.13/Frameworks/Python.framework/Versions/3.13", "/opt/homebrew"),
        ("/usr/local/Cellar/python@3.12/3.12.1/Frameworks/Python.framework/Versions/3.12", "/usr/local"),
        ("/usr/local/opt/python@3.12/Frameworks/Python.framework/Versions/3.12", "/usr/local"),
        ("/brew/Cellar/python@3.12/3.12.1/Cellar/python", "/brew"),
        ("/opt/homebrew/some/other/python", "/opt/homebrew"),
        ("/opt/python/3.12", None),
        ("/opt/homebrewed", None),
        ("/usr", None),
    ],
)
def test_a_homebrew_python_has_a_folder_of_its_own(prefix: str, expected: str | None) -> None:
    library, own = "/Library/Application Support/pip/pip.conf", OWN["darwin"][1][1]
    found = [path for scope, path in where("pip", "darwin", prefix=prefix) if scope == "global"]
    assert found == [library, *([expected + "/share/pip/pip.conf"] if expected else []), own]
    base = expected + "/share" if expected else "/Library/Application Support"
    assert ("global", base + "/pdm/config.toml") in where("pdm", "darwin", prefix=prefix)


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("home/Library/Application Support/pip", "home/Library/Application Support/pip/pip.conf"),
        ("home/Library/Application Support/pipx", "home/.config/pip/pip.conf"),
        ("data/pip", "data/pip/pip.conf"),
        ("data/pipx", "home/.config/pip/pip.conf"),
    ],
)
def test_pip_on_macos_uses_its_folder_in_the_library_if_there_is_one(
    tmp_path: Path, folder: str, expected: str
) -> None:
    (tmp_path / folder).mkdir(parents=True)
    environ = {"HOME": str(tmp_path / "home"), "XDG_DATA_HOME": str(tmp_path / "data")}
    found = [place.path for place in places("pip", environ, "/nowhere", platform="darwin") if place.scope == "user"]
    assert found[0] == str(tmp_path / expected)
    assert len(found) == 3, "pip's, its old one, ours"


def test_uv_on_windows_looks_on_the_systems_drive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = "D:\\ProgramData\\uv\\uv.toml"
    monkeypatch.chdir(tmp_path)
    (tmp_path / path).touch()  # here, that is the name of one file
    assert ("global", path) in where("uv", "win32", {"SYSTEMDRIVE": "D:"})
    assert ("global", path) not in where("uv", "win32")


def test_uv_looks_in_two_places_for_the_systems_file() -> None:
    assert Folders({}, "linux")["UV_SYSTEM"] == ["/etc/xdg", "/etc"]


def test_a_home_that_nobody_knows_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    assert home({}, "linux") == home({}, "win32") == ""


def test_a_relative_path_in_a_variable_starts_where_the_tool_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def paths(named: str, cwd: str, platform: str = "linux") -> list[str]:
        found = places("pip", {"PIP_CONFIG_FILE": named, "HOME": "/home/ann"}, cwd, platform=platform)
        return [place.path for place in found]

    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "named.conf").touch()
    here = str(tmp_path / "sub")
    assert paths("named.conf", here)[0] == os.path.join(here, "named.conf")
    assert "/home/ann/.config/pip/pip.conf" not in paths("named.conf", here)
    assert "/home/ann/.config/pip/pip.conf" in paths("missing.conf", here)
    monkeypatch.chdir(tmp_path)
    assert paths("named.conf", "sub")[0] == os.path.join(here, "named.conf")
    assert paths("named.ini", "C:\\a\\..\\b", "win32")[0] == "C:\\b\\named.ini"


def test_without_a_current_directory_a_relative_path_stays_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert places("pip", {"PIP_CONFIG_FILE": "named.conf"})[0].path == "named.conf"


def test_without_home_in_the_mapping_the_process_is_asked() -> None:
    paths = [place.path for place in places("pip", {}, "/nowhere", platform="linux")]
    assert os.path.join(os.path.expanduser("~"), ".config/pip/pip.conf") in paths
