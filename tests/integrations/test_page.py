"""Each tool of docs/tool-authors.md, as it stands there, by the cases of ``pep786 verify``."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

import pep786
from pep786.verify.cases import Case, tried_on
from pep786.verify.index import Index
from tests.integrations import page

if TYPE_CHECKING:
    from pathlib import Path

#: What each tool needs from the registry, and what stands before its arguments.
TOOLS_OF_THE_PAGE: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "with_urllib.py": ((), ()),
    "with_requests.py": (("requests",), ()),
    "with_urllib3.py": (("urllib3",), ("download",)),
    "with_httpx.py": (("httpx", "click"), ()),
    "with_async_httpx.py": (("httpx",), ()),
    "with_aiohttp.py": (("aiohttp",), ()),
}
#: Those that are about a tool that builds nothing and keeps nothing.
CASES = [case for case in tried_on("tools") if not case.aspects & {"build", "cache"}]


def assert_passes(outcome: Any) -> None:
    assert outcome.verdict == "passed", outcome.reason


def test_every_program_of_the_page_is_run() -> None:
    run_elsewhere = {"ten_lines.py", "own_configuration.py", "vendored/__main__.py", "test_mytool.py"}
    assert set(page.PROGRAMS) == run_elsewhere | set(TOOLS_OF_THE_PAGE)
    assert page.PAGE.read_text(encoding="utf-8").count("```python") == len(page.PROGRAMS)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_clause_with_the_standard_library(case: Case, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    command = [sys.executable, str(page.write("with_urllib.py", tmp_path))]
    assert_passes(page.judge(monkeypatch, case, command, variables={"PYTHONPATH": page.libraries(())}))


@pytest.mark.real
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.parametrize("name", [name for name, (needed, _) in TOOLS_OF_THE_PAGE.items() if needed])
def test_clause(name: str, case: Case, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    if name == "with_aiohttp.py" and sys.version_info < (3, 9):
        pytest.skip("aiohttp 3.12 wants Python 3.9")
    needed, before = TOOLS_OF_THE_PAGE[name]
    command = [sys.executable, str(page.write(name, tmp_path))]
    variables = {"PYTHONPATH": page.libraries(needed)}
    assert_passes(page.judge(monkeypatch, case, command, before=before, variables=variables))


@pytest.mark.real
@pytest.mark.skipif(sys.version_info < (3, 11), reason="httpx2 wants Python 3.11")
@pytest.mark.parametrize("name", ["with_httpx.py", "with_async_httpx.py"])
def test_httpx2_takes_only_another_import(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    script = page.write(name, tmp_path)
    script.write_text(script.read_text().replace("import httpx\n", "import httpx2 as httpx\n"))
    variables = {"PYTHONPATH": page.libraries(("httpx2", "click"))}
    (redirected,) = (case for case in CASES if "redirects" in case.aspects)
    assert_passes(page.judge(monkeypatch, redirected, [sys.executable, str(script)], variables=variables))


@pytest.mark.parametrize(
    ("variables", "opted_out"), [({}, False), ({"PY_NO_ANALYTICS": "1"}, True), ({"PIP_NO_ANALYTICS": "0"}, True)]
)
def test_the_ten_lines(variables: dict[str, str], opted_out: bool, tmp_path: Path) -> None:
    with Index() as index:
        command = [
            sys.executable,
            str(page.write("ten_lines.py", tmp_path)),
            index.url("/redirected/simple/demo-wheel/"),
        ]
        environ = {**os.environ, "PYTHONPATH": page.libraries(()), **variables}
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=environ, cwd=tmp_path)
    assert "demo_wheel-1.0-py3-none-any.whl" in done.stdout
    assert len(index.received) == 2
    for request in index.received:
        assert request.prefer == (["no-analytics"] if opted_out else [])
        assert request.user_agent == ("mytool/1.0 (no-analytics)" if opted_out else "mytool/1.0")


@pytest.mark.parametrize(
    ("flag", "variable", "configured", "everybody", "expected"),
    [
        (None, "", None, False, (False, "default")),
        (None, "", True, False, (True, "config")),
        (None, "", False, False, (False, "config")),
        (None, "", None, True, (True, "config")),
        (None, "", False, True, (False, "config")),
        (None, "0", False, False, (True, "environment")),
        (False, "1", True, True, (False, "flag")),
        (True, "", False, False, (True, "flag")),
    ],
)
def test_configuration_of_ones_own(
    flag: bool | None,
    variable: str,
    configured: bool | None,
    everybody: bool,
    expected: tuple[bool, str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("PIP_NO_ANALYTICS", variable)
    monkeypatch.chdir(tmp_path)
    if everybody:
        (tmp_path / "pyproject.toml").write_text("[tool.pep786]\nno-analytics = true\n")
    names: dict[str, Any] = {}
    exec(page.PROGRAMS["own_configuration.py"], names)  # noqa: S102  the page is ours
    decision = names["decide"](flag, configured)
    assert isinstance(decision, pep786.Decision)
    assert (decision.opted_out, decision.source) == expected


@pytest.mark.parametrize("deaf", [False, True])
def test_the_test_that_the_page_shows(deaf: bool, tmp_path: Path) -> None:
    tool, test = page.write("with_urllib.py", tmp_path), page.write("test_mytool.py", tmp_path)
    if deaf:
        tool.write_text(
            tool.read_text().replace(
                "= sign(urllib.request.build_opener(), decision)", "= urllib.request.build_opener()"
            )
        )
    environ = {
        **os.environ,
        "PYTHONPATH": page.libraries(()),
        "MYTOOL": str(tool),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(test)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environ, cwd=tmp_path)
    assert ("2 failed, 1 passed" if deaf else "3 passed") in done.stdout
