"""What programs on pylon may use of pylon itself."""

__all__ = ['Instance', 'LinkError', 'resolve']


class LinkError(RuntimeError):
    """A call to a provider came to nothing.

    `code` is a word to compare, for instance 'exec-timeout'; a provider's own code arrives unchanged. `message` is for
    people. `context` names what it is about, such as the path of a field, or is None. Where a module cannot be imported
    because its provider cannot be resolved, the ImportError has the same three attributes.
    """

    def __init__(self, code, message, context=None):
        super().__init__(code, message, context)
        self.code = code
        self.message = message
        self.context = context

    def __str__(self):
        return self.message if self.context is None else f'{self.message} ({self.context})'


def resolve(name):
    """Return a new Instance of the provider that the plan calls so.

    Raises LinkError if there is none, or if this pylon.wasm was composed without the linker.
    """
    return _linker().resolve(name)


def _linker():
    try:
        import _pylon_linker
    except ImportError:
        raise LinkError('not-implemented', 'this pylon.wasm has no linker',
                        'it was composed without; `--profile dynlink` and `--link CAP=dynlink` bring it') from None
    return _pylon_linker


def __getattr__(name):
    if name == 'Instance':
        return _linker().Instance
    raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
