"""What the shim must not change: pip itself, other programs, and what pip makes of its arguments (design, D13, D14)."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING

import pytest

from tests.environments import NEWEST, Environments, install
from tests.real.running import CURRENT, OPT_OUT, assert_all_carry, pip

if TYPE_CHECKING:
    from pathlib import Path

    from pep786.verify.index import Index

pytestmark = pytest.mark.real


OWN_COMMANDS = (
    ["list"],
    ["check"],
    ["config", "list"],
    ["debug"],
    ["--version"],
    ["freeze"],
    ["cache", "dir"],
    ["help"],
)


@pytest.mark.parametrize("command", OWN_COMMANDS, ids=" ".join)
@pytest.mark.parametrize("release", [NEWEST, "22.3.1", "20.3.4"])
def test_t16_pips_own_commands_behave_as_without_the_shim(
    release: str, command: list[str], environments: Environments
) -> None:
    told = {}
    for shim in (True, False):
        environment = environments.shared(release, shim=shim)
        # Wide, or where pip breaks a line depends on how long the environment's path is.
        done = pip(environment, *command, PIP_NO_ANALYTICS="banana", COLUMNS="300")
        ours = ("analytics", "pep786", "tomli", "leave this run out of shared")
        lines = [
            # "list" pads its columns to the longest name, which is one of ours.
            re.sub("[- ]+", " ", line.replace(str(environment.root), "ENVIRONMENT"))
            for line in (done.stdout + done.stderr).splitlines()
            if not any(word in line for word in ours) or "NO_ANALYTICS" in line
        ]
        told[shim] = (done.returncode, lines)
    assert told[True] == told[False]


def test_t16_no_phantom_variable_in_pip_config_list(environments: Environments, tmp_path: Path) -> None:
    conf = tmp_path / "pip.conf"
    conf.write_text("[global]\nno-analytics = true\n")
    done = pip(environments.shared(NEWEST), "config", "list", PIP_CONFIG_FILE=str(conf))
    assert "no-analytics='true'" in done.stdout
    assert ":env:.no-analytics" not in done.stdout


@pytest.mark.parametrize("release", CURRENT)
def test_the_flags_are_in_pips_own_help_and_abbreviate(release: str, environments: Environments, index: Index) -> None:
    environment = environments.shared(release)
    for command in ([], ["install"], ["download"]):
        told = pip(environment, *command, "--help").stdout
        assert "--no-analytics" in told
        assert "--analytics" in told
    done = pip(environment, "download", "--no-ana", "-d", "x", "-i", index.simple, "demo-wheel", cwd=environment.root)
    assert done.returncode == 0, done.stderr
    assert_all_carry(index)


def test_t6_an_argument_that_looks_like_the_flag_is_none(
    environments: Environments, index: Index, tmp_path: Path
) -> None:
    done = pip(
        environments.shared(NEWEST), "download", "-i", index.simple, "-d", "--no-analytics", "demo-wheel", cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "--no-analytics").is_dir()
    assert_all_carry(index, expected=False)


@pytest.mark.parametrize("release", CURRENT)
def test_verbose_says_that_and_why_once(release: str, environments: Environments, index: Index, tmp_path: Path) -> None:
    environment = environments.shared(release)
    arguments = ("download", "-d", str(tmp_path), "-i", index.simple, "demo-wheel")
    told = pip(environment, "-v", *arguments, PY_NO_ANALYTICS="1")
    lines = [line for line in told.stdout.splitlines() if "no-analytics'" in line]
    assert lines == ["Sending 'Prefer: no-analytics' to indexes (PY_NO_ANALYTICS)"]
    assert "no-analytics'" not in pip(environment, *arguments, PY_NO_ANALYTICS="1").stdout
    assert "no-analytics'" not in pip(environment, "-v", *arguments).stdout


PROGRAMS = {
    "urllib.request": "import urllib.request; urllib.request.urlopen(URL).read()",
    "http.client": "import http.client as h; c = h.HTTPConnection(HOST); c.request('GET', '/'); c.getresponse()",
    "requests": "import requests; requests.get(URL)",
    "urllib3": "import urllib3; urllib3.PoolManager().request('GET', URL)",
    "httpx": "import httpx; httpx.get(URL)",
    "pip's own copy of requests": "from pip._vendor import requests; requests.get(URL)",
}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_d14_a_persons_own_program_sends_what_it_sent_before(
    program: str, environments: Environments, index: Index
) -> None:
    library = program.split()[1].partition(".")[0].rstrip(";")
    received = {}
    for shim in (True, False):
        environment = environments.shared(NEWEST, shim=shim)
        host = index.url("/").split("/")[2]
        code = f"URL = {index.simple!r}; HOST = {host!r}; {program}"
        paths = [] if library in ("urllib", "http", "pip") else [install(library)]
        index.clear()
        done = environment.run([environment.python, "-c", code], **OPT_OUT, PYTHONPATH=os.pathsep.join(paths))
        assert done.returncode == 0, done.stderr
        received[shim] = [(r.method, r.path, r.headers) for r in index.received]
    assert received[True] == received[False]
    assert received[True]


def test_d13_a_pip_with_native_support_is_left_alone(environments: Environments, index: Index, tmp_path: Path) -> None:
    """A pip that knows the flag itself: the shim adds no option and no header."""
    environment = environments.fresh("24.0")
    options = environment.site_packages / "pip" / "_internal" / "cli" / "cmdoptions.py"
    native = """
