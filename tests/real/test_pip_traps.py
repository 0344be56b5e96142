"""Traps of the facts that are no clause of the PEP: what the shim must not break, and where it must reach."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

import pytest

from pep786.verify.index import Index
from tests.environments import NEWEST, THIS, Environments, best, fetched, install

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

    from tests.environments import Environment

pytestmark = pytest.mark.real
OPT_OUT: dict[str, Any] = {"PIP_NO_ANALYTICS": "1"}
CURRENT = ("26.3", "25.3", "24.0", "23.3.2", "22.3.1", "21.3.1", "20.3.4")


@pytest.fixture
def index() -> Iterator[Index]:
    with Index() as index:
        yield index


@pytest.fixture
def direct() -> Iterator[Index]:
    """An index without metadata files and redirects, as pip's range requests need one (T23)."""
    with Index(metadata=False, redirect_files=False) as index:
        yield index


def pip(
    environment: Environment, *arguments: str, cwd: Path | None = None, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run ``python -m pip`` apart from the machine's configuration."""
    environ: dict[str, Any] = {"PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1", **variables}
    return environment.run([environment.python, "-m", "pip", *arguments], cwd=cwd, **environ)


def assert_all_carry(index: Index, *, expected: bool = True) -> None:
    """Every request carries the signal once, or none does; and there were requests."""
    assert index.received
    for request in index.received:
        assert request.prefer == (["no-analytics"] if expected else []), request
        suffixes = (request.user_agent or "").count("(no-analytics)")
        assert suffixes == int(expected), request


OWN_COMMANDS = (
    ["list"],
    ["check"],
    ["config", "list"],
    ["debug"],
    ["--version"],
    ["freeze"],
    ["cache", "dir"],
    ["help"],
)


@pytest.mark.parametrize("command", OWN_COMMANDS, ids=" ".join)
@pytest.mark.parametrize("release", [NEWEST, "22.3.1", "20.3.4"])
def test_t16_pips_own_commands_behave_as_without_the_shim(
    release: str, command: list[str], environments: Environments
) -> None:
    told = {}
    for shim in (True, False):
        environment = environments.shared(release, shim=shim)
        done = pip(environment, *command, PIP_NO_ANALYTICS="banana")
        ours = ("analytics", "pep786", "tomli", "leave this run out of shared")
        lines = [
            # "list" pads its columns to the longest name, which is one of ours.
            re.sub("[- ]+", " ", line.replace(str(environment.root), "ENVIRONMENT"))
            for line in (done.stdout + done.stderr).splitlines()
            if not any(word in line for word in ours) or "NO_ANALYTICS" in line
        ]
        told[shim] = (done.returncode, lines)
    assert told[True] == told[False]


def test_t16_no_phantom_variable_in_pip_config_list(environments: Environments, tmp_path: Path) -> None:
    conf = tmp_path / "pip.conf"
    conf.write_text("[global]\nno-analytics = true\n")
    done = pip(environments.shared(NEWEST), "config", "list", PIP_CONFIG_FILE=str(conf))
    assert "no-analytics='true'" in done.stdout
    assert ":env:.no-analytics" not in done.stdout


@pytest.mark.parametrize("release", CURRENT)
def test_the_flags_are_in_pips_own_help_and_abbreviate(release: str, environments: Environments, index: Index) -> None:
    environment = environments.shared(release)
    for command in ([], ["install"], ["download"]):
        told = pip(environment, *command, "--help").stdout
        assert "--no-analytics" in told
        assert "--analytics" in told
    done = pip(environment, "download", "--no-ana", "-d", "x", "-i", index.simple, "demo-wheel", cwd=environment.root)
    assert done.returncode == 0, done.stderr
    assert_all_carry(index)


def test_t6_an_argument_that_looks_like_the_flag_is_none(
    environments: Environments, index: Index, tmp_path: Path
) -> None:
    done = pip(
        environments.shared(NEWEST), "download", "-i", index.simple, "-d", "--no-analytics", "demo-wheel", cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "--no-analytics").is_dir()
    assert_all_carry(index, expected=False)


@pytest.mark.parametrize("release", CURRENT)
def test_verbose_says_that_and_why_once(release: str, environments: Environments, index: Index, tmp_path: Path) -> None:
    environment = environments.shared(release)
    arguments = ("download", "-d", str(tmp_path), "-i", index.simple, "demo-wheel")
    told = pip(environment, "-v", *arguments, PY_NO_ANALYTICS="1")
    lines = [line for line in told.stdout.splitlines() if "no-analytics'" in line]
    assert lines == ["Sending 'Prefer: no-analytics' to indexes (PY_NO_ANALYTICS)"]
    assert "no-analytics'" not in pip(environment, *arguments, PY_NO_ANALYTICS="1").stdout
    assert "no-analytics'" not in pip(environment, "-v", *arguments).stdout


def test_t9_two_sessions_with_different_decisions(environments: Environments) -> None:
    code = """
from pip._internal.commands import create_command
seen = []
class Stub:
    def send(self, request, **kwargs):
        seen.append((request.headers.get("Prefer"), request.headers["User-Agent"].count("(no-analytics)")))
        raise SystemError("seen")
    def close(self): pass
for flags in (["--no-analytics"], ["--analytics"], ["--no-analytics"]):
    options, _ = create_command("download").parse_args(flags)
    session = create_command("download")._build_session(options)
    session.mount("http://", Stub())
    for _ in range(2):
        try: session.get("http://index.invalid/")
        except SystemError: pass
print(seen)
"""
    environment = environments.shared(NEWEST)
    told = environment.output([environment.python, "-c", code], PIP_CONFIG_FILE=os.devnull)
    assert told.strip() == str([("no-analytics", 1)] * 2 + [(None, 0)] * 2 + [("no-analytics", 1)] * 2)


@pytest.mark.parametrize("version", [THIS, "3.8", "3.7"])
def test_t13_another_interpreter_by_python(
    version: str, environments: Environments, index: Index, tmp_path: Path
) -> None:
    """--python runs pip under an interpreter in whose environment we are not."""
    environment = environments.shared("24.0")
    other = environments.shared(None, version, shim=False)
    target = ("download", "-d", str(tmp_path), "-i", index.simple, "demo-wheel")
    for arguments in (("--no-analytics",), ()):
        index.clear()
        done = pip(environment, "--python", other.python, *arguments, *target, **({} if arguments else OPT_OUT))
        assert done.returncode == 0, done.stderr
        assert_all_carry(index)
    index.clear()
    done = pip(environment, "--python", other.python, "--analytics", *target, **OPT_OUT)
    assert done.returncode == 0, done.stderr
    assert_all_carry(index, expected=False)


@pytest.mark.parametrize("release", ["24.0", "22.3.1", NEWEST])
def test_t13_python_and_an_isolated_build(
    release: str, environments: Environments, index: Index, tmp_path: Path
) -> None:
    environment = environments.shared(release)
    other = environments.fresh(None, None, shim=False) if release == NEWEST else environment
    done = pip(
        environment,
        "--python",
        other.python,
        "wheel",
        "-w",
        str(tmp_path),
        "-i",
        index.simple,
        "--no-analytics",
        "demo-sdist",
    )
    assert done.returncode == 0, done.stderr
    assert any("demo_backend" in request.path for request in index.received)
    assert_all_carry(index)


def test_t13_virtual_environment_isolation(environments: Environments, index: Index, tmp_path: Path) -> None:
    environment = environments.shared(NEWEST)
    arguments = ("--use-feature=venv-isolation", "-w", str(tmp_path), "-i", index.simple, "demo-sdist")
    done = pip(environment, "wheel", *arguments, **OPT_OUT)
    assert done.returncode == 0, done.stderr
    assert any("demo_backend" in request.path for request in index.received)
    assert_all_carry(index)


def test_in_process_build_dependencies(environments: Environments, index: Index, tmp_path: Path) -> None:
    arguments = (
        "--use-feature=inprocess-build-deps",
        "-w",
        str(tmp_path),
        "-i",
        index.simple,
        "--no-analytics",
        "demo-sdist",
    )
    done = pip(environments.shared(NEWEST), "wheel", *arguments)
    assert done.returncode == 0, done.stderr
    assert_all_carry(index)


@pytest.mark.parametrize("release", ["25.3"])
def test_t15_a_remote_build_constraint_is_read_by_a_bare_session(
    release: str, environments: Environments, index: Index, tmp_path: Path
) -> None:
    remote = ("--build-constraint", index.url("/constraints.txt"))
    pip(
        environments.shared(release),
        "wheel",
        "-w",
        str(tmp_path),
        "-i",
        index.simple,
        "--no-analytics",
        *remote,
        "demo-sdist",
    )
    assert any("constraints" in request.path for request in index.received)
    assert_all_carry(index)


@pytest.mark.parametrize("release", CURRENT)
def test_the_self_version_check(release: str, environments: Environments, index: Index) -> None:
    environment = environments.fresh(release)
    installer = environment.site_packages / f"pip-{release}.dist-info" / "INSTALLER"
    installer.write_text("pip\n")
    done = environment.run(
        [environment.python, "-m", "pip", "install", "--target", "x", "-i", index.simple, "demo-dependency"],
        cwd=environment.root,
        PIP_CONFIG_FILE=os.devnull,
        **OPT_OUT,
    )
    assert done.returncode == 0, done.stderr
    assert any(request.path == "/simple/pip/" for request in index.received)
    assert_all_carry(index)


def test_range_requests_and_head(environments: Environments, direct: Index, tmp_path: Path) -> None:
    arguments = ("--use-feature=fast-deps", "-d", str(tmp_path), "-i", direct.simple, "demo-wheel")
    done = pip(environments.shared("24.0"), "download", *arguments, **OPT_OUT)
    assert done.returncode == 0, done.stderr
    assert {"HEAD", "GET"} <= {request.method for request in direct.received}
    assert any(request.kind == "range" for request in direct.received)
    assert_all_carry(direct)


@pytest.mark.parametrize(
    "command", [("index", "versions"), ("install", "--dry-run"), ("download", "-d", "x"), ("wheel", "-w", "x")]
)
def test_every_command_that_asks_an_index(
    command: tuple[str, ...], environments: Environments, index: Index, tmp_path: Path
) -> None:
    done = pip(environments.shared(NEWEST), *command, "-i", index.simple, "demo-wheel", cwd=tmp_path, **OPT_OUT)
    assert done.returncode == 0, done.stderr
    assert_all_carry(index)


def test_pip_search_of_an_old_pip(environments: Environments, index: Index) -> None:
    pip(environments.shared("20.3.4"), "search", "-i", index.url("/pypi"), "demo", **OPT_OUT)
    assert "POST" in {request.method for request in index.received}
    assert_all_carry(index)


def test_the_pip_script_signals_as_the_module_does(environments: Environments, index: Index, tmp_path: Path) -> None:
    environment = environments.shared(NEWEST)
    script = tmp_path / "pip"
    script.write_text("import sys\nfrom pip._internal.cli.main import main\nsys.exit(main())\n")
    arguments = ["download", "-d", str(tmp_path), "-i", index.simple, "demo-wheel"]
    done = environment.run([environment.python, str(script), *arguments], PIP_CONFIG_FILE=os.devnull, **OPT_OUT)
    assert done.returncode == 0, done.stderr
    assert_all_carry(index)


@pytest.mark.parametrize("release", ["20.3.4", "24.0", NEWEST])
def test_a_wheel_of_pip_run_as_a_zip_file(
    release: str, environments: Environments, index: Index, tmp_path: Path
) -> None:
    environment = environments.shared(None, best(release))
    script = os.path.join(fetched("pip", release), "pip")
    arguments = ["wheel", "-w", str(tmp_path), "-i", index.simple, "demo-sdist"]
    done = environment.run([environment.python, script, *arguments], PIP_CONFIG_FILE=os.devnull, **OPT_OUT)
    assert done.returncode == 0, done.stderr
    assert_all_carry(index)


def test_a_proxy_between_sees_the_signal_once(environments: Environments, index: Index, tmp_path: Path) -> None:
    """The loopback server plays the proxy: it answers requests in absolute form."""
    proxy = index.url("/").rstrip("/")
    arguments = (
        "-d",
        str(tmp_path),
        "-i",
        "http://index.invalid/simple/",
        "--trusted-host",
        "index.invalid",
        "demo-dependency",
    )
    done = pip(environments.shared(NEWEST), "download", *arguments, **OPT_OUT, HTTP_PROXY=proxy, NO_PROXY="localhost")
    assert any(request.path.startswith("http://index.invalid/simple/") for request in index.received), done.stderr
    assert_all_carry(index)


@pytest.mark.parametrize("host", ["github.com", "raw.githubusercontent.com"])
def test_d11_a_host_that_is_no_index_is_sent_nothing(
    host: str, environments: Environments, index: Index, tmp_path: Path
) -> None:
    proxy = index.url("/").rstrip("/")
    arguments = ("download", "--no-deps", "-d", str(tmp_path), f"http://{host}/direct/demo_wheel-1.0-py3-none-any.whl")
    pip(environments.shared(NEWEST), *arguments, **OPT_OUT, HTTP_PROXY=proxy)
    assert any(host in request.path for request in index.received)
    assert_all_carry(index, expected=False)


def test_d11_the_signal_comes_off_where_an_index_redirects_out_of_scope(environments: Environments) -> None:
    code = """
from pip._internal.network.session import PipSession
session = PipSession()
session.trust_env = False
class Redirects:
    def send(self, request, **kwargs):
        from pip._vendor.requests.models import Response
        from io import BytesIO
        print(request.url, request.headers.get("Prefer"), request.headers["User-Agent"].count("(no-analytics)"))
        response = Response()
        response.request, response.url, response.raw = request, request.url, BytesIO()
        response.status_code = 302 if "index" in request.url else 200
        response.headers["Location"] = "https://codeload.github.com/x"
        return response
    def close(self): pass
session.mount("http://", Redirects())
session.mount("https://", Redirects())
session.get("http://index.invalid/x", headers={"Prefer": "wait=1"})
"""
    told = environments.shared(NEWEST).output(
        [environments.shared(NEWEST).python, "-c", code], PIP_CONFIG_FILE=os.devnull, **OPT_OUT
    )
    assert told.splitlines() == [
        "http://index.invalid/x wait=1, no-analytics 1",
        "https://codeload.github.com/x wait=1 0",
    ]


def test_a_vendored_copy_of_pip_signals_too(environments: Environments, index: Index, tmp_path: Path) -> None:
    """The copy that the released pipenv brings along, under a name of its own."""
    code = "import sys; from pipenv.patched.pip._internal.cli.main import main; sys.exit(main(sys.argv[1:]))"
    arguments = ["download", "--no-deps", "-d", str(tmp_path), "-i", index.simple, "demo-wheel"]
    environment = environments.shared()
    variables: dict[str, Any] = {"PIP_CONFIG_FILE": os.devnull, "PYTHONPATH": install("pipenv")}
    done = environment.run([environment.python, "-c", code, *arguments], **variables, PY_NO_ANALYTICS="1")
    assert done.returncode == 0, done.stderr
    assert_all_carry(index)
    index.clear()
    done = environment.run([environment.python, "-c", code, *arguments, "--no-analytics"], **variables)
    assert done.returncode == 0, done.stderr
    assert_all_carry(index)


PROGRAMS = {
    "urllib.request": "import urllib.request; urllib.request.urlopen(URL).read()",
    "http.client": "import http.client as h; c = h.HTTPConnection(HOST); c.request('GET', '/'); c.getresponse()",
    "requests": "import requests; requests.get(URL)",
    "urllib3": "import urllib3; urllib3.PoolManager().request('GET', URL)",
    "httpx": "import httpx; httpx.get(URL)",
    "pip's own copy of requests": "from pip._vendor import requests; requests.get(URL)",
}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_d14_a_persons_own_program_sends_what_it_sent_before(
    program: str, environments: Environments, index: Index
) -> None:
    library = program.split()[1].partition(".")[0].rstrip(";")
    received = {}
    for shim in (True, False):
        environment = environments.shared(NEWEST, shim=shim)
        host = index.url("/").split("/")[2]
        code = f"URL = {index.simple!r}; HOST = {host!r}; {program}"
        paths = [] if library in ("urllib", "http", "pip") else [install(library)]
        index.clear()
        done = environment.run([environment.python, "-c", code], **OPT_OUT, PYTHONPATH=os.pathsep.join(paths))
        assert done.returncode == 0, done.stderr
        received[shim] = [(r.method, r.path, r.headers) for r in index.received]
    assert received[True] == received[False]
    assert received[True]


def test_d13_a_pip_with_native_support_is_left_alone(environments: Environments, index: Index, tmp_path: Path) -> None:
    """A pip that knows the flag itself: the shim adds no option and no header."""
    environment = environments.fresh("24.0")
    options = environment.site_packages / "pip" / "_internal" / "cli" / "cmdoptions.py"
    native = """
general_group["options"].append(partial(Option, "--no-analytics", action="store_true", dest="no_analytics"))
"""
    options.write_text(options.read_text(encoding="utf-8") + native, encoding="utf-8")
    done = pip(environment, "download", "--no-analytics", "-d", str(tmp_path), "-i", index.simple, "demo-wheel")
    assert done.returncode == 0, done.stderr
    assert_all_carry(index, expected=False)
    assert pip(environment, "--help").stdout.count("--no-analytics") == 1


def test_t18_a_project_file_that_cannot_be_read_stops_nobody(
    environments: Environments, index: Index, tmp_path: Path
) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.pip\nno-analytics = true\n")
    done = pip(environments.shared(NEWEST), "download", "-d", "x", "-i", index.simple, "demo-wheel", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    warnings = [line for line in done.stderr.splitlines() if "pyproject.toml" in line]
    assert len(warnings) == 1
    assert warnings[0].startswith("WARNING: pep786: ")
    assert_all_carry(index, expected=False)


def test_t21_t29_a_fresh_virtual_environment_has_no_shim(
    environments: Environments, index: Index, tmp_path: Path
) -> None:
    """What we do not reach is known, and status says so: the shim is installed per environment."""
    fresh = environments.shared("23.3.2", shim=False)
    done = pip(fresh, "download", "-d", str(tmp_path), "-i", index.simple, "demo-wheel", **OPT_OUT)
    assert done.returncode == 0
    assert_all_carry(index, expected=False)
    refused = pip(fresh, "download", "--no-analytics", "demo-wheel")
    assert (refused.returncode, "no such option" in refused.stderr) == (2, True)


def test_t25_a_requirements_file_does_not_take_the_flag(environments: Environments, tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("--no-analytics\n")
    done = pip(environments.shared(NEWEST), "download", "-r", str(requirements))
    assert "no such option: --no-analytics" in done.stderr


def test_t27_options_built_by_other_programs(environments: Environments) -> None:
    """Programs that make a PipSession themselves, without pip's parser, are signed by the variables alone."""
    code = """
from pip._internal.network.session import PipSession
import os
print(PipSession().no_analytics is not None)
os.environ["PY_NO_ANALYTICS"] = "1"
print(PipSession(retries=1).no_analytics is not None)
"""
    environment = environments.shared(NEWEST)
    assert environment.output([environment.python, "-c", code], PIP_CONFIG_FILE=os.devnull).split() == ["False", "True"]
