"""docs/index-logs.md: its examples run, and print what the page says."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.environments import CHECKOUT
from tests.index.logs import writers
from tests.index.logs.writers import DECOY, PLAIN, SUFFIXED

if TYPE_CHECKING:
    from pathlib import Path

PAGE = (CHECKOUT / "docs" / "index-logs.md").read_text("utf-8")
EXAMPLES = [
    re.findall(r"^    \$ (.*)\n    (.*)$", block, re.MULTILINE)
    for block in re.findall(r"(?:^    .*\n)+", PAGE, re.MULTILINE)
    if block.startswith("    $")
]

_CADDY = '{"request": {"headers": {"User-Agent": ["pip"]%s}}}'
_LOGS = {
    "download.log": [
        writers.linehaul(None, PLAIN),
        writers.linehaul(None, SUFFIXED),
        b"download-private" + writers.linehaul(None, PLAIN)[8:],
        writers.linehaul(None, DECOY),
    ],
    "access.log": [writers.nginx(None, agent).rpartition(b' "')[0] for agent in (PLAIN, SUFFIXED, DECOY)],
    "flag.log": [b'::1 "GET / HTTP/1.1" 200 %s' % flag for flag in (b"0", b"1", b"-")],
    "access_log": [
        b'::1 [21/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 "pip" "-"',
        b'::1 [21/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 "pip" "x=\\"a\\", no-analytics"',
        b'::1 [21/Nov/2026:10:00:00 +0000] "-" 400 "-" "-"',
    ],
    "caddy.log": [
        (_CADDY % more).encode() for more in ("", ', "Prefer": ["no-analytics"]', ', "Prefer": ["respond-async"]')
    ],
}


def test_the_page_has_examples() -> None:
    assert len(EXAMPLES) == 7


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example[0][0][20:60])
def test_an_example_prints_what_the_page_says(example: list[tuple[str, str]], tmp_path: Path) -> None:
    for name, lines in _LOGS.items():
        (tmp_path / name).write_bytes(b"".join(line + b"\n" for line in lines))
    if "parquet" in example[0][0]:
        pyarrow = pytest.importorskip("pyarrow")
        table = pyarrow.table({"project": ["a", "b", "c"], "no_analytics": [True, False, True]})
        pytest.importorskip("pyarrow.parquet").write_table(table, tmp_path / "requests.parquet")
    for command, printed in example:
        here = re.sub(r"^pep786 ", f"{shlex.quote(sys.executable)} -m pep786 ", command)
        environ = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
        done = subprocess.run(here, shell=True, check=False, capture_output=True, text=True, cwd=tmp_path, env=environ)  # noqa: S602
        assert (done.returncode, done.stderr) == (0, f"{printed}\n")
