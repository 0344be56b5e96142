"""The released packages: seen to send, and quiet once the person opted out and asked for that."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from pep786.startup import INJECTED
from tests.apps.watched import QUIET, Bench, Sink, environment

if TYPE_CHECKING:
    from pathlib import Path

    from tests.environments import Environment, Environments

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def bare(environments: Environments) -> Environment:
    """Nothing of ours is installed here; ``pep786 run`` puts it in."""
    return environment(environments, shim=False)


@pytest.fixture
def bench(bare: Environment, tmp_path: Path) -> Bench:
    return Bench(bare, tmp_path)


IPY = "import sys; sys.argv[0] = 'ipy'; from instant_python.cli.cli import app; sys.exit(app())"
ASKING = """
import plausipy
plausipy.lib(key="l", name="neighbour", require_consent={required})
plausipy.app(key="k", name="host", profile=plausipy.Profile.{profile}, require_consent={required})
print("works")
"""
IPY_YML = """
general: {slug: demo, source_name: demo, description: d, version: 0.1.0, author: a,
  license: MIT, python_version: '3.12', dependency_manager: uv}
dependencies: []
template: {name: domain_driven_design, built_in_features: []}
git: {initialize: false}
"""

#: What is run, what is typed, the host that it sends to, and the hosts that it needs for what it does itself.
PROGRAMS: dict[str, tuple[list[str], str, str, list[str]]] = {
    "popylar, imported": (["-c", "import popylar; print('works')"], "", "www.google-analytics.com", []),
    "popylar, an event": (
        ["-c", "import popylar; print(popylar.track_event('UA-1', 'a', 'b', thread=False))"],
        "",
        "www.google-analytics.com",
        [],
    ),
    "popylar, an event with a uid": (
        ["-c", "from popylar import track_event; print(track_event('UA-1', 'a', 'b', uid='me', thread=False))"],
        "",
        "www.google-analytics.com",
        [],
    ),
    "instant-python, help": (["-c", IPY, "init", "--help"], "", "eu.i.posthog.com", []),
    "instant-python, a command": (["-c", IPY, "version"], "", "eu.i.posthog.com", ["pypi.org"]),
    "instant-python, an error": (["-c", IPY, "init", "-c", "none.yml"], "", "eu.i.posthog.com", []),
    **{
        f"plausipy, {profile}": (
            ["-c", ASKING.format(profile=profile, required=False)],
            "a",  # ask every time, which sends this time
            "ipinfo.io",
            [],
        )
        for profile in ("USER", "PACKAGE", "ANONYMOUS")
    },
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_offline_nothing_is_asked_for_and_the_program_is_as_it_was(name: str, bench: Bench) -> None:
    arguments, typed, host, own = PROGRAMS[name]
    (bench.folder / "ipy.yml").write_text(IPY_YML)
    before = bench.run(*arguments, typed=typed)
    assert host in before.asked, before
    quiet = bench.run(*arguments, typed=typed, **QUIET)
    assert quiet.asked == own, quiet
    assert quiet.status == before.status
    said = "works" if name.startswith("plausipy") else before.stdout  # else there is the question too
    assert said.strip() == quiet.stdout.strip()
    assert "Traceback" not in quiet.stderr
    assert "pep786" not in quiet.stderr


@pytest.mark.parametrize("name", ["popylar, imported", "instant-python, help", "instant-python, a command"])
@pytest.mark.parametrize("installed", [False, True], ids=["put in", "installed"])
def test_online_nothing_arrives(name: str, installed: bool, bench: Bench, environments: Environments) -> None:
    arguments, _, host, own = PROGRAMS[name]
    paths = () if installed else (INJECTED,)
    if installed:
        bench.environment = _with_shim(environments)
    (bench.folder / "ipy.yml").write_text(IPY_YML)
    with Sink() as sink:
        before = bench.run(*arguments, paths=paths, **sink.variables)
        assert any(host in received for received in sink.received), before
        sink.received.clear()
        quiet = bench.run(*arguments, paths=paths, **sink.variables, **QUIET)
    assert [received for received in sink.received if not any(one in received for one in own)] == [], quiet
    assert (quiet.status, quiet.stdout) == (before.status, before.stdout)


_made: list[Environment] = []


def _with_shim(environments: Environments) -> Environment:
    if not _made:
        _made.append(environment(environments, shim=True))
    return _made[0]


@pytest.mark.parametrize(
    ("variables", "configured"),
    [
        ({}, ""),
        ({"PEP786_APPS": "1"}, ""),
        ({"PIP_NO_ANALYTICS": "1"}, ""),
        ({**QUIET, "PEP786_APPS": "0"}, "apps = true\n"),
        ({**QUIET, "_PYTHON_NO_ANALYTICS": "0"}, ""),  # --analytics
    ],
    ids=["nothing", "asked, not opted out", "opted out, not asked", "asked not", "analytics"],
)
def test_only_on_request_and_only_for_who_opted_out(variables: dict[str, Any], configured: str, bench: Bench) -> None:
    configure(bench.home, configured)
    assert bench.run("-c", "import popylar", **variables).asked == ["www.google-analytics.com"]


@pytest.mark.parametrize("where", ["own file", "project"])
def test_configuration_asks_too(where: str, bench: Bench) -> None:
    if where == "own file":
        configure(bench.home, "no-analytics = true\napps = true\n")
    else:
        (bench.folder / "pyproject.toml").write_text("[tool.pep786]\nno-analytics = true\napps = true\n")
    quiet = bench.run("-c", "import popylar; print(popylar.track_event('UA-1', 'a', 'b', uid='me'))")
    assert (quiet.asked, quiet.stdout) == ([], "False\n")


def configure(home: Path, text: str) -> None:
    folder = home / ".config" / "pep786"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text(text)


def consent(home: Path, given: str | None, until: object = "", whitelist: tuple[str, ...] = ()) -> Path:
    """A consent.json as plausipy writes it; until "" leaves the date out."""
    file = home / ".plausipy" / "config" / "consent.json"
    if given is None:
        return file
    general = {"consent": given, "profile": "PACKAGE"}
    if until != "":
        general["deny_until"] = until  # type: ignore[assignment]
    entries = [{"package": name, "profile": "PACKAGE", "updated_on": "2026-01-01"} for name in whitelist]
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps({"general": general, "blacklist": [], "whitelist": entries}))
    return file


NOW = datetime(2026, 1, 1)  # noqa: DTZ001  local time, as plausipy writes it

#: What is in consent.json, and what ends the program without us where consent is required.
CONSENTS: dict[str, tuple[str | None, object, str]] = {
    "no file": (None, "", "EOFError"),
    "ASK": ("ASK", "", "EOFError"),
    "DENY, lapsed": ("DENY", NOW.isoformat(), "EOFError"),
    "DENY without a date": ("DENY", "", "KeyError"),
    "DENY": ("DENY", (NOW + timedelta(days=365000)).isoformat(), "EOFError"),
}


@pytest.mark.parametrize("name", CONSENTS)
def test_plausipys_consent_ends_no_program_and_is_not_written(name: str, bench: Bench) -> None:
    given, until, expected = CONSENTS[name]
    program = ["-c", ASKING.format(profile="USER", required=True)]
    file = consent(bench.home, given, until)
    written = file.read_bytes() if given else None
    quiet = bench.run(*program, **QUIET)
    assert (quiet.status, quiet.stdout, quiet.asked) == (0, "works\n", [])
    assert (file.read_bytes() if file.exists() else None) == written
    before = bench.run(*program)
    assert before.status != 0
    assert expected in before.stderr


@pytest.mark.parametrize("argument", [[], ["--no-tracking"]], ids=["", "--no-tracking"])
def test_plausipys_library_and_its_own_flag(argument: list[str], bench: Bench) -> None:
    """A library alone has a box printed at exit; the flag ends a program that requires consent."""
    program = ["-c", "import plausipy; plausipy.lib(key='k', require_consent=True); print('works')", *argument]
    quiet = bench.run(*program, **QUIET)
    assert (quiet.status, quiet.stdout, quiet.asked) == (0, "works\n", [])


def test_plausipys_yes_is_left_alone(bench: Bench) -> None:
    consent(bench.home, "ALLOW")
    quiet = bench.run("-c", ASKING.format(profile="USER", required=True), **QUIET)
    assert (quiet.status, quiet.asked) == (0, ["ipinfo.io"]), quiet


def test_plausipys_yes_to_one_program_is_for_that_one(bench: Bench) -> None:
    consent(bench.home, "ASK", whitelist=("host",))
    location = bench.home / ".plausipy" / "config" / "location.json"
    location.write_text(json.dumps({"_createdOn": "2999-01-01T00:00:00", "region": "", "country": "", "timezone": ""}))
    code = ASKING.format(profile="USER", required=True) + "import json; print(json.dumps(plausipy.Plausipy.json()))"
    quiet = bench.run("-c", code, **QUIET)
    assert quiet.asked == ["plausipy.com"], quiet
    (app,) = json.loads(quiet.stdout.splitlines()[1])["app"]
    assert (app["name"], app["parent"]) == ("host", None)


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("[user]\nuid = " + "0" * 32 + "\ntrack = True\n\n", []),  # popylar's own doing
        ("[user]\nuid = " + "0" * 32 + "\ntrack = False\n\n", []),
        ("# my choice\n[user]\nuid = " + "0" * 32 + "\ntrack = True\n", ["www.google-analytics.com"] * 2),
        ("[user]\nuid = me\ntrack = yes\n", ["www.google-analytics.com"] * 2),
        ("neither [user] nor anything\n", []),
    ],
    ids=["made by popylar", "opted out there", "a comment of the person's", "yes", "broken"],
)
def test_popylars_file_is_read_and_not_written(text: str, asked: list[str], bench: Bench) -> None:
    file = bench.home / ".popylar"
    file.write_text(text)
    ran = bench.run("-c", "import popylar; popylar.track_event('UA-1', 'a', 'b', uid='me')", **QUIET)
    assert (ran.status, ran.asked, file.read_text()) == (0, asked, text), ran


def test_popylar_makes_no_file_and_needs_no_home(bench: Bench) -> None:
    quiet = bench.run("-c", "import popylar; print('works')", **QUIET)
    assert (quiet.stdout, list(bench.home.iterdir())) == ("works\n", [])
    assert bench.run("-c", "import popylar; print('works')", **QUIET, HOME="/dev/null").stdout == "works\n"


@pytest.mark.parametrize("value", ["", "nope", "false "])
def test_instant_pythons_variable_is_mended(value: str, bench: Bench) -> None:
    quiet = bench.run("-c", IPY, "init", "--help", **QUIET, IPY_METRICS_ENABLE=value)
    assert (quiet.status, quiet.asked) == (0, []), quiet


@pytest.mark.parametrize("name", ["IPY_METRICS_ENABLE", "ipy_metrics_enable"])
def test_instant_pythons_yes_is_left_alone(name: str, bench: Bench) -> None:
    ran = bench.run("-c", IPY, "init", "--help", **{**QUIET, name: "true"})
    assert set(ran.asked) == {"eu.i.posthog.com"}, ran


def test_a_dot_env_of_a_checkout_undoes_nothing(bench: Bench) -> None:
    (bench.folder / ".env").write_text("IPY_METRICS_ENABLE=true\n")
    assert bench.run("-c", IPY, "init", "--help", **QUIET).asked == []


def test_a_release_with_other_insides_goes_on(bench: Bench) -> None:
    package = bench.folder / "plausipy"
    package.mkdir()
    (package / "__init__.py").write_text("from . import plausipy\n")
    (package / "plausipy.py").write_text("")
    ran = bench.run("-c", "import plausipy; print('works')", **QUIET)
    assert (ran.status, ran.stdout) == (0, "works\n")
    assert ran.stderr.startswith("pep786: plausipy goes on without the shim (AttributeError(")
    assert len(ran.stderr.splitlines()) == 1
