"""What it costs to leave the opted-out out of a terabyte of logs: DuckDB and Spark, one thread each, by our rules.

They read a Parquet file with both fields, as ``pep786 index rules duckdb`` and ``pep786.index.spark`` have it, and
count what may be shared. Needs duckdb and pyspark (``pip install duckdb pyspark``) and Java. "Core hours per TB" is the
throughput, turned round: for a price, multiply it with what an hour of a core costs, and for a cluster's time, divide
it by the number of its cores.
"""

from __future__ import annotations

import importlib
import os
import sys
import tempfile
import time
from typing import Any

from decision import PIP
from environments import ROOT
from measure import Samples, Side, arguments, interleave, median, parsed, publish, table, times

sys.path.insert(0, ROOT)
from pep786.index import pattern, rules, spark

ROWS = 400_000


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
    settings = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": "2g",
    }
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
    options = parsed(arguments(__doc__ or "", rounds=7))
    with tempfile.TemporaryDirectory() as folder:
        samples, volume = in_engines(folder, options.rounds)
    figures = {
        "engines.spark": times(samples, "Spark.s", "DuckDB.s"),
        "engines.plain": times(samples, "Spark, without its search for plain text.s", "Spark.s"),
    }
    header = ["one thread of", "rows/s", "text", "core hours per TB"]
    text = table(header, engine_rows(samples, volume))
    publish(text, options.json, figures=figures, rounds=options.rounds, samples=samples, bytes=volume)


if __name__ == "__main__":
    main()
