"""Pyramid's includeme, in a released Pyramid: what views and other tweens see."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any

import pytest

from tests.environments import CHECKOUT
from tests.index.middleware.servers import interpreter

pytestmark = pytest.mark.real

#: Prints what the application told of each request, and how it answered.
_PROGRAM = """
import json, logging, sys
from paste.translogger import TransLogger
from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response
from pep786.index import NoAnalyticsFilter, WSGIMiddleware

options = json.loads(sys.argv[1])
told = []

def tell(who, request):
    told.append([who, request.no_analytics, request.headers.get("Prefer"), request.user_agent])

def spy(handler, registry):
    def tween(request):
        tell("tween", request)
        return handler(request)
    return tween

def view(request):
    tell("view", request)
    return Response("page")

def asking(request):
    within = Request.blank("/simple/", headers=options["within"])
    request.invoke_subrequest(within, use_tweens=True)
    return view(request)

def missing(request):
    tell("missing", request)
    return Response("none", status=404)

with Configurator() as config:
    if options["include"]:
        config.include("pep786.index.pyramid")
    else:
        from pep786.index.pyramid import no_analytics
        config.add_request_method(no_analytics, property=True)
    config.add_tween("__main__.spy")
    config.add_route("page", "/simple/")
    config.add_view(view, route_name="page")
    config.add_route("asking", "/asking/")
    config.add_view(asking, route_name="asking")
    config.add_notfound_view(missing)
    app = config.make_wsgi_app()
if options["wrapped"]:
    app = WSGIMiddleware(app)
shared = []

class Shared(logging.Handler):
    def emit(self, record):
        shared.append(record.getMessage().split()[6])

access = logging.getLogger("access")
access.setLevel(logging.INFO)
access.propagate = False
access.addHandler(Shared())
access.handlers[0].addFilter(NoAnalyticsFilter())
app = TransLogger(app, access)
answers = []
for path, headers in options["requests"]:
    answer = Request.blank(path, headers=headers).get_response(app)
    answers.append([answer.status, answer.headerlist, answer.text])
print(json.dumps([told, answers, shared]))
"""


def run(
    requests: list[tuple[str, dict[str, str]]],
    *,
    include: bool = True,
    wrapped: bool = False,
    within: dict[str, str] | None = None,
) -> Any:
    """What was told, answered and shared in a Pyramid application with the boundary in it, around it, or both.

    within  the headers of the request that /asking/ makes in the process.
    """
    options = json.dumps({"requests": requests, "include": include, "wrapped": wrapped, "within": within or {}})
    environ = {**os.environ, "PYTHONPATH": str(CHECKOUT), "PYTHONWARNINGS": "ignore"}
    command = [interpreter(), "-c", _PROGRAM, options]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environ)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(("include", "wrapped"), [(True, False), (True, True), (False, True)])
def test_views_and_tweens_see_the_flag_only(include: bool, wrapped: bool) -> None:
    """A tween added after the boundary is still inside of it; a page that is not there is told of, too."""
    signals: list[dict[str, str]] = [
        {"Prefer": "wait=1, no-analytics", "User-Agent": "pip/26.3"},
        {"Prefer": "wait=1", "User-Agent": "pip/26.3 (no-analytics)"},
        {"Prefer": "wait=1", "User-Agent": "pip/26.3"},
    ]
    requests = [(path, signal) for path in ("/simple/", "/nowhere/") for signal in signals]
    told, answers, _ = run(requests, include=include, wrapped=wrapped)
    flags = [True, True, False]
    assert told == [
        [who, flag, "wait=1", "pip/26.3"] for view in ("view", "missing") for flag in flags for who in ("tween", view)
    ]
    for at in (0, 3):
        assert answers[at] == answers[at + 1] == answers[at + 2]
    assert not {name.lower() for _, headers, _ in answers for name, _ in headers} & {"vary", "preference-applied"}


def test_without_the_boundary_a_request_counts_as_opted_out() -> None:
    told, *_ = run([("/simple/", {})], include=False)
    assert {flag for _, flag, *_ in told} == {True}


@pytest.mark.parametrize(("include", "wrapped"), [(True, False), (True, True)])
@pytest.mark.parametrize(("own", "within"), [(True, False), (False, True), (False, False)])
def test_the_log_has_the_flag_of_the_request_that_came_in(
    include: bool, wrapped: bool, own: bool, within: bool
) -> None:
    """Not that of one which a view makes in the process; and it serves one line."""
    signal = {True: {"Prefer": "no-analytics"}, False: {}}
    told, _, shared = run([("/asking/", signal[own])], include=include, wrapped=wrapped, within=signal[within])
    assert [flag for who, flag, *_ in told if who == "view"] == [within, own]
    assert shared == ([] if own else ["/asking/"])
