"""What the loopback index answers with: its pages in HTML (PEP 503) and JSON (PEP 691), and the older JSON API."""

from __future__ import annotations

import hashlib
import json
import re
from html import escape

from .distributions import REQUIRES_PYTHON

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterable

    from .distributions import Distribution

JSON = "application/vnd.pypi.simple.v1+json"
HTML = "application/vnd.pypi.simple.v1+html"

#: The serial of every project and page, for those who mirror.
SERIAL = 1

_UPLOADED = "2020-01-01T00:00:00.000000Z"  # old enough for every ``--exclude-newer``


def media_type(accept: Iterable[str]) -> str:
    """The media type asked for most (RFC 9110, 12.5.1), HTML where none of ours is (PEP 691 lets us choose)."""
    best, best_weight = "text/html", 0.0
    for item in ",".join(accept).lower().split(","):
        asked, _, parameters = item.strip().partition(";")
        asked = asked.strip().replace(".latest+", ".v1+")
        weight = re.search(r"q\s*=\s*([01](?:\.[0-9]*)?)", parameters)
        value = float(weight[1]) if weight else 1.0
        if asked in (JSON, HTML, "text/html") and value > best_weight:
            best, best_weight = asked, value
    return best


def html_page(name: str, offered: list[Distribution], *, metadata: bool) -> str:
    """PEP 503, with the attributes of PEP 658 and of PEP 714."""
    if name:
        links = []
        for file in offered:
            link = f'<a href="/files/{file.filename}#sha256={file.sha256}"'
            link += f' data-requires-python="{escape(REQUIRES_PYTHON)}"'
            if metadata and file.metadata is not None:
                digest = hashlib.sha256(file.metadata).hexdigest()
                link += f' data-dist-info-metadata="sha256={digest}" data-core-metadata="sha256={digest}"'
            links.append(f"{link}>{file.filename}</a><br>\n")
    else:
        links = [f'<a href="/simple/{project}/">{project}</a><br>\n' for project in _projects(offered)]
    head = '<meta name="pypi:repository-version" content="1.1"><title>Links</title>'
    return f"<!DOCTYPE html>\n<html><head>{head}</head><body>\n{''.join(links)}</body></html>\n"


def json_page(name: str, offered: list[Distribution], *, metadata: bool) -> str:
    """PEP 691 in the version of PEP 700, with the key of PEP 714."""
    page: dict[str, Any] = {"meta": {"api-version": "1.1"}}
    if not name:
        return json.dumps(
            {**page, "projects": [{"name": project, "_last-serial": SERIAL} for project in _projects(offered)]}
        )
    files = []
    for file in offered:
        entry: dict[str, Any] = {
            "filename": file.filename,
            "url": f"/files/{file.filename}",
            "hashes": {"sha256": file.sha256},
            "requires-python": REQUIRES_PYTHON,
            "size": len(file.data),
            "upload-time": _UPLOADED,
        }
        if metadata and file.metadata is not None:
            # Not dist-info-metadata too, over which pip 22.3 to 23.0 stumble: what PEP 714 is about.
            entry["core-metadata"] = {"sha256": hashlib.sha256(file.metadata).hexdigest()}
        files.append(entry)
    return json.dumps({**page, "name": name, "versions": sorted({file.version for file in offered}), "files": files})


def _projects(offered: list[Distribution]) -> list[str]:
    return sorted({file.name for file in offered})


def project_json(origin: str, offered: list[Distribution]) -> str:
    """A project in the older JSON API (``/pypi/NAME/json``), with links that begin with origin."""
    releases: dict[str, list[dict[str, Any]]] = {}
    for file in offered:
        entry = {
            "filename": file.filename,
            "url": f"{origin}/packages/{file.filename}",
            "digests": {"sha256": file.sha256, "md5": hashlib.md5(file.data).hexdigest()},  # noqa: S324  as asked
            "packagetype": "sdist" if file.metadata is None else "bdist_wheel",
            "python_version": "source" if file.metadata is None else "py3",
            "requires_python": REQUIRES_PYTHON,
            "size": len(file.data),
            "upload_time": _UPLOADED[:19],
            "upload_time_iso_8601": _UPLOADED,
            "yanked": False,
        }
        releases.setdefault(file.version, []).append(entry)
    newest = max(releases)
    info = {"name": offered[0].name, "version": newest, "requires_python": REQUIRES_PYTHON}
    return json.dumps({"info": info, "last_serial": SERIAL, "releases": releases, "urls": releases[newest]})
