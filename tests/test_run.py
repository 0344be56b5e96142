"""``pep786 run``: the command itself, and the signal where nothing of ours is installed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pep786.startup import INJECTED
from pep786.verify.index import Index
from tests.environments import CHECKOUT, NEWEST, Environments

if TYPE_CHECKING:
    from pathlib import Path

RUN = [sys.executable, "-m", "pep786", "run"]


def run(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT), **environ}
    return subprocess.run([*RUN, *arguments], check=False, capture_output=True, text=True, env=environment)


@pytest.mark.parametrize("separator", [[], ["--"]], ids=["without --", "with --"])
def test_the_status_and_the_output_are_the_commands_own(separator: list[str]) -> None:
    done = run(*separator, sys.executable, "-c", "import sys; print(sys.argv); sys.exit(7)", "--", "--analytics", "-x")
    assert (done.returncode, done.stdout, done.stderr) == (7, "['-c', '--', '--analytics', '-x']\n", "")


@pytest.mark.skipif(os.name == "nt", reason="there is no exec on Windows")
def test_the_process_becomes_the_command() -> None:
    code = f"import os; print(os.getpid(), flush=True); os.kill(os.getpid(), {signal.SIGTERM})"
    environ = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    process = subprocess.Popen([*RUN, sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=environ)
    output, _ = process.communicate()
    assert (int(output), process.returncode) == (process.pid, -signal.SIGTERM)


def test_127_and_126_as_a_shell_has_them(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("not a program")
    for command, status, said in (
        ("no-such-command", 127, "no-such-command: command not found"),
        (str(tmp_path / "nowhere"), 127, f"{tmp_path / 'nowhere'}: command not found"),
        (str(tmp_path / "data"), 126, f"{tmp_path / 'data'}: Permission denied"),
        (str(tmp_path), 126, f"{tmp_path}: Permission denied"),
    ):
        done = run(command)
        assert (done.returncode, done.stdout, done.stderr) == (status, "", f"pep786 run: {said}\n")


def test_a_uv_that_is_not_there_is_not_found_where_the_proxy_is_not_installed_either(tmp_path: Path) -> None:
    uv = tmp_path / "uv"
    environ = {**os.environ, "PYTHONPATH": str(CHECKOUT), "PIP_NO_ANALYTICS": "1"}
    command = [sys.executable, "-S", "-m", "pep786", "run", "--", str(uv), "sync"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environ)
    assert (done.returncode, done.stdout, done.stderr) == (127, "", f"pep786 run: {uv}: command not found\n")


@pytest.mark.parametrize(
    "arguments", [[], ["--"], ["--no-analytics"], ["--verbose", "tox"], ["-n", "tox"], ["-\n\x1b[2J", "tox"]]
)
def test_bad_usage_is_one_line(arguments: list[str]) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert done.stderr.startswith("pep786 run: ")
    assert done.stderr.rstrip("\n").isprintable()


def test_help_is_listed_and_printed() -> None:
    done = run("--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("usage: pep786 run ")
    listing = subprocess.run(
        [sys.executable, "-m", "pep786", "--help"],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
    )
    assert "\n    run " in listing.stdout


def environment_of(*arguments: str, **environ: str) -> dict[str, str]:
    code = "import os\nfor name in sorted(os.environ): print(name, os.environ[name], sep='=')"
    lines = run(*arguments, sys.executable, "-c", code, **environ).stdout.splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def test_the_last_option_wins_and_is_handed_on() -> None:
    opted_out = environment_of("--analytics", "--no-analytics", _PYTHON_NO_ANALYTICS="0")
    assert opted_out["PIP_NO_ANALYTICS"] == "1"
    assert "_PYTHON_NO_ANALYTICS" not in opted_out
    opted_in = environment_of("--no-analytics", "--analytics", PY_NO_ANALYTICS="1")
    assert opted_in["_PYTHON_NO_ANALYTICS"] == "0"
    assert "PY_NO_ANALYTICS" not in opted_in


def test_applications_are_quieted_where_that_is_asked_for_and_one_is_opted_out() -> None:
    asked = environment_of("--apps", "--no-analytics")
    assert (asked["DO_NOT_TRACK"], asked["IPY_METRICS_ENABLE"], asked["PEP786_APPS"]) == ("1", "false", "1")
    assert "DO_NOT_TRACK" not in environment_of("--no-analytics")
    assert "DO_NOT_TRACK" not in environment_of("--apps", "--analytics")
    assert "--apps quiets nothing" in run("--apps", sys.executable, "-c", "pass").stderr


def test_pythonpath_gets_our_folder_once_and_keeps_the_rest(tmp_path: Path) -> None:
    path = os.pathsep.join([str(CHECKOUT), str(tmp_path), INJECTED])
    expected = os.pathsep.join([INJECTED, str(CHECKOUT), str(tmp_path)])
    assert environment_of(PYTHONPATH=path)["PYTHONPATH"] == expected


def test_uv_is_run_by_itself_unless_opted_out(tmp_path: Path) -> None:
    """Then there is the proxy beside it, and where there can be none uv is not run; tests/proxy has the rest."""
    uv = tmp_path / "uv"
    uv.write_text("#!/bin/sh\necho ran ${HTTPS_PROXY%%:*}\n")
    uv.chmod(0o755)
    assert (run(str(uv)).stdout, run(str(uv)).stderr) == ("ran\n", "")
    for flag, opted_out in (("--analytics", False), ("--no-analytics", True)):
        done = run(flag, str(uv), PIP_NO_ANALYTICS="1")
        assert (done.stdout, done.stderr) == (f"ran{' http' * opted_out}\n", "")
    done = run(str(uv), PIP_NO_ANALYTICS="1", HTTPS_PROXY="socks5://127.0.0.1:1")
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)


@pytest.mark.parametrize(
    ("written", "ran", "said"),
    [
        ("no-analytics = 'perhaps'\n", "ran http\n", ["no-analytics"]),
        ("no-analytics = true\nx = [\n", "", ["cannot be parsed", "cannot be shielded"]),
        ("no-analytics = true\n", "ran http\n", []),
    ],
    ids=["no boolean", "no TOML", "nothing wrong"],
)
def test_what_is_wrong_with_the_configuration_is_said(written: str, ran: str, said: list[str], tmp_path: Path) -> None:
    """Before uv runs; and it does not where nobody can tell what it would do."""
    (tmp_path / "pyproject.toml").write_text(f"[tool.pep786]\n{written}")
    uv = tmp_path / "uv"
    uv.write_text("#!/bin/sh\necho ran ${HTTPS_PROXY%%:*}\n")
    uv.chmod(0o755)
    environ = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    done = subprocess.run([*RUN, str(uv)], check=False, capture_output=True, text=True, env=environ, cwd=tmp_path)
    lines = done.stderr.splitlines()
    assert (done.stdout, done.returncode, len(lines)) == (ran, 0 if ran else 2, len(said)), done.stderr
    for line, words in zip(lines, said):
        assert line.startswith("pep786 run: ")
        assert words in line
        assert "pyproject.toml" in line


@pytest.mark.real
@pytest.mark.parametrize("options", ["", "-I", "-Es"], ids=lambda options: options or "no options")
@pytest.mark.parametrize("version", ["3.10", "3.13"])
def test_a_pip_that_never_saw_us_sends_the_signal(
    version: str, options: str, environments: Environments, tmp_path: Path
) -> None:
    """Whatever its Python, and although that is told to ignore PYTHONPATH."""
    python = environments.shared(NEWEST, version, shim=False).python
    with Index() as index:
        pip = [python, *options.split(), "-m", "pip", "download", "--dest", str(tmp_path), "--index-url", index.simple]
        for flags, environ, carrying in (
            ([], {"PIP_NO_ANALYTICS": "1"}, True),
            (["--no-analytics"], {}, True),
            (["--analytics"], {"PIP_NO_ANALYTICS": "1"}, False),
            ([], {}, False),
        ):
            index.clear()
            done = run(*flags, "--", *pip, "--no-cache-dir", "demo-wheel", **environ)
            assert done.returncode == 0, done.stderr
            assert len(index.received) > 2
            for request in index.received:
                assert request.prefer == (["no-analytics"] if carrying else [])
