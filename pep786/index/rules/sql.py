"""SQL for logs that have both fields as columns: a view of what may be shared, and how to compute the bit.

Source: the engines' own documentation of ``REGEXP_CONTAINS`` (BigQuery), ``regexp_matches`` (DuckDB), ``match``
(ClickHouse) and ``RLIKE`` (Spark), and of their string literals. All but Spark's are RE2; Spark's is Java's.
"""

from __future__ import annotations

from . import Rule

_INTRODUCTION = """\
-- For a table @TABLE@ with the columns @PREFER_COLUMN@ (several field lines joined with a comma), @USER_AGENT_COLUMN@
-- and status; other names: --table, --prefer-column, --user-agent-column. The fields must be as the client sent
-- them: undo the escaping of the log first, or a person's text in pip's JSON is taken for the comment.
--
-- Better than this is one bit, stored when the request is served: to scan a Boolean column costs next to nothing.
-- To have it in a table that there is, run the second statement once, and let the view read the bit.
-- What is shared says nothing of the others: no column of the bit, and no counts by project, country or day.
"""

_LIKELY = "Looked for as plain text first: the pattern runs on what is left."


def _statements(prefer: str, user_agent: str, create: str, bit: str, table: str = "@TABLE@") -> str:
    return f"""\
{_INTRODUCTION}
-- What may be shared. {_LIKELY}
{create} AS
SELECT * FROM {table}
WHERE status IN (200, 206, 304)
  AND NOT COALESCE({prefer}, FALSE)
  AND NOT COALESCE({user_agent}, FALSE);

-- The bit, for a table of your own that is not shared.
{bit} AS
SELECT *,
  COALESCE({prefer}, FALSE)
  OR COALESCE({user_agent}, FALSE) AS no_analytics
FROM {table};
"""  # noqa: S608  a text to print; its names are checked by the command


# In quotes, as a project's name has hyphens.
_BIGQUERY = _statements(
    "(LENGTH(@PREFER_COLUMN@) >= @GUARD@ OR STRPOS(LOWER(@PREFER_COLUMN@), 'no-analytics') > 0)\n"
    "    AND REGEXP_CONTAINS(@PREFER_COLUMN@, r'@PREFER@')",
    "STRPOS(@USER_AGENT_COLUMN@, '(no-analytics)') > 0\n    AND REGEXP_CONTAINS(@USER_AGENT_COLUMN@, r'@USER_AGENT@')",
    "CREATE OR REPLACE VIEW `@TABLE@_shared`",
    "CREATE OR REPLACE TABLE `@TABLE@_internal`",
    "`@TABLE@`",
)

_DUCKDB = _statements(
    "(length(@PREFER_COLUMN@) >= @GUARD@ OR contains(lower(@PREFER_COLUMN@), 'no-analytics'))\n"
    "    AND regexp_matches(@PREFER_COLUMN@, '@PREFER@')",
    "contains(@USER_AGENT_COLUMN@, '(no-analytics)')\n    AND regexp_matches(@USER_AGENT_COLUMN@, '@USER_AGENT@')",
    "CREATE OR REPLACE VIEW @TABLE@_shared",
    "CREATE OR REPLACE TABLE @TABLE@_internal",
)

_CLICKHOUSE = _statements(
    "(length(@PREFER_COLUMN@) >= @GUARD@ OR positionCaseInsensitive(@PREFER_COLUMN@, 'no-analytics') > 0)\n"
    "    AND match(@PREFER_COLUMN@, '@PREFER_ESCAPED@')",
    "position(@USER_AGENT_COLUMN@, '(no-analytics)') > 0\n    AND match(@USER_AGENT_COLUMN@, '@USER_AGENT_ESCAPED@')",
    "CREATE OR REPLACE VIEW @TABLE@_shared",
    "CREATE OR REPLACE TABLE @TABLE@_internal ENGINE = MergeTree ORDER BY tuple()",
)

_SPARK = _statements(
    "(length(@PREFER_COLUMN@) >= @GUARD@ OR contains(lower(@PREFER_COLUMN@), 'no-analytics'))\n"
    "    AND @PREFER_COLUMN@ RLIKE r'@PREFER@'",
    "contains(@USER_AGENT_COLUMN@, '(no-analytics)')\n    AND @USER_AGENT_COLUMN@ RLIKE r'@USER_AGENT@'",
    "CREATE OR REPLACE TEMPORARY VIEW @TABLE@_shared",
    "CREATE OR REPLACE TEMPORARY VIEW @TABLE@_internal",
)

RULES = {
    "bigquery": Rule("BigQuery", "", "--", _BIGQUERY),
    "duckdb": Rule("DuckDB", "DuckDB 2.0.0", "--", _DUCKDB),
    "clickhouse": Rule("ClickHouse", "chDB 26.9.0 (ClickHouse in a process of Python's)", "--", _CLICKHOUSE),
    "spark": Rule("Spark SQL", "Spark 4.3.0, local", "--", _SPARK),
}
