"""The copy of uv's configuration, and who removes it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from pep786.config import files
from pep786.proxy import globs, lifetime, uv_config, uv_options
from pep786.proxy.uv_files import Source

if TYPE_CHECKING:
    from pathlib import Path

# Two tables, the stronger first, and what uv makes of them (crates/uv-settings/src/combine.rs).
MERGES: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ({"a": 1}, {"a": 2, "b": 3}, {"a": 1, "b": 3}),
    ({"a": False}, {"a": True}, {"a": False}),
    ({"a": ["x"]}, {"a": ["y", "x"]}, {"a": ["x", "y", "x"]}),
    ({"a": []}, {"a": ["y"]}, {"a": ["y"]}),
    ({"index": [{"url": "x"}]}, {"index": [{"url": "y"}]}, {"index": [{"url": "x"}, {"url": "y"}]}),
    ({"pip": {"a": 1, "b": ["x"]}}, {"pip": {"a": 2, "b": ["y"], "c": 3}}, {"pip": {"a": 1, "b": ["x", "y"], "c": 3}}),
    ({"config-settings": {"k": "1"}}, {"config-settings": {"k": "2"}}, {"config-settings": {"k": ["1", "2"]}}),
    ({"config-settings": {"k": ["1"]}}, {"config-settings": {"k": "2"}}, {"config-settings": {"k": ["1", "2"]}}),
    (
        {"config-settings-package": {"p": {"k": "1"}}},
        {"config-settings-package": {"p": {"k": "2"}, "q": {}}},
        {"config-settings-package": {"p": {"k": ["1", "2"]}, "q": {}}},
    ),
    (
        {"pip": {"config-settings": {"k": "1"}}},
        {"pip": {"config-settings": {"k": "2"}}},
        {"pip": {"config-settings": {"k": ["1", "2"]}}},
    ),
    (
        {"extra-build-variables": {"p": {"A": "1"}}},
        {"extra-build-variables": {"p": {"A": "2", "B": "3"}}},
        {"extra-build-variables": {"p": {"A": "1", "B": "3"}}},
    ),
    (
        {"extra-build-dependencies": {"p": ["x"]}},
        {"extra-build-dependencies": {"p": ["y"]}},
        {"extra-build-dependencies": {"p": ["x", "y"]}},
    ),
    ({"preview": True}, {"preview-features": ["x"]}, {"preview": True}),
    ({"preview-features": ["x"]}, {"preview-features": ["y"]}, {"preview-features": ["x"]}),
    ({"sources": {}, "workspace": {}, "package": True}, {"environments": [], "a": 1}, {"a": 1}),
    ({"no-analytics": True, "a": 1}, {"no-analytics": False}, {"a": 1}),
]


@pytest.mark.parametrize(("strong", "weak", "expected"), MERGES)
def test_merging(strong: dict[str, Any], weak: dict[str, Any], expected: dict[str, Any]) -> None:
    before = repr((strong, weak))
    sources = [Source("/a/pyproject.toml", "", strong), Source("/b/uv.toml", "", weak)]
    assert uv_config.merged(sources, ("no-analytics",)) == expected
    assert repr((strong, weak)) == before


@pytest.mark.parametrize(
    ("written", "moved"),
    [
        ("links", "../project/links"),
        ("./links/", "../project/links/"),
        ("..", ".."),
        (".", "../project"),
        ("/links", "/links"),
        ("https://host/simple", "https://host/simple"),
        ("file:///links", "file:///links"),
        ("C:\\links", "C:\\links"),
    ],
)
def test_a_relative_path_leads_to_the_same_place(written: str, moved: str) -> None:
    settings = {
        "index-url": written,
        "extra-index-url": [written],
        "find-links": [written],
        "index": [{"name": "n", "url": written}],
        "cache-dir": written,  # that of no file: from where uv works
    }
    expected = {
        "index-url": moved,
        "extra-index-url": [moved],
        "find-links": [moved],
        "index": [{"name": "n", "url": moved}],
        "cache-dir": written,
    }
    source = Source("/home/project/uv.toml", "", {**settings, "pip": dict(settings)})
    assert uv_config.merged([source], (), "/home/copy") == {**expected, "pip": expected}


@pytest.mark.parametrize(
    ("glob", "crossing", "yes", "no"),
    [
        ("packages/*", False, ["packages/a"], ["packages/a/b", "packages"]),
        ("packages/*", True, ["packages/a", "packages/a/b"], ["packages"]),
        ("a/**/b", False, ["a/b", "a/x/b", "a/x/y/b"], ["a/xb", "ab"]),
        ("**", False, ["a", "a/b"], []),
        ("a?[bc][!d]", False, ["axbe", "axcf"], ["axbd", "a/be"]),
        ("[a-c-][]x]", False, ["b]", "-x"], ["dx", "bb"]),
        ("a.b+", False, ["a.b+"], ["axb+", "a.bb"]),
        ("[z-a", False, ["[z-a"], ["z", "a"]),
        ("[z-a]", False, [], ["z", "a"]),
        ("*a*a" * 20 + "b", True, ["a" * 60 + "b"], ["a" * 60]),
        ("**/" * 50 + "b", False, ["a/" * 50 + "b", "b"], ["a/" * 50 + "a"]),
        ("[" * 100_000, False, [], ["a"]),
    ],
)
def test_globs_of_a_workspace(glob: str, crossing: bool, yes: list[str], no: list[str]) -> None:
    assert [path for path in yes + no if globs.matches(glob, path, crossing=crossing)] == yes


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with the key, worked in, and a temporary folder of its own."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "pyproject.toml").write_text("[tool.uv]\nno-analytics = true\nno-index = true\n")
    monkeypatch.chdir(folder)
    return folder


def shield(command: str, environ: dict[str, str] | None = None, *, proxied: bool = False) -> uv_config.Shield:
    environ = {"HOME": os.environ["HOME"]} if environ is None else environ
    return uv_config.shield(uv_options.parse(command.split()), environ, proxied=proxied)


def test_the_copy_is_removed_as_it_was_told(project: Path) -> None:
    environ = {"HOME": os.environ["HOME"]}
    result = shield("uv sync --no-analytics", environ)
    assert result.command == ["uv", "sync"]
    assert environ["UV_CONFIG_FILE"] == result.paths[0]
    with open(result.paths[0]) as copy:
        assert copy.read().splitlines()[1:] == ["no-index = true"]
    lifetime.remove(result.paths)
    assert list((project.parent / "temporary").iterdir()) == []


def test_nothing_is_done_where_there_is_nothing_to_do(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even a parser is imported."""
    (project / "pyproject.toml").write_text("[tool.uv]\nno-index = true\n")
    monkeypatch.setitem(sys.modules, "tomllib", None)
    monkeypatch.setitem(sys.modules, "tomli", None)
    monkeypatch.setitem(sys.modules, "tomli_w", None)
    environ = {"HOME": os.environ["HOME"]}
    result = shield("uv sync", environ, proxied=True)
    assert (result.paths, result.proxies, result.notes, list(environ)) == ([], {}, [], ["HOME"])


