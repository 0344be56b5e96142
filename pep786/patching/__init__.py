"""Native support: the patches for released pips, which of them fits a tree, and how it is put in."""

from .applying import Applied, apply
from .errors import PatchError
from .series import TOOLS, Release, find, folder, releases

__all__ = ["TOOLS", "Applied", "PatchError", "Release", "apply", "find", "folder", "releases"]
