"""What the decision costs: one request in Python, the worst 100 kB that a client can send, a terabyte of logs.

The first table is :func:`pep786.preference.opted_out` in CPU time, the second the slowest of its kind among
texts that are made to be slow. With ``--engines``, what ``pep786 index rules duckdb`` and ``pep786.index.spark`` take
to read a Parquet file with both fields and to count what may be shared, one thread each; that needs duckdb and
pyspark (``pip install duckdb pyspark``) and Java. "Core hours per TB" is that throughput, turned round: for a price,
multiply it with what an hour of a core costs, and for a cluster's time, divide it by the number of its cores.
"""

from __future__ import annotations

import importlib
import os
import sys
import tempfile
import time
from typing import Any

from measure import Samples, Side, arguments, batch, interleave, median, per_call, publish, table

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from pep786.index import pattern, rules, spark
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
    "blanks": ("no-analytics", " ", "x"),
    "near misses": ("", "no-analytics ", "x"),
    "near misses as elements": ("", "no-analyticsx,", ""),
    "User-Agent: comments before quotes": ("", ' (no-analytics)"', ""),
}
GOAL = "5 ms"
ROWS = 400_000


def in_python(rounds: int) -> Samples:
    """Microseconds of each request and of each hostile text."""

    def side(prefer: Any, user_agent: Any) -> Side:
        number = batch(lambda: opted_out(prefer, user_agent), 2)
        return lambda: {"us": per_call(lambda: opted_out(prefer, user_agent), number, time.process_time)}

    sides = {name: side(*fields) for name, fields in REQUESTS.items()}
    for name, (before, unit, after) in HOSTILE.items():
        text = before + unit * (100_000 // len(unit)) + after
        sides[name] = side(None, text) if name.startswith("User-Agent") else side(text, None)
    return interleave(sides, rounds)


def in_engines(folder: str, rounds: int) -> tuple[Samples, float]:
    """Seconds of each engine for the file, and the bytes of both fields in it."""
    duckdb: Any = importlib.import_module("duckdb")
    sql: Any = importlib.import_module("pyspark.sql")
    base = duckdb.connect(config={"threads": 1})
    path = os.path.join(folder, "requests.parquet")
    # One in 200 asks, one in 1000 has the words in its JSON; every User-Agent is another, as no dictionary is so large.
    base.execute(
        """COPY (SELECT i AS id, 200 AS status,
             CASE WHEN i % 200 = 0 THEN 'no-analytics' WHEN i % 50 = 1 THEN 'respond-async' END AS prefer,
             replace($agent, '6.1.0', md5(i::VARCHAR) || CASE WHEN i % 1000 = 7 THEN ' (no-analytics) ' ELSE '' END)
               || CASE WHEN i % 400 = 3 THEN ' (no-analytics)' ELSE '' END AS user_agent
           FROM range($rows) r(i)) TO '{path}' (FORMAT parquet, COMPRESSION uncompressed)""".replace("{path}", path),
        {"agent": PIP, "rows": ROWS},
    )
    size = "SELECT sum(length(user_agent) + coalesce(length(prefer), 0)) FROM requests"
    base.execute("CREATE VIEW requests AS SELECT * FROM read_parquet($path)".replace("$path", f"'{path}'"))
    base.execute(rules.text("duckdb"))
    settings = {"spark.ui.enabled": "false", "spark.driver.host": "127.0.0.1", "spark.driver.memory": "2g"}
    session = sql.SparkSession.builder.master("local[1]").config(map=settings).getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    frame = session.read.parquet(path)
    expected = ROWS - ROWS // 200 - ROWS // 400
    plain = ~(sql.functions.col("user_agent").rlike(pattern.USER_AGENT))

    def timed(count: Any) -> Side:
        def run() -> dict[str, float]:
            begin = time.perf_counter()
            found = count()
            if found != expected:
                sys.exit(f"{found} rows instead of {expected}")
            return {"s": time.perf_counter() - begin}

        run()
        return run

    plain = plain & ~sql.functions.coalesce(sql.functions.col("prefer").rlike(pattern.PREFER), sql.functions.lit(False))
    sides = {
        "DuckDB": timed(lambda: base.execute("SELECT count(*) FROM requests_shared").fetchone()[0]),
        "Spark": timed(lambda: spark.shared(frame).count()),
        "Spark, without its search for plain text": timed(lambda: frame.where(plain).count()),
    }
    samples = interleave(sides, rounds)
    volume = float(base.execute(size).fetchone()[0])
    session.stop()
    return samples, volume


def engine_rows(samples: Samples, volume: float) -> list[list[str]]:
    """A row for each engine."""
    lines = []
    for figure in sorted(samples):
        seconds = median(samples, figure)
        hours = seconds / volume * 1e12 / 3600
        row = [
            figure[: -len(".s")],
            f"{ROWS / seconds / 1e6:.2f} M",
            f"{volume / seconds / 1e9:.2f} GB/s",
            f"{hours:.1f}",
        ]
        lines.append(row)
    return lines


def main() -> None:
    """Measure and print."""
    parser = arguments(__doc__ or "", rounds=40)
    parser.add_argument("--engines", action="store_true", help="measure DuckDB and Spark too (needs both, and Java)")
    options = parser.parse_args()
    samples = in_python(options.rounds)
    requests = [[name, f"{median(samples, f'{name}.us'):.2f} µs"] for name in REQUESTS]
    hostile = [[name, f"{median(samples, f'{name}.us') / 1e3:.2f} ms", GOAL] for name in HOSTILE]
    text = (
        table(["a request with", "decides in"], requests) + "\n\n" + table(["100 kB of", "decides in", "goal"], hostile)
    )
    data: dict[str, object] = {"rounds": options.rounds, "samples": samples}
    if options.engines:
        with tempfile.TemporaryDirectory() as folder:
            engines, volume = in_engines(folder, max(3, options.rounds // 8))
        header = ["one thread of", "rows/s", "text", "core hours per TB"]
        text += f"\n\n{table(header, engine_rows(engines, volume))}"
        data.update(engines=engines, bytes=volume)
    publish(text, options.json, **data)


if __name__ == "__main__":
    main()
