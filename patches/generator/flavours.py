"""How one source becomes the code of a release line: annotations, package names, TOML parsers, words."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).parent / "source"

#: How each parser is imported; the name that loads is the last word.
_PARSERS = {
    "tomllib": "from pip._internal.utils.compat import tomllib",
    "tomli": "from pip._vendor import tomli",
    "toml": "from pip._vendor import toml",
    "pytoml": "from pip._vendor import pytoml",
}
_TEST_IMPORTS = """\
from __future__ import annotations

import os
from pathlib import Path
"""
_DEFINITION = re.compile(r"^@(def .*)@$", re.MULTILINE)


@dataclass(frozen=True)
class Flavour:
    """What differs between release lines.

    is_old     pip 9: the package is ``pip``, not ``pip._internal``.
    python2    it runs on Python 2.7: no annotations.
    modern     its annotations are those of ``from __future__ import annotations``.
    checked    functions without annotations have to be allowed to mypy, file by file.
    annotated, commented  how the type of an option is given.
    named      commands are made with a name and a summary.
    toml       the parser that it carries, None if none.
    """

    is_old: bool
    python2: bool
    modern: bool
    checked: bool
    annotated: bool
    commented: bool
    named: bool
    toml: str | None

    @property
    def package(self) -> str:
        """The package that holds pip's own code."""
        return "pip" if self.is_old else "pip._internal"

    def module(self) -> str:
        """The new module."""
        text = _read("analytics.py")
        text = text.replace("@PYPROJECT@\n", self._pyproject() + "\n")
        text = text.replace("@PROJECT_DECIDES@", self._project_decides())
        text = text.replace("@FUTURE@\n", "from __future__ import annotations\n\n" if self.modern else "")
        text = text.replace("@IMPORTS@", self._imports())
        text = _DEFINITION.sub(lambda match: self._definition(match[1]), text)
        return ("# mypy: disallow-untyped-defs=False\n\n" if self.checked else "") + text

    def options(self) -> str:
        """The two options."""
        text = _read("options.py").replace("@CALLABLE@", ": Callable[..., Option]" if self.annotated else "")
        return text.replace("@TYPE_COMMENT@", "  # type: Callable[..., Option]" if self.commented else "")

    def test(self) -> str:
        """The new test."""
        text = _read("test_analytics.py")
        text = text.replace("@TEST_PYPROJECT@\n", (_read("test_pyproject.py") if self.toml else "") + "\n")
        text = text.replace("@TEST_IMPORTS@\n", _TEST_IMPORTS if self.modern else "import os\n")
        text = text.replace("@PACKAGE@", self.package)
        text = text.replace("@NEW@", '"download", "Download packages."' if self.named else "")
        return _DEFINITION.sub(lambda match: _wrapped(match[1]) if self.modern else _bare(match[1]), text)

    def message(self) -> str:
        """The commit message."""
        text = _read("message").replace("@BY_PYPROJECT@", " and pyproject.toml ([tool.pip])" if self.toml else "")
        text = text.replace(
            "@SUBPROCESS@",
            "as setuptools does for setup_requires." if self.is_old else "whichever interpreter runs it.",
        )
        note = "\n\nThis release carries no TOML parser, so it does not read [tool.pip] of pyproject.toml."
        text = text.replace("@NOTE@", "" if self.toml else note)
        return "\n\n".join(textwrap.fill(paragraph, 76) for paragraph in text.split("\n\n"))

    def _imports(self) -> str:
        if self.python2:
            standard = "import io\nimport os" if self.toml else "import os"
        elif self.modern:
            standard = "import optparse\nimport os\nfrom collections.abc import MutableMapping\nfrom typing import Any"
        else:
            standard = "import optparse\nimport os\nfrom typing import Any, Dict, MutableMapping, Optional"
        return f"{standard}\n\n{_PARSERS[self.toml]}" if self.toml else standard

    def _definition(self, line: str) -> str:
        if self.python2:
            return _bare(line)
        if self.modern:
            return re.sub(r"Optional\[(\w+)\]", r"\1 | None", line).replace("Dict[", "dict[")
        return line

    def _pyproject(self) -> str:
        if not self.toml:
            return ""
        text = _read("pyproject.py").replace("@TOML@", self.toml)
        return text.replace("@OPEN@", "io.open" if self.python2 else "open")

    def _project_decides(self) -> str:
        return "    if decision is None and from_pyproject():\n        decision = True\n" if self.toml else ""


def _bare(line: str) -> str:
    """A definition without its annotations."""
    line = re.sub(r" -> .*:$", ":", re.sub(r"\[[^\]]*\]", "", line))
    return re.sub(r": [^,)]+(?=[,)])", "", line)


def _wrapped(line: str) -> str:
    """A definition as pip's formatter has it."""
    if len(line) <= 88:
        return line
    name, arguments, result = re.split(r"[()]", line)
    if len(arguments) > 84:
        arguments = re.sub(r", (?=\w+: )", ",\n    ", arguments) + ","
    return f"{name}(\n    {arguments}\n){result}"


def _read(name: str) -> str:
    return (SOURCE / f"{name}.in").read_text(encoding="utf-8")
