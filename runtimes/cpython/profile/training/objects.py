"""Functions, classes, exceptions, generators, coroutines."""

import abc
import asyncio
import contextlib
import contextvars
import copy
import dataclasses
import enum
import functools
import gc
import types
import typing
import weakref


def positional(a, b=2, /, c=3, *rest, d=4, e, **more):
    return a + b + c + d + e + len(rest) + len(more)


def closures(count):
    total = 0

    def add(number):
        nonlocal total
        total += number
        return add

    @functools.lru_cache(maxsize=50)
    def remembered(number):
        return number * 2

    @functools.wraps(add)
    def wrapped(*args, **kwargs):
        return add(*args, **kwargs)

    partial = functools.partial(positional, 1, e=5)
    names = {'e': 3, 'f': 4}
    for number in range(count):
        add(number)(1)
        wrapped(number), remembered(number % 70), partial(number), positional(1, 2, 3, 4, 5, d=6, **names), positional(*(1, 2), e=number)
        (lambda x, y=2: x + y)(number), max(number, 3, key=lambda n: -n), print if number < 0 else None, callable(add)
        isinstance(number, (str, int)), getattr(number, 'real'), getattr(number, 'nothing', None), hasattr(number, 'imag'), id(number) > 0, type(number)


def recursive(number):
    return number if number < 2 else recursive(number - 1) + recursive(number - 2)


class Point:
    __slots__ = ('x', 'y')

    def __init__(self, x, y):
        self.x, self.y = x, y

    def __add__(self, other):
        return Point(self.x + other.x, self.y + other.y)

    def __eq__(self, other):
        return isinstance(other, Point) and (self.x, self.y) == (other.x, other.y)

    def __lt__(self, other):
        return self.x < other.x

    def __hash__(self):
        return hash((self.x, self.y))

    def __repr__(self):
        return f'{type(self).__name__}({self.x}, {self.y})'

    def __mul__(self, factor):
        return Point(self.x * factor, self.y * factor)

    __rmul__ = __mul__

    def __bool__(self):
        return bool(self.x or self.y)


class Account:
    opened = 0

    def __init__(self, owner, balance=0):
        self.owner = owner
        self.balance = balance
        self.log = []
        Account.opened += 1

    def deposit(self, amount):
        if amount <= 0:
            raise ValueError(f'{amount} is nothing')
        self.balance += amount
        self.log.append(('in', amount))
        return self

    @property
    def rich(self):
        return self.balance > 1000

    @rich.setter
    def rich(self, value):
        self.balance = 2000 if value else 0

    @classmethod
    def of(cls, text):
        return cls(*text.split(':'))

    @staticmethod
    def fee(amount):
        return amount // 100

    def __getattr__(self, name):
        if name.startswith('dynamic_'):
            return name[8:]
        raise AttributeError(name)


class Savings(Account):
    def __init__(self, owner, rate):
        super().__init__(owner, 10)
        self.rate = rate

    def deposit(self, amount):
        return super().deposit(amount + self.fee(amount) * self.rate)


class Sequence:
    def __init__(self, items):
        self.items = items

    def __len__(self):
        return len(self.items)

    def __getitem__(self, index):
        return self.items[index]

    def __setitem__(self, index, value):
        self.items[index] = value

    def __contains__(self, item):
        return item in self.items

    def __iter__(self):
        return iter(self.items)

    def __call__(self, index):
        return self.items[index]


class Shape(abc.ABC):
    @abc.abstractmethod
    def area(self): ...


class Square(Shape):
    def __init__(self, side):
        self.side = side

    def area(self):
        return self.side ** 2

    @functools.cached_property
    def double(self):
        return self.side * 2


class Positive:
    def __set_name__(self, owner, name):
        self.name = '_' + name

    def __get__(self, instance, owner):
        return self if instance is None else getattr(instance, self.name, 0)

    def __set__(self, instance, value):
        setattr(instance, self.name, abs(value))


class Checked:
    size = Positive()


@dataclasses.dataclass(order=True)
class Item:
    name: str
    price: float = 1.0
    tags: list[str] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True, slots=True)
class Key:
    a: int
    b: str = 'x'


class Color(enum.Enum):
    RED = 1
    GREEN = enum.auto()


class Flags(enum.IntFlag):
    A = 1
    B = 2


class Pair(typing.NamedTuple):
    left: int
    right: str = ''


