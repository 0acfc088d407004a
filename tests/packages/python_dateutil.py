"""python_dateutil: dates in words, rules of recurrence, relative deltas.

with: python-dateutil
"""

from datetime import datetime

from dateutil import rrule, tz
from dateutil.parser import parse
from dateutil.relativedelta import FR, relativedelta

now = parse("Sat Oct 11 17:13:46 UTC 2003")
assert now == datetime(2003, 10, 11, 17, 13, 46, tzinfo=tz.UTC)
assert now.date() + relativedelta(months=+1, day=31, weekday=FR(-1)) == parse("2003-11-28").date()
rule = rrule.rrule(rrule.MONTHLY, count=3, byweekday=FR(-1), dtstart=datetime(2024, 1, 1))
assert [f"{day:%m-%d}" for day in rule] == ["01-26", "02-23", "03-29"]
