"""Imports made before the snapshot, handed out after it.

`preload` runs while the snapshot is made. It imports the modules of PRELOAD and takes them out
of sys.modules again, so that a resumed program starts with exactly the modules that CPython
starts with. The first import of such a module in the resumed program then costs a few dictionary
operations: the module and the ones it imported appear in sys.modules, and each becomes an attribute
of its package, in the order in which loading them would have done it.

A kept module is handed out only if a fresh import would give the same: nothing was put on
sys.meta_path, and every module that it imported is still the one under that name. Otherwise it is
loaded normally, as is a module that was deleted from sys.modules and is imported again.

This module itself never appears in sys.modules. snapshot.c and resume.c call it.
"""

import _frozen_importlib as _bootstrap
import builtins
import sys

# What starting a program needs, and what programs import most: each costs space in python.wasm. Not
# here may be what asks the host for anything while it is imported. What needs a module that a cap
# provides is left out by itself when that cap is linked, unless its manifest says `calls_nothing`.
PRELOAD = (
    'site', 'runpy', 'traceback', 'warnings',
    'asyncio', 'dataclasses', 'json', 're', 'typing',
    'collections', 'contextlib', 'copy', 'datetime', 'enum', 'functools', 'hashlib', 'logging', 'random',
    'struct', 'textwrap', 'threading', 'pwd', 'grp',
)

_kept = {}      # name -> module that was taken out of sys.modules
_imports = {}   # name -> {name: module} of what its code imported, in order
_attributes = set()  # names of kept modules that are attributes of their packages
_meta_path = []
library = {}    # all modules that the snapshot holds, kept or not; finalize.c leaves them alone


class _NotBefore(BaseException):
    """A module would import an extension or a facade, which must not run before the snapshot."""


def preload(excluded):
    """Imports PRELOAD and keeps the result. `excluded` names modules that caps provide."""
    initial = set(sys.modules)
    excluded = frozenset(excluded)
    real_import = builtins.__import__

    def recording_import(name, globals=None, locals=None, fromlist=(), level=0):
        if level:
            absolute = _bootstrap._resolve_name(name, _bootstrap._calc___package__(globals), level)
        else:
            absolute = name
        if absolute in excluded or absolute.partition('.')[0] in excluded:
            raise _NotBefore(absolute)
        result = real_import(name, globals, locals, fromlist, level)
        importer = globals['__name__'] if globals else None
        if not _is_loading(importer):
            return result  # a function's import, not a part of loading its module
        used = _imports.setdefault(importer, {})
        for candidate in [*_prefixes(absolute), *(f'{absolute}.{item}' for item in fromlist or ())]:
            if candidate in sys.modules:
                used.setdefault(candidate, sys.modules[candidate])
        return result

    builtins.__import__ = recording_import
    try:
        for name in (*PRELOAD, 'gc'):
            try:
                recording_import(name)
            except _NotBefore:
                pass
    finally:
        builtins.__import__ = real_import

    _prepare_site(sys.modules['site'])
    for name in [name for name in sys.modules if name not in initial]:
        _keep(name, sys.modules.pop(name))
    for name in set(_imports) - set(_kept):
        del _imports[name]
    _meta_path[:] = sys.meta_path
    _hook(_find_and_load)
    del sys.modules[__name__]
    # Debuggers leave out frames by the name of their module: these are importlib's to whoever looks.
    globals()['__name__'] = 'importlib._pylon'
    del sys.modules['__main__']  # made anew for the program: what is frozen is never collected
    library.update(sys.modules)
    library.update(_kept)
    sys.path_importer_cache.clear()
    _rehearse()
    gc = _kept.pop('gc')
    gc.collect()
    gc.freeze()


def _is_loading(name):
    spec = getattr(sys.modules.get(name), '__spec__', None)
    return spec is not None and getattr(spec, '_initializing', False)


def _prefixes(name):
    """'a.b.c' -> 'a', 'a.b', 'a.b.c'."""
    at = name.find('.')
    while at > 0:
        yield name[:at]
        at = name.find('.', at + 1)
    yield name


