"""str, bytes and what reads and writes them: each kind of text, short and long."""

import binascii
import codecs
import io
import re
import string
import textwrap
import unicodedata

KINDS = ('plain words, quite a few of them; ', 'gr\xfc\xdfe aus K\xf6ln, \xe9t\xe9 ',
         'слова и числа 42 ', '\u65e5\u672c\u8a9e\u306e\u6587 ', 'smile \U0001f600 twice \U0001f601 ')
ENCODINGS = ('utf-8', 'utf-16', 'utf-32-le', 'utf-8-sig', 'unicode_escape', 'raw_unicode_escape', 'utf-7')
WORDS = 'the quick brown fox jumps over a lazy dog while many others look on'.split()


def methods(text):
    word = text.split()[0]
    text.find(word, 5), text.rfind(word), text.index(word[0]), text.count(word), text.count(word[0])
    text.find('not there'), text.find('~'), word in text, '~' in text, text.startswith(word), text.endswith('x')
    text.replace(word, 'a much longer one'), text.replace(word[0], '-'), text.replace(word, word[::-1])
    text.split(), text.split(None, 2), text.split(word), text.split(word[0]), text.rsplit(' ', 3), text.splitlines()
    text.partition(word), text.rpartition(' '), text.upper(), text.lower(), text.title(), text.casefold()
    text.capitalize(), text.swapcase(), text.strip(), text.lstrip(), text.rstrip('; '), text.center(90, '*')
    text.ljust(70), text.rjust(70), text.zfill(20), text.expandtabs(), text.removeprefix(word), text.removesuffix(word)
    text.isalpha(), text.isalnum(), text.isdigit(), text.isspace(), text.isupper(), text.isidentifier(), text.isascii()
    text.translate({ord(word[0]): 'Q', ord(' '): None}), text.encode('utf-8'), repr(text), ascii(text), hash(text)
    text[3:9], text[::-1], text[::2], text * 3, text + word, word + text, text == text[:-1] + text[-1], text < word
    '|'.join(text), ''.join(reversed(text)), [ord(letter) for letter in text], {letter for letter in text}
    str.maketrans('abc', 'xyz'), text.format(), f'{text!r:>40}{word:^12}{word!s:.3}'


def encodings(text):
    for encoding in ENCODINGS:
        text.encode(encoding).decode(encoding)
    for errors in ('ignore', 'replace', 'backslashreplace', 'xmlcharrefreplace'):
        text.encode('ascii', errors), text.encode('latin-1', errors)
    data = text.encode('utf-8')
    for errors in ('ignore', 'replace', 'backslashreplace', 'surrogateescape'):
        data[:-1].decode('utf-8', errors), data.decode('ascii', errors)
    data.decode('latin-1'), data.decode('cp1252', 'replace')
    try:
        data[1:].decode('utf-8').encode('ascii')
    except UnicodeError as error:
        str(error)


def buffers(data):
    word = data[4:9]
    data.find(word), data.rfind(word), data.count(b'e'), data.find(b'~~'), data.find(b'~'), word in data, 122 in data
    data.replace(b'e', b'E'), data.replace(word, b''), data.split(), data.split(b','), data.splitlines(), data.strip()
    data.upper(), data.lower(), data.title(), data.hex(), data.hex(' '), bytes.fromhex(data.hex()), data.isalpha()
    data.startswith(word), data.translate(bytes(range(255, -1, -1))), data.translate(None, b'aeiou'), data[::-1]
    data == bytes(data), data < word, hash(data), repr(data), list(data), bytes(list(data)), b', '.join([data, word])
    data.partition(b' '), data.center(80), data.zfill(80), data + word, data * 2, data.isspace(), data.isascii()
    changed = bytearray(data)
    changed += word
    changed[2:5] = b'changed'
    changed.append(7), changed.extend(range(9)), changed.reverse(), changed.pop(), changed.insert(0, 1)
    del changed[::3]
    view = memoryview(data)
    bytes(view[1:7]), view.tolist(), view[::2].tobytes(), view.hex(), view == data, view.cast('b')[0], len(view[5:])
    binascii.b2a_base64(data), binascii.a2b_base64(binascii.b2a_base64(data)), binascii.hexlify(data, '-', 4)
    binascii.crc32(data), binascii.b2a_qp(data), binascii.crc_hqx(data, 0)


