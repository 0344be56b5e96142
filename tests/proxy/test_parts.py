"""The parts that decide: which proxy, whom to trust, what is signed, and what the authority is good for."""

from __future__ import annotations

import os
import signal
import ssl
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pep786.proxy import lifetime, neighbour, policy, programs, roots
from pep786.proxy.authority import Authority
from pep786.proxy.policy import Policy
from pep786.proxy.proxies import Hop, Proxies, UnsupportedProxyError

if TYPE_CHECKING:
    from typing import Mapping


@pytest.mark.parametrize(
    ("environ", "scheme", "expected"),
    [
        ({}, "https", None),
        ({"HTTPS_PROXY": "http://a:1"}, "https", ("a", 1)),
        ({"HTTPS_PROXY": "http://a:1"}, "http", None),
        ({"https_proxy": "a:1"}, "https", ("a", 1)),
        ({"HTTPS_PROXY": "http://a:1", "https_proxy": "http://b:2"}, "https", ("a", 1)),
        ({"HTTPS_PROXY": "", "https_proxy": "http://b"}, "https", ("b", 80)),
        ({"ALL_PROXY": "https://c"}, "http", ("c", 443)),
        ({"all_proxy": "http://c", "HTTP_PROXY": "http://d:4"}, "http", ("d", 4)),
        ({"HTTP_PROXY": "http://[::1]:5"}, "http", ("::1", 5)),
    ],
)
def test_which_proxy(environ: dict[str, str], scheme: str, expected: tuple[str, int] | None) -> None:
    hop = Proxies(environ).hop(scheme, "index.example", 443)
    assert (hop and (hop.host, hop.port)) == expected


def test_uvs_own_settings_leave_the_variables_no_say() -> None:
    environ = {"HTTPS_PROXY": "http://a:1", "NO_PROXY": "*"}
    configured = {"http-proxy": "http://b:2", "no-proxy": ["x.example", "10.0.0.0/8"]}
    found = Proxies(environ, configured)
    assert found.hop("https", "index.example", 443) is None
    hop = found.hop("http", "index.example", 80)
    assert hop
    assert hop.port == 2
    assert found.hop("http", "a.x.example", 80) is None
    assert found.hop("http", "10.1.2.3", 80) is None


@pytest.mark.parametrize(
    ("no_proxy", "host", "past"),
    [
        ("a.example:\u00b3443", "a.example", False),
        ("a.example:" + "9" * 5000, "a.example", False),
        ("*", "a.example", True),
        ("example", "a.example", True),
        (".example", "a.example", True),
        (".example", "example", True),
        ("example", "anexample", False),
        ("EXAMPLE", "a.Example.", True),
        (" b.example , a.example", "a.example", True),
        ("a.example:8443", "a.example", True),
        ("a.example:443", "a.example", False),
        ("127.0.0.0/8", "127.1.2.3", True),
        ("127.0.0.1", "127.0.0.2", False),
        ("::1", "::1", True),
        ("[::1]:8443", "::1", True),
        ("fe80::/10", "fe80::1", True),
        ("127.0.0.0/99,/,:,a/b", "127.0.0.1", False),
        ("localhost", "127.0.0.1", False),
        ("", "a.example", False),
    ],
)
def test_what_goes_past_a_proxy(no_proxy: str, host: str, past: bool) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        found = Proxies({"ALL_PROXY": "http://p:1", name: no_proxy})
        assert (found.hop("https", host, 8443) is None) == past


def test_credentials_are_decoded() -> None:
    assert Hop("http://me:a%3Ab%40@h:1", "X").authorization == "Basic bWU6YTpiQA=="
    assert Hop("http://h:1", "X").authorization is None


@pytest.mark.parametrize(
    "url", ["socks5://me:secret@h:1", "socks5h://h", "http://", "ftp://h", "http://h:x", "http://["]
)
def test_no_proxy_of_another_kind_and_no_secret_in_the_message(url: str) -> None:
    with pytest.raises(UnsupportedProxyError) as caught:
        Proxies({"ALL_PROXY": url})
    assert str(caught.value).startswith("ALL_PROXY ")
    assert "secret" not in str(caught.value)


def certificate(name: str = "root") -> bytes:
    return Authority(name=name).pem


