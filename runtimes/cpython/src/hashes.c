// Hashes of bytes and strings that differ from process to process, though the snapshot's are in its dicts and sets.
//
// While the snapshot is made, all that is hashed is written down with its hash, which is that of an empty secret. In a
// process those bytes keep it, and all others have the hash of a secret that is chosen when it starts (patch 0035). Who
// wants many keys of one hash can choose from the few that are known, which are as good as random, and otherwise does
// not know the secret.
#include "pylon.h"

#include "pycore_pyhash.h"
#include "pycore_pylifecycle.h"

#include <string.h>

enum { CHUNK = 32768 };

static _Py_known_hash *entries;
static uint32_t count, capacity;
static uint32_t *slots;
static uint32_t slot_count;  // a power of two
static bool incomplete;      // for want of memory

// The slot of the bytes, or the free one that they would have.
static uint32_t *slot_of(const uint8_t *bytes, size_t length)
{
    uint32_t place = _Py_PlaceOfBytes(bytes, length);
    for (uint32_t at = place & (slot_count - 1);; at = (at + 1) & (slot_count - 1)) {
        uint32_t slot = slots[at];
        const _Py_known_hash *known = slot != 0 ? &entries[(slot & 0xffffff) - 1] : NULL;
        if (known == NULL || (known->length == length && memcmp(known->bytes, bytes, length) == 0)) {
            return &slots[at];
        }
    }
}

// Makes room for one more. At most half of the slots are in use.
static bool grow(void)
{
    if (count == capacity) {
        uint32_t larger = capacity != 0 ? 2 * capacity : 4096;
        _Py_known_hash *moved = PyMem_RawRealloc(entries, larger * sizeof *entries);
        if (moved == NULL) {
            return false;
        }
        entries = moved;
        capacity = larger;
        PyMem_RawFree(slots);
        slot_count = 2 * larger;
        slots = PyMem_RawCalloc(slot_count, sizeof *slots);
        if (slots == NULL) {
            return false;
        }
        for (uint32_t i = 0; i < count; i++) {
            uint32_t place = _Py_PlaceOfBytes(entries[i].bytes, entries[i].length);
            *slot_of(entries[i].bytes, entries[i].length) = (place & 0xff000000) | (i + 1);
        }
    }
    return true;
}

// A copy of bytes, NULL for want of memory. Many are short: they lie side by side.
static const uint8_t *keep(const void *bytes, size_t length)
{
    static uint8_t *chunk;
    static size_t left;
    if (length > left) {
        left = length > CHUNK ? length : CHUNK;
        chunk = PyMem_RawMalloc(left);
        if (chunk == NULL) {
            left = 0;
            return NULL;
        }
    }
    uint8_t *copy = chunk;
    memcpy(copy, bytes, length);
    chunk += length;
    left -= length;
    return copy;
}

// Of the bytes themselves there is a copy: what has them may go, and its hash stay in something else.
static void record(const void *src, Py_ssize_t length, Py_hash_t hash)
{
    if (incomplete || !grow()) {
        incomplete = true;
        return;
    }
    uint32_t *slot = slot_of(src, (size_t)length);
    if (*slot != 0) {
        return;
    }
    const uint8_t *copy = keep(src, (size_t)length);
    if (copy == NULL) {
        incomplete = true;
        return;
    }
    entries[count++] = (_Py_known_hash){.bytes = copy, .length = (uint32_t)length, .hash = hash};
    *slot = (_Py_PlaceOfBytes(src, (size_t)length) & 0xff000000) | count;
}

void pylon_record_hashes(void)
{
    _Py_KnownHashes.record = record;
}

bool pylon_keep_hashes(void)
{
    _Py_KnownHashes.record = NULL;
    return !incomplete;
}

PyStatus pylon_choose_hashes(void)
{
    if (_PyOS_URandomNonblock(&_Py_HashSecret, sizeof _Py_HashSecret) < 0) {
        return PyStatus_Error("failed to get random numbers to initialize Python");
    }
    _Py_KnownHashes.slots = slots;
    _Py_KnownHashes.mask = slot_count - 1;
    _Py_KnownHashes.entries = entries;
    return PyStatus_Ok();
}
