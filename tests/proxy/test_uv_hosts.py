"""What is looked into and what is not, with the names that hosts have, and HTTP/2 (facts about uv, T28; design, D11).

A server that meets uv itself speaks HTTP/2 with it, as nginx's log shows; one that meets the proxy HTTP/1.1.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Iterator

import pytest

from pep786 import scope
from pep786.verify.distributions import wheel
from tests.proxy.hosts import Hosts, Resolver, file_of, has_ipv6
from tests.proxy.origins import Wrapped
from tests.proxy.uvs import NEWEST

if TYPE_CHECKING:
    from pathlib import Path

    from pep786.proxy.authority import Authority

pytestmark = pytest.mark.real

NEVER = [*scope.NO_INDEX, "raw.githubusercontent.com", "api.osv.dev"]
INDEX, FILES, OTHER, MIRROR = "index.example", "files.example", "other.example", "mirror.example"
SIMPLE = f"https://{INDEX}/simple/"
GIT = shutil.which("git") or ""
WHEEL = file_of("demo-extra")


@pytest.fixture(scope="module")
def started(private: tuple[Authority, str]) -> Iterator[Hosts]:
    names = [INDEX, FILES, OTHER, MIRROR, "upload.pypi.org", "127.0.0.1", *NEVER]
    with Hosts(private[0], names, files=f"https://{FILES}") as made:
        yield made


@pytest.fixture
def hosts(started: Hosts) -> Hosts:
    started.clear()
    return started


@pytest.fixture
def company(hosts: Hosts) -> Iterator[Resolver]:
    with Resolver(hosts.port) as made:
        yield made


@pytest.fixture
def placed(world: Wrapped, company: Resolver, private: tuple[Authority, str]) -> Wrapped:
    """A uv for which the names lead to the nginx."""
    world.environ.update(HTTPS_PROXY=company.url, SSL_CERT_FILE=private[1], UV_HTTP_RETRIES="0")
    return world


def install(what: str, index: str = SIMPLE) -> list[str]:
    return ["pip", "install", "--no-cache", "--reinstall", "--target", "installed", "--default-index", index, what]


@pytest.mark.parametrize("version", ["0.4.30", "0.9.9", NEWEST])
def test_an_index_that_would_rather_speak_http2(
    version: str, hosts: Hosts, company: Resolver, private: tuple[Authority, str], tmp_path: Path
) -> None:
    """It does with uv alone; the proxy offers HTTP/1.1 and nothing else, to both sides, and everything works."""
    world = Wrapped(tmp_path / "world", version)
    environ = {"HTTPS_PROXY": company.url, "SSL_CERT_FILE": private[1]}
    done = world.alone(*install("demo-wheel"), **environ)
    assert done.returncode == 0, done.stderr
    alone = hosts.waited(4)
    assert {one.protocol for one in alone} == {"HTTP/2.0"}
    assert all(one.untouched for one in alone)
    hosts.clear()
    done = world.wrapped(*install("demo-wheel"), **environ)
    assert done.returncode == 0, done.stderr
    wrapped = hosts.waited(len(alone))
    assert {one.protocol for one in wrapped} == {"HTTP/1.1"}
    assert all(one.signed for one in wrapped), wrapped
    assert {one.path for one in alone} == {one.path for one in wrapped}
    assert {one.host for one in wrapped} == {INDEX, FILES}
    assert {one.proxy_authorization for one in wrapped} == {"-"}


def test_a_host_that_is_no_index_is_met_by_uv_itself(placed: Wrapped, hosts: Hosts) -> None:
    """The tunnel is blind: the host's own certificate and HTTP/2, and nothing signed."""
    files = [wheel(f"never-{number}", "1.0", files={f"never_{number}.py": ""}) for number in range(len(NEVER))]
    for file in files:
        (hosts.content / "files" / file.filename).write_bytes(file.data)
    wanted = [f"{file.name} @ https://{host}/files/{file.filename}" for host, file in zip(NEVER, files)]
    done = placed.wrapped(*install("demo-extra"), *wanted)
    assert done.returncode == 0, done.stderr
    asked = [one for one in hosts.waited(len(NEVER) + 2) if one.host not in (INDEX, FILES)]
    assert {one.host for one in asked} == set(NEVER)
    assert {(one.protocol, one.untouched) for one in asked} == {("HTTP/2.0", True)}
    assert all(one.signed for one in hosts.log if one not in asked)


