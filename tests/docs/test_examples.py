"""Every example of every page, with the package as it would be installed from a registry."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.docs import examples
from tests.environments import NEWEST, THIS, fetched

if TYPE_CHECKING:
    from pathlib import Path

    from tests.environments import Environments


@pytest.fixture(scope="module")
def shelf(environments: Environments, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of wheels in place of a registry."""
    folder = tmp_path_factory.mktemp("shelf")
    for wheel in (environments.wheel, fetched("tomli", "2.0.2")):
        shutil.copy(wheel, folder)
    return folder


@pytest.mark.real
@pytest.mark.skipif(shutil.which("bash") is None, reason="the examples are typed into bash")
@pytest.mark.parametrize("page", examples.pages())
def test_the_examples_of_a_page(page: str, shelf: Path, environments: Environments, tmp_path: Path) -> None:
    environment = environments.fresh(NEWEST, THIS, shim=False)
    pip = environment.scripts / "pip"
    pip.write_text(f"#!{environment.python}\nimport sys\nfrom pip._internal.cli.main import main\nsys.exit(main())\n")
    pip.chmod(0o755)
    here = tmp_path / "here"
    here.mkdir()
    environ = {
        **os.environ,
        "PATH": os.pathsep.join([str(environment.scripts), "/usr/local/bin", "/usr/bin", "/bin"]),
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(shelf),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    typed = examples.commands((examples.DOCS / f"{page}.md").read_text("utf-8"))
    results = examples.run(typed, here, environ)
    for command, (status, output) in zip(typed, results):
        assert status == 0, f"$ {command.line}\n{output}"
        assert not command.printed or examples.agrees(command.printed, output), f"$ {command.line}\n{output}"
    assert len(results) == len(typed)


def test_the_first_steps_are_examples() -> None:
    assert {"tutorial", "laptop", "ci", "docker", "air-gapped"} <= set(examples.pages())


@pytest.mark.parametrize(
    ("printed", "output", "expected"),
    [
        ("pip ...\n  opted out", "pip 26.3 /x\n  opted out\n", True),
        ("pip ...\n  opted out", "pip 26.3 /x\n  not opted out\n", False),
        ("one\n...", "one", True),
        ("one\n...", "one\ntwo\nthree", True),
        ("...\nthree", "one\ntwo\nthree", True),
        ("one", "one\ntwo", False),
        ("one.", "onex", False),
    ],
)
def test_three_dots_stand_for_anything_and_nothing_else_does(printed: str, output: str, expected: bool) -> None:
    assert examples.agrees(printed, output) is expected


def test_a_command_that_fails_is_seen(tmp_path: Path) -> None:
    typed = examples.commands("```console\n$ echo one\none\n$ false\n```\n")
    assert [status for status, _ in examples.run(typed, tmp_path, os.environ)] == [0, 1]
