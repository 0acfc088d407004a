"""trio: nurseries and cancel scopes.

with: trio
fails: cannot import name 'current_kqueue'
"""

import trio


async def main():
    done = []

    async def work(n):
        await trio.sleep(0.01 * n)
        done.append(n)

    async with trio.open_nursery() as nursery:
        for n in 2, 1:
            nursery.start_soon(work, n)
    assert done == [1, 2]
    with trio.move_on_after(0.01) as scope:
        await trio.sleep(10)
    assert scope.cancelled_caught


trio.run(main)
