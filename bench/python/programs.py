"""Twelve programs in Python alone, for `cargo xtask bench python`: prints the best time of each, in seconds, as JSON.

    programs.py [NAME..]

None of them is part of the training by which pylon's CPython is compiled (runtimes/cpython/profile).
"""

import copy
import json
import math
import pickle
import random
import re
import sys
import time

WORDS = ['foo@bar.com', 'http://x.org/a?b=1', '2020-01-02', 'hello', 'ABCdef123', '1.2.3.4']
TEXT = ' '.join(random.Random(1).choice(WORDS) for _ in range(8000))
USERS = {'users': [{'id': i, 'name': f'user {i} \xe9', 'tags': ['a', 'b', str(i)], 'score': i * 1.5, 'ok': i % 2 == 0,
                    'none': None} for i in range(1500)]}
USERS_TEXT = json.dumps(USERS)


class Packet:
    def __init__(self, link, kind):
        self.link, self.kind, self.datum, self.data = link, kind, 0, [0] * 4

    def behind(self, queue):
        self.link = None
        if queue is None:
            return self
        last = queue
        while last.link is not None:
            last = last.link
        last.link = self
        return queue


class Task:
    def __init__(self, system, ident, priority):
        self.system, self.ident, self.priority, self.queue, self.held, self.count = system, ident, priority, None, False, 0

    def add(self, packet):
        self.queue = packet.behind(self.queue)

    def take(self):
        packet = self.queue
        self.queue = packet.link
        return packet

    def ready(self):
        return not self.held and self.queue is not None


class Idle(Task):
    def ready(self):
        return True

    def run(self):
        self.count += 1
        self.system[4 + self.count % 2].held = False
        return self.count < 20000


class Worker(Task):
    def run(self):
        packet, target = self.take(), self.system[2 + self.count % 2]
        packet.datum = 0
        for index in range(4):
            self.count += 1
            packet.data[index] = 65 + self.count % 26
        target.add(packet)
        return True


class Handler(Task):
    def run(self):
        packet = self.take()
        if packet.datum >= 4:
            self.system[1].add(packet)
        else:
            packet.datum += 1
            self.system[self.ident + 2].add(packet)
        return True


class Device(Task):
    def run(self):
        packet, self.held = self.take(), True
        self.system[self.ident - 2].add(packet)
        return True


def scheduler():
    system = []
    system += [Idle(system, 0, 0), Worker(system, 1, 1), Handler(system, 2, 2), Handler(system, 3, 3), Device(system, 4, 4), Device(system, 5, 5)]
    for _ in range(4):
        system[1].add(Packet(None, 1))
    order = sorted(system, key=lambda task: -task.priority)
    while next(task for task in order if task.ready()).run():
        pass


class Variable:
    __slots__ = ('value', 'constraints', 'by', 'mark')

    def __init__(self, value):
        self.value, self.constraints, self.by, self.mark = value, [], None, 0


class Equal:
    def __init__(self, source, target, strength):
        self.source, self.target, self.strength = source, target, strength
        source.constraints.append(self)
        target.constraints.append(self)

    def satisfy(self, mark):
        target = self.target
        if target.mark == mark or (target.by is not None and target.by.strength < self.strength):
            return False
        target.by, target.mark = self, mark
        return True

    def compute(self, value):
        return value

    def run(self):
        self.target.value = self.compute(self.source.value)


class Scaled(Equal):
    def compute(self, value):
        return value * 1.0001 + 1


def constraints():
    variables = [Variable(i) for i in range(1000)]
    for i in range(999):
        (Equal if i % 2 else Scaled)(variables[i], variables[i + 1], i % 5)
    for mark in range(1, 40):
        plan, todo = [], [variables[0]]
        while todo:
            variable = todo.pop()
            for constraint in variable.constraints:
                if constraint.source is variable and constraint.satisfy(mark):
                    plan.append(constraint)
                    todo.append(constraint.target)
        for value in range(4):
            variables[0].value = value
            for constraint in plan:
                constraint.run()


def planets():
    bodies = [([math.cos(i) * i, math.sin(i) * i, i / 9], [math.sin(i), -math.cos(i), 0.0], 1.0 / (1 + i)) for i in range(5)]
    pairs = [(bodies[i], bodies[j]) for i in range(5) for j in range(i + 1, 5)]
    for _ in range(8000):
        for (p, v, m), (q, w, n) in pairs:
            x, y, z = p[0] - q[0], p[1] - q[1], p[2] - q[2]
            pull = 0.001 * ((x * x + y * y + z * z + 0.01) ** -1.5)
            a, b = m * pull, n * pull
            v[0] -= x * b
            v[1] -= y * b
            v[2] -= z * b
            w[0] += x * a
            w[1] += y * a
            w[2] += z * a
        for p, v, _ in bodies:
            p[0] += 0.001 * v[0]
            p[1] += 0.001 * v[1]
            p[2] += 0.001 * v[2]


