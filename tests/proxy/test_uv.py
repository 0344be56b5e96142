"""``pep786 run -- uv``: what an index receives from a released uv, and that nothing else changes.

The index's own record is the witness: whatever reached it, signed or not, is there.
"""

from __future__ import annotations

import contextlib
import http.server
import threading
from typing import TYPE_CHECKING, Any, Iterator

import pytest

from pep786.verify.distributions import demo_distributions, wheel
from pep786.verify.index import Index
from tests.proxy.installing import assert_signed, install, succeeded
from tests.proxy.origins import CorporateProxy, SecureIndex, Wrapped
from tests.proxy.uvs import NEWEST, Trap

if TYPE_CHECKING:
    from pathlib import Path

    from pep786.proxy.authority import Authority

pytestmark = pytest.mark.real

VERSIONS = ("0.4.30", "0.5.31", "0.9.9", NEWEST)
TOOL = wheel(
    "demo-tool",
    "1.0",
    files={
        "demo_tool.py": "import sys\ndef main(): print(sys.argv[1:])\n",
        "demo_tool-1.0.dist-info/entry_points.txt": "[console_scripts]\ndemo-tool = demo_tool:main\n",
    },
)
PROJECT = """\
[project]
name = "project"
version = "1"
requires-python = ">=3.8"
dependencies = ["demo-wheel", "demo-sdist"]

[[tool.uv.index]]
name = "company"
url = "{index}"
default = true
"""


@contextlib.contextmanager
def serving(scheme: str, private: tuple[Authority, str], **options: Any) -> Iterator[Index]:
    offered = [*demo_distributions(), TOOL]
    with (
        SecureIndex(private[0], distributions=offered, **options) if scheme == "https" else Index(offered, **options)
    ) as index:
        yield index


@pytest.mark.parametrize(
    ("version", "scheme"), [*((version, "https") for version in VERSIONS), (VERSIONS[0], "http"), (NEWEST, "http")]
)
def test_every_command_signs_everything_and_locks_the_same(
    version: str, scheme: str, private: tuple[Authority, str], tmp_path: Path
) -> None:
    direct, wrapped = Wrapped(tmp_path / "direct", version), Wrapped(tmp_path / "wrapped", version)
    with serving(scheme, private) as index:
        for world, run in ((direct, direct.alone), (wrapped, wrapped.wrapped)):
            world.environ["SSL_CERT_FILE"] = private[1]
            world.environ["UV_CACHE_DIR"] = str(world.root / "cache")
            world.write("work/pyproject.toml", PROJECT.format(index=index.simple))
            index.clear()
            succeeded(run("lock"))
            first = (world.work / "uv.lock").read_bytes()
            succeeded(run("sync", "--locked", UV_CACHE_DIR=str(world.root / "empty")))
            succeeded(run("add", "demo-extra"))
            exported = succeeded(run("export", "--quiet", "--no-emit-project"))
            world.write("work/requirements.txt", exported)
            hashed = [
                "pip",
                "install",
                "--require-hashes",
                "--no-cache",
                "--target",
                "hashed",
                "-r",
                "requirements.txt",
            ]
            succeeded(run(*hashed, "--index-url", index.simple))
            tool = ["--index-url", index.simple, "--no-cache"]
            succeeded(run("tool", "install", *tool, "demo-tool"))
            assert succeeded(run("tool", "run", *tool, "demo-tool", "--analytics", "x")) == "['--analytics', 'x']\n"
            ran = run("run", "--no-project", *tool, "--with", "demo-tool", "python", "-c", "import demo_tool")
            succeeded(ran)
            received = index.received
            if run == wrapped.wrapped:
                assert_signed(received, 40)
                assert wrapped.left_behind() == []
            else:
                assert not any(request.prefer for request in received)
                before = first, (world.work / "uv.lock").read_bytes(), (world.work / "pyproject.toml").read_bytes()
                asked = {request.path for request in received}
        assert before == (first, (world.work / "uv.lock").read_bytes(), (world.work / "pyproject.toml").read_bytes())
        assert asked == {request.path for request in received}