general_group["options"].append(partial(Option, "--no-analytics", action="store_true", dest="no_analytics"))
"""
    options.write_text(options.read_text(encoding="utf-8") + native, encoding="utf-8")
    done = pip(environment, "download", "--no-analytics", "-d", str(tmp_path), "-i", index.simple, "demo-wheel")
    assert done.returncode == 0, done.stderr
    assert_all_carry(index, expected=False)
    assert pip(environment, "--help").stdout.count("--no-analytics") == 1


def test_t18_a_project_file_that_cannot_be_read_stops_nobody(
    environments: Environments, index: Index, tmp_path: Path
) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.pip\nno-analytics = true\n")
    done = pip(environments.shared(NEWEST), "download", "-d", "x", "-i", index.simple, "demo-wheel", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    warnings = [line for line in done.stderr.splitlines() if "pyproject.toml" in line]
    assert len(warnings) == 1
    assert warnings[0].startswith("WARNING: pep786: ")
    assert_all_carry(index, expected=False)


def test_t21_t29_a_fresh_virtual_environment_has_no_shim(
    environments: Environments, index: Index, tmp_path: Path
) -> None:
    """What we do not reach is known, and status says so: the shim is installed per environment."""
    fresh = environments.shared("23.3.2", shim=False)
    done = pip(fresh, "download", "-d", str(tmp_path), "-i", index.simple, "demo-wheel", **OPT_OUT)
    assert done.returncode == 0
    assert_all_carry(index, expected=False)
    refused = pip(fresh, "download", "--no-analytics", "demo-wheel")
    assert (refused.returncode, "no such option" in refused.stderr) == (2, True)


def test_t25_a_requirements_file_does_not_take_the_flag(environments: Environments, tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("--no-analytics\n")
    done = pip(environments.shared(NEWEST), "download", "-r", str(requirements))
    assert "no such option: --no-analytics" in done.stderr


def test_t24_an_abbreviation_that_a_new_option_makes_ambiguous(environments: Environments, tmp_path: Path) -> None:
    """Unavoidable with any new option, and documented; the whole name is understood as ever."""
    file = tmp_path / "file"
    file.touch()
    environment = environments.shared(NEWEST)
    assert "ambiguous option: --a" in pip(environment, "hash", "--a", "sha256", str(file)).stderr
    assert pip(environment, "hash", "--algorithm", "sha256", str(file)).returncode == 0


def test_t26_a_variable_in_lower_case_counts_in_no_pip(
    environments: Environments, index: Index, tmp_path: Path
) -> None:
    """pip 9 reads its own variables in any case; the PEP's are not pip's own."""
    arguments = ("download", "-d", str(tmp_path), "-i", index.simple, "demo-dependency")
    done = pip(environments.shared("9.0.3"), *arguments, pip_no_analytics="1")
    assert done.returncode == 0, done.stderr
    assert_all_carry(index, expected=False)


def test_t28_the_users_agent_is_as_ever_up_to_the_suffix(
    environments: Environments, index: Index, tmp_path: Path
) -> None:
    """What an index parses today is there again once the suffix is taken off its end."""
    sent = []
    for variables in ({}, OPT_OUT):
        index.clear()
        pip(environments.shared(NEWEST), "download", "-d", str(tmp_path), "-i", index.simple, "demo-wheel", **variables)
        sent.append(index.received[0].user_agent or "")
    assert sent[1] == sent[0] + " (no-analytics)"
    assert json.loads(sent[0].partition(" ")[2])["installer"]["name"] == "pip"
