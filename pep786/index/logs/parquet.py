"""The same for Parquet files: by a boolean column, or by the text columns.

Read and written by pyarrow, so that the decision is the exact one and nothing of the left-out rows goes along:
no dictionary with their values, no metadata that counts them, no row group that is shorter by them.
"""

from __future__ import annotations

import contextlib
import importlib
import os

from ... import preference
from ...signals import taken
from .errors import LogError
from .flags import flagged, user_agent_key
from .lines import Verdict
from .outputs import Output
from .run import apart, outputs, settled
from .stream import Counts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

# Rows to a row group of the shared file, whatever the groups of the file that is read.
_GROUP = 1 << 17


def filter_parquet(
    name: str,
    output: str,
    internal: str | None = None,
    *,
    flag: str | None = None,
    user_agent: str | None = None,
    prefer: str | None = None,
    stop: bool = False,
) -> Counts:
    """Write the rows of one file that may be shared to output, the rest to internal.

    flag, user_agent, prefer: the columns; user_agent is ``user_agent`` if it is not named, and has to be there
    unless the flag alone is. A row whose flag is null is broken.
    Raises LogError and OSError, and then the outputs are what they were.
    """
    pyarrow, parquet = _libraries()
    agent, required = user_agent_key(user_agent, prefer, flag)
    columns = {"flag": flag, "user_agent": agent, "prefer": prefer}
    apart([name], output, internal)
    try:
        with _opened(parquet, name) as source:
            schema = _plain_schema(pyarrow, source.schema_arrow, name)
            if not required and agent not in schema.names:
                columns["user_agent"] = None
            _known(schema, columns, name)
            return _split(source, schema, columns, (name, output, internal), stop=stop)
    except pyarrow.ArrowException as fault:
        raise LogError(f"{name}: {str(fault).splitlines()[0]}") from None


def _libraries() -> tuple[Any, Any]:
    try:
        pyarrow, _, parquet = map(importlib.import_module, ("pyarrow", "pyarrow.compute", "pyarrow.parquet"))
    except ImportError:
        raise LogError("Parquet needs pyarrow: pip install 'pep786-shim[logs]'", usage=True) from None
    return pyarrow, parquet


def _opened(parquet: Any, name: str) -> Any:
    try:
        return parquet.ParquetFile(name)
    except OSError as fault:
        raise LogError(f"{name}: {os.strerror(fault.errno) if fault.errno else fault}") from None


def _batches(source: Any, name: str) -> Iterator[Any]:
    try:
        yield from source.iter_batches(1 << 16)
    except OSError as fault:  # of reading: what those do who get the batches does not come by here
        raise LogError(f"{name}: {str(fault).splitlines()[0]}") from None


def _plain_schema(pyarrow: Any, schema: Any, name: str) -> Any:
    """The columns without metadata (pandas' has the number of rows) and without dictionaries (all values).

    Nor views, for which pyarrow has no search.
    """
    plain = {"string_view": pyarrow.large_string(), "binary_view": pyarrow.large_binary()}
    fields = []
    for field in schema:
        kind = field.type
        if pyarrow.types.is_dictionary(kind):
            kind = kind.value_type
        kind = plain.get(str(kind), kind)
        if "dictionary<" in str(kind):
            raise LogError(f"{name}: column {field.name}: a dictionary inside of {kind}; write it as plain values")
        fields.append(pyarrow.field(field.name, kind, nullable=field.nullable))
    return pyarrow.schema(fields)


def _known(schema: Any, columns: dict[str, str | None], name: str) -> None:
    for option, column in columns.items():
        if column is not None and schema.names.count(column) != 1:
            raise LogError(f"{name}: --{option.replace('_', '-')} {column}: no such column, or several", usage=True)


