"""Which tool a word on the command line means: the one on PATH, a release from the registry, a described one."""

from __future__ import annotations

import shutil
import sys

from . import fetching, installed, tools
from . import pip as pips
from .errors import NoToolError
from .tools import described

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .tools.driver import Tool

#: What can be verified.
NAMES = ("pip", *tools.NAMES)


def find(asked: str, python: str = sys.executable, *, inject: bool = False) -> Tool | pips.Pip:
    """The tool that is asked for as ``NAME``, ``NAME==VERSION`` or ``FILE.toml``. Raises :class:`VerifyError`.

    python  whose pip it is, and what a release is fetched for.
    inject  whether to put the shim in where it is not installed.
    """
    if asked.endswith(".toml"):
        return described.from_file(asked, inject=inject)
    name, named, version = asked.partition("==")
    if name not in NAMES:
        raise NoToolError(f"cannot verify {name}; known tools: {', '.join(NAMES)}. --command runs any other")
    if name == "pip":
        if named:
            python = fetching.interpreter(fetching.fetch("pip", version, python))
        return pips.find(python, inject=inject)
    driver = tools.driver(name)
    if named:
        folder = fetching.fetch(driver.project, version, python, driver.limits(version))
        return installed.describe(driver, fetching.script(folder, driver.start), inject=inject)
    path = shutil.which(driver.start)
    if path is None:
        raise NoToolError(f"{driver.start} is not on PATH; {name}==VERSION fetches a release of it")
    return installed.describe(driver, path, inject=inject)
