"""What the clauses do not say of the Python-written tools: the traps of the facts, and what stays the same."""

from __future__ import annotations

import functools
import os
import shutil
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pep786.children import commands
from pep786.verify import tools
from pep786.verify.cases import tried_on
from pep786.verify.index import Index
from pep786.verify.sandbox import Sandbox
from pep786.verify.tools.driver import Stage
from tests.real.released_tools import NEWEST, OLDER, Release, Tools
from tests.real.running import assert_all_carry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pep786.verify.running import Run
    from pep786.verify.tools.driver import Tool

pytestmark = pytest.mark.real

OPTED_OUT = {"PIP_NO_ANALYTICS": "1"}
POETRY, PDM, HATCH, PIPENV, COMPILE = NEWEST[:5]
BUILD = next(release for release in NEWEST if release.tool == "build")
NOX = next(release for release in NEWEST if release.tool == "nox")
UV = next(release for release in NEWEST if release.tool == "uv")
VIRTUALENV = next(release for release in NEWEST if release.tool == "virtualenv")
POETRY_1 = next(release for release in OLDER if release.tool == "poetry")
PIPENV_2023 = next(release for release in OLDER if release.tool == "pipenv")

# Every way to ask, from within a tool's own process or environment.
ASK = """
import http.client, sys, urllib.request
urllib.request.urlopen({url!r})
connection = http.client.HTTPConnection({host!r})
connection.request("GET", "/simple/")
connection.getresponse().read()
"""


def kept_together(*releases: Release) -> pytest.MarkDecorator:
    """The tests of one release stay with one worker, which makes its environment once."""
    return pytest.mark.parametrize(
        "release", [pytest.param(each, id=str(each), marks=pytest.mark.xdist_group(str(each))) for each in releases]
    )


class Workplace:
    """A tool with the shim in a sandbox, whose project asks the index for a distribution."""

    def __init__(self, tool: Tool, sandbox: Sandbox, index: Index, project: str) -> None:
        self.tool = tool
        self.sandbox = sandbox
        self.index = index
        self.driver = tools.driver(tool.name)
        case = next(each for each in tried_on("tools") if each.requirement == project and not each.files)
        self.stage = Stage(self.driver, tool, case, sandbox, index)
        self.stage.lay_out()

    @property
    def folder(self) -> Path:
        return Path(self.sandbox.project)

    def start(self, *arguments: str, **variables: str) -> Run:
        """Run the tool with these arguments; what it asked before is forgotten."""
        self.index.clear()
        return self.run([*self.tool.command, *arguments], **variables)

    def install(self, **variables: str) -> Run:
        """Have the tool do what its driver asks for."""
        for command in self.driver.commands(self.stage):
            run = self.run(command, **variables)
        return run

    def run(self, command: list[str], **variables: str) -> Run:
        environ = {"PIP_INDEX_URL": self.index.simple, **self.driver.variables, **variables}
        run = self.sandbox.run(command, environ)
        assert "goes on without the shim" not in run.output
        return run

    def ask(self) -> str:
        """A program that asks the index by itself."""
        return ASK.format(url=self.index.simple, host=f"127.0.0.1:{self.index.port}")


@pytest.fixture
def workplace(release: Release, released: Tools, request: pytest.FixtureRequest) -> Iterator[Workplace]:
    project = getattr(request, "param", "demo-wheel")
    with Sandbox() as sandbox, Index() as index:
        yield Workplace(released.with_shim(release), sandbox, index, project)


@kept_together(PIPENV)
def test_t3_pipenv_prefetches_with_bare_urllib3(workplace: Workplace) -> None:
    run = workplace.install(PIPENV_RESOLVER="pure-python", **OPTED_OUT)
    assert run.status == 0, run.output
    agents = {(request.user_agent or "").partition("/")[0] for request in workplace.index.received}
    assert "python-urllib3" in agents
    assert_all_carry(workplace.index)


@kept_together(HATCH)
@pytest.mark.parametrize("setting", ['env-exclude = ["*NO_ANALYTICS", "PYTHON*"]', 'env-include = ["HOME", "PATH"]'])
def test_t9_hatch_clears_and_refills_its_environment(workplace: Workplace, setting: str) -> None:
    project = workplace.folder / "pyproject.toml"
    project.write_text(project.read_text() + setting + "\n")
    workplace.sandbox.write("home/.config/pip/pip.conf", f"[global]\nindex-url = {workplace.index.simple}\n")
    run = workplace.start("env", "create", PY_NO_ANALYTICS="1")
    assert workplace.index.received, run.output
    assert_all_carry(workplace.index)


