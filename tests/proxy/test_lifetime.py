"""The proxy is there exactly as long as what it was started for, and nobody else can use it (facts, T21 to T23)."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Iterator

import pytest

from pep786.verify.index import Index
from tests.environments import CHECKOUT
from tests.listening import Listener
from tests.proxy.origins import RUN, SecureIndex, Wrapped
from tests.proxy.uvs import NEWEST

if TYPE_CHECKING:
    from pep786.proxy.authority import Authority

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(sys.platform != "linux", reason="processes are told by /proc"),
]


class Stalled(Listener):
    """An index that takes every request and answers none: whoever asks it is there until something happens."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.received = b""

    @property
    def url(self) -> str:
        return f"http://{self.host}/simple/"

    def serve(self, client: socket.socket) -> None:
        self.received += client.recv(65536)
        self.asked.set()
        self.over.wait(60)


def environment(process: int) -> dict[str, str]:
    data = Path(f"/proc/{process}/environ").read_bytes().decode()
    return dict(line.split("=", 1) for line in data.split("\0") if "=" in line)


def processes_of(world: Wrapped) -> dict[int, str]:
    """The processes that were started in this world: their numbers and their command lines."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if environment(int(entry.name)).get("UV_CACHE_DIR") == world.environ["UV_CACHE_DIR"]:
                    found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except (OSError, ValueError):
                continue
    return found


def proxies_of(world: Wrapped, uv: int) -> tuple[int, int]:
    """The process that cleans up, and its child, which is the proxy."""
    others = sorted(set(processes_of(world)) - {uv})
    parents = {one: int(Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()[1]) for one in others}
    (proxy,) = [one for one in others if parents[one] in others]
    return parents[proxy], proxy


def wait_until_nothing_is_left(world: Wrapped) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if not processes_of(world) and not world.left_behind():
            return
        time.sleep(0.05)
    pytest.fail(f"left behind: {processes_of(world)}, {world.left_behind()}")


class Running:
    """A uv that waits for the stalled index, behind the proxy."""

    def __init__(self, world: Wrapped, index: Stalled) -> None:
        self.world = world
        arguments = ["pip", "install", "--no-cache", "--target", "t", "--default-index", index.url, "demo"]
        self.process = subprocess.Popen(
            [*RUN, "--", world.uv, *arguments],
            env={**world.environ, "PIP_NO_ANALYTICS": "1", "UV_HTTP_RETRIES": "0"},
            cwd=world.work,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert index.asked.wait(30)
        self.keeper, self.proxy = proxies_of(world, self.process.pid)
        self.environ = environment(self.process.pid)

    def finish(self) -> tuple[int, str]:
        _, said = self.process.communicate(timeout=30)
        return self.process.returncode, said


@pytest.fixture
def stalled() -> Iterator[Stalled]:
    with Stalled() as index:
        yield index


@pytest.fixture
def running(world: Wrapped, stalled: Stalled) -> Iterator[Running]:
    made = Running(world, stalled)
    yield made
    if made.process.poll() is None:
        made.process.kill()
    made.finish()


@pytest.mark.parametrize("to", ["process", "group"])
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP", "SIGKILL"])
def test_a_signal_to_uv_ends_everything(name: str, to: str, running: Running) -> None:
    number = getattr(signal, name)
    (os.killpg if to == "group" else os.kill)(running.process.pid, number)
    status, _ = running.finish()
    assert status in (-number, 128 + number)  # uv handles SIGINT itself
    wait_until_nothing_is_left(running.world)


@pytest.mark.parametrize("name", ["SIGTERM", "SIGKILL"])
def test_without_the_proxy_uv_fails_and_sends_nothing(name: str, running: Running, stalled: Stalled) -> None:
    """Facts, T22."""
    before = stalled.received
    os.kill(running.proxy, getattr(signal, name))
    status, said = running.finish()
    assert status not in (0, None)
    assert "pep786" not in said or "pep786:" not in said
    assert stalled.received == before
    wait_until_nothing_is_left(running.world)


def test_whoever_cleans_up_may_be_killed_too(running: Running) -> None:
    os.kill(running.keeper, signal.SIGKILL)
    running.process.terminate()
    running.finish()
    wait_until_nothing_is_left(running.world)


def test_a_ctrl_c_does_not_reach_the_proxy(running: Running) -> None:
    for process in (running.keeper, running.proxy):
        os.kill(process, signal.SIGINT)
        os.kill(process, signal.SIGHUP)
    time.sleep(0.2)
    assert {running.keeper, running.proxy} <= set(processes_of(running.world))
    assert os.getsid(running.proxy) not in (os.getsid(running.process.pid), os.getsid(0))


def test_no_secret_in_a_command_line_or_a_file(running: Running) -> None:
    token = running.environ["HTTPS_PROXY"].partition("pep786:")[2].partition("@")[0]
    assert len(token) * 4 == 192
    for name, line in processes_of(running.world).items():
        assert token not in line, name
    (folder,) = running.world.temporary.glob("pep786-*")
    (bundle,) = folder.iterdir()
    text = bundle.read_text()
    assert (token in text, "PRIVATE" in text) == (False, False)
    assert (folder.stat().st_mode & 0o777, bundle.stat().st_mode & 0o777) == (0o755, 0o644)
    assert str(bundle) == running.environ["SSL_CERT_FILE"]
    # And of the files that the proxy has open none is on a disk.
    links = [os.readlink(one) for one in Path(f"/proc/{running.proxy}/fd").iterdir()]
    assert [link for link in links if link.startswith("/") and not link.startswith(("/dev/null", "/memfd:"))] == []


def ask(address: tuple[str, int], data: bytes) -> bytes:
    with socket.create_connection(address, timeout=10) as connection:
        connection.sendall(data)
        answer = b""
        while True:
            more = connection.recv(65536)
            if not more:
                return answer
            answer += more


def test_nobody_without_the_token_is_served(running: Running, stalled: Stalled) -> None:
    """Facts, T23."""
    port = int(running.environ["http_proxy"].rpartition(":")[2])
    before = stalled.received
    host = stalled.url.split("/")[2].encode()
    for field in (b"", b"Proxy-Authorization: Basic cGVwNzg2Og==\r\n", b"Proxy-Authorization: Basic \xff\r\n"):
        for first in (b"CONNECT " + host, b"GET http://" + host + b"/"):
            answer = ask(("127.0.0.1", port), first + b" HTTP/1.1\r\nHost: x\r\n" + field + b"\r\n")
            assert answer.startswith(b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic")
    assert stalled.received == before


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="takes root, to become somebody else")
def test_another_user_is_not_served_even_by_the_name_of_uv(running: Running, stalled: Stalled) -> None:
    """And cannot read the token from the processes; the certificates anyone may read (facts, T33)."""
    import pwd

    try:
        nobody = pwd.getpwnam("nobody").pw_uid
    except KeyError:
        pytest.skip("there is no user called nobody")
    port = int(running.environ["http_proxy"].rpartition(":")[2])
    code = f"""
