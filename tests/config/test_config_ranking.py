"""Every scope of every tool, and who outranks whom (D5, D6, D9, D17, D17a), with files on disk."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from pep786.config import settings

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Machine

pytestmark = pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="the paths are those of Linux")

INI = "[global]\nno-analytics = {}\n"
OWN = "~/.config/pep786/config.toml"

#: For each tool its places, strongest first: file, table ("" top level), scope, variable that names it.
LADDERS: dict[str, list[tuple[str, str, str, str]]] = {
    "pip": [
        ("named.conf", "ini", "named", "PIP_CONFIG_FILE"),
        ("prefix/pip.conf", "ini", "site", ""),
        ("~/.config/pip/pip.conf", "ini", "user", ""),
        ("~/.pip/pip.conf", "ini", "user", ""),
        ("machine/pip/pip.conf", "ini", "global", ""),
        ("./pyproject.toml", "tool.pip", "project", ""),
    ],
    "uv": [
        ("named.toml", "", "named", "UV_CONFIG_FILE"),
        ("./uv.toml", "", "project", ""),
        ("~/.config/uv/uv.toml", "", "user", ""),
        ("machine/uv/uv.toml", "", "global", ""),
    ],
    "poetry": [
        ("./poetry.toml", "", "project", ""),
        ("./pyproject.toml", "tool.poetry", "project", ""),
        ("named/config.toml", "", "named", "POETRY_CONFIG_DIR"),
        ("~/.config/pypoetry/config.toml", "", "user", ""),
    ],
    "pdm": [
        ("./pdm.toml", "", "project", ""),
        ("./pyproject.toml", "tool.pdm", "project", ""),
        ("named.toml", "", "named", "PDM_CONFIG_FILE"),
        ("~/.config/pdm/config.toml", "", "user", ""),
        ("machine/pdm/config.toml", "", "global", ""),
    ],
    "hatch": [
        ("./hatch.toml", "", "project", ""),
        ("./pyproject.toml", "tool.hatch", "project", ""),
        ("named.toml", "", "named", "HATCH_CONFIG"),
        ("~/.config/hatch/config.toml", "", "user", ""),
    ],
    "pipenv": [
        ("named/Pipfile", "pipenv", "project", "PIPENV_PIPFILE"),
        ("./Pipfile", "pipenv", "project", ""),
        ("./pyproject.toml", "tool.pipenv", "project", ""),
        ("~/.config/pip/pip.conf", "ini", "user", ""),
    ],
    "unheard-of": [("./pyproject.toml", "tool.unheard-of", "project", "")],
}
BELOW = [("./pyproject.toml", "tool.pep786", "project", ""), (OWN, "", "user", "")]
RUNGS = [
    pytest.param(tool, rung, id=f"{tool}: {rung[0]} {rung[1]}")
    for tool, rungs in LADDERS.items()
    for rung in rungs + BELOW
]
PAIRS = [
    pytest.param(tool, upper, lower, id=f"{tool}: {upper[0]} {upper[1]} over {lower[0]} {lower[1]}")
    for tool, rungs in LADDERS.items()
    for upper, lower in zip(rungs + BELOW, (rungs + BELOW)[1:])
    # Where a variable names a file, the user's own is not read at all: that has its own test.
    if not (upper[3] and tool in ("uv", "poetry", "pdm", "hatch", "pipenv"))
]


def place(machine: Machine, *rungs: tuple[tuple[str, str, str, str], str]) -> None:
    """Writes the values to the rungs' files, several tables of one file together."""
    contents: dict[str, str] = {}
    for (where, table, _, variable), value in rungs:
        header = "" if not table else "[global]\n" if table == "ini" else f"[{table}]\n"
        contents[where] = contents.get(where, "") + f"{header}no-analytics = {value}\n"
        if variable:
            path = machine.path(where)
            machine.environ[variable] = str(path.parent if variable.endswith("_DIR") else path)
    for where, content in contents.items():
        machine.write(where, content)