@kept_together(PIPENV)
def test_t10_an_opt_out_of_pip_conf_reaches_pipenvs_children(workplace: Workplace) -> None:
    (Path(workplace.sandbox.root) / "pip.conf").write_text("[global]\nno-analytics = true\n")
    run = workplace.install()
    assert run.status == 0, run.output
    assert_all_carry(workplace.index)


@kept_together(BUILD, NOX)
@pytest.mark.parametrize("file", ["project/pyproject.toml", "home/.config/pep786/config.toml"])
def test_d6_a_false_that_only_the_tool_reads_undoes_no_opt_out_of_its_pips(workplace: Workplace, file: str) -> None:
    """build and nox do not read pip.conf, and the pip that they start does."""
    table = "[tool.pep786]\n" if file.startswith("project") else ""
    path = Path(workplace.sandbox.root, file)
    workplace.sandbox.write(file, (path.read_text() if path.exists() else "") + f"{table}no-analytics = false\n")
    for opted_out in (False, True):
        if opted_out:
            (Path(workplace.sandbox.root) / "pip.conf").write_text("[global]\nno-analytics = true\n")
        workplace.index.clear()
        run = workplace.install()
        assert run.status == 0, run.output
        assert_all_carry(workplace.index, expected=opted_out)


@kept_together(PDM)
def test_t12_pdm_bears_the_key_in_its_own_configuration(workplace: Workplace) -> None:
    """Written by pdm itself, as the string it makes of it, or by hand."""
    assert workplace.start("config", "no-analytics", "true").status == 0
    run = workplace.install()
    assert run.status == 0, run.output
    assert_all_carry(workplace.index)
    assert "no-analytics = true" in workplace.start("config").output


@kept_together(POETRY, POETRY_1)
def test_poetry_config_knows_the_key(workplace: Workplace) -> None:
    assert workplace.start("config", "no-analytics", "true").status == 0
    assert "no-analytics = true" in workplace.start("config", "--list").output
    run = workplace.install()
    assert run.status == 0, run.output
    assert_all_carry(workplace.index)
    refused = workplace.start("config", "no-analytics", "perhaps")
    assert refused.status == 1
    assert "perhaps" in refused.output


@kept_together(POETRY, PDM, HATCH, PIPENV, PIPENV_2023)
def test_t16_a_flag_after_run_is_the_programs(workplace: Workplace) -> None:
    workplace.install()
    (workplace.folder / "show.py").write_text("import sys; print(sys.argv[1:])")
    run = workplace.start("run", sys.executable, "show.py", "--no-analytics", "--analytics")
    assert "['--no-analytics', '--analytics']" in run.output


@kept_together(POETRY, PDM, HATCH, PIPENV)
def test_t36_a_persons_program_is_untouched(workplace: Workplace) -> None:
    """In the tool's own environment, and started by ``run``."""
    (workplace.folder / "ask.py").write_text(workplace.ask())
    workplace.install()
    workplace.index.clear()
    for command in ([workplace.tool.python or "", "ask.py"], [*workplace.tool.command, "run", "python", "ask.py"]):
        run = workplace.run(command, **OPTED_OUT)
        assert run.status == 0, run.output
    assert len(workplace.index.received) == 4
    assert_all_carry(workplace.index, expected=False)


@kept_together(NOX)
def test_t19_a_noxfile_is_a_persons_program_in_noxs_process(workplace: Workplace) -> None:
    file = workplace.folder / "noxfile.py"
    file.write_text(
        file.read_text() + f"\n\n@nox.session(venv_backend='none')\ndef ask(session):\n    exec({workplace.ask()!r})\n"
    )
    run = workplace.start("--session", "ask", **OPTED_OUT)
    assert run.status == 0, run.output
    assert len(workplace.index.received) == 2
    assert_all_carry(workplace.index, expected=False)


