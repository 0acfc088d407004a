"""pytz: zones of its own, local times that are there twice.

with: pytz
"""

from datetime import datetime

import pytz

eastern = pytz.timezone("US/Eastern")
summer = eastern.localize(datetime(2024, 7, 1, 12))
assert summer.strftime("%Z%z") == "EDT-0400"
assert summer.astimezone(pytz.utc).hour == 16
try:
    eastern.localize(datetime(2002, 10, 27, 1, 30), is_dst=None)
except pytz.AmbiguousTimeError:
    pass
else:
    raise AssertionError("this hour is there twice")
assert "Europe/Berlin" in pytz.all_timezones_set
