"""What a person configured beside the indexes that is none: mirrors of Pythons, vulnerability data, where to upload.

Source: uv's documentation of its settings and variables (facts about uv, T28).
"""

from __future__ import annotations

import os

from . import policy

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
# How many slashes an address has that is a host's, as policy has it: https://host:443/
_OF_A_HOST = 3
_UPLOADS = "https://upload.pypi.org/legacy/"  # uv publish, if it is told nothing else


# In a file, or in what repr makes of one: a setting that names a mirror, with its value.
_SETTING = r"(?:-install-mirror|python-downloads-json-url|malware-check-url)[\"']?\s*[=:]\s*[\"'][^\"']*"
_URL = r"(?i:https?)://[^\s\"'<>]+"


def addresses(line: Line | None, environ: Mapping[str, str], configured: Mapping[str, object]) -> list[str]:
    """The addresses that were configured for what is no index; configured are uv's settings, without a checkout's.

    One host may have both, an index and a mirror of Pythons, and the path tells them apart. So one does not count that
    is a whole host, or below which something that we can see has an index: what is signed in vain does no harm.
    """
    import re

    tables = [configured, *(table for table in configured.values() if isinstance(table, dict))]
    said = [*map(environ.get, _VARIABLES), *(table.get(key) for table in tables for key in _KEYS)]
    found = [one for one in said if isinstance(one, str) and policy.address(one).count("/") > _OF_A_HOST]
    texts = _texts(line, environ, configured) if found else []
    if any(text is None for text in texts):
        return []
    urls = [url for text in texts if text for url in re.findall(_URL, re.sub(_SETTING, "", text))]
    known = {policy.address(url) for url in urls}
    return [one for one in found if not any(url.startswith(policy.address(one)) for url in known)]


def hosts(line: Line, environ: Mapping[str, str], configured: Mapping[str, object]) -> set[str]:
    """The host that ``uv publish`` uploads to, which nothing else names.

    It does not count where the command line, a variable of uv's, the project's files or a file that the command line
    names has it in another place: there may be an index on it too.
    """
    import re
    from urllib.parse import urlsplit

    if line.words[:1] != ["publish"]:
        return set()
    said = line.values.get("--publish-url"), environ.get("UV_PUBLISH_URL"), configured.get("publish-url")
    url = next((one for one in said if isinstance(one, str) and one), _UPLOADS)
    try:
        host = urlsplit(url).hostname
    except ValueError:
        return set()
    if not host or not url.startswith("https:"):
        return set()
    # What is left without the address itself, which may be how another, an index's, begins.
    whole = re.escape(url) + r"(?![^\s\"',])"
    texts = _texts(line, environ, configured)
    named = any(text is None or host in re.sub(whole, "", text).lower() for text in texts)
    return set() if named else {host}


def _texts(line: Line | None, environ: Mapping[str, str], configured: Mapping[str, object]) -> list[str | None]:
    """Everything that may name an index, as text; None for a file that cannot be read, and may name any host."""
    from ..config import files
    from . import uv_files

    variables = [name for name in environ if name.startswith("UV_") and name not in _VARIABLES]
    found: list[str | None] = [repr(configured), *(environ[name] for name in variables)]
    if line is None:
        return found
    found.append(" ".join(line.command))
    here = line.directory(environ)
    paths = [os.path.join(here, one.partition("=")[2] or one) for one in line.command[len(line.start) :]]
    paths += [line.named_file(environ) or "", *uv_files.beyond_the_project(environ)]
    for folder in uv_files.upward(line.project(environ) or here):
        paths += [os.path.join(folder, name) for name in ("pyproject.toml", "uv.toml", "uv.lock")]
    for path in filter(os.path.isfile, dict.fromkeys(paths)):
        data = files.read(path)[0]
        found.append(None if data is None else data.decode("utf-8", "replace"))
    return found