def classes(count):
    accounts = [Account('a'), Savings('b', 2), Account.of('c:5')]
    accounts[2].balance = 5
    sequence = Sequence(list(range(50)))
    for number in range(count):
        point = Point(number, 1) + Point(2, number) * 3
        point == Point(1, 2), hash(point), repr(point), bool(point), 2 * point, point < Point(9, 9), point.x
        for account in accounts:
            account.deposit(number + 1).rich
            account.dynamic_name, account.fee(number), account.opened
            account.extra = number
            del account.extra
        sequence[number % 50] = number
        sequence[3], number in sequence, len(sequence), sequence(4), isinstance(sequence, Sequence), sequence[1:5]
        Square(number).area(), Square(3).double, isinstance(sequence, Shape), issubclass(Square, Shape)
        checked = Checked()
        checked.size = -number
        checked.size
        item = Item('n', number, ['x'])
        item < Item('m'), item == Item('n'), repr(item), dataclasses.replace(item, price=2), hash(Key(number)), Key(1) == Key(2)
        Color(1), Color['RED'], Color.RED.name, Color.GREEN is Color.RED, Flags.A | Flags.B, Flags(3) & Flags.A, Pair(number).left, Pair(1, 'b')._replace(left=2)
    sorted(Point(number * 7 % 50, 0) for number in range(50)), list(sequence), dataclasses.asdict(Item('a')), list(Color), sum(Sequence([1, 2]))
    copy.copy(accounts[0]), copy.deepcopy(accounts), vars(accounts[0]), dir(accounts[0]), types.SimpleNamespace(a=1).a
    for number in range(count // 20):
        kind = type(f'Made{number}', (Account,), {'more': number, '__doc__': None})
        kind('x').deposit(1), kind.mro(), Pair.__annotations__
    references = [weakref.ref(account) for account in accounts] + [weakref.WeakValueDictionary({1: accounts[0]})]
    references[0](), weakref.proxy(accounts[0]).owner
    for _ in range(5):
        ring = [[] for _ in range(200)]
        for one, other in zip(ring, ring[1:] + ring[:1]):
            one.append(other)
        del ring, one, other
        gc.collect()


def matched(value):
    match value:
        case 0 | 1:
            return 'small'
        case int(n) if n > 100:
            return n
        case [first, *rest]:
            return first, rest
        case {'kind': 'a', **rest}:
            return rest
        case Point(x=0, y=y):
            return y
        case str():
            return value
        case _:
            return None


class Failure(Exception):
    def __init__(self, code):
        super().__init__(code)
        self.code = code


@contextlib.contextmanager
def managed(log):
    log.append(1)
    try:
        yield log
    finally:
        log.append(2)


class Manager:
    def __enter__(self):
        return self

    def __exit__(self, kind, value, traceback):
        return kind is KeyError


def exceptions(count):
    for number in range(count):
        try:
            if number % 3 == 0:
                raise Failure(number)
            if number % 3 == 1:
                {}[number]
            [][number]
        except Failure as failure:
            failure.code
        except (KeyError, IndexError) as error:
            str(error)
        else:
            pass
        finally:
            number += 1
        try:
            try:
                int('x')
            except ValueError as error:
                raise Failure(1) from error
        except Failure as failure:
            failure.__cause__, failure.__traceback__
        with managed([]) as log, Manager():
            log.append(3)
            raise KeyError(1)
    for _ in range(count // 10):
        try:
            raise ExceptionGroup('several', [ValueError(1), TypeError(2)])
        except* ValueError:
            pass
        except* TypeError:
            pass
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            stack.enter_context(managed([]))
            stack.callback(len, [])
            open('/nothing/here')
    for value in (0, 500, [1, 2, 3], {'kind': 'a', 'b': 1}, Point(0, 5), 'text', None, 5.0) * (count // 8):
        matched(value)


def countdown(number):
    while number:
        sent = yield number
        number -= sent or 1


def delegating(depth, number):
    if depth:
        result = yield from delegating(depth - 1, number)
        return result
    yield from countdown(number)
    return number


class Tree:
    def __init__(self, depth):
        self.left, self.right = (Tree(depth - 1), Tree(depth - 1)) if depth else (None, None)

    def __iter__(self):
        if self.left:
            yield from self.left
        yield self
        if self.right:
            yield from self.right


def generators(count):
    sum(countdown(count)), list(delegating(5, count)), sum(1 for _ in Tree(8)), sum(n * m for n in range(40) for m in range(n) if n % 2)
    for _ in range(count // 10):
        generator = countdown(50)
        next(generator), generator.send(3), generator.send(None)
        with contextlib.suppress(ValueError):
            generator.throw(ValueError)
        generator = countdown(5)
        next(generator), generator.close()
        any(number > 3 for number in countdown(9)), max(number for number in countdown(9))


async def worker(queue, results):
    while (item := await queue.get()) is not None:
        await asyncio.sleep(0)
        results.append(item)
        queue.task_done()


async def ticks(count):
    for number in range(count):
        yield number
        await asyncio.sleep(0)


async def conversation(count):
    queue, results, lock = asyncio.Queue(5), [], asyncio.Lock()
    workers = [asyncio.create_task(worker(queue, results)) for _ in range(3)]
    async for number in ticks(count):
        async with lock:
            await queue.put(number)
    for _ in workers:
        await queue.put(None)
    await asyncio.gather(*workers)
    done = [number async for number in ticks(30)]
    event, future = asyncio.Event(), asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(event.set)
    asyncio.get_running_loop().call_later(0, future.set_result, 1)
    await event.wait(), await future
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0):
            await asyncio.Event().wait()
    async with asyncio.TaskGroup() as group:
        for number in range(20):
            group.create_task(asyncio.sleep(0, number))
    return done, results


def run():
    closures(6000)
    recursive(20)
    classes(1500)
    exceptions(900)
    generators(700)
    variable = contextvars.ContextVar('variable', default=1)
    for number in range(100):
        variable.reset(variable.set(number)), contextvars.copy_context().run(variable.get)
    asyncio.run(conversation(150))
