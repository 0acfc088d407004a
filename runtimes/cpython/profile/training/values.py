"""Numbers and containers, and what the standard library has for both."""

import array
import bisect
import cmath
import collections
import copy
import decimal
import fractions
import functools
import heapq
import itertools
import math
import operator
import random
import statistics
import struct


def integers(count):
    total = 0
    for number in range(-count // 2, count // 2):
        total += number * number - (number << 3) + (number >> 1) ^ (number & 255) | 1
        if number:
            total += total // number % 1000 + divmod(total, number)[1] + abs(number) + ~number
        total = total % 1000003
    large = 1
    for number in range(1, 120):
        large = large * number + 12345678901234567890
        large // 987654321, large % (10 ** 20 + 39), large >> 70, large << 5, large & (1 << 90) - 1, -large, large | 255, large ^ 7
    str(large), int(str(large)), hex(large), int(hex(large), 16), large.bit_length(), large.to_bytes(200, 'big'), pow(7, large, 10 ** 9 + 7)
    int.from_bytes(large.to_bytes(200, 'little'), 'little') == large, math.gcd(large, 10 ** 30), math.isqrt(large), hash(large), float(2 ** 100)
    (3 ** 3000 * 7 ** 2500) // 11 ** 900, 2 ** 2000 - 3 ** 1200, math.comb(300, 140), math.factorial(200)
    for number in range(count // 4):
        int(f'{number}'), int(f'{number:x}', 16), int(number + 0.5), bool(number), number in (1, 2, 3), number == 3.0, number.bit_count()
        bin(number), oct(number), round(number, -1), number ** 2, 2 ** (number % 70), min(number, 7), max(3, number, 9), chr(number % 5000)


def floats(count):
    x, y, z = 0.5, 1.25, -3.0
    for number in range(1, count):
        x = x * 0.99 + number / 7.0 - y
        y = (y + x * z) / (1.0 + number)
        z = -z if z < x else z + 0.125
        math.sqrt(number), math.sin(x), math.cos(y), math.exp(-number / 100), math.log(number), math.floor(x), math.atan2(y, number)
        x // 2.5, x % 3.5, abs(y), x ** 2, round(x, 2), int(x), x == y, x <= z, float(number), math.isclose(x, y), math.hypot(x, y), divmod(x, 7.0)
    w = complex(0, 1)
    for number in range(count // 10):
        w = w * w / (1 + abs(w * w)) + complex(math.sin(number), 0.25) - 1j
        cmath.exp(w), w.conjugate(), w ** 2, cmath.phase(w)
    data = [math.sin(number) for number in range(count)]
    sum(data), math.fsum(data), sorted(data), max(data), statistics.mean(data), statistics.stdev(data), math.dist((1, 2), (3, 4)), math.prod(data[:9])
    [float.hex(number) for number in data[:50]], [number.as_integer_ratio() for number in data[:50]], math.sumprod(data, data)


def lists(count):
    data = [number * 7919 % count for number in range(count)]
    copied = data[:]
    copied.sort(), copied.reverse(), copied.append(1), copied.extend(range(5)), copied.insert(3, 9), copied.pop(), copied.pop(0), copied.remove(9)
    copied.index(5), copied.count(5), 5 in copied, copied + data, copied * 2, copied[2:90:3], copied == data, copied < data
    del copied[5:50]
    copied[10:20] = [1, 2, 3]
    sorted(data, reverse=True), sorted(data, key=lambda number: -number), sorted(map(str, data)), sorted(map(str, data), key=len), max(data), min(data), sum(data)
    sorted([(number % 10, str(number)) for number in data]), sorted([float(number) for number in data], key=operator.neg), any(data), all(data)
    sorted(data, key=functools.cmp_to_key(lambda a, b: a - b))
    nearly = list(range(count))
    nearly[3], nearly[-3] = nearly[-3], nearly[3]
    nearly.sort(), list(reversed(nearly)), [a for a, b in zip(nearly, data) if a < b], [*data[:9], *nearly[:9]], list(enumerate(data))
    first, *rest, last = data
    stack = []
    for number in data:
        stack.append(number)
        if len(stack) > 20:
            stack.pop(), stack[-1]
    matrix = [[row * column for column in range(20)] for row in range(20)]
    list(map(list, zip(*matrix))), sum(map(sum, matrix)), [row[3] for row in matrix], tuple(data), tuple(data)[1:9] + (1,), hash(tuple(data))
    heap = []
    for number in data:
        heapq.heappush(heap, number)
    [heapq.heappop(heap) for _ in range(len(heap))], heapq.nlargest(9, data), heapq.nsmallest(9, data), heapq.heapify(data[:]), list(heapq.merge(nearly, nearly))
    for number in range(0, count, 7):
        bisect.bisect(nearly, number), bisect.insort(nearly, number)
    queue = collections.deque(data, maxlen=count)
    queue.rotate(5), queue.appendleft(1), queue.extend(data[:9]), queue.popleft(), queue.pop(), queue[3], 7 in queue, list(queue)


def dicts(count):
    data = {}
    for number in range(count):
        data[number * 7919 % 10007] = number
        data[f'key{number % 97}'] = data.get(f'key{number % 89}', 0) + 1
        data.setdefault((number % 50, 'x'), []).append(number)
        data.setdefault(number / 4, number)
    for key in list(data)[::3]:
        key in data, data.pop(key, None), data.get(key), key in data
    {**data, 'a': 1}, data | {'b': 2}, dict(data), data.copy(), list(data.items()), list(data.values()), sorted(map(str, data)), len(data), data == dict(data)
    {key: value for key, value in data.items() if value}, dict(zip('abc', range(3))), dict.fromkeys(range(50)), max(data, key=str), data.keys() & {1, 2}
    for key, value in data.items():
        key, value
    names = {'one': 1, 'two': 2, 'three': 3}
    for _ in range(count):
        names['one'] += 1
        names['two'], names.get('four'), names.get('two', 5), 'three' in names
    names.update(four=4), names.popitem(), names.clear()
    numbers = {number * 31 % 997 for number in range(count)}
    others = set(range(0, 997, 2))
    numbers & others, numbers | others, numbers - others, numbers ^ others, numbers <= others, 5 in numbers, frozenset(numbers), sorted(numbers), numbers.isdisjoint(others)
    numbers.add(5), numbers.discard(5), numbers.update(others), numbers.difference_update(others), numbers.copy(), hash(frozenset('abc')), len(numbers)
    counter = collections.Counter('the same letters again and again' * 20)
    counter.most_common(3), counter + counter, counter.total(), counter['z'], collections.Counter(range(20)) & counter
    grouped = collections.defaultdict(list)
    for number in range(count):
        grouped[number % 13].append(number)
    ordered = collections.OrderedDict(grouped)
    ordered.move_to_end(3), ordered.popitem(False), list(ordered), collections.ChainMap(ordered, grouped)[5]


def iteration(count):
    chain = itertools.chain(range(count), 'abc', [1, 2])
    list(itertools.islice(chain, 5, None, 2)), list(itertools.accumulate(range(count))), list(itertools.groupby(range(count), lambda n: n // 9))
    list(itertools.product('abc', range(9))), list(itertools.permutations(range(5))), list(itertools.combinations(range(8), 3)), list(itertools.zip_longest('ab', range(9)))
    list(itertools.takewhile(lambda n: n < 50, itertools.count())), list(itertools.compress(range(count), itertools.cycle([1, 0]))), list(itertools.pairwise(range(99)))
    list(itertools.batched(range(count), 7)), list(itertools.starmap(pow, [(2, 5)] * 9)), list(itertools.repeat(1, count)), list(itertools.filterfalse(None, range(99)))
    list(map(lambda a, b: a + b, range(count), range(count))), list(filter(lambda n: n % 3, range(count))), functools.reduce(operator.add, range(count)), next(iter([]), 1)
    first, second = itertools.tee(range(count))
    sum(first) + sum(second), sum(n * n for n in range(count)), {n for n in range(count)}, list(zip(range(count), range(count), strict=True))
    get, attribute = operator.itemgetter(1, 0), operator.attrgetter('real')
    for number in range(count):
        get((1, number)), attribute(number), operator.methodcaller('bit_length')(number)


def packed(count):
    form = struct.Struct('<iHq3sd?')
    for number in range(count):
        form.unpack(form.pack(number, number % 60000, -number, b'abc', number / 3, True))
        struct.unpack_from('>IH', struct.pack('>IH', number, number % 999)), struct.calcsize('4s2x')
    list(struct.iter_unpack('<h', bytes(range(200)))), struct.pack('!20s', b'x')
    for code in 'bHiqfd':
        numbers = array.array(code, range(100))
        numbers.append(3), numbers[5], numbers[3:9], numbers.tobytes(), sum(numbers), numbers.byteswap(), array.array(code, numbers.tobytes()).tolist(), 5 in numbers
    with decimal.localcontext() as context:
        context.prec = 40
        value = decimal.Decimal(2)
        for number in range(1, count // 4):
            value = (value * number / 7).sqrt() + decimal.Decimal(number) / 3 - decimal.Decimal('0.1') ** 2
            str(value), value < 5, int(value), value.quantize(decimal.Decimal('0.01')), hash(value), f'{value:.3f}', float(value)
    half = fractions.Fraction(1, 2)
    for number in range(1, 60):
        half = half * number / 3 + fractions.Fraction(number, 7) - half / 5
        half = half.limit_denominator(10 ** 6)
        half < 1, str(half), float(half), hash(half)


def chance(count):
    dice = random.Random(5)
    data = [dice.random() for _ in range(count)]
    dice.shuffle(data), dice.choice(data), dice.sample(data, 20), dice.choices(data, k=20), dice.getrandbits(100), dice.randbytes(20)
    [dice.randint(1, 6) for _ in range(count)], [dice.gauss(0, 1) for _ in range(count)], [dice.uniform(1, 2) for _ in range(count)], [dice.randrange(9) for _ in range(count)]
    copy.copy(data), copy.deepcopy({'a': [1, 2, {'b': (3, [4])}], 'c': {5, 6}, 'd': b'x'}), statistics.median(data), statistics.quantiles(data)


def run():
    integers(3000)
    floats(6000)
    for count in (10, 10, 10, 100, 100, 1000):
        lists(count)
        dicts(count)
        iteration(count)
    packed(300)
    chance(600)
