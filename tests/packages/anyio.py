"""anyio: task groups, cancellation, streams of memory, on asyncio.

with: anyio
"""

import anyio


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
    return done


assert anyio.run(main) == ["cancelled"]
