# args: -X heapmax=512k
# When the heap is full, MemoryError is raised, and what was let go of can be used again.
import gc


def grow_list():
    values = []
    while True:
        values.append([1, 2, 3, len(values)])


def grow_dict():
    values = {}
    while True:
        values[str(len(values))] = len(values)


def grow_string():
    text = "x"
    while True:
        text += text


def grow_integer():
    number, bits = 1, 1
    while True:
        number <<= bits
        bits *= 2


def grow_closures():
    values = []
    while True:
        number = len(values) + 0.5
        values.append(lambda: number)


def one_big():
    return bytearray(1 << 28)


def beyond_the_address_space():
    return bytearray(0x7FFFFFF0)


def multiplied():
    return [0] * 0x1FFFFFFF


def inside_of_handlers():
    values = []
    while True:
        try:
            values.append(bytes(1000))
        finally:
            values.append("%d" % len(values))


for exhaust in (
    grow_list,
    grow_dict,
    grow_string,
    grow_integer,
    grow_closures,
    one_big,
    beyond_the_address_space,
    multiplied,
    inside_of_handlers,
):
    for _ in range(2):
        try:
            exhaust()
        except MemoryError as error:
            print(exhaust.__name__, "MemoryError", str(error).startswith("memory allocation failed"))
        # Most of the heap is free again.
        gc.collect()
        free = bytearray(100000)
        del free