def formats(count):
    for number in range(count):
        f'{number}', f'{number:5d}{number:x}{number:#b}{number:,}{number:+}{number:08.3f}', f'{number / 7:.4}{number / 3:e}'
        '%d %5s %-5s %r %x %.2f %05d %%' % (number, 'a', 'b', 'c', number, number / 3, number)
        '{} {:>10} {name!r} {name[0]}'.format('ab', number, name='n'), '{:%}'.format(number / count)
        str(number), repr(number / 9), str(complex(number, 1)), int(str(number)), float(repr(number / 9))
        string.Template('$who is $what').substitute(who=number, what='there')
        b'%d %s %a' % (number, b'x', 'y')


PATTERNS = (
    r'\w+', r'(\w+)\s(\w+)', r'[aeiou]{1,3}', r'(?i)QUICK|brown|\blazy\b', r'^\s*(?P<key>\w+)\s*=\s*(?P<value>.*?)\s*$',
    r'(\d+)-(\d+)-(\d+)', r'"([^"\\]|\\.)*"', r'(?:a|b|c)*d', r'.*?fox', r'.*x', r'(?<=the )\w+', r'\w+(?= fox)', r'(?!the)\w+',
    r'([a-z]+)@([a-z]+)\.(com|org)', r'[^\x00-\x7f]+', r'(.)\1', r'\S+', r'x*', r'a?b+c{2,4}', r'(?s)a.*z', r'(?m)^\w', r'[A-Z][a-z]*',
    r'</?(\w+)([^>]*)>', r'0[xX][0-9a-fA-F]+|\d+\.\d*|\d+', r'(?x) (\d+)  # digits', r'(?>a+)b', r'a++b',
)


def expressions(count):
    lines = [' '.join(WORDS), 'key = some value  ', 'on 2024-05-17 and 1999-12-31', 'say "a \\" b" to me@there.org or you@here.com',
             '<p class="x">text <b>bold</b></p>', 'aabbccd 0xFF 3.14 42', 'слово \u65e5\u672c gr\xfcn']
    text = '\n'.join(lines) * count
    for pattern in PATTERNS:
        re.purge()
        compiled = re.compile(pattern)
        for line in lines:
            compiled.search(line), compiled.match(line), compiled.fullmatch(line), compiled.findall(line)
        compiled.sub('<>', text), compiled.split(text, 20), compiled.subn(lambda match: match[0].upper(), text, 30)
        for match in compiled.finditer(text):
            match.span(), match.group(), match.groups(), match.groupdict()
    data = text.encode()
    re.findall(rb'\w+', data), re.sub(rb'(\w)(\w)', rb'\2\1', data), re.escape(text), re.split(r'[,;\s]\s*', text)
    re.compile('|'.join(WORDS)).findall(text)
    scanner = re.Scanner([(r'\d+', lambda scanner, found: int(found)), (r'\w+', None), (r'\s+', None), (r'.', None)])
    scanner.scan(text[:400])


def streams(count):
    out = io.StringIO()
    for number in range(count):
        out.write(f'line {number}\n')
        print('printed', number, 'with', [number], sep=', ', file=out)
    out.seek(0)
    sum(len(line) for line in out)
    out.getvalue().splitlines(True)
    raw = io.BytesIO()
    text = io.TextIOWrapper(io.BufferedRandom(raw), encoding='utf-8', newline='')
    for number in range(count):
        text.write(KINDS[number % len(KINDS)] + '\n')
    text.flush()
    text.seek(0)
    text.readline(), text.read(100), text.readlines(), text.tell()
    raw.seek(0)
    reader = io.BufferedReader(raw, 512)
    reader.peek(3), reader.readline(), reader.read(700), reader.readinto(bytearray(90)), reader.readlines()
    for name in ('utf-8', 'utf-16', 'shift_jis', 'latin-1'):
        decoder = codecs.getincrementaldecoder(name)('replace')
        ''.join(decoder.decode(bytes([byte])) for byte in 'a\xe9z'.encode(name, 'replace')), decoder.decode(b'', True)


def run():
    for kind in KINDS:
        for length in (1, 3, 30, 100):
            methods(kind * length)
        for length in (1, 30, 200):
            encodings(kind * length)
        for form in ('NFC', 'NFD', 'NFKC'):
            unicodedata.normalize(form, kind * 20), [unicodedata.category(letter) for letter in kind]
    plain = KINDS[0].encode()
    for length in (1, 9, 99, 999):
        buffers(plain * length)
        # As files and sockets bring them: long and plain.
        for _ in range(30 if length < 100 else 8):
            (plain * length).decode(), (plain * length).decode('ascii'), (KINDS[0] * length).encode(), str(plain * length, 'latin-1')
    formats(1500)
    expressions(3)
    streams(400)
    textwrap.fill(' '.join(WORDS) * 60, 60), textwrap.dedent('    a\n      b\n' * 50), textwrap.indent('a\nb\n' * 50, '  ')
