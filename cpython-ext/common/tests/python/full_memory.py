"""What the test_full_memory.py of extensions have in common: memory is full, and what is called gives the right value or
MemoryError, and afterwards all is well."""

BLOCK = 4096
FREE = (0, 1, 2, 4, 8, 12, 16, 17, 18, 20, 24, 32, 48, 64, 80, 100, 150, 300, 600, 1000, 2000)


def fill(hold):
    """Takes all memory, by blocks of which the last are small."""
    for size in (1 << 20, 1 << 16, BLOCK, 512):
        try:
            while True:
                hold.append(bytearray(size))
        except MemoryError:
            pass


class FullMemory:
    """Tests for a unittest.TestCase, which has `calls`: pairs of a function and what it gives."""

    calls = ()

    def right_or_no_memory(self, hold=()):
        """For each call whether it was right, or None for MemoryError. `hold` is cleared before anything is checked."""
        outcomes = []
        for call, right in self.calls:
            try:
                outcomes.append(call() == right)
            except MemoryError:
                outcomes.append(None)
        if hold:
            hold.clear()
        self.assertNotIn(False, outcomes)
        return outcomes

    def test_calls_with_ever_more_room(self):
        for free in FREE:
            hold, spare = [], [bytearray(BLOCK) for _ in range(free)]
            fill(hold)
            spare.clear()
            self.right_or_no_memory(hold)
        # There was nothing else to fail.
        self.assertEqual(self.right_or_no_memory(), [True] * len(self.calls))

    def fill_with(self, make, more_than):
        """Makes objects until memory is full, twice: what the first have had must be there again."""
        for _ in range(2):
            objects = []
            # Nothing of unittest's stands between memory being full and there being some again.
            try:
                while True:
                    objects.append(make())
            except MemoryError:
                del objects[-3:]
            objects.append(make())
            made = len(objects) + 2  # before memory was full
            objects.clear()
            self.assertGreater(made, more_than)
