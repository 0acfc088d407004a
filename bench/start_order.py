"""Writes which functions a start enters: those of pylon.wasm to runtimes/cpython/start-order.txt, in the order of their
first entry, and those of composectl to composectl/start.ld.

    cargo rustc --release -p composectl --bin composectl -- -C strip=none
    cargo xtask compose
    python3 bench/start_order.py target/release/composectl target/pylon

For Linux on x86-64. A breakpoint stands at the beginning of every function and is taken away when it is hit.
"""

import collections
import ctypes
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
SCRIPT = "import sys\nimport asyncio, json, dataclasses, typing, re\nsys.stderr.write('')\n"
STARTS = (
    ["PYLON", "-c", "pass"],
    ["PYLON", "-c", "import asyncio, json, dataclasses, typing, re"],
    ["--dir", "FOLDER::/start", "PYLON", "/start/script.py"],
    ["--dir", "FOLDER::/start", "PYLON", "-m", "this"],
)
# A pattern of names is taken if what starts enter is at least this share of the bytes that it fits.
SHARE = 0.5

TRACEME, PEEKUSER, POKEUSER, CONT, SETOPTIONS = 0, 3, 6, 7, 0x4200
TRACECLONE, EXITKILL, WALL = 0x8, 0x100000, 0x40000000
RIP = 16 * 8
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.restype = ctypes.c_long
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


