"""The older JSON API and the serials, for mirrors."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.verify.asking import DATA, JSON, WHEEL, ask

if TYPE_CHECKING:
    from pep786.verify.index import Index


def test_a_project_has_every_file_under_its_version(index: Index) -> None:
    reply = ask(index, "/pypi/demo_wheel/json")
    document = json.loads(reply.body)
    assert (document["info"]["name"], document["info"]["version"]) == ("demo-wheel", "1.0")
    assert {version: [file["filename"] for file in files] for version, files in document["releases"].items()} == {
        "0.9": ["demo_wheel-0.9-py3-none-any.whl"],
        "1.0": [WHEEL],
    }
    assert document["urls"] == document["releases"]["1.0"]
    assert (reply.headers["X-PyPI-Last-Serial"], document["last_serial"]) == ("1", 1)
    assert [request.kind for request in index.received] == ["page"]


def test_its_links_lead_to_the_files_by_way_of_another_host(index: Index) -> None:
    (file,) = json.loads(ask(index, "/pypi/demo-wheel/json").body)["urls"]
    path = file["url"][len(index.url("")) :]
    reply = ask(index, path)
    assert (reply.status, reply.headers["Location"]) == (302, f"http://{index.second_host}/stored/{WHEEL}")
    assert ask(index, f"/stored/{WHEEL}").body == DATA
    assert [request.kind for request in index.received] == ["page", "file", "file"]


def test_a_redirected_project_leads_to_the_other_host(index: Index) -> None:
    reply = ask(index, "/redirected/pypi/demo-wheel/json")
    assert (reply.status, reply.headers["Location"]) == (302, f"http://{index.second_host}/pypi/demo-wheel/json")


@pytest.mark.parametrize("path", ["/pypi/no-such-project/json", "/pypi/demo-wheel/xml", "/pypi//json"])
def test_what_is_not_there_is_not_found(path: str, index: Index) -> None:
    assert ask(index, path).status == 404


def test_the_list_of_projects_has_serials(index: Index) -> None:
    projects = json.loads(ask(index, "/simple/", Accept=JSON).body)["projects"]
    assert {project["_last-serial"] for project in projects} == {1}
