"""The edits to a release's own files, each of which finds its place by the text around it, once or not at all."""

from __future__ import annotations

import tarfile
from typing import TYPE_CHECKING, Callable, Dict

from flavours import SOURCE, Flavour

if TYPE_CHECKING:
    from pathlib import Path

    from releases import Release

Files = Dict[str, str]
Edit = Callable[[str, Flavour], str]


def native(release: Release) -> Files:
    """Every file that the patch changes or adds, as it is afterwards."""
    edits = {
        release.first("cli/parser.py", "baseparser.py"): edit_parser,
        release.first("cli/cmdoptions.py", "cmdoptions.py"): edit_options,
        release.first("network/session.py", "download.py"): edit_session,
        release.session_builder(): edit_builder,
    }
    files = {path: _edited(release, path, edit) for path, edit in edits.items()}
    files[f"{release.root}/{'' if release.is_old else '_internal/'}utils/analytics.py"] = release.flavour.module()
    files["tests/unit/test_analytics.py"] = release.flavour.test()
    return files


def _edited(release: Release, path: str, edit: Edit) -> str:
    try:
        return edit(release.files[path], release.flavour)
    except LookupError as fault:
        raise LookupError(f"pip {release.version}, {path}: {fault}") from None


def around(text: str, anchor: str, *, before: str = "", after: str = "") -> str:
    """The text with something put before or after an anchor, which has to be there exactly once."""
    if text.count(anchor) != 1:
        raise LookupError(f"{anchor!r} is there {text.count(anchor)} times")
    return text.replace(anchor, before + anchor + after)


def with_import(text: str, flavour: Flavour) -> str:
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


def edit_parser(text: str, flavour: Flavour) -> str:
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


def edit_options(text: str, flavour: Flavour) -> str:
    """The two options, and the session that some releases make without a command."""
    text = around(text, "##########\n# groups #\n##########\n", before=flavour.options())
    text = around(
        text, "        disable_pip_version_check,\n", after="        no_analytics,\n        allow_analytics,\n"
    )
    if "with PipSession()" in text:
        text = around(text, "        with PipSession() as session:\n", before="        analytics.hand_on(options)\n")
        text = with_import(text, flavour)
    return text


def edit_session(text: str, flavour: Flavour) -> str:
    """Every session's headers; user_agent() itself is cached in newer releases."""
    text = around(
        text,
        '        self.headers["User-Agent"] = user_agent()\n',
        after="        analytics.sign(self.headers)\n",
    )
    return with_import(text, flavour)


def edit_builder(text: str, flavour: Flavour) -> str:
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
        topic + (SOURCE / "configuration.md.in").read_text(encoding="utf-8"),
        around(
            guide,
            "  a JSON-encoded string in the user-agent variable used in pip's requests.\n",
            after=(SOURCE / "user_guide.rst.in").read_text(encoding="utf-8"),
        ),
    )
    after = dict(zip(texts, new))
    after["news/+no-analytics.feature.rst"] = (SOURCE / "news.rst.in").read_text(encoding="utf-8")
    return texts, after
