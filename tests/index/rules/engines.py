"""Run by path, one process for each engine: takes the rows and the patterns as JSON, prints what the engine decides.

In:  {"rows": [[id, prefer, user_agent], ...], "prefer": PATTERN, "user_agent": PATTERN, "sql": what the rules print}
Out: {"bit": {id: bool, ...}, "shared": [id, ...]}; for Spark also "transformed", for pep786.index.spark.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from typing import Any, Callable


def by_row(search: Callable[[str, str], object]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """An engine that is a function of pattern and text."""

    def run(given: dict[str, Any]) -> dict[str, Any]:
        bit = {
            name: bool(
                (prefer is not None and search(given["prefer"], prefer))
                or (agent is not None and search(given["user_agent"], agent))
            )
            for name, prefer, agent in given["rows"]
        }
        return {"bit": bit, "shared": [name for name in bit if not bit[name]]}

    return run


def python(given: dict[str, Any]) -> dict[str, Any]:
    """The standard library's re, on text and on bytes."""
    import re

    text = by_row(re.search)(given)
    coded = by_row(lambda one, other: re.search(one.encode(), other.encode()))(given)
    if text != coded:
        raise SystemExit("re decides otherwise on bytes")
    return text


def google_re2(given: dict[str, Any]) -> dict[str, Any]:
    """RE2 itself."""
    re2 = import_module("re2")

    return by_row(re2.search)(given)


def polars(given: dict[str, Any]) -> dict[str, Any]:
    """Rust's regex."""
    pl = import_module("polars")

    frame = pl.DataFrame(given["rows"], schema=["id", "prefer", "agent"], orient="row", infer_schema_length=None)
    bit = pl.col("prefer").str.contains(given["prefer"]).fill_null(value=False)
    bit |= pl.col("agent").str.contains(given["user_agent"]).fill_null(value=False)
    decided = dict(frame.select("id", bit.alias("bit")).iter_rows())
    return {"bit": decided, "shared": frame.filter(~bit)["id"].to_list()}


def duckdb(given: dict[str, Any]) -> dict[str, Any]:
    """DuckDB, with the printed statements."""
    base = import_module("duckdb").connect()
    base.execute("CREATE TABLE requests (id VARCHAR, prefer VARCHAR, user_agent VARCHAR, status INTEGER)")
    base.executemany("INSERT INTO requests VALUES (?, ?, ?, 200)", given["rows"])
    base.execute("INSERT INTO requests VALUES ('not found', NULL, NULL, 404)")
    base.execute(given["sql"])
    bit = dict(base.execute("SELECT id, no_analytics FROM requests_internal").fetchall())
    return {"bit": bit, "shared": [name for (name,) in base.execute("SELECT id FROM requests_shared").fetchall()]}


def chdb(given: dict[str, Any]) -> dict[str, Any]:
    """ClickHouse in the process, with the printed statements."""
    base = import_module("chdb.session").Session()
    base.query("CREATE DATABASE log")
    base.query("USE log")
    columns = "id String, prefer Nullable(String), user_agent Nullable(String), status UInt16"
    base.query(f"CREATE TABLE requests ({columns}) ENGINE = MergeTree ORDER BY id")
    rows = [*((*row, 200) for row in given["rows"]), ("not found", None, None, 404)]
    lines = "\n".join(json.dumps(dict(zip(("id", "prefer", "user_agent", "status"), row))) for row in rows)
    base.query(f"INSERT INTO requests FORMAT JSONEachRow {lines}")
    for statement in given["sql"].split(";\n"):
        if "CREATE" in statement:
            base.query(statement)
    bits = str(base.query("SELECT id, no_analytics FROM requests_internal", "JSONCompactEachRow"))
    shared = str(base.query("SELECT id FROM requests_shared", "JSONCompactEachRow"))
    return {
        "bit": {name: bool(bit) for name, bit in map(json.loads, bits.splitlines())},
        "shared": [json.loads(line)[0] for line in shared.splitlines()],
    }


def spark(given: dict[str, Any]) -> dict[str, Any]:
    """Spark, with the printed statements and with the transform."""
    from pep786.index.spark import shared

    sql, functions = import_module("pyspark.sql"), import_module("pyspark.sql.functions")
    settings = {"spark.ui.enabled": "false", "spark.sql.shuffle.partitions": "1", "spark.driver.host": "127.0.0.1"}
    session = sql.SparkSession.builder.master("local[2]").config(map=settings).getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    schema = "id string, prefer string, user_agent string, status int"
    rows = [(*row, 200) for row in given["rows"]]
    frame = session.createDataFrame([*rows, ("not found", None, None, 404)], schema).repartition(2)
    frame.createTempView("requests")
    for statement in given["sql"].split(";\n"):
        if "CREATE" in statement:
            session.sql(statement)

    def written(chosen: Any, **columns: Any) -> list[str]:
        """The output as an operator writes it: sorted, in one file."""
        result = shared(chosen, **columns).orderBy("id").coalesce(1)
        return [row.value for row in result.select(functions.to_json(functions.struct("*")).alias("value")).collect()]

    bit = {row.id: row.no_analytics for row in session.table("requests_internal").collect()}
    out = [name for name, opted_out in bit.items() if opted_out]
    served = frame.where("status = 200")
    lines = functions.split("prefer", ",")
    document = {
        "bit": bit,
        "shared": [row.id for row in session.table("requests_shared").collect()],
        "transformed": written(served),
        "without": written(served.where(~functions.col("id").isin(out))),
        "arrays": written(served.withColumn("prefer", lines)),
        "agents only": written(served.drop("prefer"), prefer=None),
    }
    session.stop()
    return document


if __name__ == "__main__":
    engines = {"re": python, "google-re2": google_re2, "polars": polars, "duckdb": duckdb, "chdb": chdb, "spark": spark}
    result = engines[sys.argv[1]](json.load(sys.stdin))
    print("\n" + json.dumps(result))
