"""What a person configured beside the indexes that is none: mirrors of Pythons, vulnerability data, where to upload.

Source: uv's documentation of its settings and variables (facts about uv, T28).
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Mapping

    from .uv_options import Line

_VARIABLES = (
    *("UV_PYTHON_INSTALL_MIRROR", "UV_PYPY_INSTALL_MIRROR", "UV_GRAALPY_INSTALL_MIRROR", "UV_PYODIDE_INSTALL_MIRROR"),
    *("UV_PYTHON_DOWNLOADS_JSON_URL", "UV_ASTRAL_MIRROR_URL", "UV_MALWARE_CHECK_URL"),
)
_KEYS = (
    *("python-install-mirror", "pypy-install-mirror", "graalpy-install-mirror", "pyodide-install-mirror"),
    *("python-downloads-json-url", "malware-check-url"),
)
_UPLOADS = "https://upload.pypi.org/legacy/"  # uv publish, if it is told nothing else


def addresses(environ: Mapping[str, str], configured: Mapping[str, object]) -> list[str]:
    """The addresses that were configured for what is no index; configured are uv's settings, as merged."""
    tables = [configured, *(table for table in configured.values() if isinstance(table, dict))]
    found = [*map(environ.get, _VARIABLES), *(table.get(key) for table in tables for key in _KEYS)]
    return [one for one in found if isinstance(one, str) and one]


def hosts(line: Line, environ: Mapping[str, str], configured: Mapping[str, object]) -> set[str]:
    """The hosts of those addresses, and the one that ``uv publish`` uploads to, which nothing else names.

    One host may have both, an index and a mirror of Pythons. So it does not count where the command line, a
    variable of uv's, the project's files or a file that the command line names has it in another place.
    """
    import re
    from urllib.parse import urlsplit

    urls = addresses(environ, configured)
    if line.words[:1] == ["publish"]:
        said = line.values.get("--publish-url"), environ.get("UV_PUBLISH_URL"), configured.get("publish-url")
        urls.append(next((one for one in said if isinstance(one, str) and one), _UPLOADS))
    found = set()
    for url in urls:
        try:
            host = urlsplit(url).hostname
        except ValueError:
            continue
        if host and url.startswith("https:"):
            found.add(host)
    texts = _texts(line, environ, configured) if found else []
    if any(text is None for text in texts):
        return set()
    # What is left without the addresses themselves; one of them may be how another, an index's, begins.
    whole = [re.escape(url) + r"(?![^\s\"',])" for url in urls]
    texts = [re.sub("|".join(whole), "", text) for text in texts if text]
    return {host for host in found if not any(host in text.lower() for text in texts if text)}


def _texts(line: Line, environ: Mapping[str, str], configured: Mapping[str, object]) -> list[str | None]:
    """Everything that may name an index, as text; None for a file that cannot be read, and may name any host."""
    from ..config import files
    from . import uv_files

    found: list[str | None] = [" ".join(line.command), repr(configured)]
    found += [value for name, value in environ.items() if name.startswith("UV_")]
    here = line.directory(environ)
    paths = [os.path.join(here, one.partition("=")[2] or one) for one in line.command[len(line.start) :]]
    paths += [line.named_file(environ) or "", *uv_files.beyond_the_project(environ)]
    for folder in uv_files.upward(line.project(environ) or here):
        paths += [os.path.join(folder, name) for name in ("pyproject.toml", "uv.toml", "uv.lock")]
    for path in filter(os.path.isfile, dict.fromkeys(paths)):
        data = files.read(path)[0]
        found.append(None if data is None else data.decode("utf-8", "replace"))
    return found
