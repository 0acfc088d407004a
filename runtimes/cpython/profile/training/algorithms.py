"""Small programs, as people write them; none of them is one of bench/."""

import collections
import heapq


def queens(size, row=0, columns=0, left=0, right=0):
    if row == size:
        return 1
    count, free = 0, ~(columns | left | right) & (1 << size) - 1
    while free:
        bit = free & -free
        free ^= bit
        count += queens(size, row + 1, columns | bit, (left | bit) << 1, (right | bit) >> 1)
    return count


def queens_by_lists(size):
    def safe(board, column):
        return all(column != other and abs(column - other) != len(board) - row for row, other in enumerate(board))

    boards = [[]]
    for _ in range(size):
        boards = [board + [column] for board in boards for column in range(size) if safe(board, column)]
    return len(boards)


def primes(limit):
    sieve = bytearray([1]) * limit
    for number in range(2, int(limit ** 0.5) + 1):
        if sieve[number]:
            sieve[number * number::number] = bytes(len(range(number * number, limit, number)))
    found = [number for number in range(2, limit) if sieve[number]]
    slow = []
    for number in range(2, 600):
        for divisor in slow:
            if number % divisor == 0:
                break
        else:
            slow.append(number)
    return found, slow


def life(size, turns):
    alive = {(x, y) for x in range(size) for y in range(size) if (x * 7 + y * 3) % 5 == 0}
    for _ in range(turns):
        near = collections.Counter((x + dx, y + dy) for x, y in alive for dx in (-1, 0, 1) for dy in (-1, 0, 1) if dx or dy)
        alive = {cell for cell, count in near.items() if count == 3 or (count == 2 and cell in alive)}
    return alive


def escape(size):
    rows = []
    for j in range(size):
        row = []
        for i in range(size):
            x = y = 0.0
            a, b = 3.0 * i / size - 2.0, 2.0 * j / size - 1.0
            for step in range(30):
                xx, yy = x * x, y * y
                if xx + yy > 4.0:
                    break
                x, y = xx - yy + a, 2.0 * x * y + b
            row.append(step)
        rows.append(row)
    return rows


def solve(size):
    matrix = [[1.0 / (row + column + 1) + (row == column) for column in range(size)] for row in range(size)]
    vector = [float(row) for row in range(size)]
    for pivot in range(size):
        for row in range(pivot + 1, size):
            factor = matrix[row][pivot] / matrix[pivot][pivot]
            for column in range(pivot, size):
                matrix[row][column] -= factor * matrix[pivot][column]
            vector[row] -= factor * vector[pivot]
    for row in reversed(range(size)):
        rest = sum(matrix[row][column] * vector[column] for column in range(row + 1, size))
        vector[row] = (vector[row] - rest) / matrix[row][row]
    return vector


def product(size):
    a = [[row + column for column in range(size)] for row in range(size)]
    return [[sum(x * y for x, y in zip(row, column)) for column in zip(*a)] for row in a]


def distance(a, b):
    row = list(range(len(b) + 1))
    for i, letter in enumerate(a, 1):
        previous, row[0] = row[0], i
        for j, other in enumerate(b, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (letter != other))
    return row[-1]


def shortest(size):
    grid = [[(x * 31 + y * 17) % 9 + 1 for x in range(size)] for y in range(size)]
    best, heap = {(0, 0): 0}, [(0, 0, 0)]
    while heap:
        cost, x, y = heapq.heappop(heap)
        if (x, y) == (size - 1, size - 1):
            return cost
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            nx, ny = x + dx, y + dy
            if 0 <= nx < size and 0 <= ny < size:
                new = cost + grid[ny][nx]
                if new < best.get((nx, ny), 1 << 30):
                    best[nx, ny] = new
                    heapq.heappush(heap, (new, nx, ny))


class Trie:
    def __init__(self):
        self.children = {}
        self.ends = False

    def add(self, word):
        node = self
        for letter in word:
            node = node.children.setdefault(letter, Trie())
        node.ends = True

    def words(self, prefix=''):
        if self.ends:
            yield prefix
        for letter, child in sorted(self.children.items()):
            yield from child.words(prefix + letter)


class Machine:
    """An interpreter of a small language: a loop over instructions, with a table of methods."""

    def __init__(self, code):
        self.code, self.stack, self.names, self.at = code, [], {}, 0
        self.table = {name[3:]: getattr(self, name) for name in dir(self) if name.startswith('do_')}

    def run(self):
        while self.at < len(self.code):
            name, argument = self.code[self.at]
            self.at += 1
            self.table[name](argument)
        return self.names

    def do_push(self, value):
        self.stack.append(value)

    def do_load(self, name):
        self.stack.append(self.names[name])

    def do_store(self, name):
        self.names[name] = self.stack.pop()

    def do_add(self, _):
        self.stack.append(self.stack.pop() + self.stack.pop())

    def do_less(self, _):
        self.stack.append(self.stack.pop() > self.stack.pop())

    def do_back(self, target):
        if self.stack.pop():
            self.at = target


def parse(text):
    """Sums and products, by descent."""
    tokens = text.replace('(', ' ( ').replace(')', ' ) ').split()
    at = 0

    def factor():
        nonlocal at
        token = tokens[at]
        at += 1
        if token == '(':
            value = terms()
            at += 1
            return value
        return int(token)

    def factors():
        nonlocal at
        value = factor()
        while at < len(tokens) and tokens[at] == '*':
            at += 1
            value *= factor()
        return value

    def terms():
        nonlocal at
        value = factors()
        while at < len(tokens) and tokens[at] in '+-':
            sign = tokens[at]
            at += 1
            value = value + factors() if sign == '+' else value - factors()
        return value

    return terms()


class Event:
    def __init__(self, time, kind, who):
        self.time, self.kind, self.who = time, kind, who

    def __lt__(self, other):
        return self.time < other.time


class Counter:
    def __init__(self, name, period):
        self.name, self.period, self.served, self.waiting = name, period, 0, collections.deque()

    def handle(self, event, events):
        if event.kind == 'arrive':
            self.waiting.append(event.who)
            if len(self.waiting) == 1:
                heapq.heappush(events, Event(event.time + self.period, 'leave', event.who))
        else:
            self.waiting.popleft()
            self.served += 1
            if self.waiting:
                heapq.heappush(events, Event(event.time + self.period, 'leave', self.waiting[0]))


def simulate(count):
    counters = [Counter('a', 3), Counter('b', 5)]
    events = [Event(number * 2, 'arrive', number) for number in range(count)]
    heapq.heapify(events)
    while events:
        event = heapq.heappop(events)
        counters[event.who % 2].handle(event, events)
    return [counter.served for counter in counters]


def once():
    queens(7), queens_by_lists(6), primes(20000), life(14, 8), escape(40), solve(24), product(26), shortest(24), simulate(500)
    text = 'it was the best of times it was the worst of times it was the age of wisdom it was the age of foolishness'
    words = text.split()
    for word in words:
        distance(word, 'foolishness')
    followers = collections.defaultdict(list)
    for word, following in zip(words * 20, words[1:] * 20):
        followers[word].append(following)
    trie = Trie()
    for number in range(400):
        trie.add(f'{number * 7919 % 5000:x}')
    list(trie.words())
    Machine([('push', 0), ('store', 'i'), ('load', 'i'), ('push', 1), ('add', None), ('store', 'i'), ('push', 1500), ('load', 'i'), ('less', None), ('back', 2)]).run()
    for _ in range(60):
        parse('1 + 2 * ( 3 + 4 * ( 5 - 6 ) ) * 7 - 8 * 9')


def run():
    for _ in range(12):
        once()
