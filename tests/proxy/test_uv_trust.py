"""Whom uv trusts behind the proxy: nobody more and nobody less than alone (facts about uv, T12 and T13)."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.proxy.origins import RUN, SecureIndex, Wrapped, private_authority
from tests.proxy.uvs import NEWEST

if TYPE_CHECKING:
    from pep786.proxy.authority import Authority

pytestmark = pytest.mark.real

UNSHARE = shutil.which("unshare") or ""


@functools.lru_cache(maxsize=None)
def can_have_its_own_files() -> bool:
    """Whether a program can be given other files in the place of the system's."""
    if not UNSHARE or not Path("/etc/ssl/certs").is_dir():
        return False
    command = [UNSHARE, "--mount", "sh", "-c", "mount --bind /tmp /etc/ssl/certs"]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def install(index: SecureIndex, *more: str) -> list[str]:
    common = ["--no-cache", "--reinstall", "--target", "t", "--default-index", index.simple]
    return ["pip", "install", *common, *more, "demo-extra"]


@pytest.fixture
def system(tmp_path: Path, private: tuple[Authority, str]) -> list[str]:
    """What stands before a command to give it a system whose store has the private authority, and no other."""
    if not can_have_its_own_files():
        pytest.skip("no other files can be put in the place of the system's here")
    store = tmp_path / "store"
    store.mkdir()
    shutil.copy(private[1], store / "ca-certificates.crt")
    shutil.copy(private[1], store / "private.pem")
    return [UNSHARE, "--mount", "sh", "-c", f'mount --bind "{store}" /etc/ssl/certs && exec "$@"', "sh"]


# The arguments, the variables and the uv.toml; whether the system's store is asked; for which uv.
SYSTEM = [
    ([], {}, "", False, NEWEST),
    (["--system-certs"], {}, "", True, NEWEST),
    (["--native-tls"], {}, "", True, NEWEST),
    (["--native-tls"], {}, "", True, "0.9.9"),
    (["--native-tls"], {}, "", True, "0.4.30"),
    ([], {"UV_SYSTEM_CERTS": "1"}, "", True, NEWEST),
    ([], {"UV_SYSTEM_CERTS": "false"}, "", False, NEWEST),
    ([], {"UV_NATIVE_TLS": "true"}, "", True, NEWEST),
    ([], {"UV_NATIVE_TLS": "1"}, "", True, "0.9.9"),
    ([], {}, "system-certs = true", True, NEWEST),
    ([], {}, "native-tls = true", True, NEWEST),
    ([], {}, "native-tls = true\nno-analytics = true", True, "0.9.9"),
    (["--no-system-certs"], {"UV_SYSTEM_CERTS": "1"}, "system-certs = true", False, NEWEST),
    (["--no-native-tls"], {}, "native-tls = true", False, NEWEST),
]


@pytest.mark.parametrize(("arguments", "environ", "file", "asked", "version"), SYSTEM)
def test_the_systems_store(
    arguments: list[str], environ: dict[str, str], file: str, asked: bool, version: str,
    system: list[str], secure_index: SecureIndex, tmp_path: Path,
) -> None:  # fmt: skip
    """If it is asked for, and not otherwise."""
    world = Wrapped(tmp_path / "world", version)
    variables = {**environ, "UV_HTTP_RETRIES": "0"}
    world.write("work/uv.toml", file.replace("\nno-analytics = true", ""))
    alone = world.run([*system, world.uv, *install(secure_index, *arguments)], variables)
    assert (alone.returncode == 0) is asked, alone.stderr
    secure_index.clear()
    world.write("work/uv.toml", file)
    variables["PIP_NO_ANALYTICS"] = "1"
    done = world.run([*system, *RUN, "--", world.uv, *install(secure_index, *arguments)], variables)
    assert (done.returncode == 0) is asked, done.stderr
    received = secure_index.received
    assert bool(received) is asked
    assert all(request.prefer == ["no-analytics"] for request in received)
    if not asked:
        assert "UnknownIssuer" in done.stderr


BACKEND = """\
import os, urllib.request
request = urllib.request.Request(os.environ["FETCH"], headers={"User-Agent": "a back-end"})
with urllib.request.urlopen(request) as answer:
    raise SystemExit(f"it answered with {answer.status}")
"""


