"""What programs on pylon may use of pylon itself."""

__all__ = ['LinkError']


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
