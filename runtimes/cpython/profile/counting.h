// What clang writes of a function that it instruments (-fprofile-generate): raw profiles of version 10 (LLVM 22, InstrProfData.inc).
// write.py refuses another version.
#include <stdbool.h>
#include <stdint.h>

enum { KINDS = 3, VALUES = 16 };

// What was seen at one place: targets of a call, or sizes of a copy.
struct site {
    uint32_t used;
    struct {
        uint64_t value;
        uint64_t count;
    } seen[VALUES];
};

struct record {
    uint64_t name;  // a hash of it
    uint64_t hash;  // of its control flow
    int32_t counters;  // where, from here
    int32_t bitmap;
    uint32_t address;
    struct site *sites;  // NULL until one is reached; all of a kind, and then those of the next
    uint32_t counter_count;
    uint16_t site_counts[KINDS];
    uint32_t bitmap_bytes;
};
_Static_assert(sizeof(struct record) == 48, "clang's records are of this size");

static inline uint32_t site_count(const struct record *record)
{
    uint32_t count = 0;
    for (int kind = 0; kind < KINDS; kind++) {
        count += record->site_counts[kind];
    }
    return count;
}

// From now on nothing more is seen; counters go on.
void counting_stop(void);
