"""What a program sees of the snapshot, the frozen library and the mended libc.

grants: a folder as /data
"""

import sys

AT_START = frozenset(sys.modules)

import _imp
import asyncio
import datetime
import gc
import getpass
import grp
import importlib
import inspect
import marshal
import os
import pathlib
import pwd
import py_compile
import random
import sysconfig
import traceback
import types
import unittest


class AtStart(unittest.TestCase):
    def test_preloaded_modules_are_not_imported(self):
        self.assertEqual(AT_START & {'asyncio', 'json', 'typing', 're', 'random', 'logging', 'gc',
                                     'runpy', 'traceback', '_pylon', 'importlib'}, set())

    def test_usual_modules_are(self):
        self.assertLessEqual({'__main__', 'builtins', 'sys', 'os', 'site', 'io', 'encodings.utf_8'},
                             AT_START)

    def test_main(self):
        self.assertEqual(__name__, '__main__')
        self.assertIs(sys.modules['__main__'].__builtins__, sys.modules['builtins'])

    def test_meta_path(self):
        self.assertEqual([finder.__name__ for finder in sys.meta_path],
                         ['BuiltinImporter', 'FrozenImporter', 'PathFinder'])


class Importing(unittest.TestCase):
    def setUp(self):
        self.addCleanup(sys.modules.update, sys.modules.copy())

    def test_modules_say_where_they_are_from(self):
        import json.decoder
        self.assertEqual(os.__file__, '/lib/python3.13/os.py')
        self.assertEqual(json.__file__, '/lib/python3.13/json/__init__.py')
        self.assertEqual(json.__path__, ['/lib/python3.13/json'])
        self.assertEqual(json.__spec__.origin, json.__file__)
        self.assertEqual(json.decoder.JSONDecoder.decode.__code__.co_filename,
                         '/lib/python3.13/json/decoder.py')

    def test_a_submodule_becomes_an_attribute_when_it_is_imported(self):
        import importlib.machinery
        self.assertIs(importlib.machinery, sys.modules['importlib.machinery'])
        import collections.abc
        self.assertIs(collections.abc.Mapping, sys.modules['_collections_abc'].Mapping)

    def test_reload(self):
        import json
        decoder = json.JSONDecoder
        self.assertIs(importlib.reload(json), json)
        self.assertEqual(json.loads('[1]'), [1])
        self.assertIs(json.JSONDecoder, decoder)  # json.decoder was not loaded again

    def test_import_after_removal_loads_anew(self):
        import textwrap
        del sys.modules['textwrap']
        again = importlib.import_module('textwrap')
        self.assertIsNot(again, textwrap)
        self.assertEqual(again.dedent('  a'), 'a')

    def test_a_blocked_module_is_missing_for_a_preloaded_one(self):
        for name in [name for name in sys.modules if name.partition('.')[0] in ('copy', '_datetime',
                                                                                'datetime')]:
            del sys.modules[name]
        sys.modules['copyreg'] = None
        with self.assertRaises(ImportError):
            import copy

    def test_finders_in_front_are_asked(self):
        asked = []

        class Finder:
            @staticmethod
            def find_spec(name, path=None, target=None):
                asked.append(name)

        sys.modules.pop('struct', None)
        sys.meta_path.insert(0, Finder)
        self.addCleanup(sys.meta_path.remove, Finder)
        import struct
        self.assertIn('struct', asked)

    def test_a_missing_module(self):
        try:
            import nothing_of_that_name
        except ModuleNotFoundError as error:
            self.assertEqual(error.name, 'nothing_of_that_name')
            self.assertEqual([frame.name for frame in traceback.extract_tb(error.__traceback__)],
                             ['test_a_missing_module'])
        else:
            self.fail('no exception')

    def test_every_frozen_module_can_be_unpacked(self):
        names = _imp._frozen_module_names()
        self.assertIn('tarfile', names)
        for name in names:
            self.assertIsInstance(_imp.get_frozen_object(name), types.CodeType, name)

    def test_documentation_and_signatures(self):
        import json
        self.assertIn('Deserialize', json.loads.__doc__)
        self.assertEqual(str(inspect.signature(len)), '(obj, /)')
        self.assertIn('items', len.__doc__)

    def test_sysconfig(self):
        self.assertEqual(sysconfig.get_config_var('EXT_SUFFIX'), '.cpython-313-wasm32-wasi.so')
        text = repr(sysconfig.get_config_vars())
        for place in ('home', 'root', 'tmp', 'work'):
            self.assertNotIn(f'/{place}/', text)


