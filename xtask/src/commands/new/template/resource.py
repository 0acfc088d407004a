

class @RESCLASS@:
    """The sum of bytes that come in pieces."""

    __slots__ = ("_handle",)

    def __init__(self):
        self._handle = _told(_cap.@RESCLASS@.create)

    def __reduce_ex__(self, protocol):
        raise TypeError("cannot copy or pickle '@RESCLASS@' object")

    def update(self, data):
        """Takes in data."""
        for piece in _slices(data):
            _told(self._handle.update, piece)

    @property
    def value(self):
        """The sum of all that was taken in."""
        return self._handle.value()