@pytest.mark.parametrize(("tool", "rung"), RUNGS)
@pytest.mark.parametrize(("word", "opted_out"), [("true", True), ("false", False)])
def test_each_place_is_read(
    machine: Machine, tool: str, rung: tuple[str, str, str, str], word: str, opted_out: bool
) -> None:
    """PEP 786, "Configuration File Option"."""
    place(machine, (rung, word))
    (setting,) = machine.settings(tool)
    where, table, scope, _ = rung
    assert setting.source == "config"
    assert setting.opted_out is opted_out
    assert setting.scope == scope
    assert setting.file == str(machine.path(where))
    assert setting.section == ("global" if table == "ini" else table or None)
    assert (setting.key, setting.value, setting.warning) == ("no-analytics", word, None)
    assert setting.line == (2 if table else 1)


@pytest.mark.parametrize(("tool", "upper", "lower"), PAIRS)
def test_d5_the_tools_own_ranking_then_d17_then_d17a(
    machine: Machine, tool: str, upper: tuple[str, str, str, str], lower: tuple[str, str, str, str]
) -> None:
    place(machine, (lower, "true"), (upper, "false"))
    if machine.environ.get("PIP_CONFIG_FILE") and lower[2] == "user" and lower[0] != OWN:
        assert machine.where(machine.settings(tool)) == [upper[0]]
    else:
        assert [(s.opted_out, s.scope) for s in machine.settings(tool)] == [(False, upper[2]), (True, lower[2])]


@pytest.mark.parametrize(
    ("tool", "named", "hidden"),
    [
        ("pip", "PIP_CONFIG_FILE", ["~/.config/pip/pip.conf", "~/.pip/pip.conf"]),
        ("uv", "UV_CONFIG_FILE", ["./uv.toml", "~/.config/uv/uv.toml", "machine/uv/uv.toml"]),
        ("pdm", "PDM_CONFIG_FILE", ["~/.config/pdm/config.toml"]),
        ("hatch", "HATCH_CONFIG", ["~/.config/hatch/config.toml"]),
    ],
)
def test_d5_a_file_named_by_a_variable_replaces(machine: Machine, tool: str, named: str, hidden: list[str]) -> None:
    header = "[global]\n" if tool == "pip" else ""
    for where in ["named", *hidden]:
        machine.write(where, header + "no-analytics = true\n")
    assert machine.where(machine.settings(tool)) == hidden
    machine.environ[named] = str(machine.path("named"))
    assert machine.where(machine.settings(tool)) == ["named"]


def test_d5_pip_named_file_leaves_site_and_global(machine: Machine) -> None:
    for where in ("named", "prefix/pip.conf", "machine/pip/pip.conf"):
        machine.write(where, INI.format("yes"))
    machine.environ["PIP_CONFIG_FILE"] = str(machine.path("named"))
    assert machine.where(machine.settings("pip")) == ["named", "prefix/pip.conf", "machine/pip/pip.conf"]


@pytest.mark.parametrize("tool", ["pip", "uv", "pdm", "hatch"])
def test_the_null_device_named_by_a_variable_is_no_warning(machine: Machine, tool: str) -> None:
    machine.write(OWN, "no-analytics = true\n")
    variable = {"pip": "PIP_CONFIG_FILE", "uv": "UV_CONFIG_FILE", "pdm": "PDM_CONFIG_FILE", "hatch": "HATCH_CONFIG"}
    machine.environ[variable[tool]] = os.devnull
    assert machine.where(machine.settings(tool)) == [OWN]


def test_d5_pip_reads_none_of_its_files_with_the_null_device(machine: Machine) -> None:
    for where in ("prefix/pip.conf", "~/.config/pip/pip.conf", "machine/pip/pip.conf"):
        machine.write(where, INI.format("yes"))
    machine.environ["PIP_CONFIG_FILE"] = os.devnull
    assert machine.settings("pip") == []


def test_d5_the_section_of_the_command_beats_global_over_all_files(machine: Machine) -> None:
    machine.write("prefix/pip.conf", INI.format("true"))
    machine.write("~/.config/pip/pip.conf", "[install]\nno-analytics = no\n[download]\nno-analytics = yes\n")
    found = [(s.section, s.opted_out) for s in machine.settings("pip", command="install")]
    assert found == [("install", False), ("global", True)]
    assert [s.section for s in machine.settings("pip")] == ["global"]
    assert [s.section for s in machine.settings("pip", command="list")] == ["global"]
    assert [s.section for s in machine.settings("pip", command="global")] == ["global"]


