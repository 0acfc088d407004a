"""`pylon.load`: a module of what a provider says of its contract, with the mapping of generated modules.

Classes and functions are made by _pylon_linker. Here the description is read, which may be anything at all, and names are
given. docs/reference/dynlink-cbor.md has its format, docs/reference/python-modules.md what becomes what.
"""

import keyword
import sys

import _pylon_linker as _linker
from pylon import LinkError

_VERSIONS = (1, 2)  # 2 says what its questions are
_PRIMITIVES = ('bool', 'u8', 'u16', 'u32', 'u64', 's8', 's16', 's32', 's64', 'f32', 'f64', 'char', 'string')
_KINDS = ('function', 'constructor', 'method', 'static')  # as _pylon_linker counts them
_FUNCTION, _CONSTRUCTOR, _METHOD, _STATIC = range(4)
_CALL = '__constructor__'  # the attribute with what the call of a class calls


def load(name):
    link = _linker.link(name)
    try:
        description = link.describe()
    except LinkError as error:
        if error.code != 'not-implemented':
            raise
        raise LinkError(error.code, 'the provider carries no description of its contract', name) from None
    return made(name, link, description)


def made(name, link, description):
    """The module of what a provider says of itself."""
    try:
        return _Maker(name, link).module_of(description)
    except _Malformed as error:
        raise LinkError('internal-error', f'the description of the contract is malformed: {error}', name) from None
    except _Unmapped as error:
        raise LinkError('not-implemented', f'the contract has no mapping to Python: {error}', name) from None


class _Malformed(Exception):
    """The description is not what it may be."""


class _Unmapped(Exception):
    """The contract is one of which nobody can make a module."""


# ---- What is read ----

def _shown(value):
    text = ascii(value)
    return text if len(text) <= 60 else text[:60] + '...'


def _text(value):
    if type(value) is not str:
        raise _Malformed(f'{_shown(value)} is no text')
    return value


def _docs(value):
    """A doc comment. It may be printed."""
    return ''.join(c if c >= ' ' and not '\x7f' <= c < '\xa0' or c in '\n\t' else '\ufffd' for c in _text(value)).strip()


def _items(value, count=None):
    if type(value) is not list or count is not None and len(value) != count:
        many = '' if count is None else f' of {count}'
        raise _Malformed(f'{_shown(value)} is no array{many}')
    return value


def _name(value):
    """A name of WIT: words of letters and digits, each in one case, with hyphens between them."""
    words = _text(value).split('-')
    right = all(word.isascii() and word.isalnum() and word in (word.lower(), word.upper()) for word in words)
    if not right or not words[0][0].isalpha():
        raise _Malformed(f'{_shown(value)} is no name')
    return value


def _different(names, what):
    if len(set(names)) < len(names):
        raise _Malformed(f'{what} has two names that are the same in Python')
    return tuple(names)


# ---- What Python calls things ----

def _escaped(name):
    return name + '_' if keyword.iskeyword(name) else name


def _snake(name):
    return name.lower().replace('-', '_')


def _variable(name):
    return _escaped(_snake(name))


def _field(name):
    name = _variable(name)
    return name + '_' if name in ('n_fields', 'n_sequence_fields', 'n_unnamed_fields') else name


def _class(name):
    return _escaped(''.join(word.capitalize() for word in name.split('-')))


def _constant(name):
    return _snake(name).upper()


def _plain(name):
    """What the plan calls a provider, as a name of WIT."""
    words = ''.join(c if c.isascii() and c.isalnum() else ' ' for c in name).lower().split()
    return '-'.join(words) if words and words[0][0].isalpha() else '-'.join(['provider', *words])


def _line(case, said):
    said = said.replace('\n', '\n  ')
    return f'* {case}: {said}' if said else f'* {case}'


# ---- What is made ----

class _Type:
    """A type of values: `made` is _pylon_linker's."""

    def __init__(self, kind, items=(), names=(), paths=(), of=None):
        self.kind = kind
        self.handles = kind in ('own', 'borrow') or any(item and item.handles for item in items)
        try:
            self.made = _linker.type(kind, tuple(item and item.made for item in items), names, paths, of)
        except ValueError as error:
            raise _Unmapped(f'{kind}: {error}') from None


class _Resource:
    """A resource: its class, and the type of `self` in methods."""

    def __init__(self, wit, name, made):
        self.wit = wit
        self.name = name
        self.made = made
        self.lent = _Type('borrow', of=made)


class _Function:
    """The entry of a function. Which types it has is not known yet, only which of them are options."""

    def __init__(self, interface, entry, options):
        kind, name, self.resource, docs, parameters, self.result = _items(entry, 6)
        if kind not in _KINDS:
            raise _Malformed(f'{_shown(kind)} is no kind of function')
        self.kind = _KINDS.index(kind)
        self.interface = interface
        self.wit = '' if self.kind == _CONSTRUCTOR else _name(name)
        self.name = _variable(self.wit)
        self.docs = _docs(docs)
        parameters = [_items(each, 2) for each in _items(parameters)]
        self.types = [type for _, type in parameters]
        self.names = _different([_variable(_name(name)) for name, _ in parameters], self.wit)
        self.required = len(parameters)
        while self.required and options(self.types[self.required - 1]):
            self.required -= 1

    def text_signature(self):
        parameters = [name if i < self.required else f'{name}=None' for i, name in enumerate(self.names)]
        only_positional = len(parameters) == self.required < 2 and self.kind != _CONSTRUCTOR
        if self.kind == _METHOD:
            parameters.insert(0, '$self')
        if only_positional and parameters:
            parameters.append('/')
        return f'({", ".join(parameters)})'


