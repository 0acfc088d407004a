"""DuckDB's types of SQL."""

from duckdb import _types
from duckdb._types import DuckDBPyType

globals().update({name: getattr(_types, name) for name in _types._NAMES})
__all__ = [*_types._NAMES, "DuckDBPyType"]