def test_uvx_and_python_m_uv(world: Wrapped, private: tuple[Authority, str]) -> None:
    with serving("https", private) as index:
        tool = ["--index-url", index.simple, "--no-cache", "demo-tool", "a"]
        done = world.wrapped(*tool, program=world.uvx, SSL_CERT_FILE=private[1])
        assert succeeded(done) == "['a']\n"
        assert_signed(index.received, 2)


def test_metadata_by_ranges_and_a_second_time_from_the_cache(world: Wrapped, private: tuple[Authority, str]) -> None:
    """HEAD and 206 without metadata files, then 304; T16 and T19 of the facts."""
    with serving("https", private, metadata=False, redirect_files=False) as index:
        arguments = ["pip", "compile", "--quiet", "--default-index", index.simple, "-"]
        requirements = world.root / "in.txt"
        requirements.write_text("demo-wheel\n")
        for _ in range(2):
            succeeded(world.wrapped(*arguments[:-1], str(requirements), SSL_CERT_FILE=private[1]))
        assert_signed(index.received, 6)
        kinds = {(request.method, request.kind) for request in index.received}
        assert {("GET", "page"), ("HEAD", "file"), ("GET", "range")} <= kinds
        assert any(request.values("If-None-Match") for request in index.received)


def test_a_hash_that_does_not_match_is_still_refused(world: Wrapped, secure_index: SecureIndex) -> None:
    world.write("work/r.txt", f"demo-extra==1.0 --hash=sha256:{'0' * 64}\n")
    environ = {"SSL_CERT_FILE": world.environ["SSL_CERT_FILE"]} if "SSL_CERT_FILE" in world.environ else {}
    arguments = ["pip", "install", "--no-cache", "--target", "t", "--require-hashes", "-r", "r.txt"]
    done = world.wrapped(
        *arguments, "--index-url", secure_index.simple, "--allow-insecure-host", "127.0.0.1",
        "--allow-insecure-host", "localhost", **environ,
    )  # fmt: skip
    assert done.returncode != 0
    assert "ash mismatch" in done.stderr


@pytest.mark.parametrize("way", ["url", "netrc", "environment"])
def test_credentials_go_where_they_went(
    way: str, world: Wrapped, secure_index: SecureIndex, private: tuple[Authority, str]
) -> None:
    """The /auth pages want them (facts, section 2)."""
    url = secure_index.url("/auth/simple/")
    environ = {"SSL_CERT_FILE": private[1]}
    if way == "url":
        url = url.replace("://", "://me:secret@")
    elif way == "netrc":
        world.write("home/.netrc", "machine 127.0.0.1 login me password secret\n")
        (world.root / "home" / ".netrc").chmod(0o600)
    else:
        environ.update(UV_INDEX_COMPANY_USERNAME="me", UV_INDEX_COMPANY_PASSWORD="secret")  # noqa: S106
    named = f"company={url}" if way == "environment" else url
    arguments = ["pip", "install", "--no-cache", "--target", "t", "--default-index", named, "demo-extra"]
    succeeded(world.wrapped(*arguments, **environ))
    assert_signed(secure_index.received, 3)
    pages = [request for request in secure_index.received if request.route.startswith("/auth/")]
    assert any(request.values("Authorization") for request in pages)
    others = [request for request in secure_index.received if request.host.startswith("localhost")]
    assert others
    assert not any(request.values("Authorization") for request in others)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_corporate_proxy_is_gone_through(scheme: str, world: Wrapped, private: tuple[Authority, str]) -> None:
    with serving(scheme, private) as index, CorporateProxy() as corporate:
        environ = {"SSL_CERT_FILE": private[1], "HTTP_PROXY": corporate.url(), "https_proxy": corporate.url()}
        environ["UV_HTTP_RETRIES"] = "0"  # it tries a refusal again, for half a minute
        succeeded(world.wrapped(*install(index), **environ))
        assert_signed(index.received, 4, corporate.authorization)
        assert corporate.heads
        connects = [head for head in corporate.heads if head.startswith("CONNECT")]
        assert len(connects) == (len(corporate.heads) if scheme == "https" else 0)
        assert not any("no-analytics" in head for head in connects)
        lines = {line for head in corporate.heads for line in head.split("\r\n")}
        known = {line.partition(": ")[2] for line in lines if line.lower().startswith("proxy-authorization:")}
        assert known == {corporate.authorization}  # never ours
        index.clear()
        wrong = corporate.url("wrong")
        done = world.wrapped(*install(index), **{**environ, "HTTP_PROXY": wrong, "https_proxy": wrong})
        alone = world.alone(*install(index), **{**environ, "HTTP_PROXY": wrong, "https_proxy": wrong})
        assert (done.returncode, index.received) == (alone.returncode, [])
        assert done.returncode != 0
        assert ("407" in done.stderr) == ("407" in alone.stderr)
        assert ("roxy auth" in done.stderr) == ("roxy auth" in alone.stderr)