def _keep(name, module):
    _kept[name] = module
    parent, _, tail = name.rpartition('.')
    if not parent:
        return
    package = sys.modules.get(parent) or _kept.get(parent)
    if package is None:
        return  # failed after its submodule
    if module.__spec__.name != name:
        # An alias that the package's code made, as collections.abc is: it comes with the package.
        _imports.setdefault(parent, {})[name] = module
    if vars(package).get(tail) is module:
        delattr(package, tail)
        _attributes.add(name)


_load = _bootstrap._find_and_load


def _find_and_load(name, import_):
    # Stands in for importlib's function of that name, which C calls for an absolute name that is
    # not in sys.modules.
    if name in _kept and name not in sys.modules and sys.meta_path == _meta_path:
        wanted = {}
        if all([_collect(prefix, wanted) for prefix in _prefixes(name)]):
            for each in wanted:
                sys.modules[each] = _kept.pop(each)
            for each in wanted:
                _publish(each)
            return sys.modules[name]
        del _kept[name]
    return _load(name, import_)


def _hook(function):
    # Tracebacks of failing imports leave out importlib's own frames by their file name.
    function.__code__ = function.__code__.replace(co_filename=_load.__code__.co_filename)
    _bootstrap._find_and_load = function


def _collect(name, wanted):
    """Adds to `wanted` what has to be handed out for `name`. False if loading would differ."""
    if name in wanted or name not in _kept:
        return name in wanted or name in sys.modules
    wanted[name] = None
    for each, module in _imports.get(name, {}).items():
        if each in _kept:
            if each in sys.modules or _kept[each] is not module or not _collect(each, wanted):
                return False
        elif sys.modules.get(each) is not module:
            return False
    return True


def _publish(name):
    module = sys.modules[name]
    _imports.pop(name, None)
    if name in _attributes:
        parent, _, tail = name.rpartition('.')
        setattr(sys.modules[parent], tail, module)
    # What a module's code read from the host is read again.
    if name == 'random':
        module._inst.seed()
    elif name == 'logging':
        module._startTime = module.time.time_ns()


_SITE_BUILTINS = ('copyright', 'credits', 'exit', 'help', 'license', 'quit')


def _prepare_site(site):
    # Those parts of site.main() that depend on nothing.
    site.setquit()
    site.setcopyright()
    site.sethelper()


def _rehearse():
    # Every start runs this code. What it writes into its own inline caches and into the cache of types'
    # attributes is there then, and pages that nobody writes to need not be copied for a process.
    io, site = sys.modules['io'], _kept['site']
    sys._clear_type_cache()
    for _ in range(4):
        for errors in 'strict', 'backslashreplace':
            stream = io.TextIOWrapper(io.BufferedWriter(io.BytesIO()), 'utf-8', errors, line_buffering=True)
            stream.write('')
            stream.flush()
        io.TextIOWrapper(io.BufferedReader(io.BytesIO()), 'utf-8').read()
        site.check_enableusersite()
        site.enablerlcompleter()
        del sys.__interactivehook__
        _collect('site', {})
        exec(compile('pass', '<string>', 'exec'), {})


def resume(with_site):
    """The rest of a start: what `Py_Initialize` does in Python code, now for the real process."""
    if sys.warnoptions:
        import warnings
        warnings._processoptions(sys.warnoptions)
    if not with_site:
        for name in _SITE_BUILTINS:
            delattr(builtins, name)
        return
    import site
    if sys.path == [sys._stdlib_dir] and _is_bare(sys._stdlib_dir):
        # No folder can hold site-packages, sitecustomize or usercustomize.
        site.ENABLE_USER_SITE = site.check_enableusersite()
        if not sys.flags.isolated:
            site.enablerlcompleter()
    else:
        site.main()


def _is_bare(library):
    """Whether the host has nothing to do with the library's folder. What is part of this program is not the user's, as what
    is granted is."""
    os = sys.modules['os']
    return os.stat(library).st_uid != os.getuid() and not os.path.exists(f'{library}/site-packages')
