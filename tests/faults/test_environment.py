"""Values that bite, in every variable that we read.

A NUL cannot be in a variable, and Linux takes no more than 128 KiB of one, name included: the longest here is so long.
"""

from __future__ import annotations

import json
import os
import re
import sys
from typing import TYPE_CHECKING, Any

import pytest

from pep786 import resolve
from tests.environments import CHECKOUT, NEWEST, Environments
from tests.faults.running import Pip, pep786, shell

if TYPE_CHECKING:
    from pathlib import Path

    from pep786.verify.index import Index

OURS = (
    *("PIP_NO_ANALYTICS", "PY_NO_ANALYTICS", "PYTHON_NO_ANALYTICS", "_PYTHON_NO_ANALYTICS", "_PEP786_PYTHON"),
    *("PEP786_APPS", "PEP786_CACHE", "PEP786_JOURNAL", "PEP786_ONLY_HOSTS", "PEP786_USER_AGENT"),
)
OTHERS = (
    *(
        "HOME",
        "XDG_CONFIG_HOME",
        "XDG_CONFIG_DIRS",
        "XDG_DATA_DIRS",
        "XDG_DATA_HOME",
        "XDG_STATE_HOME",
        "SHELL",
        "TERM",
    ),
    *("PIP_CONFIG_FILE", "PIP_ANALYTICS", "UV_CONFIG_FILE", "POETRY_CONFIG_DIR", "PDM_CONFIG_FILE", "HATCH_CONFIG"),
    *("PIPENV_PIPFILE", "DO_NOT_TRACK", "NO_COLOR", "SHELL", "TERM"),
)
#: pip alone reads these, and fails over some values of theirs.
_PIPS = ("PIP_ANALYTICS", "TERM")
VALUES = {
    "another header": "x\r\nX-Evil: 1\r\n\r\nGET /evil HTTP/1.1\r\n",
    "what a terminal acts on": "\x1b]0;evil\x07\x1b[31m\u202e\x9b2J",
    "no UTF-8": "{here}/\udcff\udcfeevil",
    "as long as can be": "evil " * 32_768,
}


def variables(names: tuple[str, ...], value: str) -> dict[str, Any]:
    return {name: value[: 131_071 - len(name) - 1] for name in names}


def test_every_variable_of_ours_is_tried() -> None:
    text = "".join(path.read_text("utf-8") for path in (CHECKOUT / "pep786").rglob("*.py"))
    read = set(re.findall(r'"(_?PEP786_[A-Z_]+|_?(?:PY|PYTHON|PIP)_NO_ANALYTICS)"', text))
    between_runs = {"_PEP786_UV_CONFIG_BEFORE", "_PEP786_UV_CONFIG_COPY"}  # tests/proxy
    between_runs |= {"_PEP786_PROXY", "_PEP786_PROXY_TOLD", "_PEP786_PROXY_BEFORE_"}
    assert read - between_runs == set(OURS)


@pytest.mark.real
@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_nothing_of_it_gets_into_a_request(
    value: str, environments: Environments, index: Index, tmp_path: Path
) -> None:
    pip = Pip(environments, NEWEST, tmp_path)
    names = tuple(name for name in (*OURS, *OTHERS) if name not in _PIPS)
    hostile = variables(names if len(value) < 1000 else OURS, value.replace("{here}", str(tmp_path)))
    alone = pip.download(pip.bare, index)
    expected = [(one.route, [name for name, _ in one.headers]) for one in index.received]
    index.clear()
    done = pip.download(pip.shim, index, **hostile)
    assert done.returncode == alone.returncode == 0, done.stderr
    for request, (route, fields) in zip(index.received, expected):
        assert request.route == route
        assert sorted(name for name, _ in request.headers) == sorted([*fields, "Prefer"])
        assert request.prefer == ["no-analytics"]
        assert "evil" not in str(request.headers)
    assert len(index.received) == len(expected)
    ours = [line for line in done.stderr.splitlines() if "pep786" in line]
    assert all(line.isprintable() and len(line) < 5000 for line in ours)
    assert pip.got(pip.shim) == pip.got(pip.bare)


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_our_commands_show_it_escaped_and_json_stays_json(value: str, tmp_path: Path) -> None:
    names = (*OURS, *OTHERS) if len(value) < 1000 else OURS
    hostile = variables(names, value.replace("{here}", str(tmp_path)))
    for arguments in (["status", "--tool", "pip"], ["status", "--tool", "uv", "--json"], ["log"], ["log", "--json"]):
        done = pep786(*arguments, cwd=tmp_path, **hostile)
        assert done.returncode in (0, 2), done.stderr
        assert "Traceback" not in done.stderr
        assert all(letter.isprintable() or letter == "\n" for letter in done.stdout + done.stderr)
        assert len(done.stderr) < 10_000
        if "--json" not in arguments:
            assert len(done.stdout) < 10_000
        elif done.returncode == 0:
            assert json.loads(done.stdout)["schema_version"] == 1


def test_run_hands_its_command_what_it_got(tmp_path: Path) -> None:
    hostile = variables((*OURS, *OTHERS), VALUES["another header"])
    code = "import json, os; print(json.dumps(dict(os.environ)))"
    command = [sys.executable, "-m", "pep786", "run", "--", sys.executable, "-S", "-c", code]
    done = shell(command, "", tmp_path, {**os.environ, "PYTHONPATH": str(CHECKOUT), **hostile})
    assert done.returncode == 0, done.stderr
    hostile["PEP786_APPS"] = "1"  # that it was asked for is what is handed on
    assert {name: json.loads(done.stdout)[name] for name in hostile} == hostile


@pytest.mark.parametrize("value", ["a\0b", "\ud800\udfff", *VALUES.values()], ids=["NUL", "lone surrogates", *VALUES])
def test_a_program_may_hand_us_what_no_system_would(value: str) -> None:
    for name in (*OURS, *OTHERS):
        decision = resolve("pip", environ={name: value}, cwd="/")
        assert decision.opted_out is (name in OURS[:3])
        json.dumps(decision.as_dict()).encode("utf-8")
