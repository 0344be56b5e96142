"""What the patches are made of, and that each decides as :mod:`pep786.preference` does."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pep786 import preference
from pep786.index import pattern
from pep786.patching import mailbox
from tests.environments import CHECKOUT

from . import vectors
from .source import ALL, PATCHES, TOOLS, Patch, hunks, new_file, new_module

LINEHAUL = ("linehaul-1.0.3", "linehaul-cloud-function-273861b")
SNIPPET = "terraform/warehouse/vcl/no_analytics.snippet.vcl"

#: What decides in each patch; that for devpi-server needs httpx, and is in test_devpi.
DECIDING = {
    "pypiserver-2.4.2": "pypiserver/analytics.py",
    "warehouse-6b62157": "warehouse/utils/analytics.py",
    "linehaul-1.0.3": "linehaul/privacy.py",
}

modern = pytest.mark.skipif(sys.version_info < (3, 10), reason="linehaul needs Python 3.11")


@pytest.mark.parametrize("tool", TOOLS)
def test_the_series_lists_every_patch(tool: str) -> None:
    listed = {patch.path.name for patch in ALL if patch.tool == tool}
    assert listed == {path.name for path in (PATCHES / tool).glob("*.patch")}


@pytest.mark.parametrize("patch", ALL, ids=str)
def test_a_patch_is_a_mail(patch: Patch) -> None:
    text = patch.path.read_text(encoding="utf-8")
    assert text.startswith(f"From {'0' * 40} Mon Sep 17 00:00:00 2001\nFrom: The pep786 maintainers <")
    assert re.search(r"^Subject: \[PATCH\] [A-Z].{20,62}\n\n", text, re.MULTILINE)
    assert patch.serves.startswith(patch.path.stem.rpartition("-")[2])
    assert all(part.text.count("\n@@ ") for part in mailbox.read(str(patch.path)))


@pytest.mark.parametrize("patch", [patch for patch in ALL if patch.added_only], ids=str)
def test_a_patch_for_a_commit_holds_nothing_of_upstream(patch: Patch) -> None:
    """No context, no removed line, and nothing after a hunk's header."""
    for part in mailbox.read(str(patch.path)):
        for hunk in hunks(part.text):
            assert hunk.removed == 0, hunk.header
            assert hunk.rest == "", hunk.header
            assert hunk.added == len(hunk.lines), hunk.header
            assert all(line.startswith("+") for line in hunk.lines), hunk.header


def test_both_patches_for_linehaul_decide_alike() -> None:
    library, function = (new_file(stem, "linehaul/privacy.py") for stem in LINEHAUL)
    assert library == function


def _deciding(stem: str) -> Any:
    return pytest.param(stem, marks=[modern] if stem.startswith("linehaul") else [])


@pytest.fixture(scope="module", params=[_deciding(stem) for stem in DECIDING])
def deciding(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The module of a patch that decides."""
    return new_module(request.param, DECIDING[request.param], tmp_path_factory.mktemp("module"))


def decision(module: Any, prefer: str | None, user_agent: str | None) -> bool:
    """What the module of a patch says; linehaul's sees a User-Agent only, which it always has."""
    if hasattr(module, "opted_out"):
        return bool(module.opted_out(prefer, user_agent))
    return preference.opted_out(prefer) or bool(module.has_comment(user_agent or ""))


@pytest.mark.parametrize("vector", vectors.ALL, ids=str)
def test_vectors(deciding: Any, vector: vectors.Vector) -> None:
    prefer = ",".join(vector.prefer) if vector.prefer else None
    assert decision(deciding, prefer, vector.user_agent) is vector.opted_out


FIELD = st.lists(
    st.sampled_from(
        [*',"\\=; \t\r\n\x0b\xa0\u017fa()', "no-analytics", "No-ANALYTICS", "(no-analytics)", "no-analytic"]
    ),
    max_size=12,
).map("".join)


@pytest.mark.property
@settings(max_examples=500, deadline=None)
@given(prefer=st.none() | FIELD, user_agent=st.none() | FIELD)
def test_decides_as_the_library_does(deciding: Any, prefer: str | None, user_agent: str | None) -> None:
    assert decision(deciding, prefer, user_agent) is preference.opted_out(prefer, user_agent)


@pytest.mark.property
@settings(max_examples=500, deadline=None)
@given(user_agent=FIELD)
def test_without_comment_leaves_none(deciding: Any, user_agent: str) -> None:
    stripped = deciding.without_comment(user_agent)
    assert preference.opted_out(None, stripped) is False
    if not preference.opted_out(None, user_agent):
        assert stripped == user_agent


def test_the_edge_decides_by_the_one_pattern() -> None:
    """The snippet for infra has the texts that ``pep786 index rules`` is made of."""
    snippet = new_file("infra-6b72241", SNIPPET)
    assert f'if (req.http.Prefer ~ "{pattern.PREFER}") {{' in snippet
    assert f'if (req.http.Warehouse-User-Agent ~ "{pattern.USER_AGENT}") {{' in snippet
    assert f'if (req.http.User-Agent ~ "^[\\s\\S]{{{pattern.GUARD}}}|{pattern.USER_AGENT}") {{' in snippet
    taken_off = re.findall(r'req\.http\.User-Agent = regsub\(req\.http\.User-Agent, "(.+)", "\\1\\2"\);', snippet)
    assert taken_off == [pattern.TAKE_OFF_LAST, pattern.TAKE_OFF_FIRST]


def test_the_rules_for_fastly_have_the_pattern_too() -> None:
    command = [sys.executable, "-m", "pep786", "index", "rules", "fastly"]
    rules = subprocess.run(command, check=True, capture_output=True, text=True, cwd=CHECKOUT).stdout
    assert pattern.PREFER in rules
    assert pattern.USER_AGENT in rules
