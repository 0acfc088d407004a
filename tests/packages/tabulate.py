"""tabulate: tables of rows and of dicts, in several forms.

with: tabulate
"""

from tabulate import tabulate

rows = [["Sun", 696000, 1989100000], ["Earth", 6371, 5973.6]]
assert tabulate(rows, headers=["Planet", "R (km)", "mass"]) == (
    "Planet      R (km)           mass\n"
    "--------  --------  -------------\n"
    "Sun         696000     1.9891e+09\n"
    "Earth         6371  5973.6"
), tabulate(rows, headers=["Planet", "R (km)", "mass"])
assert tabulate({"a": [1, 2]}, headers="keys", tablefmt="github") == "|   a |\n|-----|\n|   1 |\n|   2 |"
assert "<td" in tabulate([[1]], tablefmt="html")
