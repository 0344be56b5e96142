"""One environment: what is put in, what it does at a start, and that taking it out leaves no trace."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from pep786.cli import main
from pep786.enabling import asking, files, safety, switching
from tests.enabling.watching import CHECKOUT, HOOKED, snapshot, start
from tests.environments import Environment, Environments, python

VERSIONS = ("3.7", "3.8", "3.11", "3.13")
SILENT_AND_HOOKED = (0, "True", "")
SILENT_AND_PLAIN = (0, "False", "")


@pytest.fixture
def environment(environments: Environments) -> Environment:
    """An environment of this Python, without pip and without the shim."""
    return environments.fresh(shim=False)


def enable(*arguments: str) -> int:
    return main(["enable", *arguments])


def disable(*arguments: str) -> int:
    return main(["disable", *arguments])


def copy_of_pep786(root: Path) -> Path:
    """pep786 as it is installed elsewhere."""
    shutil.copytree(Path(CHECKOUT, "pep786"), root / "pep786", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy2(Path(CHECKOUT, "_pep786_startup.py"), root)
    return root


def of(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command of a pep786 that is in root."""
    code = f"import sys; sys.path.insert(0, {str(root)!r}); from pep786.cli import main; sys.exit(main())"
    return subprocess.run([sys.executable, "-c", code, *arguments], check=False, capture_output=True, text=True)


@pytest.mark.parametrize("version", VERSIONS)
def test_it_hooks_an_environment_and_leaves_it_without_a_trace(version: str, environments: Environments) -> None:
    environment = environments.fresh(version=version, shim=False)
    assert start(environment.python) == SILENT_AND_PLAIN
    before = snapshot(environment.root)
    assert enable("--python", environment.python) == 0
    for options in ([], ["-I"], ["-E"], *([["-P"]] if version in ("3.11", "3.13") else [])):
        assert start(environment.python, *options) == SILENT_AND_HOOKED, options
    assert start(environment.python, PYTHONSAFEPATH="1") == SILENT_AND_HOOKED
    assert start(environment.python, "-S") == SILENT_AND_PLAIN
    assert disable("--python", str(environment.root)) == 0
    assert snapshot(environment.root) == before
    assert start(environment.python) == SILENT_AND_PLAIN


def test_nothing_else_that_lives_beside_pep786_is_importable(environment: Environment) -> None:
    enable("--python", environment.python)
    code = "import pip_is_not_here"  # the finder looks at its list of tools now
    assert start(environment.python, code=code)[0] == 1
    found = "from importlib.util import find_spec; print([n for n in ('pep786', 'tests', 'noxfile') if find_spec(n)])"
    assert start(environment.python, code=found) == (0, "[]", "")


def test_a_start_imports_two_modules_more(environment: Environment) -> None:
    code = "import sys; print(*sorted(sys.modules))"
    (environment.site_packages / "other.pth").write_text("# what Python imports to read any\n")
    before = set(start(environment.python, code=code)[1].split())
    enable("--python", environment.python)
    more = set(start(environment.python, code=code)[1].split()) - before
    assert more == {"_pep786_startup", "_pep786_startup_enabled"}


def test_twice_is_once(environment: Environment, capsys: pytest.CaptureFixture[str]) -> None:
    enable("--python", environment.python)
    before = snapshot(environment.root)
    capsys.readouterr()
    assert enable("--python", environment.python) == 0
    assert "enabled already" in capsys.readouterr().out
    assert snapshot(environment.root) == before
    assert disable("--python", environment.python) == disable("--python", environment.python) == 0
    assert "was not enabled" in capsys.readouterr().out


def test_a_dry_run_changes_nothing(environment: Environment, capsys: pytest.CaptureFixture[str]) -> None:
    before = snapshot(environment.root)
    assert enable("--python", environment.python, "--dry-run") == 0
    assert "would be enabled" in capsys.readouterr().out
    assert snapshot(environment.root) == before
    enable("--python", environment.python)
    before = snapshot(environment.root)
    assert disable("--python", environment.python, "--dry-run") == 0
    assert "would be disabled" in capsys.readouterr().out
    assert snapshot(environment.root) == before


def test_when_pep786_is_gone_python_starts_as_ever(environment: Environment, tmp_path: Path) -> None:
    before = snapshot(environment.root)
    root = copy_of_pep786(tmp_path / "elsewhere")
    done = of(root, "enable", "--python", environment.python)
    assert done.returncode == 0, done.stderr
    assert "cleared" in done.stdout  # it is in a temporary folder
    assert start(environment.python) == SILENT_AND_HOOKED
    (root / "pep786").rename(root / "gone")
    assert start(environment.python, code="import json, pip_is_not_here")[2].splitlines()[-1].startswith("ModuleNot")
    assert start(environment.python, code="import json; print(json.dumps(1))") == (0, "1", "")
    shutil.rmtree(root)
    assert start(environment.python) == SILENT_AND_PLAIN
    assert disable("--python", environment.python) == 0
    assert snapshot(environment.root) == before


