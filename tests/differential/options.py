"""Prints what a program sees of how it was started; options.toml has the starts."""

import json
import sys
import warnings

print(json.dumps({
    'flags': {name: getattr(sys.flags, name) for name in dir(sys.flags)
              # UTF-8 mode is always on in pylon.wasm.
              if not name.startswith(('_', 'n_')) and name not in ('count', 'index', 'utf8_mode')},
    'argv': sys.argv[1:],
    'orig_argv': len(sys.orig_argv),
    'orig_argv last': sys.orig_argv[-1],
    'x': sys._xoptions,
    'warnoptions': sys.warnoptions,
    'filters': [(action, str(message), category.__name__, str(module), line)
                for action, message, category, module, line in warnings.filters],
    'bytecode': [sys.dont_write_bytecode, sys.pycache_prefix],
    'digits': sys.get_int_max_str_digits(),
    'streams': [(stream.encoding, stream.errors, stream.line_buffering, stream.write_through)
                for stream in (sys.stdin, sys.stdout, sys.stderr)],
    'modules': sorted({'site', 'tracemalloc', 'faulthandler'} & set(sys.modules)),
    'builtins': sorted({'exit', 'help', 'copyright'} & set(dir(__builtins__))),
    'main': [__name__, __doc__, '__file__' in globals(), __spec__ is None],
}, sort_keys=True))
