"""What stands in for threads, and what says that there are none.

grants: the network
"""

import asyncio
import concurrent.futures
import contextlib
import contextvars
import http.server
import io
import logging
import multiprocessing
import multiprocessing.dummy
import multiprocessing.pool
import os
import queue
import socket
import socketserver
import subprocess
import threading
import time
import unittest


class Threads(unittest.TestCase):
    def test_a_thread_cannot_start_and_says_why(self):
        before = threading.enumerate()
        with self.assertRaisesRegex(RuntimeError, 'WASI has no threads'):
            threading.Thread(target=print).start()
        with self.assertRaisesRegex(RuntimeError, 'WASI has no threads'):
            threading.Timer(0, print).start()
        self.assertEqual(threading.enumerate(), before)

    def test_a_wait_that_nothing_can_end_raises(self):
        for wait in (threading.Event().wait, queue.Queue().get, queue.SimpleQueue().get, threading.Semaphore(0).acquire,
                     concurrent.futures.Future().result):
            with self.assertRaises(RuntimeError):
                wait()

    def test_queues_within_a_thread(self):
        for kind in queue.Queue, queue.LifoQueue, queue.PriorityQueue:
            waiting = kind(2)
            waiting.put(1)
            waiting.put(2)
            with self.assertRaises(queue.Full):
                waiting.put(3, timeout=0.01)
            self.assertEqual(sorted([waiting.get(), waiting.get()]), [1, 2])
            with self.assertRaises(queue.Empty):
                waiting.get(timeout=0.01)
            waiting.task_done()
            waiting.task_done()
            waiting.join()


class Processes(unittest.TestCase):
    def test_none_can_start(self):
        starts = [lambda: subprocess.run(['true']), lambda: os.popen('true'), multiprocessing.Pool,
                  multiprocessing.Process(target=print).start, multiprocessing.Manager,
                  lambda: asyncio.run(asyncio.create_subprocess_exec('true'))]
        for start in starts:
            with self.assertRaisesRegex(OSError, 'wasi does not support processes'):
                start()

    def test_a_program_can_choose_another_executor(self):
        with self.assertRaisesRegex(NotImplementedError, 'wasi does not support processes'):
            concurrent.futures.ProcessPoolExecutor(2)


class Executors(unittest.TestCase):
    def test_a_call_is_made_when_it_is_submitted(self):
        made = []
        with concurrent.futures.ThreadPoolExecutor(4) as executor:
            future = executor.submit(made.append, 1)
            self.assertEqual(made, [1])
            self.assertTrue(future.done())
            self.assertEqual(list(executor.map(pow, range(4), [2] * 4)), [0, 1, 4, 9])
            futures = [executor.submit(pow, 2, i) for i in range(3)]
            self.assertEqual(sorted(future.result() for future in concurrent.futures.as_completed(futures)), [1, 2, 4])
            done, not_done = concurrent.futures.wait(futures)
            self.assertEqual((len(done), len(not_done)), (3, 0))
        with self.assertRaisesRegex(RuntimeError, 'after shutdown'):
            executor.submit(print)

    def test_exceptions_stay_in_the_future(self):
        with concurrent.futures.ThreadPoolExecutor() as executor:
            self.assertIsInstance(executor.submit(int, 'x').exception(), ValueError)
            with self.assertRaises(ValueError):
                executor.submit(int, 'x').result()

    def test_what_is_called_may_submit_and_wait(self):
        with concurrent.futures.ThreadPoolExecutor(1) as executor:
            def total(tree):
                return sum(executor.submit(total, node).result() if isinstance(node, list) else node for node in tree)

            self.assertEqual(executor.submit(total, [1, [2, [3]], [[4]]]).result(), 10)

    def test_an_initializer_runs_once_and_may_fail(self):
        calls = []
        with concurrent.futures.ThreadPoolExecutor(2, initializer=calls.append, initargs=('first',)) as executor:
            executor.submit(calls.append, 'second')
            executor.submit(calls.append, 'third')
        self.assertEqual(calls, ['first', 'second', 'third'])
        with concurrent.futures.ThreadPoolExecutor(initializer=int, initargs=('x',)) as executor:
            with self.assertLogs('concurrent.futures', logging.CRITICAL):
                future = executor.submit(print)
            with self.assertRaises(concurrent.futures.BrokenExecutor):
                future.result()
            with self.assertRaises(concurrent.futures.BrokenExecutor):
                executor.submit(print)

    def test_a_call_may_shut_its_executor_down(self):
        executor = concurrent.futures.ThreadPoolExecutor()
        executor.submit(executor.shutdown).result()
        with self.assertRaises(RuntimeError):
            executor.submit(print)


