"""Write the patches for every release of pip, and series.toml, from one source.

    python patches/generator/generate.py --wheels DIR --sdist pip-NEWEST.tar.gz [--check]

DIR holds the released wheels (``matrix.py`` fetches them); each patch is made against a wheel's own files, with
LF line ends. The new module and its test are the templates in ``source/``, which ``flavours.py`` fits to the release;
``edits.py`` edits what is there. The newest release's patch is the whole of a pull request: its documentation is
edited as well, for which the sdist is read.

Consecutive releases share a patch where it fits without fuzz and gives the very same files.
"""

from __future__ import annotations

import argparse
import difflib
import re
import sys
from pathlib import Path

from edits import Files, documentation, native
from releases import Release, pythons, version_key, wheels

HERE = Path(__file__).parent
PATCHES = HERE.parent / "pip"
sys.path.insert(0, str(HERE.parent.parent))

from pep786.patching import engines  # noqa: E402  from this checkout

_FROM = "The pep786 maintainers <maintainers@pep786.example>"
_DATE = "Sun, 1 Nov 2026 12:00:00 +0000"


def diff(before: Files, after: Files) -> str:
    """The changes as git writes them."""
    out = []
    for path in sorted(after):
        old = before.get(path)
        if old == after[path]:
            continue
        out.append(f"diff --git a/{path} b/{path}\n" + ("new file mode 100644\n" if old is None else ""))
        out += difflib.unified_diff(
            (old or "").splitlines(keepends=True),
            after[path].splitlines(keepends=True),
            "/dev/null" if old is None else f"a/{path}",
            f"b/{path}",
        )
    return "".join(out)


def mail(message: str, changes: str) -> str:
    """A patch as ``git am`` takes it."""
    subject, _, body = message.partition("\n\n")
    return (
        f"From {'0' * 40} Mon Sep 17 00:00:00 2001\nFrom: {_FROM}\nDate: {_DATE}\n"
        f"Subject: [PATCH] {subject}\n\n{body.strip()}\n---\n\n{changes}"
    )


class Group:
    """Releases in a row that one patch serves; made of the first."""

    def __init__(self, release: Release, *, docs: Path | None = None) -> None:
        self.releases = [release]
        before, after = dict(release.files), native(release)
        if docs is not None:
            texts, edited = documentation(docs)
            before.update(texts)
            after.update(edited)
        self.changes = diff(before, after)
        self.text = mail(release.flavour.message(), self.changes)

    def serves(self, release: Release, scratch: Path) -> bool:
        """Whether the patch fits this release too, without fuzz, and gives the files it should."""
        wanted = native(release)
        if {path for path in wanted if path in release.files} - set(native(self.releases[0])):
            return False
        for path in wanted:
            if path in release.files:
                (scratch / path).parent.mkdir(parents=True, exist_ok=True)
                (scratch / path).write_bytes(release.files[path].encode())
        if engines.run("git", str(scratch), self.changes) is not None:
            return False
        return all((scratch / path).read_bytes().decode() == text for path, text in wanted.items())

    @property
    def name(self) -> str:
        """The file's name: the releases it serves, from and to."""
        first, last = self.releases[0].version, self.releases[-1].version
        return f"pip-{first}.patch" if first == last else f"pip-{first}-to-{last}.patch"


def groups(releases: list[Release], sdist: Path) -> list[Group]:
    """Every release in a group, oldest first; the newest release is alone, for its patch has documentation."""
    import tempfile

    found: list[Group] = []
    for release in releases[:-1]:
        with tempfile.TemporaryDirectory() as scratch:
            if found and found[-1].serves(release, Path(scratch)):
                found[-1].releases.append(release)
            else:
                found.append(Group(release))
    return [*found, Group(releases[-1], docs=sdist)]


def series(found: list[Group]) -> str:
    """series.toml: one row for each release."""
    rows = ["# Written by generate.py: which patch serves which release of pip, the TOML parser which that release"]
    rows += [
        "# carries (without one, [tool.pip] is not read), and the Pythons that run it, of those tried.",
        "[releases]",
    ]
    for group in found:
        for release in group.releases:
            toml = f'toml = "{release.flavour.toml}", ' if release.flavour.toml else ""
            runs = " ".join(pythons(version_key(release.version)))
            rows.append(f'"{release.version}" = {{ patch = "{group.name}", {toml}pythons = "{runs}" }}')
    return "\n".join(rows) + "\n"


def main(argv: list[str] | None = None) -> int:
    """Write everything, or with --check say whether what is there is what would be written."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--wheels", type=Path, required=True, help="a folder with the released wheels")
    parser.add_argument("--sdist", type=Path, required=True, help="the newest release's sdist")
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 if something would change")
    arguments = parser.parse_args(argv)
    found = groups([Release(version, path) for version, path in wheels(arguments.wheels).items()], arguments.sdist)
    texts = {group.name: group.text for group in found}
    texts["series.toml"] = series(found)
    there = {path.name: path.read_bytes().decode() for path in [*PATCHES.glob("*.patch"), *PATCHES.glob("series.toml")]}
    if arguments.check:
        print("up to date" if there == texts else "differs from what is there")
        return int(there != texts)
    for name in set(there) - set(texts):
        (PATCHES / name).unlink()
    for name, text in texts.items():
        (PATCHES / name).write_bytes(text.encode())
    for group in found:
        added = len(re.findall(r"^\+(?!\+\+ )", "".join(code_of(group)), re.MULTILINE))
        print(f"{group.name}: {len(group.releases)} releases, {added} lines of code added")
    return 0


def code_of(group: Group) -> list[str]:
    """The parts of a patch that change pip's own code."""
    parts = re.split(r"^(?=diff --git )", group.changes, flags=re.MULTILINE)
    return [part for part in parts if re.match(r"diff --git a/(src/)?pip/", part)]


if __name__ == "__main__":
    sys.exit(main())
