"""Random numbers that are the same in every Python."""


class Random:
    def __init__(self, seed):
        self.state = (seed * 2654435761 + 12345) & 0xFFFFFFFFFFFF

    def below(self, limit):
        self.state = (self.state * 25214903917 + 11) & 0xFFFFFFFFFFFF
        return (self.state >> 17) % limit

    def choice(self, items):
        return items[self.below(len(items))]

    def bytes(self, most):
        return bytes(33 + self.below(94) for _ in range(self.below(most + 1)))


def attempt(function, *arguments):
    """What a call gives, or the name of its error, which is the same on every system."""
    import errno

    try:
        return function(*arguments)
    except OSError as error:
        number = error.args[0] if error.args else None
        return errno.errorcode.get(number, type(error).__name__)
    except Exception as error:  # io.UnsupportedOperation, ValueError, ..
        return type(error).__name__
