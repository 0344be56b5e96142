"""Files of the repository on the site: READMEs as pages, and the source behind every path that a page names.

A path in backquotes (``pep786/scope.py``, ``tests/test_cli.py::test_x``) becomes a link to that file, as a page of the
site; so does a Markdown link that leads out of docs/. Nothing is linked to a host.
"""
# ruff: noqa: INP001  Sphinx finds it by conf.py's path

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.util.docutils import SphinxRole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx

CHECKOUT = Path(__file__).resolve().parents[2]

#: Pages whose text is a file outside of docs/.
PAGES = {
    "benchmarks": "benchmarks/README.md",
    "changelog": "CHANGELOG.md",
    "contributing": "CONTRIBUTING.md",
    "patches": "patches/README.md",
    "security": "SECURITY.md",
}
#: The same, found by the file.
_OF_FILE = {file: page for page, file in PAGES.items()}

NAMED = re.compile(r"((?:pep786|tests|docs|patches|benchmarks|conformance)/[\w./-]+\.[a-z]+|noxfile\.py)(?:::(\w+))?")
_LINK = re.compile(
    r"^(?P<fence>```|~~~)[\s\S]*?^(?P=fence)[ ]*$|^(?: {4}|\t).*$"  # code is left as it is
    r"|(?<!!)\[(?P<said>`[^`\n]+`|[^\]`\[]+)\]\((?![a-z]+:|#)(?P<target>[^)#\s]+)(?P<anchor>#[^)\s]*)?\)"
    r"|``[^`]+``|`[^`\n]+`",
    re.MULTILINE,
)


def linked(text: str, folder: str) -> str:
    """A page's Markdown with the links that lead out of docs/ turned to where they are on the site.

    folder is that of the file which the text stands in, relative to the checkout. Code is left as it is.
    """
    return _LINK.sub(lambda found: _turned(found, folder) if found["target"] else found[0], text)


def _turned(link: re.Match[str], folder: str) -> str:
    said, target, anchor = link["said"], link["target"], link["anchor"] or ""
    path = os.path.normpath(os.path.join(folder, target)).replace(os.sep, "/")
    if path in _OF_FILE:
        return f"[{said}]({_OF_FILE[path]}.md{anchor})"
    if path.startswith("docs/") and path.endswith(".md"):
        return f"[{said}]({path[len('docs/') :]}{anchor})"
    if (CHECKOUT / path).is_file():
        return f"{{repository}}`{said.strip('`')} <{path}>`"
    return link[0]


def _read(app: Sphinx, page: str, source: list[str]) -> None:
    if page in PAGES:
        file = CHECKOUT / PAGES[page]
        app.env.note_dependency(str(file), docname=page)
        source[0] = linked(file.read_text("utf-8"), os.path.dirname(PAGES[page]))
    else:
        source[0] = linked(source[0], "docs")


class _Role(SphinxRole):
    """``{repository}`words <path>```: a link to a file of the repository."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        said, _, path = self.text.rstrip(">").rpartition(" <")
        return [nodes.literal(path, said or path, file=path)], []


def _link(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Turn each literal that names a file into a link to it."""
    if app.builder.format != "html":
        return
    for literal in list(doctree.findall(nodes.literal)):
        match = NAMED.fullmatch(literal.get("file") or literal.astext())
        if match is None or not (CHECKOUT / match[1]).is_file() or isinstance(literal.parent, nodes.reference):
            continue
        _wanted(app).add(match[1])
        line = _line(match[1], match[2]) if match[2] else 0
        uri = app.builder.get_relative_uri(page, f"_files/{match[1]}") + (f"#L{line}" if line else "")
        reference = nodes.reference("", "", internal=True, refuri=uri)
        literal.replace_self(reference)
        reference += literal


def _line(path: str, name: str) -> int:
    """The line on which a file defines a name; 0 where it does not."""
    definition = re.compile(rf"\s*(?:async )?(?:def|class) {name}\b")
    lines = (CHECKOUT / path).read_text("utf-8").splitlines()
    return next((number for number, line in enumerate(lines, 1) if definition.match(line)), 0)


def _wanted(app: Sphinx) -> set[str]:
    if not hasattr(app, "files_of_the_repository"):
        app.files_of_the_repository = set()  # type: ignore[attr-defined]
    wanted: set[str] = app.files_of_the_repository  # type: ignore[attr-defined]
    return wanted


def _pages(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """A page for each file that is named somewhere, its lines numbered and to be linked to."""
    highlight = app.builder.highlighter.highlight_block  # type: ignore[attr-defined]
    for path in sorted(_wanted(app)):
        text = (CHECKOUT / path).read_text("utf-8")
        language = {".py": "python", ".toml": "toml", ".json": "json", ".md": "markdown"}.get(Path(path).suffix, "text")
        before, pre, code = highlight(text, language, force=True).partition("<pre>")
        lines = "\n".join(
            f'<span class="line" id="L{number}">{line}</span>' for number, line in enumerate(code.splitlines(), 1)
        )
        yield f"_files/{path}", {"title": path, "body": f"<h1>{path}</h1>{before}{pre}{lines}"}, "page.html"


def setup(app: Sphinx) -> dict[str, bool]:
    """Say to Sphinx what is here."""
    app.connect("source-read", _read)
    app.connect("doctree-resolved", _link)
    app.connect("html-collect-pages", _pages)
    app.add_role("repository", _Role())
    return {"parallel_read_safe": True, "parallel_write_safe": False}
