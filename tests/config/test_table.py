"""The rows of the table of locations: what one says of each platform, and that every name in one is known."""

from __future__ import annotations

import pytest

from pep786.config.folders import Folders
from pep786.config.table import NEUTRAL, TOOLS, Row


@pytest.mark.parametrize(
    ("given", "macos", "windows"),
    [
        pytest.param({}, "a", "a", id="the same everywhere"),
        pytest.param({"macos": "b", "windows": "c"}, "b", "c", id="each its own"),
        pytest.param({"macos": "", "windows": ""}, "", "", id="on Linux only"),
    ],
)
def test_a_row_has_a_path_for_each_platform(given: dict[str, str], macos: str, windows: str) -> None:
    row = Row("user", "a", **given)  # type: ignore[arg-type]
    platforms = ("linux", "freebsd14", "darwin", "win32")
    assert [row.template(platform) for platform in platforms] == ["a", "a", macos, windows]
    assert (row.table, row.unless, row.first) == ("", (), False)
    assert Row("user", "a", first=True).first is True


def test_every_row_names_a_known_placeholder() -> None:
    """A misspelt name would silently be looked up as a variable."""
    known = {name[1:].upper() for name in vars(Folders) if name.startswith("_") and not name.startswith("__")}
    known |= {"PROJECT", "UV_TOML", "UV_PYPROJECT", "PIPENV_PIPFILE"}  # that names a file of a project's
    named = set()
    for row in (*NEUTRAL, *(row for rows in TOOLS.values() for row in rows)):
        for platform in ("linux", "darwin", "win32"):
            template = row.template(platform)
            if template.startswith("{"):
                name = template[1:].partition("}")[0]
                if row.scope == "named":
                    named.add(name)
                else:
                    assert name in known
    assert named == {
        "PIP_CONFIG_FILE", "UV_CONFIG_FILE", "POETRY_CONFIG_DIR", "PDM_CONFIG_FILE", "HATCH_CONFIG",
    }  # fmt: skip
