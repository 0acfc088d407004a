"""Parameters of compressors, at their bounds and at random. Run inside pylon.wasm.

Sizes of tables that libzstd allows overflow on a machine of 32 bits, and then it writes beyond what it has allocated: the cap
does not allow them.

memory: 512M
"""

import random
import unittest

from compression import zstd

DATA = random.Random(1).randbytes(70_000) * 2


class Parameters(unittest.TestCase):
    def packs(self, options, data):
        """A frame, or no memory for it."""
        packer = zstd.ZstdCompressor(options=options)
        for pack in (lambda: packer.compress(data, packer.FLUSH_FRAME), lambda: packer.compress(data) + packer.flush()):
            try:
                self.assertEqual(zstd.decompress(pack(), options={zstd.DecompressionParameter.window_log_max: 30}), data)
            except MemoryError:
                pass

    def test_at_their_bounds(self):
        parameter = zstd.CompressionParameter
        large = {one: one.bounds()[1] for one in (parameter.window_log, parameter.hash_log, parameter.chain_log)}
        for strategy in zstd.Strategy:
            self.packs(large | {parameter.strategy: strategy}, DATA)
        distances = parameter.enable_long_distance_matching, parameter.ldm_hash_log, parameter.ldm_hash_rate_log
        for log in 0, 6, distances[1].bounds()[1]:
            for rate in range(distances[2].bounds()[1] + 1):
                for window in 0, 10, 27, 28, 29, 30:
                    self.packs(dict(zip(distances, (1, log, rate))) | {parameter.window_log: window}, DATA)

    def test_beyond_their_bounds(self):
        for name in "window_log", "hash_log", "chain_log", "ldm_hash_log", "ldm_hash_rate_log":
            one = zstd.CompressionParameter[name]
            most = one.bounds()[1]
            with self.assertRaisesRegex(ValueError, rf"'{name}' received an illegal value {most + 1}; .* {most}\]$"):
                zstd.ZstdCompressor(options={one: most + 1})

    def test_chosen_at_random(self):
        choices = random.Random(4)
        for _ in range(200):
            options = {}
            for one in choices.sample(list(zstd.CompressionParameter), choices.randrange(1, 8)):
                options[one] = choices.randint(*one.bounds())
            self.packs(options, DATA[: choices.choice((0, 100, 5000, len(DATA)))])


if __name__ == "__main__":
    unittest.main()
