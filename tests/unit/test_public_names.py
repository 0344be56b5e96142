"""The public surface is exactly what the design lists, and importing it loads nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest

import pep786
from pep786 import scope
from tests.environments import CHECKOUT


def test_the_public_names_are_these() -> None:
    assert set(dir(pep786)) == set(pep786.__all__)
    assert set(pep786.__all__) == {
        "Decision",
        "Setting",
        "build_headers",
        "preference",
        "resolve",
        "wants_analytics_opt_out",
    }
    for name in pep786.__all__:
        assert getattr(pep786, name) is not None


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="pep786"):
        getattr(pep786, "no_such_name")  # noqa: B009  mypy knows that there is none


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("import pep786", {"pep786", "__future__"}),
        (
            "import pep786; pep786.resolve('pip', environ={'PY_NO_ANALYTICS': '1'})",
            {"pep786", "pep786.decision", "pep786.preference", "pep786.resolver", "__future__"},
        ),
    ],
)
def test_what_is_imported(statement: str, expected: set[str]) -> None:
    code = f"import sys; before = set(sys.modules); {statement}; print(*set(sys.modules) - before)"
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path[:0] = [{str(CHECKOUT)!r}]; {code}"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert set(done.stdout.split()) == expected


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://Index.Example/simple/", "index.example"),
        ("http://user:p%40ss@index.example:8080/x?y#z", "index.example"),
        ("http://[::1]:80/simple/", "::1"),
        ("http://[FE80::1]/", "fe80::1"),
        ("http://[::1]]/", "::1"),
        ("https://index.example#x", "index.example"),
        ("https://INDEX.XX./", "index.xx"),
        ("https://index.example.", "index.example"),
        ("https://index.example?x=http://github.com/", "index.example"),
        ("file:///srv/wheels", ""),
        ("", ""),
    ],
)
def test_host_of(url: str, host: str) -> None:
    assert scope.host_of(url) == host


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("index.example", True),
        ("", True),
        ("localhost", True),
        ("github.com", False),
        ("codeload.github.com", False),
        ("raw.githubusercontent.com", False),
        ("notgithub.com", True),
        ("github.com.example", True),
        ("api.osv.dev", False),
        ("www.python.org", False),
        ("docs.python.org", True),
        ("downloads.python.org", False),
        ("releases.astral.sh", False),
        ("astral.sh", True),
        ("gitlab.com", False),
        ("bitbucket.org", False),
        ("codeberg.org", False),
        ("git.sr.ht", False),
        ("upload.pypi.org", False),
        ("pypi.org", True),
    ],
)
def test_d11_hosts_known_to_be_no_index(host: str, expected: bool) -> None:
    assert scope.may_be_index(host) is expected
