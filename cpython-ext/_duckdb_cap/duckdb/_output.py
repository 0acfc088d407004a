"""Where relations go: tables, views, files."""

from __future__ import annotations

from duckdb import _errors, _files, _sqltext, _types
from duckdb._names import PendingCase


class Output:
    """Tables, views and files that relations become."""

    def create(self, table_name: str) -> None:
        """Makes a table of the rows."""
        self._result(f"CREATE TABLE {self._target(table_name, 'CREATE TABLE {} AS')} AS {self._sql}")

    to_table = create

    def _target(self, name, statement):
        self._connection._open()
        return _sqltext.target(name, statement)

    def create_view(self, view_name: str, replace: bool = True) -> DuckDBPyRelation:
        """Makes a view of this query."""
        sources = [value for kind, value in self._known.values() if kind in ("source", "object")]
        if any(not source.is_read_again for source in sources):
            raise _errors.invalid(
                f'Cannot create the view "{view_name}": it reads rows held in this process, which a view cannot store. Use '
                "rel.create(name) to store them in a table, or con.register(name, rel) for a temporary view for the life of the "
                "connection."
            )
        self._connection._shared.sources.extend(sources)
        head = "CREATE OR REPLACE VIEW" if replace else "CREATE VIEW"
        self._result(f"{head} {'.'.join(map(_types.quote, _sqltext.name_parts(view_name)))} AS {self._sql}")
        return self

    to_view = create_view

    def insert_into(self, table_name: str) -> None:
        """Adds the rows to a table."""
        self._result(f"INSERT INTO {self._target(table_name, 'INSERT INTO {}')} {self._sql}")

    def _table(self):
        """The table that this reads, as SQL; None: it is none."""
        if self._kind not in ("TABLE_RELATION", "VIEW_RELATION") or not hasattr(self, "_parts"):
            return None
        return ".".join(map(_types.quote, self._parts)) if self._connection._table_kind(self._parts) == "table" else None

    def insert(self, values: object) -> None:
        """Adds a row to the table that this relation is."""
        table = self._table()
        if table is None:
            raise _errors.invalid("'DuckDBPyRelation.insert' can only be used on a table relation")
        row = list(values) if isinstance(values, (list, tuple)) else [values]
        self._connection._refuse_while_busy()
        self._connection._submit(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)

    def update(self, set: object, *, condition: object = None) -> None:
        """Changes rows of the table that this relation is."""
        where = ""
        if condition is not None:
            where = f" WHERE {_sqltext.condition(self._connection, condition, 'update condition')}"
        if not isinstance(set, dict):
            raise _errors.invalid("Please provide 'set' as a dictionary of column name to Expression")
        if not set:
            raise _errors.invalid("Please provide at least one set expression")
        changes = ", ".join(_assignment(name, value) for name, value in set.items())
        table = self._table()
        if table is None:
            raise _errors.invalid("UPDATE can only be used on base tables")
        self._result(f"UPDATE {table} SET {changes}{where}")

    def to_csv(
        self,
        file_name: str,
        *,
        sep: str | None = None,
        na_rep: str | None = None,
        header: bool | None = None,
        quotechar: str | None = None,
        escapechar: str | None = None,
        date_format: str | None = None,
        timestamp_format: str | None = None,
        quoting: str | int | None = None,
        encoding: str | None = None,
        compression: str | None = None,
        overwrite: bool | None = None,
        per_thread_output: bool | None = None,
        use_tmp_file: bool | None = None,
        partition_by: builtins.list[str] | None = None,
        write_partition_columns: bool | None = None,
    ) -> None:
        """Writes the rows to a CSV file."""
        options = {name: value for name, value in locals().items() if name not in ("self", "file_name")}
        self._copy(file_name, _files.csv_writing(options))

    write_csv = to_csv

    def to_parquet(
        self,
        file_name: str,
        *,
        compression: str | None = None,
        field_ids: object = None,
        row_group_size_bytes: int | str | None = None,
        row_group_size: int | None = None,
        overwrite: bool | None = None,
        per_thread_output: bool | None = None,
        use_tmp_file: bool | None = None,
        partition_by: builtins.list[str] | None = None,
        write_partition_columns: bool | None = None,
        append: bool | None = None,
        filename_pattern: str | None = None,
        file_size_bytes: str | int | None = None,
    ) -> None:
        """Writes the rows to a Parquet file."""
        options = {name: value for name, value in locals().items() if name not in ("self", "file_name")}
        self._copy(file_name, _files.parquet_writing(options))

    write_parquet = to_parquet

    def _copy(self, file_name, options):
        """COPY; an `overwrite` that is false refuses a file that is there, which COPY would replace."""
        single = not {"PARTITION_BY", "FILE_SIZE_BYTES", "APPEND"} & set(options)
        if options.get("OVERWRITE_OR_IGNORE") == "false" and single and options.get("PER_THREAD_OUTPUT") != "true":
            if self._connection._submit("SELECT count(*) FROM glob(?)", [file_name]).fetchall()[0][0]:
                message = f'Cannot write to "{file_name}" - it exists! Pass overwrite=True to overwrite the file'
                raise _errors.problem(_errors.IOException, message)
        listed = ", ".join(f"{name} {value}" for name, value in options.items())
        path = "'" + str(file_name).replace("'", "''") + "'"
        self._result(f"COPY ({self._sql}) TO {path} ({listed})")


def _assignment(name, value):
    if not isinstance(name, str):
        raise _errors.invalid("Please provide the column name as the key of the dictionary")
    if isinstance(value, str):
        raise TypeError(
            f"update() takes an expression or a Python value for {name!r}, not the string {value!r}; use col({value!r}) for "
            f"a column or lit({value!r}) for the text"
        )
    try:
        text = _sqltext.expression_text(value)
    except _errors.InvalidInputException:
        if isinstance(value, PendingCase):
            raise
        raise _errors.invalid(f"Please provide an object of type Expression as the value, not {type(value)}") from None
    return f"{_types.quote(name)} = {text}"