class Pools(unittest.TestCase):
    def test_all_ways_to_call(self):
        seen = []
        with multiprocessing.dummy.Pool(3, seen.append, ('started',)) as pool:
            self.assertEqual(pool.apply(pow, (2, 5)), 32)
            self.assertEqual(pool.apply(int, ('11',), {'base': 2}), 3)
            self.assertEqual(pool.map(abs, [-1, -2]), [1, 2])
            self.assertEqual(pool.starmap(pow, [(2, 3), (3, 2)]), [8, 9])
            self.assertEqual(list(pool.imap(abs, [-1, -2])), [1, 2])
            self.assertEqual(sorted(pool.imap_unordered(abs, [-1, -2])), [1, 2])
            result = pool.apply_async(pow, (2, 6), callback=seen.append)
            self.assertTrue(result.ready() and result.successful())
            self.assertEqual((result.get(1), seen), (64, ['started', 64]))
        with self.assertRaises(ValueError):
            pool.map(abs, [1])

    def test_errors(self):
        errors = []
        pool = multiprocessing.pool.ThreadPool()
        self.assertFalse(pool.map_async(int, ['1', 'x'], error_callback=errors.append).successful())
        self.assertIsInstance(errors[0], ValueError)
        with self.assertRaises(ValueError):
            pool.apply(int, ('x',))
        results = pool.imap(int, ['x', '2'])
        with self.assertRaises(ValueError):
            results.next(timeout=1)
        self.assertEqual(list(results), [2])

    def test_join_makes_the_calls_that_are_left(self):
        made = []
        pool = multiprocessing.pool.ThreadPool(2)
        results = pool.imap(made.append, [1, 2])
        with self.assertRaises(ValueError):
            pool.join()
        pool.close()
        pool.join()
        self.assertEqual((made, list(results)), ([1, 2], [None, None]))


class EventLoop(unittest.TestCase):
    def test_calls_in_executors(self):
        async def main():
            loop = asyncio.get_running_loop()
            own = concurrent.futures.ThreadPoolExecutor(1)
            return [await loop.run_in_executor(None, pow, 2, 3), await asyncio.to_thread(pow, base=2, exp=3),
                    await loop.run_in_executor(own, pow, 2, 4)]

        self.assertEqual(asyncio.run(main()), [8, 8, 16])

    def test_they_see_no_loop_and_may_run_one(self):
        variable = contextvars.ContextVar('variable')

        def inside():
            with self.assertRaises(RuntimeError):
                asyncio.get_running_loop()
            return variable.get(), asyncio.run(asyncio.sleep(0, 'slept'))

        async def main():
            variable.set('context')
            loop = asyncio.get_running_loop()
            result = await asyncio.to_thread(inside)
            self.assertIs(asyncio.get_running_loop(), loop)
            return result

        self.assertEqual(asyncio.run(main()), ('context', 'slept'))

    def test_names_are_looked_up(self):
        async def main():
            loop = asyncio.get_running_loop()
            addresses = await loop.getaddrinfo('localhost', 80, family=socket.AF_INET, type=socket.SOCK_STREAM)
            self.assertEqual(addresses[0][4], ('127.0.0.1', 80))

            async def answer(reader, writer):
                writer.write((await reader.readline()).upper())
                writer.close()

            async with await asyncio.start_server(answer, 'localhost', 0, family=socket.AF_INET) as server:
                reader, writer = await asyncio.open_connection('localhost', server.sockets[0].getsockname()[1])
                writer.write(b'by name\n')
                line = await reader.readline()
                writer.close()
            return line

        self.assertEqual(asyncio.run(main()), b'BY NAME\n')

    def test_a_loop_ends_with_its_executor(self):
        async def main():
            await asyncio.to_thread(print, end='')
            await asyncio.get_running_loop().shutdown_default_executor()
            with self.assertRaises(RuntimeError):
                await asyncio.to_thread(print)

        asyncio.run(main())


