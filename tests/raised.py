# For programs of MicroPython, which has no unittest.


def raised(kind, call, text=""):
    """The exception of a call, which is of a kind and says something."""
    try:
        call()
    except kind as error:
        assert text in str(error), (text, str(error))
        return error
    raise AssertionError("%s was not raised" % kind)
