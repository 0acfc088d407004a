# args: -X heapmax=64M
# engine: wasmtime
# Code that is compiled after 65,536 names have been used has its own. (Each new name is compared with all others, which
# takes an interpreter minutes.)
class Bag:
    pass


bag = Bag()
for i in range(66000):
    setattr(bag, "name%d" % i, i)
space = {}
exec("later_name = 12345\nclass Later_class:\n later_field = 6\ndef later_function(later_argument): return later_argument\n", space)
print(space["later_name"], space["Later_class"].later_field, space["Later_class"].__name__, str(space["later_function"]).split()[1])
print(eval("later_function(later_argument=3)", space), bag.name65999)
