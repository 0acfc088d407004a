/* What fuzz targets of sessions have in common: the tokens that the other side was told, and how an input names them. For one
 * file a program. */
#ifndef TOKENS_H
#define TOKENS_H

#include <stddef.h>
#include <stdint.h>

enum { MOST_TOKENS = 1024, MOST_PAYLOAD = 256 * 9 };

static uint64_t tokens[MOST_TOKENS];
static size_t token_count;

static inline void
note_token(uint64_t token)
{
    if (token_count < MOST_TOKENS)
        tokens[token_count++] = token;
}

/* Takes a payload at data[*at], a byte with its length and that many bytes. The byte fe, which no CBOR begins with, and the byte
 * after it stand for a token. Returns the payload's length. */
static inline size_t
take_payload(const uint8_t *data, size_t size, size_t *at, uint8_t payload[MOST_PAYLOAD])
{
    size_t left = data[(*at)++], length = 0;
    if (left > size - *at)
        left = size - *at;
    for (; left > 0; left--, (*at)++) {
        if (data[*at] == 0xfe && left > 1 && token_count > 0) {
            uint64_t token = tokens[data[++*at] % token_count];
            left--;
            payload[length++] = 0x1b;
            for (int shift = 56; shift >= 0; shift -= 8)
                payload[length++] = (uint8_t)(token >> shift);
        } else {
            payload[length++] = data[*at];
        }
    }
    return length;
}

#endif