def test_without_the_extra_it_is_one_line_and_uv_does_not_run(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tomli_w", None)
    with pytest.raises(uv_config.ShieldError) as fault:
        shield("uv sync")
    assert "pip install 'pep786-shim[proxy]'" in str(fault.value)
    assert str(project / "pyproject.toml") in str(fault.value)
    assert "\n" not in str(fault.value)


def test_no_room_for_the_copy_is_one_line_too(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(project / "nowhere"))
    with pytest.raises(uv_config.ShieldError, match=r"\Ano copy .*\Z"):
        shield("uv sync")


def test_what_the_proxy_is_to_know(project: Path) -> None:
    (project / "pyproject.toml").unlink()
    (project / "uv.toml").write_text('https-proxy = "http://one"\nno-proxy = ["a"]\nsystem-certs = true\n')
    user = os.path.join(os.environ["HOME"], ".config", "uv")
    os.makedirs(user)
    with open(os.path.join(user, "uv.toml"), "w") as file:
        file.write('https-proxy = "http://two"\nhttp-proxy = "http://three"\nno-proxy = ["b"]\n')
    result = shield("uv sync", proxied=True)
    assert result.proxies == {"https-proxy": "http://one", "http-proxy": "http://three", "no-proxy": ["a", "b"]}
    assert result.settings == {"system-certs": True}
    assert shield("uv sync").settings is None


@pytest.mark.parametrize(
    "text", ["no-analytics = true\n[", "no-analytics = true\n\ud800", "# \ud800\nno-analytics = true"]
)
@pytest.mark.parametrize("name", ["uv.toml", "pyproject.toml"])
def test_where_a_file_with_the_key_cannot_be_parsed_uv_is_not_run(name: str, text: str, project: Path) -> None:
    """It may be TOML 1.1, which newer uvs read; one that has not the word in it is left to uv."""
    (project / name).write_bytes(text.encode("utf-8", "surrogatepass"))
    for proxied in (False, True):
        with pytest.raises(uv_config.ShieldError, match=r"\A[^\n]*/project/" + name):
            shield("uv sync", proxied=proxied)
    (project / "pyproject.toml").write_bytes(b"")
    (project / name).write_bytes(text.replace("no-analytics", "no-cache").encode("utf-8", "surrogatepass"))
    for proxied in (False, True):
        assert shield("uv sync", proxied=proxied).paths == []


def test_the_copy_leaves_out_no_file_that_only_uv_can_read(project: Path) -> None:
    (project / "pyproject.toml").write_text("[tool.uv]\nindex = [{ url = 'https://own.example', default = true, ]\n")
    user = os.path.join(os.environ["HOME"], ".config", "uv")
    os.makedirs(user)
    with open(os.path.join(user, "uv.toml"), "w") as file:
        file.write("no-analytics = true\n")
    with pytest.raises(uv_config.ShieldError, match="/project/pyproject"):
        shield("uv sync")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no FIFOs on Windows")
@pytest.mark.parametrize("name", ["uv.toml", "x.py"])
@pytest.mark.parametrize("kind", ["a FIFO", "too large", "not for us"])
def test_a_file_that_we_do_not_read_may_hold_a_proxy(
    kind: str, name: str, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unless uv cannot read it either."""
    (project / "pyproject.toml").write_text("")
    if kind == "a FIFO":
        os.mkfifo(project / name)
    else:
        with (project / name).open("wb") as file:
            file.truncate(files.LIMIT + 1)
    if kind == "not for us":
        monkeypatch.setattr(os, "access", lambda *_: False)
        assert shield("uv run x.py", proxied=True).paths == []
    else:
        with pytest.raises(uv_config.ShieldError, match=name):
            shield("uv run x.py", proxied=True)
    assert shield("uv run x.py").paths == []


@pytest.mark.parametrize(
    ("block", "line"),
    [
        ("# /// script\n# [tool.uv]\n# no-analytics = false\n# ///\n", 3),
        ("import x\n\n# /// script\n# dependencies = []\n#\n# [tool.uv]\n# no-analytics = true\n# ///\n", 7),
        ("# /// script\r\n# tool.uv.no-analytics = true\r\n# ///\r\n", 2),
        ("# /// script\n# [tool.uv]\n# no-index = true\n# ///\n# no-analytics\n", 0),
        ("# /// script\n# [tool.pep786]\n# no-analytics = true\n# ///\n", 0),
        ("# /// other\n# [tool.uv]\n# no-analytics = true\n# ///\n", 0),
        ("# /// script\n# [tool.uv]\n# no-analytics = true\n", 0),
        ("# /// script\n# [tool.uv\n# no-analytics = true\n# ///\n", 0),
        ("no-analytics\n", 0),
    ],
)
def test_a_script_with_the_key_is_told_of(
    block: str, line: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.py").write_bytes(block.encode())
    for command in ("uv run x.py", "uv run --with y ./x.py z", "uv lock --script x.py"):
        notes = shield(command).notes
        assert len(notes) == bool(line)
        if line:
            assert f"x.py, line {line}: " in notes[0]
    for command in ("uv run -m x.py", "uv run y x.py", "uv sync", "uv run -", "uv run https://host/x.py"):
        assert shield(command).notes == []


@pytest.mark.skipif(os.name == "nt", reason="there is no fork on Windows")
def test_the_sweeper_waits_for_the_end_and_holds_nobody_up(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_text("")
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "other").write_text("")
    code = (
        "import os, sys; from pep786.proxy import lifetime; lifetime.remove_after(sys.argv[1:]); "
        "os.execvp(sys.executable, [sys.executable, '-c', "
        "'import os, sys; print(os.path.exists(sys.argv[1]), flush=True); sys.stdin.read()', sys.argv[1]])"
    )
    paths = [str(tmp_path / name) for name in ("folder/file", "folder", "kept", "never")]
    with subprocess.Popen(
        [sys.executable, "-c", code, *paths], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stdin
        assert process.stdout.readline() == "True\n"
        assert os.path.exists(paths[0])
        process.stdin.close()
        assert process.stdout.read() == ""
    for _ in range(500):
        if not (tmp_path / "folder").exists():
            break
        time.sleep(0.01)
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "home") == ["kept"]
