"""uv asks the index itself, in Rust: ``pep786 run`` with its proxy is the only way in."""

from __future__ import annotations

from importlib.util import find_spec

from .driver import Driver, Stage, Tool

_PROJECT = """\
[project]
name = "demo"
version = "1.0"
requires-python = ">=3.8"
dependencies = ["{wanted}"]

[[tool.uv.index]]
name = "loopback"
url = "{url}"
default = true
"""


#: In one line, so that what a case adds stands at the file's top level.
_TOML = 'index = [{{ url = "{url}", default = true }}]\n'


def _lay_out(stage: Stage) -> None:
    stage.write("pyproject.toml", _PROJECT.format(wanted=stage.wanted, url=stage.simple))
    if stage.has("uv.toml"):  # it stands in place of [tool.uv]
        stage.write("uv.toml", _TOML.format(url=stage.simple))


def _commands(stage: Stage) -> list[list[str]]:
    return [stage.call("sync", "--no-install-project", "--python", stage.python, *stage.flags)]


def _not_here(tool: Tool) -> str | None:
    if tool.tier != "injected" or find_spec("cryptography"):
        return None
    return "pep786 run needs its proxy for uv: pip install 'pep786-shim[proxy]'"


# The flag belongs to uv, from which pep786 run takes it. An unpatched uv refuses to start with its key in uv.toml.
DRIVER = Driver(
    name="uv",
    wrapped=True,
    lay_out=_lay_out,
    commands=_commands,
    takes_flag=True,
    not_here=_not_here,
    variables={"UV_NO_MANAGED_PYTHON": "1", "UV_PYTHON_DOWNLOADS": "never"},
)
