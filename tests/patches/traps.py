"""What can go wrong beyond the cases: one function for each trap of the facts, for every release alike.

A trap takes a :class:`Case` and returns what is wrong, nothing if all is well. It is run by the tests for one
release of each line, and by ``patches/generator/matrix.py`` for all of them.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Callable, List

import pytest

from pep786 import patching
from pep786.verify.distributions import Distribution, sdist
from pep786.verify.index import Index
from tests.patches import released
from tests.patches.released import faults, pip

if TYPE_CHECKING:
    from tests.environments import Environment

VARIABLES = ("PIP_NO_ANALYTICS", "PY_NO_ANALYTICS", "PYTHON_NO_ANALYTICS")

Trap = Callable[["Case"], List[str]]
TRAPS: dict[str, Trap] = {}
#: The first release line that can do what the trap is about, and the last.
LINES: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {}


@dataclass(frozen=True)
class Case:
    """A release on a Python, an environment that may not be changed, and a folder to work in."""

    version: str
    python: str
    environment: Environment
    folder: Path
    fresh: Callable[[], Environment]

    @property
    def number(self) -> tuple[int, ...]:
        """The release, for comparing."""
        return tuple(map(int, self.version.split(".")))

    def download(self, index: Index, *arguments: str, conf: str | None = None, **variables: str) -> list[str]:
        """Download from an index; what is wrong if pip failed."""
        if conf is not None:
            (self.folder / "pip.conf").write_text(conf)
            variables["PIP_CONFIG_FILE"] = str(self.folder / "pip.conf")
        return self.run(
            "download", "-d", str(self.folder / "target"), "-i", index.simple, *arguments, "demo-wheel", **variables
        )

    def run(self, *arguments: str, **variables: str) -> list[str]:
        """Run pip in the folder; what is wrong if it failed."""
        done = pip(self.environment, *arguments, cwd=self.folder, **variables)
        return [] if done.returncode == 0 else [f"{arguments}: {(done.stdout + done.stderr).strip()[-400:]}"]


def trap(since: tuple[int, ...] = (9,), until: tuple[int, ...] = (99,)) -> Callable[[Trap], Trap]:
    """Enter a function into the table under its name."""

    def enter(function: Trap) -> Trap:
        TRAPS[function.__name__] = function
        LINES[function.__name__] = (since, until)
        return function

    return enter


def applies(name: str, version: str) -> bool:
    """Whether a trap is one for this release."""
    since, until = LINES[name]
    return since <= tuple(map(int, version.split("."))) < until


@trap()
def t1_no_command_minds_a_value(case: Case) -> list[str]:
    return [
        fault
        for command in (["--version"], ["help"], ["list"])
        for value in ("banana", "0")
        for fault in case.run(*command, PIP_NO_ANALYTICS=value)
    ]


@trap()
def t3_a_bad_value_in_a_file_stops_nobody_who_set_a_variable(case: Case) -> list[str]:
    with Index() as index:
        conf = "[global]\nno-analytics = maybe\n"
        wrong = case.download(index, conf=conf, PY_NO_ANALYTICS="1") + faults(index)
        index.clear()
        said = case.download(index, conf=conf)
        expected = "maybe is not a valid value" if case.number >= (18, 1) else "invalid truth value"
        return wrong + ([] if said and expected in said[0] else [f"no error of pip's own: {said}"])


@trap()
def t4_the_positive_name_does_nothing(case: Case) -> list[str]:
    wrong = []
    with Index() as index:
        for value in ("true", "false", "maybe"):
            wrong += case.download(index, conf=f"[global]\nanalytics = {value}\n", PIP_ANALYTICS=value)
        wrong += faults(index, opted_out=False)
        index.clear()
        wrong += case.download(index, PIP_ANALYTICS="1", PIP_NO_ANALYTICS="1")  # T5
        return wrong + faults(index)


@trap()
def t6_flags_can_be_abbreviated_and_beat_everything(case: Case) -> list[str]:
    with Index() as index:
        wrong = case.download(index, "--no-ana") + faults(index)
        index.clear()
        everything = dict.fromkeys(VARIABLES, "1")
        wrong += case.download(index, "--analytics", conf="[global]\nno-analytics = true\n", **everything)
        return wrong + faults(index, opted_out=False)


@trap()
def t7_another_commands_section_does_not_count(case: Case) -> list[str]:
    with Index() as index:
        wrong = case.download(index, conf="[install]\nno-analytics = true\n")
        return wrong + faults(index, opted_out=False)


@trap()
def t8_isolated_undoes_no_variable(case: Case) -> list[str]:
    wrong = []
    with Index() as index:
        for name in VARIABLES:
            wrong += case.download(index, "--isolated", **{name: "1"})
        return wrong + faults(index)


_SESSIONS = """
try:
    from pip._internal.commands.download import DownloadCommand