import encodings.idna, os, socket
os.setuid({nobody})
connection = socket.create_connection(("127.0.0.1", {port}))
connection.sendall(b"GET {stalled.url} HTTP/1.1\\r\\nUser-Agent: uv/0.5.31 {{}}\\r\\n\\r\\n")
print(connection.recv(100).split(b"\\r\\n")[0].decode())
for process in ({running.process.pid}, {running.proxy}):
    try:
        print(len(open(f"/proc/{{process}}/environ").read()))
    except PermissionError:
        print("no")
"""
    before = stalled.received
    done = subprocess.run([sys.executable, "-S", "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.splitlines() == ["HTTP/1.1 407 Proxy Authentication Required", "no", "no"]
    assert stalled.received == before


@pytest.mark.skipif(sys.version_info < (3, 9), reason="this Python has no pidfd, and the pipe goes to the daemon too")
def test_a_daemon_of_uvs_does_not_keep_the_proxy(world: Wrapped) -> None:
    """It lives as long as uv, not as all that uv started."""
    code = "import subprocess; print(subprocess.Popen(['sleep', '60'], close_fds=False, stdout=-3, stderr=-3).pid)"
    done = world.wrapped("run", "--no-project", "python", "-c", code)
    assert done.returncode == 0, done.stderr
    try:
        deadline = time.monotonic() + 10
        while len(processes_of(world)) > 1 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert list(processes_of(world)) == [int(done.stdout)]
        assert world.left_behind() == []
    finally:
        os.kill(int(done.stdout), signal.SIGKILL)


def test_the_program_s_status_and_its_own_handling_of_signals(world: Wrapped) -> None:
    """A child that traps SIGINT and ends with 5, as without us (facts, T21)."""
    code = (
        "import signal, sys, time; signal.signal(signal.SIGINT, lambda *_: sys.exit(5)); "
        "print('ready', flush=True); time.sleep(30)"
    )
    command = [world.uv, "run", "--no-project", "python", "-c", code]
    for before in ([], [*RUN, "--"]):
        process = subprocess.Popen(
            [*before, *command],
            env={**world.environ, "PIP_NO_ANALYTICS": "1"},
            cwd=world.work,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=30)
        assert process.returncode == 5
    wait_until_nothing_is_left(world)


def test_a_reader_of_the_output_does_not_wait_for_the_proxy(world: Wrapped) -> None:
    started = time.monotonic()
    line = f"{sys.executable} -m pep786 run -- {world.uv} --version | cat"
    done = subprocess.run(
        ["/bin/sh", "-c", line],
        env={**world.environ, "PIP_NO_ANALYTICS": "1"},
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.startswith("uv ")
    assert time.monotonic() - started < 10


def test_without_the_extra_uv_is_not_run_unsignalled(world: Wrapped) -> None:
    """And is run as ever by whoever did not opt out."""
    blocked = world.root / "blocked"
    blocked.mkdir()
    (blocked / "sitecustomize.py").write_text(
        "import importlib.util as u\nfind = u.find_spec\n"
        "u.find_spec = lambda name, *a: None if name == 'cryptography' else find(name, *a)\n"
    )
    path = os.pathsep.join([str(blocked), str(CHECKOUT)])
    done = world.wrapped("--version", PYTHONPATH=path)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert "pip install 'pep786-shim[proxy]'" in done.stderr
    assert world.wrapped("--version", PYTHONPATH=path, PIP_NO_ANALYTICS="").stdout.startswith("uv ")


def test_a_folder_that_cannot_be_made_is_one_line(world: Wrapped) -> None:
    done = world.wrapped("--version", TMPDIR=str(world.root / "nowhere"))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith("no temporary folder: No such file or directory\n")


def test_the_start_takes_no_time(world: Wrapped) -> None:
    """Generous here; benchmarks/proxy.py measures it."""
    times = []
    for _ in range(3):
        started = time.monotonic()
        assert world.wrapped("--version").returncode == 0
        times.append(time.monotonic() - started)
    assert min(times) < 1.5


def test_https_too_is_not_sent_by_another_way(world: Wrapped, private: tuple[Authority, str]) -> None:
    """The proxy is killed while uv runs a program, whose uv then finds nobody."""
    with SecureIndex(private[0]) as index:
        code = (
            "import os, signal, subprocess, sys\n"
            "port = int(os.environ['HTTPS_PROXY'].rpartition(':')[2])\n"
            "inode = next(line.split()[9] for line in open('/proc/net/tcp')"
            " if line.split()[1].endswith(f':{port:04X}') and line.split()[3] == '0A')\n"
            "for process in filter(str.isdigit, os.listdir('/proc')):\n"
            "    try:\n"
            "        links = [os.readlink(f'/proc/{process}/fd/{one}') for one in os.listdir(f'/proc/{process}/fd')]\n"
            "    except OSError:\n"
            "        continue\n"
            "    if f'socket:[{inode}]' in links:\n"
            "        os.kill(int(process), signal.SIGKILL)\n"
            "sys.exit(subprocess.run(sys.argv[1:]).returncode)\n"
        )
        install = [world.uv, "pip", "install", "--no-cache", "--target", "t", "--default-index", index.simple]
        done = world.wrapped(
            *("run", "--no-project", "python", "-c", code, *install, "demo-extra"),
            SSL_CERT_FILE=private[1],
            UV_HTTP_RETRIES="0",
        )
        assert done.returncode not in (0, 1), done.stderr
        assert index.received == []
    wait_until_nothing_is_left(world)


def test_the_index_is_plain_and_uv_is_the_newest() -> None:
    """What the tests above lean on."""
    with Index() as index:
        assert index.simple.startswith("http://")
    assert NEWEST
