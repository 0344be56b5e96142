"""Every target for a fixed time, some at once; what is found is made small, kept, and told with how to see it again."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from tests.environments import CHECKOUT
from tests.fuzz import corpus, shrink, targets

#: What is found, and the inputs that reached something new: the next session goes on from these.
CACHE = CHECKOUT / ".cache" / "fuzz"

#: An input may take so many seconds before it counts as one that hangs; so many letters, so many megabytes.
_HANGS, _LONGEST, _MEMORY = 60, 2000, 2048


class Fuzzed(NamedTuple):
    """What came of one target."""

    name: str
    executions: int
    edges: int
    find: Path | None
    said: str


def main(arguments: list[str]) -> int:
    """The exit status: 0 nothing was found, 1 something was, 2 bad usage."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"all if none: {', '.join(targets.NAMES)}")
    parser.add_argument("--seconds", type=int, default=60, metavar="N", help="for each target (default: 60)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="begin with this, to go the same way again")
    parser.add_argument("--replay", type=Path, metavar="FILE", help="what TARGET says of this input")
    parser.add_argument("--keep", action="store_true", help="distil all that was found so far into tests/fuzz/corpus")
    asked = parser.parse_args(arguments)
    unknown = sorted(set(asked.targets) - set(targets.NAMES))
    if unknown or (asked.replay and len(asked.targets) != 1):
        parser.error(f"no such target: {unknown[0]}" if unknown else "--replay wants one TARGET")
    if asked.replay:
        return replay(asked.targets[0], asked.replay)
    if find_spec("atheris") is None:
        print("SKIPPED: no atheris for this Python and platform (it is a wheel for CPython up to 3.13 on Linux x86-64)")
        return 0
    return session(asked.targets or list(targets.NAMES), asked.seconds, asked.seed, keep=asked.keep)


def replay(name: str, path: Path) -> int:
    """Have the target's oracle look at one input, with its traceback where it is a find."""
    with tempfile.TemporaryDirectory(prefix="pep786-fuzz-") as scratch:
        targets.load(name).check(path.read_bytes(), Path(scratch))
    print(f"{name} has nothing against it")
    return 0


def session(names: list[str], seconds: int, seed: int, *, keep: bool) -> int:
    """Run them, and print a line for each."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        done = list(pool.map(lambda name: fuzzed(name, seconds, seed), names))
    print(f"{'target':14} {'executions':>10} {'a second':>9} {'edges':>6}  finds")
    for one in done:
        found = "1" if one.find or one.said else "none"
        print(f"{one.name:14} {one.executions:10} {one.executions // max(1, seconds):9} {one.edges:6}  {found}")
    for one in done:
        if one.find:
            print(f"\n{one.name}: {one.said}\nto see it again: python -m tests.fuzz {one.name} --replay {one.find}")
        elif one.said:
            print(f"\n{one.name} did not run: {one.said}")
        elif keep:
            distil(one.name)
    return int(any(one.find or one.said for one in done))


def fuzzed(name: str, seconds: int, seed: int) -> Fuzzed:
    """One target, in a process of its own. seed: 0 for another one each time."""
    grown = _folder(name)
    limits = [f"-max_total_time={seconds}", f"-timeout={_HANGS}", f"-rss_limit_mb={_MEMORY}", f"-max_len={_LONGEST}"]
    with tempfile.TemporaryDirectory(prefix="pep786-fuzz-", dir=_in_memory()) as scratch:
        words = Path(scratch, "words")
        words.write_text("".join(f'"{_hex(word)}"\n' for word in targets.load(name).words))
        said = _engine(
            name,
            Path(scratch),
            [
                *limits,
                f"-seed={seed}",
                f"-dict={words}",
                f"-artifact_prefix={scratch}/find-",
                "-print_final_stats=1",
                grown,
                *_given(name),
            ],
        )
        finds = sorted(Path(scratch).glob("find-*"))
        find = keep_find(name, finds[0].read_bytes()) if finds else None
    executions = re.search(r"number_of_executed_units: (\d+)", said)
    edges = re.findall(r" cov: (\d+) ", said)
    reason = "" if executions and not find else _reason(said)
    return Fuzzed(name, int(executions[1]) if executions else 0, int(edges[-1]) if edges else 0, find, reason)


def keep_find(name: str, data: bytes) -> Path:
    """Make it as small as it can be, unless it is one that hangs, and write it beside the others."""
    with tempfile.TemporaryDirectory(prefix="pep786-fuzz-") as scratch:
        small = shrink.smallest(data, lambda one: targets.load(name).check(one, Path(scratch)))
    path = CACHE / f"{name}-{sha256(small).hexdigest()[:12]}"
    path.write_bytes(small)
    return path


def distil(name: str) -> None:
    """Put the smallest inputs that together reach all that is reached into the corpus, beside the finds there."""
    with tempfile.TemporaryDirectory(prefix="pep786-fuzz-", dir=_in_memory()) as scratch:
        merged = Path(scratch, "merged")
        merged.mkdir()
        _engine(
            name,
            Path(scratch),
            ["-set_cover_merge=1", "-use_counters=0", "-max_len=1000", str(merged), _folder(name), *_given(name)],
        )
        for path in corpus.files(name):
            if corpus.is_unnamed(path):
                path.unlink()
        for path in merged.iterdir():
            corpus.add(name, path.read_bytes())


def _engine(name: str, scratch: Path, options: list[str]) -> str:
    command = [sys.executable, "-m", "tests.fuzz.engine", name, str(scratch), *options]
    environ = {**os.environ, "PYTHONHASHSEED": "0"}
    done = subprocess.run(command, check=False, cwd=CHECKOUT, env=environ, capture_output=True)
    return done.stdout.decode("utf-8", "replace") + done.stderr.decode("utf-8", "replace")


def _given(name: str) -> list[str]:
    """The folders to begin with: what is kept, and what the other tests' cases make."""
    seeds = CACHE / "seeds" / name
    seeds.mkdir(parents=True, exist_ok=True)
    for data in targets.load(name).seeds():
        (seeds / sha256(data).hexdigest()[:12]).write_bytes(data)
    return [str(seeds), str(corpus.FOLDER / name)] if corpus.files(name) else [str(seeds)]


def _folder(name: str) -> str:
    folder = CACHE / "corpus" / name
    folder.mkdir(parents=True, exist_ok=True)
    return str(folder)


def _in_memory() -> str | None:
    """Where files cost least; a target writes thousands a second."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108  a folder in it, not a name


def _hex(word: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word)


def _reason(said: str) -> str:
    """The line in which Python or libFuzzer says what is wrong."""
    lines = said.strip().splitlines()
    found = [at for at, line in enumerate(lines) if "Uncaught Python exception" in line or "ERROR: libFuzzer" in line]
    return (
        lines[found[0] + 1 :][:1] if found and "Uncaught" in lines[found[0]] else lines[-1:] or ["nothing was said"]
    )[0]
