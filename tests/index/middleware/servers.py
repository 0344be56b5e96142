"""Released servers and indexes, in one virtual environment of the cache, each started as a process of its own."""

from __future__ import annotations

import functools
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import zlib
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator, Mapping, Sequence

import pytest

import tests.environments
from tests.environments import CACHE, CHECKOUT, python

RELEASES = (
    "gunicorn==27.0.1",
    "uvicorn==0.54.0",
    "hypercorn==0.18.0",
    "waitress==3.0.2",
    "cheroot==11.1.2",
    "werkzeug==3.1.9",
    "paste==3.10.1",
    "pypiserver==2.4.2",
    "devpi-server==6.20.3",
    "simple-repository-server==0.10.0",
    "pyramid==2.1",
    "tomli==2.0.2",
)


@functools.lru_cache(maxsize=None)
def interpreter() -> str:
    """The Python of an environment with all of them; made once, whoever comes first."""
    version = next((each for each in ("3.12", "3.11", "3.13") if python(each)), None)
    if version is None:
        pytest.skip("the released servers run on Python 3.11 to 3.13, and this machine has none of them")
    folder = CACHE / f"servers-{zlib.crc32(' '.join(RELEASES).encode()):08x}-for-python{version}"
    if not folder.exists():
        part = CACHE / f"{folder.name}.{os.getpid()}"
        _run([str(python(version)), "-m", "venv", str(part)])
        _run([str(part / "bin" / "python"), "-m", "pip", "install", "--quiet", *RELEASES])
        try:
            part.replace(folder)  # its scripts name the old path, and are not used
        except OSError:
            if not folder.exists():
                raise
            shutil.rmtree(part)  # another worker was first
    return str(folder / "bin" / "python")


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=tests.environments._ENVIRON)
    if done.returncode:
        pytest.fail(f"{' '.join(command[1:4])} failed: {done.stderr.strip()}")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def started(
    command: Sequence[str], port: int, cwd: Path, environ: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A server's process, from when it listens until the end of the block; its output is in cwd/output.txt."""
    output = cwd / "output.txt"
    environment = {**os.environ, "PYTHONPATH": f"{cwd}{os.pathsep}{CHECKOUT}", **(environ or {})}
    with output.open("wb") as file:
        process = subprocess.Popen(command, cwd=cwd, env=environment, stdout=file, stderr=subprocess.STDOUT)
    try:
        deadline = time.monotonic() + 60
        while not _listens(port):
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"{' '.join(command)} does not listen:\n{output.read_text()}")
            time.sleep(0.05)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


class Logs:
    """The two logs of a server: what is shared, and what only its operator reads."""

    def __init__(self, folder: Path) -> None:
        self.shared = folder / "shared.log"
        self.internal = folder / "internal.log"

    def config(self, logger: str) -> dict[str, object]:
        """The configuration that an operator would write."""
        internal = {"class": "logging.FileHandler", "filename": str(self.internal)}
        shared = {"class": "logging.FileHandler", "filename": str(self.shared), "filters": ["no_analytics"]}
        return {
            "version": 1,
            "disable_existing_loggers": False,
            "root": {"level": "WARNING"},  # gunicorn's own would name a handler that is not here
            "filters": {"no_analytics": {"()": "pep786.index.NoAnalyticsFilter"}},
            "handlers": {"shared": shared, "internal": internal},
            "loggers": {logger: {"level": "INFO", "handlers": ["shared", "internal"], "propagate": False}},
        }

    def wait_for(self, text: str) -> None:
        """Until the internal log has it: some servers write after they have answered."""
        deadline = time.monotonic() + 10
        while text not in self.internal.read_text():
            assert time.monotonic() < deadline, f"{text} is not in\n{self.internal.read_text()}"
            time.sleep(0.01)


def command(server: str, port: int, logs: Logs, folder: Path) -> list[str]:
    """How one of the servers is started on the applications of the tests, with its access log configured."""
    name, _, variant = server.partition("-")
    apps, bind = "tests.index.middleware.applications", f"127.0.0.1:{port}"
    config = folder / "config.json"
    config.write_text(json.dumps(logs.config(LOGGERS.get(name, "unused"))))
    module = [interpreter(), "-m", name]
    if name == "gunicorn":
        settings = folder / "gunicorn.conf.py"
        settings.write_text(f"import json\nlogconfig_dict = json.load(open({str(config)!r}))\n")
        worker = {"sync": ["sync"], "threads": ["gthread", "--threads=4"], "asgi": ["asgi"]}[variant]
        app = f"{apps}:asgi" if variant == "asgi" else f"{apps}:wsgi"
        return [*module, "--config", str(settings), "--bind", bind, "--worker-class", *worker, app]
    if name == "uvicorn":
        return [*module, "--port", str(port), "--http", variant, "--log-config", str(config), f"{apps}:asgi"]
    if name == "hypercorn":
        return [
            *module,
            "--bind",
            bind,
            "--access-logfile",
            os.devnull,
            "--log-config",
            f"json:{config}",
            f"{apps}:asgi",
        ]
    return [interpreter(), str(Path(__file__).with_name("serve.py")), server, str(port)]


#: The logger of each server that has an access log for Python's logging.
LOGGERS = {
    "gunicorn": "gunicorn.access",
    "uvicorn": "uvicorn.access",
    "hypercorn": "hypercorn.access",
    "waitress": "wsgi",  # paste's TransLogger
    "werkzeug": "werkzeug",
}


@contextmanager
def serving(server: str, folder: Path) -> Iterator[tuple[int, Logs]]:
    """One of the servers with the applications of the tests: its port and its logs."""
    port, logs = free_port(), Logs(folder)
    environ = {"ACCESS_LOG": json.dumps(logs.config(LOGGERS.get(server.partition("-")[0], "unused")))}
    with started(command(server, port, logs, folder), port, folder, environ):
        yield port, logs


if sys.platform == "win32":
    pytest.skip("the servers are started as on POSIX", allow_module_level=True)