def _split(
    source: Any, schema: Any, columns: dict[str, str | None], names: tuple[str, str, str | None], *, stop: bool
) -> Counts:
    pyarrow, parquet = _libraries()
    counts = Counts()
    name, output, internal = names
    first = Output(output, compress=False)
    with contextlib.ExitStack() as stack:
        both = stack.enter_context(outputs(first, lambda: Output(internal, private=True, compress=False)))
        stack.enter_context(taken())
        groups = [_Groups(pyarrow, parquet, schema, target) for target in both if target.path is not None]
        writers = [stack.enter_context(group) for group in groups]
        for batch in _batches(source, name):
            rows = pyarrow.Table.from_batches([batch]).replace_schema_metadata(None).cast(schema)
            verdicts = list(_verdicts(pyarrow, rows, columns))
            _count(counts, verdicts, name, stop=stop)
            keep = pyarrow.array([verdict is Verdict.SHARED for verdict in verdicts], pyarrow.bool_())
            for writer, wanted in zip(writers, (keep, pyarrow.compute.invert(keep))):
                writer.add(rows.filter(wanted))
        for writer in writers:
            writer.finish()
        settled(both[1], both[0])
    return counts


def _count(counts: Counts, verdicts: list[Verdict], name: str, *, stop: bool) -> None:
    for row, verdict in enumerate(verdicts, counts.lines + 1):
        if verdict is Verdict.BROKEN:
            if stop:
                raise LogError(f"{name}: row {row}: the flag is neither yes nor no")
            counts.first_broken = counts.first_broken or (name, row)
        if verdict is not Verdict.SHARED:
            counts.held[verdict] += 1
    counts.lines += len(verdicts)


def _verdicts(pyarrow: Any, rows: Any, columns: dict[str, str | None]) -> Iterator[Verdict]:
    flags = _values(rows, columns["flag"])
    prefers = _hinted(pyarrow, rows, columns["prefer"], ignore_case=True)
    user_agents = _hinted(pyarrow, rows, columns["user_agent"], ignore_case=False)
    for flag, prefer, user_agent in zip(flags, prefers, user_agents):
        yield _verdict(flag, prefer, user_agent, decided=columns["flag"] is not None)


def _verdict(flag: Any, prefer: Any, user_agent: Any, *, decided: bool) -> Verdict:
    try:
        out = (decided and flagged(flag)) or preference.opted_out(prefer, user_agent)
    except ValueError:
        return Verdict.BROKEN
    return Verdict.OPTED_OUT if out else Verdict.SHARED


def _values(rows: Any, column: str | None) -> list[Any]:
    return [None] * rows.num_rows if column is None else rows.column(column).to_pylist()


def _hinted(pyarrow: Any, rows: Any, column: str | None, *, ignore_case: bool) -> list[Any]:
    """The values of a text column that could opt out; None in the stead of all others, which saves making them."""
    if column is None:
        return [None] * rows.num_rows
    text = rows.column(column)
    if not (pyarrow.types.is_string(text.type) or pyarrow.types.is_large_string(text.type)):
        raise LogError(f"column {column}: {text.type}, not text", usage=True)
    hint = pyarrow.compute.match_substring(text, preference.NO_ANALYTICS, ignore_case=ignore_case)
    return pyarrow.compute.if_else(hint, text, pyarrow.scalar(None, text.type)).to_pylist()  # type: ignore[no-any-return]


class _Groups:
    """A Parquet file in row groups of one size, whatever pieces the rows come in."""

    def __init__(self, pyarrow: Any, parquet: Any, schema: Any, target: Output) -> None:
        self._pyarrow = pyarrow
        self._writer = parquet.ParquetWriter(pyarrow.PythonFile(target.file, mode="w"), schema, store_schema=False)
        self._pending = schema.empty_table()

    def __enter__(self) -> _Groups:  # noqa: PYI034  Python 3.8 has no Self
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.close()

    def add(self, rows: Any) -> None:
        """These rows too."""
        self._pending = self._pyarrow.concat_tables([self._pending, rows])
        while self._pending.num_rows >= _GROUP:
            self._writer.write_table(self._pending[:_GROUP].combine_chunks(), row_group_size=_GROUP)
            self._pending = self._pending[_GROUP:]

    def finish(self) -> None:
        """All rows are there."""
        if self._pending.num_rows:
            self._writer.write_table(self._pending.combine_chunks(), row_group_size=_GROUP)
        self._writer.close()
