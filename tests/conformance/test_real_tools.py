"""Released tools through the generic runner, as their maintainers would run a build of theirs: by a description each.

By default a case for each kind of situation, with PEP786_EVERYTHING=1 every case that a run can show.
"""

from __future__ import annotations

import os
import shlex
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from pep786.verify import cases, tools
from pep786.verify.tools import described
from pep786.verify.tools.driver import RUN
from tests.environments import CHECKOUT, NEWEST
from tests.proxy import uvs

if TYPE_CHECKING:
    from pathlib import Path

    from pep786.verify.cases import Case
    from pep786.verify.judging import Outcome
    from tests.environments import Environments

pytestmark = pytest.mark.real

PIP = "{python} -m pip install --no-input --index-url {{index}} --target {{target}} {{flags}} {{requirement}}"
UV = "{uv} pip install --python {{python}} --index-url {{index}} --target {{target}} {{flags}} {{requirement}}"


def tried(name: str) -> list[Case]:
    """The cases that a tool is run in."""
    runnable = cases.built_in().runnable(name)
    if os.environ.get("PEP786_EVERYTHING"):
        return list(runnable)
    kinds = {case.id: "build" if "build" in case.aspects else (case.section, case.aspects) for case in runnable}
    first = {kinds[case.id]: case for case in reversed(runnable) if not case.extension}
    return [case for case in runnable if case in first.values()]


def outcomes(folder: Path, name: str, command: str, more: str = "") -> list[Outcome]:
    """What becomes of a tool in each case."""
    path = folder / "description.toml"
    path.write_text(f"name = '{name}'\ncommand = '''{command}'''\nsuffix = true\n{more}", encoding="utf-8")
    return list(tools.verify(described.from_file(str(path)), tried(name)))


def failed(judged: list[Outcome]) -> dict[str, str]:
    return {one.case.id: one.reason for one in judged if one.verdict == "failed"}


def test_pip_with_the_shim_beside_it(environments: Environments, tmp_path: Path) -> None:
    judged = outcomes(tmp_path, "pip", PIP.format(python=environments.shared(NEWEST).python))
    assert failed(judged) == {}
    assert len([one for one in judged if one.verdict == "passed"]) >= 10


@pytest.mark.skipif(not find_spec("cryptography"), reason="uv needs pep786-shim[proxy]")
def test_uv_with_the_proxy_in_front_of_it(tmp_path: Path) -> None:
    command = shlex.join([*RUN, "--", str(uvs.folder(uvs.NEWEST) / "uv")])
    judged = outcomes(tmp_path, "uv", UV.format(uv=command), f"environment = {{ PYTHONPATH = '{CHECKOUT}' }}\n")
    assert failed(judged) == {}
    assert len([one for one in judged if one.verdict == "passed"]) >= 10


def test_uv_as_it_is_fails_where_somebody_opted_out(tmp_path: Path) -> None:
    """So that a case can fail; the flags it does not know, and its own file it refuses over the key."""
    judged = outcomes(tmp_path, "uv", UV.format(uv=uvs.folder(uvs.NEWEST) / "uv"))
    expected = {
        one.case.id
        for one in judged
        if one.verdict != "skipped" and (one.case.opted_out or one.case.flags or "key" in one.case.aspects)
    }
    assert set(failed(judged)) == expected
    assert "environment/nothing" in {one.case.id for one in judged if one.verdict == "passed"}
