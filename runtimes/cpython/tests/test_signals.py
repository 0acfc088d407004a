"""Signals that a process sends itself, and timers."""

import asyncio
import os
import select
import signal
import threading
import time
import unittest


class Handled(unittest.TestCase):
    def setUp(self):
        self.came = []
        self.handle(signal.SIGUSR1)

    def handle(self, number):
        before = signal.signal(number, lambda number, frame: self.came.append(number))
        self.addCleanup(signal.signal, number, before)

    def test_what_is_raised_is_handled_at_once(self):
        signal.raise_signal(signal.SIGUSR1)
        os.kill(os.getpid(), signal.SIGUSR1)
        signal.pthread_kill(threading.get_ident(), signal.SIGUSR1)
        self.assertEqual(self.came, [signal.SIGUSR1] * 3)

    def test_there_is_one_process(self):
        os.kill(os.getpid(), 0)
        with self.assertRaises(ProcessLookupError):
            os.kill(os.getpid() + 1, signal.SIGUSR1)

    def test_what_is_blocked_waits(self):
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1, signal.SIGKILL})
        self.assertEqual(before, set())
        signal.raise_signal(signal.SIGUSR1)
        self.assertEqual(self.came, [])
        self.assertEqual(signal.sigpending(), {signal.SIGUSR1})
        self.assertEqual(signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGUSR1}), {signal.SIGUSR1})
        self.assertEqual(self.came, [signal.SIGUSR1])

    def test_what_is_waited_for_is_taken(self):
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
        self.addCleanup(signal.pthread_sigmask, signal.SIG_SETMASK, ())
        self.assertIsNone(signal.sigtimedwait({signal.SIGUSR1}, 0.01))
        signal.raise_signal(signal.SIGUSR1)
        self.assertEqual(signal.sigwait({signal.SIGUSR1}), signal.SIGUSR1)
        signal.raise_signal(signal.SIGUSR1)
        self.assertEqual(signal.sigwaitinfo({signal.SIGUSR1}).si_signo, signal.SIGUSR1)
        self.assertEqual(self.came, [])

    def test_numbers_are_those_of_linux(self):
        self.assertEqual(signal.valid_signals(), {*range(1, 32), *range(34, 65)})
        self.assertEqual((signal.SIGRTMIN, signal.SIGRTMAX, signal.SIGTERM), (34, 64, 15))
        self.assertEqual(signal.strsignal(signal.SIGTERM), 'Terminated')
        self.assertIs(signal.getsignal(signal.SIGKILL), signal.SIG_DFL)
        for number in signal.SIGKILL, signal.SIGSTOP:
            with self.assertRaises(OSError):
                signal.signal(number, signal.SIG_IGN)

    def test_an_exception_of_a_handler_is_raised(self):
        def handler(number, frame):
            raise LookupError(number)

        signal.signal(signal.SIGUSR1, handler)
        with self.assertRaises(LookupError):
            os.kill(os.getpid(), signal.SIGUSR1)

    def test_numbers_are_written(self):
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        self.addCleanup(os.close, writer)
        os.set_blocking(writer, False)
        before = signal.set_wakeup_fd(writer)
        self.addCleanup(signal.set_wakeup_fd, before)
        signal.raise_signal(signal.SIGUSR1)
        self.assertEqual(os.read(reader, 9), bytes([signal.SIGUSR1]))


class Timed(unittest.TestCase):
    def setUp(self):
        self.came = []
        for number in signal.SIGALRM, signal.SIGPROF, signal.SIGVTALRM:
            before = signal.signal(number, lambda number, frame: self.came.append(number))
            self.addCleanup(signal.signal, number, before)
        for timer in signal.ITIMER_REAL, signal.ITIMER_PROF, signal.ITIMER_VIRTUAL:
            self.addCleanup(signal.setitimer, timer, 0)

    def test_a_timer_ends_a_loop(self):
        for timer, number in ((signal.ITIMER_REAL, signal.SIGALRM), (signal.ITIMER_PROF, signal.SIGPROF),
                              (signal.ITIMER_VIRTUAL, signal.SIGVTALRM)):
            with self.subTest(number):
                self.came.clear()
                signal.setitimer(timer, 0.05)
                end = time.monotonic() + 20
                while not self.came and time.monotonic() < end:
                    pass
                self.assertEqual(self.came, [number])
                self.assertEqual(signal.getitimer(timer), (0.0, 0.0))

    def test_a_timer_repeats(self):
        signal.setitimer(signal.ITIMER_REAL, 0.02, 0.03)
        value, interval = signal.getitimer(signal.ITIMER_REAL)
        self.assertAlmostEqual(interval, 0.03)
        self.assertLessEqual(value, 0.03)
        while len(self.came) < 3:
            signal.pause()

    def test_an_alarm_and_what_is_left(self):
        self.assertEqual(signal.alarm(1000), 0)
        # As many as have not passed meanwhile.
        self.assertIn(signal.alarm(0), range(900, 1001))

    def test_the_last_tick_of_a_timer_that_was_stopped_ends_nothing(self):
        for n in range(5000):
            signal.signal(signal.SIGALRM, lambda number, frame: None)
            signal.setitimer(signal.ITIMER_REAL, 1e-6 * (1 + n % 40), 1e-5)
            for _ in range(n % 60):
                pass
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, signal.SIG_DFL)

    def test_a_sleep_goes_on(self):
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        begun = time.monotonic()
        time.sleep(0.2)
        self.assertGreaterEqual(time.monotonic() - begun, 0.2)
        self.assertEqual(self.came, [signal.SIGALRM])

    def test_a_handler_that_raises_ends_a_wait(self):
        def handler(number, frame):
            raise TimeoutError

        signal.signal(signal.SIGALRM, handler)
        begun = time.monotonic()
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with self.assertRaises(TimeoutError):
            select.select([], [], [], 60)
        self.assertLess(time.monotonic() - begun, 30)

    def test_a_wait_for_what_a_handler_writes(self):
        reader, writer = os.pipe()
        signal.signal(signal.SIGALRM, lambda number, frame: os.write(writer, b'woken'))
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        self.assertEqual(os.read(reader, 9), b'woken')
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        self.assertEqual(select.select([reader], [], []), ([reader], [], []))
        os.close(reader)
        os.close(writer)


class Loops(unittest.TestCase):
    def test_a_handler_of_a_loop(self):
        async def main():
            loop, came = asyncio.get_running_loop(), asyncio.Event()
            loop.add_signal_handler(signal.SIGALRM, came.set)
            signal.setitimer(signal.ITIMER_REAL, 0.05)
            await came.wait()
            self.assertTrue(loop.remove_signal_handler(signal.SIGALRM))
            self.assertIs(signal.getsignal(signal.SIGALRM), signal.SIG_DFL)

        asyncio.run(main())

    def test_ctrl_c_cancels_the_task_of_a_runner(self):
        async def main():
            signal.raise_signal(signal.SIGINT)
            try:
                await asyncio.sleep(60)
            finally:
                ended.append(True)

        ended = []
        with self.assertRaises(KeyboardInterrupt):
            asyncio.run(main())
        self.assertEqual(ended, [True])


if __name__ == '__main__':
    unittest.main()
