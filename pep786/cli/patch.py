"""``pep786 patch``: native support for a tool that you maintain or ship."""

from __future__ import annotations

import os
import sys

from .output import paint, plain, print_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from ..patching import Release

_DESCRIPTION = """\
Put native support for the opt-out into a pip, poetry, pdm, hatch or uv that you maintain or ship. A patch
is all there is: no part of pep786 has to be installed where the patched tool runs."""

_EPILOG = """\
Examples:
  pep786 patch list
  pep786 patch path pip 24.0
  pep786 patch apply --check .venv/lib/python3.12/site-packages

Exit status: 0 done, or with --check it can be; 1 it cannot, and nothing was changed; 2 bad usage."""

_LIST_EPILOG = """\
Examples:
  pep786 patch list
  pep786 patch list --json"""

_PATH_EPILOG = """\
Examples:
  pep786 patch path pip 24.0
  git am "$(pep786 patch path pip 24.0)"    in a checkout of pip"""

_APPLY_EPILOG = """\
Examples:
  pep786 patch apply --check .venv/lib/python3.12/site-packages
  pep786 patch apply pip-24.0                                 an unpacked wheel or sdist
  pep786 patch apply --tool poetry .venv/lib/python3.12/site-packages

Exit status: 0 done, or with --check it can be; 1 it cannot, and nothing was changed; 2 bad usage."""

_UNBUILT = "unbuilt: no uv was ever compiled with it"


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this command to the command line."""
    import argparse

    parser = commands.add_parser(
        "patch",
        help="put native support into a tool that you maintain or ship",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    listing = _add_action(actions, "list", "the releases there is a patch for", _LIST_EPILOG)
    listing.add_argument("--json", action="store_true", help="print everything as JSON")
    listing.set_defaults(run=run, action=_list)
    path = _add_action(actions, "path", "where the patch for a release is", _PATH_EPILOG)
    path.add_argument("tool", metavar="TOOL", help="pip, poetry, pdm, hatch or uv")
    path.add_argument("version", metavar="VERSION", help="its release, such as 24.0")
    path.set_defaults(run=run, action=_path)
    applying = _add_action(actions, "apply", "patch the tool in a folder, all of it or nothing", _APPLY_EPILOG)
    applying.add_argument(
        "dir", metavar="DIR", help="a source tree of the tool, an unpacked wheel, or a site-packages folder"
    )
    applying.add_argument(
        "--tool", choices=("pip", "poetry", "pdm", "hatch", "uv"), help="which, where there are several"
    )
    applying.add_argument("--check", action="store_true", help="change nothing, say whether it can be done")
    applying.set_defaults(run=run, action=_apply)


def _add_action(
    actions: argparse._SubParsersAction[argparse.ArgumentParser], name: str, said: str, epilog: str
) -> argparse.ArgumentParser:
    import argparse

    return actions.add_parser(
        name,
        help=said,
        description=f"{said[0].upper()}{said[1:]}.",
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked, and answer with the exit status."""
    from ..patching import PatchError

    try:
        arguments.action(arguments)
    except PatchError as fault:
        print(f"pep786 patch: {plain(str(fault))}", file=sys.stderr)
        return 1
    return 0


def _list(arguments: argparse.Namespace) -> None:
    from .. import patching

    releases = [release for tool in patching.TOOLS for release in patching.releases(tool)]
    if arguments.json:
        print_json({"releases": [release.as_dict() for release in releases]})
        return
    for patch in dict.fromkeys(release.patch for release in releases):
        _print_patch(patch, [release for release in releases if release.patch == patch])


def _print_patch(patch: str, served: list[Release]) -> None:
    unread = served[0].tool == "pip" and not served[0].toml
    note = "  [tool.pip] is not read: these carry no TOML parser" if unread else ""
    note = f"  {_UNBUILT}" if served[0].unbuilt else note
    print(f"{paint(os.path.basename(patch), 'strong')}{paint(note, 'note')}")
    print(f"  {served[0].tool} {', '.join(release.version for release in served)}")


def _path(arguments: argparse.Namespace) -> None:
    from .. import patching

    print(patching.find(arguments.tool, arguments.version).patch)


def _apply(arguments: argparse.Namespace) -> None:
    from .. import patching

    done = patching.apply(arguments.dir, tool=arguments.tool, check=arguments.check)
    verb = "can be patched" if arguments.check else "patched"
    name = os.path.basename(done.release.patch)
    if done.release.unbuilt:
        print(f"pep786 patch: warning: {name} is {_UNBUILT}", file=sys.stderr)
    tool = f"{done.tree.tool} {plain(done.tree.version)}"
    print(f"{tool} in {plain(done.tree.package)} {verb} with {name} (by {done.engine}):")
    for mark, paths in (("changes", done.changed), ("adds", done.added)):
        for path in paths:
            print(f"  {mark:<7} {plain(os.path.relpath(path, os.path.abspath(arguments.dir)))}")
