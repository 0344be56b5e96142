"""What patches/README.md tells people who ship a pip, done as it says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pep786.verify import pip as verified
from tests.environments import CHECKOUT, fetched, install

if TYPE_CHECKING:
    from pathlib import Path

    from tests.patches.released import Environments

pytestmark = pytest.mark.real

_PEP786 = """\
import argparse, sys
from pep786.cli import patch
parser = argparse.ArgumentParser()
patch.add_parser(parser.add_subparsers())
arguments = parser.parse_args(sys.argv[1:])
sys.exit(arguments.run(arguments))
"""


def commands(heading: str) -> list[str]:
    """The first block of commands under a heading of the README."""
    text = (CHECKOUT / "patches" / "README.md").read_text(encoding="utf-8").partition(f"## {heading}\n")[2]
    block = re.search(r"(?:^    .+\n)+", text, re.MULTILINE)
    assert block is not None
    return [line.strip() for line in block[0].splitlines()]


@pytest.mark.skipif(sys.platform != "linux", reason="the commands are for GNU sed")
def test_a_wheel_is_built_as_the_readme_says(pips: Environments, tmp_path: Path) -> None:
    """With the wheel already there instead of downloaded, and this checkout's pep786."""
    steps = commands("Building a patched wheel")
    assert steps.pop(0) == "pip download --no-deps pip==24.0"
    released = fetched("pip", "24.0")
    (tmp_path / released.name).write_bytes(released.read_bytes())
    (tmp_path / "command.py").write_text(f"import sys\nsys.path.insert(0, {str(CHECKOUT)!r})\n{_PEP786}")
    functions = [f'python() {{ "{sys.executable}" "$@"; }}', 'pep786() { python command.py "$@"; }']
    script = "\n".join(["set -e", *functions, *steps])
    done = subprocess.run(
        ["/bin/sh", "-c", script],
        check=False,
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": install("wheel")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    built = next(tmp_path.glob("pip-24.0+*.whl"))
    environment = pips.fresh("24.0", patched=False)
    environment.output([environment.python, "-m", "pip", "install", "--no-index", str(built)])
    found = verified.find(environment.python)
    assert (found.version, found.tier) == ("24.0+noanalytics.1", "native")
    assert verified.find(os.path.relpath(environment.python)) == found  # as the README's last line names it
    environment.output([environment.python, "-m", "pip", "check"])
    environment.output([environment.python, "-m", "pip", "install", "--no-index", "pip==24.0"])
    assert verified.find(environment.python).version == "24.0+noanalytics.1"


def test_t20_an_upgrade_leaves_nothing_of_the_patch_behind(pips: Environments) -> None:
    environment = pips.fresh("24.0")
    assert list(environment.site_packages.rglob("analytics*"))
    newer = str(fetched("pip", "24.3.1"))
    environment.output([environment.python, "-m", "pip", "install", "--no-index", "--upgrade", newer])
    assert not list(environment.site_packages.rglob("analytics*"))
    assert verified.find(environment.python).tier == "none"
