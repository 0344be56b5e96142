"""The site: built with every warning an error, every link and anchor in it followed, nothing fetched from elsewhere."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest

from tests.environments import CHECKOUT

if TYPE_CHECKING:
    from pathlib import Path

_NEEDED = ("sphinx", "furo", "myst_parser", "sphinx_copybutton")
_MISSING = [name for name in _NEEDED if importlib.util.find_spec(name) is None]

pytestmark = pytest.mark.skipif(bool(_MISSING), reason=f"needs the docs group ({', '.join(_MISSING)}): nox -s docs")


class _Page(HTMLParser):
    """What a page leads to, what it loads, and what can be led to in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.loaded: set[str] = set()
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.anchors.update(found[name] for name in ("id", "name") if name in found)
        if tag == "a" and "href" in found:
            self.links.add(found["href"])
        elif tag == "link":
            self.loaded.add(found.get("href", ""))
        elif "src" in found:
            self.loaded.add(found["src"])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, _Page]:
    """The pages of the site, made by the command that the pages name."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-q", "-E", "-W", "--keep-going", "-d", str(folder / ".doctrees")]
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONWARNINGS"}
    done = subprocess.run(
        [*command, str(CHECKOUT / "docs"), str(folder)], check=False, capture_output=True, text=True, env=environ
    )
    assert (done.returncode, done.stderr) == (0, "")
    return {path: _Page(path.read_text("utf-8")) for path in folder.rglob("*.html")}


def test_every_link_and_anchor_leads_somewhere(site: dict[Path, _Page]) -> None:
    broken = []
    for path, page in site.items():
        for link in page.links:
            if link.startswith(("http://", "https://", "mailto:")):
                continue
            target, _, anchor = unquote(link).partition("#")
            file = (path.parent / target).resolve() if target else path
            if not file.is_file() or (anchor and file in site and anchor not in site[file].anchors):
                broken.append((path.name, link))
    assert broken == []


def test_nothing_is_loaded_from_another_host(site: dict[Path, _Page]) -> None:
    assert [(path.name, url) for path, page in site.items() for url in page.loaded if "//" in url] == []
    for style in (CHECKOUT / "docs" / "_static").glob("*.css"):
        assert "//" not in style.read_text("utf-8")


def test_every_release_and_clause_is_on_the_page(site: dict[Path, _Page]) -> None:
    path = next(path for path in site if path.name == "conformance.html")
    text = path.read_text("utf-8")
    assert text.count('<div class="matrix"') == 3
    assert "<td></td>" not in text  # a clause of the tools that pip's own have no name for


def test_every_command_and_file_is_on_its_page(site: dict[Path, _Page]) -> None:
    from pep786 import cli
    from pep786.config import table

    pages = {path.stem: path.read_text("utf-8") for path in site if path.parent.name != "_files"}
    listed = cli._parser().format_help()
    for command in ("status", "run", "verify", "patch", "proxy", "index"):
        assert command in listed
        assert f'id="pep786-{command}"' in pages["commands"]
    for tool in table.TOOLS:
        assert f'id="files-{tool}"' in pages["configuration-files"]
    assert "{" not in pages["configuration-files"].partition("<article")[2].partition("</article")[0]