def test_the_address_of_a_requirement_is_a_file_hosts(placed: Wrapped, hosts: Hosts) -> None:
    """Facts, T36: no index names it, and no host of one."""
    done = placed.wrapped(*install(f"demo-extra @ https://{OTHER}/files/{WHEEL.filename}"))
    assert done.returncode == 0, done.stderr
    asked = hosts.waited(1, OTHER)
    assert asked
    assert all(one.signed and one.protocol == "HTTP/1.1" for one in asked), asked


def test_a_fresh_page_in_the_cache_and_files_on_another_host(
    company: Resolver, world: Wrapped, private: tuple[Authority, str]
) -> None:
    """Nothing in this run names the file's host before it is asked (facts, T14)."""
    with Hosts(private[0], [INDEX, FILES], files=f"https://{FILES}", age=600) as hosts, Resolver(hosts.port) as way:
        environ = {"HTTPS_PROXY": way.url, "SSL_CERT_FILE": private[1]}
        arguments = ["pip", "install", "--target", "t", "--default-index", SIMPLE, "demo-extra"]
        assert world.alone(*arguments, "--dry-run", **environ).returncode == 0
        assert any(one.host == INDEX for one in hosts.waited(2))
        hosts.clear()
        done = world.wrapped(*arguments, **environ)
        assert done.returncode == 0, done.stderr
        asked = hosts.waited(1)
        assert {one.host for one in asked} == {FILES}
        assert all(one.signed for one in asked)
    assert company.heads == []


# Pythons


def pythons(environ: dict[str, str]) -> dict[str, str]:
    return {**environ, "UV_PYTHON_DOWNLOADS": "manual", "UV_PYTHON_INSTALL_DIR": "pythons", "UV_PYTHON": ""}


@pytest.mark.parametrize("way", ["variable", "option", "uv.toml"])
def test_a_python_from_a_mirror_is_not_touched(way: str, placed: Wrapped, hosts: Hosts) -> None:
    """Not even by a proxy: ``uv python`` asks no index. There is no such archive, and uv says so as ever."""
    url = f"https://{INDEX}/pythons"  # be it on an index's own host
    environ = pythons({"UV_PYTHON_INSTALL_MIRROR": url} if way == "variable" else {})
    if way == "uv.toml":
        placed.write("work/uv.toml", f'no-analytics = true\npython-install-mirror = "{url}"\n')
    done = placed.wrapped("python", "install", "3.12", *(["--mirror", url] if way == "option" else []), **environ)
    assert done.returncode == 1, done.stderr
    asked = hosts.waited(1)
    assert asked
    assert all(one.path.startswith("/pythons/") for one in asked)
    assert {(one.host, one.protocol, one.untouched) for one in asked} == {(INDEX, "HTTP/2.0", True)}


@pytest.mark.parametrize("mirror", [MIRROR, INDEX])
def test_a_python_that_another_command_wants(mirror: str, placed: Wrapped, hosts: Hosts) -> None:
    """Requests to a mirror are told by their path, for its host may be an index's."""
    environ = pythons({"UV_PYTHON_INSTALL_MIRROR": f"https://{mirror}/pythons", "UV_PYTHON_DOWNLOADS": "automatic"})
    environ["UV_PYTHON_DOWNLOADS"] = "automatic"
    done = placed.wrapped("venv", "v", "--managed-python", "-p", "3.12", "--default-index", SIMPLE, **environ)
    assert done.returncode != 0
    asked = hosts.waited(1)
    assert asked
    assert {(one.host, one.protocol, one.untouched) for one in asked} == {(mirror, "HTTP/1.1", True)}
    hosts.clear()
    done = placed.wrapped(*install("demo-extra"), **{**environ, "UV_PYTHON": sys.executable})
    assert done.returncode == 0, done.stderr
    assert all(one.signed for one in hosts.waited(2))


