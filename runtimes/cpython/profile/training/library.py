"""What programs and packages use of the standard library: formats, parsers, the compiler, imports."""

import argparse
import ast
import base64
import configparser
import copy
import csv
import dataclasses
import datetime
import difflib
import dis
import email.message
import fnmatch
import hashlib
import html
import html.parser
import inspect
import io
import json
import json.encoder
import logging
import marshal
import os.path
import pathlib
import pickle
import pprint
import queue
import shlex
import sys
import tokenize
import typing
import unittest
import urllib.parse
import uuid
import xml.etree.ElementTree as trees

RECORDS = [
    {'id': number, 'name': f'name {number}', 'price': number / 7, 'tags': ['a', 'b\n', 'gr\xfcn', '\u65e5\u672c'], 'ok': number % 2 == 0,
     'none': None, 'inner': {'x': -number, 'y': [[1, 2], [3, {'z': 'a "quoted" text'}]]}}
    for number in range(60)
]


@dataclasses.dataclass
class Saved:
    name: str
    numbers: list

    def __reduce__(self):
        return Saved, (self.name, self.numbers)


def formats():
    for options in ({}, {'indent': 2}, {'ensure_ascii': False}, {'sort_keys': True, 'separators': (',', ':')}, {'default': str}):
        text = json.dumps(RECORDS, **options)
        json.loads(text), json.loads(text.encode())
    json.loads('[1, 2.5e3, -7, true, false, null, "\\u00e9\\ud83d\\ude00\\n", {}, []]'), json.loads(text, parse_float=str, object_pairs_hook=list)
    json.loads(json.dumps(list(range(3000)))), json.loads(json.dumps(['plain text'] * 1000)), json.loads(json.dumps({str(n): n / 3 for n in range(1000)}))
    json.encoder.JSONEncoder(indent=1).encode(RECORDS[:5]), json.dumps('x' * 5000), json.dumps([1.5, float('inf'), 10 ** 30])
    try:
        json.loads('{"a": [1, 2,, 3]}')
    except ValueError as error:
        str(error)
    for protocol in (0, 2, 5):
        for value in (RECORDS, list(range(1000)), Saved('a', [1, 2]), {1, 'b', 2.5}, (b'bytes', 'text', 10 ** 40, None), datetime.date(2024, 1, 2)):
            pickle.loads(pickle.dumps(value, protocol))
    pickle._loads(pickle._dumps(RECORDS[:20])), marshal.loads(marshal.dumps(RECORDS)), copy.deepcopy(RECORDS)
    out = io.StringIO(newline='')
    writer = csv.DictWriter(out, ['id', 'name', 'price'], extrasaction='ignore')
    writer.writeheader(), writer.writerows(RECORDS * 5)
    list(csv.DictReader(io.StringIO(out.getvalue()))), list(csv.reader(['a;"b;c";d', '1;2;"x""y"'], delimiter=';')), csv.Sniffer().sniff('a,b,c\n1,2,3\n').delimiter
    pprint.pformat(RECORDS[:5]), repr(RECORDS), str(RECORDS[0])
    for data in (b'', b'abc', bytes(range(256)) * 8):
        base64.b64decode(base64.b64encode(data)), base64.b32encode(data), base64.b85decode(base64.b85encode(data)), base64.urlsafe_b64encode(data)
        for name in ('md5', 'sha1', 'sha256', 'sha3_256', 'blake2b'):
            hashlib.new(name, data, usedforsecurity=False).hexdigest()


class Tags(html.parser.HTMLParser):
    def handle_starttag(self, tag, attributes):
        dict(attributes)

    def handle_data(self, data):
        data.strip()


def markup():
    page = '<html><!-- c --><body class="a b" id=x><p>Text &amp; more &#233; <br/><a href="/x?y=1&amp;z=2">link</a></p>' + '<div>inner</div>' * 60 + '</body></html>'
    Tags().feed(page), html.escape(page), html.unescape(page)
    root = trees.Element('root', version='1')
    for number in range(150):
        child = trees.SubElement(root, 'child', {'n': str(number)})
        child.text, child.tail = f'text {number} & <more>', '\n'
        trees.SubElement(child, 'leaf').text = '\xe9'
    text = trees.tostring(root, encoding='unicode')
    parsed = trees.fromstring(text)
    parsed.findall('child/leaf'), parsed.find("child[@n='7']"), [item.get('n') for item in parsed.iter('child')], trees.indent(parsed), len(parsed), list(trees.iterparse(io.BytesIO(text.encode())))
    for address in ('https://user:pw@host.org:8080/a/b%20c;p?q=1&q=2&r=%C3%A9#part', '../x/./y', 'mailto:me@there.org') * 20:
        split = urllib.parse.urlsplit(address)
        urllib.parse.urlunsplit(split), urllib.parse.parse_qs(split.query), urllib.parse.urljoin('http://a/b/c', address), urllib.parse.quote(address), urllib.parse.unquote(address), split.port
    urllib.parse.urlencode({'a': 1, 'b': '\xe9 x', 'c': [1, 2]}, doseq=True)
    message = email.message.EmailMessage()
    message['Subject'], message['To'] = 'Gr\xfc\xdfe', 'a@b.org'
    message.set_content('text\n' * 30)
    message.as_string()


