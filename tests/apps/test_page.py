"""docs/apps.md: its configuration, and its lines for the authors put into the released packages."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pep786.startup import INJECTED
from tests.apps.test_quiet import ASKING, IPY
from tests.apps.watched import RELEASES, Bench, environment
from tests.environments import CHECKOUT, install

if TYPE_CHECKING:
    from tests.environments import Environment, Environments

PAGE = (CHECKOUT / "docs" / "apps.md").read_text(encoding="utf-8")
#: What is between the fences: the file, where in it, the line that is there, and the lines to put in.
_LINES = re.compile(
    r'^```python\n# (\S+), (at the end|before|after)(?: "([^"\n]*)")?\n(.*?)^```$', re.DOTALL | re.MULTILINE
)


@pytest.fixture(scope="module")
def bare(environments: Environments) -> Environment:
    return environment(environments, shim=False)


def adopt(package: str, folder: Path) -> str:
    """The folder that holds a released package with the page's lines in it, for PYTHONPATH."""
    name = package.replace("-", "_")
    shutil.copytree(Path(install(f"{package}=={RELEASES[package]}")) / name, folder / name)
    changed = [found for found in _LINES.findall(PAGE) if found[0].startswith(f"{name}/")]
    assert changed
    for file, where, anchor, lines in changed:
        path = folder / file
        text = path.read_text(encoding="utf-8")
        if where == "at the end":
            text = f"{text}\n\n{lines}"
        else:
            assert text.count(f"{anchor}\n") == 1
            text = text.replace(f"{anchor}\n", f"{lines}\n{anchor}\n" if where == "before" else f"{anchor}\n{lines}\n")
        path.write_text(text, encoding="utf-8")
    (folder / "pep786").symlink_to(CHECKOUT / "pep786")
    return str(folder)


def test_every_program_of_the_page_is_run() -> None:
    assert PAGE.count("```python") == len(_LINES.findall(PAGE)) == 4


@pytest.mark.parametrize("package", RELEASES)
def test_five_lines_are_enough(package: str) -> None:
    name = package.replace("-", "_")
    lines = "".join(found[3] for found in _LINES.findall(PAGE) if found[0].startswith(f"{name}/"))
    assert 0 < len([line for line in lines.splitlines() if line.strip()]) <= 5


@pytest.mark.real
@pytest.mark.parametrize(
    ("package", "code", "typed", "host"),
    [
        ("popylar", "import popylar; popylar.track_event('UA-1', 'a', 'b', uid='me')", "", "www.google-analytics.com"),
        ("instant-python", IPY.replace("'ipy';", "'ipy'; sys.argv += ['init', '--help'];"), "", "eu.i.posthog.com"),
        ("plausipy", ASKING.format(profile="USER", required=True), "a", "ipinfo.io"),
    ],
)
def test_an_author_adopts_it(package: str, code: str, typed: str, host: str, bare: Environment, tmp_path: Path) -> None:
    bench, paths = Bench(bare, tmp_path), (adopt(package, tmp_path / "adopted"),)
    before = bench.run("-c", code, typed=typed, paths=paths)
    assert (before.status, set(before.asked)) == (0, {host}), before
    quiet = bench.run("-c", code, paths=paths, PIP_NO_ANALYTICS="1")
    assert (quiet.status, quiet.asked) == (0, []), quiet


@pytest.mark.real
def test_the_configuration_of_the_page(bare: Environment, tmp_path: Path) -> None:
    bench = Bench(bare, tmp_path)
    (text,) = re.findall(r"^```toml\n# ~/\.config/pep786/config\.toml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    file = bench.home / ".config" / "pep786" / "config.toml"
    file.parent.mkdir(parents=True)
    for given, asked in ((text, []), ("apps = true\n", ["www.google-analytics.com"])):
        file.write_text(given)
        assert bench.run("-c", "import popylar", paths=(INJECTED,)).asked == asked
