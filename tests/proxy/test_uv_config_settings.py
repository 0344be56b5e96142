"""uv's settings with the key and our copy are those that it has without the key: uv itself says what it read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.proxy.uvs import NEWEST, VERSIONS, World

if TYPE_CHECKING:
    from pathlib import Path

USER = "home/.config/uv/uv.toml"
SYSTEM = "machine/uv/uv.toml"
PROJECT = '[project]\nname = "p"\nversion = "1"\nrequires-python = ">=3.8"\n'


def index(name: str) -> str:
    return f'KEY\nindex-url = "https://{name}.invalid/simple"\n'


def uv(name: str) -> str:
    return "[tool.uv]\n" + index(name)


# A name, the files with KEY where the key may stand, uv's command line, variables, and whose index counts.
LAYOUTS: dict[str, tuple[dict[str, str], str, dict[str, str], str]] = {
    "project": ({"work/pyproject.toml": PROJECT + uv("private")}, "lock", {}, "private"),
    "no [project]": ({"work/pyproject.toml": uv("private")}, "pip install x", {}, "private"),
    "inline": (
        {"work/pyproject.toml": 'tool = { uv = { INLINE index-url = "https://private.invalid" } }'},
        "pip install x",
        {},
        "private",
    ),
    "uv.toml hides the table": (
        {"work/pyproject.toml": PROJECT + uv("hidden"), "work/uv.toml": index("private")},
        "lock",
        {},
        "private",
    ),
    "user": ({USER: index("private")}, "venv", {}, ""),
    "user beside a project": ({USER: index("private"), "work/pyproject.toml": PROJECT}, "lock", {}, "private"),
    "machine": ({SYSTEM: index("private")}, "pip install x", {}, "private"),
    "all three": (
        {"work/pyproject.toml": PROJECT + uv("private"), USER: index("user"), SYSTEM: index("machine")},
        "lock",
        {},
        "private",
    ),
    "XDG_CONFIG_HOME": (
        {"xdg/uv/uv.toml": index("private")},
        "pip install x",
        {"XDG_CONFIG_HOME": "ROOT/xdg"},
        "private",
    ),
    "XDG_CONFIG_DIRS": (
        {"two/uv/uv.toml": index("private"), "three/uv/uv.toml": index("third")},
        "pip install x",
        {"XDG_CONFIG_DIRS": "ROOT/one:ROOT/two:ROOT/three"},
        "private",
    ),
    "--no-config": ({"work/uv.toml": index("private"), USER: index("user")}, "--no-config pip install x", {}, ""),
    "--no-config behind": ({"work/uv.toml": index("private")}, "pip install --no-config x", {}, ""),
    "UV_NO_CONFIG": ({"work/uv.toml": index("private")}, "pip install x", {"UV_NO_CONFIG": "true"}, ""),
    "--isolated": ({"work/uv.toml": index("private")}, "--isolated pip install x", {}, ""),
    "--config-file": (
        {"other.toml": index("private"), "work/uv.toml": index("project"), USER: index("user")},
        "pip install --config-file ROOT/other.toml x",
        {},
        "private",
    ),
    "--config-file=": ({"other.toml": index("private")}, "--config-file=../other.toml pip install x", {}, "private"),
    "--config-file over UV_CONFIG_FILE": (
        {"other.toml": index("private"), "third.toml": index("third")},
        "--config-file ../other.toml pip install x",
        {"UV_CONFIG_FILE": "../third.toml"},
        "private",
    ),
    "UV_CONFIG_FILE": (
        {"other.toml": index("private"), "work/uv.toml": index("project")},
        "pip install x --no-config",
        {"UV_CONFIG_FILE": "../other.toml"},
        "private",
    ),
    "UV_CONFIG_FILE and --directory": (
        {"work/sub/other.toml": index("private"), "work/other.toml": index("wrong")},
        "--directory sub pip install x",
        {"UV_CONFIG_FILE": "other.toml"},
        "private",
    ),
    "--project": (
        {"work/sub/uv.toml": index("private"), "work/uv.toml": index("wrong")},
        "pip list --project sub",
        {},
        "",
    ),
    "--project of a lock": (
        {"work/sub/pyproject.toml": PROJECT + uv("private"), "work/uv.toml": index("wrong")},
        "--project=sub lock",
        {},
        "private",
    ),
    "--directory": (
        {"work/sub/pyproject.toml": PROJECT + uv("private"), "work/uv.toml": index("wrong")},
        "lock --directory sub",
        {},
        "private",
    ),
    "from a folder below": (
        {"work/pyproject.toml": PROJECT + uv("private"), "work/sub/below/x": ""},
        "lock",
        {"CWD": "ROOT/work/sub/below"},
        "private",
    ),
    "past a pyproject.toml without a table": (
        {"pyproject.toml": uv("private"), "work/pyproject.toml": "[tool.other]\n"},
        "pip install x",
        {},
        "private",
    ),
    "a tool asks the person's files": (
        {"work/uv.toml": index("project"), USER: index("private")},
        "tool install x",
        {},
        "private",
    ),
    "uvx asks them too": ({"work/uv.toml": index("project"), USER: index("private")}, "tool run x", {}, "private"),
    "project-only keys": (
        {
            "work/pyproject.toml": PROJECT
            + uv("private")
            + 'dev-dependencies = ["a"]\nmanaged = true\npackage = false\ndefault-groups = []\n'
            + "environments = [\"sys_platform == 'linux'\"]\nconflicts = []\n"
            + '[tool.uv.sources]\na = { path = "a" }\n[tool.uv.workspace]\nmembers = []\n'
        },
        "lock",
        {},
        "private",
    ),
}

WORKSPACE = "[tool.uv.workspace]\nmembers = ['packages/*', 'more/**/x', 'one']\nexclude = ['packages/out*']\n"
MEMBERS = {
    "packages/in": "root",
    "packages/in/deep": "member",
    "packages/out": "member",
    "more/x": "root",
    "more/a/b/x": "root",
    "one": "root",
    "two": "member",
}

BOTH = {"work/sub/pyproject.toml": PROJECT + uv("script"), "work/pyproject.toml": PROJECT + uv("here")}
LAYOUTS.update(
    {
        "a script": ({**BOTH, "work/sub/x.py": ""}, "run sub/x.py --project elsewhere", {}, ""),
        "a script with --script": ({**BOTH, "work/sub/x": ""}, "run --script sub/x", {}, ""),
        "a script here": ({**BOTH, "work/x.py": ""}, "run x.py", {}, "here"),
        "a package": ({**BOTH, "work/sub/app/__main__.py": ""}, "run --with-editable sub sub/app", {}, ""),
        "a script and --project": ({**BOTH, "work/sub/x.py": ""}, "run --project . sub/x.py", {}, "here"),
        "a module": ({**BOTH, "work/sub/x.py": ""}, "run -m sub/x.py", {}, "here"),
        "a program": ({**BOTH, "work/sub/x": ""}, "run sub/x", {}, "here"),
        "no such script": (BOTH, "run sub/x.py", {}, "here"),
        "UV_PROJECT": (BOTH, "lock", {"UV_PROJECT": "sub"}, ""),
        "--project over UV_PROJECT": (BOTH, "lock --project=.", {"UV_PROJECT": "sub"}, "here"),
        "UV_WORKING_DIRECTORY": (BOTH, "lock", {"UV_WORKING_DIRECTORY": "sub"}, ""),
        "UV_NO_SYSTEM_CONFIG": (
            {**BOTH, SYSTEM: 'KEY\nextra-index-url = ["https://machine.invalid"]'},
            "lock",
            {"UV_NO_SYSTEM_CONFIG": "1"},
            "",
        ),
    }
)

for member, counts in MEMBERS.items():
    LAYOUTS[f"workspace, {member}"] = (
        {
            "work/pyproject.toml": PROJECT + uv("root") + WORKSPACE,
            f"work/{member}/pyproject.toml": PROJECT.replace('"p"', '"q"') + uv("member"),
            f"work/{member}/src/x": "",
        },
        "lock",
        {"CWD": f"ROOT/work/{member}/src"},
        counts,
    )
LAYOUTS["unmanaged member"] = (
    {
        "work/pyproject.toml": PROJECT + uv("root") + WORKSPACE,
        "work/one/pyproject.toml": PROJECT.replace('"p"', '"q"') + uv("member") + "managed = false\n",
    },
    "lock",
    {"CWD": "ROOT/work/one"},
    "member",
)
LAYOUTS["a project in a project"] = (
    {
        "pyproject.toml": PROJECT + uv("root") + '[tool.uv.workspace]\nmembers = ["work/sub"]\n',
        "work/pyproject.toml": PROJECT + uv("middle"),
        "work/sub/pyproject.toml": PROJECT.replace('"p"', '"q"'),
    },
    "lock",
    {"CWD": "ROOT/work/sub"},
    "middle",
)

MERGED = {
    "work/pyproject.toml": PROJECT
    + """
