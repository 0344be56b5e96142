"""docs/adding-a-tool.md, followed word by word in a copy of the package, for a stand-in of the tool that it adds."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.environments import CHECKOUT

if TYPE_CHECKING:
    from pathlib import Path

PAGE = CHECKOUT / "docs" / "adding-a-tool.md"
FILES = dict(re.findall(r"^```python\n# (\S+)\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE))

#: As much of the tool as the clauses need: a page of the index, and the file that it links to.
STAND_IN = """\
import re, sys, urllib.parse, urllib.request

def main():
    wanted, _, url = sys.argv[1:]
    for name in (wanted, "demo-dependency"):
        page = urllib.request.urlopen(url + name + "/")
        link = re.findall('href="([^"#]*)', page.read().decode())[-1]
        urllib.request.urlopen(urllib.parse.urljoin(page.url, link)).read()
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The package as it is, and the tool as a script beside it."""
    folder = tmp_path / "checkout"
    shutil.copytree(CHECKOUT / "pep786", folder / "pep786", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(CHECKOUT / "conformance" / "cases", folder / "conformance" / "cases")
    shutil.copy(CHECKOUT / "_pep786_startup.py", folder)
    (folder / "johnnydep").mkdir()
    (folder / "johnnydep" / "__init__.py").touch()
    (folder / "johnnydep" / "cli.py").write_text(STAND_IN)
    information = folder / "johnnydep-2.1.1.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: johnnydep\nVersion: 2.1.1\n")
    script = tmp_path / "bin" / "johnnydep"
    script.parent.mkdir()
    script.write_text(f"#!{sys.executable}\nfrom johnnydep.cli import main\nmain()\n")
    script.chmod(0o755)
    return folder


def verify(copy: Path) -> dict[str, Any]:
    environ = {**os.environ, "PYTHONPATH": str(copy), "PATH": f"{copy.parent / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    command = [sys.executable, "-m", "pep786", "verify", "johnnydep", "--with-shim", "--json"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environ, cwd=copy)
    assert done.stdout, done.stderr
    (found,) = json.loads(done.stdout)["tools"]
    assert isinstance(found, dict)
    return found


def test_the_page_names_each_file_once() -> None:
    assert set(FILES) == {"pep786/adapters/johnnydep.py", "pep786/verify/tools/johnnydep.py"}


@pytest.mark.skipif(os.name == "nt", reason="the stand-in is a script")
@pytest.mark.parametrize("left_out", [None, "pep786/adapters/johnnydep.py"], ids=["all of it", "no adapter"])
def test_word_by_word(left_out: str | None, copy: Path) -> None:
    for name, text in FILES.items():
        if name != left_out:
            (copy / name).write_text(text)
    found = verify(copy)
    verdicts = {outcome["case"]["name"]: outcome["verdict"] for outcome in found["cases"]}
    assert verdicts["PIP_NO_ANALYTICS='1' opts out"] == ("failed" if left_out else "passed"), found
    assert ("failed" in verdicts.values()) is bool(left_out), verdicts