@pytest.mark.parametrize("variable", ["NO_PROXY", "no_proxy"])
@pytest.mark.parametrize("value", ["*", "127.0.0.1,localhost", "127.0.0.0/8, .localhost,localhost", "{port}"])
def test_no_proxy_lets_nothing_past_us(variable: str, value: str, world: Wrapped) -> None:
    """But past the corporate proxy, which is dead here (facts, T7 and T8)."""
    with Index() as index, Trap() as dead:
        value = value.replace("{port}", f"127.0.0.1:{index.port},localhost:{index.port}")
        succeeded(world.wrapped(*install(index), **{variable: value, "HTTP_PROXY": dead.url, "ALL_PROXY": dead.url}))
        assert_signed(index.received, 4)
        assert dead.connections == 0


def test_a_proxy_in_uvs_own_configuration_does_not_lead_past_us(world: Wrapped) -> None:
    """It switches off the variables, ours too (facts, T6): it is taken out, and gone through."""
    with Index() as index, CorporateProxy() as corporate:
        world.write("work/uv.toml", f'http-proxy = "{corporate.url()}"\n')
        succeeded(world.wrapped(*install(index)))
        assert_signed(index.received, 4, corporate.authorization)
        assert corporate.heads


def test_a_socks_proxy_is_refused_in_one_line(world: Wrapped) -> None:
    done = world.wrapped("pip", "list", ALL_PROXY="socks5://me:secret@127.0.0.1:1")
    assert (done.returncode, done.stdout) == (2, "")
    expected = "ALL_PROXY names a socks5 proxy; http and https proxies are supported"
    assert done.stderr == f"pep786 run: {world.uv}: {expected}\n"


def test_offline_is_offline(world: Wrapped, secure_index: SecureIndex) -> None:
    alone, done = (run(*install(secure_index, "--offline")) for run in (world.alone, world.wrapped))
    assert (done.returncode, done.stderr.splitlines()[1:]) == (alone.returncode, alone.stderr.splitlines()[1:])
    assert secure_index.received == []


CHILD = """\
import json, ssl, sys, urllib.request
context = ssl.create_default_context(cafile=sys.argv[2])
request = urllib.request.Request(sys.argv[1], headers={"User-Agent": "my program"})
with urllib.request.urlopen(request, context=context) as answer:
    print(answer.status)
"""


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_program_that_uv_runs_is_left_alone(scheme: str, world: Wrapped, private: tuple[Authority, str]) -> None:
    """Its own trust, its own requests, on the index's own host (facts, T9 and T10; design, D14)."""
    world.write("work/child.py", CHILD)
    with serving(scheme, private) as index:
        arguments = ["run", "--no-project", "child.py", index.simple, private[1]]
        assert succeeded(world.wrapped(*arguments, SSL_CERT_FILE=private[1])) == "200\n"
        (request,) = index.received
        assert (request.prefer, request.user_agent) == ([], "my program")


def test_a_uv_inside_of_uv_run_signs_once(
    world: Wrapped, private: tuple[Authority, str], secure_index: SecureIndex
) -> None:
    nested = [world.uv, *install(secure_index)]
    succeeded(world.wrapped("run", "--no-project", *nested, SSL_CERT_FILE=private[1]))
    assert_signed(secure_index.received, 4)


def test_a_wrapper_inside_of_a_wrapper_signs_once(
    world: Wrapped, private: tuple[Authority, str], secure_index: SecureIndex
) -> None:
    """Facts, T27."""
    from tests.proxy.origins import RUN

    nested = [*RUN, "--", world.uv, *install(secure_index)]
    succeeded(world.wrapped("run", "--no-project", *nested, SSL_CERT_FILE=private[1]))
    assert_signed(secure_index.received, 4)
    assert world.left_behind() == []


