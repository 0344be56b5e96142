"""--venvs: a sitecustomize of ours in a standard library, before any other, which runs, fails and prints as it did."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pep786.cli import main
from pep786.enabling import files
from tests.enabling.watching import HOOKED, snapshot, start
from tests.environments import THIS

if TYPE_CHECKING:
    from tests.enabling.conftest import Installation, Installations

#: What there was before us: where, and its text.
CUSTOMS = {
    "none": None,
    "one": (
        "lib",
        "import json, os, sys\nsys.stderr.write(json.dumps([__name__, os.path.dirname(os.path.realpath(__file__))]))",
    ),
    "a link": ("link", "import sys; sys.stderr.write('linked')"),
    "a link to nowhere": ("link", None),
    "raises": ("lib", "1 / 0"),
    "does not parse": ("lib", "import sys\nsys.stderr.write(\n"),
    "needs what is not there": ("lib", "import no_such_module"),
    "is of the environment": ("site", "import json, sys; sys.stderr.write('of the environment')"),
    "is of the environment and raises": ("site", "raise KeyError('mine')"),
}


@pytest.mark.parametrize("custom", CUSTOMS.values(), ids=CUSTOMS)
def test_the_one_before_runs_as_before(custom: tuple[str, str | None] | None, installations: Installations) -> None:
    base = installations(THIS)
    _lay_out(base, custom)
    said = start(base.python), start(base.python, "-I")
    assert said[0][1] == "False"
    before = snapshot(base.root)
    assert main(["enable", "--python", base.python, "--venvs"]) == 0
    # From source, and from what was compiled.
    assert (start(base.python), start(base.python, "-I")) == tuple((0, "True", words) for _, _, words in said)
    assert main(["disable", "--python", base.python, "--venvs"]) == 0
    assert snapshot(base.root) == before
    assert start(base.python) == said[0]


def _lay_out(base: Installation, custom: tuple[str, str | None] | None) -> None:
    if custom is None:
        return
    where, text = custom
    path = base.custom
    if where == "link":
        path = base.root / "etc" / "sitecustomize.py"
        path.parent.mkdir()
        base.custom.symlink_to(os.path.join("..", "..", "etc", "sitecustomize.py"))
    elif where == "site":
        path = base.site_packages / "sitecustomize.py"
    if text is not None:
        path.write_text(text)
        path.chmod(0o640)
        os.utime(path, ns=(10**18, 10**18 + 123_456_789))


def test_every_environment_is_reached_those_made_later_too(installations: Installations) -> None:
    base = installations(THIS)
    early = base.venv("early")
    assert main(["enable", "--python", early, "--venvs"]) == 0  # by one of its environments
    late = base.venv("late")
    for python in (early, late, base.python):
        assert start(python) == (0, "True", "")
    custom = Path(late).parent.parent / "lib" / base.stdlib.name / "site-packages" / "sitecustomize.py"
    custom.write_text("print('mine')")
    assert start(late)[1].split() == ["mine", "True"]
    assert start(early, "-S") == (0, "False", "")
    found = "from importlib.util import find_spec; print([n for n in ('pep786', 'noxfile') if find_spec(n)])"
    assert start(early, code=found) == (0, "[]", "")
    # Without another sitecustomize there is still none.
    assert "ModuleNotFoundError: No module named 'sitecustomize'" in start(early, code="import sitecustomize")[2]


def test_a_source_line_of_the_one_before_is_shown_in_its_traceback(installations: Installations) -> None:
    base = installations(THIS)
    base.custom.write_text("def fail():\n    return 1 / 0  # mine\n")
    main(["enable", "--python", base.python, "--venvs"])
    assert "return 1 / 0  # mine" in start(base.python, code="import sitecustomize; sitecustomize.fail()")[2]


def test_debians_python_is_refused_and_with_the_word_for_it_done(
    installations: Installations, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its sitecustomize is a link into /etc, and the package manager may put it back over ours."""
    base = installations("debian")
    link = os.readlink(base.custom)
    (base.root / "lib" / "python3" / "dist-packages").mkdir(parents=True)
    said = start(base.python)
    before = snapshot(base.root)
    for arguments in (["--venvs"], []):
        assert main(["enable", "--python", base.python, *arguments]) == 1
        assert "EXTERNALLY-MANAGED (PEP 668)" in capsys.readouterr().err
    assert snapshot(base.root) == before
    for arguments in (["--venvs"], []):
        assert main(["enable", "--python", base.python, "--break-system-packages", *arguments]) == 0
        assert start(base.python) == (0, "True", said[2])
        assert main(["disable", "--python", base.python, *arguments]) == 0
        assert snapshot(base.root) == before
    main(["enable", "--python", base.python, "--break-system-packages", "--venvs"])
    base.custom.unlink()
    base.custom.symlink_to(link)
    assert start(base.python) == said
    assert main(["enable", "--python", base.python, "--break-system-packages", "--venvs"]) == 0
    assert start(base.python) == (0, "True", said[2])
    base.custom.unlink()
    base.custom.symlink_to(link)
    assert main(["disable", "--python", base.python, "--venvs"]) == 0
    assert os.readlink(base.custom) == link
    assert set(snapshot(base.root)) == set(before)