class Hashes(unittest.TestCase):
    def test_what_the_snapshot_holds_is_found_by_what_this_process_makes(self):
        seen, left, keys = set(), list(sys.modules.values()), 0
        while left:
            each = left.pop()
            if id(each) in seen:
                continue
            seen.add(id(each))
            left += gc.get_referents(each)
            if not isinstance(each, (dict, set, frozenset)):
                continue
            for key in list(each):
                if isinstance(key, str):
                    copy = ''.join([key[:1], key[1:]]) if len(key) > 1 else key
                elif isinstance(key, bytes):
                    copy = bytes(bytearray(key))
                else:
                    continue
                keys += 1
                self.assertEqual(hash(copy), hash(key))
                self.assertIn(copy, each)
        self.assertGreater(keys, 10_000)

    def test_equal_things_of_other_types(self):
        for name in 'json', 'pylon', 'no module has this name':
            self.assertEqual(hash(memoryview(name.encode())), hash(name.encode()))
            self.assertEqual(hash(name), hash(name.encode()))  # not promised, but so everywhere
        for day in datetime.date(1970, 1, 1), datetime.date.today():
            self.assertEqual(hash(day), hash(datetime.date.fromordinal(day.toordinal())))


class User(unittest.TestCase):
    def test_there_is_one_who_owns_what_is_granted(self):
        self.assertEqual({os.getuid(), os.geteuid()}, {os.stat('/data').st_uid})
        self.assertEqual({os.getgid(), os.getegid()}, {os.stat('/data').st_gid})
        self.assertNotEqual(os.getuid(), 0)

    def test_who_has_a_name_and_a_home(self):
        user = pwd.getpwuid(os.getuid())
        self.assertEqual((user.pw_uid, user.pw_dir), (os.getuid(), '/'))
        self.assertEqual(pwd.getpwnam(user.pw_name), user)
        self.assertEqual(pwd.getpwuid(os.stat('/').st_uid).pw_name, 'root')
        self.assertEqual(grp.getgrgid(os.getgid()), grp.getgrall()[-1])
        for wrong in (lambda: pwd.getpwuid(7), lambda: pwd.getpwnam('nobody'), lambda: grp.getgrgid(7),
                      lambda: grp.getgrnam('nobody')):
            with self.assertRaises(KeyError):
                wrong()
        os.environ.pop('HOME', None)
        self.assertEqual((pathlib.Path.home(), os.path.expanduser('~/x')), (pathlib.Path('/'), '/x'))
        self.assertEqual(getpass.getuser(), user.pw_name)

    def test_a_umask_is_remembered(self):
        before = os.umask(0o077)
        self.assertEqual((before, os.umask(before)), (0o022, 0o077))


