"""``pep786 proxy``: a fixed port, a kept authority, and any client that has the token."""

from __future__ import annotations

import configparser
import os
import shutil
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Iterator

import pytest

from pep786.proxy import service
from pep786.verify.index import Index
from tests.environments import CHECKOUT, NEWEST, Environments
from tests.proxy.origins import SecureIndex, Wrapped

if TYPE_CHECKING:
    from pathlib import Path

    from pep786.proxy.authority import Authority

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the proxy does not run on Windows yet")


def environment(**more: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {**kept, "PYTHONPATH": str(CHECKOUT), "PYTHONWARNINGS": "error", **more}


class Service:
    """The command, running."""

    def __init__(self, folder: Path, *options: str, **environ: str) -> None:
        self.folder = folder
        command = [sys.executable, "-m", "pep786", "proxy", "--ca", str(folder), "--port", "0", *options]
        self.process = subprocess.Popen(
            command, env=environment(**environ), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert self.process.stdout
        self.said = self.process.stdout.readline() + self.process.stdout.readline()

    @property
    def url(self) -> str:
        return (self.folder / "url").read_text().strip()

    @property
    def bundle(self) -> str:
        return str(self.folder / "certificates.pem")

    def stop(self, number: int = signal.SIGTERM) -> str:
        self.process.send_signal(number)
        rest, _ = self.process.communicate(timeout=20)
        assert self.process.returncode == 0
        return self.said + rest


@pytest.fixture
def running(tmp_path: Path, private: tuple[Authority, str]) -> Iterator[Service]:
    made = Service(tmp_path / "state", SSL_CERT_FILE=private[1])
    yield made
    if made.process.poll() is None:
        made.stop()


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_what_is_kept_and_who_may_read_it(running: Service, private: tuple[Authority, str], tmp_path: Path) -> None:
    folder = running.folder
    modes = {path.name: mode(path) for path in folder.iterdir()}
    assert modes == {"ca.pem": 0o644, "ca-key.pem": 0o600, "token": 0o600, "url": 0o600, "certificates.pem": 0o644}
    assert "PRIVATE" not in (folder / "certificates.pem").read_text()
    token = (folder / "token").read_text()
    kept = (folder / "ca.pem").read_bytes(), token
    said = running.stop()
    assert token not in said
    assert str(folder / "url") in said
    again = Service(tmp_path / "state", SSL_CERT_FILE=private[1])
    assert kept == ((folder / "ca.pem").read_bytes(), (folder / "token").read_text())
    again.stop(signal.SIGINT)


def failing(*options: str) -> str:
    command = [sys.executable, "-m", "pep786", "proxy", "--port", "0", *options]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment(), timeout=30)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    return done.stderr


def test_why_it_does_not_start(tmp_path: Path) -> None:
    Service(tmp_path / "state", "--only", "index.example").stop()
    assert "is for other hosts" in failing("--ca", str(tmp_path / "state"))
    assert "is for other hosts" in failing("--ca", str(tmp_path / "state"), "--only", "other.example")
    (tmp_path / "state" / "token").chmod(0o644)
    assert "others can read it" in failing("--ca", str(tmp_path / "state"), "--only", "index.example")
    (tmp_path / "state" / "ca-key.pem").chmod(0o640)
    assert "others can read it" in failing("--ca", str(tmp_path / "state"), "--only", "index.example")
    (tmp_path / "file").touch()
    assert str(tmp_path / "file") in failing("--ca", str(tmp_path / "file"))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert "cannot listen" in failing("--ca", str(tmp_path / "new"), "--port", port)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--port", "99999"], "--port: 99999 is no port"),
        (["--port", "-1"], "--port: -1 is no port"),
        (["--listen", ""], "--listen: no address is named"),
        (["--listen", "\u00e9..b"], "cannot listen on \u00e9..b"),
    ],
)
def test_an_address_that_is_none(options: list[str], said: str, tmp_path: Path) -> None:
    assert said in failing("--ca", str(tmp_path / "state"), *options)


