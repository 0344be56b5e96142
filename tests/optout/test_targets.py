"""Where things are written on the other platforms: paths only, no file is touched."""

from __future__ import annotations

import pytest

from pep786.config.table import TOOLS
from pep786.optout import record
from pep786.optout.harm import HARMS
from pep786.optout.targets import Machine, targets
from tests.config.test_config_locations import ENVIRON, PREFIX


def machine(platform: str, **more: str) -> Machine:
    cwd = "C:\\nowhere" if platform == "win32" else "/nowhere/at/all"
    return Machine({**ENVIRON[platform], **more}, cwd, platform=platform, prefix=PREFIX[platform])


WRITTEN = {
    ("darwin", "user"): [
        "/Users/ann/Library/Application Support/pep786/config.toml",
        "/Users/ann/.config/pip/pip.conf",
        "/Users/ann/Library/Application Support/pypoetry/config.toml",
        "/Users/ann/Library/Application Support/hatch/config.toml",
    ],
    ("darwin", "global"): [
        "/Library/Application Support/pep786/config.toml",
        "/Library/Application Support/pip/pip.conf",
    ],
    ("darwin", "site"): ["/Library/Application Support/pep786/config.toml", "/venv/pip.conf"],
    ("win32", "user"): [
        "C:\\Users\\ann\\AppData\\Roaming\\pep786\\config.toml",
        "C:\\Users\\ann\\AppData\\Roaming\\pip\\pip.ini",
        "C:\\Users\\ann\\AppData\\Roaming\\pypoetry\\config.toml",
        "C:\\Users\\ann\\AppData\\Local\\hatch\\config.toml",
    ],
    ("win32", "global"): ["C:\\ProgramData\\pep786\\config.toml", "C:\\ProgramData\\pip\\pip.ini"],
    ("win32", "site"): ["C:\\ProgramData\\pep786\\config.toml", "C:\\venv\\pip.ini"],
    ("linux", "user"): [
        "/home/ann/.config/pep786/config.toml",
        "/home/ann/.config/pip/pip.conf",
        "/home/ann/.config/pypoetry/config.toml",
        "/home/ann/.config/hatch/config.toml",
    ],
    ("linux", "global"): ["/etc/pep786/config.toml", "/etc/pip.conf"],
    ("linux", "site"): ["/etc/pep786/config.toml", "/venv/pip.conf"],
}


@pytest.mark.parametrize(("platform", "scope"), WRITTEN)
def test_places_on_each_platform(platform: str, scope: str) -> None:
    found = targets(machine(platform), TOOLS, scope, named=False)
    assert [target.place.path for target in found if target.place] == WRITTEN[platform, scope]
    assert all(target.reason for target in found if not target.place)


@pytest.mark.parametrize(
    ("tool", "variable", "value", "expected"),
    [
        ("poetry", "POETRY_CONFIG_DIR", "/conf", "/conf/config.toml"),
        ("hatch", "HATCH_CONFIG", "/named.toml", "/named.toml"),
        ("pdm", "PDM_CONFIG_FILE", "/named.toml", None),
        ("uv", "UV_CONFIG_FILE", "/named.toml", None),
        ("pip", "PIP_CONFIG_FILE", "/missing.conf", "/home/ann/.config/pip/pip.conf"),
        ("pip", "PIP_CONFIG_FILE", "/dev/null", None),
        ("pip", "XDG_CONFIG_HOME", "/conf", "/conf/pip/pip.conf"),
    ],
)
def test_variables_that_move_files(tool: str, variable: str, value: str, expected: str | None) -> None:
    found = machine("linux", **{variable: value}).of_tool(tool, "user", named=False)
    assert (found.place and found.place.path) == expected


@pytest.mark.parametrize("known", HARMS, ids=lambda known: f"{known.tool} {known.table}")
def test_no_place_that_harms_is_ever_a_target(known: object) -> None:
    tool, table, project = (getattr(known, name) for name in ("tool", "table", "project"))
    for platform in ENVIRON:
        for scope in ("user", "site", "global", *(["project"] if project else [])):
            for named in (True, False):
                place = machine(platform).of_tool(tool, scope, named=named).place
                assert place is None or place.table != table, place


@pytest.mark.parametrize(
    ("platform", "user", "whole"),
    [
        ("linux", "/home/ann/.local/state/pep786/opt-out.json", "/var/lib/pep786/opt-out.json"),
        (
            "darwin",
            "/Users/ann/Library/Application Support/pep786/opt-out.json",
            "/Library/Application Support/pep786/opt-out.json",
        ),
        (
            "win32",
            "C:\\Users\\ann\\AppData\\Local\\pep786\\opt-out.json",
            "C:\\ProgramData\\pep786\\opt-out.json",
        ),
    ],
)
def test_the_record_on_each_platform(platform: str, user: str, whole: str) -> None:
    environ = ENVIRON[platform]
    assert record.user_file(environ, platform) == user
    assert record.machine_file(environ, platform) == whole


@pytest.mark.parametrize(
    ("state", "expected"),
    [("/state", "/state/pep786/opt-out.json"), ("rel", "/home/ann/.local/state/pep786/opt-out.json")],
)
def test_xdg_state_home_moves_the_record(state: str, expected: str) -> None:
    assert record.user_file({"HOME": "/home/ann", "XDG_STATE_HOME": state}, "linux") == expected
