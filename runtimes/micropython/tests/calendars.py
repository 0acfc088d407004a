# Seconds and dates beyond 32 bits, before 1970, and where there are none.
import time

for seconds in (
    0,
    -1,
    951782400,
    2147483647,
    2147483648,
    2208988800,
    4102444800,
    4294967296,
    -2147483649,
    -4294967297,
    253402300799,
    253402300800,
    -62135596800,
    -62167219201,
    1 << 53,
    (1 << 53) + 1,
    67768036191676799,
    -67768040609740800,
    1.9,
    -1.9,
    4294967296.5,
):
    date = time.gmtime(seconds)
    print(seconds, date, time.mktime(date) == int(seconds), time.localtime(seconds) == date)

for date in (
    (2038, 1, 19, 3, 14, 7, 0, 0),
    (2038, 1, 19, 3, 14, 8, 0, 0),
    (2040, 1, 1, 0, 0, 0, 0, 0),
    (1969, 12, 31, 23, 59, 59, 0, 0, 0),
    (1901, 1, 1, 0, 0, 0, 0, 0),
    (9999, 12, 31, 23, 59, 59, 0, 0),
    (100000, 2, 29, 12, 0, 0, 0, 0),
    (-5000, 3, 1, 0, 0, 0, 0, 0),
    (2024, 14, -30, 25, 61, -61, 0, 0),
    (2147483647, 1, 1, 0, 0, 0, 0, 0),
    (1970, 1, 1, 0, 0, 2147483647, 0, 0),
    (1970, 1, 1, 0, 2147483647, 2147483647, 0, 0),
):
    print(date, time.mktime(date))


def refused(call):
    try:
        print(call())
    except (OverflowError, OSError) as error:
        print(type(error).__name__)


for seconds in (1 << 62, -(1 << 62), 1 << 63, 1 << 100, 1e300, -1e300, float("inf"), float("nan"), 67768036191676800):
    refused(lambda: time.gmtime(seconds))
for date in ((1 << 31, 1, 1), (1 << 40, 1, 1), (-(1 << 31), 1, 1), (2000, 1 << 31, 1), (2000, 1, 1 << 40)):
    refused(lambda: time.mktime(date + (0, 0, 0, 0, 0)))
for length in (-1, 1e300, float("inf"), float("nan")):
    refused(lambda: time.sleep(length))
print(time.time_ns() > 1 << 60, time.time() > 1.7e9)
