"""Waiting: for a time it takes that time, for ever it is an error, since nothing else runs."""

import asyncio
import concurrent.futures
import errno
import queue
import select
import selectors
import threading
import time
import unittest


class ForATime(unittest.TestCase):
    def test_takes_it(self):
        lock = threading.Lock()
        lock.acquire()
        waits = {
            'event': lambda: threading.Event().wait(0.2),
            'lock': lambda: lock.acquire(timeout=0.2),
            'condition': lambda: self.condition(0.2),
            'semaphore': lambda: threading.Semaphore(0).acquire(timeout=0.2),
            'select': lambda: select.select([], [], [], 0.2),
            'poll': lambda: select.poll().poll(200),
        }
        for name, wait in waits.items():
            with self.subTest(name):
                begun = time.monotonic()
                self.assertFalse(any(wait()) if name == 'select' else wait())
                self.assertGreaterEqual(time.monotonic() - begun, 0.2)

    def condition(self, seconds):
        condition = threading.Condition()
        with condition:
            return condition.wait(seconds)

    def test_queues_and_futures(self):
        for kind in queue.Queue, queue.SimpleQueue:
            begun = time.monotonic()
            with self.assertRaises(queue.Empty):
                kind().get(timeout=0.1)
            self.assertGreaterEqual(time.monotonic() - begun, 0.1)
        with self.assertRaises(concurrent.futures.TimeoutError):
            concurrent.futures.Future().result(timeout=0.1)

    def test_is_not_the_time_of_the_process(self):
        begun = time.process_time()
        time.sleep(0.5)
        select.select([], [], [], 0.5)
        self.assertLess(time.process_time() - begun, 0.5)
        until = time.monotonic() + 0.1
        while time.monotonic() < until:
            pass
        self.assertGreater(time.process_time() - begun, 0.05)

    def test_less_than_a_millisecond(self):
        begun = time.monotonic()
        for _ in range(50):
            select.select([], [], [], 0.0005)
        self.assertGreaterEqual(time.monotonic() - begun, 0.025)


class ForEver(unittest.TestCase):
    def test_is_an_error_that_says_so(self):
        lock = threading.Lock()
        lock.acquire()
        waits = {
            'event': lambda: threading.Event().wait(),
            'lock': lambda: lock.acquire(),
            'with': lambda: self.hold(lock),
            'semaphore': lambda: threading.Semaphore(0).acquire(),
            'barrier': lambda: threading.Barrier(2).wait(),
            'queue': lambda: queue.Queue().get(),
            'simple queue': lambda: queue.SimpleQueue().get(),
            'full queue': lambda: self.fill(queue.Queue(1)),
            'future': lambda: concurrent.futures.Future().result(),
            'selector': lambda: selectors.DefaultSelector().select(),
            'loop': lambda: asyncio.run(self.for_ever()),
        }
        for name, wait in waits.items():
            with self.subTest(name), self.assertRaisesRegex(RuntimeError, 'nothing can .*no other threads'):
                wait()

    def hold(self, lock):
        with lock:
            pass

    def fill(self, full):
        full.put(1)
        full.put(2)

    async def for_ever(self):
        await asyncio.Event().wait()

    def test_of_nothing_has_no_end(self):
        for wait in (lambda: select.select([], [], []), lambda: select.poll().poll()):
            with self.assertRaises(OSError) as caught:
                wait()
            self.assertEqual(caught.exception.errno, errno.EDEADLK)

    def test_closed_descriptors(self):
        with self.assertRaises(OSError):
            select.select([900], [], [], 0)
        poll = select.poll()
        poll.register(900)
        self.assertEqual(poll.poll(0), [(900, select.POLLNVAL)])


if __name__ == '__main__':
    unittest.main()