except ImportError:
    from pip.commands.download import DownloadCommand
def command():
    try:
        return DownloadCommand("download", "summary")
    except TypeError:
        return DownloadCommand()
def made(flags, bare=False):
    options, _ = command().parse_args(flags)
    if bare:
        del options.no_analytics
    return command()._build_session(options)
sessions = [made(["--no-analytics"]), made(["--analytics"]), made(["--no-analytics"]), made([], bare=True)]
print([(s.headers.get("Prefer"), s.headers["User-Agent"].count("(no-analytics)")) for s in sessions])
"""


@trap()
def t9_sessions_of_one_process_each_send_their_own(case: Case) -> list[str]:
    """T27 as well: options that another program made, without ours, leave it to the environment."""
    done = case.environment.run([case.environment.python, "-c", _SESSIONS], PIP_CONFIG_FILE=os.devnull, cwd=case.folder)
    expected = [("no-analytics", 1), (None, 0), ("no-analytics", 1), ("no-analytics", 1)]
    return [] if done.stdout.strip() == str(expected) else [done.stdout + done.stderr[-400:]]


@trap(since=(10,), until=(21, 3))
def t11_a_legacy_build_started_as_a_module(case: Case) -> list[str]:
    """Pip 10 and 18 run ``-m pip`` for a build's requirements: only the environment reaches that."""
    if case.python not in ("2.7", "3.6", "3.7", "3.8", "3.9"):
        return []
    legacy = _legacy_sdist()
    offered = [
        legacy,
        released.real("setuptools", "44.1.1"),
        released.real("wheel", "0.37.1"),
        *released.old_distributions(),
    ]
    wrong = []
    with Index(offered) as index:
        for flag, variables, conf in (
            ("--no-analytics", {}, ""),
            ("--analytics", {"PY_NO_ANALYTICS": "1"}, "[global]\nno-analytics = true\n"),
        ):
            (case.folder / "pip.conf").write_text(conf)
            index.clear()
            build = ("wheel", "--no-cache-dir", "-w", str(case.folder), "-i", index.simple, flag, "demo-legacy")
            wrong += case.run(*build, **{**variables, "PIP_CONFIG_FILE": str(case.folder / "pip.conf")})
            fetched = [request.path for request in index.received]
            wrong += [] if any("demo_extra" in path for path in fetched) else [f"no build requirement among {fetched}"]
            wrong += faults(index, opted_out=flag == "--no-analytics")
    return wrong


def _legacy_sdist() -> Distribution:
    import gzip
    import io
    import tarfile

    made = sdist("demo-legacy", "1.0", ["setuptools", "wheel", "demo-extra"])
    old = io.BytesIO(gzip.decompress(made.data))
    new = io.BytesIO()
    with tarfile.open(fileobj=old) as source, tarfile.open(fileobj=new, mode="w:gz") as target:
        for member in source.getmembers():
            data = source.extractfile(member).read()  # type: ignore[union-attr]
            if member.name.endswith("pyproject.toml"):
                data = b'[build-system]\nrequires = ["setuptools", "wheel", "demo-extra"]\n'
            member.size = len(data)
            target.addfile(member, io.BytesIO(data))
        setup = b"import demo_extra\nfrom setuptools import setup\nsetup(name='demo-legacy', version='1.0')\n"
        member = tarfile.TarInfo("demo_legacy-1.0/setup.py")
        member.size = len(setup)
        target.addfile(member, io.BytesIO(setup))
    return Distribution(made.name, made.version, made.filename, new.getvalue())


