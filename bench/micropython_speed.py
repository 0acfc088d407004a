# What MicroPython programs spend their time with, in one loop: calls, attributes, lists, dicts, strings, floats,
# exceptions and generators. Prints the seconds that COUNT rounds took. Runs on any MicroPython.

import sys
import time


class Account:
    def __init__(self, owner, balance=0):
        self.owner = owner
        self.balance = balance
        self.log = []

    def deposit(self, amount):
        if amount < 0:
            raise ValueError(amount)
        self.balance += amount
        self.log.append(amount)
        return self

    def copy(self):
        other = Account(self.owner, self.balance)
        other.log = self.log[-3:]
        return other


def windows(values, size):
    for start in range(0, len(values) - size + 1, size):
        yield sum(values[start : start + size])


def mean(values):
    return sum(values) / len(values) if values else 0.0


def one_round(number, names, found):
    account = Account(names[number % len(names)]).deposit(number).deposit(3)
    copies = [account.copy().deposit(extra) for extra in range(4)]
    try:
        account.deposit(-number)
    except ValueError as error:
        found[error.args[0] % 61] = account.owner
    grid = [[row * column for column in range(6)] for row in range(6)]
    for row in grid:
        row.sort(key=lambda value: -value)
    text = "%s:%d:%.2f" % (account.owner, account.balance, mean(copies[-1].log))
    parts = text.split(":")
    total = 0
    while total < 40:
        total += len(parts[0]) | 1
    return total + sum(windows(grid[5], 2)) + len(text.upper())


def rounds(count):
    names = ["name%d" % number for number in range(17)]
    found = {}
    checksum = 0
    for number in range(count):
        checksum = (checksum * 31 + one_round(number, names, found)) & 0xFFFFFF
    return checksum + len(found)


count = int(sys.argv[1])
rounds(count // 10)
begun = time.ticks_us()
checksum = rounds(count)
print('{"seconds": %f, "checksum": %d}' % (time.ticks_diff(time.ticks_us(), begun) / 1e6, checksum))
