"""Runs a component as `wasmtime run` does, in the wasmtime of PyPI: run.py FILE HOST::GUEST[:ro].. -- ARGUMENTS.

Standard streams are inherited and folders granted; that wheel offers no network and no larger stack.
"""

import sys

from wasmtime import Engine, ExitTrap, Store, WasiConfig
from wasmtime.component import Component, Linker


def main(file, *rest):
    at = rest.index('--')
    wasi = WasiConfig()
    wasi.inherit_stdin()
    wasi.inherit_stdout()
    wasi.inherit_stderr()
    wasi.argv = [file, *rest[at + 1:]]
    for grant in rest[:at]:
        host, guest = grant.split('::')
        wasi.preopen_dir(host, guest.removesuffix(':ro'), not guest.endswith(':ro'))

    engine = Engine()
    store = Store(engine)
    store.set_wasi(wasi)
    linker = Linker(engine)
    linker.add_wasip2()
    component = Component.from_file(engine, file)
    instance = linker.instantiate(store, component)
    # The host may know a later version of the interface than the component names.
    command = instance.get_export_index(store, 'wasi:cli/run@0.2.0')
    run = instance.get_func(store, instance.get_export_index(store, 'run', command))
    try:
        return run(store).tag != 'ok'
    except ExitTrap as end:
        return end.code


sys.exit(main(*sys.argv[1:]))
