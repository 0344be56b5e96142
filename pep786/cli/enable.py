"""``pep786 enable`` and ``pep786 disable``: the shim in environments that pep786 is not installed in."""

from __future__ import annotations

import sys

from .output import paint, plain, print_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from ..enabling.asking import Interpreter
    from ..enabling.switching import Report

_ENABLE = """\
Put the shim into environments that pep786 is not installed in: two small files that lead to this pep786,
wherever it is. Upgrade it, and all of them have the new one; remove it, and they run as before."""

_ENABLE_EPILOG = """\
Examples:
  pep786 enable --python .venv/bin/python           one environment
  pep786 enable --pipx --uv-tools                   those of all tools that pipx and uv installed
  sudo pep786 enable --python /opt/python3.12/bin/python3.12 --venvs
                                                    that Python, and every virtual environment of it
  pep786 enable --pipx --dry-run                    show what would be done

Exit status: 0 done, or there was nothing to do; 1 something was refused; 2 bad usage."""

_DISABLE = """\
Take out what pep786 enable put in. Every file that was there before is as it was, to its time of change."""

_DISABLE_EPILOG = """\
Examples:
  pep786 disable --python .venv/bin/python
  pep786 disable --pipx --uv-tools
  sudo pep786 disable --python /opt/python3.12/bin/python3.12 --venvs

Exit status: 0 done, or there was nothing to do; 1 something was refused; 2 bad usage."""

_SAID = {
    "enabled": "enabled",
    "renewed": "enabled again, leading to this pep786 now",
    "already": "enabled already",
    "installed": "pep786-shim is installed in it; nothing to do",
    "disabled": "disabled",
    "absent": "was not enabled",
}
_WOULD = {"enabled": "would be enabled", "renewed": "would be led to this pep786", "disabled": "would be disabled"}


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add both commands to the command line."""
    _add(commands, "enable", "put the shim into other environments", _ENABLE, _ENABLE_EPILOG)
    _add(commands, "disable", "take it out of them again", _DISABLE, _DISABLE_EPILOG)


def _add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, short: str, text: str, epilog: str
) -> None:
    import argparse

    parser = commands.add_parser(
        name, help=short, description=text, epilog=epilog, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--python",
        metavar="PYTHON",
        action="append",
        default=[],
        help="an interpreter, by path or as on PATH, or the folder of its environment; can be repeated",
    )
    parser.add_argument("--venvs", action="store_true", help="of each --python, the installation and all environments")
    parser.add_argument("--pipx", action="store_true", help="every environment of pipx")
    parser.add_argument("--uv-tools", action="store_true", help="every environment of uv tool")
    parser.add_argument(
        "--break-system-packages", action="store_true", help="also where a package manager manages the installation"
    )
    parser.add_argument("--dry-run", action="store_true", help="change nothing, show what would be done")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    parser.set_defaults(run=run, command=name)


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked, and answer with the exit status."""
    from ..enabling import asking

    try:
        targets = _targets(arguments)
    except (asking.AskingError, ValueError) as fault:
        print(f"pep786 {arguments.command}: {plain(str(fault))}", file=sys.stderr)
        return 2
    rows: list[dict[str, object]] = []
    for path, venvs in targets:
        row = _switch(arguments, path, venvs=venvs)
        if not any(other["folder"] == row["folder"] for other in rows if row["folder"]):
            rows.append(row)
            if not arguments.json:
                _print(row)
    if arguments.json:
        print_json({"command": arguments.command, "dry_run": arguments.dry_run, "environments": rows})
    elif not rows:
        print("There is no such environment here.")
    return 1 if any(row["did"] == "refused" for row in rows) else 0


def _targets(arguments: argparse.Namespace) -> list[tuple[str, bool]]:
    """Interpreters, and whether it is their standard library. Raises ValueError and AskingError for bad usage."""
    from ..enabling import asking, places

    if not (arguments.python or arguments.pipx or arguments.uv_tools):
        which = "of which interpreter? --venvs goes with --python PYTHON." if arguments.venvs else "which environments?"
        raise ValueError(f"{which} For example: pep786 {arguments.command} --python .venv/bin/python")
    named = [(asking.find(name), arguments.venvs) for name in arguments.python]
    folders = [*(places.pipx() if arguments.pipx else ()), *(places.uv_tools() if arguments.uv_tools else ())]
    found = [asking.of_environment(folder) for folder in folders]
    return [*named, *((path, False) for path in found if path)]


def _switch(arguments: argparse.Namespace, path: str, *, venvs: bool) -> dict[str, object]:
    from ..enabling import asking, safety, switching

    switch = switching.enable if arguments.command == "enable" else switching.disable
    try:
        target = asking.ask(path)
        report = switch(target, venvs=venvs, break_system=arguments.break_system_packages, dry=arguments.dry_run)
    except asking.AskingError as fault:
        return _refused(path, str(fault)[len(path) + 2 :])
    except (switching.EnablingError, safety.UnsafeError) as fault:
        return _refused(path, str(fault))
    except OSError as fault:
        return _refused(path, f"{fault.filename or path}: {fault.strerror}")
    return _row(arguments, target, report, venvs=venvs)


def _refused(path: str, why: str) -> dict[str, object]:
    return {"python": path, "folder": None, "did": "refused", "said": why, "notes": []}


def _row(arguments: argparse.Namespace, target: Interpreter, report: Report, *, venvs: bool) -> dict[str, object]:
    said = _WOULD.get(report.did) if arguments.dry_run else None
    who = f"{target.base} and all its environments" if venvs else target.prefix
    return {
        "python": target.path,
        "folder": report.folder,
        "did": report.did,
        "said": f"{who}: {said or _SAID[report.did]}",
        "notes": [*report.notes, *([f"the files are in {report.folder}"] if report.did == "enabled" else [])],
    }


def _print(row: dict[str, object]) -> None:
    if row["did"] == "refused":
        sys.stdout.flush()
        print(f"{plain(str(row['python']))}: refused: {plain(str(row['said']))}", file=sys.stderr)
        return
    print(plain(str(row["said"])).replace(": ", paint(": ", "faint"), 1))
    notes = row["notes"]
    for note in notes if isinstance(notes, list) else []:
        print(f"  {paint('note', 'note')}: {plain(note)}")
