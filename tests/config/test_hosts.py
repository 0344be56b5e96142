"""``[hosts]`` in our own files: an extension, and configuration, so that a flag and a variable beat it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pep786 import resolver
from pep786.choice import Choice
from pep786.config import locations, own
from pep786.config.hosts import name_of
from pep786.decision import Decision, Setting

if TYPE_CHECKING:
    from pathlib import Path

    from pep786.config.hosts import Hosts

    from .conftest import Machine

USER = "~/.config/pep786/config.toml"
MACHINE = "/etc/pep786/config.toml"


def hosts(machine: Machine, user: str, site: str, monkeypatch: pytest.MonkeyPatch) -> Hosts | None:
    """What the person's file and the machine's say; the latter is in the temporary folder."""
    paths = [str(machine.write(USER, user)), str(machine.write("etc/config.toml", site))]
    monkeypatch.setattr(locations, "own", lambda _: paths)
    return own.read(machine.environ).hosts


RANKED = {
    "nothing": ("", "", {"a.example": None}),
    "allowed": ('[hosts]\nallow = ["a.example"]', "", {"a.example": False, "b.example": None}),
    "denied": ('[hosts]\ndeny = ["A.example."]', "", {"a.example": True, "a.example.": True, "example": None}),
    "one file after the other": ('[hosts]\ndeny = ["a.example"]', "journal = 1", {"a.example": True}),
    "the names below": ('[hosts]\nallow = ["a.example"]', "", {"x.y.a.example": False, "xa.example": None}),
    "the more specific wins": (
        '[hosts]\nallow = ["x.a.example"]\ndeny = ["a.example"]',
        "",
        {"a.example": True, "y.a.example": True, "x.a.example": False, "z.x.a.example": False},
    ),
    "in whichever file": (
        '[hosts]\nallow = ["a.example"]',
        '[hosts]\ndeny = ["x.a.example"]',
        {"a.example": False, "x.a.example": True},
    ),
    "the person's file beats the machine's": (
        '[hosts]\nallow = ["a.example"]',
        '[hosts]\ndeny = ["a.example", "b.example"]',
        {"a.example": False, "b.example": True},
    ),
    "deny beats allow in one file": ('[hosts]\nallow = ["a.example"]\ndeny = ["a.example"]', "", {"a.example": True}),
    "addresses": ('[hosts]\ndeny = ["10.0.0.1", "[::1]"]', "", {"10.0.0.1": True, "::1": True, "0.0.1": None}),
    "as it is asked for": ('[hosts]\ndeny = ["bücher.example"]', "", {"xn--bcher-kva.example": True}),
}


@pytest.mark.parametrize(("user", "site", "said"), RANKED.values(), ids=RANKED)
def test_a_host_speaks_for_the_names_below_it(
    user: str, site: str, said: dict[str, bool | None], machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = hosts(machine, user, site, monkeypatch)
    assert {host: found.says(host) if found else None for host in said} == said
    assert not (found and found.warnings)


LIST = 'expected a list of hosts in quotes, such as ["packages.example"]'
WRONG = {
    "a denial that is none": ("deny = 3", f"deny has 3, {LIST}; taken as every host", {"a.example": True}),
    "a host without a list": (
        'deny = "a.example"',
        f'deny has "a.example", {LIST}',
        {"a.example": True, "b.example": None},
    ),
    "one that may be counted, without a list": (
        'allow = "a.example"',
        f'allow has "a.example", {LIST}',
        {"a.example": None},
    ),
    "an address": (
        'deny = ["https://a.example/simple"]',
        f'deny has "https://a.example/simple", {LIST}',
        {"a.example": True, "b.example": None},
    ),
    "an address that is allowed": (
        'allow = ["https://a.example/simple"]',
        f'allow has "https://a.example/simple", {LIST}',
        {"a.example": None},
    ),
    "a port": ('allow = ["a.example:80"]', f'allow has "a.example:80", {LIST}', {"a.example": None}),
    "a port that is denied": ('deny = ["a.example:80"]', f'deny has "a.example:80", {LIST}', {"a.example": True}),
    "a denied blank": ('deny = [" "]', f'deny has " ", {LIST}; taken as every host', {"a.example": True}),
    "one of several": ('allow = [1, "a.example"]', f"allow has 1, {LIST}", {"a.example": False}),
    "one of several that are denied": (
        'deny = ["a.example", "http://b.example/"]',
        f'deny has "http://b.example/", {LIST}',
        {"a.example": True, "b.example": True, "c.example": None},
    ),
    "a wildcard": ('allow = ["*"]', f'allow has "*", {LIST}', {"a.example": None}),
    "an empty name": ('allow = [""]', f'allow has "", {LIST}', {"a.example": None}),
    "an unknown key": (
        'denied = ["a.example"]',
        "denied is not a known key, expected allow or deny",
        {"a.example": None},
    ),
    "an unknown key that a terminal would act on": (
        '"\\u001b" = 1',
        r"\x1b is not a known key, expected allow or deny",
        {"a.example": None},
    ),
}


@pytest.mark.parametrize(("table", "words", "said"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_read_counts_towards_privacy_and_is_told(
    table: str, words: str, said: dict[str, bool | None], machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = hosts(machine, f"[hosts]\n{table}\n", "", monkeypatch)
    assert found is not None
    assert {host: found.says(host) for host in said} == said
    assert found.warnings == [f"{USER}: [hosts] {words}"]
    assert Choice(Decision([]), found).warnings == tuple(found.warnings)  # also where nothing was chosen after all


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("hosts = 1", ": hosts is 1; expected a table with allow and deny"),
        ("[hosts\n", " cannot be parsed, "),
        ("hosts = '\x00'", " cannot be parsed, "),
    ],
)
def test_a_broken_file_is_told_of_and_says_nothing(content: str, words: str, machine: Machine) -> None:
    machine.write(USER, content)
    found = own.read(machine.environ).hosts
    assert found is not None
    assert found.says("a.example") is None
    (warning,) = Choice(Decision([]), found).warnings
    assert warning.startswith(USER + words)


def test_a_project_chooses_for_nobody(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    content = (
        '[tool.pep786]\njournal = true\n[tool.pep786.hosts]\nallow = ["a.example"]\n[hosts]\nallow = ["a.example"]\n'
    )
    machine.write("./pyproject.toml", content)
    monkeypatch.chdir(machine.project)
    found = own.read(machine.environ)
    assert (found.hosts, found.journal) == (None, None)
    assert not own.wants_journal(machine.environ)[0]


@pytest.mark.parametrize(
    ("platform", "environ", "expected"),
    [
        ("linux", {"HOME": "/home/me"}, ["/home/me/.config/pep786/config.toml", MACHINE]),
        ("linux", {"HOME": "/home/me", "XDG_CONFIG_HOME": "/x"}, ["/x/pep786/config.toml", MACHINE]),
        (
            "darwin",
            {"HOME": "/Users/me"},
            [f"{base}/Library/Application Support/pep786/config.toml" for base in ("/Users/me", "")],
        ),
        (
            "win32",
            {"APPDATA": r"C:\Users\me\AppData\Roaming", "PROGRAMDATA": r"C:\ProgramData"},
            [rf"{base}\pep786\config.toml" for base in (r"C:\Users\me\AppData\Roaming", r"C:\ProgramData")],
        ),
    ],
)
def test_where_our_files_are(platform: str, environ: dict[str, str], expected: list[str]) -> None:
    assert locations.own(environ, platform) == expected


def choice(machine: Machine, *, flag: bool | None = None, **variables: str) -> Choice:
    environ = {**machine.environ, **variables}
    return Choice.of(resolver.resolve("pip", flag=flag, environ=environ, cwd=str(machine.project)), environ)


BEATEN = {
    "nobody decided": ({}, None, False, True),
    "a variable opts out everywhere": ({"PY_NO_ANALYTICS": "1"}, None, True, True),
    "--no-analytics likewise": ({}, True, True, True),
    "--analytics opts out nowhere": ({}, False, False, False),
    "--analytics over a variable": ({"PY_NO_ANALYTICS": "1"}, False, False, False),
    "--analytics that was handed on": ({resolver.HANDED_ON: "0"}, None, False, False),
    "configuration that was handed on": ({resolver.HANDED_ON: "config", "PIP_NO_ANALYTICS": "1"}, None, False, True),
    "a person's variable since": (
        {resolver.HANDED_ON: "config", "PIP_NO_ANALYTICS": "1", "PY_NO_ANALYTICS": "1"},
        None,
        True,
        True,
    ),
}


@pytest.mark.parametrize(("variables", "flag", "allowed", "denied"), BEATEN.values(), ids=BEATEN)
def test_it_is_configuration(
    variables: dict[str, str], flag: bool | None, allowed: bool, denied: bool, machine: Machine
) -> None:
    machine.write(USER, '[hosts]\nallow = ["a.example"]\ndeny = ["b.example"]\n')
    found = choice(machine, flag=flag, **variables)
    assert (found.signs("a.example"), found.signs("b.example")) == (allowed, denied)
    assert found.speaks is (allowed or denied)


def test_with_configuration_that_opts_out_and_one_that_does_not(machine: Machine) -> None:
    for said, others in (("true", True), ("false", False)):
        machine.write(USER, f'no-analytics = {said}\n[hosts]\nallow = ["a.example"]\ndeny = ["b.example"]\n')
        found = choice(machine)
        assert [found.signs(f"{name}.example") for name in "abc"] == [False, True, others]
        machine.write(USER, f'no-analytics = {said}\n[hosts]\nallow = ["a.example"]\n')
        assert choice(machine).speaks is others


def test_each_thing_to_mend_is_told_once(machine: Machine) -> None:
    machine.write("~/.config/pip/pip.conf", "[global]\nno-analytics = perhaps\n")
    machine.write(USER, "[hosts]\ndeny = 3\n# no-analytics")
    first, second = choice(machine).warnings
    assert first.startswith("~/.config/pip/pip.conf, line 2: [global] no-analytics is 'perhaps'")
    assert second.startswith(f"{USER}: [hosts] deny has 3")
    machine.write(USER, "[hosts]\nno-analytics = {")
    assert sum(USER in warning for warning in choice(machine).warnings) == 1


@pytest.mark.parametrize(
    ("method", "host", "verdict"),
    [
        ("GET", "a.example", (False, "allowed host")),
        ("HEAD", "b.example", (True, "denied host")),
        ("GET", "c.example", (True, "x.conf")),
        ("POST", "b.example", (False, "upload")),
        ("GET", "github.com", (False, "no index")),
        ("POST", "upload.pypi.org", (False, "no index")),
    ],
)
def test_why(method: str, host: str, verdict: tuple[bool, str], machine: Machine) -> None:
    machine.write(USER, '[hosts]\nallow = ["a.example"]\ndeny = ["b.example", "github.com"]\n')
    found = Choice.of(Decision([Setting("config", True, "x.conf")]), machine.environ)
    assert found.verdict(method, host) == verdict
    assert Choice(Decision([])).verdict("GET", "c.example") == (False, "nobody opted out")


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("Packages.Example.", "packages.example"),
        ("BOX.", "box"),
        ("my-host_2", "my-host_2"),
        ("fe80::1", "fe80::1"),
        ("g::1", ""),
        ("[::1", ""),
        ("abc]", ""),
        ("[abc", ""),
        ("10.0.0.1:80", ""),
        ("80:80", ""),
        (".a", ""),
        (" a ", "a"),
        ("[::1]", "::1"),
        ("0123:4567:89ab:cdef::1.2.3.4", "0123:4567:89ab:cdef::1.2.3.4"),
        ("127.0.0.1", "127.0.0.1"),
        ("a..b", ""),
        ("a/b", ""),
        ("u@a", ""),
        ("-a", ""),
        ("a\x00", ""),
        ("\u2603" * 100, ""),
        (["a"], ""),
        (None, ""),
    ],
)
def test_the_name_of_a_host(word: object, name: str) -> None:
    assert name_of(word) == name


def test_no_parser_is_imported_for_a_file_that_says_nothing(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    from pep786.config import toml

    monkeypatch.setattr(toml, "parse", lambda _: pytest.fail("parsed"))
    machine.write(USER, "no-analytics = true\n")
    assert own.read(machine.environ).hosts is None


def test_a_file_that_cannot_be_opened_is_no_file(tmp_path: Path) -> None:
    folder = tmp_path / ".config" / "pep786" / "config.toml"
    folder.mkdir(parents=True)
    assert own.read({"HOME": str(tmp_path)}).hosts is None
