"""The table against a real pip: ``pip config debug`` lists the files it looks at."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pep786.config import settings
from pep786.config.locations import places

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="the paths are those of Linux"),
    pytest.mark.real,
    pytest.mark.skipif(importlib.util.find_spec("pip") is None, reason="this interpreter has no pip"),
]
#: pip's name of a kind and ours; a later one wins (D5, OVERRIDE_ORDER in pip/_internal/configuration.py).
SCOPES = {"global": "global", "user": "user", "site": "site", "env": "named"}


def debug(environ: dict[str, str], cwd: Path) -> list[tuple[str, str]]:
    """(scope, path) as pip lists them."""
    done = subprocess.run(
        [sys.executable, "-m", "pip", "config", "debug"],
        env=environ, cwd=cwd, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = []
    scope = ""
    for line in done.stdout.splitlines():
        if not line.startswith(" "):
            scope = SCOPES.get(line.rstrip(":"), "")
        elif scope and ", exists: " in line:
            found.append((scope, line.strip().rpartition(", exists: ")[0]))
    return found


@pytest.mark.parametrize(
    "variables",
    [
        pytest.param({}, id="nothing set"),
        pytest.param({"XDG_CONFIG_HOME": "{root}/conf"}, id="XDG_CONFIG_HOME"),
        pytest.param({"XDG_CONFIG_DIRS": "{root}/one:{root}/two"}, id="XDG_CONFIG_DIRS"),
        pytest.param({"XDG_CONFIG_DIRS": ""}, id="empty XDG_CONFIG_DIRS"),
        pytest.param({"PIP_CONFIG_FILE": "{root}/named.conf"}, id="PIP_CONFIG_FILE exists"),
        pytest.param({"PIP_CONFIG_FILE": "{root}/missing.conf"}, id="PIP_CONFIG_FILE does not exist"),
    ],
)
def test_d5_the_files_of_pip_and_their_order(tmp_path: Path, variables: dict[str, str]) -> None:
    (tmp_path / "named.conf").touch()
    environ = {"HOME": str(tmp_path), "PATH": os.defpath, "SYSTEMROOT": os.environ.get("SYSTEMROOT", "")}
    environ.update({name: value.format(root=tmp_path) for name, value in variables.items()})
    listed = debug(environ, tmp_path)
    assert {scope for scope, _ in listed} >= {"global", "site"}
    ours = [(p.scope, p.path) for p in places("pip", environ, str(tmp_path)) if p.table == "ini"]
    # Within a kind pip lists the weakest file first. The order of the kinds is SCOPES', whatever pip shows: before
    # release 23 or so it showed the site's before the user's.
    listed.sort(key=lambda entry: list(SCOPES.values()).index(entry[0]))
    assert ours[::-1] == listed


@pytest.mark.parametrize(
    ("files", "winner"),
    [
        pytest.param({"one": "global", "two": "global"}, "two", id="the later of XDG_CONFIG_DIRS"),
        pytest.param({"legacy": "global", "two": "global"}, "legacy", id="the user over the machine"),
        pytest.param({"user": "global", "legacy": "global"}, "user", id="the new file of the user over the old"),
        pytest.param({"named": "global", "user": "global", "two": "global"}, "named", id="the named one over all"),
        pytest.param({"named": "global", "two": "cache"}, "two", id="the command's section over a stronger file"),
        pytest.param({"two": "cache", "user": "cache"}, "user", id="the command's sections among themselves"),
        pytest.param({"user": "install", "two": "global"}, "two", id="another command's section is nothing"),
    ],
)
def test_d5_pip_itself_lets_the_same_file_win(tmp_path: Path, files: dict[str, str], winner: str) -> None:
    """``pip cache dir`` answers with the strongest value of an option; the same files with our key must agree."""
    where = {
        "one": "one/pip/pip.conf",
        "two": "two/pip/pip.conf",
        "user": ".config/pip/pip.conf",
        "legacy": ".pip/pip.conf",
        "named": "named.conf",
    }
    environ = {"HOME": str(tmp_path), "PATH": os.defpath, "XDG_CONFIG_DIRS": f"{tmp_path}/one:{tmp_path}/two"}
    for name, section in files.items():
        path = tmp_path / where[name]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"[{section}]\ncache-dir = {tmp_path}/is-{name}\nno-analytics = yes\n")
    if "named" in files:
        environ["PIP_CONFIG_FILE"] = str(tmp_path / where["named"])
    done = subprocess.run(
        [sys.executable, "-m", "pip", "cache", "dir"],
        env=environ, cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert os.path.basename(done.stdout.strip()) == f"is-{winner}"
    assert settings("pip", environ, str(tmp_path), command="cache")[0].file == str(tmp_path / where[winner])
