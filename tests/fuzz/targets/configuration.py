"""Any bytes in any of the files: ``resolve`` raises nothing, and decides as a naive reading of them would."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Iterator

from pep786 import resolve
from pep786.config.locations import places
from tests.fuzz.targets import machine, naive

if TYPE_CHECKING:
    from pathlib import Path

    from pep786.config.locations import Place
    from pep786.decision import Decision

TOOLS = ("pip", "uv", "poetry", "pdm", "hatch", "pipenv", "pip-tools", "other")
COMMANDS = ("install", "download", "global")

WORDS = machine.WORDS + tuple(f"{tool} install\n".encode() for tool in TOOLS)


def seeds() -> Iterator[bytes]:
    """A file of each kind, and some of the fights between them."""
    yes, no = "no-analytics = true\n", "no-analytics = false\n"
    for tool in TOOLS:
        project = f"[project]\nname = 'x'\n[tool.{tool}]\n{yes}[tool.pep786]\n{no}"
        yield machine.written(tool, project_pyproject_toml=project, pep786_config_toml=no)
        yield machine.written(tool, project_pyproject_toml=f"tool.{tool} = {{no-analytics = 3}}\n")
    yield machine.written(
        "pip install", config_pip_pip_conf=f"[global]\n{no}[install]\n{yes}", pip_pip_conf="[x]\n a\n"
    )
    yield machine.written(
        "pip isolated", config_pip_pip_conf=f"[global]\n{yes}", machine_pip_pip_conf=f"[DEFAULT]\n{no}"
    )
    yield machine.written("pip", home__pip_pip_conf="[global]\nNo_Analytics: maybe\n ; x\n", pep786_config_toml="[\n")
    yield machine.written("uv", project_uv_toml=no, config_uv_uv_toml=yes, home_pyproject_toml="[tool.uv.workspace]\n")
    yield machine.written("pipenv", Pipfile=f"[pipenv]\n{yes}", config_pip_pip_conf=f"[global]\n{no}")
    yield machine.written("pdm", project_pdm_toml=f"{no}", pdm_config_toml='no-analytics = """\nyes"""\nx = 1e400\n')
    yield machine.written("poetry", pypoetry_config_toml=f"\r\n{yes}", project_poetry_toml="no_analytics = 1\n")
    yield machine.written("hatch", hatch_config_toml=f"{yes}", project_hatch_toml="'no-analytics' = false\n")
    yield machine.written("pip", config_pip_pip_conf="[global]\nno-analytics = OFF\n", pip_pip_conf=f"[global]\n{yes}")
    yield machine.written("pip named", named=f"[global]\n{no}", home__pip_pip_conf=f"[global]\n{yes}")


def check(data: bytes, folder: Path) -> None:
    """Data is a head of words (a tool, a command of pip's, ``isolated``, ``named``) and files."""
    words, contents = machine.taken_apart(data)
    tool = next((word for word in words if word in TOOLS), "pip")
    command = next((word for word in words if word in COMMANDS), None)
    isolated = "isolated" in words
    environ = machine.put(folder, contents)
    if "named" in words:
        environ.update(dict.fromkeys(("PIP_CONFIG_FILE", "UV_CONFIG_FILE", "PDM_CONFIG_FILE"), str(folder / "named")))
    cwd = str(folder / "home" / "project")

    def decided() -> Decision:
        return resolve(tool, environ=environ, cwd=cwd, command=command, isolated=isolated)

    decision = decided()
    can_be_told(decision)
    sections = list(dict.fromkeys([command or "global", "global"]))
    found = places(tool, environ, cwd, isolated=isolated)
    assert decision.opted_out is naively(found, sections), decision
    if not decision.opted_out:
        ours = {path: content for path, content in contents.items() if path.rpartition("/")[2] not in machine.PROJECT}
        machine.put(folder, {**ours, **{path: contents[path] for path in machine.UV if path in contents}})
        assert not decided().opted_out, "a project's files undid an opt-out"


def can_be_told(decision: Decision) -> None:
    """Whatever stands in the files, people and programs get one printable line for each thing."""
    json.dumps(decision.as_dict()).encode()
    for setting in decision.considered:
        assert (setting.opted_out is None) <= (setting.warning is not None)
        for text in (setting.origin, setting.value, setting.warning or ""):
            assert text.isprintable()


def naively(found: list[Place], sections: list[str]) -> bool:
    """The strongest of the project's files, and the strongest of all others: either may opt out (design, D6)."""
    voices: dict[bool, bool] = {}
    for place, section in _in_order(found, sections):
        try:
            with open(place.path, "rb") as file:
                data = file.read()
        except OSError:
            continue
        said = naive.ini_says(data, section) if place.table == "ini" else naive.toml_says(data, place.table)
        if said is not None:
            voices.setdefault(place.scope == "project", said)
    return any(voices.values())


def _in_order(found: list[Place], sections: list[str]) -> Iterator[tuple[Place, str]]:
    """Of pip's files the command's section in all of them comes before ``[global]`` in any."""
    pending = [place for place in found if place.table == "ini"]
    for place in found:
        if place.table != "ini":
            yield place, ""
        else:
            for section in sections if pending else []:
                yield from ((one, section) for one in pending)
            pending = []
