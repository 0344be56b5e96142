"""What of a command line is uv's own."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from pep786.proxy import uv_options

if TYPE_CHECKING:
    from pathlib import Path

# The command line, it without our flags, and what they said (T4).
FLAGS = [
    ("uv sync", "uv sync", None),
    ("uv --no-analytics sync", "uv sync", True),
    ("uv sync --analytics", "uv sync", False),
    ("uv --analytics sync --no-analytics", "uv sync", True),
    ("uv sync --no-analytics --frozen --analytics", "uv sync --frozen", False),
    ("uv pip install --no-analytics x", "uv pip install x", True),
    ("uv pip install -r --no-analytics", "uv pip install -r", True),
    ("uv pip install x -- --no-analytics", "uv pip install x -- --no-analytics", None),
    ("uv run python --no-analytics", "uv run python --no-analytics", None),
    ("uv run --no-analytics python --analytics", "uv run python --analytics", True),
    ("uv run --with pip --no-analytics python", "uv run --with pip python", True),
    ("uv run --with pip python --no-analytics", "uv run --with pip python --no-analytics", None),
    ("uv run --with=pip python --no-analytics", "uv run --with=pip python --no-analytics", None),
    ("uv run -p 3.12 --no-analytics python", "uv run -p 3.12 python", True),
    ("uv run -p3.12 python --no-analytics", "uv run -p3.12 python --no-analytics", None),
    ("uv run -qp 3.12 python --no-analytics", "uv run -qp 3.12 python --no-analytics", None),
    ("uv run -m pytest --no-analytics", "uv run -m pytest --no-analytics", None),
    ("uv run --module --no-analytics pytest", "uv run --module pytest", True),
    ("uv run --script x --no-analytics", "uv run --script x --no-analytics", None),
    ("uv run - --no-analytics", "uv run - --no-analytics", None),
    ("uv run -- --no-analytics", "uv run -- --no-analytics", None),
    ("uv run --no-analytics -- x --analytics", "uv run -- x --analytics", True),
    ("uv --project run run --no-analytics run --analytics", "uv --project run run run --analytics", True),
    ("uv --quiet --color never run x --analytics", "uv --quiet --color never run x --analytics", None),
    ("uv run --something-new python --analytics", "uv run --something-new python --analytics", None),
    ("uv tool run --no-analytics x --analytics", "uv tool run x --analytics", True),
    ("uv tool run --from y x --analytics", "uv tool run --from y x --analytics", None),
    ("uv tool install --no-analytics x --analytics", "uv tool install x", False),
    ("uv --no-analytics tool uvx x --analytics", "uv tool uvx x --analytics", True),
    ("uvx --no-analytics x --analytics", "uvx x --analytics", True),
    ("uvx -w y --no-analytics x --analytics", "uvx -w y x --analytics", True),
    ("/opt/bin/uvx x --analytics", "/opt/bin/uvx x --analytics", None),
    ("uvx.exe x --analytics", "uvx.exe x --analytics", None),
    ("python -m uv --no-analytics run x --analytics", "python -m uv run x --analytics", True),
    ("python3.12 -Im uv sync --analytics", "python3.12 -Im uv sync", False),
    ("uv add --script x.py --no-analytics y", "uv add --script x.py y", True),
    ("uv sync --no-analytics=true", "uv sync --no-analytics=true", None),
    ("uv", "uv", None),
]


@pytest.mark.parametrize(("given", "kept", "flag"), FLAGS)
def test_our_flags_are_taken_out_of_uvs_own_options_only(given: str, kept: str, flag: bool | None) -> None:
    line = uv_options.parse(given.split())
    assert (" ".join(line.command), line.flag) == (kept, flag)


def test_empty_arguments_and_no_command_are_no_trouble() -> None:
    assert uv_options.parse([]).command == []
    assert uv_options.parse(["uv", "", "--", ""]).command == ["uv", "", "--", ""]


def test_the_parts_of_a_line() -> None:
    line = uv_options.parse(["uv", "--directory", "a", "run", "-v", "--project=b", "--env-file", "c", "prog", "-v"])
    assert line.start == ["uv"]
    assert line.words == ["run"]
    assert line.values == {"--directory": "a", "--project": "b", "--env-file": "c"}
    assert line.switches == {"-v"}
    assert line.program == ["prog", "-v"]
    assert uv_options.parse(["uvx", "x"]).words == ["tool", "run"]
    assert uv_options.parse(["python", "-m", "uv", "pip", "list"]).start == ["python", "-m", "uv"]


def test_a_short_option_may_stand_in_a_group() -> None:
    for given, said in (
        ("uv run -s x", True),
        ("uv run -qs x", True),
        ("uv run -sp 3.12 x", True),
        ("uv run --script x", True),
        ("uv run -ps x", False),
        ("uv run -wsix x", False),
        ("uv run --stuff x -s", False),
    ):
        assert uv_options.parse(given.split()).says("-s", "--script") is said, given


def test_another_config_file_is_put_where_one_was_named_and_nowhere_else() -> None:
    for given, expected in (
        ("uv --config-file a run x --config-file b", "uv --config-file NEW run x --config-file b"),
        ("uv run --config-file=a -- x --config-file=b", "uv run --config-file=NEW -- x --config-file=b"),
        ("uv run x", "uv run x"),
    ):
        assert " ".join(uv_options.parse(given.split()).with_config_file("NEW")) == expected


def test_where_uv_works(tmp_path: Path) -> None:
    here = str(tmp_path)
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "pyproject.toml").write_text("")
    for given, environ, directory, project in (
        ("uv sync", {}, "", None),
        ("uv sync --directory a", {}, "a", None),
        ("uv sync --directory a", {"UV_WORKING_DIR": "c"}, "a", None),
        ("uv sync", {"UV_WORKING_DIRECTORY": "a"}, "a", None),
        ("uv sync --project a", {}, "", "a"),
        ("uv sync --project a/pyproject.toml", {}, "", "a"),
        ("uv sync --project b/../b --directory a", {}, "a", "a/b"),
        ("uv sync", {"UV_PROJECT": "a"}, "", "a"),
    ):
        line = uv_options.parse(given.split())
        assert line.directory(environ, here) == os.path.normpath(os.path.join(here, directory))
        expected = project and os.path.normpath(os.path.join(here, project))
        assert line.project(environ, here) == expected
        assert line.seen(environ, here)[0] == (expected or line.directory(environ, here))


def test_what_the_decision_is_to_see() -> None:
    for given, environ, seen in (
        ("uv sync", {"A": "1"}, {"A": "1"}),
        ("uv sync --no-config", {}, {"UV_NO_CONFIG": "1"}),
        ("uv pip list --isolated", {}, {"UV_NO_CONFIG": "1"}),
        ("uv run --isolated x", {}, {}),
        ("uv sync --config-file /a", {"UV_CONFIG_FILE": "/b"}, {"UV_CONFIG_FILE": "/a"}),
        ("uv run x --config-file /a", {}, {}),
    ):
        assert uv_options.parse(given.split()).seen(environ)[1] == seen
