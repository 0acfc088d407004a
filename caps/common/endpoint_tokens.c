/* The numbers of session tokens: of a keyed hash, so that nobody guesses one. See docs/adr/0013-session-tokens.md. */
#include "endpoint_private.h"

#include <string.h>

static struct {
    uint64_t key[2];
    uint64_t counter; /* of the tokens made */
    bool seeded;
} session;

static inline uint64_t
rotate(uint64_t value, unsigned bits)
{
    return value << bits | value >> (64 - bits);
}

/* `rounds` rounds of SipHash (J.-P. Aumasson, D. J. Bernstein: SipHash: a fast short-input PRF, 2012). */
static void
sip_rounds(uint64_t v[4], int rounds)
{
    while (rounds-- > 0) {
        v[0] += v[1];
        v[2] += v[3];
        v[1] = rotate(v[1], 13) ^ v[0];
        v[3] = rotate(v[3], 16) ^ v[2];
        v[0] = rotate(v[0], 32);
        v[2] += v[1];
        v[0] += v[3];
        v[1] = rotate(v[1], 17) ^ v[2];
        v[3] = rotate(v[3], 21) ^ v[0];
        v[2] = rotate(v[2], 32);
    }
}

/* SipHash-2-4 of the eight bytes of a number, little endian. */
static uint64_t
siphash(const uint64_t key[2], uint64_t number)
{
    uint64_t v[4] = {
        key[0] ^ UINT64_C(0x736f6d6570736575),
        key[1] ^ UINT64_C(0x646f72616e646f6d),
        key[0] ^ UINT64_C(0x6c7967656e657261),
        key[1] ^ UINT64_C(0x7465646279746573),
    };
    uint64_t blocks[2] = {number, UINT64_C(8) << 56};

    for (int i = 0; i < 2; i++) {
        v[3] ^= blocks[i];
        sip_rounds(v, 2);
        v[0] ^= blocks[i];
    }
    v[2] ^= 0xff;
    sip_rounds(v, 4);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

bool
endpoint_seed(const uint8_t seed[16])
{
    if (session.seeded || session.counter > 0)
        return false;
    memcpy(session.key, seed, 16);
    session.seeded = true;
    return true;
}

uint64_t
endpoint_token(void)
{
    return siphash(session.key, session.counter++);
}
