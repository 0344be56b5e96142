"""The lines for containers, systemd, cron and sudo, under the real programs where they can run here.

cron and sudo read fixed places. Each test has a mount namespace of its own in which these are folders of the test, so
that nothing of the machine is changed.
"""

from __future__ import annotations

import importlib
import os
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.environments import install
from tests.real.running import assert_all_carry
from tests.shell.machine import RECIPES, bound, program

if TYPE_CHECKING:
    from tests.shell.machine import Machine

pytestmark = pytest.mark.real

GENERATOR = "/usr/lib/systemd/user-environment-generators/30-systemd-environment-d-generator"


def test_dockerfile(bare_machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parsed by a library, its RUN steps run with its variables; docker itself is not asked."""
    recipe = RECIPES["dockerfile"]
    last = recipe.once.replace("PIP_NO_ANALYTICS=1 ", "").replace("PACKAGE", "demo-wheel")
    monkeypatch.syspath_prepend(install("dockerfile-parse"))
    library = importlib.import_module("dockerfile_parse")
    file = bare_machine.folder / "Dockerfile"
    parsed = library.DockerfileParser(str(file))
    parsed.content = f"FROM python:3.13-slim\n{recipe.text}{last}"
    steps: list[dict[str, Any]] = [step for step in parsed.structure if step["instruction"] != "COMMENT"]
    assert [step["instruction"] for step in steps] == ["FROM", "ENV", "RUN", "RUN"]
    variables: dict[str, str] = {}
    for step in steps:
        if step["instruction"] == "ENV":
            variables.update([step["value"].split("=", 1)])
        elif step["instruction"] == "RUN":
            bare_machine.run(["sh", "-c", step["value"]], **variables)
    assert variables == {"PIP_NO_ANALYTICS": "1"}
    bare_machine.assert_carried("demo-wheel", "demo-dependency")
    bare_machine.assert_carried("pep786-shim", expected=False)


def test_systemd_takes_the_drop_in(machine: Machine) -> None:
    analyze = program("systemd-analyze")
    unit, drop_in = machine.folder / "demo.service", machine.folder / "demo.service.d" / "pep786.conf"
    unit.write_text("[Service]\nExecStart=/bin/true\n")
    put = RECIPES["systemd"].put.partition(" && ")[0].replace("sudo ", "")
    machine.run(["sh", "-c", put.replace("/etc/systemd/system/NAME", str(machine.folder / "demo"))])
    assert drop_in.read_text() == RECIPES["systemd"].text
    said = []
    for text in (drop_in.read_text(), drop_in.read_text().replace("Environment=", "Environment ")):
        drop_in.write_text(text)
        done = subprocess.run([analyze, "verify", str(unit)], check=False, capture_output=True, text=True)
        said.append(done.stdout + done.stderr)
    assert "pep786.conf" in said[1], said[1]  # it is read
    assert "pep786.conf" not in said[0]


def test_systemd_user_environment(machine: Machine) -> None:
    program(GENERATOR)
    ((label, line),) = RECIPES["systemd"].also
    assert "~/.config/environment.d/pep786.conf" in label
    file = machine.folder / "config" / "environment.d" / "pep786.conf"
    file.parent.mkdir(parents=True)
    file.write_text(line)
    said = machine.run([GENERATOR], XDG_CONFIG_HOME=str(machine.folder / "config"))
    assert "PIP_NO_ANALYTICS=1" in said.splitlines()


@pytest.mark.parametrize("recipe", ["for good", "for one command", "none"])
def test_cron(recipe: str, machine: Machine) -> None:
    """Debian's daemon; it runs what is to be run at its start, so that nobody waits for the minute."""
    program("cron")
    folder, once = machine.folder, RECIPES["cron"].once
    mounts = {folder / "spool": "/var/spool/cron/crontabs", folder / "run": "/run", folder / "cron.d": "/etc/cron.d"}
    for made in mounts:
        made.mkdir()
    (folder / "crontab").touch()
    mounts[folder / "crontab"] = "/etc/crontab"
    download = f"{folder}/bin/pip install --dry-run --isolated --no-cache-dir -i {machine.index.simple} demo-wheel"
    job = "@reboot " + (once.partition("* * * ")[2] if recipe == "for one command" else "pip install PACKAGE")
    job = f"{job.strip().replace('pip install PACKAGE', download)} > {folder}/said 2>&1; touch {folder}/done\n"
    mine = folder / "mine"
    mine.write_text(f"HOME={folder}\nPIP_CONFIG_FILE={os.devnull}\n{job}")
    put = RECIPES["cron"].put if recipe == "for good" else "true"
    script = f"crontab {mine}\n{put}\ncrontab -l\nexec cron -f"
    cron = subprocess.Popen(
        bound(mounts, script), env=machine.environ(), cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        deadline = time.monotonic() + 60
        while not (folder / "done").exists() and cron.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
    finally:
        cron.terminate()
        said = cron.communicate()
    assert (folder / "done").exists(), said
    assert b"demo-wheel" in said[0]  # the jobs that were there stay
    assert_all_carry(machine.index, expected=recipe != "none")


@pytest.mark.parametrize("recipe", ["for good", "for one command", "none"])
def test_sudo(recipe: str, machine: Machine) -> None:
    program("sudo")
    folder = machine.folder / "sudoers.d"
    folder.mkdir()
    download = f"env PIP_CONFIG_FILE={os.devnull} {machine.folder}/bin/pip install --dry-run --isolated --no-cache-dir"
    download += f" -i {machine.index.simple} demo-wheel"
    command, variables = f"sudo -n {download}", {"PY_NO_ANALYTICS": "1"}
    put = RECIPES["sudoers"].put if recipe == "for good" else "true"
    if recipe == "for one command":
        command = RECIPES["sudoers"].once.replace("sudo ", "sudo -n ").replace("pip install PACKAGE", download)
        variables = {}
    machine.run(bound({folder: "/etc/sudoers.d"}, f"{put}\n{command}"), **variables)
    assert_all_carry(machine.index, expected=recipe != "none")


def test_visudo_finds_no_fault(machine: Machine) -> None:
    visudo = program("visudo")
    (check,) = [line.partition(": ")[2] for line in RECIPES["sudoers"].beware if "visudo" in line]
    machine.run(["sh", "-c", check.replace("visudo", visudo)])