@trap(since=(22, 3))
def t13_another_interpreter(case: Case) -> list[str]:
    other = released.interpreter(released.pythons(patching.find("pip", case.version))[-1])
    assert other is not None
    wrong = []
    situations: list[tuple[list[str], dict[str, str], bool]] = [
        (["--no-analytics"], {}, True),
        ([], {"PY_NO_ANALYTICS": "1"}, True),
        (["--analytics"], {"PY_NO_ANALYTICS": "1"}, False),
    ]
    with Index() as index:
        for arguments, variables, opted_out in situations:
            index.clear()
            build = ("wheel", "--no-cache-dir", "-w", str(case.folder), "-i", index.simple, "demo-sdist")
            wrong += case.run("--python", other, *arguments, *build, **variables)
            wrong += faults(index, opted_out=opted_out)
    return wrong


def _builds(case: Case, feature: str) -> list[str]:
    wrong = []
    with Index() as index:
        for flag in ("--no-analytics", "--analytics"):
            index.clear()
            where = ("-w", str(case.folder), "-i", index.simple)
            build = ("wheel", "--no-cache-dir", f"--use-feature={feature}", *where, flag, "demo-sdist")
            wrong += case.run(*build) + faults(index, opted_out=flag == "--no-analytics")
            wrong += [] if any("demo_backend" in request.path for request in index.received) else ["no backend"]
    return wrong


@trap(since=(26, 2))
def t13_builds_in_virtual_environments(case: Case) -> list[str]:
    return _builds(case, "venv-isolation")


@trap(since=(26,))
def builds_in_process(case: Case) -> list[str]:
    return _builds(case, "inprocess-build-deps")


@trap(since=(25, 3))
def t15_a_build_constraint_from_the_index(case: Case) -> list[str]:
    with Index() as index:
        remote = index.url("/constraints.txt")
        pip(
            case.environment,
            "wheel",
            "-i",
            index.simple,
            "--no-analytics",
            "--build-constraint",
            remote,
            "demo-sdist",
            cwd=case.folder,
        )
        wrong = [] if any("constraints" in request.path for request in index.received) else ["it was not asked for"]
        return wrong + faults(index)


@trap(since=(10,))
def t16_pip_config_shows_what_was_set_and_nothing_more(case: Case) -> list[str]:
    config = str(case.folder / "pip.conf")
    wrong = []
    situations: list[tuple[list[str], dict[str, str], str]] = [
        (["--no-analytics"], {}, ""),
        ([], {"PIP_NO_ANALYTICS": "banana"}, ":env:.no-analytics='banana'"),
        ([], {"PY_NO_ANALYTICS": "1"}, ""),
    ]
    for arguments, variables, expected in situations:
        Path(config).write_text("")
        variables["PIP_CONFIG_FILE"] = config
        done = pip(case.environment, "config", "list", *arguments, cwd=case.folder, **variables)
        shown = [line for line in done.stdout.splitlines() if "analytics" in line]
        if done.returncode or shown != ([expected] if expected else []):
            wrong.append(f"{arguments} {variables}: {done.stdout}{done.stderr}")
    return wrong


@trap()
def t18_no_project_file_stops_pip(case: Case) -> list[str]:
    wrong = []
    texts = [
        b"[tool.pip\nno-analytics = true\n",
        b"\xef\xbb\xbf[tool.other]\nno-analytics = true\n",
        b"\xff\xfe no-analytics",
        b"tool = 3 # no-analytics\n",
        b"x = " + b"[" * 3000 + b"] # no-analytics",
    ]
    with Index() as index:
        for text in texts:
            (case.folder / "pyproject.toml").write_bytes(text)
            wrong += case.download(index)
        return wrong + faults(index, opted_out=False)


