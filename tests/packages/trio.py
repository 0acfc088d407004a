"""trio: nurseries, cancel scopes, channels, work of threads, TCP and a pair of sockets.

with: trio
grants: the network
grants: a folder as /data
"""

import math
import signal
import socket
import threading

import trio


async def quick_start():
    done = []

    async def work(n):
        await trio.sleep(0.2 * n)
        done.append(n)

    async with trio.open_nursery() as nursery:
        for n in 2, 1:
            nursery.start_soon(work, n)
    assert done == [1, 2]
    with trio.move_on_after(0.01) as scope:
        await trio.sleep(10)
    assert scope.cancelled_caught
    try:
        with trio.fail_after(0.01):
            await trio.sleep_forever()
    except trio.TooSlowError:
        done.append("too slow")
    assert done[2:] == ["too slow"]


async def a_channel():
    send, receive = trio.open_memory_channel(1)

    async def produce():
        async with send:
            for number in range(3):
                await send.send(number)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(produce)
        assert [number async for number in receive] == [0, 1, 2]


async def an_echo_server():
    async def echo(stream):
        async for data in stream:
            await stream.send_all(data)

    data = bytes(range(256)) * 4096
    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(trio.serve_tcp, echo, 0)
        stream = await trio.open_tcp_stream("127.0.0.1", listeners[0].socket.getsockname()[1])
        async with stream:
            nursery.start_soon(stream.send_all, data)
            got = b""
            while len(got) < len(data):
                got += await stream.receive_some()
        assert got == data
        nursery.cancel_scope.cancel()


async def sockets():
    one, other = trio.socket.socketpair()
    with one, other:
        with trio.move_on_after(0.01) as scope:
            await one.recv(1)
        assert scope.cancelled_caught
        assert await one.sendmsg([b"in ", b"two"]) == 6
        assert (await other.recvmsg(10))[0] == b"in two"
    with trio.socket.socket(type=socket.SOCK_DGRAM) as datagrams:
        await datagrams.bind(("127.0.0.1", 0))
        await datagrams.sendto(b"whole", datagrams.getsockname())
        assert (await datagrams.recvfrom(10))[0] == b"whole"


async def in_threads():
    """There is none: the work is done where it is asked for."""

    def doubled(number):
        assert not trio.lowlevel.in_trio_run()
        return 2 * number

    def with_a_loop():
        return trio.run(trio.to_thread.run_sync, doubled, 3)

    def back_in_the_loop():
        trio.from_thread.run(trio.sleep, 0)

    doubles = []

    async def double(number):
        doubles.append(await trio.to_thread.run_sync(doubled, number))

    async with trio.open_nursery() as nursery:
        for number in range(60):  # more than there would be threads
            nursery.start_soon(double, number)
    assert sorted(doubles) == list(range(0, 120, 2))
    assert await trio.to_thread.run_sync(with_a_loop) == 6
    for wrong, error in (lambda: math.sqrt(-1), ValueError), (back_in_the_loop, RuntimeError):
        try:
            await trio.to_thread.run_sync(wrong)
        except error:
            pass
        else:
            raise AssertionError(wrong)
    path = trio.Path("/data/written")
    await path.write_text("by a thread")
    async with await trio.open_file(path) as file:
        assert await file.read() == "by a thread"
    assert threading.active_count() == 1


async def signals():
    with trio.open_signal_receiver(signal.SIGTERM) as received:
        signal.raise_signal(signal.SIGTERM)
        async for number in received:
            assert number == signal.SIGTERM
            break


async def without_processes():
    try:
        await trio.run_process(["true"])
    except OSError as error:
        assert "processes" in str(error), error
    else:
        raise AssertionError("there is a process")


for part in quick_start, a_channel, an_echo_server, sockets, in_threads, signals, without_processes:
    trio.run(part)
