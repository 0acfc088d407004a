"""Random programs over file objects and folders: file_objects.py FOLDER FIRST COUNT.

Prints a line a program: all that its steps answered, and the tree that is left.
"""

import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.dirname(__file__))
from lcg import Random, attempt  # noqa: E402

MODES = ["rb", "wb", "ab", "rb+", "wb+", "ab+", "xb", "r", "w", "a", "r+", "w+", "a+", "x"]
NAMES = ["one", "two", "d", "d/one", "d/e", "d/../one", "./two", "link", "missing/x", "", "one/", "one/x", "..", "."]
LINES = ["line\n", "without end", "\n", "tab\there\n", "\u00fc\u20ac\U0001f40d\n", "x" * 5000, "a\r\nb\rc\n"]


def pick(random, base):
    """A name. Above `base` there is nothing that programs are to touch."""
    name = random.choice(NAMES)
    return "." if name == ".." and os.getcwd() == base else name


def text_or_bytes(random, file):
    text = "".join(random.choice(LINES) for _ in range(random.below(3)))
    return text if hasattr(file, "encoding") else text.encode()


def use(random, files):
    file = random.choice(files)
    kind = random.below(17)
    if kind <= 2:
        return "write", attempt(file.write, text_or_bytes(random, file))
    if kind <= 4:
        return "read", attempt(file.read, random.below(6000) - 1)
    if kind == 5:
        return "readline", attempt(file.readline)
    if kind == 6:
        # Where a text file was is all that it can be sent to.
        place = 0 if hasattr(file, "encoding") else random.below(9000)
        return "seek", attempt(file.seek, place)
    if kind == 7:
        return "end", attempt(file.seek, 0, 2)
    if kind == 8:
        return "tell", attempt(file.tell) if not hasattr(file, "encoding") else None
    if kind == 9:
        return "truncate", attempt(file.truncate)
    if kind == 10:
        return "flush", attempt(file.flush)
    if kind == 11:
        return "lines", attempt(file.readlines)
    if kind == 12:
        target = bytearray(random.below(40))
        return "readinto", attempt(lambda: file.readinto(target)), bytes(target)
    if kind == 13:
        return "peek", attempt(lambda: file.peek(1)[:1])
    if kind == 14:
        fd = attempt(lambda: os.dup(file.fileno()))
        if isinstance(fd, int):
            answer = attempt(os.lseek, fd, 0, 1)
            os.close(fd)
            return "dup", answer
        return "dup", fd
    if kind == 15:
        return "size", attempt(lambda: os.fstat(file.fileno()).st_size)
    files.remove(file)
    return "close", attempt(file.close)


def mode_of(path):
    return oct(os.lstat(path).st_mode)


def names_of(path):
    return sorted((entry.name, entry.is_dir(), entry.is_symlink(), entry.inode() == os.lstat(entry.path).st_ino)
                  for entry in os.scandir(path))


def change(random, base):
    kind = random.below(22)
    name, other = pick(random, base), pick(random, base)
    calls = [
        ("mkdir", lambda: os.mkdir(name)),
        ("makedirs", lambda: os.makedirs(name, exist_ok=bool(random.below(2)))),
        ("rmdir", lambda: os.rmdir(name)),
        ("unlink", lambda: os.unlink(name)),
        ("rename", lambda: os.rename(name, other)),
        ("replace", lambda: os.replace(name, other)),
        ("symlink", lambda: os.symlink(random.choice(["one", "d", "d/one", "nowhere", "link"]), name)),
        ("readlink", lambda: os.readlink(name)),
        ("link", lambda: os.link(name, other)),
        ("listdir", lambda: sorted(os.listdir(name))),
        ("names", lambda: names_of(name)),
        ("exists", lambda: [os.path.exists(name), os.path.lexists(name), os.path.isdir(name), os.path.isfile(name)]),
        ("size", lambda: os.stat(name).st_size if not os.path.isdir(name) else None),
        ("mode", lambda: mode_of(name)),
        ("same", lambda: os.path.samefile(name, other)),
        ("access", lambda: [os.access(name, mode) for mode in (os.F_OK, os.R_OK, os.W_OK)]),
        ("utime", lambda: (os.utime(name, (1000, 2000)), os.stat(name).st_mtime)),
        ("chdir", lambda: os.chdir(name)),
        ("cwd", lambda: os.path.relpath(os.getcwd(), base)),
        ("truncate", lambda: os.truncate(name, random.below(50))),
        ("copy", lambda: os.path.basename(shutil.copy2(name, other))),
        ("walk", lambda: [(len(where), sorted(folders), sorted(files)) for where, folders, files in sorted(os.walk("."))]),
    ]
    label, call = calls[kind]
    return label, name, other, attempt(call)


def open_one(random, base, files):
    name, mode = pick(random, base), random.choice(MODES)
    buffering = random.choice([-1, -1, 0, 1, 7, 100])
    keywords = {} if "b" in mode else {"encoding": "utf-8", "newline": random.choice([None, "", "\n"])}
    if ("b" not in mode and buffering == 0) or ("b" in mode and buffering == 1):
        buffering = -1
    file = attempt(lambda: open(name, mode, buffering, **keywords))
    if not isinstance(file, str):
        files.append(file)
        file = "ok"
    return "open", name, mode, buffering, file


def tree(root):
    left = []
    for where, folders, files in os.walk(root):
        folders.sort()
        for name in sorted(files):
            path = os.path.join(where, name)
            content = os.readlink(path) if os.path.islink(path) else open(path, "rb").read()
            left.append((os.path.relpath(path, root), content))
    return left


def main():
    base, first, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    for seed in range(first, first + count):
        random = Random(seed)
        root = os.path.join(base, "inside")
        os.makedirs(root)
        os.chdir(root)
        files = []
        said = []
        for _ in range(8 + random.below(25)):
            kind = random.below(6)
            if kind == 0 or (not files and kind < 3):
                said.append(open_one(random, base, files))
            elif kind <= 3 and files:
                said.append(use(random, files))
            else:
                said.append(change(random, base))
        said.append([attempt(file.close) for file in files])
        os.chdir(base)
        print(seed, said, tree(base))
        for name in os.listdir(base):
            path = os.path.join(base, name)
            if os.path.isdir(path) and not os.path.islink(path):
                shutil.rmtree(path)
            else:
                os.unlink(path)


main()