class Servers(unittest.TestCase):
    """Client and server are one thread: what a client has sent waits in its socket until it is served."""

    def serve_until(self, server, enough):
        """Runs serve_forever() until `enough` is true."""
        give_up = time.monotonic() + 20

        def stop():
            if enough() or time.monotonic() > give_up:
                server._BaseServer__shutdown_request = True

        server.service_actions = stop
        server.serve_forever(0.01)

    def client(self, server, data=b''):
        client = self.enterContext(socket.create_connection(server.server_address[:2], timeout=5))
        client.sendall(data)
        return client

    def read(self, client):
        return b''.join(iter(lambda: client.recv(65536), b''))

    def test_requests_are_served_in_turn(self):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                served.append(self.path)
                self.send_response(200)
                self.end_headers()
                self.wfile.write(self.path.encode())

            def log_message(self, *args):
                pass

        served = []
        with http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler) as server:
            # As a browser does it: a connection that may never be used comes first.
            idle = self.client(server)
            clients = [self.client(server, b'GET /%d HTTP/1.0\r\n\r\n' % i) for i in range(3)]
            self.serve_until(server, lambda: len(served) == 3)
            self.assertEqual(sorted(served), ['/0', '/1', '/2'])
            for i, client in enumerate(clients):
                self.assertTrue(self.read(client).endswith(b'/%d' % i))
            # It is served when it speaks, and closed with the server.
            late = self.client(server, b'GET /late HTTP/1.0\r\n\r\n')
            self.serve_until(server, lambda: len(served) == 4)
            self.assertTrue(self.read(late).endswith(b'/late'))
            self.assertEqual(idle.recv(1), b'')

    def test_who_speaks_first(self):
        class Greeter(socketserver.BaseRequestHandler):
            def handle(self):
                self.request.sendall(b'hello')
                greeted.append(self.client_address)

        greeted = []
        with socketserver.ThreadingTCPServer(('127.0.0.1', 0), Greeter) as server:
            client = self.client(server)
            self.serve_until(server, lambda: greeted)
            self.assertEqual(self.read(client), b'hello')
            client = self.client(server)
            server.handle_request()
            self.assertEqual(self.read(client), b'hello')

    def test_datagrams(self):
        class Echo(socketserver.DatagramRequestHandler):
            def handle(self):
                self.wfile.write(self.rfile.read().upper())

        with (socketserver.ThreadingUDPServer(('127.0.0.1', 0), Echo) as server,
              socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client):
            client.settimeout(5)
            client.sendto(b'datagram', server.server_address)
            server.handle_request()
            self.assertEqual(client.recv(100), b'DATAGRAM')

    def test_an_error_is_told_and_the_next_is_served(self):
        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                self.wfile.write(b'%d' % (1 // int(self.rfile.readline())))
                served.append(1)

        served = []
        with socketserver.ThreadingTCPServer(('127.0.0.1', 0), Handler) as server:
            bad, good = self.client(server, b'0\n'), self.client(server, b'1\n')
            with contextlib.redirect_stderr(io.StringIO()) as said:
                self.serve_until(server, lambda: served)
            self.assertIn('ZeroDivisionError', said.getvalue())
            self.assertEqual((self.read(bad), self.read(good)), (b'', b'1'))


if __name__ == '__main__':
    unittest.main()