@pytest.mark.parametrize(
    ("environ", "project"),
    [
        ({"UV_PYTHON_INSTALL_MIRROR": f"https://{INDEX}/"}, ""),
        ({"UV_PYTHON_INSTALL_MIRROR": f"https://{INDEX}/simple"}, ""),
        ({"UV_ASTRAL_MIRROR_URL": f"https://{INDEX}"}, ""),
        ({"UV_PYTHON_INSTALL_MIRROR": f"https://{INDEX}/pythons"}, ""),
        ({"UV_PYTHON_INSTALL_MIRROR": f"https://{FILES}/pythons"}, ""),
        ({}, f'python-install-mirror = "https://{FILES}/files"\npypy-install-mirror = "{SIMPLE}demo-wheel"\n'),
    ],
    ids=["all of the host", "above the index", "another mirror", "beside the index", "the files' host", "a checkout's"],
)
def test_no_mirror_hides_an_index(environ: dict[str, str], project: str, placed: Wrapped, hosts: Hosts) -> None:
    """Not one that only a nested requirements file names; and no checkout says what is none (design, D6)."""
    placed.write("work/r.txt", "-r base.txt\n")
    placed.write("work/base.txt", f"--index-url {SIMPLE}\ndemo-wheel\n")
    placed.write("work/uv.toml", project)
    arguments = ["pip", "install", "--no-cache", "--target", "t", "-r", "r.txt"]
    done = placed.wrapped(*arguments, *(["--index-url", SIMPLE] if "/pythons" not in str(environ) else []), **environ)
    assert done.returncode == 0, done.stderr
    asked = hosts.waited(4)
    assert {one.host for one in asked} == {INDEX, FILES}
    assert all(one.signed for one in asked), asked


def test_the_list_of_pythons_is_not_signed_either(placed: Wrapped, hosts: Hosts) -> None:
    """It is one file, on the host of an index; uv may ask for it before any command."""
    (hosts.content / "pythons.json").write_text("{}")
    environ = pythons({"UV_PYTHON_DOWNLOADS_JSON_URL": f"https://{INDEX}/pythons.json"})
    environ["UV_PYTHON_DOWNLOADS"] = "automatic"
    placed.wrapped("venv", "v", "--managed-python", "-p", "3.12", "--default-index", SIMPLE, **environ)
    asked = hosts.waited(1)
    assert {(one.path, one.protocol, one.untouched) for one in asked} == {("/pythons.json", "HTTP/1.1", True)}


# Uploads


@pytest.mark.parametrize("url", ["", f"https://{OTHER}/legacy/", f"https://{INDEX}/legacy/"])
def test_an_upload_is_not_looked_into_and_what_it_looks_up_is_signed(url: str, placed: Wrapped, hosts: Hosts) -> None:
    """Unless one host does both: then it is looked into, and not signed."""
    placed.write("work/dist/placeholder", "")
    (placed.work / "dist" / WHEEL.filename).write_bytes(WHEEL.data + b"")
    check = ["--check-url", SIMPLE]
    where = ["--publish-url", url] if url else []
    done = placed.wrapped("publish", *where, *check, "--token", "x", f"dist/{WHEEL.filename}")
    looked_up = hosts.waited(1, INDEX)
    assert any(one.method == "GET" and one.path.startswith("/simple/") for one in looked_up), done.stderr
    assert all(one.signed for one in looked_up if one.method == "GET")
    hosts.clear()
    (hosts.content / "simple" / "demo-new").mkdir(exist_ok=True)
    new = placed.work / "dist" / "demo_extra-2.0-py3-none-any.whl"
    shutil.copy(placed.work / "dist" / WHEEL.filename, new)
    done = placed.wrapped("publish", *where, *check, "--token", "x", f"dist/{new.name}")
    posts = [one for one in hosts.waited(2) if one.method == "POST"]
    host = url.split("/")[2] if url else "upload.pypi.org"
    expected = {(host, "HTTP/1.1" if host == INDEX else "HTTP/2.0", True)}
    assert {(one.host, one.protocol, one.untouched) for one in posts} == expected, done.stderr


# Addresses of IPv6


def leads_to_ipv6(host: str) -> bool:
    try:
        return bool(socket.getaddrinfo(host, 1, socket.AF_INET6))
    except OSError:
        return False


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
@pytest.mark.parametrize("name", ["http://[::1]", "https://localhost", "https://ip6-localhost"])
def test_an_index_at_an_address_of_ipv6(name: str, world: Wrapped, private: tuple[Authority, str]) -> None:
    """In https by a name that leads there; nobody listens at 127.0.0.1."""
    scheme, _, host = name.partition("://")
    if scheme == "https" and not leads_to_ipv6(host):
        pytest.skip(f"{host} is no name of ::1 here")
    with Hosts(private[0], ["localhost", "ip6-localhost"], address="::1") as hosts:
        index = f"{name}:{hosts.port if scheme == 'https' else hosts.plain_port}/simple/"
        done = world.wrapped(*install("demo-wheel", index), SSL_CERT_FILE=private[1], UV_HTTP_RETRIES="0")
        assert done.returncode == 0, done.stderr
        asked = hosts.waited(4)
        assert all(one.signed for one in asked)
        assert {(one.host, one.protocol) for one in asked} == {(host, "HTTP/1.1")}


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
def test_https_and_a_bare_address_of_ipv6_is_more_than_uv_can_behind_any_proxy(
    world: Wrapped, private: tuple[Authority, str]
) -> None:
    """It takes the brackets for a part of the name. So it fails here too, and nothing goes out unsignalled."""
    with Hosts(private[0], ["::1"], address="::1") as hosts, Resolver(hosts.port, "::1") as way:
        arguments = install("demo-wheel", f"https://[::1]:{hosts.port}/simple/")
        environ = {"SSL_CERT_FILE": private[1], "UV_HTTP_RETRIES": "0"}
        assert world.alone(*arguments, **environ).returncode == 0
        hosts.clear()
        alone = world.alone(*arguments, HTTPS_PROXY=way.url, **environ)
        done = world.wrapped(*arguments, **environ)
        assert done.returncode == alone.returncode != 0
        assert "Invalid Server Name" in alone.stderr
        assert "Invalid Server Name" in done.stderr
        assert hosts.log == []


