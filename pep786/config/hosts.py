"""A person's own choice for single indexes: an extension, which PEP 786 does not have ("Rejected Ideas").

In our own files, the person's and the machine's, and in no project's::

    [hosts]
    allow = ["packages.example"]    # may count me: no signal to it
    deny = ["other.example"]        # the signal goes to it even where nobody opted out

It is configuration: a flag and an environment variable beat it. A host speaks for the names below it, and the more
specific name wins; for the same name the person's file beats the machine's, and ``deny`` beats ``allow`` in one file.
"""

from __future__ import annotations

from ..scope import host_of
from .values import show_toml

TABLE = "hosts"

_IN_ADDRESSES = frozenset("0123456789abcdef:.")
_IN_NAMES = frozenset("-._")
_EXPECTED = 'expected a list of hosts in quotes, such as ["packages.example"]'


class Hosts:
    """The choices of all files together.

    choices   a host's name to whether the signal goes to it; "" stands for every host.
    warnings  one sentence for each thing a person should mend.
    """

    __slots__ = ("choices", "warnings")

    def __init__(self) -> None:
        self.choices: dict[str, bool] = {}
        self.warnings: list[str] = []

    def says(self, host: str) -> bool | None:
        """Whether the signal goes to a host, in lower case; None where nothing was chosen for it."""
        name = host.rstrip(".")  # pragma: no mutate  XX is in no name in lower case
        while name and name not in self.choices:
            name = name.partition(".")[2]
        return self.choices.get(name)

    @property
    def denied(self) -> list[str]:
        """The hosts that get the signal whoever decided nothing; [""] and more where that is every host."""
        return sorted(host for host, signed in self.choices.items() if signed)

    def add(self, table: object, where: str) -> None:
        """Take in the table of one file, after those of stronger files. where is what to tell a person of the file."""
        if not isinstance(table, dict):
            self.warnings.append(f"{where}: {TABLE} is {show_toml(table)}; expected a table with allow and deny")
            return
        found: dict[str, bool] = {}
        for key, value in table.items():
            place = f"{where}: [{TABLE}] {show_toml(key)[1:-1]}"
            if key == "allow":
                names = self._names(value, place, denied=False)  # pragma: no mutate  None is as false
                found.update((name, False) for name in names if name not in found)
            elif key == "deny":
                found.update((name, True) for name in self._names(value, place, denied=True))
            else:
                self.warnings.append(f"{place} is not a known key, expected allow or deny")
        for name, signed in found.items():
            self.choices.setdefault(name, signed)

    def _names(self, value: object, place: str, *, denied: bool) -> list[str]:
        """The names in a list. What cannot be read counts towards privacy: it allows no host, or denies every one."""
        items = value if isinstance(value, list) else [value]
        names = [name_of(item) for item in items]
        if not isinstance(value, list) or not all(names):
            wrong = next((item for item, name in zip(items, names) if not name), value)
            guessed = [name or _host_in(item) for item, name in zip(items, names)] if denied else []
            taken = "; taken as every host" if "" in guessed else ""
            self.warnings.append(f"{place} has {show_toml(wrong)}, {_EXPECTED}{taken}")
            return guessed if denied else [name for name in names if name and isinstance(value, list)]
        return names


def name_of(word: object) -> str:
    """The host in the form in which it is compared, of a name or an address; "" for what is neither.

    An address of the web and a port are neither: a choice is for a host.
    """
    if not isinstance(word, str):
        return ""
    name = word.strip().rstrip(".").lower()
    if not name.isascii():
        try:
            name = name.encode("idna").decode("ascii")  # pragma: no mutate  a codec has its name in any case
        except UnicodeError:
            return ""
    if name.startswith("[") and name.endswith("]"):
        name = name[1:-1]
    if name.count(":") > 1:
        return name if set(name) <= _IN_ADDRESSES else ""
    plain = host_of(f"any://{name}") == name and ".." not in name and not name.startswith(("-", "."))
    return name if plain and all(letter.isalnum() or letter in _IN_NAMES for letter in name) else ""


def _host_in(word: object) -> str:
    """The host of an address, or of a host with a port: what somebody meant who wrote that."""
    text = word.strip() if isinstance(word, str) else ""
    return name_of(host_of(text if "://" in text else f"any://{text}"))
