"""Which requests carry the signal: every one of a session that may go to an index (design, D11 and D12)."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.environments import CHECKOUT, NEWEST, Environments, install
from tests.real.running import CURRENT, OPT_OUT, assert_all_carry, building, pip

if TYPE_CHECKING:
    from pathlib import Path

    from pep786.verify.index import Index

pytestmark = pytest.mark.real


@pytest.mark.parametrize("release", ["25.3"])
def test_t15_a_remote_build_constraint_is_read_by_a_bare_session(
    release: str, environments: Environments, index: Index, tmp_path: Path
) -> None:
    remote = ("--build-constraint", index.url("/constraints.txt"))
    pip(environments.shared(release), "wheel", *building(index, tmp_path), *remote, "demo-sdist")
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


def test_t27_options_built_by_other_programs(environments: Environments) -> None:
    """Programs that make a PipSession themselves, without pip's parser, are signed by the variables alone."""
    code = """
from pip._internal.network.session import PipSession
import os
print(PipSession().no_analytics is not None)
os.environ["PY_NO_ANALYTICS"] = "1"
print(PipSession(retries=1).no_analytics is not None)
class Other(PipSession):
    def __init__(self):
        super(PipSession, self).__init__()
try:
    Other().get("http://127.0.0.1:1/")
except Exception as refused:
    print("onnection" in type(refused).__name__)
"""
    environment = environments.shared(NEWEST)
    assert environment.output([environment.python, "-c", code], PIP_CONFIG_FILE=os.devnull).split() == [
        "False",
        "True",
        "True",
    ]


def test_t30_a_page_of_links_on_another_host(environments: Environments, index: Index, tmp_path: Path) -> None:
    """--find-links and direct URLs are fetched by the same session; any host may be an index."""
    links = index.url("/simple/demo-dependency/").replace("127.0.0.1", "localhost")
    arguments = ("--no-index", "--find-links", links, "--trusted-host", "localhost", "-d", str(tmp_path))
    done = pip(environments.shared(NEWEST), "download", *arguments, "demo-dependency", **OPT_OUT)
    assert done.returncode == 0, done.stderr
    assert {request.host.partition(":")[0] for request in index.received} >= {"localhost"}
    assert_all_carry(index)


def test_t32_nothing_of_the_persons_leads_a_verified_pip_away(environments: Environments, tmp_path: Path) -> None:
    """verify leaves the person's indexes, proxies and files out; here every one of them leads nowhere."""
    machine = tmp_path / "machine" / "pip"
    machine.mkdir(parents=True)
    (machine / "pip.conf").write_text("[global]\nno-analytics = true\nno-index = true\nproxy = http://127.0.0.1:9\n")
    variables: dict[str, Any] = {
        "PIP_INDEX_URL": "http://127.0.0.1:9/simple/",
        "PIP_FIND_LINKS": "http://127.0.0.1:9/",
        "PIP_NO_ANALYTICS": "1",
        "HTTP_PROXY": "http://127.0.0.1:9",
        "PYTHONPATH": str(CHECKOUT),
    }
    environment = environments.shared("24.0")
    done = environment.run([sys.executable, "-m", "pep786", "verify", "--python", environment.python], **variables)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "FAIL" not in done.stdout
