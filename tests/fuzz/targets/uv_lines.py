"""Command lines of uv and of ``pep786 run``: our flags are taken out, and not a word of the program that is run."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Iterator

from pep786.cli import run
from pep786.proxy import launch, uv_options

if TYPE_CHECKING:
    from pathlib import Path

#: What runs the first word behind it that is no option.
_RUNNERS = (["uvx"], ["uv", "run"], ["uv", "tool", "run"])

WORDS = tuple(
    f"\n{word}".encode()
    for word in (
        *(
            "uv",
            "uvx",
            "run",
            "tool",
            "pip",
            "compile",
            "sync",
            "--",
            "-",
            "-m",
            "python",
            "-p",
            "-qp",
            "3.12",
            "--script",
        ),
        *(
            "--no-analytics",
            "--analytics",
            "--config-file",
            "--config-file=x",
            "--directory",
            "--directory=",
            "--project",
        ),
        *(
            "--no-config",
            "--isolated",
            "--with",
            "--index=",
            "--only",
            "--only=",
            "pypi.org",
            "--apps",
            "-h",
            "--help",
            "[::1]",
        ),
        *("--no-analytics=1", "--=", "", " ", "\x1b[2J", "x.py"),
    )
)


def seeds() -> Iterator[bytes]:
    """A word to a line."""
    for words in (
        "uv run --no-analytics python x.py --analytics",
        "uvx --analytics --from x y --no-analytics",
        "uv --config-file a sync --config-file=b --no-analytics",
        "uv tool run -p 3.12 --with a,b x --no-analytics",
        "uv run -- --no-analytics",
        "python -m uv pip compile - --no-analytics",
        "--no-analytics --only pypi.org --only=a,b --apps -- uv sync",
        "--only -- uv",
        "--no-analytics=1 uv",
        "-h",
        "--analytics uv run --script x.py",
    ):
        yield words.replace(" ", "\n").encode()


def check(data: bytes, folder: Path) -> None:
    """Data is a word to a line."""
    words = [word.decode("utf-8", "surrogateescape") for word in data.replace(b"\0", b"").split(b"\n")]
    line = uv_options.parse(words)
    only_flags_are_gone(words, line)
    for runner in _RUNNERS:
        program = words[len(runner) :]
        if words[: len(runner)] == runner and program and not program[0].startswith("-"):
            assert line.program == program
    environ = {"HOME": str(folder), "UV_PROJECT": words[-1]}
    seen, variables = line.seen(environ, str(folder))
    assert isinstance(seen, str)
    assert set(environ) <= set(variables)
    line.reads_no_files(environ)
    assert len(line.with_config_file("/x")) == len(line.command)
    run_s_own_options_stand_first(list(words))


def only_flags_are_gone(words: list[str], line: uv_options.Line) -> None:
    start, end = len(line.start), len(words) - len(line.program)
    assert words[:start] == line.start
    assert words[end:] == line.program
    assert line.command == [
        *line.start,
        *(word for word in words[start:end] if word not in uv_options.FLAGS),
        *words[end:],
    ]
    if "--" in words[start:]:
        after = words[words.index("--", start) :]
        assert line.command[len(line.command) - len(after) :] == after
    said = [uv_options.FLAGS[word] for word in words[start:end] if word in uv_options.FLAGS]
    assert line.flag is (said[-1] if said else None)


def run_s_own_options_stand_first(words: list[str]) -> None:
    left = list(words)
    environ: dict[str, str] = {}
    try:
        flag = run._options(left, environ)
    except run._MisusedError as fault:
        assert str(fault).isprintable()
        return
    assert flag in (None, "--no-analytics", "--analytics", "help")
    assert left == words[len(words) - len(left) :]
    for host in environ.get(launch.ONLY, "").split(","):
        assert host == host.strip().lower()
        assert host.isascii()
    if flag != "help" and left and left[0].startswith("-"):
        assert words[len(words) - len(left) - 1] == "--"
    with suppress(run._MisusedError):
        again = ["--", *words]
        run._options(again, {})
        assert again == words
