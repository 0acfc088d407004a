"""What programs on pylon may use of pylon itself."""

__all__ = ['Instance', 'LinkError', 'load', 'resolve']

# Caps have modules in here: pylon.crypto.
__path__ = []


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


def load(name):
    """Return a new module, made of the contract that the provider says that it has.

    It is what `import` would give of a module that was generated of that contract. It has an instance of the provider of
    its own, which ends with the last reference to anything of it. Raises LinkError as resolve() does, and if the provider
    does not say what its contract is.
    """
    _linker()
    import _pylon_load
    return _pylon_load.load(name)


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
