"""What _pyrepl asks of curses, for the terminals of today: they all know the sequences of ECMA-48, as xterm does."""

import os


class error(Exception):
    pass


_STRINGS = {
    'bel': b'\a', 'civis': b'\x1b[?25l', 'clear': b'\x1b[H\x1b[2J', 'cnorm': b'\x1b[?12l\x1b[?25h', 'cub1': b'\b', 'cud1': b'\n',
    'cuf1': b'\x1b[C', 'cuu1': b'\x1b[A', 'cub': b'\x1b[%dD', 'cud': b'\x1b[%dB', 'cuf': b'\x1b[%dC', 'cuu': b'\x1b[%dA',
    'cup': b'\x1b[%d;%dH', 'dch1': b'\x1b[P', 'dch': b'\x1b[%dP', 'el': b'\x1b[K', 'ich': b'\x1b[%d@', 'ind': b'\n', 'ri': b'\x1bM',
    'rmkx': b'\x1b[?1l\x1b>', 'smkx': b'\x1b[?1h\x1b=',
    'kdch1': b'\x1b[3~', 'kcud1': b'\x1bOB', 'kend': b'\x1bOF', 'kent': b'\x1bOM', 'khome': b'\x1bOH', 'kich1': b'\x1b[2~',
    'kcub1': b'\x1bOD', 'knp': b'\x1b[6~', 'kpp': b'\x1b[5~', 'kcuf1': b'\x1bOC', 'kcuu1': b'\x1bOA',
    'kf1': b'\x1bOP', 'kf2': b'\x1bOQ', 'kf3': b'\x1bOR', 'kf4': b'\x1bOS', 'kf5': b'\x1b[15~', 'kf6': b'\x1b[17~',
    'kf7': b'\x1b[18~', 'kf8': b'\x1b[19~', 'kf9': b'\x1b[20~', 'kf10': b'\x1b[21~', 'kf11': b'\x1b[23~', 'kf12': b'\x1b[24~',
}


def setupterm(term, fd):
    if (term or os.environ.get('TERM')) == 'dumb':
        raise error('setupterm: could not find terminal')


def tigetstr(capability):
    return _STRINGS.get(capability)


def tparm(string, *numbers):
    if string == _STRINGS['cup']:
        numbers = [number + 1 for number in numbers]
    return string % tuple(numbers) if numbers else string
