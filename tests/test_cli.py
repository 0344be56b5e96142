"""The commands, run as a person runs them: output, exit status, no traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pep786.cli.status.deciding import surprises
from pep786.verify.installed import interpreter
from tests.environments import CHECKOUT

if TYPE_CHECKING:
    from pathlib import Path


def pep786(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "PYTHONPATH": str(CHECKOUT), **variables}
    command = [sys.executable, "-m", "pep786", *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True, env=environ)


COMMANDS = (
    "status",
    "opt-out",
    "opt-in",
    "run",
    "verify",
    "shell",
    "enable",
    "disable",
    "log",
    "proxy",
    "patch",
    "index",
)
INDEX = ("rules", "filter", "check")


@pytest.mark.parametrize(
    "arguments",
    [["--help"]] + [[command, "--help"] for command in COMMANDS] + [["index", action, "--help"] for action in INDEX],
    ids=" ".join,
)
def test_every_command_has_help_with_exit_status(arguments: list[str]) -> None:
    done = pep786(*arguments)
    assert done.returncode == 0
    assert "Exit status" in done.stdout
    if len(arguments) > 1:
        assert "Examples:" in done.stdout


@pytest.mark.parametrize("action", ["list", "path", "apply"])
def test_every_action_on_patches_has_an_example_of_its_own(action: str) -> None:
    assert f"Examples:\n  pep786 patch {action}" in pep786("patch", action, "--help").stdout


def test_the_version_names_the_draft_too() -> None:
    assert "draft of" in pep786("--version").stdout


def test_without_a_command_there_is_help_and_2() -> None:
    done = pep786()
    assert (done.returncode, done.stderr) == (2, "")
    assert "commands:" in done.stdout


BAD_USAGE = {
    "no-such-command": "pep786: argument COMMAND: invalid choice",
    "status --no-such-option": "pep786 status: unrecognized arguments: --no-such-option; see pep786 status --help",
    "patch apply . extra": "pep786 patch apply: unrecognized arguments: extra; see pep786 patch apply --help",
    "index filter FILE": "pep786 index filter: the following arguments are required: --format",
    "opt-out --scope nowhere": "pep786 opt-out: argument --scope: invalid choice: 'nowhere'",
    "verify no-such-tool": "pep786 verify: cannot verify no-such-tool",
    "enable": "pep786 enable: which environments? For example: pep786 enable --python",
}


@pytest.mark.parametrize("command_line", BAD_USAGE)
def test_bad_usage_is_2_and_one_line_of_the_command_that_it_is_about(command_line: str) -> None:
    done = pep786(*command_line.split())
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith(BAD_USAGE[command_line])


@pytest.mark.parametrize(("value", "status"), [("1", 0), ("0", 0), ("", 1)])
def test_quiet_status_answers_with_its_exit_status_alone(value: str, status: int) -> None:
    for arguments in (["status", "-q"], ["status", "-q", "--tool", "uv"], ["status", "-q", "--tool", "anything"]):
        done = pep786(*arguments, PY_NO_ANALYTICS=value)
        assert (done.returncode, done.stdout, done.stderr) == (status, "", "")


def test_quiet_status_asks_for_all_commands_of_pip(tmp_path: Path) -> None:
    conf = tmp_path / "pip.conf"
    for install, status in (("false", 1), ("true", 0)):
        conf.write_text(f"[global]\nno-analytics = true\n[install]\nno-analytics = {install}\n")
        for more in ([], ["--all"]):
            done = pep786("status", "-q", "--tool", "pip", *more, PIP_CONFIG_FILE=str(conf))
            assert (done.returncode, done.stdout, done.stderr) == (status, "", "")


def test_quiet_status_of_what_is_not_here(tmp_path: Path) -> None:
    """Nothing is not all."""
    for arguments in (["--tool", "poetry", "--all"], ["--all"], ["--apps", "--tool", "typo"], ["--apps"]):
        assert pep786("status", "-q", *arguments, PATH=str(tmp_path), HOME=str(tmp_path)).returncode == 1
    for arguments in (["--tool", "poetry", "--all"], ["--apps"]):
        quiet = {"PIP_NO_ANALYTICS": "1", "PEP786_APPS": "1", "PATH": str(tmp_path), "HOME": str(tmp_path)}
        assert pep786("status", "-q", *arguments, **quiet).returncode == 0


def test_status_tells_what_is_chosen_for_single_hosts(tmp_path: Path) -> None:
    own = tmp_path / "pep786" / "config.toml"
    own.parent.mkdir()
    own.write_text('no-analytics = true\n[hosts]\nallow = ["a.example"]\ndeny = ["b.example"]\ndenny = []\n')
    told = pep786("status", "--tool", "pip", XDG_CONFIG_HOME=str(tmp_path)).stdout
    assert "a.example: may count you, by [hosts] allow" in told
    assert "b.example: may not count you" in told
    assert "[hosts] denny is not a known key" in told
    told = pep786("status", "--tool", "pip", XDG_CONFIG_HOME=str(tmp_path), PIP_NO_ANALYTICS="1").stdout
    assert "a.example" not in told
    assert "denny" in told
    own.write_text("no-analytics = true\n[hosts\n")
    told = pep786("status", "--tool", "pip", XDG_CONFIG_HOME=str(tmp_path)).stdout
    assert told.count("cannot be parsed") == 1


def test_status_of_a_program_that_is_not_python(tmp_path: Path) -> None:
    """It gets no shim, whatever is installed beside it."""
    (tmp_path / "uv").write_bytes(b"\x7fELF")
    (tmp_path / "uv").chmod(0o755)
    told = pep786("status", "--tool", "uv", PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}").stdout
    assert "signal: not sent: it is no Python program; pep786 run uv ... puts the proxy before it" in told


def test_status_names_the_origin_and_what_it_overrides(tmp_path: Path) -> None:
    conf = tmp_path / "pip.conf"
    conf.write_text("[global]\nno-analytics = no\n")
    done = pep786("status", "--tool", "pip", PY_NO_ANALYTICS="1", PIP_CONFIG_FILE=str(conf))
    assert "opted out: PY_NO_ANALYTICS = 1" in done.stdout
    assert f"overrides: {conf} [global] no-analytics = no (line 2)" in done.stdout


def test_status_tells_where_a_command_of_pip_decides_otherwise(tmp_path: Path) -> None:
    conf = tmp_path / "pip.conf"
    conf.write_text("[wheel]\nno-analytics = true\n")
    told = pep786("status", "--tool", "pip", PIP_CONFIG_FILE=str(conf)).stdout
    assert "not opted out: nothing is set" in told
    assert f"but pip wheel: opted out: {conf} [wheel] no-analytics = true (line 2)" in told
    assert "pip install:" not in told


def test_status_as_json(tmp_path: Path) -> None:
    conf = tmp_path / "pip.conf"
    conf.write_text("[global]\nno-analytics = perhaps\n")
    done = pep786("status", "--json", "--tool", "pip", PIP_CONFIG_FILE=str(conf), DO_NOT_TRACK="1")
    document = json.loads(done.stdout)
    (tool,) = document["tools"]
    assert document["schema_version"] == 1
    assert tool["decision"]["opted_out"] is True
    assert tool["decision"]["considered"][0]["line"] == 2
    assert "perhaps" in tool["decision"]["warnings"][0]
    assert "DO_NOT_TRACK" not in " ".join(tool["decision"]["warnings"])
    assert any("DO_NOT_TRACK" in note for note in document["notes"])


def test_status_warns_of_the_key_that_an_unpatched_uv_cannot_bear(tmp_path: Path) -> None:
    """Design, D17: uv drops its whole configuration, private indexes included."""
    (tmp_path / "pyproject.toml").write_text("[tool.uv]\nno-analytics = true\n")
    environ = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    done = subprocess.run(
        [sys.executable, "-m", "pep786", "status", "--tool", "uv"],
        check=False,
        capture_output=True,
        text=True,
        env=environ,
        cwd=tmp_path,
    )
    assert "opted out" in done.stdout
    assert "drops its whole configuration" in done.stdout


SURPRISES = {
    "a value that looks like a no": ({"PIP_NO_ANALYTICS": "0"}, "PIP_NO_ANALYTICS=0 opts out"),
    "variables do not pass sudo": ({"PY_NO_ANALYTICS": "1"}, "sudo, cron and systemd"),
    "DO_NOT_TRACK is another thing": ({"DO_NOT_TRACK": "1"}, "not this preference"),
    "PIP_ANALYTICS does nothing (D10)": ({"PIP_ANALYTICS": "1"}, "nobody in or out"),
}


@pytest.mark.parametrize(("variables", "note"), SURPRISES.values(), ids=SURPRISES)
def test_what_surprises_people_is_said(variables: dict[str, str], note: str) -> None:
    assert any(note in told for told in surprises(variables))
    assert not any(note in told for told in surprises({}))


@pytest.mark.parametrize(
    ("variables", "coloured"),
    [({}, False), ({"FORCE_COLOR": "1"}, True), ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False)],
)
def test_colour_only_where_it_is_wanted(variables: dict[str, str], coloured: bool) -> None:
    assert ("\033[" in pep786("status", "--tool", "pip", **variables).stdout) is coloured


def test_nothing_from_outside_reaches_the_terminal_unescaped() -> None:
    done = pep786("status", "--tool", "pip", PIP_NO_ANALYTICS="\033[2Jevil\n0")
    assert "\033" not in done.stdout
    assert "\\x1b[2Jevil\\n0" in done.stdout


def test_a_closed_pipe_is_no_traceback() -> None:
    command = f"{sys.executable} -m pep786 status | true"
    environ = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    done = subprocess.run(command, shell=True, check=False, capture_output=True, text=True, env=environ)  # noqa: S602
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        pytest.param("#!{python}\nimport x\n", True, id="a plain script"),
        pytest.param("#!/bin/sh\n'''exec' \"{python}\" \"$0\" \"$@\"\n' '''\nimport x\n", True, id="pip's long form"),
        pytest.param("#!/usr/bin/env bash\nexec x\n", False, id="a version manager's stand-in"),
        pytest.param("\x7fELF", False, id="a program"),
        pytest.param("", False, id="empty"),
    ],
)
def test_the_interpreter_of_a_script(script: str, expected: bool, tmp_path: Path) -> None:
    file = tmp_path / "tool"
    file.write_text(script.replace("{python}", sys.executable))
    assert interpreter(str(file)) == (sys.executable if expected else None)


@pytest.mark.real
def test_verify_with_the_shim_put_in_for_one_run() -> None:
    """The README's own command, on the pip of the Python that runs the tests."""
    done = pep786("verify", "--with-shim", "--json")
    (document,) = json.loads(done.stdout)["tools"]
    failed = [
        (outcome["case"]["name"], outcome["reason"]) for outcome in document["cases"] if outcome["verdict"] == "failed"
    ]
    assert failed == []
    assert done.returncode == 0
    assert document["tool"]["tier"] == "injected"


@pytest.mark.real
def test_verify_as_it_is_fails_where_no_shim_is_installed(tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    done = pep786("verify")
    assert done.returncode == 1
    assert "no shim is installed beside it" in done.stdout
    assert "FAIL PIP_NO_ANALYTICS='1' opts out" in done.stdout
    assert sorted(tmp_path.rglob("*")) == before  # HOME is in there: nothing of the person's is touched


def test_verify_of_an_interpreter_without_pip_says_so(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "bare")], check=True)
    done = pep786("verify", "--python", str(tmp_path / "bare/bin/python"))
    assert done.returncode == 2
    assert "has no pip that runs" in done.stderr
    assert "Traceback" not in done.stderr