def test_debians_own_python_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """The very one of this machine, which is asked, and is not changed by that."""
    if not os.path.exists("/etc/debian_version") or not os.path.exists("/usr/bin/python3"):
        pytest.skip("this machine has no Debian's Python")
    assert main(["enable", "--python", "/usr/bin/python3", "--venvs", "--dry-run"]) == 1
    assert "it is externally managed" in capsys.readouterr().err


def test_two_that_differ_and_are_not_ours_are_left_to_the_person(
    installations: Installations, capsys: pytest.CaptureFixture[str]
) -> None:
    base = installations(THIS)
    base.custom.write_text("first = 1\n")
    main(["enable", "--python", base.python, "--venvs"])
    base.custom.unlink()
    base.custom.write_text("second = 2\n")
    before = snapshot(base.root)
    assert main(["disable", "--python", base.python, "--venvs"]) == 1
    assert "are both there and differ" in capsys.readouterr().err
    assert snapshot(base.root) == before


@pytest.mark.parametrize("name", ["sitecustomize/__init__.py", "sitecustomize.pyc"])
def test_one_that_python_prefers_to_ours_is_refused(
    name: str, installations: Installations, capsys: pytest.CaptureFixture[str]
) -> None:
    base = installations(THIS)
    path = base.stdlib / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"")
    before = snapshot(base.root)
    assert main(["enable", "--python", base.python, "--venvs"]) == 1
    assert "its sitecustomize is" in capsys.readouterr().err
    assert snapshot(base.root) == before


def test_an_edited_sitecustomize_is_left_alone(
    installations: Installations, capsys: pytest.CaptureFixture[str]
) -> None:
    base = installations(THIS)
    main(["enable", "--python", base.python, "--venvs"])
    base.custom.write_text(base.custom.read_text() + "import this\n")
    before = snapshot(base.root)
    for command in ("enable", "disable"):
        assert main([command, "--python", base.python, "--venvs"]) == 1
    assert capsys.readouterr().err.count("was edited since") == 2
    assert snapshot(base.root) == before


@pytest.mark.parametrize("at", ["link", "write"])
def test_ctrl_c_half_way_is_nothing(at: str, installations: Installations, monkeypatch: pytest.MonkeyPatch) -> None:
    base = installations(THIS)
    base.custom.write_text("import sys; sys.stderr.write('mine')")
    start(base.python)
    before = snapshot(base.root)
    keep, write = files.keep, files.write

    def stopped_write(path: str, data: bytes) -> None:
        if path.endswith(files.CHAIN):
            raise KeyboardInterrupt
        write(path, data)

    def stopped_keep(path: str, kept: str) -> None:
        keep(path, kept)
        raise KeyboardInterrupt

    monkeypatch.setattr(files, "write", stopped_write if at == "write" else write)
    monkeypatch.setattr(files, "keep", stopped_keep if at == "link" else keep)
    assert main(["enable", "--python", base.python, "--venvs"]) == 130
    monkeypatch.undo()
    assert start(base.python, code=HOOKED) == (0, "False", "mine")
    assert snapshot(base.root) == before


def test_where_there_are_no_hard_links_the_one_before_is_moved(
    installations: Installations, monkeypatch: pytest.MonkeyPatch
) -> None:
    def link(*_arguments: object, **_options: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    base = installations(THIS)
    base.custom.write_text("import sys; sys.stderr.write('mine')")
    start(base.python)
    before = snapshot(base.root)
    monkeypatch.setattr(os, "link", link)
    assert main(["enable", "--python", base.python, "--venvs"]) == 0
    assert start(base.python) == (0, "True", "mine")
    assert main(["disable", "--python", base.python, "--venvs"]) == 0
    assert snapshot(base.root) == before