def flips(n=8):
    count, most, rest, order = list(range(1, n + 1)), 0, n, list(range(n))
    while True:
        while rest != 1:
            count[rest - 1] = rest
            rest -= 1
        if order[0] != 0:
            flipped, cards = 0, order[:]
            while first := cards[0]:
                cards[:first + 1] = reversed(cards[:first + 1])
                flipped += 1
            most = max(most, flipped)
        while rest != n:
            order.insert(rest, order.pop(0))
            count[rest] -= 1
            if count[rest] > 0:
                break
            rest += 1
        else:
            return most


def json_dumps():
    for _ in range(8):
        json.dumps(USERS)


def json_loads():
    for _ in range(8):
        json.loads(USERS_TEXT)


def regex():
    for pattern in (r'[\w.]+@[\w.]+\.\w+', r'https?://[^\s/]+/\S*', r'(\d{4})-(\d\d)-(\d\d)', r'\b(?:\d{1,3}\.){3}\d{1,3}\b',
                    r'(?i)abc(?:def|ghi)\d+', r'h(?=e).*?o\b'):
        re.findall(pattern, TEXT)
    re.sub(r'(\w)(\w*)', lambda match: match[2] + match[1], TEXT[:30000])


def pickle_pure():
    pickle._loads(pickle._dumps(USERS['users'][:300]))


def deepcopy():
    copy.deepcopy(USERS['users'][:700])


class Vector:
    __slots__ = ('x', 'y', 'z')

    def __init__(self, x, y, z):
        self.x, self.y, self.z = x, y, z

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y, self.z + other.z)

    def __sub__(self, other):
        return Vector(self.x - other.x, self.y - other.y, self.z - other.z)

    def scaled(self, factor):
        return Vector(self.x * factor, self.y * factor, self.z * factor)

    def dot(self, other):
        return self.x * other.x + self.y * other.y + self.z * other.z

    def normal(self):
        return self.scaled(1 / math.sqrt(self.dot(self)))


def hit(center, origin, direction):
    to = center - origin
    along = to.dot(direction)
    inside = 1 - (to.dot(to) - along * along)
    return None if inside < 0 else along - math.sqrt(inside)


def rays():
    centers, light = [Vector(i - 3, i % 3 - 1, 6 + i) for i in range(7)], Vector(3, 5, -2).normal()

    def trace(origin, direction, depth):
        best = None
        for center in centers:
            at = hit(center, origin, direction)
            if at is not None and at > 1e-4 and (best is None or at < best[0]):
                best = at, center
        if best is None:
            return 0.1
        point = origin + direction.scaled(best[0])
        normal = (point - best[1]).normal()
        bright = max(0, normal.dot(light))
        if depth < 3:
            bright += 0.3 * trace(point, direction - normal.scaled(2 * normal.dot(direction)), depth + 1)
        return bright

    for y in range(50):
        for x in range(60):
            trace(Vector(0, 0, 0), Vector((x - 30) / 30, (y - 25) / 30, 1).normal(), 0)


def spectral_norm(n=90):
    def a(i, j):
        return 1.0 / ((i + j) * (i + j + 1) // 2 + i + 1)

    def times(v):
        return [sum(a(i, j) * v[j] for j in range(n)) for i in range(n)]

    def times_transposed(v):
        return [sum(a(j, i) * v[j] for j in range(n)) for i in range(n)]

    u = [1] * n
    for _ in range(3):
        v = times_transposed(times(u))
        u = times_transposed(times(v))


def chaos():
    dice, points = random.Random(5), [(0.0, 0.0), (1.0, 0.2), (0.5, 1.0)]
    image, x, y = [[0] * 200 for _ in range(200)], 0.3, 0.3
    for _ in range(80000):
        point = points[dice.randrange(3)]
        x, y = (x + point[0]) / 2, (y + point[1]) / 2
        image[int(x * 199)][int(y * 199)] += 1


PROGRAMS = (scheduler, constraints, planets, flips, json_dumps, json_loads, regex, pickle_pure, deepcopy, rays, spectral_norm, chaos)


def best(program):
    fastest = math.inf
    for _ in range(3):
        begun = time.perf_counter()
        program()
        fastest = min(fastest, time.perf_counter() - begun)
    return fastest


wanted = sys.argv[1:]
print(json.dumps({program.__name__: best(program) for program in PROGRAMS if not wanted or program.__name__ in wanted}))
