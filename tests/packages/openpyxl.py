"""openpyxl: a workbook with formulas and styles, written and read.

with: openpyxl
grants: a folder as /data
"""

import io
import os

from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font

os.environ["TMPDIR"] = "/data"
book = Workbook()
sheet = book.active
sheet["A1"] = 42
sheet.append([1, "two", 3.5])
sheet["B1"] = "=SUM(A1:A2)"
sheet["A1"].font = Font(bold=True)
file = io.BytesIO()
book.save(file)
again = load_workbook(io.BytesIO(file.getvalue())).active
assert again["A1"].value == 42 and again["A1"].font.bold and again["B1"].value == "=SUM(A1:A2)"
assert [cell.value for cell in again[2]] == [1, "two", 3.5]
