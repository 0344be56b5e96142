"""uv's configuration without our key: what uv is given has no such key, all else, and is gone afterwards."""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING, Any, Iterator

from pep786.proxy import lifetime, uv_config, uv_files, uv_options
from tests.fuzz.targets import machine, naive
from tests.fuzz.targets.toml_edits import same

if TYPE_CHECKING:
    from pathlib import Path

_KEY = "no-analytics"
_PROXIES = ("http-proxy", "https-proxy", "no-proxy")
#: Their values change: paths are moved, and what two files say is merged.
_PATHS = ("index-url", "extra-index-url", "find-links", "index", "pip")

WORDS = (
    *machine.WORDS,
    *(
        b"proxied\n",
        b"uv lock --script\n",
        b"https-proxy = 'http://p.example'\n",
        b"no-proxy = ['x']\n",
        b"preview = true\n",
    ),
    *(b"index-url = 'x/'\n", b"find-links = ['./x']\n", b"[[index]]\nurl = '../x'\n", b"[pip]\n", b"[workspace]\n"),
    *(
        b"[tool.uv.workspace]\nmembers = ['*']\n",
        b"[project]\n",
        b"managed = false\n",
        b"[config-settings]\n",
        b"a = ['b']\n",
    ),
    *(b"'[z-a]'", b"'**/'", b"sources = {}\n", b"environments = []\n", b"# /// script\n", b"# ///\n", b"# [tool.uv]\n"),
)


def seeds() -> Iterator[bytes]:
    """The key in each file that uv reads, beside what it may not lose."""
    yes = "no-analytics = true\n"
    yield machine.written(
        "proxied", project_pyproject_toml=f"[tool.uv]\n{yes}index-url = '../x'\nhttps-proxy = 'http://p'\n"
    )
    yield machine.written("", config_uv_uv_toml=f"{yes}find-links = ['a/']\nprerelease = 'allow'\n")
    yield machine.written(
        "", project_uv_toml=f"{yes}[pip]\nx = 1979-05-27\ny = nan\n", config_uv_uv_toml="[pip]\nz = [1]\n"
    )
    yield machine.written(
        "",
        project_pyproject_toml=f"[project]\nname = 'x'\n[tool.uv]\n{yes}",
        home_pyproject_toml=("[tool.uv.workspace]\nmembers = ['proj*', '[z-a]', '**/x', 3]\nexclude = ['?']\n"),
    )
    yield machine.written("", project_uv_toml="no-analytics = 1\nx = '\\u001f'\n[[index]]\nurl = './a'\nname = '\"'\n")
    yield machine.written("compile", project_uv_toml=f"{yes}environments = ['x']\n")
    yield machine.written("script", Pipfile=f"# /// script\n# [tool.uv]\n# {yes}# ///\n")
    yield machine.written(
        "",
        machine_uv_uv_toml=f"{yes}preview = true\n[config-settings]\na = 'b'\n",
        config_uv_uv_toml="preview-features = []\n[config-settings]\na = ['c']\n",
    )
    yield machine.written("named", named=f"{yes}https-proxy = 3\n")


def check(data: bytes, folder: Path) -> None:
    """Data is a head of words (``proxied``, ``compile``, ``script``, ``named``) and files."""
    words, contents = machine.taken_apart(data)
    environ = machine.put(folder, contents)
    if "named" in words:
        environ["UV_CONFIG_FILE"] = str(folder / "named")
    project = folder / "home" / "project"
    command = ["uv", "pip", "compile"] if "compile" in words else ["uv", "sync"]
    if "script" in words:
        command = ["uv", "lock", "--script", str(project / "Pipfile")]
    line = uv_options.parse(command)
    before = dict(environ)
    temporary = folder / "temporary"
    temporary.mkdir(exist_ok=True)
    kept, tempfile.tempdir = tempfile.tempdir, str(temporary)
    try:
        shield = uv_config.shield(line, environ, proxied="proxied" in words, cwd=str(project))
        is_shielded(shield, environ, before, _read(line, before, str(project)), proxied="proxied" in words)
        lifetime.remove(shield.paths)
    except uv_config.ShieldError as fault:
        assert str(fault).isprintable()
    finally:
        tempfile.tempdir = kept
    assert not os.listdir(temporary)


def _read(line: uv_options.Line, environ: dict[str, str], cwd: str) -> list[dict[str, Any]]:
    """The settings in all files that uv reads; none where it will read none to its end."""
    try:
        return [source.settings for source in uv_files.sources(line, environ, cwd)]
    except uv_files.NotReadableError:
        return []


def is_shielded(
    shield: uv_config.Shield,
    environ: dict[str, str],
    before: dict[str, str],
    read: list[dict[str, Any]],
    *,
    proxied: bool,
) -> None:
    assert all(note.isprintable() for note in shield.notes)
    if environ == before:
        assert not shield.paths
        assert not any(_KEY in settings for settings in read), "uv reads the key"
        return
    with open(environ["UV_CONFIG_FILE"], "rb") as file:
        copy = naive.toml(file.read())
    assert copy is not None, "uv cannot read its copy"
    assert _KEY not in copy
    settings: dict[str, Any] = dict(shield.settings or {})
    assert _KEY not in settings
    assert not proxied or not set(copy) & set(_PROXIES)
    assert set(copy) | set(shield.proxies) == set(settings) | (set() if not proxied else set(shield.proxies))
    for key, value in copy.items():
        assert key in _PATHS or same(value, settings[key]), key