@pytest.mark.parametrize("text", ["", "\n", "0123456789", "\u00e9" * 48, f"{'a' * 40} {'b' * 40}"])
def test_a_token_that_is_none(text: str, tmp_path: Path) -> None:
    """Everybody would be let in, or be let in soon, or nobody: a URL with it would be none."""
    Service(tmp_path / "state").stop()
    (tmp_path / "state" / "token").write_text(text)
    assert f"{tmp_path / 'state' / 'token'} is no token" in failing("--ca", str(tmp_path / "state"))


def test_a_folder_of_another_user_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who could put other files there at any time. Root's will do: it makes the folder for the service."""
    folder = tmp_path / "state"
    folder.mkdir(0o755)
    if os.geteuid() == 0:
        os.chown(folder, 54321, -1)
        assert "is another user's" in failing("--ca", str(folder))
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    with pytest.raises(service.ServiceError, match="is another user's"):
        service.Kept(str(folder), [])
    assert list(folder.iterdir()) == []


def test_a_write_that_failed_stands_in_nobody_s_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor one that was cut off: in a container, the next one has the same number."""
    folder = tmp_path / "state"
    with monkeypatch.context() as full:
        full.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError("no space left")))
        with pytest.raises(OSError, match="no space"):
            service.Kept(str(folder), [])
    assert list(folder.iterdir()) == []
    for name in ("ca-key.pem", "token", "ca.pem"):
        (folder / f".{name}.{os.getpid()}").write_text("half")
    token = service.Kept(str(folder), []).token
    assert (folder / "token").read_text() == token
    assert sorted(path.name for path in folder.iterdir()) == ["ca-key.pem", "ca.pem", "token"]


def test_the_authority_is_good_for_the_listed_hosts_only(tmp_path: Path) -> None:
    kept = service.Kept(str(tmp_path / "state"), ["index.example", "10.0.0.1"])
    assert kept.authority.hosts() == {"index.example", "10.0.0.1"}
    assert service.Kept(str(tmp_path / "state"), ["10.0.0.1", "index.example"]).token == kept.token
    assert service.Kept(str(tmp_path / "any"), []).authority.hosts() is None


def test_a_systemd_unit(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pep786", "proxy", "--ca", str(tmp_path / "x"), "--only", "a.example", "--systemd"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment())
    assert (
        f"\nExecStart={sys.executable} -m pep786 proxy --port 7786 --ca {tmp_path}/x --only a.example\n" in done.stdout
    )
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("folder", "lines"),
    [
        ("/var/lib/authority", ["StateDirectory=authority", "StateDirectoryMode=0755"]),
        ("/srv/authority", ["ReadWritePaths=/srv/authority"]),
        ("/srv/a 50% share", ['ReadWritePaths="/srv/a 50%% share"']),
    ],
)
def test_the_unit_may_write_to_its_folder_alone(folder: str, lines: list[str]) -> None:
    unit = service.unit(folder, 7786, []).splitlines()
    assert [line for line in unit if line.startswith(("StateDirectory", "ReadWritePaths"))] == lines
    assert "ProtectSystem=strict" in unit
    quoted = lines[0].partition("=")[2] if "srv" in folder else folder
    assert next(line for line in unit if line.startswith("ExecStart=")).endswith(f" --ca {quoted}")


@pytest.mark.parametrize("place", ["docs", "help"])
def test_a_job_that_cannot_read_the_address_ends(place: str, tmp_path: Path) -> None:
    """As its shell runs what we say: with an empty variable it would go on without a proxy, and without a word."""
    lines = (CHECKOUT / "docs" / "uv.md").read_text().splitlines()
    if place == "help":
        help_of = [sys.executable, "-m", "pep786", "proxy", "--help"]
        lines = subprocess.run(
            help_of, check=True, capture_output=True, text=True, env=environment()
        ).stdout.splitlines()
    at = next(at for at, line in enumerate(lines) if "$(cat " in line)
    job = "uv() { env; }; pip() { :; }\n" + "\n".join(lines[at : lines.index("", at)]) + "\nuv\necho went on"

    def run() -> subprocess.CompletedProcess[str]:
        environ = environment(HOME=str(tmp_path))
        return subprocess.run(["/bin/sh", "-c", job], check=False, capture_output=True, text=True, env=environ)

    done = run()
    assert (done.returncode, done.stdout) == (1, "")
    (tmp_path / "pep786-url").write_text("http://pep786:t@127.0.0.1:7786\n")
    told = set(run().stdout.splitlines())
    names = ["HTTPS_PROXY", "HTTP_PROXY", "http_proxy"] if place == "docs" else ["HTTPS_PROXY"]
    assert {f"{name}=http://pep786:t@127.0.0.1:7786" for name in names} <= told
    assert "went on" in told


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd here")
def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    """And says so of no other: a directive that it does not know is told of."""
    command = [sys.executable, "-m", "pep786", "proxy", "--ca", "/var/lib/pep786", "--systemd"]
    text = subprocess.run(command, check=True, capture_output=True, text=True, env=environment()).stdout
    for name, content, clean in (("good", text, True), ("bad", text.replace("LimitCORE", "LimitSCORE"), False)):
        path = tmp_path / f"pep786-{name}.service"
        path.write_text(content)
        verify = [shutil.which("systemd-analyze") or "", "verify", "--man=no", str(path)]
        done = subprocess.run(verify, check=False, capture_output=True, text=True)
        said = [line for line in done.stderr.splitlines() if path.name in line]
        assert (said == []) is clean, said
        assert not clean or done.returncode == 0


def test_the_unit_is_an_ini_file(tmp_path: Path) -> None:
    """Where there is no systemd to ask; and it runs the command that the help tells of."""
    parser = configparser.ConfigParser(strict=True, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(service.unit(str(tmp_path), 7786, ["a.example"]))
    assert parser.sections() == ["Unit", "Service", "Install"]
    words = parser["Service"]["ExecStart"].split()
    assert words[1:] == ["-m", "pep786", "proxy", "--port", "7786", "--ca", str(tmp_path), "--only", "a.example"]
    assert os.access(words[0], os.X_OK)
    assert parser["Service"]["User"] not in ("root", "")


def assert_signed(index: Index, least: int) -> None:
    assert len(index.received) >= least
    for request in index.received:
        assert request.prefer == ["no-analytics"], request
        assert (request.user_agent or "").count("(no-analytics)") == 1
        assert not request.values("Proxy-Authorization")


@pytest.mark.real
def test_uv(running: Service, world: Wrapped, secure_index: SecureIndex) -> None:
    environ = {"HTTPS_PROXY": running.url, "SSL_CERT_FILE": running.bundle}
    arguments = ["pip", "install", "--no-cache", "--target", "t", "--default-index", secure_index.simple, "demo-wheel"]
    done = world.alone(*arguments, **environ)
    assert done.returncode == 0, done.stderr
    assert_signed(secure_index, 4)


@pytest.mark.real
def test_a_port_that_stays_the_same(tmp_path: Path, world: Wrapped, private: tuple[Authority, str]) -> None:
    """And a token and an authority: what the clients were told holds after a restart, at once."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    urls = []
    with Index() as index:
        for _ in range(2):
            made = Service(tmp_path / "state", "--port", str(port), SSL_CERT_FILE=private[1])
            try:
                urls.append(made.url)
                environ = {"HTTP_PROXY": urls[0], "SSL_CERT_FILE": made.bundle}
                arguments = ["pip", "install", "--no-cache", "--reinstall", "--target", "t", "--default-index"]
                done = world.alone(*arguments, index.simple, "demo-extra", **environ)
                assert done.returncode == 0, done.stderr
            finally:
                made.stop()
        assert_signed(index, 4)
        index.clear()
        done = world.alone(*arguments, index.simple, "demo-extra", **environ, UV_HTTP_RETRIES="0")
        assert (done.returncode != 0, index.received) == (True, [])  # the service has ended: nothing goes past it
    assert urls[0] == urls[1]
    assert urls[0].endswith(f"@127.0.0.1:{port}")


