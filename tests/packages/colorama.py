"""colorama: codes of colours, taken out where there is no terminal.

with: colorama
"""

import io

from colorama import AnsiToWin32, Back, Fore, Style

assert Fore.RED + "x" + Style.RESET_ALL == "\033[31mx\033[0m" and Back.GREEN == "\033[42m"
stream = io.StringIO()
AnsiToWin32(stream, convert=False, strip=True).stream.write(Fore.RED + "plain" + Style.RESET_ALL)
assert stream.getvalue() == "plain"
