"""A uv that installs, and what an index has to have received of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess

    from pep786.verify.index import Index, Request


def assert_signed(requests: list[Request], least: int = 1, passed_on: str = "") -> None:
    """Every request carries the preference, once, and the suffix, once; and no token, but perhaps another's."""
    assert len(requests) >= least
    for request in requests:
        assert request.prefer == ["no-analytics"], request
        assert (request.user_agent or "").count("(no-analytics)") == 1, request
        assert (request.user_agent or "").endswith("} (no-analytics)"), request
        assert set(request.values("Proxy-Authorization")) <= {passed_on}, request


def succeeded(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stderr
    assert "pep786" not in done.stderr
    return done.stdout


def install(index: Index, *more: str) -> list[str]:
    """A uv pip install that asks the index for everything anew."""
    options = ["--no-cache", "--reinstall", "--target", "installed", "--default-index", index.simple]
    return ["pip", "install", *options, *more, "demo-wheel"]
