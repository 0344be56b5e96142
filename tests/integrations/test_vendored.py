"""The core copied into a tool: three files, nothing installed, and no site-packages to find anything in."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pep786.verify.cases import Case, tried_on
from pep786.verify.index import Index
from tests.environments import CHECKOUT, python
from tests.integrations import page

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

pytestmark = pytest.mark.real  # it starts other Pythons: once is enough

CORE = ("decision.py", "preference.py", "resolver.py")
SIGN = (
    "scope.py",
    "wire/__init__.py",
    "integrations/__init__.py",
    "integrations/_signing.py",
    "integrations/urllib.py",
)
#: What the page's tool, which reads a file of its own, has an answer to.
CASES = [case for case in tried_on("tools") if case.native and not case.aspects & {"build", "cache"}]
NEWEST = next(version for version in ("3.15", "3.14", "3.13", "3.12", "3.11", "3.10", "3.9", "3.8") if python(version))

each_python = pytest.mark.parametrize("version", sorted({"3.8", NEWEST}))


def vendored(folder: Path, version: str, files: Sequence[str] = CORE) -> list[str]:
    """A tool with the files in it, and what starts it: apart from variables, site-packages and the current folder."""
    interpreter = python(version)
    if interpreter is None:
        pytest.skip(f"this machine has no Python {version}")
    tool = page.write("vendored/__main__.py", folder).parent
    for name in files:
        target = tool / "mytool" / "_vendor" / "pep786" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(CHECKOUT / "pep786" / name, target)
    return [interpreter, "-I", "-S", str(tool)]


def test_the_page_names_these_files() -> None:
    text = page.PAGE.read_text(encoding="utf-8")
    assert "copy `decision.py`, `preference.py` and `resolver.py`" in " ".join(text.split())


@each_python
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_clause(version: str, case: Case, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    outcome = page.judge(monkeypatch, case, vendored(tmp_path, version), native=True, own_file="mytool.ini")
    assert outcome.verdict == "passed", outcome.reason


@each_python
@pytest.mark.parametrize(
    ("configured", "variable", "flags", "opted_out"),
    [
        ("no", "", [], False),
        ("no", "0", [], True),
        ("yes", "", ["--analytics"], False),
        ("no", "", ["--no-analytics"], True),
        ("no", "1", ["--no-analytics", "--analytics"], False),
    ],
)
def test_flag_beats_environment_beats_its_own_file(
    version: str, configured: str, variable: str, flags: list[str], opted_out: bool, tmp_path: Path
) -> None:
    command = vendored(tmp_path, version)
    (tmp_path / "mytool.ini").write_text(f"[mytool]\nno-analytics = {configured}\n")
    with Index() as index:
        command += ["demo-wheel", "--index-url", index.simple, *flags]
        environ = {**os.environ, "PIP_NO_ANALYTICS": variable}
        subprocess.run(command, check=True, cwd=tmp_path, env=environ)
    assert {bool(request.prefer) for request in index.received} == {opted_out}


@each_python
def test_all_that_it_imports_is_its_own(version: str, tmp_path: Path) -> None:
    command = vendored(tmp_path, version)
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); before = set(sys.modules)\n"
        "from mytool._vendor.pep786.resolver import build_headers\n"
        "print(build_headers('mytool/1.0'), *sorted(set(sys.modules) - before), sep='\\n')"
    )
    command = [*command[:3], "-c", code, command[3]]
    for switch, suffix in (("0", ""), ("1", " (no-analytics)")):
        environ = {**os.environ, "PY_NO_ANALYTICS": "1", "PEP786_USER_AGENT": switch}
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=environ)
        headers, *modules = done.stdout.splitlines()
        assert headers == str({"User-Agent": f"mytool/1.0{suffix}", "Prefer": "no-analytics"})
    own = [f"mytool._vendor.pep786.{name[:-3]}" for name in CORE]
    # Without site-packages and any other folder the rest can only be Python's own.
    ours = [name for name in modules if name.partition(".")[0] in ("mytool", "pep786", "tomli")]
    assert ours == ["mytool", "mytool._vendor", "mytool._vendor.pep786", *own]


@each_python
def test_sign_can_come_along(version: str, tmp_path: Path) -> None:
    command = vendored(tmp_path, version, (*CORE, *SIGN))
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import urllib.request\n"
        "from mytool._vendor.pep786.integrations.urllib import sign\n"
        "sign(urllib.request.build_opener()).open(sys.argv[2])"
    )
    with Index() as index:
        command = [*command[:3], "-c", code, command[3], index.url("/redirected/simple/")]
        subprocess.run(command, check=True, env={**os.environ, "PY_NO_ANALYTICS": "1"})
    assert [request.prefer for request in index.received] == [["no-analytics"]] * 2


def test_a_name_needs_the_files_that_are_read_for_it(tmp_path: Path) -> None:
    """What the page says of ``resolve`` with a name: an error at once, and no opt-out that is lost."""
    command = vendored(tmp_path, f"{sys.version_info[0]}.{sys.version_info[1]}")
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from mytool._vendor.pep786.resolver import resolve; resolve('mytool')"
    )
    command = [*command[:3], "-c", code, command[3]]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert "cannot import name 'config'" in done.stderr
