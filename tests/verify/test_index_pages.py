"""What the index of ``pep786 verify`` answers: pages (PEP 503, 691) and files (RFC 9110)."""

from __future__ import annotations

import hashlib
import json

import pytest

from pep786.verify.distributions import demo_distributions
from pep786.verify.index import Index
from tests.verify.asking import DATA, HTML, JSON, WHEEL, ask


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        pytest.param("", "text/html", id="nothing said"),
        pytest.param("*/*", "text/html", id="anything"),
        pytest.param("image/png", "text/html", id="nothing of ours"),
        pytest.param("text/html", "text/html", id="an old pip"),
        pytest.param(f"{JSON}, {HTML}; q=0.1, text/html; q=0.01", JSON, id="a new pip"),
        pytest.param(f"text/html;q=0.01,{HTML};q=0.2,{JSON};q=0.1", HTML, id="weights and not order"),
        pytest.param(f"{JSON};q=0, {HTML}", HTML, id="a weight of nought is a refusal"),
        pytest.param("application/vnd.pypi.simple.latest+json", JSON, id="the latest version"),
    ],
)
def test_page_comes_in_the_media_type_asked_for_most(index: Index, accept: str, expected: str) -> None:
    reply = ask(index, "/simple/demo-wheel/", **({"Accept": accept} if accept else {}))
    assert (reply.status, reply.headers["Content-Type"], reply.headers["Vary"]) == (200, expected, "Accept")
    assert reply.headers["Cache-Control"] == "no-cache, max-age=0"


def test_html_page_links_files_with_hash_python_and_metadata(index: Index) -> None:
    page = ask(index, "/simple/demo-wheel/").body.decode()
    assert f'href="/files/{WHEEL}#sha256={hashlib.sha256(DATA).hexdigest()}"' in page
    assert 'data-requires-python="&gt;=3.6"' in page
    digest = hashlib.sha256(ask(index, f"/stored/{WHEEL}.metadata").body).hexdigest()
    assert f'data-dist-info-metadata="sha256={digest}"' in page
    assert f'data-core-metadata="sha256={digest}"' in page
    assert "metadata" not in ask(index, "/simple/demo-sdist/").body.decode()


def test_json_page_lists_files_with_hash_python_size_and_metadata(index: Index) -> None:
    page = json.loads(ask(index, "/simple/demo-wheel/", Accept=JSON).body)
    assert (page["meta"], page["name"], page["versions"]) == ({"api-version": "1.1"}, "demo-wheel", ["0.9", "1.0"])
    file = next(file for file in page["files"] if file["filename"] == WHEEL)
    assert file["url"] == f"/files/{WHEEL}"
    assert file["hashes"] == {"sha256": hashlib.sha256(DATA).hexdigest()}
    assert (file["requires-python"], file["size"]) == (">=3.6", len(DATA))
    metadata = ask(index, f"/stored/{WHEEL}.metadata").body
    assert file["core-metadata"] == {"sha256": hashlib.sha256(metadata).hexdigest()}
    assert "dist-info-metadata" not in file  # PEP 714: pip 22.3 to 23.0 fail over it


def test_root_page_lists_every_project(index: Index) -> None:
    names = {file.name for file in demo_distributions()}
    assert {project["name"] for project in json.loads(ask(index, "/simple/", Accept=JSON).body)["projects"]} == names
    page = ask(index, "/simple/").body.decode()
    assert all(f'href="/simple/{name}/"' in page for name in names)


@pytest.mark.parametrize(
    ("path", "location"),
    [
        pytest.param("/simple", "/simple/", id="root without its slash"),
        pytest.param("/simple/demo-wheel", "/simple/demo-wheel/", id="project without its slash"),
        pytest.param("/simple/Demo_.Wheel/", "/simple/demo-wheel/", id="name not normalised"),
        pytest.param("/auth/simple/Demo_Wheel", "/auth/simple/demo-wheel/", id="behind a login"),
        pytest.param("/redirected/simple/demo-wheel/", "http://{second}/simple/demo-wheel/", id="to another host"),
        pytest.param("/redirected/simple/", "http://{second}/simple/", id="root to another host"),
        pytest.param(f"/files/{WHEEL}", f"http://{{second}}/stored/{WHEEL}", id="file"),
        pytest.param(f"/files/{WHEEL}.metadata", f"http://{{second}}/stored/{WHEEL}.metadata", id="metadata file"),
    ],
)
def test_redirects(index: Index, path: str, location: str) -> None:
    reply = ask(index, path, Authorization="Basic Zm9vOmJhcg==")
    assert reply.headers["Location"] == location.format(second=index.second_host)
    assert reply.status in (301, 302)


