"""A uv inside of ``uv run``, in another project, where the outer one's configuration had to be copied (D17)."""

from __future__ import annotations

import os
import zipfile
from typing import TYPE_CHECKING, Iterator

import pytest

from pep786.proxy import uv_config
from pep786.verify.index import Index
from tests.environments import fetched, python
from tests.proxy.origins import RUN, Wrapped
from tests.proxy.uvs import NEWEST, Trap

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.real

PROJECT = """\
[project]
name = "{name}"
version = "1"
requires-python = ">=3.8"
dependencies = ["demo-extra"]
[tool.uv]
{key}
index-url = "{index}"
"""
KEY = "no-analytics = true"


@pytest.fixture
def two(tmp_path: Path) -> Iterator[tuple[Wrapped, Index, Index]]:
    """A project with the key and, beside it, another; each with an index of its own and no way to a third."""
    world = Wrapped(tmp_path / "world", NEWEST)
    with Index() as outer, Index() as inner, Trap() as elsewhere:
        world.environ.update(HTTPS_PROXY=elsewhere.url, UV_HTTP_RETRIES="0")
        world.write("work/pyproject.toml", PROJECT.format(name="outer", key=KEY, index=outer.simple))
        world.write("other/pyproject.toml", PROJECT.format(name="inner", key=KEY, index=inner.simple))
        yield world, outer, inner
        assert elsewhere.connections == 0
        assert world.left_behind() == []


def nested(world: Wrapped, *command: str, **environ: str) -> str:
    """Have a uv that runs in the first project run a command."""
    done = world.wrapped("run", "--no-project", "--no-cache", *command, **environ)
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_a_wrapped_uv_reads_its_own_project(two: tuple[Wrapped, Index, Index]) -> None:
    """Its private index is asked, once signed, and the outer one's is not."""
    world, outer, inner = two
    nested(world, *RUN, "--", world.uv, "lock", "--directory", str(world.root / "other"))
    assert outer.received == []
    assert inner.received
    assert all(request.prefer == ["no-analytics"] for request in inner.received)
    assert f'registry = "{inner.simple}"' in (world.root / "other" / "uv.lock").read_text()


def test_a_uv_by_itself_reads_the_copy_in_its_own_project_and_in_another(two: tuple[Wrapped, Index, Index]) -> None:
    """The first is what the copy is for, the second its price; still everything is signed."""
    world, outer, inner = two
    nested(world, world.uv, "lock")
    assert outer.received
    outer.clear()
    nested(world, world.uv, "lock", "--directory", str(world.root / "other"))
    assert inner.received == []
    assert outer.received
    assert all(request.prefer == ["no-analytics"] for request in outer.received)


def test_without_the_key_there_is_no_copy_and_every_uv_reads_its_own(two: tuple[Wrapped, Index, Index]) -> None:
    world, outer, inner = two
    for name, folder, index in (("outer", "work", outer), ("inner", "other", inner)):
        world.write(f"{folder}/pyproject.toml", PROJECT.format(name=name, key="", index=index.simple))
    nested(world, world.uv, "lock", "--directory", str(world.root / "other"))
    assert outer.received == []
    assert inner.received


@pytest.mark.parametrize("before", ["", "/named/by/the/person.toml"])
def test_what_the_variable_held_before_is_back(before: str) -> None:
    environ = {"UV_CONFIG_FILE": "/copy", "_PEP786_UV_CONFIG_COPY": "/copy", "_PEP786_UV_CONFIG_BEFORE": before}
    uv_config.disinherit(environ)
    assert environ == ({"UV_CONFIG_FILE": before} if before else {})
    environ = {"UV_CONFIG_FILE": "/another", "_PEP786_UV_CONFIG_COPY": "/copy", "_PEP786_UV_CONFIG_BEFORE": before}
    uv_config.disinherit(environ)
    assert environ == {"UV_CONFIG_FILE": "/another"}


# Notes


@pytest.mark.parametrize("kind", ["environments", "required-environments"])
def test_what_uv_pip_compile_misses_is_said(kind: str, tmp_path: Path) -> None:
    """And what it then does: markers of the environments have no say in the output. Other commands miss nothing."""
    world = Wrapped(tmp_path / "world", NEWEST)
    with Index() as index:
        text = PROJECT.format(name="p", key=KEY, index=index.simple).replace(
            "index-url", f"{kind} = [\"sys_platform == 'linux'\"]\nindex-url"
        )
        world.write("work/pyproject.toml", text)
        done = world.wrapped("pip", "compile", "--universal", "pyproject.toml")
        assert done.returncode == 0, done.stderr
        (line,) = [line for line in done.stderr.splitlines() if line.startswith("pep786 run: ")]
        where = world.work / "pyproject.toml"
        assert line.startswith(f"pep786 run: {where}: uv pip compile runs without its {kind}, ")
        assert line.endswith("; write no-analytics into [tool.pep786] instead")
        done = world.wrapped("lock")
        assert done.returncode == 0, done.stderr
        assert "pep786" not in done.stderr
        assert "-markers = [" in (world.work / "uv.lock").read_text()


@pytest.mark.parametrize("version", ["3.8", "3.13"])
def test_a_note_is_not_lost_when_the_process_becomes_uv(version: str, tmp_path: Path) -> None:
    """Where standard error is a pipe, Python 3.8 keeps it in a buffer (3.9 no longer does)."""
    interpreter = python(version)
    if interpreter is None:
        pytest.skip(f"this machine has no Python {version}")
    world = Wrapped(tmp_path / "world", NEWEST)
    world.write("work/x.py", "# /// script\n# [tool.uv]\n# no-analytics = true\n# ///\n")
    code = "import sys; sys.argv[0] = 'pep786'; from pep786.cli import main; sys.exit(main(sys.argv[1:]))"
    command = [interpreter, "-c", code, "run", "--analytics", "--", world.uv, "run", "x.py"]
    with zipfile.ZipFile(fetched("tomli", "2.0.2")) as archive:  # the oldest has no parser of its own
        archive.extractall(tmp_path / "tomli")
    path = os.pathsep.join([world.environ["PYTHONPATH"], str(tmp_path / "tomli")])
    done = world.run(command, {"PYTHONPATH": path})
    assert "x.py, line 3: uv does not know no-analytics in a script" in done.stderr
