# A folder that changes while it is listed.
import gc
import os

COUNT = 700
os.mkdir("big")
names = ["%s%05d" % ("n" * 40, i) for i in range(COUNT)]
for name in names:
    open("big/" + name, "w").close()
listing = os.ilistdir("big")
print(sorted(entry[0] for entry in listing) == names, next(listing, None), next(listing, None))

for name, kind, inode, *_ in os.ilistdir("big"):
    if kind != 0x8000 or inode < 0 or not isinstance(name, str):
        print(name, kind, inode)
    os.remove("big/" + name)
print(os.listdir("big"))

# What is made meanwhile need not be seen, but no end comes late.
open("big/a", "w").close()
seen = 0
for name, *_ in os.ilistdir("big"):
    seen += 1
    open("big/%s%d" % (name, seen), "w").close()
print(seen, len(os.listdir("big")))
print([type(entry[0]) for entry in os.ilistdir(b"big")])

# A listing that nobody finishes holds no descriptor.
for _ in range(3000):
    listing = os.ilistdir("big")
    next(listing)
listing = [os.ilistdir("big") for _ in range(300)]
print(len([next(entries) for entries in listing]))
del listing
gc.collect()
for name in os.listdir("big"):
    os.remove("big/" + name)
os.rmdir("big")
for missing in ("big", ""):
    try:
        print(os.listdir(missing) == os.listdir("."))
    except OSError as error:
        print("OSError")