class Download(http.server.BaseHTTPRequestHandler):
    """A place for Pythons beside an index: it has none, and remembers who asked."""

    asked: list[tuple[str, str | None]]

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers["Prefer"]))
        self.send_error(404)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing."""


def test_a_mirror_of_pythons_is_no_index(world: Wrapped) -> None:
    """What begins with its address is not signed, and all else on its host is (facts, T28)."""
    handler = type("Handler", (Download,), {"asked": []})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        environ = {
            "UV_PYTHON_INSTALL_MIRROR": f"{url}/pythons",
            "UV_PYTHON_DOWNLOADS": "manual",
            "UV_HTTP_RETRIES": "0",
        }
        assert world.wrapped("python", "install", "3.12", **environ).returncode != 0
        arguments = ["pip", "install", "--no-cache", "--target", "t", "--index-url", f"{url}/simple", "nothing"]
        assert world.wrapped(*arguments, **environ).returncode != 0
        server.shutdown()
    asked: list[tuple[str, str | None]] = handler.asked  # type: ignore[attr-defined]
    assert {prefer for path, prefer in asked if path.startswith("/pythons/")} == {None}
    assert {prefer for path, prefer in asked if path.startswith("/simple")} == {"no-analytics"}


def test_uvs_own_flags_decide_and_the_programs_are_its_own(world: Wrapped, private: tuple[Authority, str]) -> None:
    """Facts, T4 and T31."""
    show = ["python", "-c", "import sys; print(sys.argv[1:])", "--no-analytics", "--analytics"]
    with serving("http", private) as index:
        with_tool = ["--with", "demo-tool", "--no-project", "--no-cache", "--index-url", index.simple]
        for flag, environ, carrying in (
            ("--no-analytics", {"PIP_NO_ANALYTICS": ""}, True),
            ("--analytics", {}, False),
        ):
            index.clear()
            done = world.wrapped("run", flag, *with_tool, *show, **environ)
            assert succeeded(done) == "['--no-analytics', '--analytics']\n"
            assert {bool(request.prefer) for request in index.received} == {carrying}


def test_the_key_in_uvs_own_configuration(world: Wrapped, private: tuple[Authority, str]) -> None:
    """It opts out, and the private index stays (design, D17; facts, T1)."""
    with serving("https", private) as index, Trap() as elsewhere:
        text = PROJECT.replace('"demo-wheel", "demo-sdist"', '"demo-wheel"').format(index=index.simple)
        environ = {"SSL_CERT_FILE": private[1], "PIP_NO_ANALYTICS": "", "NO_PROXY": "127.0.0.1,localhost"}
        environ.update(HTTP_PROXY=elsewhere.url, HTTPS_PROXY=elsewhere.url)
        world.write("work/pyproject.toml", text)
        succeeded(world.alone("lock", **environ))
        before = (world.work / "uv.lock").read_bytes()
        (world.work / "uv.lock").unlink()
        index.clear()
        world.write("work/pyproject.toml", text + "\n[tool.uv]\nno-analytics = true\n")
        succeeded(world.wrapped("lock", "--no-cache", **environ))
        assert_signed(index.received, 3)
        assert (world.work / "uv.lock").read_bytes() == before
        assert elsewhere.connections == 0


def test_fifty_downloads_at_once(world: Wrapped, private: tuple[Authority, str]) -> None:
    """Facts, T26, and every one over connections of its own."""
    many = [wheel(f"demo-{number}", "1.0", files={f"demo_{number}.py": "x = 0\n" * 20_000}) for number in range(50)]
    with SecureIndex(private[0], distributions=many) as index:
        names = [file.name for file in many]
        arguments = ["pip", "install", "--no-cache", "--target", "t", "--default-index", index.simple, *names]
        succeeded(world.wrapped(*arguments, SSL_CERT_FILE=private[1]))
        assert_signed(index.received, 250)


def test_no_secret_of_ours_stands_in_what_uv_says(world: Wrapped, private: tuple[Authority, str]) -> None:
    """However much it says."""
    with serving("https", private) as index:
        done = world.wrapped("-v", *install(index), SSL_CERT_FILE=private[1], RUST_LOG="trace")
        assert done.returncode == 0
        assert "pep786:" not in done.stderr
        assert_signed(index.received, 4)