@pytest.mark.real
@pytest.mark.parametrize("scheme", ["https", "http"])
def test_pip(
    scheme: str, running: Service, environments: Environments, private: tuple[Authority, str], tmp_path: Path
) -> None:
    """Over several requests of one connection, to two hosts in turn; the pip has never seen us."""
    python = environments.shared(NEWEST, shim=False).python
    options = ["--proxy", running.url, "--cert", running.bundle, "--no-cache-dir", "--dest", str(tmp_path / "d")]
    with SecureIndex(private[0]) if scheme == "https" else Index() as index:
        command = [python, "-m", "pip", "download", *options, "--index-url", index.simple, "demo-wheel", "demo-sdist"]
        done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment())
        assert done.returncode == 0, done.stderr
        assert_signed(index, 8)


@pytest.mark.skipif(not shutil.which("curl"), reason="there is no curl here")
def test_curl(running: Service, secure_index: SecureIndex) -> None:
    curl = [shutil.which("curl") or "", "--silent", "--show-error", "--fail", "--location", "--proxy", running.url]
    curl += ["--proxy-insecure", "--cacert", running.bundle, "--output", os.devnull]
    with Index() as plain:
        for index in (secure_index, plain):
            file = index.url("/files/demo_wheel-1.0-py3-none-any.whl")
            done = subprocess.run([*curl, file], check=False, capture_output=True, text=True, env=environment())
            assert done.returncode == 0, done.stderr
            assert_signed(index, 2)
            index.clear()
            upload = [*curl[:4], *curl[5:], "--data", "x=1", index.url("/pypi/")]
            done = subprocess.run(upload, check=False, capture_output=True, text=True, env=environment())
            assert done.returncode == 0, done.stderr
            assert [request.prefer for request in index.received] == [[]]


