"""Write the patches for every release of pip, and series.toml, from one source.

    python patches/generator/generate.py --wheels DIR --sdist pip-NEWEST.tar.gz [--check]

DIR holds the released wheels (``matrix.py`` fetches them); each patch is made against a wheel's own files, with
LF line ends. The new module and its test are the templates in ``source/``; the edits are the functions named
``edit_*`` below, each of which finds its place by the text around it and fails where that is not there exactly
once. The newest release's patch is the whole of a pull request: its documentation is edited as well, for which
the sdist is read.

Consecutive releases share a patch where it fits without fuzz and gives the very same files.
"""

from __future__ import annotations

import argparse
import difflib
import re
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Callable, Dict

import flavours

HERE = Path(__file__).parent
PATCHES = HERE.parent / "pip"
sys.path.insert(0, str(HERE.parent.parent))

from pep786.patching import engines  # noqa: E402  from this checkout

Files = Dict[str, str]

OLDEST = (9, 0, 3)
_FROM = "The pep786 maintainers <maintainers@pep786.example>"
_DATE = "Sun, 1 Nov 2026 12:00:00 +0000"


def version_key(version: str) -> tuple[int, ...]:
    """For sorting releases: pip's final releases are numbers and dots."""
    return tuple(map(int, version.split(".")))


def wheels(folder: Path) -> dict[str, Path]:
    """The final releases in a folder of wheels, oldest first."""
    found = {}
    for path in folder.glob("pip-*.whl"):
        version = path.name.split("-")[1]
        if re.fullmatch(r"[\d.]+", version) and version_key(version) >= OLDEST:
            found[version] = path
    return {version: found[version] for version in sorted(found, key=version_key)}


class Source:
    """One release's files, as the repository has them: a mapping from repository path to text."""

    def __init__(self, version: str, wheel: Path) -> None:
        self.version = version
        self.is_old = version_key(version)[0] < 10
        self.root = "pip" if self.is_old else "src/pip"
        with zipfile.ZipFile(wheel) as archive:
            self.files = {
                "/".join([self.root, *name.split("/")[1:]]): archive.read(name).decode("utf-8").replace("\r\n", "\n")
                for name in archive.namelist()
                if re.match(r"pip/(?!_vendor/).*\.py$", name)
            }
            self.vendored = {name.split("/")[2].partition(".")[0] for name in archive.namelist() if "/_vendor/" in name}
        self.flavour = flavours.of(self)

    def first(self, *names: str) -> str:
        """The path of the first of these files that the release has."""
        inner = "" if self.is_old else "_internal/"
        for name in names:
            if f"{self.root}/{inner}{name}" in self.files:
                return f"{self.root}/{inner}{name}"
        raise LookupError(f"pip {self.version} has none of {names}")

    def native(self) -> Files:
        """Every file that the patch changes or adds, as it is afterwards."""
        return {
            self.first("cli/parser.py", "baseparser.py"): self.edited(
                self.first("cli/parser.py", "baseparser.py"), edit_parser
            ),
            self.first("cli/cmdoptions.py", "cmdoptions.py"): self.edited(
                self.first("cli/cmdoptions.py", "cmdoptions.py"), edit_options
            ),
            self.first("network/session.py", "download.py"): self.edited(
                self.first("network/session.py", "download.py"), edit_session
            ),
            self.session_builder(): self.edited(self.session_builder(), edit_builder),
            f"{self.root}/{'' if self.is_old else '_internal/'}utils/analytics.py": self.flavour.module(),
            "tests/unit/test_analytics.py": self.flavour.test(),
        }

    def session_builder(self) -> str:
        """Where sessions are made from options."""
        names = ("cli/index_command.py", "cli/req_command.py", "cli/base_command.py", "basecommand.py")
        return self.first(*(name for name in names if "def _build_session(" in self.text(name)))

    def text(self, name: str) -> str:
        """A file's text, "" if the release has none of that name."""
        return self.files.get(f"{self.root}/{'' if self.is_old else '_internal/'}{name}", "")

    def edited(self, path: str, edit: Callable[[str, flavours.Flavour], str]) -> str:
        """A file after one of the edits below."""
        try:
            return edit(self.files[path], self.flavour)
        except LookupError as fault:
            raise LookupError(f"pip {self.version}, {path}: {fault}") from None


def around(text: str, anchor: str, *, before: str = "", after: str = "") -> str:
    """The text with something put before or after an anchor, which has to be there exactly once."""
    if text.count(anchor) != 1:
        raise LookupError(f"{anchor!r} is there {text.count(anchor)} times")
    return text.replace(anchor, before + anchor + after)


def with_import(text: str, flavour: flavours.Flavour) -> str:
    """The text with our module imported, where pip's order of imports has it."""
    lines = text.splitlines(keepends=True)
    imports = [number for number, line in enumerate(lines) if line.startswith(f"from {flavour.package}.")]
    before = imports
    for count, number in enumerate(imports):
        if lines[number].split()[1] >= f"{flavour.package}.utils":
            before = imports[:count]
            break
    place = before[-1] if before else imports[0] - 1
    while "(" in "".join(lines[before[-1] : place + 1]) and ")" not in lines[place]:
        place += 1
    place += 1
    lines.insert(place, f"from {flavour.package}.utils import analytics\n")
    return "".join(lines)


def edit_parser(text: str, flavour: flavours.Flavour) -> str:
    """ConfigOptionParser: what becomes the default of the option."""
    if flavour.is_old:
        # An empty variable would erase what a file says.
        text = around(
            text,
            "            if _environ_prefix_re.search(key):\n",
            before="            if key in analytics.VARIABLES:\n                continue\n",
        )
    text = around(
        text,
        "            if option is None:\n                continue\n",
        after="\n            if analytics.ignores(option):\n                continue\n",
    )
    text = around(
        text,
        "        self.values = None\n        return defaults\n",
        before="        analytics.update_defaults(defaults)\n",
    )
    return with_import(text, flavour)