[tool.uv]
KEY
find-links = ["links"]
exclude-newer = "2024-01-01T00:00:00Z"
no-build-package = ["a"]
preview = false
config-settings = { one = "1", both = "project" }
index = [{ name = "first", url = "https://first.invalid" }, { name = "near", url = "../near" }]
[tool.uv.pip]
generate-hashes = true
extra-index-url = ["../x", "https://pip.invalid"]
no-emit-package = ["a"]
""",
    USER: """
KEY
find-links = ["https://links.invalid", "../user links/"]
exclude-newer = "2025-01-01T00:00:00Z"
no-build-package = ["b"]
offline = true
config-settings = { two = ["2"], both = "user" }
[[index]]
url = "https://second.invalid"
[pip]
generate-hashes = false
no-emit-package = ["b"]
""",
    SYSTEM: """
KEY
concurrent-builds = 3
find-links = ["/absolute"]
config-settings = { both = ["machine"] }
[[index]]
name = "own"
url = "."
default = true
""",
}


def settled(world: World, *arguments: str, shielded: bool, **environ: str) -> str:
    """What uv says its settings are. Where an index was written is only used for a hint."""
    environ["SSL_CERT_FILE"] = "/dev/null"
    command = ["--show-settings", *arguments]
    done = world.shielded(*command, environ=environ) if shielded else world.direct(*command, **environ)
    assert done.returncode == 0, done.stderr
    assert "no-analytics" not in done.stderr
    told = re.sub(r"origin: Some\(\s*(Project|User|System),?\s*\)", "origin: None", done.stdout)
    told = re.sub(r"tv_n?sec: \d+", "", told)
    return re.sub(r'given: Some\(\s*".*",?\s*\)', "given: Some", told)


def lay_out(world: World, files: dict[str, str], *, key: bool) -> None:
    for name, text in files.items():
        marked = text.replace("KEY", "no-analytics = true" if key else "")
        world.write(name, marked.replace("INLINE", "no-analytics = true," if key else ""))


@pytest.mark.real
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_uv_finds_what_it_would_find_without_the_key(layout: str, version: str, tmp_path: Path) -> None:
    """T29; in every file that could hold it stands the key."""
    files, arguments, environ, counts = LAYOUTS[layout]
    world = World(tmp_path, version)
    environ = {name: value.replace("ROOT", str(tmp_path)) for name, value in environ.items()}
    command = arguments.replace("ROOT", str(tmp_path)).split()
    lay_out(world, files, key=False)
    without = settled(world, *command, shielded=False, **environ)
    lay_out(world, files, key=True)
    assert settled(world, *command, shielded=True, **environ) == without
    if counts:
        assert f"{counts}.invalid" in without


@pytest.mark.real
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("arguments", ["lock", "pip compile x", "sync"])
def test_files_are_merged_as_uv_merges_them(arguments: str, version: str, tmp_path: Path) -> None:
    world = World(tmp_path, version)
    lay_out(world, MERGED, key=False)
    without = settled(world, *arguments.split(), shielded=False)
    lay_out(world, MERGED, key=True)
    assert settled(world, *arguments.split(), shielded=True) == without
    for found in (
        "first.invalid",
        "second.invalid",
        f"{tmp_path}/near",
        f"{tmp_path}/machine/uv",
        f"{tmp_path}/work/links",
    ):
        assert found in without


@pytest.mark.real
def test_the_comparison_can_fail(tmp_path: Path) -> None:
    world = World(tmp_path, NEWEST)
    lay_out(world, MERGED, key=False)
    without = settled(world, "lock", shielded=False)
    lay_out(world, {**MERGED, USER: "", SYSTEM: ""}, key=True)
    done = world.direct("--show-settings", "lock", SSL_CERT_FILE="/dev/null")
    assert "Failed to parse `pyproject.toml`" in done.stderr
    assert "first.invalid" in without
    assert "first.invalid" not in done.stdout
