"""The released linehaul, as it is and with the patch: which lines of a log it takes for events."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.environments import install

from .source import own_tests, unpacked
from .wire import OTHERS, USER_AGENT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.real,
    pytest.mark.xdist_group("patched-linehaul"),
    pytest.mark.skipif(sys.version_info < (3, 11), reason="linehaul needs Python 3.11"),
]

_TIME = "Thu, 07 Jan 2021 20:54:54 GMT"
_SIMPLE = f"|{_TIME}|US|/simple/demo/|TLSv1.3|AES256-GCM||||"
_NO_TLS = f"|{_TIME}|US|/simple/demo/|(null)|(null)||||"
_DOWNLOAD = f"|{_TIME}|US|/packages/ab/cd/{'e' * 60}/demo-1.0.tar.gz|TLSv1.3|AES256-GCM|demo|1.0|sdist|"

#: Lines of who opted out, of an edge that knows it, and of one that does not.
TYPED = [f"{kind}-private{rest}{USER_AGENT}" for kind, rest in (("simple", _SIMPLE), ("download", _DOWNLOAD))]
TYPED += [f"simple-private{_NO_TLS}{USER_AGENT}", f"download-private|{_TIME}", "simple-private|"]
SUFFIXED = [f"{kind}{rest}{USER_AGENT} (no-analytics)" for kind, rest in (("simple", _SIMPLE), ("download", _DOWNLOAD))]
SHARED = [f"simple{_SIMPLE}{dict(fields)['User-Agent']}" for fields in OTHERS.values()]

_PARSE = """\
import json, sys
from linehaul.events.parser import parse
for line in json.load(sys.stdin):
    try:
        event = parse(line)
        installer = event.details and event.details.installer
        print(json.dumps([event.project, installer and installer.name]))
    except Exception as fault:
        print(json.dumps([type(fault).__name__, line in str(fault) or "demo" in str(fault)]))
"""


@pytest.fixture(scope="module", params=[True, False], ids=["patched", "released"])
def tree(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bool]:
    """The source of linehaul 1.0.3, and whether it is patched."""
    return unpacked("linehaul", "1.0.3", tmp_path_factory.mktemp("source"), patched=request.param), request.param


def parsed(root: Path, lines: list[str]) -> list[Any]:
    """For each line its project and installer, or the name of the exception and whether that shows the line."""
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(root), install("linehaul==1.0.3")])}
    command = [sys.executable, "-W", "ignore", "-c", _PARSE]
    done = subprocess.run(command, check=True, capture_output=True, text=True, input=json.dumps(lines), env=environ)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_new_record_types_fail_closed_in_either_order(tree: tuple[Path, bool]) -> None:
    """T13: a linehaul that has never heard of them does not take them for events."""
    root, patched = tree
    faults = parsed(root, TYPED)
    if patched:
        assert faults == [["PrivateEvent", False]] * len(TYPED)
    else:
        assert {fault for fault, _ in faults} <= {"UnparseableEvent", "ClassValidationError"}


def test_the_comment_opts_out(tree: tuple[Path, bool]) -> None:
    """What the patch is for: as released, such a line is an event, without its details."""
    root, patched = tree
    assert parsed(root, SUFFIXED) == [["PrivateEvent", False] if patched else ["demo", None]] * 2


def test_other_lines_are_parsed_as_ever(tree: tuple[Path, bool]) -> None:
    assert parsed(tree[0], SHARED) == [["demo", "pip"]] * 3 + [["demo", None]] + [["demo", "pip"]]


def test_own_tests(tree: tuple[Path, bool]) -> None:
    root, patched = tree
    if patched:
        own_tests(root, "tests/unit/test_privacy.py", [install("linehaul==1.0.3")])
