"""The library that is part of the program: its files, and who looks for them.

grants: a folder as /data
"""

import errno
import glob
import _imp
import importlib.resources
import importlib.util
import inspect
import io
import json
import linecache
import os
import pathlib
import pkgutil
import pyclbr
import pydoc
import shutil
import ssl
import sys
import textwrap
import tokenize
import traceback
import unittest

LIBRARY = '/lib/python3.13'


class Sources(unittest.TestCase):
    def test_every_module_is_what_its_source_says(self):
        compared = 0
        for name in _imp._frozen_module_names():
            spec = importlib.util.find_spec(name)
            if not spec or not spec.has_location:
                continue  # those that CPython freezes itself
            with self.subTest(name), open(spec.origin, 'rb') as file:
                source = file.read()
                code = compile(source, spec.origin, 'exec', dont_inherit=True)
                frozen = spec.loader.get_code(name)
                self.assertEqual((frozen.co_code, frozen.co_names), (code.co_code, code.co_names))
                compared += 1
        self.assertGreater(compared, 400)

    def test_tracebacks_show_lines_of_the_library(self):
        try:
            json.loads('{')
        except ValueError:
            text = traceback.format_exc()
        self.assertIn('obj, end = self.scan_once(s, idx)', text)
        self.assertIn('return _default_decoder.decode(s)', text)

    def test_inspect(self):
        for what, begins in [(json.dumps, 'def dumps('), (textwrap.TextWrapper, 'class TextWrapper'),
                             (ssl.create_default_context, 'def create_default_context(')]:
            self.assertTrue(inspect.getsource(what).lstrip().startswith(begins))
        self.assertEqual(inspect.getsourcefile(json), f'{LIBRARY}/json/__init__.py')

    def test_documentation(self):
        text = pydoc.render_doc('textwrap', renderer=pydoc.plaintext)
        self.assertIn('wrap(text, width=70', text)
        self.assertIn(f'{LIBRARY}/textwrap.py', text)
        self.assertIn('TextWrapper', pyclbr.readmodule('textwrap'))

    def test_modules_are_listed(self):
        top = {module.name for module in pkgutil.iter_modules()}
        self.assertLessEqual({'json', 'os', 'textwrap', 'unittest'}, top)
        inside = {module.name for module in pkgutil.iter_modules(json.__path__)}
        self.assertLessEqual({'decoder', 'encoder', 'scanner', 'tool'}, inside)

    def test_resources(self):
        files = importlib.resources.files('json')
        self.assertIn('class JSONDecoder', files.joinpath('decoder.py').read_text())
        self.assertIn('decoder.py', [file.name for file in files.iterdir()])

    def test_modules_say_where_they_are_from(self):
        self.assertEqual(repr(json), f"<module 'json' from '{LIBRARY}/json/__init__.py'>")
        self.assertEqual(repr(os), "<module 'os' (frozen)>")  # as elsewhere
        self.assertEqual(json.decoder.__spec__.origin, f'{LIBRARY}/json/decoder.py')
        self.assertEqual(json.__cached__, f'{LIBRARY}/json/__pycache__/__init__.cpython-313.pyc')
        self.assertEqual(json.__loader__.get_source('json'), pathlib.Path(json.__file__).read_text())
        self.assertTrue(json.__loader__.is_package('json'))
        self.assertEqual(sys.path[-1], LIBRARY)


