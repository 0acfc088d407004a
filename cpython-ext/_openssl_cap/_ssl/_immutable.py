"""Classes that are C elsewhere, and cannot be changed."""


def _not_pickled(self, protocol, /):
    cls = type(self)
    name = cls.__name__ if cls._cannot_be_changed is not cls else f"{cls.__module__}.{cls.__name__}"
    raise TypeError(f"cannot pickle '{name}' object")


class Immutable(type):
    """The class of those that name it. Subclasses are as other classes. Nothing but exceptions can be copied."""

    def __new__(meta, name, bases, namespace, **options):
        cls = super().__new__(meta, name, bases, namespace, **options)
        if not any(isinstance(base, Immutable) for base in bases):
            type.__setattr__(cls, "_cannot_be_changed", cls)
            if not issubclass(cls, BaseException):
                type.__setattr__(cls, "__reduce_ex__", _not_pickled)
        return cls

    def __setattr__(cls, name, value):
        if cls._cannot_be_changed is cls:
            raise TypeError(f"cannot set {name!r} attribute of immutable type '{cls.__module__}.{cls.__name__}'")
        super().__setattr__(name, value)