# Credentials, children


def test_keyring(placed: Wrapped, hosts: Hosts) -> None:
    """It is asked for the index's real address, and what it knows stands in nothing that uv or we say."""
    placed.write(
        "bin/keyring",
        f"#!{sys.executable}\nimport os, sys\n"
        "open(os.environ['ASKED'], 'a').write(' '.join(sys.argv[1:]) + '\\n')\n"
        "print('me\\nsecret-of-the-keyring' if '--mode' in sys.argv else 'secret-of-the-keyring')\n",
    )
    (placed.root / "bin" / "keyring").chmod(0o755)
    asked = placed.root / "asked"
    environ = {"PATH": f"{placed.root / 'bin'}{os.pathsep}{placed.environ['PATH']}", "ASKED": str(asked)}
    users = hosts.root / "users"
    users.write_text("me:{PLAIN}secret-of-the-keyring\n")
    index = f"https://me@{INDEX}/locked/"
    arguments = [*install("demo-wheel", index), "--keyring-provider", "subprocess"]
    done = placed.wrapped("-vv", *arguments, RUST_LOG="trace", **environ)
    assert done.returncode == 0, done.stderr
    services = {line.split()[-2] for line in asked.read_text().splitlines()}
    assert services
    assert all(one.partition("://")[2].startswith(INDEX) or one == INDEX for one in services), services
    assert "secret-of-the-keyring" not in done.stderr + done.stdout
    found = hosts.waited(3)
    assert all(one.signed for one in found)
    pages = [one for one in found if one.path.startswith("/locked/")]
    assert {one.host for one in found if one.authorization != "-"} == {INDEX}
    assert any(one.authorization.startswith("Basic ") for one in pages)
    users.write_text("me:{PLAIN}another\n")
    alone = placed.alone(*arguments, **environ)
    done = placed.wrapped(*arguments, **environ)
    assert done.returncode == alone.returncode != 0
    assert ("401" in done.stderr) == ("401" in alone.stderr)
    assert "secret-of-the-keyring" not in done.stderr + done.stdout


@pytest.mark.skipif(not GIT, reason="there is no git here")
def test_a_git_of_uvs_is_left_alone(placed: Wrapped, hosts: Hosts, private: tuple[Authority, str]) -> None:
    """On the index's own host, in https (facts, T10)."""
    work, bare = placed.root / "repository", hosts.content / "repository.git"
    placed.write("repository/pyproject.toml", "[project]\nname = 'from-git'\nversion = '1'\n" + BACKEND)
    placed.write("repository/backend.py", IN_TREE)
    options = ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "init.defaultBranch=main"]
    for command in (
        ["init", "-q"],
        ["add", "."],
        ["commit", "-qm", "x"],
        ["clone", "-q", "--bare", str(work), str(bare)],
        ["--git-dir", str(bare), "update-server-info"],
    ):
        subprocess.run([GIT, *options, *command], cwd=work, check=True, env={**os.environ, "HOME": str(placed.root)})
    done = placed.wrapped(*install(f"from-git @ git+https://{INDEX}/repository.git"), GIT_SSL_CAINFO=private[1])
    assert done.returncode == 0, done.stderr
    asked = [one for one in hosts.waited(3) if one.path.startswith("/repository.git/")]
    assert any(one.user_agent.startswith("git/") for one in asked)
    assert all(one.untouched for one in asked if one.user_agent.startswith("git/")), asked