def _setter(methods, names):
    """The function that says whose methods answer."""
    before = None

    def answer(answers, /):
        nonlocal before
        methods[:] = [None if answers is None else getattr(answers, name) for name in names]
        before, answered = answers, before
        return answered

    return answer


def _doc_of_setter(functions, docs):
    calls = [f'{function.name}({", ".join(function.names)})' for function in functions]
    said = [f'{call}: {function.docs}' for call, function in zip(calls, functions) if function.docs]
    first = f'Has what calls back answered by methods of an object, {", ".join(calls)}; by nobody if it is None. '
    return '\n\n'.join(filter(None, [first + 'Returns what answered before.', docs, *said]))


class _Maker:
    def __init__(self, name, link):
        plain = _plain(name)
        self.link = link
        self.name = _variable(plain)
        self.module = type(sys)(self.name)
        self.problem_name = _class(plain) + 'Error'
        self.problem = None
        self.primitives = {kind: _Type(kind) for kind in _PRIMITIVES}
        self.types = []          # of the description's table: _Type or _Resource
        self.functions = []
        self.questions = None    # what the provider may ask, by method
        self.taken = set()

    def module_of(self, description):
        if type(description) is not dict or not description.keys() >= {'types', 'version', 'callbacks', 'interfaces'}:
            raise _Malformed(f'{_shown(description)} is no map with what a description has')
        version, callbacks = description['version'], _items(description['callbacks'])
        if type(version) is not int or version not in _VERSIONS:
            raise _Unmapped(f'its description is of version {_shown(version)}')
        if version == 1 and callbacks:
            raise _Unmapped(f'{_shown(_text(callbacks[0]))} calls back, which takes a module that was made for it')
        table = [_items(entry) for entry in _items(description['types'])]
        docs = self.read_interfaces(_items(description['interfaces']), table)
        for entry in table:
            self.types.append(self.type_of(entry))
        for each in callbacks:
            self.answered(*_items(each, 3))
        for function in self.functions:
            self.add(function)
        for resource in self.types:
            if type(resource) is _Resource:
                _linker.seal(resource.made, f'{resource.name}.{_CALL}' in self.taken)
        self.module.__doc__ = '\n\n'.join(filter(None, docs)) or None
        self.module.__all__ = sorted(name for name in self.taken if '.' not in name)
        return self.module

    def read_interfaces(self, interfaces, table):
        def option(type_):
            return type(type_) is int and 0 <= type_ < len(table) and table[type_][:1] == ['option']

        ids, docs = [], []
        for id, said, entries in (_items(entry, 3) for entry in interfaces):
            ids.append(_text(id))
            docs.append(_docs(said))
            interface = _name(id.partition('@')[0].rpartition('/')[2])
            self.functions += [_Function(interface, entry, option) for entry in _items(entries)]
        self.link.serves(tuple(ids))
        return docs

    # ---- What calls back ----

    def answered(self, id, docs, entries):
        """An interface that the provider asks for, and the function that says who answers."""
        interface = _name(_text(id).partition('@')[0].rpartition('/')[2])
        class_ = _class(interface)
        functions = [_Function(interface, entry, lambda type: False) for entry in _items(entries)]
        if not functions:
            return
        if self.questions is None:
            self.questions = {}
            self.link.asks()
        methods = [None] * len(functions)
        for index, function in enumerate(functions):
            types = [self.reference(each) for each in function.types]
            result = self.perhaps(function.result)
            if function.kind != _FUNCTION or any(type.handles for type in [*types, result] if type):
                raise _Unmapped(f'{interface}.{function.wit} calls back with a resource')
            problem = self.problem_class() if result and result.kind == 'result' else None
            self.questions[f'{interface}.{function.wit}'] = (
                f'{_variable(interface)}.{function.name}', f'the answer of {class_}.{function.name}', function.names,
                tuple(type.made for type in types), result and result.made, problem, methods, index)
        names = _different([function.name for function in functions], interface)
        name = f'answer_{_variable(interface)}'
        qualified, setter = self.take(name), _setter(methods, names)
        setter.__name__ = setter.__qualname__ = name
        setter.__module__ = qualified.rpartition('.')[0]
        setter.__doc__ = _doc_of_setter(functions, _docs(docs))
        setattr(self.module, name, setter)

    def take(self, name):
        """A name of the module's, or of a class of it, that is taken from now on; with the module's in front."""
        if name in self.taken:
            raise _Unmapped(f'two things of it are both {name}')
        self.taken.add(name)
        return f'{self.name}.{name}'

    # ---- Functions ----

    def add(self, function):
        free = function.kind == _FUNCTION
        resource = None if free else self.at(function.resource, _Resource)
        if function.kind == _CONSTRUCTOR:
            name, called = _CALL, resource.name
            self.take(f'{called}.{name}')
        else:
            name = function.name
            called = name if free else f'{resource.name}.{name}'
            self.take(called)
        method = '.'.join(filter(None, (function.interface, resource and resource.wit, function.wit)))
        types = tuple(self.reference(each).made for each in function.types)
        result = self.perhaps(function.result)
        docs, problem = function.docs, None
        if result and result.kind == 'result':
            problem = self.problem_class()
            docs = f'{docs}\n\nRaises {self.problem_name}.'.strip()
        made = _linker.function(
            self.link, function.kind, resource.lent.made if function.kind == _METHOD else None, self.name, name, called,
            docs, function.text_signature(), method, function.names, types, function.required,
            result and result.made, problem, self.questions)
        setattr(self.module if free else resource.made, name, made)

    def problem_class(self):
        if self.problem is None:
            doc = 'A function of the contract returned an error, which is `value`.'
            self.problem = _linker.problem(self.module, self.take(self.problem_name), doc)
        return self.problem

    # ---- Types ----

    def type_of(self, entry):
        """What an entry of the table says, made of those before it."""
        kind, *rest = entry or [None]
        make = _MAKERS.get(kind) if type(kind) is str else None
        if make is None:
            raise _Malformed(f'{_shown(kind)} is no kind of type')
        if len(rest) != make.__code__.co_argcount - 1:
            raise _Malformed(f'{_shown(entry)} is no {kind}')
        return make(self, *rest)

    def at(self, index, wanted):
        if type(index) is not int or not 0 <= index < len(self.types) or type(self.types[index]) is not wanted:
            raise _Malformed(f'{_shown(index)} is no {wanted.__name__[1:].lower()} that was said before')
        return self.types[index]

    def reference(self, value):
        if type(value) is not str:
            return self.at(value, _Type)
        if value not in self.primitives:
            raise _Malformed(f'{_shown(value)} is no type')
        return self.primitives[value]

    def perhaps(self, value):
        return None if value is None else self.reference(value)

    def list(self, item):
        return _Type('list', [self.reference(item)])

    def option(self, payload):
        payload = self.reference(payload)
        if payload.kind == 'option':
            raise _Unmapped('None would be two values of an option of an option')
        return _Type('option', [payload])

    def tuple(self, items):
        return _Type('tuple', [self.reference(item) for item in _items(items)])

    def result(self, ok, err):
        names = ('ok', 'err')
        return _Type('result', [self.perhaps(ok), self.perhaps(err)], names, names)

    def own(self, resource):
        return _Type('own', of=self.at(resource, _Resource).made)

    def borrow(self, resource):
        return self.at(resource, _Resource).lent

    def resource(self, name, docs):
        class_ = _class(_name(name))
        index, docs, signature = len(self.types), _docs(docs), ''
        for function in self.functions:
            if function.kind == _CONSTRUCTOR and function.resource == index:
                docs = f'{docs}\n\n{function.docs}'.strip()
                signature = f'{class_}{function.text_signature()}\n--\n\n'
        return _Resource(name, class_, _linker.resource(self.module, self.take(class_), signature + docs))

    def record(self, name, docs, fields):
        class_ = _class(_name(name))
        fields = [_items(field, 3) for field in _items(fields)]
        wit = tuple(_name(field) for field, _, _ in fields)
        items = [self.reference(type) for _, type, _ in fields]
        names = _different([_field(field) for field in wit], name)
        said = tuple(_docs(docs) or None for _, _, docs in fields)
        made = _linker.record(self.module, self.take(class_), _docs(docs), names, said)
        return _Type('record', items, tuple(f'{class_}.{field}' for field in names), wit, made)

    def variant(self, name, docs, cases):
        _name(name), _docs(docs)
        cases = [_items(case, 3) for case in _items(cases)]
        wit = tuple(_name(case) for case, _, _ in cases)
        tags = _different([_snake(case) for case in wit], name)
        return _Type('variant', [self.perhaps(payload) for _, payload, _ in cases], tags, wit)

    def enum(self, name, docs, cases):
        names, docs = self.constants(name, docs, cases)
        return _Type('enum', of=_linker.enumeration(self.module, self.take(_class(name)), docs, names))

    def flags(self, name, docs, flags):
        names, docs = self.constants(name, docs, flags)
        return _Type('flags', [], names, names, _linker.flags(self.module, self.take(_class(name)), docs, names))

    def constants(self, name, docs, cases):
        """Names of cases or flags, and the docstring with a line for each."""
        cases = [(_constant(_name(case)), _docs(said)) for case, said in (_items(case, 2) for case in _items(cases))]
        names = _different([case for case, _ in cases], _name(name))
        return names, '\n'.join([f'{_docs(docs)}\n', *(_line(case, said) for case, said in cases)]).strip()


_MAKERS = {kind: getattr(_Maker, kind) for kind in (
    'list', 'option', 'tuple', 'result', 'own', 'borrow', 'resource', 'record', 'variant', 'enum', 'flags')}
