# asyncio, which is frozen into every image.
import asyncio
import time


async def worker(name, delays, results):
    for delay in delays:
        await asyncio.sleep_ms(delay)
        results.append(name)
    return name * 2


async def failing():
    await asyncio.sleep(0)
    raise ValueError("of a task")


async def forever():
    try:
        while True:
            await asyncio.sleep(1)
    finally:
        print("cleaned up")


async def waiter(event, lock):
    await event.wait()
    async with lock:
        return "woken"


async def main():
    results = []
    begun = time.ticks_ms()
    print(await asyncio.gather(worker("a", (50, 100), results), worker("b", (100, 100), results)))
    print(results, 190 <= time.ticks_diff(time.ticks_ms(), begun) < 60000)
    print(await asyncio.gather(failing(), worker("c", (1,), results), return_exceptions=True))
    try:
        await asyncio.wait_for(forever(), 0.05)
    except asyncio.TimeoutError:
        print("timed out")
    event, lock = asyncio.Event(), asyncio.Lock()
    tasks = [asyncio.create_task(waiter(event, lock)) for _ in range(3)]
    await asyncio.sleep(0)
    event.set()
    print(await asyncio.gather(*tasks))
    task = asyncio.create_task(forever())
    await asyncio.sleep(0)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        print("cancelled")


asyncio.run(main())
