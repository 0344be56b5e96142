"""The checks, each a session. ``nox`` runs what a change has to pass; ``nox --list`` names the rest."""

from __future__ import annotations

import glob
import os

import nox

nox.needs_version = ">=2025.5.1"
nox.options.default_venv_backend = "virtualenv"
nox.options.sessions = ["lint", "typing", "tests"]
# With CI set in the environment nox would fail for a Python that is not here; it is to be skipped, and said.
nox.options.error_on_missing_interpreters = False
nox.options.download_python = "never"

PYPROJECT = nox.project.load_toml("pyproject.toml")
PYTHONS = nox.project.python_versions(PYPROJECT)

# Only these also run the tests of what never runs inside somebody else's tool.
_ENDS = (PYTHONS[0], "3.13")
_OUTSIDE = ("conformance", "docs", "faults", "index", "optout", "packaging", "shell", "verify")

# A pyenv offers one interpreter by name at a time; nox is to find them all.
_PYENV = os.environ.get("PYENV_ROOT", os.path.expanduser("~/.pyenv"))
os.environ["PATH"] = os.pathsep.join([os.environ["PATH"], *sorted(glob.glob(f"{_PYENV}/versions/3.*/bin"))])


def _install(session: nox.Session, *groups: str) -> None:
    session.install("--quiet", *nox.project.dependency_groups(PYPROJECT, *groups))


@nox.session
def lint(session: nox.Session) -> None:
    """The linter and the formatter, changing nothing."""
    _install(session, "lint")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")


@nox.session
def typing(session: nox.Session) -> None:
    """The type checker, in its strict mode."""
    _install(session, "typing")
    session.run("mypy", *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """All but the patches, real tools included; released ones are fetched once into .cache."""
    _install(session, "test", "logs")
    session.run("pytest", "--numprocesses=2", "--dist=loadgroup", "--ignore=tests/patches", *session.posargs)


@nox.session(python=PYTHONS, venv_backend="venv")  # virtualenv makes none for Python 3.8 any more
def unit(session: nox.Session) -> None:
    """All but the real tools, on every Python that is here; what stays out of tools on the oldest and the newest."""
    _install(session, "test")
    ignored = ["patches", *([] if session.python in _ENDS else _OUTSIDE)]
    options = [f"--ignore=tests/{folder}" for folder in ignored]
    session.run("pytest", "-m", "not real", "--numprocesses=2", *options, *session.posargs)


@nox.session
def native(session: nox.Session) -> None:
    """Every patch applied to every release it serves, and one release of each line run."""
    _install(session, "test")
    session.run("pytest", "--numprocesses=2", "--dist=loadgroup", "tests/patches", *session.posargs)


@nox.session
def patches(session: nox.Session) -> None:
    """Every release of pip, patched and run: the table in docs. Takes an hour, and can be taken up again."""
    _install(session, "test")
    session.run("python", "patches/generator/matrix.py", "--table", "docs/pip-patches.md", *session.posargs)


@nox.session
def coverage(session: nox.Session) -> None:
    """How much of the core the tests in this process reach, line and branch."""
    _install(session, "test")
    session.run("coverage", "run", "-m", "pytest", "-m", "not real", "-q", "tests/unit", "tests/config")
    session.run("coverage", "combine")
    session.run("coverage", "report", "--include=pep786/*.py,pep786/config/*", "--show-missing", "--fail-under=95")


@nox.session
def fuzz(session: nox.Session) -> None:
    """Every fuzz target for a minute, or --seconds N; python -m tests.fuzz --help says what else."""
    _install(session, "fuzz")
    session.run("pytest", "-q", "tests/fuzz/test_session.py")
    session.run("python", "-m", "tests.fuzz", *session.posargs)


@nox.session
def mutation(session: nox.Session) -> None:
    """Mutants of the core that its fast tests do not notice. Can be taken up again; without mutants/ it begins anew."""
    _install(session, "mutation")
    session.run("mutmut", "run", *session.posargs)
    results = session.run("mutmut", "results", silent=True) or ""
    missed = [line.strip() for line in results.splitlines() if line.endswith(("survived", "no tests"))]
    if missed:
        session.error("\n".join(["see mutmut show NAME", *missed]))


@nox.session
def docs(session: nox.Session) -> None:
    """The site, every warning an error, and its links; it lies in .cache/site."""
    _install(session, "docs")
    session.run("sphinx-build", "-q", "-E", "-W", "--keep-going", "docs", ".cache/site")
    session.run("pytest", "tests/docs/test_site.py", *session.posargs)


@nox.session
def conformance(session: nox.Session) -> None:
    """Every released tool by pep786 verify: docs/conformance.json. Takes most of an hour, and can be taken up again."""
    _install(session, "test")
    session.run("python", "docs/generate/conformance.py", *session.posargs)


@nox.session
def share(session: nox.Session) -> None:
    """Write what is made from the parser and the recipes: completion, the man page, docs/recipes.md."""
    _install(session, "share")
    session.run("python", "share/generate.py", *session.posargs)


@nox.session
def benchmarks(session: nox.Session) -> None:
    """Every figure that the documentation quotes: docs/performance.md. Half an hour on a quiet machine; --quick."""
    _install(session, "benchmarks")
    session.run("python", "benchmarks/run.py", *session.posargs)
