"""@TITLE@.

What users see of the @NAME@ cap: names, defaults and errors as a Python module has them. `_@IDENT@_cap` is generated from
the contract.
"""

import _@IDENT@_cap as _cap

__all__ = [@NAMES@]

_SLICE = 64 * 1024


class EmptyError(ValueError):
    """There is nothing to work on."""


def _told(call, *arguments):
    """What a call gives; the contract's errors as Python's."""
    try:
        return call(*arguments)
    except _cap.@CLASS@Error as error:
        problem = error.value
    if problem == _cap.Problem.NO_MEMORY:
        raise MemoryError
    raise EmptyError("there is nothing to work on")


def _slices(data):
    """The bytes of an object in pieces: what crosses in one call is to be small. There is one at least."""
    if isinstance(data, str):  # MicroPython has a memoryview of one, and no casts
        raise TypeError("a bytes-like object is required, not str")
    view = memoryview(data)
    if hasattr(view, "cast"):
        view = view.cast("B")
    return (view[at : at + _SLICE] for at in range(0, max(len(view), 1), _SLICE))


def checksum(data):
    """The sum of the bytes of data, modulo 2**32."""
    value = 0
    for piece in _slices(data):
        value = _told(_cap.checksum, value, piece)
    return value
