"""Classes that are C elsewhere, and cannot be changed."""


class Immutable(type):
    """The class of those that name it. Subclasses are as other classes."""

    def __new__(meta, name, bases, namespace, **options):
        cls = super().__new__(meta, name, bases, namespace, **options)
        if not any(isinstance(base, Immutable) for base in bases):
            type.__setattr__(cls, "_cannot_be_changed", cls)
        return cls

    def __setattr__(cls, name, value):
        if cls._cannot_be_changed is cls:
            raise TypeError(f"cannot set {name!r} attribute of immutable type '{cls.__module__}.{cls.__name__}'")
        super().__setattr__(name, value)
