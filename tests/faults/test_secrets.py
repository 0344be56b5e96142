"""No secret in the journal, in what our commands show of it, or in what we say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.environments import NEWEST, Environments
from tests.faults.bad_index import BadIndex
from tests.faults.running import Pip, pep786

if TYPE_CHECKING:
    from pathlib import Path

    from pep786.verify.index import Index

#: The index of the tests wants a login under this path.
_AREA = "/auth/simple/"


@pytest.mark.real
@pytest.mark.parametrize("release", [NEWEST, "20.3.4"])
def test_no_login_and_no_token_of_a_request(
    release: str, environments: Environments, index: Index, tmp_path: Path
) -> None:
    """By the address, by .netrc, in a query, in a path, for a proxy."""
    pip = Pip(environments, release, tmp_path)
    (tmp_path / "home" / ".netrc").write_text("machine 127.0.0.1 login s3cret-user password s3cret-word\n")
    (tmp_path / "home" / ".netrc").chmod(0o600)
    journal = {"PEP786_JOURNAL": str(tmp_path / "journal"), "PIP_NO_ANALYTICS": "1"}
    with BadIndex() as proxy:
        more = ["--extra-index-url", index.url(_AREA).replace("://", "://s3cret-user:s3cret-word@")]
        more += ["--extra-index-url", index.url("/s3cret0123456789abcdef/simple/")]
        more += ["--find-links", index.url("/files/?token=s3cret"), "-v"]
        direct = pip.download(pip.shim, index.url(_AREA), *more, **journal)
        through = f"http://s3cret-user:s3cret-word@127.0.0.1:{proxy.port}"
        options = ("--proxy", through, "--trusted-host", "index.example", "--timeout", "2", "--retries", "0")
        pip.download(pip.shim, "http://index.example/long/simple/", *options, **journal)
        assert any(one.values("Authorization") for one in index.received)
        assert "Proxy-Authorization: " in proxy.received[0]
        assert "Prefer: no-analytics" in proxy.received[0]
    assert direct.returncode == 0, direct.stderr
    written = (tmp_path / "journal").read_text()
    assert written.count("\n") == len(index.received) + len(proxy.received)
    assert "s3cret" not in written
    assert "index.example" in written
    assert [
        line for line in (direct.stdout + direct.stderr).splitlines() if "pep786" in line and "s3cret" in line
    ] == []
    environ: dict[str, Any] = {"PIP_INDEX_URL": "https://s3cret@index.example/", "HTTP_PROXY": through, **journal}
    for arguments in (["log"], ["log", "--json"], ["status", "--tool", "pip"], ["status", "--tool", "pip", "--json"]):
        done = pep786(*arguments, **environ)
        assert done.returncode == 0
        assert "s3cret" not in done.stdout + done.stderr
