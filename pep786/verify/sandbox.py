"""Run a person's own tool against the loopback index and touch nothing of theirs."""

from __future__ import annotations

import os
import shutil
import site
import tempfile

from ..startup import INJECTED
from . import places, running
from .running import Run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Sequence

# Machine-wide settings of pip.conf that would lead a run away from the loopback index, made empty: pip
# ignores an empty value, and the file of PIP_CONFIG_FILE outranks the others.
_NEUTRAL = "[global]\nextra-index-url =\nfind-links =\nno-index =\nproxy =\nrequire-virtualenv =\nconstraint =\n"

# Variables of pip and of the other tools: where they look, what they keep, which environment they work in.
_PREFIXES = (
    *("PIP_", "_PIP_", "PEP786_", "_PEP786_", "_PYTHON_NO_ANALYTICS"),
    *("POETRY_", "PDM_", "HATCH_", "PIPENV_", "PIPX_", "TOX", "NOX", "PEX_", "VIRTUALENV_", "WORKON_HOME", "UV_"),
)

# What tools keep, and what they leave behind (uv its locks, in the temporary folder), below the sandbox's root.
_KEPT = {
    "XDG_CACHE_HOME": "home/.cache",
    "XDG_DATA_HOME": "home/.local/share",
    "PIP_CACHE_DIR": "home/.cache/pip",
    **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), "temporary"),
}


class Sandbox:
    """A home and a project of its own, for one clause; a context manager that removes them.

    inject  put the shim in with PYTHONPATH, for a pip in whose environment it is not installed.
    """

    def __init__(self, *, inject: bool = False) -> None:
        self.inject = inject
        self.root = tempfile.mkdtemp(prefix="pep786-verify-")
        self.places = places.folders(self.root)
        kept = {name: os.path.join(self.root, folder) for name, folder in _KEPT.items()}
        self._folders = {**places.variables(self.places), **kept}

    def __enter__(self) -> Sandbox:  # noqa: PYI034  typing.Self is newer than Python 3.8
        for folder in [*self._folders.values(), self.project]:
            os.makedirs(folder, exist_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self.root, ignore_errors=True)

    @property
    def project(self) -> str:
        """The folder in which the tool runs."""
        return self.places["project"]

    def environment(self, variables: dict[str, str] | None = None) -> dict[str, str]:
        """The person's environment without what concerns indexes, caches, proxies and the preference."""
        environ = {name: value for name, value in os.environ.items() if not _is_about_indexes(name)}
        # A tool or shim of the person's user site stays where it is although HOME moves.
        environ.setdefault("PYTHONUSERBASE", site.getuserbase())
        environ.update(
            self._folders,
            NO_PROXY="*",
            PIP_CONFIG_FILE=self.places["pip_conf"],
            PIP_DISABLE_PIP_VERSION_CHECK="1",
            PIP_NO_INPUT="1",
        )
        if self.inject:
            environ["PYTHONPATH"] = os.pathsep.join(filter(None, (INJECTED, environ.get("PYTHONPATH"))))
        environ.update(variables or {})
        return environ

    def write_pip_conf(self, text: str) -> None:
        """Lay out the pip.conf that every pip of the run reads, led to no index but those it is given."""
        pip_conf = text.replace("[global]\n", _NEUTRAL, 1)
        self.write("pip.conf", pip_conf if _NEUTRAL in pip_conf else f"{_NEUTRAL}\n{pip_conf}")

    def write(self, name: str, text: str) -> None:
        """Write a file below the root; its folders are made."""
        path = os.path.join(self.root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def run(self, command: Sequence[str], variables: dict[str, str]) -> Run:
        """Run a command in the project's folder; it ends by itself, or when its time is over."""
        try:
            return running.run(command, cwd=self.project, environ=self.environment(variables))
        except OSError as fault:
            return Run(127, str(fault))


def _is_about_indexes(name: str) -> bool:
    upper = name.upper()
    return (
        upper.startswith(_PREFIXES)
        or upper.endswith(("_NO_ANALYTICS", "_PROXY"))
        or upper
        in ("PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV", "CONDA_PREFIX", "CONDA_DEFAULT_ENV", "__PYVENV_LAUNCHER__")
    )