def write(path: Path, data: bytes) -> str:
    path.write_bytes(data)
    return str(path)


def test_whose_roots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Facts, T12: --cert, then file and folder, then the system's on request, then Mozilla's."""
    one, other, third = certificate(), certificate(), certificate()
    file, cert = write(tmp_path / "one.pem", b"comment\n" + one), write(tmp_path / "third.pem", third)
    folder = tmp_path / "folder"
    folder.mkdir()
    write(folder / "any-name", other * 2)
    write(folder / "broken", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    monkeypatch.setattr(roots, "system", lambda: one)
    monkeypatch.setattr(roots, "mozilla", lambda: other)
    both = {"SSL_CERT_FILE": file, "SSL_CERT_DIR": f"{folder}{os.pathsep}{tmp_path / 'nowhere'}"}

    def trusted(environ: Mapping[str, str], version: tuple[int, ...] | None = None, **more: object) -> set[bytes]:
        context = roots.Trust(environ, **more).context(version)  # type: ignore[arg-type]
        return {ssl.DER_cert_to_PEM_cert(der).encode() for der in context.get_ca_certs(binary_form=True)}

    assert trusted(both, (0, 13, 8)) == {one, other}
    assert trusted(both, (0, 9, 9)) == {one}
    assert trusted(both) == {one, other}
    assert trusted(both, cert=cert) == {third}
    assert trusted({"SSL_CERT_DIR": str(folder)}, (0, 9, 9), system=True) == {one}
    assert trusted({}, system=True) == {one}
    assert trusted({"SSL_CERT_FILE": "", "SSL_CERT_DIR": ""}) == {other}
    assert trusted({"SSL_CERT_FILE": str(tmp_path / "nowhere")}) == {other}
    assert trusted({"SSL_CERT_FILE": write(tmp_path / "empty", b"")}) == set()
    assert trusted({"SSL_CERT_FILE": "one.pem"}, cwd=str(tmp_path)) == {one}


def test_what_the_child_is_handed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own roots; those of the system too where it starts a person's programs, which would trust them."""
    one, other = certificate(), certificate()
    monkeypatch.setattr(roots, "system", lambda: one)
    monkeypatch.setattr(roots, "mozilla", lambda: other)
    assert roots.Trust({}).bundle() == other
    assert roots.Trust({}).bundle(children=True) == other + one
    assert roots.Trust({}, system=True).bundle(children=True) == one
    key = b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
    file = write(tmp_path / "with-key", key + one)
    assert roots.Trust({"SSL_CERT_FILE": file}).bundle(children=True) == one


def test_mozillas_list_is_there() -> None:
    assert roots.mozilla().count(b"-----BEGIN CERTIFICATE-----") > 100


@pytest.mark.parametrize("url", ["https://m.example/pythons", "https://m.example:443/pythons/"])
def test_what_is_below_a_configured_mirror_is_not_signed(url: str) -> None:
    """Facts, T28; and whatever else the host has is."""
    rules = Policy(unsigned=[url, "junk", "https://[", "file:///x"])
    assert not rules.signs("GET", "https", "m.example", 443, "/pythons/3.12.tar.gz")
    assert rules.signs("GET", "https", "m.example", 443, "/pythonsx")
    assert rules.signs("HEAD", "https", "m.example", 443, "/simple/")
    assert not rules.signs("POST", "https", "m.example", 443, "/simple/")
    assert rules.signs("GET", "https", "m.example", 8443, "/pythons/3.12.tar.gz")


@pytest.mark.parametrize(
    ("agent", "version"),
    [("uv/0.13.8 {}", (0, 13, 8)), ("uv/0.9.10-rc1", (0, 9, 10)), ("uv/1", None), ("pip/26.3", None), ("", None)],
)
def test_the_version_of_uv(agent: str, version: tuple[int, ...] | None) -> None:
    assert policy.uv_version(agent) == version


