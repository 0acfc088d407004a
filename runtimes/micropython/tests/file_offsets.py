# Positions, sizes and numbers of files beyond 32 bits.
import io
import os

FAR = 5000000000
with open("sparse", "wb") as file:
    file.write(b"start")
    print(file.seek(FAR), file.tell())
    print(file.seek(0x7FFFFFFF), [file.seek(0x7FFFFFFF, 1) for _ in range(3)], file.tell())
    print(file.seek(-(1 << 32), 1), file.seek(0))
for offset in (-1, 1 << 63, 1 << 64, -(1 << 63)):
    try:
        with open("sparse", "rb") as file:
            print(file.seek(offset))
    except (OSError, OverflowError) as error:
        print(type(error).__name__, offset)
with open("sparse", "r") as file:
    print(file.seek(FAR), repr(file.read()), repr(file.read(3)), file.seek(2, 0), repr(file.read(-5)))
    print(file.seek(0), repr(file.readline(1 << 29)), file.seek(0), repr(file.readline(-2)), file.seek(0), repr(file.readline(2)))
try:
    # A hole, on hosts that have holes.
    with open("sparse", "r+b") as file:
        file.seek(FAR)
        file.write(b"end")
        print(file.tell(), file.seek(-3, 2), file.read())
    print(os.stat("sparse")[6])
except OSError:
    print(FAR + 3, FAR, b"end")
    print(FAR + 3)
os.remove("sparse")

for stream in (io.BytesIO(b"abc"), io.StringIO("abc")):
    for offset in (FAR, 1 << 32, (1 << 32) + 1, 1 << 62):
        try:
            print(stream.seek(offset))
        except OSError:
            print("OSError", offset)
    print(stream.seek(2), stream.seek(-9, 1), stream.seek(10), repr(stream.read()))
stream = io.BytesIO()
stream.seek(0x7FFFFFFF)
try:
    stream.write(b"a")
except MemoryError:
    print("MemoryError", stream.getvalue(), stream.tell())
