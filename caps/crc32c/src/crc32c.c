/* CRC-32C by two interleaved streams of 64-bit words ("braids").
 *
 * A CRC's cost in software is latency: each table lookup waits for the one before it. Dealing the words of the input
 * alternately to two independent CRCs hides it, and needs only that each CRC skips the other's word: tables in which
 * a byte is followed by 8 more zero bytes than it would be otherwise. At the end both are joined word by word.
 * Method: K. Kadatch and B. Jenkins, "Everything we know about CRC but afraid to forget", 2010, section 4.
 * Two braids are the fastest in wasm (docs/reference/contract-crc32c.md).
 */
#include "crc32c.h"

#include <stdbool.h>
#include <string.h>

enum {
    BRAIDS = 2,
    WORD = 8, /* bytes in a word */
    BLOCK = BRAIDS * WORD,
};

/* The polynomial 0x1EDC6F41, bits reflected. */
static const uint32_t POLYNOMIAL = 0x82f63b78u;

/* word_table[j][b]: the CRC register after byte `b` at place `j` of a word, with the rest of that word zero.
 * braid_table[j][b]: the same with the whole next word of the other braid zero as well. */
static uint32_t word_table[WORD][256];
static uint32_t braid_table[WORD][256];
static bool tables_ready;

/* Fills both tables. One more zero byte behind a byte advances its entry by a byte. */
static void
make_tables(void)
{
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t crc = byte;
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ POLYNOMIAL : crc >> 1;
        word_table[WORD - 1][byte] = crc;
    }
    const uint32_t *one_byte = word_table[WORD - 1];
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t crc = one_byte[byte];
        for (int place = WORD - 2; place >= 0; place--) {
            crc = crc >> 8 ^ one_byte[crc & 0xff];
            word_table[place][byte] = crc;
        }
        for (int zeros = 0; zeros < (BRAIDS - 2) * WORD; zeros++)
            crc = crc >> 8 ^ one_byte[crc & 0xff];
        for (int place = WORD - 1; place >= 0; place--) {
            crc = crc >> 8 ^ one_byte[crc & 0xff];
            braid_table[place][byte] = crc;
        }
    }
    tables_ready = true;
}

/* The eight bytes at `data` as a little-endian word, whatever the machine and the alignment. */
static inline uint64_t
load_word(const uint8_t *data)
{
    uint64_t word;
    memcpy(&word, data, sizeof word);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

/* The CRC register after `word`, into which the register before it has been XORed. */
static inline uint32_t
advance(uint32_t table[WORD][256], uint64_t word)
{
    uint32_t crc = table[0][word & 0xff];
    for (int place = 1; place < WORD; place++)
        crc ^= table[place][word >> 8 * place & 0xff];
    return crc;
}

uint32_t
crc32c_update(uint32_t value, const uint8_t *data, size_t length)
{
    if (!tables_ready)
        make_tables();

    uint32_t crc = ~value;
    if (length >= 2 * BLOCK) {
        uint32_t crc0 = crc;
        uint32_t crc1 = 0;
        do {
            uint64_t word0 = load_word(data) ^ crc0;
            uint64_t word1 = load_word(data + WORD) ^ crc1;
            crc0 = advance(braid_table, word0);
            crc1 = advance(braid_table, word1);
            data += BLOCK;
            length -= BLOCK;
        } while (length >= 2 * BLOCK);

        /* The last whole block joins the braids: each one's register enters at its own word. */
        crc = advance(word_table, load_word(data) ^ crc0);
        crc = advance(word_table, load_word(data + WORD) ^ crc1 ^ crc);
        data += BLOCK;
        length -= BLOCK;
    }
    for (; length >= WORD; data += WORD, length -= WORD)
        crc = advance(word_table, load_word(data) ^ crc);
    for (; length > 0; data++, length--)
        crc = crc >> 8 ^ word_table[WORD - 1][(crc ^ *data) & 0xff];
    return ~crc;
}

/* The product of two polynomials modulo the CRC's. Reflected: the highest bit is the constant term. */
static uint32_t
multiply(uint32_t a, uint32_t b)
{
    uint32_t product = 0;
    for (uint32_t term = UINT32_C(1) << 31; term != 0; term >>= 1) {
        if (a & term)
            product ^= b;
        b = b & 1 ? b >> 1 ^ POLYNOMIAL : b >> 1;
    }
    return product;
}

uint32_t
crc32c_combine(uint32_t first, uint32_t second, uint64_t second_length)
{
    /* Appending n bytes multiplies the first CRC by x^8n. */
    uint32_t factor = UINT32_C(1) << 31;
    uint32_t square = UINT32_C(1) << (31 - 8);
    for (; second_length != 0; second_length >>= 1) {
        if (second_length & 1)
            factor = multiply(factor, square);
        square = multiply(square, square);
    }
    return multiply(factor, first) ^ second;
}