def test_d9_isolated_leaves_out_the_user_files_of_pip_and_nothing_else(machine: Machine) -> None:
    kept = ["prefix/pip.conf", "machine/pip/pip.conf"]
    for where in [*kept, "~/.config/pip/pip.conf", "~/.pip/pip.conf"]:
        machine.write(where, INI.format("yes"))
    machine.write(OWN, "no-analytics = true\n")
    assert machine.where(machine.settings("pip", isolated=True)) == [*kept, OWN]


def test_d6_each_project_file_by_its_own_name_the_nearest_one(machine: Machine) -> None:
    inner = machine.project / "a" / "b"
    inner.mkdir(parents=True)
    machine.write("~/src/pdm.toml", "no-analytics = true\n")
    machine.write("./pyproject.toml", "[tool.pdm]\nno-analytics = true\n")
    machine.write("~/src/pyproject.toml", "[tool.pep786]\nno-analytics = true\n")
    assert machine.where(machine.settings("pdm", inner)) == ["~/src/pdm.toml", "./pyproject.toml"]


def test_uv_toml_masks_the_table_of_the_same_directory(machine: Machine) -> None:
    machine.write("./uv.toml", "offline = true\n")
    machine.write("./pyproject.toml", "[tool.uv]\nno-analytics = true\n[tool.pep786]\nno-analytics = false\n")
    assert [s.section for s in machine.settings("uv")] == ["tool.pep786"]


@pytest.mark.parametrize(
    "table",
    [
        "[tool.uv]\nno-analytics = true\n",
        "[tool.uv.sources]\n[tool.uv]\nno-analytics = true\n",
        "[ tool . uv ]\nno-analytics = true\n",
        "[tool]\nuv = { no-analytics = true }\n",
        "[tool]\nuv.no-analytics = true\n",
        "tool.uv.no-analytics = true\n",
    ],
)
def test_uv_table_however_it_is_spelled(machine: Machine, table: str) -> None:
    machine.write("./pyproject.toml", table)
    machine.write("~/src/uv.toml", "no-analytics = false\n")
    (setting,) = machine.settings("uv")
    assert (setting.opted_out, setting.section) == (True, "tool.uv")
    assert setting.line is not None


@pytest.mark.parametrize(
    "content",
    [
        '[project]\ndependencies = ["uv"]\n',
        "[tool]\npip.x = 1\n",
        '[project.scripts]\nuv = "a:b"\n[x]\nuv.y = 1\n',
        "",
    ],
    ids=["a dependency", "another's table", "a script", "empty"],
)
def test_uv_skips_a_pyproject_without_its_table(machine: Machine, content: str) -> None:
    machine.write("./pyproject.toml", content)
    machine.write("~/src/uv.toml", "no-analytics = true\n")
    assert machine.where(machine.settings("uv")) == ["~/src/uv.toml"]


def test_uv_starts_at_the_root_of_a_workspace_and_the_member_is_heard_too(machine: Machine) -> None:
    machine.write("~/src/pyproject.toml", '[tool.uv]\nno-analytics = true\n[tool.uv.workspace]\nmembers = ["app"]\n')
    machine.write("./pyproject.toml", "[tool.uv]\nno-analytics = false\n")
    assert machine.where(machine.settings("uv")) == ["~/src/pyproject.toml", "./pyproject.toml"]


@pytest.mark.parametrize(
    ("project", "expected"),
    [
        pytest.param(
            '[project]\nname = "app"\n', ["~/src/uv.toml", "./sub/uv.toml"], id="a project is where uv starts"
        ),
        pytest.param("[build-system]\n", ["./sub/uv.toml"], id="no project: the current directory"),
    ],
)
def test_uv_starts_at_the_root_of_a_project_and_what_is_nearer_is_heard_too(
    machine: Machine, project: str, expected: list[str]
) -> None:
    machine.write("./pyproject.toml", project)
    for where in ("./sub/uv.toml", "~/src/uv.toml"):
        machine.write(where, "no-analytics = true\n")
    assert machine.where(machine.settings("uv", machine.project / "sub")) == expected


def test_uv_starts_at_the_nearest_pyproject_though_it_is_no_projects(machine: Machine) -> None:
    machine.write("~/src/pyproject.toml", "[project]\n[tool.uv]\nno-analytics = false\n")
    machine.write("./pyproject.toml", "[tool.uv]\nno-analytics = true\n")
    assert machine.where(machine.settings("uv")) == ["./pyproject.toml"]