@pytest.mark.parametrize("arguments", ["pip install --target t .", "sync", "build"])
def test_a_build_back_end_trusts_whom_it_trusts_alone(
    arguments: str, system: list[str], world: Wrapped, secure_index: SecureIndex
) -> None:
    """The system's store: any command of uv may build something."""
    world.write(
        "work/pyproject.toml",
        "[project]\nname = 'x'\nversion = '1'\nrequires-python = '>=3.8'\n"
        "[build-system]\nrequires = []\nbuild-backend = 'backend'\nbackend-path = ['.']\n",
    )
    world.write("work/backend.py", BACKEND)
    environ = {"FETCH": secure_index.url("/simple/demo-wheel/"), "PIP_NO_ANALYTICS": "1"}
    for run in ([], RUN):
        done = world.run([*system, *run, world.uv, *arguments.split()], environ)
        assert "it answered with 200" in done.stderr, done.stderr
    assert [request.prefer for request in secure_index.received] == [[], []]


# What SSL_CERT_FILE and SSL_CERT_DIR hold, and whether uv trusts the index then.
VARIABLES = [
    ("private", None, True),
    ("other", None, False),
    (None, "private", True),
    (None, "other", False),
    ("other", "private", True),
    ("private", "other", True),
    ("other", "other", False),
]


@pytest.mark.parametrize(("file", "folder", "trusted"), VARIABLES)
def test_a_file_and_a_folder(
    file: str | None, folder: str | None, trusted: bool,
    world: Wrapped, secure_index: SecureIndex, private: tuple[Authority, str], tmp_path: Path,
) -> None:  # fmt: skip
    """They take the place of the built-in list and of the system's store, though that is asked for."""
    paths = {"private": private[1], "other": private_authority(tmp_path)[1]}
    environ = {"UV_SYSTEM_CERTS": "1", "UV_HTTP_RETRIES": "0"}
    if file:
        environ["SSL_CERT_FILE"] = paths[file]
    if folder:
        kept = tmp_path / "folder"
        kept.mkdir()
        shutil.copy(paths[folder], kept / "1234abcd.0")
        environ["SSL_CERT_DIR"] = str(kept)
    for run in (world.alone, world.wrapped):
        secure_index.clear()
        done = run(*install(secure_index), **environ)
        assert (done.returncode == 0) is trusted, done.stderr
        assert bool(secure_index.received) is trusted
        if not trusted:
            assert "UnknownIssuer" in done.stderr
    assert all(request.prefer == ["no-analytics"] for request in secure_index.received)


@pytest.mark.parametrize("allowed", ["127.0.0.1:{port}", "127.0.0.1:1", "localhost", "other.example"])
def test_what_was_allowed_and_what_was_not(allowed: str, world: Wrapped, secure_index: SecureIndex) -> None:
    """uv's own reading of it decides, with and without us."""
    options = ["--allow-insecure-host", allowed.format(port=secure_index.port)]
    statuses = []
    for run in (world.alone, world.wrapped):
        secure_index.clear()
        done = run(*install(secure_index, *options), UV_HTTP_RETRIES="0")
        statuses.append(done.returncode)
        assert bool(secure_index.received) is (done.returncode == 0) is ("{port}" in allowed)
        assert ("UnknownIssuer" in done.stderr) is (done.returncode != 0)
    assert statuses[0] == statuses[1]
    assert all(request.prefer == ["no-analytics"] for request in secure_index.received)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_offline_with_what_is_in_the_cache(
    scheme: str, world: Wrapped, secure_index: SecureIndex, private: tuple[Authority, str]
) -> None:
    """It is installed, and nobody is asked; without it uv says what it says alone, by option and by variable."""
    from pep786.verify.index import Index

    with Index() as plain:
        index = plain if scheme == "http" else secure_index
        arguments = ["pip", "install", "--reinstall", "--target", "t", "--default-index", index.simple]
        environ = {"SSL_CERT_FILE": private[1]}
        assert world.wrapped(*arguments, "demo-extra", **environ).returncode == 0
        index.clear()
        done = world.wrapped(*arguments, "--offline", "demo-extra", **environ)
        assert done.returncode == 0, done.stderr
        for more, variables in ((["--offline"], {}), ([], {"UV_OFFLINE": "1"})):
            alone = world.alone(*arguments, *more, "demo-wheel", **environ, **variables)
            done = world.wrapped(*arguments, *more, "demo-wheel", **environ, **variables)
            assert done.returncode == alone.returncode != 0
            assert done.stderr == alone.stderr
        assert index.received == []


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="takes root, to become somebody else")
def test_a_child_of_another_user_can_read_the_certificates(world: Wrapped) -> None:
    """As under sudo (facts, T33)."""
    code = (
        "import os; os.setgid(65534); os.setuid(65534); print(open(os.environ['SSL_CERT_FILE']).read().count('BEGIN'))"
    )
    world.environ["TMPDIR"] = "/tmp"  # noqa: S108  the test's own folder is closed to others
    done = world.wrapped("run", "--no-project", "python", "-c", code)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 50
