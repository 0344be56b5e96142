"""No test sees the person's own environment: variables, configuration and caches are those of the test."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.environments import Environments

if TYPE_CHECKING:
    from pathlib import Path


# A job in the background of a shell ignores Ctrl-C, one behind nohup the end of its terminal: and so would all that the
# tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP"):
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

# A loaded machine takes its time; what a test asserts does not depend on it.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An environment that says nothing about the preference, indexes or configuration, in a home of its own."""
    for name in list(os.environ):
        if name.upper().startswith(("PIP_", "_PIP_", "PEP786_", "_PEP786_", "XDG_")) or name.upper().endswith(
            ("NO_ANALYTICS", "_PROXY")
        ):
            monkeypatch.delenv(name)
    for name in ("DO_NOT_TRACK", "VIRTUAL_ENV", "CONDA_PREFIX", "CONDA_DEFAULT_ENV"):  # tools install into these
        monkeypatch.delenv(name, raising=False)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path / "machine"))


@pytest.fixture(scope="session")
def environments(tmp_path_factory: pytest.TempPathFactory) -> Environments:
    """Virtual environments with released pips, on this machine's Pythons."""
    return Environments(tmp_path_factory)