def test_uv_starts_in_the_current_directory_where_no_project_is_above(machine: Machine) -> None:
    machine.write("./pyproject.toml", "[build-system]\n")
    for where in ("./a/b/uv.toml", "./a/uv.toml"):
        machine.write(where, "no-analytics = true\n")
    assert machine.where(machine.settings("uv", machine.project / "a" / "b")) == ["./a/b/uv.toml"]


def test_uv_no_config_leaves_the_neutral_table_and_our_file(machine: Machine) -> None:
    for where in ("~/.config/uv/uv.toml", OWN):
        machine.write(where, "no-analytics = true\n")
    machine.write("./pyproject.toml", "[tool.uv]\nno-analytics = true\n[tool.pep786]\nno-analytics = true\n")
    machine.environ["UV_NO_CONFIG"] = "true"
    assert [(s.section, s.scope) for s in machine.settings("uv")] == [("tool.pep786", "project"), (None, "user")]


def test_uv_no_system_config(machine: Machine) -> None:
    machine.write("machine/uv/uv.toml", "no-analytics = true\n")
    machine.environ["UV_NO_SYSTEM_CONFIG"] = "1"
    assert machine.settings("uv") == []


def test_uv_reads_one_system_file_only(machine: Machine) -> None:
    machine.environ["XDG_CONFIG_DIRS"] = f"{machine.root}/one:{machine.root}/two:{machine.root}/three"
    for where in ("two/uv/uv.toml", "three/uv/uv.toml"):
        machine.write(where, "no-analytics = true\n")
    assert machine.where(machine.settings("uv")) == ["two/uv/uv.toml"]


def test_pipenv_hears_pip_conf_because_its_pip_cannot(machine: Machine) -> None:
    machine.write("~/.config/pip/pip.conf", INI.format("true"))
    assert [s.scope for s in machine.settings("pipenv")] == ["user"]


def test_no_tool_means_no_configuration(machine: Machine) -> None:
    machine.write(OWN, "no-analytics = true\n")
    assert machine.settings(None) == []


def test_a_tool_hears_no_other_tools_table(machine: Machine) -> None:
    machine.write("./pyproject.toml", "[tool.pip]\nno-analytics = true\n[tool.poetry]\nno-analytics = true\n")
    assert [s.section for s in machine.settings("pip")] == ["tool.pip"]
    assert machine.settings("hatch") == []


@pytest.mark.parametrize(
    ("where", "content", "origin"),
    [
        ("~/.config/pip/pip.conf", "[global]\nNo_Analytics = 1\n", "~/.config/pip/pip.conf [global] No_Analytics"),
        ("./pyproject.toml", "[tool.pip]\nno-analytics = true\n", "~/src/app/pyproject.toml [tool.pip] no-analytics"),
        (OWN, "no-analytics = true\n", "~/.config/pep786/config.toml no-analytics"),
    ],
)
def test_the_origin_is_for_a_person(machine: Machine, where: str, content: str, origin: str) -> None:
    machine.write(where, content)
    assert [s.origin for s in machine.settings("pip")] == [origin]


def test_outside_the_home_the_path_is_whole(machine: Machine) -> None:
    path = machine.write("machine/pip/pip.conf", INI.format("on"))
    assert [s.origin for s in machine.settings("pip")] == [f"{path} [global] no-analytics"]


def test_the_current_directory_is_the_default(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.write("./pyproject.toml", "[tool.pip]\nno-analytics = true\n")
    monkeypatch.chdir(machine.project)
    assert [s.scope for s in settings("pip", machine.environ)] == ["project"]
    assert [s.scope for s in settings("pip", machine.environ, ".")] == ["project"]


def test_pips_files_count_unless_it_is_isolated(machine: Machine) -> None:
    machine.write("~/.config/pip/pip.conf", "[global]\nno-analytics = yes\n")
    assert [s.scope for s in settings("pip", machine.environ, str(machine.project))] == ["user"]


def test_a_deleted_current_directory_is_no_project(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    machine.write(OWN, "no-analytics = true\n")
    monkeypatch.chdir(gone)
    gone.rmdir()
    machine.environ["PIP_CONFIG_FILE"] = "relative.conf"
    assert machine.where(settings("pip", machine.environ)) == [OWN]
    assert machine.where(settings("uv", machine.environ, "relative")) == [OWN]