@pytest.mark.real
@pytest.mark.parametrize("way", ["configured", "environment"])
def test_a_client_like_condas(
    way: str, running: Service, secure_index: SecureIndex, environments: Environments, tmp_path: Path
) -> None:
    """Not conda itself, all of whose releases for pip are withdrawn: requests, and what conda does with it.

    That is ``proxy_servers`` and ``ssl_verify`` of a .condarc, or HTTPS_PROXY and REQUESTS_CA_BUNDLE, its
    User-Agent, streaming, and asking conditionally.
    """
    script = tmp_path / "client.py"
    script.write_text(
        "import sys\nfrom pip._vendor import requests\n"
        "session = requests.Session()\n"
        "if sys.argv[2]:\n"
        "    session.proxies = {'http': sys.argv[2], 'https': sys.argv[2]}\n"
        "    session.verify = sys.argv[3]\n"
        "session.headers['User-Agent'] = 'conda/26.9 requests/2'\n"
        "for _ in range(2):\n"
        "    with session.get(sys.argv[1], stream=True, headers={'Accept-Encoding': 'gzip'}) as answer:\n"
        "        data = b''.join(answer.iter_content(8192))\n"
        "    again = session.get(sys.argv[1], headers={'If-None-Match': answer.headers['ETag']})\n"
        "    print(answer.status_code, len(data), again.status_code)\n"
    )
    python = environments.shared(NEWEST, shim=False).python
    page = secure_index.url("/simple/demo-wheel/")
    said, more = [running.url, running.bundle], {}
    if way == "environment":
        said, more = ["", ""], {"HTTPS_PROXY": running.url, "REQUESTS_CA_BUNDLE": running.bundle}
    done = subprocess.run(
        [python, str(script), page, *said], check=False, capture_output=True, text=True, env=environment(**more)
    )
    assert done.returncode == 0, done.stderr
    assert [line.split()[::2] for line in done.stdout.splitlines()] == [["200", "304"]] * 2
    assert_signed(secure_index, 4)


@pytest.mark.real
def test_the_strict_mode(
    tmp_path: Path, world: Wrapped, secure_index: SecureIndex, private: tuple[Authority, str]
) -> None:
    """The other host of the index is not listed: its connections are not looked into, and work."""
    made = Service(tmp_path / "state", "--only", "127.0.0.1", SSL_CERT_FILE=private[1])
    try:
        environ = {"HTTPS_PROXY": made.url, "SSL_CERT_FILE": made.bundle}
        arguments = ["pip", "install", "--no-cache", "--target", "t", "--default-index", secure_index.simple]
        done = world.alone(*arguments, "demo-wheel", **environ)
        assert done.returncode == 0, done.stderr
        for request in secure_index.received:
            assert bool(request.prefer) == request.host.startswith("127.0.0.1"), request
    finally:
        made.stop()
