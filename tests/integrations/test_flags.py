"""The two flags, in each option parser: what is handed to ``resolve``, and that the last of several wins."""

from __future__ import annotations

import argparse
import json
import optparse
import os
import subprocess
import sys

import pytest

import pep786
from pep786.integrations.argparse import add_flags as add_to_argparse
from pep786.integrations.optparse import add_flags as add_to_optparse
from tests.integrations import page

GIVEN = [
    ([], None),
    (["--no-analytics"], True),
    (["--analytics"], False),
    (["--no-analytics", "--analytics"], False),
    (["--analytics", "--no-analytics"], True),
    (["--analytics", "--analytics", "--no-analytics", "--no-analytics"], True),
]
#: Before and after a command.
AROUND = [
    ([], [], None),
    (["--no-analytics"], [], True),
    ([], ["--no-analytics"], True),
    (["--no-analytics"], ["--analytics"], False),
    (["--analytics"], ["--no-analytics"], True),
    (["--analytics"], [], False),
]


@pytest.mark.parametrize(("given", "expected"), GIVEN)
def test_argparse(given: list[str], expected: bool | None) -> None:
    parser = argparse.ArgumentParser()
    add_to_argparse(parser)
    assert parser.parse_args(given).no_analytics is expected


@pytest.mark.parametrize(("before", "after", "expected"), AROUND)
def test_argparse_with_commands(before: list[str], after: list[str], expected: bool | None) -> None:
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers()
    install, run = commands.add_parser("install"), commands.add_parser("run")
    add_to_argparse(parser, install)
    assert parser.parse_args([*before, "install", *after]).no_analytics is expected
    assert parser.parse_args([*before, "run"]).no_analytics is (None if not before else before == ["--no-analytics"])
    with pytest.raises(SystemExit):
        run.parse_args(["--analytics"])


@pytest.mark.parametrize("group", [False, True])
@pytest.mark.parametrize(("given", "expected"), GIVEN)
def test_optparse(given: list[str], expected: bool | None, group: bool) -> None:
    parser = optparse.OptionParser()
    add_to_optparse(parser.add_option_group("Index") if group else parser)
    assert parser.parse_args(given)[0].no_analytics is expected


def test_help_says_what_each_does() -> None:
    parser = argparse.ArgumentParser()
    add_to_argparse(parser)
    old = optparse.OptionParser()
    add_to_optparse(old)
    for text in (parser.format_help(), old.format_help()):
        assert "--no-analytics" in text
        assert "leave this run out of shared analytics" in " ".join(text.split())


@pytest.mark.parametrize(
    ("flag", "variable", "configured", "expected"),
    [
        (True, "", "false", (True, "flag")),
        (False, "1", "true", (False, "flag")),
        (None, "0", "false", (True, "environment")),
        (None, "", "true", (True, "config")),
        (None, "", "false", (False, "config")),
    ],
)
def test_flag_beats_environment_beats_configuration(
    flag: bool | None,
    variable: str,
    configured: str,
    expected: tuple[bool, str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: object,
) -> None:
    monkeypatch.chdir(str(tmp_path))
    with open("pyproject.toml", "w", encoding="utf-8") as file:
        file.write(f"[tool.mytool]\nno-analytics = {configured}\n")
    monkeypatch.setenv("PYTHON_NO_ANALYTICS", variable)
    parser = argparse.ArgumentParser()
    add_to_argparse(parser)
    given = [] if flag is None else ["--no-analytics" if flag else "--analytics"]
    decision = pep786.resolve("mytool", flag=parser.parse_args(given).no_analytics)
    assert (decision.opted_out, decision.source) == expected


CLICK = """
import json, sys
import click
from pep786.integrations.click import add_flags

@click.group()
@add_flags
def main(no_analytics): pass

@main.command()
@add_flags
def install(no_analytics): seen.append(no_analytics)

@main.command()
def run(): seen.append("run")

add_flags(run)
run.callback = lambda no_analytics: seen.append(no_analytics)

seen = []
for arguments, defaults in json.loads(sys.argv[1]):
    main(arguments, standalone_mode=False, auto_envvar_prefix="MYTOOL", default_map=defaults)
print(json.dumps(seen))
"""


def in_click(orders: list[tuple[list[str], dict[str, object]]], **environ: str) -> list[bool | None]:
    command = [sys.executable, "-c", CLICK, json.dumps(orders)]
    environ = {**os.environ, "PYTHONPATH": page.libraries(["click"]), **environ}
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environ)
    assert done.returncode == 0, done.stderr
    seen: list[bool | None] = json.loads(done.stdout)
    return seen


@pytest.mark.real
@pytest.mark.parametrize("command", ["install", "run"])
def test_click(command: str) -> None:
    assert in_click([([command, *given], {}) for given, _ in GIVEN]) == [expected for _, expected in GIVEN]
    assert in_click([([*before, command, *after], {}) for before, after, _ in AROUND]) == [
        expected for _, _, expected in AROUND
    ]


@pytest.mark.real
def test_what_click_finds_elsewhere_is_no_flag() -> None:
    defaults = {"no_analytics": True, "install": {"no_analytics": True}}
    orders: list[tuple[list[str], dict[str, object]]] = [
        (["install"], defaults),
        (["install", "--analytics"], defaults),
    ]
    assert in_click(orders) == [None, False]
    assert in_click([(["install"], {})], MYTOOL_NO_ANALYTICS="1", MYTOOL_INSTALL_NO_ANALYTICS="1") == [None]