def ptrace(request, thread, address=None, data=None):
    ctypes.set_errno(0)
    result = libc.ptrace(request, thread, address, data)
    if ctypes.get_errno():
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def said(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def functions(file):
    """Addresses, sizes and names."""
    lines = re.finditer(r"^([0-9a-f]+) (?:([0-9a-f]+) )?[tTwWi] (.*)$", said("nm", "-S", file), re.M)
    return [(int(line[1], 16), int(line[2] or "0", 16), line[3]) for line in lines]


class Entries:
    """One process, and the functions that it enters."""

    def __init__(self, command):
        self.found, self.saved, self.entered = [], {}, set()
        self.pid = os.fork()
        if self.pid == 0:
            ptrace(TRACEME, 0)
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            os.execv(command[0], command)
        os.waitpid(self.pid, 0)
        self.memory = os.open(f"/proc/{self.pid}/mem", os.O_RDWR)
        ptrace(SETOPTIONS, self.pid, None, TRACECLONE | EXITKILL)
        program = os.path.realpath(command[0])
        base, _ = self.mapping(r"\S+ 00000000", re.escape(program))
        self.arm("composectl", program, base)
        self.run()

    def mapping(self, kind, file):
        with open(f"/proc/{self.pid}/maps") as maps:
            found = re.search(rf"^([0-9a-f]+)-\S+ {kind} \S+ \S+\s+({file})$", maps.read(), re.M)
        return found and (int(found[1], 16), found[2])

    def arm(self, what, file, base):
        """Sets a breakpoint on each function of the text section of `file`, which is mapped at `base`."""
        section = re.search(r" \.text\s+PROGBITS\s+(\S+) \S+ (\S+)", said("readelf", "-SW", file))
        start, size = int(section[1], 16), int(section[2], 16)
        starts = re.search(r" \.text\.start\s+PROGBITS\s+(\S+) ", said("readelf", "-SW", file))
        if starts:
            start, size = int(starts[1], 16), start + size - int(starts[1], 16)
        code = bytearray(os.pread(self.memory, size, base + start))
        for address, _, name in functions(file):
            # A function may have several names.
            if start <= address < start + size and base + address not in self.saved:
                self.saved[base + address] = code[address - start], what, name
                code[address - start] = 0xCC
        at = 0
        while at < size:
            at += os.pwrite(self.memory, code[at : at + (1 << 20)], base + start + at)

    def run(self):
        armed = False
        ptrace(CONT, self.pid)
        while True:
            thread, status = os.waitpid(-1, WALL)
            if os.WIFEXITED(status) or os.WIFSIGNALED(status):
                if thread != self.pid:
                    continue
                if status != 0:
                    sys.exit(f"the program ended with status {status:#x}")
                return
            stop = os.WSTOPSIG(status)
            if stop == signal.SIGTRAP and status >> 16 == 0:
                self.hit(thread)
                code = None if armed else self.mapping(r"r-xp \S+", r"\S+\.cwasm")
                if code:
                    armed = True
                    self.arm("pylon", code[1], code[0])
            passed = 0 if stop in (signal.SIGTRAP, signal.SIGSTOP) else stop
            ptrace(CONT, thread, None, passed)

    def hit(self, thread):
        at = (ptrace(PEEKUSER, thread, RIP) & (2**64 - 1)) - 1
        if at in self.saved:
            byte, what, name = self.saved.pop(at)
            os.pwrite(self.memory, bytes([byte]), at)
            self.entered.add(at)
            self.found.append((what, name))
        if at in self.entered:
            ptrace(POKEUSER, thread, RIP, at)


def number(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def sections(data, at, end):
    while at < end:
        size, content = number(data, at + 1)
        yield data[at], content, content + size
        at = content + size


def function_names(component):
    """The names of the functions of its largest core module, by index."""
    data = component.read_bytes()
    modules = [(end - at, at, end) for id, at, end in sections(data, 8, len(data)) if id == 1]
    _, at, end = max(modules)
    names = {}
    for id, at, end in sections(data, at + 8, end):
        length, begin = number(data, at)
        if id != 0 or data[begin : begin + length] != b"name":
            continue
        for part, at, _ in sections(data, begin + length, end):
            if part != 1:
                continue
            count, at = number(data, at)
            for _ in range(count):
                index, at = number(data, at)
                length, at = number(data, at)
                names[index] = data[at : at + length].decode()
                at += length
    return names


def pattern(symbol):
    """The symbol without what another compiler, crate or flag changes."""
    legacy = re.match(r"(_ZN.*17h)[0-9a-f]{16}E", symbol)
    if legacy:
        return legacy[1] + "*"
    return re.sub(r"Cs[0-9a-zA-Z]+_", "Cs*_", symbol) if symbol.startswith("_R") else None


def write_guest(entries, component):
    names = function_names(component)
    found = [re.match(r"wasm\[(\d+)\]::function\[(\d+)\]", name) for name in entries]
    found = [match for match in found if match]
    python, _ = collections.Counter(match[1] for match in found).most_common(1)[0]
    wanted = [names.get(int(match[2])) for match in found if match[1] == python]
    lines = [
        "# The functions that starts of pylon.wasm enter, in the order of their first entry: bench/start_order.py",
        "# writes this. They come first in the core module (xtask/src/wasm/order.rs).",
        *dict.fromkeys(name for name in wanted if name),
    ]
    (ROOT / "runtimes/cpython/start-order.txt").write_text("\n".join(lines) + "\n")


def write_host(entries, program):
    fits, enters = collections.Counter(), collections.Counter()
    wanted = set(entries)
    for _, size, name in functions(program):
        fits[pattern(name)] += size
        enters[pattern(name)] += size if name in wanted else 0
    patterns = dict.fromkeys(pattern(name) for name in entries)
    taken = [name for name in patterns if name and enters[name] >= SHARE * fits[name]]
    lines = [
        "/* The functions of composectl that starts enter: bench/start_order.py writes this, build.rs has it linked. */",
        f"/* They had {sum(fits[name] for name in taken)} bytes. */",
        "SECTIONS",
        "{",
        "  .text.start :",
        "  {",
        *(f"    *(.text.{name})" for name in taken),
        "  }",
        "}",
        "INSERT BEFORE .text;",
    ]
    (ROOT / "composectl/start.ld").write_text("\n".join(lines) + "\n")


def main():
    program, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    pylon = str(folder / "pylon.wasm")
    subprocess.run([program, "precompile", pylon], check=True)
    entries = []
    with tempfile.TemporaryDirectory() as scripts:
        (pathlib.Path(scripts) / "script.py").write_text(SCRIPT)
        for start in STARTS:
            start = [word.replace("PYLON", pylon).replace("FOLDER", scripts) for word in start]
            entries += Entries([program, "run", *start]).found
    entries = list(dict.fromkeys(entries))
    write_guest([name for what, name in entries if what == "pylon"], folder / "python.wasm")
    write_host([name for what, name in entries if what == "composectl"], program)


if __name__ == "__main__":
    main()
