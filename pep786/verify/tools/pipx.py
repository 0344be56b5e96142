"""pipx has the pip of a shared environment install each application."""

from __future__ import annotations

from ..distributions import wheel
from .driver import Driver, Stage

_ENTRY_POINT = {
    "demo_wheel.py": "def main():\n    pass\n",
    "demo_wheel-1.0.dist-info/entry_points.txt": "[console_scripts]\ndemo-wheel = demo_wheel:main\n",
}


def _commands(stage: Stage) -> list[list[str]]:
    install = stage.call("install", "demo-wheel")
    return [install] if stage.wanted == "demo-wheel" else [install, stage.call("inject", "demo-wheel", stage.wanted)]


# An application must have a command, hence a demo-wheel with one; demo-sdist goes in beside it.
DRIVER = Driver(
    name="pipx",
    commands=_commands,
    variables={
        "PIPX_HOME": "{project}/pipx",
        "PIPX_DEFAULT_BACKEND": "pip",
        # It would have its shared pip replaced by a newer one, which the loopback index does not have.
        "PIPX_DISABLE_SHARED_LIBS_AUTO_UPGRADE": "1",
    },
    offers=(wheel("demo-wheel", "1.0", ["demo-dependency"], _ENTRY_POINT),),
)
