"""The proxy: what it writes down, and which hosts it leaves alone because a person chose so."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from pep786.choice import Choice
from pep786.config.hosts import Hosts
from pep786.decision import Decision, Setting
from pep786.journal import Journal
from pep786.proxy import launch, programs
from pep786.proxy.policy import Policy
from pep786.verify.index import Index
from tests.proxy.conftest import private, secure_index, world
from tests.proxy.serving import AUTHORIZED, UV, Serving

if TYPE_CHECKING:
    from pathlib import Path

    from pep786.proxy.authority import Authority
    from tests.proxy.origins import SecureIndex, Wrapped

__all__ = ["private", "secure_index", "world"]

AGENT = UV.format("{}")


def choice(*, opted_out: bool, allow: tuple[str, ...] = (), deny: tuple[str, ...] = ()) -> Choice:
    hosts = Hosts()
    hosts.add({"allow": list(allow), "deny": list(deny)}, "x")
    return Choice(Decision([Setting("config", True, "x.conf")] if opted_out else []), hosts)


@pytest.mark.parametrize(
    ("opted_out", "host", "into", "why"),
    [
        (True, "a.example", True, None),
        (True, "x.Allowed.example.", False, "allowed host"),
        (True, "denied.example", True, None),
        (False, "a.example", False, "nobody opted out"),
        (False, "x.denied.example", True, None),
        (False, "allowed.example", False, "allowed host"),
        (True, "github.com", False, "no index"),
    ],
)
def test_a_host_that_was_allowed_is_a_tunnel(opted_out: bool, host: str, into: bool, why: str | None) -> None:
    chosen = choice(opted_out=opted_out, allow=("allowed.example",), deny=("denied.example", "github.com"))
    rules = Policy(agents=("uv/",), choice=chosen)
    assert rules.looks_into(host, "uv/0.9") is into
    assert rules.tunnelled(host) == why
    assert rules.signs("GET", "https", host, 443, "/") is into
    assert not rules.looks_into(host, "pip/26")
    assert not rules.signs("PUT", "https", host, 443, "/")


@pytest.mark.parametrize(
    ("opted_out", "deny", "environ", "only"),
    [
        (False, ("a.example", "b.example"), {}, {"a.example", "b.example"}),
        (False, ("a.example",), {launch.ONLY: "c.example"}, {"c.example"}),
        (True, ("a.example",), {}, None),
        (False, ("",), {}, None),
    ],
    ids=["the denied hosts", "those of --only", "all where somebody opted out", "all where all are denied"],
)
def test_where_nobody_opted_out_the_proxy_is_good_for_the_denied_hosts(
    opted_out: bool, deny: tuple[str, ...], environ: dict[str, str], only: set[str] | None
) -> None:
    chosen = choice(opted_out=opted_out, deny=deny)
    rules = launch._rules(programs.PROGRAMS["uv"], environ, None, {}, suffix=True, choice=chosen)
    assert (None if rules.only is None else set(rules.only)) == only


def test_plain_http(tmp_path: Path) -> None:
    """What an allowed host gets is passed on unsigned; another program's requests are not written down."""
    journal = Journal(str(tmp_path / "journal"))
    with Serving(
        Policy(agents=("uv/",), choice=choice(opted_out=True, allow=("localhost",)))
    ) as serving, Index() as index:
        serving.shop.journal = journal
        for host, method, agent in (
            (f"127.0.0.1:{index.port}", "GET", "uv/0.9 x"),
            (f"user:secret@localhost:{index.port}", "GET", "uv/0.9 x"),
            (f"127.0.0.1:{index.port}", "POST", "uv/0.9 x"),
            (f"127.0.0.1:{index.port}", "GET", "git/2"),
        ):
            fields = f"Host: {host.rpartition('@')[2]}\r\n{AUTHORIZED}User-Agent: {agent}\r\nContent-Length: 0\r\n"
            serving.ask(f"{method} http://{host}/simple/?secret=1 HTTP/1.1\r\n{fields}Connection: close\r\n\r\n")
        assert [one.prefer for one in index.received] == [["no-analytics"], [], [], []]
    written = [json.loads(line) for line in (tmp_path / "journal").read_text().splitlines()]
    assert [(one["tool"], one["host"].partition(":")[0], one["path"], one["sent"], one["why"]) for one in written] == [
        ("uv", "127.0.0.1", "/simple/", True, "x.conf"),
        ("uv", "localhost", "/simple/", False, "allowed host"),
        ("uv", "127.0.0.1", "/simple/", False, "upload"),
    ]


CHOSEN = {
    "allowed": ('no-analytics = true\n[hosts]\nallow = ["localhost"]\n', {}, {"127.0.0.1": True, "localhost": False}),
    "denied": ('[hosts]\ndeny = ["localhost"]\n', {}, {"127.0.0.1": False, "localhost": True}),
    "a variable beats it": (
        '[hosts]\nallow = ["localhost"]\n',
        {"PY_NO_ANALYTICS": "1"},
        {"127.0.0.1": True, "localhost": True},
    ),
}


@pytest.mark.real
@pytest.mark.parametrize(("content", "environ", "told"), CHOSEN.values(), ids=CHOSEN)
def test_uv_behind_it(
    content: str,
    environ: dict[str, str],
    told: dict[str, bool],
    world: Wrapped,
    secure_index: SecureIndex,
    private: tuple[Authority, str],
    tmp_path: Path,
) -> None:
    """In https: where nobody opted out the proxy is there for the hosts that are denied, and good for no other."""
    journal = tmp_path / "journal"
    world.write("home/.config/pep786/config.toml", content)
    environ = {"PIP_NO_ANALYTICS": "", "SSL_CERT_FILE": private[1], "PEP786_JOURNAL": str(journal), **environ}
    command = [
        "pip",
        "install",
        "--no-cache",
        "--target",
        "there",
        "--default-index",
        secure_index.simple,
        "demo-wheel",
    ]
    done = world.wrapped(*command, **environ)
    assert done.returncode == 0, done.stderr
    found: dict[str, set[bool]] = {}
    for one in secure_index.received:
        found.setdefault(one.host.partition(":")[0], set()).add(bool(one.prefer))
    assert found == {host: {sent} for host, sent in told.items()}
    written = [json.loads(line) for line in journal.read_text().splitlines()]
    assert {one["tool"] for one in written} == {"uv"}
    assert {one["host"].partition(":")[0]: one["sent"] for one in written} == told
    seen = [(one["host"], one["path"]) for one in written if one["path"]]
    assert sorted(seen) == sorted(
        (one.host, one.route) for one in secure_index.received if told[one.host.partition(":")[0]]
    )