@pytest.mark.parametrize(
    ("command", "tool"),
    [
        (["uv", "sync"], "uv"),
        (["/a/b/uvx", "x"], "uv"),
        (["C:\\bin\\uv.exe"], "uv"),
        (["python3.12", "-m", "uv", "sync"], "uv"),
        (["python", "uv"], None),
        (["python"], None),
        (["pixi", "install"], "pixi"),
        (["uv-something"], None),
        (["poetry"], None),
    ],
)
def test_which_programs_need_the_proxy(command: list[str], tool: str | None) -> None:
    found = programs.of(command)
    assert (found.tool if found else None) == tool


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_whose_connection_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        connection, address = server.accept()
        with connection:
            assert neighbour.is_ours(address, server.getsockname())
            assert not neighbour.is_ours(("127.0.0.1", 1), server.getsockname())
            client.close()
            monkeypatch.setattr(os, "geteuid", lambda: 0)
            assert not neighbour.is_ours(address, server.getsockname())  # it may have been anybody's


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.parametrize("has_pidfd", [True, False])
def test_what_is_beside_ends_with_the_process(has_pidfd: bool, tmp_path: Path) -> None:
    """With a pidfd, and with the pipe where there is none."""
    code = f"""
import os, time
if not {has_pidfd}:
    vars(os).pop("pidfd_open", None)
    import sys
    sys.version_info = (3, 8)
from pep786.proxy import lifetime, transport
folder = lifetime.new_folder()
def work(ended, ready):
    open(os.path.join(folder, "here"), "w").close()
    ready()
    transport.wait([ended], [], None)
lifetime.Beside(folder).start(work)
print(os.listdir(folder))
os.execv("/bin/sh", ["sh", "-c", "echo became"])
"""
    environ = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(Path(lifetime.__file__).parents[2])}
    before = set(tmp_path.iterdir())
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, env=environ)
    assert (done.stdout, done.stderr) == ("['here']\nbecame\n", "")
    for _ in range(200):
        if set(tmp_path.iterdir()) == before:
            return
        time.sleep(0.02)
    pytest.fail("the folder is left")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_work_that_cannot_begin_says_why(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    code = """
import sys
from pep786.proxy import lifetime
def work(ended, ready):
    raise ValueError("no reason")
try:
    lifetime.Beside(sys.argv[1]).start(work)
except RuntimeError as fault:
    print(fault)
"""
    environ = {**os.environ, "PYTHONPATH": str(Path(lifetime.__file__).parents[2])}
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], check=True, capture_output=True, text=True, env=environ
    )
    assert (done.stdout, done.stderr) == ("ValueError: no reason\n", "")
    for _ in range(200):
        if not folder.exists():
            return
        time.sleep(0.02)
    pytest.fail("the folder is left")


_BECOMES = """
import os, sys
from pep786.proxy import lifetime
lifetime.remove_after(sys.argv[1:])
code = '''
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)  # Python's handler is late where the signal comes right before a wait
if os.fork():
    print('begun', flush=True)
    END
sys.stdin.read()
'''
os.execv(sys.executable, [sys.executable, "-c", code])
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.parametrize(
    ("end", "number"),
    [
        ("os._exit(0)", None),
        ("pass", signal.SIGINT),
        ("pass", signal.SIGTERM),
        ("pass", getattr(signal, "SIGKILL", None)),
    ],
)
def test_files_last_as_long_as_whatever_was_started(end: str, number: int | None, tmp_path: Path) -> None:
    """The program ends, by itself or by a signal, and what it started goes on; then that ends too."""
    path, folder = tmp_path / "folder" / "file", tmp_path / "folder"
    folder.mkdir()
    path.touch()
    with subprocess.Popen(
        [sys.executable, "-c", _BECOMES.replace("END", end), str(path), str(folder)],
        env={**os.environ, "PYTHONPATH": str(Path(lifetime.__file__).parents[2])},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        assert process.stdout
        assert process.stdin
        assert process.stdout.readline()
        if number is not None:
            os.kill(process.pid, number)
        process.wait(30)
        time.sleep(0.1)
        assert path.exists()
        process.stdin.close()
    deadline = time.monotonic() + 10
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not folder.exists()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_nothing_else_is_removed(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "kept").mkdir()
    (folder / "kept" / "other").touch()
    (folder / "link").symlink_to(folder / "kept")
    lifetime.remove(str(folder / name) for name in ("kept", "link", "never", "kept/none"))
    assert sorted(one.name for one in folder.rglob("*")) == ["kept", "other"]
