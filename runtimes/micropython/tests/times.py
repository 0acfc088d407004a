# Clocks, calendars, sleeping, and waiting for streams.
import select
import sys
import time

before = time.time()
ticks = time.ticks_ms(), time.ticks_us(), time.ticks_cpu()
time.sleep(0.02)
time.sleep_ms(20)
time.sleep_us(20000)
# At most a minute: another program may have the processor.
print(60 <= time.ticks_diff(time.ticks_ms(), ticks[0]) < 60000)
print(60000 <= time.ticks_diff(time.ticks_us(), ticks[1]) < 60000000)
print(0 <= time.time() - before < 60, time.time() > 1.7e9, isinstance(time.time_ns(), int))
print(time.ticks_diff(time.ticks_add(5, -10), 5), time.ticks_diff(3, 5))

print(time.gmtime(0), time.gmtime(951782400)[:3], time.gmtime(1.7e9)[:6])
now = int(time.time())
print(time.mktime(time.localtime(now)) == now)

# There is input: the end of it.
poll = select.poll()
poll.register(sys.stdin, select.POLLIN)
print(len(poll.poll(1000)))
with open("file", "wb") as file:
    poll = select.poll()
    poll.register(file, select.POLLOUT)
    print([event for _, event in poll.poll(1000)] == [select.POLLOUT])
    poll.unregister(file)
    begun = time.ticks_ms()
    print(poll.poll(50), 45 <= time.ticks_diff(time.ticks_ms(), begun) < 60000)
