"""What packages take for granted of a system that they do not know by name (patch 0055).

trio has three ways to wait: of Linux, of Windows, and of BSD for what is called otherwise. It takes the first where there is
`select.epoll`, as here, and goes by the name of the system when it imports the names of BSD. Only its processes use them.
"""

_MISSING = {'trio._core._run': ('current_kqueue', 'monitor_kevent', 'wait_kevent')}


def complete(module):
    for name in _MISSING[module.__name__]:
        vars(module).setdefault(name)