BACKEND = "[build-system]\nrequires = []\nbuild-backend = 'backend'\nbackend-path = ['.']\n"
IN_TREE = """\
import os, ssl, urllib.request, zipfile

def build_wheel(folder, config_settings=None, metadata_directory=None):
    if os.environ.get("FETCH"):
        context = ssl.create_default_context(cafile=os.environ["FETCH_CA"])
        request = urllib.request.Request(os.environ["FETCH"], headers={"User-Agent": "a back-end"})
        urllib.request.urlopen(request, context=context).read()
    name = "from_git-1-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as wheel:
        info = "from_git-1.dist-info"
        wheel.writestr(info + "/METADATA", "Metadata-Version: 2.1\\nName: from-git\\nVersion: 1\\n")
        wheel.writestr(info + "/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(info + "/RECORD", "")
    return name
"""


def test_a_build_back_end_is_left_alone(placed: Wrapped, hosts: Hosts, private: tuple[Authority, str]) -> None:
    placed.write("work/it/pyproject.toml", "[project]\nname = 'from-git'\nversion = '1'\n" + BACKEND)
    placed.write("work/it/backend.py", IN_TREE)
    done = placed.wrapped(*install("./it"), FETCH=f"{SIMPLE}demo-wheel/", FETCH_CA=private[1])
    assert done.returncode == 0, done.stderr
    (asked,) = hosts.waited(1)
    assert (asked.user_agent, asked.untouched) == ("a back-end", True)


def test_the_suffix_can_be_left_out(placed: Wrapped, hosts: Hosts) -> None:
    """Design, D19; facts, T24."""
    done = placed.wrapped(*install("demo-extra"), PEP786_USER_AGENT="0")
    assert done.returncode == 0, done.stderr
    asked = hosts.waited(2)
    assert all((one.prefer, one.user_agent[-1]) == ("no-analytics", "}") for one in asked), asked


# The strict mode


@pytest.mark.parametrize("way", ["option", "variable", "both"])
def test_only_the_listed_hosts(way: str, placed: Wrapped, hosts: Hosts) -> None:
    """uv's own connection to the other host is a tunnel: its certificate, HTTP/2, and unsignalled."""
    options = {"option": ["--only", INDEX], "variable": [], "both": [f"--only={INDEX.upper()}", "--only", "10.0.0.1"]}
    said = {"option": "", "variable": f"{INDEX}, other.example", "both": FILES}[way]
    command = [sys.executable, "-m", "pep786", "run", *options[way], "--", placed.uv, *install("demo-wheel")]
    done = placed.run(command, {"PIP_NO_ANALYTICS": "1", "PEP786_ONLY_HOSTS": said})
    assert done.returncode == 0, done.stderr
    asked = hosts.waited(4)
    assert {one.host for one in asked} == {INDEX, FILES}
    for one in asked:
        assert (one.protocol, one.signed) == (("HTTP/1.1", True) if one.host == INDEX else ("HTTP/2.0", False)), one


def test_only_reaches_a_uv_inside(placed: Wrapped, hosts: Hosts) -> None:
    run = [sys.executable, "-m", "pep786", "run"]
    inner = [*run, "--", placed.uv, *install("demo-wheel")]
    done = placed.run([*run, "--only", INDEX, "--", "sh", "-c", '"$@"', "sh", *inner], {"PIP_NO_ANALYTICS": "1"})
    assert done.returncode == 0, done.stderr
    assert {(one.host, one.signed) for one in hosts.waited(4)} == {(INDEX, True), (FILES, False)}


@pytest.mark.parametrize("said", ["https://index.example/", "a b/c", "1.2.3", "", "[::1", "x" * 64, "*.example"])
@pytest.mark.parametrize("command", ["run", "proxy"])
def test_only_wants_hosts(said: str, command: str, world: Wrapped) -> None:
    more = ["--", "uv", "--version"] if command == "run" else ["--ca", str(world.root / "ca")]
    done = world.run([sys.executable, "-m", "pep786", command, "--only", said, *more])
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith(f"pep786 {command}: --only: ")
    if command == "run" and said:
        done = world.wrapped("--version", PEP786_ONLY_HOSTS=said)
        assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
        assert "PEP786_ONLY_HOSTS: " in done.stderr


def test_the_help_says_that_the_others_go_unsignalled(world: Wrapped) -> None:
    for command in ("run", "proxy"):
        done = world.run([sys.executable, "-m", "pep786", command, "--help"])
        assert done.returncode == 0
        assert "UNSIGNALLED" in done.stdout
