"""What to ask an index for: a project of its own, one of its files, and the other things that clients fetch."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit

from .asking import UnusableIndexError, joined, without_credentials

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from .asking import Answer, Visitor

HTML = ("Accept", "application/vnd.pypi.simple.v1+html, text/html;q=0.9")
JSON = ("Accept", "application/vnd.pypi.simple.v1+json")
PART = ("Range", "bytes=0-99")

_TRIED = 5  # projects of a list, until one has a file
_HOPS = 5
_REDIRECTS = (301, 302, 303, 307, 308)
_FILE_NAME = re.compile(r"\.(?:whl|tar\.gz|zip|tar\.bz2|egg|tgz)$")
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_JSON_NAME = re.compile(r'"name"\s*:\s*"([^"\\]+)"')
#: Allowed by PEP 503, and nobody's.
_NOBODY = "pep786-index-check-nobody-has-this-name"


class Request(NamedTuple):
    """One request, without the preference."""

    url: str
    fields: tuple[tuple[str, str], ...] = ()
    method: str = "GET"


class Found(NamedTuple):
    """What an index has to ask for: requests by what they are for, none where it has nothing of the kind.

    project  the normalised name.
    page     the project's page, file  one of its files, after its redirects.
    asking   the requests of each kind; why  says of a kind without any what is missing.
    """

    project: str
    page: Request
    file: Request
    asking: dict[str, tuple[Request, ...]]
    why: dict[str, str]


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[dict[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found.append({name: value or "" for name, value in attrs})


def find(visitor: Visitor, project: str | None) -> Found:
    """Look around in an index, with a dozen requests. Raises :class:`UnusableIndexError`.

    project  whose page to ask for; without one, the first of the project list that has a file.
    """
    if project is not None and not _NAME.fullmatch(project):
        raise UnusableIndexError(f"{project}: expected the name of a project")
    answer = None
    for name in [_normalised(project)] if project else _projects(visitor):
        page = Request(f"{visitor.base}{quote(name)}/", (HTML,))
        answer = visitor.ask(page.url, page.fields)
        link = _file_link(answer, page.url)
        if link:
            return _found(visitor, name, page, link)
    if project and answer:
        what = "no page with a file" if answer.status == 200 else _status(answer)
        raise UnusableIndexError(f"{without_credentials(visitor.base)} has no file of {project} to ask for: {what}")
    raise UnusableIndexError("the project list leads to no file; name a project with --project")


def _normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()  # PEP 503


def _projects(visitor: Visitor) -> list[str]:
    """The first names of the project list; of a long one only its beginning is read."""
    answer = visitor.ask(visitor.base, (HTML,))
    shown = without_credentials(visitor.base)
    if answer.status != 200:
        raise UnusableIndexError(f"{shown} gives no project list ({_status(answer)}); --project names a project")
    text = answer.body.decode("utf-8", "replace")
    if "json" in (answer.value("content-type") or ""):
        links = _JSON_NAME.findall(text)
    else:
        targets = (joined(visitor.base, link.get("href", "")) or "" for link in _links(text))
        links = [unquote(urlsplit(target).path.rstrip("/").rpartition("/")[2]) for target in targets]
    names = [_normalised(link) for link in links if _NAME.fullmatch(link)]
    if not names:
        raise UnusableIndexError(f"{shown} is no project list: expected links to projects; --project names one")
    return list(dict.fromkeys(names))[:_TRIED]


def _links(text: str) -> list[dict[str, str]]:
    parser = _Links()
    with suppress(AssertionError, NotImplementedError):  # a declaration that is none, such as "<![["
        parser.feed(text)
    return parser.found


def _file_link(answer: Answer, url: str) -> tuple[str, bool] | None:
    """A file that the page offers, as an absolute URL, and whether its metadata is there; rather one that has."""
    if answer.status != 200:
        return None
    offered = list(_offered(answer, url))
    return max(offered, key=lambda file: file[1], default=None)


def _offered(answer: Answer, url: str) -> Iterator[tuple[str, bool]]:
    text = answer.body.decode("utf-8", "replace")
    if "json" in (answer.value("content-type") or ""):  # asked for HTML, and has none
        try:
            files = [(file["url"], bool(file.get("core-metadata"))) for file in json.loads(text)["files"]]
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return
    else:
        files = [
            (link.get("href", ""), "data-core-metadata" in link or "data-dist-info-metadata" in link)
            for link in _links(text)
        ]
    for link, metadata in files:
        target = joined(url, link) if isinstance(link, str) else None
        if target and _FILE_NAME.search(urlsplit(target).path):
            yield target, metadata


def _found(visitor: Visitor, name: str, page: Request, link: tuple[str, bool]) -> Found:
    asking: dict[str, tuple[Request, ...]] = {}
    why: dict[str, str] = {}
    redirects: list[Request] = []
    file = _after_redirects(visitor, link[0], redirects)
    asking["page in HTML"] = (page,)
    as_json = Request(page.url, (JSON,))
    answer = visitor.ask(as_json.url, as_json.fields)
    if answer.status == 200 and "json" in (answer.value("content-type") or ""):
        asking["page in JSON"] = (as_json,)
    why["page in JSON"] = "the index has none"
    if link[1]:
        asking["metadata file"] = (Request(_after_redirects(visitor, f"{link[0]}.metadata", [])),)
    why["metadata file"] = "the page offers none"
    head = visitor.ask(file, method="HEAD")
    if visitor.ask(file).whole:
        asking["file"] = (Request(file),)
    why["file"] = "larger than this check reads: asked for in parts"
    asking["part of a file"] = (Request(file, (PART,)), Request(file, (("Range", "bytes=-100"),)))
    asking["HEAD"] = (page._replace(method="HEAD"), Request(file, method="HEAD"))
    asking["unchanged page or file"] = _conditional(visitor, page, Request(file, method="HEAD"), head)
    why["unchanged page or file"] = "the index gives neither ETag nor Last-Modified"
    beside = urlsplit(file)._replace(path=f"{urlsplit(file).path.rpartition('/')[0]}/{_NOBODY}-1.0.tar.gz", query="")
    asking["missing page or file"] = (Request(f"{visitor.base}{_NOBODY}/", (HTML,)), Request(beside.geturl()))
    asking["redirect"] = (*_page_redirects(visitor, name), *redirects)
    why["redirect"] = "the index has none"
    return Found(name, page, Request(file), asking, why)


def _after_redirects(visitor: Visitor, url: str, seen: list[Request]) -> str:
    """Where a file is in the end; the requests that were redirected are put into seen."""
    for _ in range(_HOPS):
        answer = visitor.ask(url, method="HEAD")
        if answer.status >= 400:  # some storages refuse HEAD
            answer = visitor.ask(url, cap=0)
        target = joined(url, answer.value("location") or "") if answer.status in _REDIRECTS else None
        if target is None:
            return url
        seen.append(Request(url))
        url = target
    raise UnusableIndexError(f"{without_credentials(url)}: redirected more than {_HOPS} times")


def _conditional(visitor: Visitor, page: Request, file: Request, head: Answer) -> tuple[Request, ...]:
    requests = []
    for request, answer in ((page, visitor.ask(page.url, page.fields)), (file, head)):
        etag, modified = answer.value("etag"), answer.value("last-modified")
        if etag:
            requests.append(request._replace(fields=(*request.fields, ("If-None-Match", etag))))
        elif modified:
            requests.append(request._replace(fields=(*request.fields, ("If-Modified-Since", modified))))
    return tuple(requests)


def _page_redirects(visitor: Visitor, name: str) -> tuple[Request, ...]:
    """The project's page by a name that is not its normalised one: the first that leads elsewhere."""
    for written in (name, f"{name.upper()}/"):
        request = Request(f"{visitor.base}{quote(written)}", (HTML,))
        if visitor.ask(request.url, request.fields).status in _REDIRECTS:
            return (request,)
    return ()


def _status(answer: Answer) -> str:
    return f"it answers {answer.status}" if answer.status else answer.fault
