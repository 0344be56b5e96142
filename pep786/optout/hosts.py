"""A choice of one's own for single indexes, kept in our own configuration: an extension that the PEP does not have.

[hosts]
allow = ["packages.example"]    may count me: no signal to it, where configuration or nobody decided
deny = ["other.example"]        the signal goes to it, even where nobody opted out
"""

from __future__ import annotations

from ..config.hosts import TABLE, name_of
from ..scope import host_of
from . import toml
from .desk import Outcome
from .errors import OptOutError
from .switching import Report, desk_for, finish
from .targets import OWN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .edit import Edit
    from .targets import Machine

LISTS = ("allow", "deny")


def normal(word: str) -> str:
    """The host in the form in which it is compared, of a host or an address with one. Raises ValueError."""
    host = name_of(host_of(word) if "://" in word else word)
    if not host and word.count(":") == 1 and "://" not in word:
        raise ValueError(f"{word}: a host is meant, without a port")
    if not host:
        raise ValueError(f"{word}: not the name of a host, such as packages.example")
    return host


def choose(machine: Machine, scope: str, choices: dict[str, list[str]], *, dry_run: bool = False) -> Report:
    """Put hosts on a list of our own file, and off the other; choices by "allow", "deny" and "forget"."""
    desk = desk_for(machine, scope)
    place = machine.own(scope).place
    if place is None:
        return Report([Outcome(OWN, scope, "failed", "no home folder is known")], [], [])
    outcome = Outcome(OWN, scope, "already", path=place.path, table=f"[{TABLE}]")
    try:
        for name in LISTS:
            data = desk.data(place.path)
            edit = _edit(data or b"", name, choices)
            if edit is not None:
                outcome.action = "created" if data is None or outcome.action == "created" else "changed"
                desk.change(place.path, edit, outcome)
    except OptOutError as fault:
        outcome.fail(fault)
        desk = desk_for(machine, scope)
    return finish(desk, [outcome], dry_run=dry_run)


def _edit(data: bytes, name: str, choices: dict[str, list[str]]) -> Edit | None:
    """The change to one list; None where it is as it should be."""
    table = toml.document(data).get(TABLE, {})
    if not isinstance(table, dict):
        raise OptOutError(f"{TABLE} is no table")
    old = table.get(name, [])
    if not isinstance(old, list) or not all(isinstance(host, str) for host in old):
        raise OptOutError(f"[{TABLE}] {name} is no list of hosts in quotes")
    gone = {host for other, hosts in choices.items() if other != name for host in hosts}
    new = [host for host in old if name_of(host) not in gone]
    new += [host for host in choices.get(name, []) if host not in new]
    if new == old:
        return None
    return toml.set_list(data, TABLE, name, new)