class Files(unittest.TestCase):
    def setUp(self):
        self.path = '/data/large.bin'
        self.addCleanup(lambda: os.path.exists(self.path) and os.remove(self.path))

    def test_one_call_writes_all(self):
        data = bytes(range(256)) * 8192
        fd = os.open(self.path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY)
        try:
            self.assertEqual(os.write(fd, data), len(data))
        finally:
            os.close(fd)
        with open(self.path, 'rb') as file:
            self.assertEqual(file.read(), data)

    def test_unbuffered_file(self):
        data = b'x' * 300_000
        with open(self.path, 'wb', buffering=0) as file:
            self.assertEqual(file.write(data), len(data))
        self.assertEqual(os.path.getsize(self.path), len(data))

    def test_writing_nothing(self):
        with open(self.path, 'wb', buffering=0) as file:
            self.assertEqual(file.write(b''), 0)

    def test_writing_to_a_closed_descriptor(self):
        fd = os.open(self.path, os.O_CREAT | os.O_WRONLY)
        os.close(fd)
        with self.assertRaises(OSError):
            os.write(fd, b'x')

    def test_large_byte_code_is_cached(self):
        source = '/data/large_module.py'
        self.path = '/data/cache/large_module.pyc'
        with open(source, 'w') as file:
            file.write(f'TEXT = {"y" * 100_000!r}\n')
        self.addCleanup(os.remove, source)
        py_compile.compile(source, cfile=self.path, doraise=True)
        self.assertGreater(os.path.getsize(self.path), 100_000)


class EventLoop(unittest.TestCase):
    """asyncio without the permission to use the network."""

    def test_sleeping_together(self):
        async def sleep(number):
            said.append('begins')
            await asyncio.sleep(0.05)
            said.append('wakes')
            return number

        async def main():
            return await asyncio.gather(*map(sleep, range(20)))

        said = []
        self.assertEqual(asyncio.run(main()), list(range(20)))
        # However busy the machine is: nobody wakes before all sleep.
        self.assertEqual(said, ['begins'] * 20 + ['wakes'] * 20)

    def test_timeout(self):
        async def main():
            async with asyncio.timeout(0.01):
                await asyncio.Event().wait()

        with self.assertRaises(TimeoutError):
            asyncio.run(main())

    def test_queue_and_task_group(self):
        async def main():
            queue = asyncio.Queue(1)

            async def produce():
                for i in range(100):
                    await queue.put(i)

            async def consume():
                return sum([await queue.get() for _ in range(100)])

            async with asyncio.TaskGroup() as group:
                group.create_task(produce())
                total = group.create_task(consume())
            return total.result()

        self.assertEqual(asyncio.run(main()), 4950)

    def test_call_soon_threadsafe(self):
        async def main():
            future = asyncio.get_running_loop().create_future()
            asyncio.get_running_loop().call_soon_threadsafe(future.set_result, 5)
            return await future

        self.assertEqual(asyncio.run(main()), 5)


class PackedModules(unittest.TestCase):
    """What src/unpack.c makes of data that nobody packed."""

    def packed(self, data):
        # One LZ4 block of literals only.
        length = len(data) - 15
        lengths = b'\xff' * (length // 255) + bytes([length % 255])
        return b'Z' + len(data).to_bytes(4, 'little') + b'\xf0' + lengths + data

    def setUp(self):
        self.code = compile('answer = 42\n' * 50, 'x', 'exec')
        self.good = self.packed(marshal.dumps(self.code))

    def test_packed_code_is_read(self):
        self.assertEqual(_imp.get_frozen_object('x', self.good), self.code)

    def test_damaged_code_is_an_error(self):
        damaged = [self.good[:length] for length in range(1, len(self.good))]
        damaged += [self.good + b'x', b'Z' + b'\xff' * 4 + self.good[5:],
                    b'Z\0\0\0\0' + self.good[5:]]
        for data in damaged:
            with self.assertRaises((ImportError, ValueError, EOFError, TypeError, MemoryError)):
                _imp.get_frozen_object('x', data)

    def test_random_data_is_an_error(self):
        source = random.Random(1)
        for _ in range(5000):
            size = source.randrange(300).to_bytes(4, 'little')
            with self.assertRaises((ImportError, ValueError, EOFError, TypeError)):
                _imp.get_frozen_object('x', b'Z' + size + source.randbytes(source.randrange(60)))


if __name__ == '__main__':
    unittest.main()
