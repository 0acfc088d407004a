"""Who answers what probe_asking asks: for CPython and for MicroPython."""

from probe_asking import Mode, ProbeAskingError, Trouble


class Program:
    """Answers as well as it can, and remembers what it was asked last."""

    asked = None

    def text(self, text):
        self.asked = text
        return "".join(reversed(text))

    def data(self, data):
        self.asked = data
        return bytearray(reversed(data))

    def items(self, items):
        self.asked = items
        return ((name * 2, weight + 1) for name, weight in items)

    def heaviest(self, items):
        return max(items, key=lambda item: item.weight)

    def maybe(self, value):
        self.asked = value
        return None if value == 0 else str(value)

    def drawn(self, shape, mode):
        self.asked = shape, mode
        return shape, mode ^ Mode.WRITE

    def attempt(self, value):
        if value < 0:
            raise ProbeAskingError(Trouble.TIRED)
        return value * 3

    def find(self, name):
        if name == "nobody":
            raise ProbeAskingError("nobody is there")
        return [name, "", name.upper()]

    def stop(self):
        raise ProbeAskingError

    def note(self, level, of):
        self.asked = level, of

    def sum(self, a, b):
        return a + b
