"""What may be shared of a log that is a Spark DataFrame, on any cluster that runs PySpark 3.5 or later.

Needs pyspark, which a cluster brings. The decision is the one pattern (:mod:`pep786.index.pattern`) in Spark's own
engine, after a search for plain text that most rows end at: no Python runs on the workers, and no row leaves them.
"""

from __future__ import annotations

from . import pattern

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame  # type: ignore[import-not-found,unused-ignore]


def shared(frame: DataFrame, prefer: str | None = "prefer", user_agent: str | None = "user_agent") -> DataFrame:
    """The rows of a log whose requests did not ask to be left out; its columns are those of the frame.

    frame: a row for each request, the fields as the client sent them (undo a log's escaping first).
    prefer: the column of Prefer, a string, or an array with one for each field line; None where the log has none.
    user_agent: the column of User-Agent; None likewise.

    Nothing in the result depends on what was left out, but how it is spread over partitions does: sort it before
    it is written, and write a number of files that you chose. Raises ValueError without any column to look at.
    """
    return frame.where(~opted_out(prefer, user_agent))


def opted_out(prefer: str | None = "prefer", user_agent: str | None = "user_agent") -> Column:
    """The decision as a Boolean column, never null: the bit to store. Takes the columns that :func:`shared` takes."""
    from pyspark.sql import functions

    if prefer is None and user_agent is None:
        raise ValueError("neither a Prefer nor a User-Agent column is named")
    bit = functions.lit(False)
    if prefer is not None:
        # Also of a plain string; null becomes empty. Several field lines are one list (RFC 9110 section 5.3).
        joined = functions.concat_ws(",", functions.col(prefer))
        likely = functions.lower(joined).contains("no-analytics") | (functions.length(joined) >= pattern.GUARD)
        bit |= likely & joined.rlike(pattern.PREFER)
    if user_agent is not None:
        text = functions.concat_ws(",", functions.col(user_agent))
        bit |= text.contains("(no-analytics)") & text.rlike(pattern.USER_AGENT)
    return bit
