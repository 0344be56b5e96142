"""What the decision costs: one request in Python, and the worst 100 kB that a client can send.

The first table is :func:`pep786.preference.opted_out` in CPU time, the second the slowest of its kind among
texts that are made to be slow; a tenth of each is measured beside it, for how it grows.
"""

from __future__ import annotations

import os
import sys
import time
from typing import Any

from figures import goal
from measure import (
    Samples,
    Side,
    arguments,
    batch,
    interleave,
    itself,
    median,
    parsed,
    per_call,
    publish,
    ratio,
    table,
    times,
)

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from pep786.preference import opted_out

PIP = (
    'pip/26.3 {"ci":null,"cpu":"x86_64","distro":{"id":"bookworm","libc":{"lib":"glibc","version":"2.36"},'
    '"name":"Debian GNU/Linux","version":"12"},"implementation":{"name":"CPython","version":"3.11.7"},'
    '"installer":{"name":"pip","version":"26.3"},"openssl_version":"OpenSSL 3.0.15 3 Sep 2024","python":"3.11.7",'
    '"setuptools_version":"69.0.3","system":{"name":"Linux","release":"6.1.0"}}'
)

#: A request's fields.
REQUESTS: dict[str, tuple[object, str]] = {
    "pip, no preference": (None, PIP),
    "another preference": ("respond-async, wait=10", PIP),
    "no-analytics": ("no-analytics", PIP),
    "no-analytics in a list": ('wait=10, note="a, b", no-analytics; q=1', PIP),
    "the comment only": (None, f"{PIP} (no-analytics)"),
}

#: What a hostile client repeats up to 100 kB, and what stands before and behind it.
HOSTILE = {
    "commas": ("", ",", ", no-analytics"),
    "quotes": ("", '"', ",no-analytics"),
    "backslashes in quotes": ('"', "\\", ",no-analytics"),
    "escaped quotes": ('"', '\\"', '", no-analytics'),
    "quoted strings": ("", 'a="b",', "no-analytics"),
    "quoted strings, each with an escape": ("", 'a="\\"",', "no-analytics"),
    "backslashes before quotes": ("", '\\"x', '",no-analytics'),
    "blanks": ("no-analytics", " ", "x"),
    "near misses": ("", "no-analytics ", "x"),
    "near misses as elements": ("", "no-analyticsx,", ""),
    "User-Agent: comments before quotes": ("", ' (no-analytics)"', ""),
}
LONG = 100_000


def in_python(rounds: int) -> Samples:
    """Microseconds of each request and of each hostile text."""

    def side(prefer: Any, user_agent: Any) -> Side:
        number = batch(lambda: opted_out(prefer, user_agent), 2)
        return lambda: {"us": per_call(lambda: opted_out(prefer, user_agent), number, time.process_time)}

    sides = {name: side(*fields) for name, fields in REQUESTS.items()}
    for name, (before, unit, after) in HOSTILE.items():
        for label, size in ((name, LONG), (f"{name}, a tenth", LONG // 10)):
            text = before + unit * (size // len(unit)) + after
            sides[label] = side(None, text) if name.startswith("User-Agent") else side(text, None)
    return interleave(sides, rounds)


def figures(samples: Samples) -> dict[str, dict[str, float]]:
    """What is kept of it, by the names in figures.py."""
    slowest = max(HOSTILE, key=lambda name: median(samples, f"{name}.us"))
    steepest = max(HOSTILE, key=lambda name: ratio(samples, f"{name}.us", f"{name}, a tenth.us"))
    return {
        "decision.request": itself(samples, "pip, no preference.us"),
        "decision.signal": itself(samples, "no-analytics.us"),
        "decision.worst": itself(samples, f"{slowest}.us", 1e-3),
        "decision.growth": times(samples, f"{steepest}.us", f"{steepest}, a tenth.us"),
    }


def main() -> None:
    """Measure and print."""
    options = parsed(arguments(__doc__ or "", rounds=40))
    samples = in_python(options.rounds)
    requests = [[name, f"{median(samples, f'{name}.us'):.2f} µs"] for name in REQUESTS]
    hostile = [[name, f"{median(samples, f'{name}.us') / 1e3:.2f} ms", goal("decision.worst")] for name in HOSTILE]
    text = (
        f"{table(['a request with', 'decides in'], requests)}\n\n{table(['100 kB of', 'decides in', 'goal'], hostile)}"
    )
    publish(text, options.json, figures=figures(samples), rounds=options.rounds, samples=samples)


if __name__ == "__main__":
    main()
