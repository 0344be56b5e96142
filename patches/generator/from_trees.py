"""Write the patch for a release of poetry, pdm or hatch: what differs between the released source and an edited one.

    python patches/generator/from_trees.py poetry-2.5.1.patch --released DIR --edited DIR [--message FILE]

Both are unpacked sdists, with ``docs/`` taken from the repository where the sdist has none. The message is that of
the patch there is, unless a file has another. Which releases it serves is written into ``series.toml`` by hand.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Dict

import generate

PATCHES = Path(__file__).parent.parent
Files = Dict[str, str]

# Of git, and of tests that were run there.
_IGNORED = (".", "__pycache__", "__pypackages__")


def files(folder: Path) -> Files:
    """The text files below a folder."""
    found = {}
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if not path.is_file() or any(part.startswith(_IGNORED) for part in parts):
            continue
        try:
            found["/".join(parts)] = path.read_bytes().decode("utf-8")
        except UnicodeDecodeError:
            continue  # no patch of ours changes a file that is not text
    return found


def message(patch: Path) -> str:
    """The message of a patch, its subject first."""
    text = patch.read_text(encoding="utf-8").partition("Subject: [PATCH] ")[2]
    return text.partition("\n---\n")[0]


def main(argv: list[str] | None = None) -> int:
    """Write the patch."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("name", help="the patch, such as poetry-2.5.1.patch")
    parser.add_argument("--released", type=Path, required=True, help="the source as it was released")
    parser.add_argument("--edited", type=Path, required=True, help="the source as it is to be")
    parser.add_argument("--message", type=Path, help="a file with the subject, an empty line, and the message")
    arguments = parser.parse_args(argv)
    patch = PATCHES / arguments.name.partition("-")[0] / arguments.name
    said = arguments.message.read_text(encoding="utf-8") if arguments.message else message(patch)
    before, after = files(arguments.released), files(arguments.edited)
    missing = sorted(set(before) - set(after))
    if missing:
        parser.error(f"a patch removes no file, and these are gone: {', '.join(missing)}")
    unended = [path for path, text in after.items() if text != before.get(path) and not text.endswith("\n")]
    if unended:
        parser.error(f"these do not end with a line end: {', '.join(unended)}")
    changes = generate.diff(before, after)
    patch.parent.mkdir(exist_ok=True)
    patch.write_bytes(generate.mail(said, changes).encode())
    print(f"{patch.name}: {changes.count('diff --git ')} files")
    return 0


if __name__ == "__main__":
    sys.exit(main())