def test_it_is_led_to_another_pep786(
    environment: Environment, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = copy_of_pep786(tmp_path / "elsewhere")
    of(root, "enable", "--python", environment.python)
    assert enable("--python", environment.python) == 0
    assert "leading to this pep786 now" in capsys.readouterr().out
    shutil.rmtree(root)
    assert start(environment.python) == SILENT_AND_HOOKED


def test_one_that_has_the_shim_itself_is_left_alone(
    environments: Environments, capsys: pytest.CaptureFixture[str]
) -> None:
    environment = environments.shared()
    before = snapshot(environment.site_packages)
    assert enable("--python", environment.python) == 0
    assert "pep786-shim is installed in it" in capsys.readouterr().out
    assert set(snapshot(environment.site_packages)) == set(before)


@pytest.mark.parametrize("name", [files.MODULE, files.PTH])
def test_a_file_that_was_edited_is_left_alone(
    name: str, environment: Environment, capsys: pytest.CaptureFixture[str]
) -> None:
    enable("--python", environment.python)
    with (environment.site_packages / name).open("a") as file:
        file.write("# a line of mine\n")
    before = snapshot(environment.root)
    assert enable("--python", environment.python) == disable("--python", environment.python) == 1
    assert capsys.readouterr().err.count(f"{name} was edited since") == 2
    assert snapshot(environment.root) == before


def test_a_file_of_somebody_elses_is_left_alone(environment: Environment, capsys: pytest.CaptureFixture[str]) -> None:
    (environment.site_packages / files.PTH).write_text("# mine\n")
    assert enable("--python", environment.python) == 1
    assert "is not of our making" in capsys.readouterr().err
    assert not (environment.site_packages / files.MODULE).exists()


@pytest.mark.parametrize("version", ["2.7", "3.6"])
def test_a_python_too_old_is_refused(version: str, capsys: pytest.CaptureFixture[str]) -> None:
    interpreter = python(version)
    if interpreter is None:
        pytest.skip(f"this machine has no Python {version}")
    for arguments in ([], ["--venvs"]):
        assert enable("--python", interpreter, *arguments) == 1
        said = capsys.readouterr().err
        assert said.count("\n") == 1
        assert f"it is Python {version}." in said
    assert disable("--python", interpreter) == 0


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        ([], 2, "which environments?"),
        (["--venvs"], 2, "--venvs goes with --python"),
        (["--python", "no-such-python"], 2, "no such command on PATH"),
        (["--python", "/no/such/python"], 2, "no such file"),
        (["--python", "/etc"], 2, "no Python in that folder"),
        (["--python", "/bin/ls"], 1, "no Python that runs"),
        (["--python", "/etc/passwd"], 1, "Permission denied"),
    ],
)
@pytest.mark.skipif(os.name == "nt", reason="paths of POSIX")
def test_bad_usage_is_one_line(
    arguments: list[str], status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in ("enable", "disable"):
        assert main([command, *arguments]) == status
        told = capsys.readouterr().err
        assert said in told
        assert told.count("\n") == 1


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")
def test_a_folder_that_is_read_only_is_refused(
    environment: Environment, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if os.geteuid() == 0:  # who may write anyway: as os.access answers on a file system that is mounted read-only
        monkeypatch.setattr(os, "access", lambda *_arguments, **_options: False)
    else:
        environment.site_packages.chmod(0o555)
    assert enable("--python", environment.python) == 1
    assert f"{environment.site_packages} is read-only for you" in capsys.readouterr().err
    assert not (environment.site_packages / files.MODULE).exists()


@pytest.mark.parametrize("fault", [KeyboardInterrupt, OSError(28, "No space left on device")], ids=["Ctrl-C", "full"])
def test_half_way_is_nothing(
    fault: type[BaseException] | BaseException, environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = snapshot(environment.root)
    write = files.write

    def failing(path: str, data: bytes) -> None:
        if path.endswith(".pth"):
            raise fault
        write(path, data)

    monkeypatch.setattr(files, "write", failing)
    assert enable("--python", environment.python) in (1, 130)
    assert snapshot(environment.root) == before


def test_python_3_15_is_given_a_start_file(environment: Environment) -> None:
    """PEP 829; the function that it names is there."""
    target = asking.ask(environment.python)
    newer = replace(target, version=(3, 15, 0))
    switching.enable(newer)
    placed = {path.name for path in environment.site_packages.iterdir()}
    assert {files.START, files.MODULE} <= placed
    assert files.PTH not in placed
    (line,) = [
        line for line in (environment.site_packages / files.START).read_text().splitlines() if not line.startswith("#")
    ]
    module, _, function = line.partition(":")
    code = f"import {module}; {module}.{function}(); {HOOKED}"
    assert start(environment.python, code=code) == SILENT_AND_HOOKED
    switching.disable(newer)
    assert files.START not in {path.name for path in environment.site_packages.iterdir()}


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="gives files away, which root may")
def test_an_unprivileged_account_cannot_lead_root_to_its_code(
    environment: Environment, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = copy_of_pep786(tmp_path / "elsewhere")
    os.chown(root / "_pep786_startup.py", 65534, 65534)
    done = of(root, "enable", "--python", environment.python)
    assert done.returncode == 1
    assert "whose code would run there" in done.stderr
    assert not (environment.site_packages / files.MODULE).exists()
    os.chown(environment.site_packages, 65534, 65534)  # it is that account's own: root's code, and its own, may run
    assert of(root, "enable", "--python", environment.python).returncode == 0
    assert (environment.site_packages / files.PTH).stat().st_uid == 65534
    assert capsys.readouterr().err == ""


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")
def test_code_that_anybody_may_change_is_not_led_to(tmp_path: Path) -> None:
    root = copy_of_pep786(tmp_path / "elsewhere")
    (root / "_pep786_startup.py").chmod(0o666)
    with pytest.raises(safety.UnsafeError, match="anybody may write"):
        safety.check(str(root), str(tmp_path))


def test_the_umask_does_not_hide_the_files(environment: Environment) -> None:
    """A .pth that can be read and its module not would be an error at each start of everybody else."""
    before = os.umask(0o077)
    try:
        enable("--python", environment.python)
    finally:
        os.umask(before)
    for name in (files.MODULE, files.PTH):
        assert (environment.site_packages / name).stat().st_mode & 0o444 == 0o444