class Files(unittest.TestCase):
    def test_they_can_be_read(self):
        with open(f'{LIBRARY}/os.py', 'rb', buffering=0) as file:
            whole = file.read()
            self.assertEqual(len(whole), os.stat(file.fileno()).st_size)
            self.assertEqual(file.seek(-10, io.SEEK_END), len(whole) - 10)
            self.assertEqual(file.read(100), whole[-10:])
            self.assertEqual(file.read(1), b'')
            self.assertEqual(file.seek(5), 5)
            self.assertEqual(file.seek(2, io.SEEK_CUR), 7)
            copy = os.dup(file.fileno())
            try:
                self.assertEqual(os.read(copy, 3), whole[7:10])
            finally:
                os.close(copy)
            self.assertEqual(file.tell(), 10)
            with self.assertRaises(OSError):
                file.seek(-1)
            self.assertFalse(file.isatty())
        with open(f'{LIBRARY}/os.py', encoding='utf-8') as file:
            self.assertEqual(file.read().encode(), whole)
        with tokenize.open(f'{LIBRARY}/os.py') as file:
            self.assertEqual(file.encoding, 'utf-8')
        self.assertEqual(linecache.getline(f'{LIBRARY}/os.py', 1).encode(), whole.splitlines(True)[0])

    def test_they_are_listed(self):
        names = os.listdir(LIBRARY)
        self.assertEqual(len(names), len(set(names)))
        self.assertLessEqual({'os.py', 'json', 'site.py', 'pylon.py'}, set(names))
        self.assertEqual(os.listdir('/lib'), ['python3.13'])
        kinds = {entry.name: (entry.is_dir(), entry.is_file()) for entry in os.scandir(LIBRARY)}
        self.assertEqual((kinds['json'], kinds['os.py']), ((True, False), (False, True)))
        self.assertIn(f'{LIBRARY}/json/decoder.py', glob.glob(f'{LIBRARY}/js*/*.py'))
        walked = {os.path.join(folder, file) for folder, _, files in os.walk(LIBRARY) for file in files}
        self.assertIn(f'{LIBRARY}/email/mime/text.py', walked)

    def test_what_is_there_and_what_not(self):
        self.assertTrue(os.path.isdir(LIBRARY) and os.path.isdir(f'{LIBRARY}/json/') and os.path.isfile(f'{LIBRARY}/os.py'))
        for path in 'os', 'os.pyc', 'os.py/', 'json/decoder', 'js', 'json/decoder.py/x', 'nothing':
            self.assertFalse(os.path.exists(f'{LIBRARY}/{path}'), path)
        self.assertTrue(os.access(f'{LIBRARY}/os.py', os.R_OK))
        self.assertFalse(os.access(f'{LIBRARY}/os.py', os.W_OK))
        self.assertEqual(os.path.realpath(f'{LIBRARY}/json/../os.py'), f'{LIBRARY}/os.py')
        before = os.getcwd()
        os.chdir(f'{LIBRARY}/json')
        try:
            self.assertTrue(os.path.exists('decoder.py') and os.path.exists('../os.py'))
        finally:
            os.chdir(before)
        folder = os.open(LIBRARY, os.O_RDONLY)
        try:
            file = os.open('json/tool.py', os.O_RDONLY, dir_fd=folder)
            self.assertTrue(os.read(file, 10))
            os.close(file)
        finally:
            os.close(folder)

    def test_nothing_can_be_changed(self):
        path = f'{LIBRARY}/os.py'
        for change in (lambda: open(path, 'a'), lambda: open(path, 'r+'), lambda: open(path, 'w'), lambda: os.remove(path),
                       lambda: open(f'{LIBRARY}/new.py', 'w'), lambda: os.mkdir(f'{LIBRARY}/new'), lambda: os.utime(path)):
            with self.assertRaises(OSError) as raised:
                change()
            self.assertEqual(raised.exception.errno, errno.EROFS)
        file = os.open(path, os.O_RDONLY)
        try:
            with self.assertRaises(OSError):
                os.write(file, b'x')
        finally:
            os.close(file)

    def test_they_can_be_copied(self):
        shutil.copytree(f'{LIBRARY}/json', '/data/json')
        self.addCleanup(shutil.rmtree, '/data/json')
        self.assertEqual(pathlib.Path('/data/json/tool.py').read_bytes(), pathlib.Path(f'{LIBRARY}/json/tool.py').read_bytes())


if __name__ == '__main__':
    unittest.main()