@kept_together(NOX)
def test_t26_nox_runs_the_script_pip_and_drops_the_environment(workplace: Workplace) -> None:
    text = "\n    environ = {'PIP_INDEX_URL': %r}"
    text += (
        "\n    session.run('pip', 'download', '--no-cache-dir', 'demo-wheel', include_outer_env=False, env=environ)\n"
    )
    file = workplace.folder / "noxfile.py"
    file.write_text(file.read_text() + text % workplace.index.simple)
    run = workplace.start(**OPTED_OUT)
    assert run.status == 0, run.output
    assert len([request for request in workplace.index.received if request.kind == "file"]) > 2
    assert_all_carry(workplace.index)


@kept_together(POETRY, PDM, HATCH)
def test_t21_an_upload_carries_nothing(workplace: Workplace) -> None:
    dist = workplace.folder / "dist"
    dist.mkdir()
    wheel = next(file for file in workplace.index.distributions if file.filename.startswith("demo_wheel"))
    (dist / wheel.filename).write_bytes(wheel.data)
    project = workplace.folder / "pyproject.toml"
    text = project.read_text().replace('demo-wheel = "*"', "").replace('name = "demo"', 'name = "demo-wheel"')
    project.write_text(text)
    url = workplace.index.url("/upload/")
    arguments = {
        "poetry": ["publish", "--repository", "there", "-u", "me", "-p", "secret"],
        "pdm": ["publish", "--no-build", "--repository", url, "--username", "me", "--password", "secret"],
        "hatch": ["publish", "--repo", url, "--user", "me", "--auth", "secret"],
    }[workplace.tool.name]
    run = workplace.start(*arguments, POETRY_REPOSITORIES_THERE_URL=url, **OPTED_OUT)
    sent = [request for request in workplace.index.received if request.method == "POST"]
    assert sent, run.output
    assert not any("no-analytics" in str(request.headers) for request in sent)


@kept_together(POETRY, POETRY_1)
def test_t35_no_plugins_leaves_the_hook(workplace: Workplace) -> None:
    run = workplace.start("--no-plugins", "install", "--no-root", **OPTED_OUT)
    assert run.status == 0, run.output
    assert_all_carry(workplace.index)


@kept_together(POETRY, POETRY_1, PDM)
def test_the_plugin_alone_does_what_the_hook_does(workplace: Workplace) -> None:
    """As from a project's own plugins, whose folder site does not look at: no .pth file was read."""
    hooks = list(Path(workplace.tool.command[-1]).parents[1].glob("lib/*/site-packages/pep786_startup.*"))
    assert hooks
    for hook in hooks:
        hook.rename(hook.with_suffix(hook.suffix + ".away"))
    try:
        command = ["install", "--no-root"] if workplace.tool.name == "poetry" else ["install", "--no-self"]
        for arguments, variables, carrying in (
            (["--no-analytics"], {}, True),
            ([], OPTED_OUT, True),
            (["--analytics"], OPTED_OUT, False),
        ):
            run = workplace.start(*command, *arguments, **variables)
            assert run.status == 0, run.output
            assert_all_carry(workplace.index, expected=carrying)
            for left in ("poetry.lock", "pdm.lock"):
                (workplace.folder / left).unlink(missing_ok=True)
    finally:
        for hook in hooks:
            hook.with_suffix(hook.suffix + ".away").rename(hook)


@kept_together(VIRTUALENV)
def test_t30_the_periodic_update_runs_in_a_process_of_its_own(workplace: Workplace) -> None:
    """Its address is fixed, so the same function of its module is led to the loopback index."""
    code = "from virtualenv.seed.wheels import periodic_update; from virtualenv.seed.wheels.periodic_update import "
    code += f"do_update; periodic_update.urlopen({workplace.index.simple!r})"
    python = workplace.tool.python or ""
    start = commands.accompanied([python, "-c", code])
    assert start is not None
    run = workplace.run(start, **OPTED_OUT)
    assert run.status == 0, run.output
    assert_all_carry(workplace.index)


