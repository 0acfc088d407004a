# Files of a granted folder, through open() and os.
import errno
import os

with open("text", "w") as file:
    print(file.write("one\ntwo\nüml\n"))
with open("text") as file:
    print(file.readline(), file.read(2), file.tell(), file.seek(0), file.readlines())
with open("text", "a") as file:
    file.write("three")
with open("text", "rb") as file:
    print(file.read(), file.read(), file.seek(-5, 2), file.read())
with open("text", "r+b") as file:
    file.seek(4)
    file.write(b"TWO")
    file.flush()
    buffer = bytearray(4)
    print(file.readinto(buffer), buffer)
with open("text") as file:
    print([line for line in file])
with open("big", "wb") as file:
    block = bytes(range(256)) * 64
    print(sum(file.write(block) for _ in range(64)))
with open("big", "rb") as file:
    print(all(file.read(len(block)) == block for _ in range(64)), file.read(1))

os.mkdir("folder")
os.rename("big", "folder/big")
print(sorted(os.listdir()), os.listdir("folder"))
print(sorted((name, hex(kind)) for name, kind, *_ in os.ilistdir()))
print(os.stat("folder/big")[6], hex(os.stat("folder")[0] & 0xF000), hex(os.stat("text")[0] & 0xF000))
os.chdir("folder")
print(os.getcwd().split("/")[-1], os.listdir())
os.chdir("..")
os.remove("folder/big")
os.rmdir("folder")
print(sorted(os.listdir()))

for name, failing, number in (
    ("open", lambda: open("nothing"), errno.ENOENT),
    ("open x", lambda: open("no/folder", "w"), errno.ENOENT),
    ("remove", lambda: os.remove("nothing"), errno.ENOENT),
    ("mkdir", lambda: (os.mkdir("twice"), os.mkdir("twice")), errno.EEXIST),
    ("rmdir", lambda: os.rmdir("text"), None),
    ("listdir", lambda: os.listdir("nothing"), errno.ENOENT),
    ("chdir", lambda: os.chdir("nothing"), errno.ENOENT),
    ("read", lambda: open("text", "w").read(), None),
):
    try:
        failing()
        print(name, "did not fail")
    except OSError as error:
        print(name, "OSError", error.errno == number if number else "")
try:
    open("text").read()
    file = open("text")
    file.close()
    file.read()
except (OSError, ValueError) as error:
    print("closed:", type(error).__name__)

with open("module.py", "w") as file:
    file.write("VALUE = 'imported'\n")
import module

print(module.VALUE)