def dates():
    day = datetime.datetime(2024, 2, 28, 12, 30, 15, 123456, datetime.timezone.utc)
    for number in range(300):
        day += datetime.timedelta(days=1, seconds=number * 37)
        text = day.isoformat()
        datetime.datetime.fromisoformat(text), day.strftime('%Y-%m-%d %H:%M:%S %a'), day.date().isocalendar(), day.timestamp(), day.weekday(), day.replace(hour=3) - day, day < day, hash(day), str(day - day)
        day.astimezone(datetime.timezone(datetime.timedelta(hours=2))), datetime.date(2024, 1, 1).toordinal(), datetime.time(1, 2).isoformat()
    for text in ('2024-05-17 10:11:12', '1999-12-31 23:59:59') * 20:
        datetime.datetime.strptime(text, '%Y-%m-%d %H:%M:%S')


def tools():
    parser = argparse.ArgumentParser(prog='tool', description='A tool.')
    parser.add_argument('name', nargs='+', help='names'), parser.add_argument('-v', '--verbose', action='store_true'), parser.add_argument('--size', type=int, default=3, choices=range(9))
    commands = argparse.ArgumentParser(prog='x').add_subparsers()
    commands.add_parser('run').add_argument('--fast', action='count')
    parser.parse_args(['a', 'b', '-v', '--size=5']), parser.format_help(), shlex.split('a "b c" \'d\' e\\ f'), shlex.join(['a', 'b c'])
    settings = configparser.ConfigParser()
    settings.read_string('[a]\nx = 1\ny = %(x)s2\n[b]\nlist =\n  1\n  2\n')
    settings.getint('a', 'x'), settings['a']['y'], settings.sections(), settings.has_option('b', 'z')
    stream = io.StringIO()
    log = logging.Logger('training', logging.INFO)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter('%(levelname)s:%(name)s:%(message)s'))
    log.addHandler(handler)
    for number in range(200):
        log.info('number %d of %s', number, 'all'), log.debug('not shown')
    list(difflib.unified_diff(['a\n', 'b\n', 'c\n'] * 20, ['a\n', 'c\n', 'd\n'] * 20)), difflib.get_close_matches('appel', ['ape', 'apple', 'peach'])
    difflib.SequenceMatcher(None, 'private Thread currentThread;' * 4, 'private volatile Thread currentThread;' * 4).ratio()
    for path in ('/a/b/../c.tar.gz', 'x/y', '.', '/') * 40:
        pure = pathlib.PurePosixPath(path)
        pure.parent, pure.name, pure.suffix, pure / 'z', pure.parts, str(pure), os.path.join(path, 'b'), os.path.normpath(path), os.path.splitext(path), os.path.basename(path), fnmatch.fnmatch(path, '*.g?')
    uuid.UUID('12345678123456781234567812345678').hex, uuid.uuid5(uuid.NAMESPACE_DNS, 'x'), typing.Optional[int], dict[str, list[int]], typing.get_type_hints(tools), int | None
    inspect.signature(tools.__class__), inspect.getmembers(Saved), inspect.signature(argparse.ArgumentParser.add_argument), inspect.getdoc(json.loads)
    jobs = queue.PriorityQueue()
    for number in range(200):
        jobs.put((number * 7 % 50, number))
    while not jobs.empty():
        jobs.get()

    class Case(unittest.TestCase):
        def test(self):
            self.assertEqual([1, 2], [1, 2]), self.assertRaises(KeyError, {}.__getitem__, 1), self.assertIn(1, (1, 2)), self.assertAlmostEqual(1, 1.00000001)

        def test_fails(self):
            self.assertEqual({'a': 1}, {'a': 2})

    unittest.TextTestRunner(io.StringIO()).run(unittest.defaultTestLoader.loadTestsFromTestCase(Case))


SOURCES = ('bisect', 'string')


def compiler(library):
    for name in SOURCES:
        with open(f'{library}/{name}.py', encoding='utf-8') as file:
            text = file.read()
        code = compile(text, name, 'exec', dont_inherit=True)
        marshal.loads(marshal.dumps(code))
        tree = ast.parse(text)
        compile(tree, name, 'exec')
        sum(1 for _ in ast.walk(tree))
    ast.unparse(tree), ast.dump(tree), ast.literal_eval("{'a': [1, 2.5, (None, True)]}"), list(tokenize.generate_tokens(io.StringIO(text).readline)), dis.Bytecode(compiler).dis()
    for number in range(60):
        eval(f'{number} + 2 * (3 - 1)', {}), exec(f'x = {number}\ny = [x] * 3', {})
    for wrong in ('a b', 'def f(:', "'x", 'f(', 'if x:\npass', 'x = = 3'):
        try:
            compile(wrong, 'wrong', 'exec')
        except SyntaxError as error:
            str(error)


# Not imported by anything before, and of many kinds.
IMPORTED = ('sched', 'symtable', 'wsgiref.util', 'no_such_module')


def imports():
    for name in IMPORTED:
        try:
            __import__(name)
        except ImportError as error:
            str(error)
    for name in ('sched', 'symtable'):
        del sys.modules[name]
        __import__(name)
    # As they come out of the frozen library.
    code = marshal.dumps([function.__code__ for function in (formats, markup, dates, tools, compiler)])
    for _ in range(200):
        marshal.loads(code)


def run(library='/sources'):
    for _ in range(2):
        formats()
    markup()
    dates()
    tools()
    compiler(library)
    imports()