def edit_options(text: str, flavour: flavours.Flavour) -> str:
    """The two options, and the session that some releases make without a command."""
    text = around(text, "##########\n# groups #\n##########\n", before=flavour.options())
    text = around(
        text, "        disable_pip_version_check,\n", after="        no_analytics,\n        allow_analytics,\n"
    )
    if "with PipSession()" in text:
        text = around(text, "        with PipSession() as session:\n", before="        analytics.hand_on(options)\n")
        text = with_import(text, flavour)
    return text


def edit_session(text: str, flavour: flavours.Flavour) -> str:
    """Every session's headers; user_agent() itself is cached in newer releases."""
    text = around(
        text,
        '        self.headers["User-Agent"] = user_agent()\n',
        after="        analytics.sign(self.headers)\n",
    )
    return with_import(text, flavour)


def edit_builder(text: str, flavour: flavours.Flavour) -> str:
    """Where a session is made from options."""
    text = around(text, "        session = PipSession(\n", before="        analytics.hand_on(options)\n")
    return with_import(text, flavour)


def documentation(sdist: Path) -> tuple[Files, Files]:
    """The newest release's documentation before and after, and the news fragment."""
    texts = {}
    with tarfile.open(sdist) as archive:
        for name in ("docs/html/topics/configuration.md", "docs/html/user_guide.rst"):
            member = archive.extractfile(f"{sdist.name[: -len('.tar.gz')]}/{name}")
            if member is None:
                raise LookupError(f"{sdist} has no {name}")
            texts[name] = member.read().decode("utf-8").replace("\r\n", "\n")
    topic, guide = texts.values()
    new = (
        topic + (HERE / "source" / "configuration.md.in").read_text(encoding="utf-8"),
        around(
            guide,
            "  a JSON-encoded string in the user-agent variable used in pip's requests.\n",
            after=(HERE / "source" / "user_guide.rst.in").read_text(encoding="utf-8"),
        ),
    )
    after = dict(zip(texts, new))
    after["news/+no-analytics.feature.rst"] = (HERE / "source" / "news.rst.in").read_text(encoding="utf-8")
    return texts, after


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

    def __init__(self, source: Source, *, docs: Path | None = None) -> None:
        self.sources = [source]
        before, after = dict(source.files), source.native()
        if docs is not None:
            texts, edited = documentation(docs)
            before.update(texts)
            after.update(edited)
        self.changes = diff(before, after)
        self.text = mail(source.flavour.message(), self.changes)

    def serves(self, source: Source, scratch: Path) -> bool:
        """Whether the patch fits this release too, without fuzz, and gives the files it should."""
        wanted = source.native()
        if {path for path in wanted if path in source.files} - set(self.sources[0].native()):
            return False
        for path in wanted:
            if path in source.files:
                (scratch / path).parent.mkdir(parents=True, exist_ok=True)
                (scratch / path).write_bytes(source.files[path].encode())
        if engines.run("git", str(scratch), self.changes) is not None:
            return False
        return all((scratch / path).read_bytes().decode() == text for path, text in wanted.items())

    @property
    def name(self) -> str:
        """The file's name: the releases it serves, from and to."""
        first, last = self.sources[0].version, self.sources[-1].version
        return f"pip-{first}.patch" if first == last else f"pip-{first}-to-{last}.patch"


def groups(sources: list[Source], sdist: Path) -> list[Group]:
    """Every release in a group, oldest first; the newest release is alone, for its patch has documentation."""
    import tempfile

    found: list[Group] = []
    for source in sources[:-1]:
        with tempfile.TemporaryDirectory() as scratch:
            if found and found[-1].serves(source, Path(scratch)):
                found[-1].sources.append(source)
            else:
                found.append(Group(source))
    return [*found, Group(sources[-1], docs=sdist)]


def series(found: list[Group]) -> str:
    """series.toml: one row for each release."""
    rows = ["# Written by generate.py: which patch serves which release of pip, the TOML parser which that release"]
    rows += [
        "# carries (without one, [tool.pip] is not read), and the Pythons that run it, of those tried.",
        "[releases]",
    ]
    for group in found:
        for source in group.sources:
            toml = f'toml = "{source.flavour.toml}", ' if source.flavour.toml else ""
            pythons = " ".join(flavours.pythons(version_key(source.version)))
            rows.append(f'"{source.version}" = {{ patch = "{group.name}", {toml}pythons = "{pythons}" }}')
    return "\n".join(rows) + "\n"


def main(argv: list[str] | None = None) -> int:
    """Write everything, or with --check say whether what is there is what would be written."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--wheels", type=Path, required=True, help="a folder with the released wheels")
    parser.add_argument("--sdist", type=Path, required=True, help="the newest release's sdist")
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 if something would change")
    arguments = parser.parse_args(argv)
    found = groups([Source(version, path) for version, path in wheels(arguments.wheels).items()], arguments.sdist)
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
        print(f"{group.name}: {len(group.sources)} releases, {added} lines of code added")
    return 0


def code_of(group: Group) -> list[str]:
    """The parts of a patch that change pip's own code."""
    parts = re.split(r"^(?=diff --git )", group.changes, flags=re.MULTILINE)
    return [part for part in parts if re.match(r"diff --git a/(src/)?pip/", part)]


if __name__ == "__main__":
    sys.exit(main())