@pytest.mark.parametrize(
    "path",
    ["/", "/simple/unknown/", "/files/unknown.whl", "/stored/demo_sdist-1.0.tar.gz.metadata", "/stored/../x", "/%00"],
)
def test_everything_else_is_not_found(index: Index, path: str) -> None:
    reply = ask(index, path)
    assert (reply.status, reply.body) == (404, b"404 Not Found\n")


def test_login_is_asked_for_until_one_is_sent(index: Index) -> None:
    refused = ask(index, "/auth/simple/demo-wheel/")
    assert (refused.status, refused.headers["WWW-Authenticate"]) == (401, 'Basic realm="pep786"')
    assert ask(index, "/auth/simple/demo-wheel/", Authorization="Basic Zm9vOmJhcg==").status == 200


@pytest.mark.parametrize("area", ["stored", "direct"])
def test_file_is_served_whole(index: Index, area: str) -> None:
    reply = ask(index, f"/{area}/{WHEEL}")
    assert (reply.status, reply.body, reply.headers["Accept-Ranges"]) == (200, DATA, "bytes")
    assert reply.headers["Content-Length"] == str(len(DATA))
    assert reply.headers["Content-Type"] == "application/octet-stream"


def test_links_can_lead_straight_to_the_file() -> None:
    with Index(redirect_files=False) as index:
        assert ask(index, f"/files/{WHEEL}").body == DATA


def test_metadata_can_be_left_out() -> None:
    with Index(metadata=False) as index:
        assert ask(index, f"/stored/{WHEEL}.metadata").status == 404
        assert b"metadata" not in ask(index, "/simple/demo-wheel/").body
        assert b"metadata" not in ask(index, "/simple/demo-wheel/", Accept=JSON).body


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        pytest.param("bytes=0-9", 0, 9, id="the first ten"),
        pytest.param("bytes=10-", 10, len(DATA) - 1, id="from ten on"),
        pytest.param("bytes=-10", len(DATA) - 10, len(DATA) - 1, id="the last ten"),
        pytest.param("bytes=5-999999", 5, len(DATA) - 1, id="beyond the end"),
        pytest.param("bytes=-999999", 0, len(DATA) - 1, id="more than there is"),
    ],
)
def test_range_gives_the_part(index: Index, asked: str, first: int, last: int) -> None:
    reply = ask(index, f"/stored/{WHEEL}", Range=asked)
    assert (reply.status, reply.body) == (206, DATA[first : last + 1])
    assert reply.headers["Content-Range"] == f"bytes {first}-{last}/{len(DATA)}"


@pytest.mark.parametrize("asked", ["bytes=999999-", "bytes=-0"])
def test_range_outside_the_file_is_refused(index: Index, asked: str) -> None:
    reply = ask(index, f"/stored/{WHEEL}", Range=asked)
    assert (reply.status, reply.headers["Content-Range"]) == (416, f"bytes */{len(DATA)}")


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Range": "bytes=0-1,4-5"}, id="several ranges"),
        pytest.param({"Range": "bytes=-"}, id="no range"),
        pytest.param({"Range": "bytes=9-3"}, id="backwards"),
        pytest.param({"Range": "lines=0-1"}, id="another unit"),
        pytest.param({"Range": "bytes=0-1", "If-Range": '"old"'}, id="of another version"),
    ],
)
def test_range_is_ignored(index: Index, headers: dict[str, str]) -> None:
    reply = ask(index, f"/stored/{WHEEL}", **headers)
    assert (reply.status, reply.body) == (200, DATA)


@pytest.mark.parametrize("path", ["/simple/demo-wheel/", f"/stored/{WHEEL}", f"/stored/{WHEEL}.metadata"])
def test_nothing_changed_is_said_without_a_body(index: Index, path: str) -> None:
    etag = ask(index, path).headers["ETag"]
    for known in (etag, f"W/{etag}", f'"old", {etag}', "*"):
        reply = ask(index, path, If_None_Match=known)
        assert (reply.status, reply.body, reply.headers["ETag"]) == (304, b"", etag)
    assert ask(index, path, If_None_Match='"old"').status == 200


@pytest.mark.parametrize("path", ["/simple/demo-wheel/", f"/files/{WHEEL}", f"/stored/{WHEEL}", "/unknown"])
def test_head_is_get_without_the_body(index: Index, path: str) -> None:
    whole, head = ask(index, path), ask(index, path, "HEAD")
    assert (head.status, head.body) == (whole.status, b"")
    assert dict(head.headers, Date="") == dict(whole.headers, Date="")
