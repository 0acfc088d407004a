"""cachetools: caches by use and by time, as decorators.

with: cachetools
"""

from cachetools import LRUCache, TTLCache, cached

calls = []


@cached(cache=LRUCache(maxsize=2))
def square(n):
    calls.append(n)
    return n * n


assert [square(n) for n in (1, 2, 1, 3, 2)] == [1, 4, 1, 9, 4] and calls == [1, 2, 3, 2]
now = [0]
cache = TTLCache(maxsize=10, ttl=5, timer=lambda: now[0])
cache["a"] = 1
now[0] = 6
assert "a" not in cache
