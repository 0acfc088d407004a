"""anyio: task groups, cancellation, streams of memory, work of threads, a portal, on asyncio.

with: anyio
"""

import asyncio
import contextlib
import threading

import anyio
import anyio.from_thread


async def main():
    done = []
    send, receive = anyio.create_memory_object_stream(1)

    async def produce():
        async with send:
            for number in range(3):
                await send.send(number)

    async with anyio.create_task_group() as group:
        group.start_soon(produce)
        async with receive:
            got = [item async for item in receive]
    assert got == [0, 1, 2]
    with anyio.move_on_after(0.01) as scope:
        await anyio.sleep(10)
    assert scope.cancelled_caught
    try:
        async with anyio.create_task_group() as group:
            group.start_soon(anyio.sleep, 10)
            raise ValueError("ends the others")
    except* ValueError:
        done.append("cancelled")
    await in_threads()
    return done


async def in_threads():
    """There is none: the work is done where it is asked for."""

    def doubled(number):
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return 2 * number

    def with_a_loop():
        return anyio.run(anyio.to_thread.run_sync, doubled, 3)

    def back_in_the_loop():
        anyio.from_thread.run(anyio.sleep, 0)

    def fails():
        raise LookupError("in a thread")

    doubles = []

    async def double(number):
        doubles.append(await anyio.to_thread.run_sync(doubled, number))

    async with anyio.create_task_group() as group:
        for number in range(60):  # more than there would be threads
            group.start_soon(double, number)
    assert sorted(doubles) == list(range(0, 120, 2))
    assert await anyio.to_thread.run_sync(with_a_loop) == 6
    assert await anyio.to_thread.run_sync(doubled, 4) == 8
    for wrong, error in (fails, LookupError), (back_in_the_loop, RuntimeError):
        try:
            await anyio.to_thread.run_sync(wrong)
        except error:
            pass
        else:
            raise AssertionError(wrong)
    assert threading.active_count() == 1


def in_a_portal():
    """Its loop runs while somebody waits for it."""
    steps = []

    async def doubled(number):
        await anyio.sleep(0.001)
        return 2 * number

    async def fails():
        raise LookupError("in a portal")

    @contextlib.asynccontextmanager
    async def entered():
        steps.append("in")
        yield 7
        steps.append("out")

    with anyio.from_thread.start_blocking_portal() as portal:
        assert portal.call(doubled, 4) == 8
        first, second = (portal.start_task_soon(doubled, number) for number in (1, 2))
        assert (second.result(), first.result()) == (4, 2)
        with portal.wrap_async_context_manager(entered()) as value:
            steps.append(value)
        with anyio.from_thread.start_blocking_portal() as other:
            assert (other.call(doubled, 5), portal.call(doubled, 6)) == (10, 12)
        try:
            portal.call(fails)
        except LookupError:
            steps.append("failed")
        late = portal.start_task_soon(anyio.sleep, 60)
        try:
            late.result(0.01)
        except TimeoutError:
            late.cancel()
    try:
        portal.call(doubled, 1)
    except RuntimeError:
        steps.append("closed")
    assert steps == ["in", 7, "out", "failed", "closed"], steps
    assert threading.current_thread().name == "MainThread" and threading.active_count() == 1


assert anyio.run(main) == ["cancelled"]
in_a_portal()
