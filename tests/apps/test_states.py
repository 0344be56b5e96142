"""Who asks, what is handed on to a command, and what ``pep786 status --apps`` has to show."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pep786 import apps
from pep786.apps import instant_python, plausipy, popylar
from tests.environments import CHECKOUT

if TYPE_CHECKING:
    from pathlib import Path

ASKED = {"PEP786_APPS": "1", "PIP_NO_ANALYTICS": "1"}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project in a folder of its own, with nothing in its configuration."""
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def configure(tmp_path: Path, project: str, own: str) -> None:
    if project:
        (tmp_path / "project" / "pyproject.toml").write_text(project)
    if own:
        file = tmp_path / "home" / ".config" / "pep786" / "config.toml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(own)


@pytest.mark.parametrize(
    ("variable", "project", "own", "asked", "warned"),
    [
        (None, "", "", False, ""),
        ("1", "", "", True, ""),
        ("anything", "", "", True, ""),
        ("", "", "apps = true", True, ""),
        ("", "", '"\\u0061pps" = true', True, ""),
        ("0", "[tool.pep786]\napps = true", "apps = true", False, ""),
        (" No ", "", "apps = true", False, ""),
        (None, "[tool.pep786]\napps = true", "", True, ""),
        (None, "[tool.pep786]\napps = true", "apps = false", True, ""),
        (None, "[tool.pep786]\napps = false", "apps = true", True, ""),
        (None, "[tool.pep786]\napps = false", "", False, ""),
        (None, "[tool.other]\napps = true", "", False, ""),
        (None, "apps = true", "", False, ""),
        (None, "", "[tool.pep786]\napps = true", False, ""),
        (None, "", 'apps = "yes"', True, 'apps is "yes", which is neither true nor false; taken as true'),
        (None, "", "apps = [", False, "cannot be parsed"),
        (None, "tool = 3 # apps", "", False, ""),
        (None, "[tool]\npep786 = [{apps = true}]", "", False, ""),
    ],
)
def test_who_asks(
    variable: str | None, project: str, own: str, asked: bool, warned: str, here: Path, tmp_path: Path
) -> None:
    configure(tmp_path, project, own)
    environ = {**os.environ, **({} if variable is None else {"PEP786_APPS": variable})}
    request = apps.requested(environ, str(here))
    assert (request.asked, bool(request)) == (asked, asked)
    assert warned in " ".join(request.warnings)
    assert bool(request.warnings) == bool(warned)


def test_the_origin_is_named(here: Path, tmp_path: Path) -> None:
    configure(tmp_path, "", "apps = true")
    assert apps.requested(cwd=str(here)).origin.endswith("config.toml apps")
    configure(tmp_path, "[tool.pep786]\napps = true", "")
    assert apps.requested(cwd=str(here)).origin.endswith("pyproject.toml [tool.pep786] apps")
    assert apps.requested({"PEP786_APPS": "1"}).origin == "PEP786_APPS"


@pytest.mark.parametrize(
    ("environ", "flag", "opted_out", "added"),
    [
        ({}, None, None, {}),
        ({"PEP786_APPS": "0", "PIP_NO_ANALYTICS": "1"}, None, None, {}),
        ({"PEP786_APPS": "yes"}, None, False, {"PEP786_APPS": "1"}),
        (
            {"PEP786_APPS": "yes"},
            True,
            True,
            {"PEP786_APPS": "1", "DO_NOT_TRACK": "1", "IPY_METRICS_ENABLE": "false"},
        ),
        (ASKED, False, False, {}),
        (ASKED, None, True, {"DO_NOT_TRACK": "1", "IPY_METRICS_ENABLE": "false"}),
        ({**ASKED, "DO_NOT_TRACK": "0"}, None, True, {"IPY_METRICS_ENABLE": "false"}),
        ({**ASKED, "DO_NOT_TRACK": ""}, None, True, {"DO_NOT_TRACK": "1", "IPY_METRICS_ENABLE": "false"}),
        ({**ASKED, "IPY_METRICS_ENABLE": "true"}, None, True, {"DO_NOT_TRACK": "1"}),
        ({**ASKED, "IPY_METRICS_ENABLE": "On "}, None, True, {"DO_NOT_TRACK": "1"}),
        ({**ASKED, "IPY_METRICS_ENABLE": "false "}, None, True, {"DO_NOT_TRACK": "1", "IPY_METRICS_ENABLE": "false"}),
        ({**ASKED, "IPY_METRICS_ENABLE": ""}, None, True, {"DO_NOT_TRACK": "1", "IPY_METRICS_ENABLE": "false"}),
    ],
)
def test_what_a_command_is_given(
    environ: dict[str, str], flag: bool | None, opted_out: bool | None, added: dict[str, str], here: Path
) -> None:
    del here
    given = {"HOME": os.environ["HOME"], **environ}
    expected = {**given, **added}
    assert apps.hand_on(given, flag=flag) is opted_out
    assert given == expected


def test_another_spelling_does_not_stay_beside_ours() -> None:
    environ = {"ipy_metrics_enable": "nope"}
    instant_python.quiet(environ)
    assert environ == {"IPY_METRICS_ENABLE": "false"}


