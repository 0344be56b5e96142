"""Released tools: what the journal says is what the index received, and single hosts get what was chosen for them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from pep786.verify.index import Index
from tests.environments import NEWEST, Environment, Environments

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.journal.conftest import Person

pytestmark = pytest.mark.real

OLD = "20.3.4"


@pytest.fixture
def index() -> Iterator[Index]:
    with Index() as index:
        yield index


def pip(person: Person, environment: Environment, *arguments: str, **environ: str) -> str:
    variables = {"PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PYTHONPATH": "", **environ}
    done = person.run(environment.python, "-m", "pip", *arguments, **variables)
    assert done.returncode == 0, done.stderr
    return done.stderr


def received(index: Index) -> list[tuple[str, str, bool]]:
    return [(one.host, one.route, bool(one.prefer)) for one in index.received]


def journal(person: Person) -> list[tuple[str, str, bool]]:
    return [(one["host"], one["path"], one["sent"]) for one in person.lines()]


def told(index: Index) -> dict[str, set[bool]]:
    """Host by host whether its requests carried the preference, by the host's name."""
    found: dict[str, set[bool]] = {}
    for one in index.received:
        found.setdefault(one.host.partition(":")[0], set()).add(bool(one.prefer))
    return found


WRITTEN = {
    "nobody opted out": ("journal = true\n", {}, "nobody opted out", NEWEST, "demo-wheel"),
    "a variable": ("", {"PEP786_JOURNAL": "1", "PY_NO_ANALYTICS": "1"}, "PY_NO_ANALYTICS", OLD, "demo-wheel"),
    "configuration, in an isolated build": (
        "journal = true\nno-analytics = true\n",
        {},
        "~/.config/pep786/config.toml no-analytics",
        NEWEST,
        "demo-sdist",
    ),
}


@pytest.mark.parametrize(("content", "environ", "why", "release", "project"), WRITTEN.values(), ids=WRITTEN)
def test_pips_journal_is_what_the_index_received(
    content: str,
    environ: dict[str, str],
    why: str,
    release: str,
    project: str,
    person: Person,
    environments: Environments,
    index: Index,
    tmp_path: Path,
) -> None:
    """pip's child has the journal too, and an answer from pip's cache is no request."""
    person.configure(content)
    secret = index.simple.replace("://", "://user:secret@")
    for folder in ("a", "b") if project == "demo-wheel" else ("a",):
        arguments = ("wheel", "-w", str(tmp_path / folder), "-i", secret, project)
        pip(person, environments.shared(release), *arguments, **environ)
    assert len(index.received) >= 4
    assert journal(person) == received(index)
    assert {one["tool"] for one in person.lines()} == {"pip"}
    said = {one["why"] for one in person.lines()}
    assert why in said
    assert said <= {why, "configuration, handed on by the tool that started this one"}
    assert (len(said) == 2) is (project == "demo-sdist")
    assert "secret" not in person.file.read_text()


def test_without_it_nothing_is_imported_or_written(person: Person, environments: Environments, index: Index) -> None:
    code = (
        "import sys, runpy; sys.argv[:] = ['pip', *sys.argv[1:]]\n"
        "try: runpy.run_module('pip', run_name='__main__')\n"
        "finally: print(*(name for name in sys.modules if name.startswith('pep786')), file=sys.stderr)"
    )
    environment = environments.shared(NEWEST)
    words = ["download", "-d", str(person.home / "d"), "-i", index.simple, "demo-wheel"]
    for value, expected in (("", False), ("1", True)):
        done = person.run(
            environment.python, "-c", code, *words, PYTHONPATH="", PIP_NO_ANALYTICS="1", PEP786_JOURNAL=value
        )
        assert done.returncode == 0, done.stderr
        assert "pep786.adapters.pip" in done.stderr
        assert ("pep786.journal" in done.stderr) is expected
        assert ("pep786.wire" in done.stderr) is expected
    assert person.file.exists()


BOTH = 'no-analytics = true\n[hosts]\nallow = ["localhost"]\ndeny = ["127.0.0.1"]\n'
CHOSEN = {
    "allowed": (BOTH, {}, [], {True}, {False}, NEWEST, "demo-sdist"),
    "denied": ('[hosts]\ndeny = ["localhost"]\n', {}, [], {False}, {True}, OLD, "demo-wheel"),
    "denied for the first": ('[hosts]\ndeny = ["127.0.0.1"]\n', {}, [], {True}, {False}, NEWEST, "demo-wheel"),
    "a variable beats it": (BOTH, {"PIP_NO_ANALYTICS": "1"}, [], {True}, {True}, NEWEST, "demo-wheel"),
    "--no-analytics beats it": (BOTH, {}, ["--no-analytics"], {True}, {True}, NEWEST, "demo-wheel"),
    "--analytics beats it": (BOTH, {}, ["--analytics"], {False}, {False}, NEWEST, "demo-wheel"),
}


@pytest.mark.parametrize(
    ("content", "environ", "flags", "first", "second", "release", "project"), CHOSEN.values(), ids=CHOSEN
)
def test_pip_and_the_pip_that_it_starts(
    content: str,
    environ: dict[str, str],
    flags: list[str],
    first: set[bool],
    second: set[bool],
    release: str,
    project: str,
    person: Person,
    environments: Environments,
    index: Index,
    tmp_path: Path,
) -> None:
    """Also where files lie on another host, which is redirected to: the header is put on, and taken off, there."""
    person.configure(content)
    arguments = ("wheel", "--no-cache-dir", "-w", str(tmp_path / "w"), "-i", index.simple, *flags, project)
    pip(person, environments.shared(release), *arguments, **environ)
    assert told(index) == {"127.0.0.1": first, "localhost": second}


def test_a_list_that_cannot_be_read_is_told_once(
    person: Person, environments: Environments, index: Index, tmp_path: Path
) -> None:
    person.configure("[hosts]\ndeny = 3\n")
    said = pip(person, environments.shared(NEWEST), "wheel", "-w", str(tmp_path), "-i", index.simple, "demo-sdist")
    assert said.count("[hosts] deny has 3, expected a list of hosts in quotes") == 1
    assert index.received
    assert all(one.prefer for one in index.received)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="POSIX")
def test_pip_goes_on_without_a_place_for_it(
    person: Person, environments: Environments, index: Index, tmp_path: Path
) -> None:
    arguments = ("download", "-d", str(tmp_path / "d"), "-i", index.simple, "demo-wheel")
    said = pip(person, environments.shared(NEWEST), *arguments, PEP786_JOURNAL=f"{os.devnull}/journal")
    assert [line for line in said.splitlines() if "pep786" in line] == [
        f"pep786: the journal is not written: {os.devnull}/journal: Not a directory"
    ]
