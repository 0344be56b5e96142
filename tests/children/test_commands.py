"""Which commands take the shim along: the six shapes of the facts (T26) and those that are nobody's business."""

from __future__ import annotations

import stat
import sys
from typing import TYPE_CHECKING

import pytest

from pep786.children.commands import LAUNCHER, accompanied, interpreter, is_python, script_name, split

if TYPE_CHECKING:
    from pathlib import Path

# What follows "python" in a command, the options that stay before the launcher, and what follows it.
SHAPES = {
    "-m pip install x": ("", "pip -m pip install x"),
    "-I -m pip install x": ("-I", "pip -m pip install x"),
    "-Im pip install": ("-I", "pip -m pip install"),
    "-Esm pip install": ("-Es", "pip -m pip install"),
    "-mpip install": ("", "pip -m pip install"),
    "-u -W ignore -X dev -m pip": ("-u -W ignore -X dev", "pip -m pip"),
    "-Wignore -m pip": ("-Wignore", "pip -m pip"),
    "-m pip._internal": ("", "pip -m pip._internal"),
    "-m virtualenv .nox/t": ("", "virtualenv -m virtualenv .nox/t"),
    "-m piptools sync": ("", "piptools -m piptools sync"),
    "/e/site-packages/pip/__pip-runner__.py install": ("", "pip /e/site-packages/pip/__pip-runner__.py install"),
    "/e/pipenv/patched/pip/__pip-runner__.py install": ("", "pip /e/pipenv/patched/pip/__pip-runner__.py install"),
    "/e/site-packages/pip install": ("", "pip /e/site-packages/pip install"),
    "pip-26.3.whl/pip wheel": ("", "pip pip-26.3.whl/pip wheel"),
    "/e/pip.pyz install": ("", "pip /e/pip.pyz install"),
    "/e/pipenv/resolver.py --pre": ("", "pipenv /e/pipenv/resolver.py --pre"),
    "/e/pipenv/resolver/main.py": ("", "pipenv /e/pipenv/resolver/main.py"),
    "-sE /h/.pex/venvs/1/2/pex install": ("-sE", "pex /h/.pex/venvs/1/2/pex install"),
    "C:\\e\\Lib\\site-packages\\pip\\__pip-runner__.py": ("", "pip C:\\e\\Lib\\site-packages\\pip\\__pip-runner__.py"),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_t26_a_tool_takes_the_shim_along(shape: str) -> None:
    options, rest = SHAPES[shape]
    expected = ["/e/bin/python3.12", *options.split(), LAUNCHER, *rest.split()]
    assert accompanied(["/e/bin/python3.12", *shape.split()]) == expected


def test_t26_code_that_runs_pip_as_virtualenv_has_it() -> None:
    code = "import sys; import runpy; runpy.run_module('pip', run_name='__main__')"
    assert accompanied(["python", "-c", code, "download"]) == ["python", LAUNCHER, "pip", "-c", code, "download"]
    code = "from virtualenv.seed.wheels.periodic_update import do_update; do_update()"
    assert accompanied(["python", "-c", code]) == ["python", LAUNCHER, "virtualenv", "-c", code]


@pytest.mark.parametrize(
    "command",
    [
        "python",
        "python -",
        "python -m",
        "python -c",
        "python -V",
        "python -m venv .venv",
        "python -m pipdeptree",
        "python -m poetry_core",
        "python -m pytest pip",
        "python user.py pip",
        "python user.py -m pip",
        "python /e/pyproject_hooks/_in_process/_in_process.py build_wheel",
        "python -X pip user.py",
        "python --check-hash-based-pycs always -m pip",
        "git clone pip",
        "sh -c pip",
        "uv pip install",
        "/usr/bin/env python -m pip",
        "pythonista -m pip",
        "gdb --args python -m pip",
    ],
)
def test_other_commands_are_nobodys_business(command: str) -> None:
    assert accompanied(command.split()) is None


def test_code_that_only_mentions_pip_stays() -> None:
    assert accompanied(["python", "-c", "import pip; print(pip.__version__)"]) is None
    assert accompanied([]) is None


class TestScripts:
    """Console scripts are seen through to the Python in their first line."""

    def script(self, folder: Path, name: str, text: str) -> str:
        path = folder / name
        path.write_text(text)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return str(path)

    def test_a_script_by_its_path(self, tmp_path: Path) -> None:
        path = self.script(tmp_path, "pip3.12", f"#!{sys.executable}\n")
        assert accompanied([path, "install", "x"]) == [sys.executable, LAUNCHER, "pip", path, "install", "x"]

    def test_a_script_by_its_name_is_found_as_the_child_would(self, tmp_path: Path) -> None:
        path = self.script(tmp_path, "poetry", f"#!{sys.executable} -sE\n")
        assert accompanied(["poetry", "-V"], {"PATH": str(tmp_path)}) == [
            *(sys.executable, "-sE", LAUNCHER, "poetry"),
            *(path, "-V"),
        ]
        assert accompanied(["poetry", "-V"], {"PATH": str(tmp_path / "elsewhere")}) is None

    def test_the_two_line_script_of_a_path_with_blanks(self, tmp_path: Path) -> None:
        folder = tmp_path / "a b"
        folder.mkdir()
        python = self.script(folder, "python", "")
        path = self.script(tmp_path, "tox", f"#!/bin/sh\n'''exec' \"{python}\" -E \"$0\" \"$@\"\n' '''\nimport sys\n")
        assert interpreter(path) == [python, "-E"]

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("#!/usr/bin/env python3\n", ["python3"]),
            ("#!/usr/bin/env -S python3 -I\n", None),
            ("#!/bin/bash\nexec python -m pip\n", None),
            ("#!/nowhere/python\n", None),
            ("MZ\0", None),
            ("", None),
        ],
    )
    def test_first_lines(self, text: str, expected: list[str] | None, tmp_path: Path) -> None:
        assert interpreter(self.script(tmp_path, "pip", text)) == expected

    def test_the_name_of_a_script(self) -> None:
        names = {"bin/pip": "pip", "pip3": "pip", "pip3.12": "pip", "Scripts\\pip.exe": "pip", "tox": "tox"}
        assert {path: script_name(path) for path in names} == names
        assert script_name("pip-compile") == "pip-compile"
        assert script_name("pipeline3") == "pipeline3"


@pytest.mark.parametrize("name", ["python", "python3", "python3.13t", "pypy3", "pythonw.exe", "/x/Python.EXE"])
def test_a_python_by_its_name(name: str) -> None:
    assert is_python(name)


@pytest.mark.parametrize("name", ["pythonx", "ipython", "python-config", "/x/python/ls", ""])
def test_no_python(name: str) -> None:
    assert not is_python(name)


def test_what_cannot_be_told_is_left_alone() -> None:
    assert split(["python", "--", "file.py"]) is None
    assert split(["python", "-X"]) is None
