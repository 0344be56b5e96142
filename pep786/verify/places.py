"""What stands in braces in the cases and in a tool's description: the folders and files of one run, and their like."""

from __future__ import annotations

import os
import re
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Mapping

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def folders(root: str, platform: str = sys.platform) -> dict[str, str]:
    """The folders below a root that stand for a person's and a machine's, by placeholder."""
    home = os.path.join(root, "home")
    config = {"darwin": "Library/Application Support", "win32": "AppData/Roaming"}.get(platform, ".config")
    local = {"win32": "AppData/Local"}.get(platform, config)
    return {
        "home": home,
        "project": os.path.join(root, "project"),
        "config": os.path.join(home, *config.split("/")),
        "local_config": os.path.join(home, *local.split("/")),
        "machine": os.path.join(root, "machine"),
        "pip_conf": os.path.join(root, "pip.conf"),
    }


def variables(places: Mapping[str, str]) -> dict[str, str]:
    """The environment variables that lead programs to :func:`folders`."""
    home = places["home"]
    return {
        "HOME": home,
        "USERPROFILE": home,
        "APPDATA": os.path.join(home, "AppData", "Roaming"),
        "LOCALAPPDATA": os.path.join(home, "AppData", "Local"),
        "XDG_CONFIG_HOME": places["config"],
        "XDG_CONFIG_DIRS": places["machine"],
    }


def stays_inside(path: str) -> bool:
    """Whether a path that somebody wrote is below the run's own folder, whatever its placeholders stand for."""
    root = os.path.abspath("root")
    named = {**folders(root), "own_file": os.path.join(root, "own"), "tool": "tool"}
    return os.path.normpath(os.path.join(root, "project", fill(path, named))).startswith(root + os.sep)


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with what is in braces put in; names that are not known stay as they are."""
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)
