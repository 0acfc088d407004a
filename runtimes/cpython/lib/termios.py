"""The terminal's mode, where the host lends its terminal: the part of POSIX's termios that programs use to read keys.

Flags have the numbers of Linux. The host leaves signals on (ISIG), ignores speeds and sets of the special characters VMIN and
VTIME. Of what is no terminal all is termios.error. On a terminal that no host lends there is no such module: without it programs
do what they can.
"""

import errno as _errno
import os as _os

import _pylon_terminal

try:
    _pylon_terminal.size(0)
except OSError:
    if _os.isatty(0):
        raise ImportError('the host does not lend its terminal', name=__name__) from None

_IFLAGS = ('IGNBRK', 'BRKINT', 'IGNPAR', 'PARMRK', 'INPCK', 'ISTRIP', 'INLCR', 'IGNCR', 'ICRNL', 'IUCLC', 'IXON', 'IXANY', 'IXOFF',
           'IMAXBEL', 'IUTF8')
globals().update({name: 1 << bit for bit, name in enumerate(_IFLAGS)})
OPOST, OLCUC, ONLCR, OCRNL, ONOCR, ONLRET, OFILL, OFDEL = (1 << bit for bit in range(8))
_LFLAGS = ('ISIG', 'ICANON', 'XCASE', 'ECHO', 'ECHOE', 'ECHOK', 'ECHONL', 'NOFLSH', 'TOSTOP', 'ECHOCTL', 'ECHOPRT', 'ECHOKE', 'FLUSHO',
           None, 'PENDIN', 'IEXTEN')
globals().update({name: 1 << bit for bit, name in enumerate(_LFLAGS) if name})
CSIZE, CS5, CS6, CS7, CS8 = 0o60, 0, 0o20, 0o40, 0o60
CSTOPB, CREAD, PARENB, PARODD, HUPCL, CLOCAL = (1 << bit for bit in range(6, 12))
VINTR, VQUIT, VERASE, VKILL, VEOF, VTIME, VMIN = range(7)
VSWTC, VSTART, VSTOP, VSUSP, VEOL, VREPRINT, VDISCARD, VWERASE, VLNEXT, VEOL2 = range(7, 17)
NCCS = 32
TCSANOW, TCSADRAIN, TCSAFLUSH = range(3)
TCIFLUSH, TCOFLUSH, TCIOFLUSH = range(3)
TCOOFF, TCOON, TCIOFF, TCION = range(4)
B0, B9600, B38400 = 0, 13, 15
TIOCGWINSZ = 0x5413


class error(Exception):
    __module__ = 'termios'


def _call(function, *args):
    try:
        return function(*args)
    except OSError as problem:
        raise error(problem.errno, problem.strerror) from None


def tcgetattr(fd, /):
    """The mode of the terminal fd: [iflag, oflag, cflag, lflag, ispeed, ospeed, cc]."""
    *flags, minimum, time, erase, interrupt = _call(_pylon_terminal.get, fd)
    cc = [b'\0'] * NCCS
    cc[VERASE], cc[VINTR] = bytes([erase]), bytes([interrupt])
    cc[VMIN], cc[VTIME] = bytes([minimum]), bytes([time])
    if not flags[3] & ICANON:
        cc[VMIN], cc[VTIME] = minimum, time
    return [*flags, B38400, B38400, cc]


def tcsetattr(fd, when, attributes, /):
    """Sets the mode of the terminal fd; `when` makes no difference but that TCSAFLUSH forgets what was typed."""
    if when not in (TCSANOW, TCSADRAIN, TCSAFLUSH):
        raise error(_errno.EINVAL, _os.strerror(_errno.EINVAL))
    if not isinstance(attributes, list) or len(attributes) != 7:
        raise TypeError('tcsetattr, arg 3: must be 7 element list')
    *flags, _, _, cc = attributes
    if not isinstance(cc, list) or len(cc) != NCCS:
        raise TypeError(f'tcsetattr: attributes[6] must be {NCCS} element list')
    numbers = [each if isinstance(each, int) else each[0] for each in (cc[VMIN], cc[VTIME])]
    _call(_pylon_terminal.set, fd, *flags, *numbers)
    if when == TCSAFLUSH:
        tcflush(fd, TCIFLUSH)


def tcgetwinsize(fd, /):
    """The size of the terminal fd: (rows, columns)."""
    columns, rows = _call(_pylon_terminal.size, fd)
    return rows, columns


def tcflush(fd, queue, /):
    """Forgets what was typed and not read."""
    import select
    _call(_pylon_terminal.size, fd)
    if queue in (TCIFLUSH, TCIOFLUSH):
        while select.select([fd], [], [], 0)[0] and _os.read(fd, 4096):
            pass


def tcdrain(fd, /):
    """What was written has reached the terminal."""
    _call(_pylon_terminal.size, fd)
