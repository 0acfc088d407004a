"""How functions in Python are called."""

from duckdb._enums import FunctionNullHandling, PythonUDFType

ARROW, NATIVE = PythonUDFType.ARROW, PythonUDFType.NATIVE
DEFAULT, SPECIAL = FunctionNullHandling.DEFAULT, FunctionNullHandling.SPECIAL
__all__ = ["ARROW", "DEFAULT", "NATIVE", "SPECIAL", "FunctionNullHandling", "PythonUDFType"]