SAID = [
    (instant_python, "", "", {}, "IPY_METRICS_ENABLE is not set: metrics are sent", False),
    (instant_python, "", "", {"IPY_METRICS_ENABLE": "True"}, "IPY_METRICS_ENABLE=True", True),
    (instant_python, "", "", {"IPY_METRICS_ENABLE": "2"}, "'2' is no boolean: every command ends", False),
    (instant_python, "", "", {"IPY_METRICS_ENABLE": "false "}, "=false and a blank: every command ends", False),
    (instant_python, ".env", "export IPY_METRICS_ENABLE = true", {}, ".env in the current directory", False),
    (plausipy, "", "", {}, "no choice yet", False),
    (plausipy, "consent", '{"general": {"consent": "ALLOW"}, "whitelist": []}', {}, "consent ALLOW", True),
    (plausipy, "consent", '{"general": {"consent": "DENY"}, "whitelist": []}', {}, "DENY without a date", False),
    (
        plausipy,
        "consent",
        '{"general": {"consent": "DENY", "deny_until": "2026-01-15T00:00:00"}, "whitelist": []}',
        {},
        "consent DENY until 2026-01-15, lapsed: it asks again",
        False,
    ),
    (
        plausipy,
        "consent",
        '{"general": {"consent": "DENY", "deny_until": "2999-01-15T00:00:00"}, "whitelist": [{"package": "a\\u001b"}]}',
        {},
        "consent DENY until 2999-01-15; allowed by name: a\\x1b",
        False,
    ),
    (plausipy, "consent", '{"general": {"consent": "DENY", "deny_until": null}, "whitelist": []}', {}, "weeks", False),
    (plausipy, "consent", '{"general": {"consent": "DENY", "deny_until": 3}, "whitelist": []}', {}, "not as", False),
    *[(plausipy, "consent", text, {}, "not as plausipy writes it", False) for text in ("", "[]", "{", "\xff", "3")],
    (popylar, "", "", {}, "no ~/.popylar", False),
    (popylar, ".popylar", f"[user]\nuid = {'a' * 32}\ntrack = True\n\n", {}, "as popylar made it", False),
    (popylar, ".popylar", "[user]\nuid = a\ntrack = True\n", {}, "[user] track = True", True),
    (popylar, ".popylar", "[user]\nuid = a\ntrack = no\n", {}, "[user] track = no", False),
    (popylar, ".popylar", "[user]\nuid = a\n", {}, "has no track", False),
    *[
        (popylar, ".popylar", text, {}, "is not as popylar reads it", False)
        for text in ("x", "[a]\n", "[user]\ntrack=7")
    ],
]


@pytest.mark.parametrize(("system", "file", "text", "environ", "said", "allowed"), SAID)
def test_what_a_system_says_of_itself(
    system: object, file: str, text: str, environ: dict[str, str], said: str, allowed: bool, here: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    path = {"consent": home / ".plausipy" / "config" / "consent.json", ".env": here / ".env"}.get(file, home / file)
    if file:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("latin-1"))
    found = system.said({"HOME": str(home), **environ}, str(here))  # type: ignore[attr-defined]
    assert said in found.text
    assert found.text.isprintable()
    assert found.allowed is allowed


def test_states_are_plain_data(here: Path, tmp_path: Path) -> None:
    (tmp_path / "popylar-0.2.dist-info").mkdir()
    (tmp_path / "popylar-0.2.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: popylar\nVersion: 0.2\n")
    found = apps.states({**ASKED, "HOME": os.environ["HOME"]}, str(here), path=[str(tmp_path)])
    assert [state.name for state in found] == ["instant-python", "plausipy", "popylar"]
    assert [state.installed for state in found] == [None, None, "0.2"]
    assert [state.silenced for state in found] == [True, True, False]
    assert found[2].why.startswith("no shim was seen in its environment")
    (tmp_path / "pep786_startup.pth").write_text("")
    found = apps.states({**ASKED, "HOME": os.environ["HOME"]}, str(here), path=[str(tmp_path)])
    assert [state.silenced for state in found] == [True] * 3
    assert found[2].why == "opted out by PIP_NO_ANALYTICS, asked for by PEP786_APPS"
    document = found[2].as_dict()
    assert list(document) == ["name", "installed", "switch", "state", "silenced", "why"]
    assert json.loads(json.dumps(document)) == document


@pytest.mark.parametrize(
    ("environ", "silenced", "why"),
    [
        ({"PIP_NO_ANALYTICS": "1"}, False, "not asked for (nothing asks for it)"),
        ({"PEP786_APPS": "1"}, False, "you are not opted out (nothing is set)"),
        ({**ASKED, "IPY_METRICS_ENABLE": "yes"}, False, "left alone: you said yes there"),
        (ASKED, True, "opted out by PIP_NO_ANALYTICS"),
    ],
)
def test_why(environ: dict[str, str], silenced: bool, why: str, here: Path) -> None:
    state = apps.states({**environ, "HOME": os.environ["HOME"]}, str(here), path=[])[0]
    assert (state.silenced, state.why.startswith(why)) == (silenced, True), state


def test_an_installed_command_is_found_on_path(here: Path, tmp_path: Path) -> None:
    """As pipx and uv have it: a link into an environment of its own."""
    root = tmp_path / "tools" / "instant-python"
    info = root / "lib" / "python3.12" / "site-packages" / "instant_python-0.27.1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: instant-python\nVersion: 0.27.1\n")
    (root / "bin").mkdir()
    (root / "bin" / "ipy").write_text("#!/bin/sh\n")
    (root / "bin" / "ipy").chmod(0o755)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "ipy").symlink_to(root / "bin" / "ipy")
    environ = {"PATH": str(tmp_path / "bin"), "HOME": os.environ["HOME"]}
    assert [state.installed for state in apps.states(environ, str(here))] == ["0.27.1", None, None]


def test_nothing_is_imported_until_a_name_is_used() -> None:
    code = "import sys, pep786.apps; print(*(name for name in sys.modules if name.startswith('pep786')))"
    assert subprocess.check_output([sys.executable, "-c", code], cwd=CHECKOUT, text=True).split() == [
        "pep786",
        "pep786.apps",
    ]
