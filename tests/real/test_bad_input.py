"""Configuration that cannot be read or says nonsense: one warning that names it, and pip carries on (D3, D7)."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from tests.environments import NEWEST, Environments

if TYPE_CHECKING:
    from pathlib import Path

    from pep786.verify.index import Index

pytestmark = pytest.mark.real


def written(file: Path, content: bytes) -> None:
    file.write_bytes(content)


def sparse(file: Path, _: bytes) -> None:
    with file.open("wb") as junk:
        junk.write(b"no-analytics = ")
        junk.truncate(100 * 1024 * 1024)


def directory(file: Path, _: bytes) -> None:
    file.mkdir()


def loop(file: Path, _: bytes) -> None:
    file.symlink_to(file)


def fifo(file: Path, _: bytes) -> None:
    os.mkfifo(file)


def unreadable(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    file.chmod(0)


BAD = {
    "a bad value": (written, b"no-analytics = 'yes'\n", True, "line 1"),
    "a value of the wrong type": (written, b"\nno-analytics = 1\n", True, "line 2"),
    "an array": (written, b"no-analytics = [true]\n", True, "line 1"),
    "an underscore": (written, b"no_analytics = true\n", False, "did you mean no-analytics"),
    "bytes that are not UTF-8": (written, b"no-analytics = true\n# \xff\n", True, "line 2"),
    "UTF-16": (written, "no-analytics = true\n".encode("utf-16"), False, "UTF-16"),
    "broken TOML": (written, b"no-analytics = true\n[broken\n", False, "cannot be parsed"),
    "100 MB of junk": (sparse, b"", False, "larger than"),
    "a directory in its place": (directory, b"", False, "not a regular file"),
    "a FIFO in its place": (fifo, b"", False, "not a regular file"),
    "a loop of symbolic links": (loop, b"", False, "cannot be read"),
    "no permission to read": (unreadable, b"no-analytics = true\n", False, "cannot be read"),
}


@pytest.mark.parametrize(("make", "content", "opted_out", "said"), BAD.values(), ids=BAD)
def test_bad_input(
    make: Any,
    content: bytes,
    opted_out: bool,
    said: str,
    environments: Environments,
    index: Index,
    tmp_path: Path,
) -> None:
    if make is unreadable and os.geteuid() == 0:
        pytest.skip("root reads every file; tests/config drops its rights for this case")
    file = tmp_path / "home" / ".config" / "pep786" / "config.toml"
    file.parent.mkdir(parents=True)
    make(file, content)
    environment = environments.shared(NEWEST)
    arguments = ["download", "--no-deps", "-d", str(tmp_path / "x"), "-i", index.simple, "demo-wheel"]
    done = environment.run(
        [environment.python, "-m", "pip", "--disable-pip-version-check", *arguments], PIP_CONFIG_FILE=os.devnull
    )
    assert done.returncode == 0, done.stderr
    warnings = [line for line in done.stderr.splitlines() if "config.toml" in line]
    assert len(warnings) == 1, done.stderr
    assert warnings[0].startswith("WARNING: pep786: ~/.config/pep786/config.toml")
    assert said in warnings[0]
    assert all(bool(request.prefer) is opted_out for request in index.received)
    assert index.received


def test_a_prefer_value_from_elsewhere_is_kept(environments: Environments, index: Index) -> None:
    """D12: what a plugin or a patched pip put there stays, in the same field."""
    code = f"""
from pip._internal.network.session import PipSession
session = PipSession()
session.headers["Prefer"] = "respond-async, wait=5"
session.get({index.simple!r} + "demo-wheel/")
session.headers["Prefer"] = "No-Analytics; x"
session.headers["User-Agent"] = "mine/1 (no-analytics)"
session.get({index.simple!r} + "demo-wheel/")
"""
    environment = environments.shared(NEWEST)
    environment.output([environment.python, "-c", code], PIP_CONFIG_FILE=os.devnull, PY_NO_ANALYTICS="1")
    first, second = index.received
    assert first.prefer == ["respond-async, wait=5, no-analytics"]
    assert (second.prefer, second.user_agent) == (["No-Analytics; x"], "mine/1 (no-analytics)")


def test_nothing_of_the_environment_gets_into_a_header(
    environments: Environments, index: Index, tmp_path: Path
) -> None:
    evil = "evil\r\nX-Injected: 1"
    environment = environments.shared(NEWEST)
    arguments = ["download", "-d", str(tmp_path), "-i", index.simple, "demo-dependency"]
    done = environment.run(
        [environment.python, "-m", "pip", *arguments], PIP_CONFIG_FILE=os.devnull, PYTHON_NO_ANALYTICS=evil
    )
    assert done.returncode == 0, done.stderr
    for request in index.received:
        assert request.prefer == ["no-analytics"]
        assert "evil" not in str(request.headers)
        assert not request.values("X-Injected")


def test_a_fault_while_deciding_is_one_line_and_the_preference_is_sent(
    environments: Environments, index: Index, tmp_path: Path
) -> None:
    """Doubt falls on the side of privacy: the reader of configuration is broken for this test."""
    environment = environments.fresh(NEWEST)
    (environment.site_packages / "pep786" / "config" / "reader.py").write_text("raise ZeroDivisionError('provoked')\n")
    arguments = ["download", "--no-deps", "-d", str(tmp_path), "-i", index.simple, "demo-wheel"]
    done = environment.run(
        [environment.python, "-m", "pip", "--disable-pip-version-check", *arguments], PIP_CONFIG_FILE=os.devnull
    )
    assert done.returncode == 0, done.stderr
    (line,) = [line for line in done.stderr.splitlines() if "provoked" in line]
    assert line.startswith("pep786: ")
    assert all(request.prefer == ["no-analytics"] for request in index.received)
    assert index.received