@kept_together(PDM, HATCH)
@pytest.mark.parametrize("workplace", ["demo-sdist"], indirect=True)
def test_t31_a_uv_that_a_tool_starts_gets_the_proxy(workplace: Workplace, release: Release, released: Tools) -> None:
    """The tool's own Python has no proxy; that of ``pep786 run`` is named to it."""
    uv = released.bare(UV).path
    if release.tool == "hatch":
        project = workplace.folder / "pyproject.toml"
        project.write_text(project.read_text() + 'installer = "uv"\n')
    start = Stage(workplace.driver, released.wrapped(release), workplace.stage.case, workplace.sandbox, workplace.index)
    environ = {"PDM_USE_UV": "1", "HATCH_ENV_TYPE_VIRTUAL_UV_PATH": uv, "UV_DEFAULT_INDEX": workplace.index.simple}
    environ["PATH"] = os.pathsep.join([os.path.dirname(uv), os.environ["PATH"]])
    for variables, carrying in (({}, False), (OPTED_OUT, True)):
        for command in workplace.driver.commands(start):
            workplace.index.clear()
            run = workplace.run(command, **{**environ, "UV_NO_CACHE": "1", **variables})
            assert run.status == 0, run.output
        assert any((request.user_agent or "").startswith("uv/") for request in workplace.index.received)
        assert_all_carry(workplace.index, expected=carrying)
        for left in (".venv", "pdm.lock"):
            shutil.rmtree(workplace.folder / left, ignore_errors=True)
            (workplace.folder / left).unlink(missing_ok=True)


LOCKED = {
    "poetry": (["lock"], "poetry.lock"),
    "pdm": (["lock"], "pdm.lock"),
    "pipenv": (["lock"], "Pipfile.lock"),
    "pip-compile": (["requirements.in", "--no-header", "-o", "requirements.txt"], "requirements.txt"),
}


@kept_together(POETRY, POETRY_1, PDM, PIPENV, PIPENV_2023, COMPILE)
@pytest.mark.parametrize("workplace", ["demo-sdist"], indirect=True)
def test_lock_file_output_and_status_are_the_same_with_and_without_us(
    workplace: Workplace, release: Release, released: Tools
) -> None:
    arguments, name = LOCKED[release.tool]
    if release.tool == "pip-compile":
        (workplace.folder / "requirements.in").write_text("demo-sdist\n")
    said = []
    plain = released.bare(release)
    workplace.run([*plain.command, *arguments])  # makes the project's environment
    for tool, variables in ((plain, OPTED_OUT), (workplace.tool, OPTED_OUT), (workplace.tool, {})):
        (workplace.folder / name).unlink(missing_ok=True)
        workplace.index.clear()
        run = workplace.run([*tool.command, *arguments], NO_COLOR="1", **variables)
        assert workplace.index.received, run.output
        assert_all_carry(workplace.index, expected=tool is not plain and bool(variables))
        said.append((run.status, stable(run.output), (workplace.folder / name).read_bytes()))
    assert said[0] == said[1] == said[2]


def stable(output: str) -> list[str]:
    """What a tool says, without what differs from run to run: seconds, spinners, places of its environment."""
    lines = [line.strip() for line in output.replace("\r", "\n").splitlines()]
    return [
        line
        for line in lines
        if line and not any(c in line for c in "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏") and "(" not in line and "/" not in line
    ]


@kept_together(POETRY)
def test_parallel_installs_each_decide_for_themselves(workplace: Workplace, released: Tools, release: Release) -> None:
    """Two of one environment at the same time: one opted out, one not."""
    from concurrent.futures import ThreadPoolExecutor

    with Sandbox() as sandbox, Index() as index, ThreadPoolExecutor(2) as pool:
        other = Workplace(released.with_shim(release), sandbox, index, "demo-wheel")
        runs = pool.map(lambda start: start(), [functools.partial(workplace.install, **OPTED_OUT), other.install])
        assert [run.status for run in runs] == [0, 0]
        assert_all_carry(workplace.index)
        assert_all_carry(index, expected=False)


@kept_together(PDM)
def test_t24_a_tool_from_a_zip_archive(workplace: Workplace, tmp_path: Path) -> None:
    """``python tool.pyz``, which imports the tool from its own environment."""
    with zipfile.ZipFile(tmp_path / "tool.pyz", "w") as archive:
        archive.writestr("__main__.py", "from pdm.core import main; main()")
    python = workplace.tool.python or ""
    run = workplace.run([python, str(tmp_path / "tool.pyz"), "install", "--no-self"], **OPTED_OUT)
    assert run.status == 0, run.output
    assert_all_carry(workplace.index)
    workplace.index.clear()
    run = workplace.run([python, "-m", "pdm", "lock", "--no-analytics"])
    assert run.status == 0, run.output
    assert_all_carry(workplace.index)