@trap(since=(10,))
def t18_a_working_directory_that_is_gone(case: Case) -> list[str]:
    if os.name == "nt":
        return []
    script = f'mkdir gone && cd gone && rmdir ../gone && exec "{case.environment.python}" -m pip --version'
    done = case.environment.run(["sh", "-c", script], cwd=case.folder)
    # Some stop there as released: Python 2.7 itself cannot import then, and old pips look for their packages.
    stock = "No such file or directory" in done.stderr and "analytics" not in done.stderr
    return [] if done.returncode == 0 or stock else [done.stderr[-400:]]


@trap()
def t22_the_environments_own_pip_conf(case: Case) -> list[str]:
    if case.python == "2.7":
        return []
    environment = case.fresh()
    (environment.root / "pip.conf").write_text("[global]\nno-analytics = true\n")
    with Index() as index:
        command = [
            environment.python,
            "-m",
            "pip",
            "download",
            "-d",
            str(case.folder),
            "-i",
            index.simple,
            "demo-wheel",
        ]
        done = environment.run(command, cwd=case.folder, PIP_DISABLE_PIP_VERSION_CHECK="1", NO_PROXY="*")
        return ([] if done.returncode == 0 else [done.stderr[-400:]]) + faults(index)


@trap()
def t25_a_requirements_file_takes_no_flag(case: Case) -> list[str]:
    (case.folder / "requirements.txt").write_text("--no-analytics\n")
    said = "".join(case.run("download", "-r", "requirements.txt"))
    return [] if "no such option: --no-analytics" in said else [said]


@trap(since=(10,))
def the_self_version_check(case: Case) -> list[str]:
    environment = case.fresh()
    (environment.site_packages / f"pip-{case.version}.dist-info" / "INSTALLER").write_text("pip\n")
    with Index() as index:
        command = [environment.python, "-m", "pip", "install", "--target", "x", "-i", index.simple, "demo-dependency"]
        done = environment.run(command, cwd=case.folder, PIP_CONFIG_FILE=os.devnull, NO_PROXY="*", PIP_NO_ANALYTICS="1")
        wrong = [] if done.returncode == 0 else [done.stderr[-400:]]
        if not any(request.path == "/simple/pip/" for request in index.received):
            wrong.append("there was no check")
        return wrong + faults(index)


@trap()
def pip_search_and_list(case: Case) -> list[str]:
    with Index() as index:
        pip(case.environment, "search", "-i", index.url("/pypi"), "demo", "--no-analytics")
        wrong = [] if "POST" in {request.method for request in index.received} else ["search sent nothing"]
        outdated = case.run("list", "--outdated", "-i", index.simple, "--no-analytics")
        # 19.2 ends there in an error of its own as released (is_hash_allowed), once it has asked; 19.2.1 does not.
        stock = case.version == "19.2" and "is_hash_allowed" in str(outdated)
        return wrong + ([] if stock else outdated) + faults(index)


@trap(since=(22, 3))
def range_requests(case: Case) -> list[str]:
    """T23: an index without redirects, at which this feature of older pips stops."""
    with Index(metadata=False, redirect_files=False) as index:
        wrong = case.download(index, "--use-feature=fast-deps", "--no-analytics")
        if not any(request.kind == "range" for request in index.received):
            wrong.append("there was no range request")
        return wrong + faults(index)


def run(name: str, case: Case) -> list[str]:
    """Run a trap in an empty folder."""
    shutil.rmtree(case.folder, ignore_errors=True)
    case.folder.mkdir(parents=True)
    with released.serving(case.python), pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(case.folder))
        patch.setenv("XDG_CONFIG_HOME", str(case.folder / "config"))
        patch.setenv("XDG_CACHE_HOME", str(case.folder / "cache"))
        return TRAPS[name](case)
