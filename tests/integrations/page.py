"""The tools of docs/tool-authors.md, taken from the page as a reader would, and how they are led to an index."""

from __future__ import annotations

import os
import re
import sys
import types
from typing import TYPE_CHECKING

from pep786.verify import tools
from pep786.verify.cases import Case, Own
from pep786.verify.tools.driver import Driver, Tool
from tests.environments import CHECKOUT, install

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pytest

    from pep786.verify.judging import Outcome

PAGE = CHECKOUT / "docs" / "tool-authors.md"
_PROGRAM = re.compile(r"^```python\n(# (?P<name>[\w/]+\.py)\n.*?)^```$", re.DOTALL | re.MULTILINE)

#: Every program of the page, by the name in its first line.
PROGRAMS = {found["name"]: found[1] for found in _PROGRAM.finditer(PAGE.read_text(encoding="utf-8"))}


def libraries(needed: Sequence[str]) -> str:
    """A PYTHONPATH with this checkout, and with these libraries from the registry."""
    return os.pathsep.join([str(CHECKOUT), *map(install, needed)])


def write(name: str, folder: Path) -> Path:
    """A program of the page, as a file."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(PROGRAMS[name], encoding="utf-8")
    return path


def judge(
    monkeypatch: pytest.MonkeyPatch,
    case: Case,
    command: Sequence[str],
    *,
    before: tuple[str, ...] = (),
    native: bool = False,
    variables: dict[str, str] | None = None,
    own_file: str | None = None,
) -> Outcome:
    """A tool of the page in the situation of one case of ``pep786 verify``.

    command    what starts it.    before  what stands before the project.    variables  for its process.
    native     whether it has the core only, without the files that speak for every tool.
    own_file   its own configuration file; None: it reads ``[tool.mytool]`` of pyproject.toml.
    """
    driver = Driver(
        "mytool",
        lambda stage: [stage.call(*before, stage.wanted, "--index-url", stage.simple, *stage.flags)],
        takes_flag=True,
        own=Own(f"{{project}}/{own_file}", "[mytool]") if own_file else None,
        cannot={"build": "it builds nothing", "cache": "it has no cache"},
        variables=variables or {},
        needs={"demo-wheel": ("demo_wheel",)},
    )
    module = types.ModuleType("mytool")
    module.DRIVER = driver  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, f"{tools.__name__}.mytool", module)
    tool = Tool("mytool", "1.0", tuple(command), sys.executable, "native" if native else "none")
    return tools.judge(tool, case)
