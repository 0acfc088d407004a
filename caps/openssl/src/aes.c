/* AES in constant time: in place of OpenSSL's, which without assembler looks up tables at addresses that depend on
 * secrets. These functions are linked before libcrypto, whose aes_core.c then has nothing left that is asked for.
 *
 * The S-box is reckoned, sixteen bytes at once, after M. Hamburg, "Accelerating AES with vector permute
 * instructions" (2009). A byte x is i*t + k with i and k in the subfield of 16 elements, which is written in powers
 * of 0x0c; t is 0x34. With j = i + k and a = 0x0c,
 *
 *     io = 1/(1/i + a/k) + j        jo = 1/(1/j + a/k) + i
 *
 * where 1/0 is more than any number: what is looked up behind it is 0. Any linear function of 1/x is then what one
 * table has for io and another one for jo. Each table has 16 bytes and stands in a register, so that no address
 * depends on what is looked up. */
#include <openssl/aes.h>
#include <openssl/crypto.h>
#include <string.h>

#include <wasm_simd128.h>

/* Words of a key in AES_KEY's place, 16 bytes a round. Between rounds of encryption the state is in the basis of i and k,
 * with its rows moved for the next round, and so are round keys but the last one; what the S-box adds, 0x63, is in
 * them, too. */
_Static_assert(sizeof(((AES_KEY *)0)->rd_key) == 15 * 16, "a round key has 16 bytes");

/* Blocks that are under way at once. */
enum { TOGETHER = 4 };

#define LOW_NIBBLES wasm_i8x16_const_splat(0x0f)
#define OF_BYTES(name, ...) static const uint8_t name[16] = {__VA_ARGS__}

/* 1/n and a/n of the subfield. */
OF_BYTES(INVERSE, 0x80, 0x01, 0x0f, 0x0a, 0x08, 0x06, 0x05, 0x09, 0x04, 0x07, 0x03, 0x0e, 0x0d, 0x0c, 0x0b, 0x02);
OF_BYTES(QUOTIENT, 0x80, 0x02, 0x01, 0x0b, 0x0f, 0x0c, 0x0a, 0x0d, 0x08, 0x0e, 0x06, 0x03, 0x05, 0x07, 0x09, 0x04);
/* Into the basis, of a byte's lower and higher half. */
OF_BYTES(INTO_LOW, 0x00, 0x01, 0x37, 0x36, 0xa0, 0xa1, 0x97, 0x96, 0xa2, 0xa3, 0x95, 0x94, 0x02, 0x03, 0x35, 0x34);
OF_BYTES(INTO_HIGH, 0x00, 0xcc, 0x7c, 0xb0, 0xc8, 0x04, 0xb4, 0x78, 0xbf, 0x73, 0xc3, 0x0f, 0x77, 0xbb, 0x0b, 0xc7);
/* The same of what the S-box's linear part is taken back from. */
OF_BYTES(BACK_LOW, 0x00, 0x5d, 0xd3, 0x8e, 0xdf, 0x82, 0x0c, 0x51, 0x33, 0x6e, 0xe0, 0xbd, 0xec, 0xb1, 0x3f, 0x62);
OF_BYTES(BACK_HIGH, 0x00, 0x63, 0x6b, 0x08, 0x44, 0x27, 0x2f, 0x4c, 0xdd, 0xbe, 0xb6, 0xd5, 0x99, 0xfa, 0xf2, 0x91);
/* The S-box without 0x63, and twice that, in the basis. */
OF_BYTES(ONCE_IO, 0x00, 0x52, 0x21, 0x11, 0x9b, 0xe8, 0x30, 0xc9, 0x62, 0xba, 0xd8, 0x73, 0xab, 0xf9, 0x43, 0x8a);
OF_BYTES(ONCE_JO, 0x00, 0xbe, 0xef, 0xd0, 0xc4, 0x95, 0x3f, 0x7a, 0x81, 0x2b, 0xaa, 0x51, 0xfb, 0x45, 0x6e, 0x14);
OF_BYTES(TWICE_IO, 0x00, 0x3f, 0x1b, 0x21, 0xb7, 0x93, 0x3a, 0x88, 0x05, 0xac, 0xa9, 0x24, 0x8d, 0xb2, 0x1e, 0x96);
OF_BYTES(TWICE_JO, 0x00, 0x6f, 0x09, 0xdf, 0x0a, 0x6c, 0xd6, 0x65, 0xb9, 0x03, 0xba, 0x66, 0xdc, 0xb3, 0xb0, 0xd5);
/* The S-box without 0x63, as bytes. */
OF_BYTES(LAST_IO, 0x00, 0xfa, 0x6a, 0x35, 0xbb, 0x2b, 0x5f, 0x41, 0xa5, 0xd1, 0x74, 0x90, 0xe4, 0x1e, 0xcf, 0x8e);
OF_BYTES(LAST_JO, 0x00, 0x81, 0x76, 0x99, 0xfd, 0x0a, 0xef, 0x7c, 0x6e, 0x8b, 0xe5, 0xf7, 0x12, 0x93, 0x18, 0x64);
/* 1/x, as bytes. */
OF_BYTES(PLAIN_IO, 0x00, 0x9c, 0x1d, 0x8e, 0x44, 0xc5, 0x93, 0xd8, 0x0f, 0x59, 0x56, 0x81, 0xd7, 0x4b, 0x12, 0xca);
OF_BYTES(PLAIN_JO, 0x00, 0x6f, 0xc2, 0x99, 0x6b, 0xc6, 0x5b, 0x04, 0x34, 0xa9, 0x9d, 0xad, 0x30, 0x5f, 0xf6, 0xf2);

#define LOOKED_UP(table, indices) wasm_i8x16_swizzle(wasm_v128_load(table), indices)
#define ADD(a, b) wasm_v128_xor(a, b)

/* What both halves of each byte come to. */
#define OF_HALVES(bytes, low, high)                                                                                    \
    ADD(LOOKED_UP(low, wasm_v128_and(bytes, LOW_NIBBLES)), LOOKED_UP(high, wasm_u8x16_shr(bytes, 4)))

/* The rows, moved as a round does, and this after the bytes of each column were moved up by one, two and three. */
#define ROWS_MOVED(s) wasm_i8x16_shuffle(s, s, 0, 5, 10, 15, 4, 9, 14, 3, 8, 13, 2, 7, 12, 1, 6, 11)
#define UP_ONE_MOVED(s) wasm_i8x16_shuffle(s, s, 1, 6, 11, 12, 5, 10, 15, 0, 9, 14, 3, 4, 13, 2, 7, 8)
#define UP_TWO_MOVED(s) wasm_i8x16_shuffle(s, s, 2, 7, 8, 13, 6, 11, 12, 1, 10, 15, 0, 5, 14, 3, 4, 9)
#define UP_THREE_MOVED(s) wasm_i8x16_shuffle(s, s, 3, 4, 9, 14, 7, 8, 13, 2, 11, 12, 1, 6, 15, 0, 5, 10)

/* The rows, moved back; the bytes of each column, moved up by one and by two. */
#define ROWS_BACK(s) wasm_i8x16_shuffle(s, s, 0, 13, 10, 7, 4, 1, 14, 11, 8, 5, 2, 15, 12, 9, 6, 3)
#define UP_ONE(s) wasm_i8x16_shuffle(s, s, 1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12)
#define UP_TWO(s) wasm_i8x16_shuffle(s, s, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13)

typedef struct {
    v128_t io, jo;
} inverse_t;

static inline inverse_t
inverted(v128_t state)
{
    v128_t k = wasm_v128_and(state, LOW_NIBBLES), i = wasm_u8x16_shr(state, 4), j = ADD(i, k);
    v128_t quotient = LOOKED_UP(QUOTIENT, k);
    v128_t of_i = ADD(LOOKED_UP(INVERSE, i), quotient), of_j = ADD(LOOKED_UP(INVERSE, j), quotient);
    return (inverse_t){ADD(LOOKED_UP(INVERSE, of_i), j), ADD(LOOKED_UP(INVERSE, of_j), i)};
}

#define OF_INVERSE(x, name) ADD(LOOKED_UP(name##_IO, (x).io), LOOKED_UP(name##_JO, (x).jo))

static inline v128_t
columns_mixed(v128_t once, v128_t twice)
{
    v128_t two = ADD(once, UP_ONE(once));
    return ADD(ADD(twice, UP_ONE(ADD(twice, once))), UP_TWO(two));
}

/* The end of a round of encryption: columns mixed, the key added, and the rows moved for the next one. Where one block is
 * under way, the time is that of what waits for one another, so that each move is of what the S-box gave. */
static inline v128_t
mixed_for_next(v128_t once, v128_t twice, v128_t added)
{
    v128_t two_and_three = ADD(UP_TWO_MOVED(once), UP_THREE_MOVED(once));
    return ADD(ADD(ADD(ROWS_MOVED(twice), added), UP_ONE_MOVED(ADD(twice, once))), two_and_three);
}

static inline v128_t
round_key(const AES_KEY *key, int round)
{
    return wasm_v128_load(&key->rd_key[4 * round]);
}

/* Encrypts `count` blocks in place; a constant after inlining. */
static inline __attribute__((always_inline)) void
encrypt(v128_t *state, int count, const AES_KEY *key)
{
    v128_t added = round_key(key, 0);
    for (int b = 0; b < count; b++)
        state[b] = ADD(ROWS_MOVED(OF_HALVES(state[b], INTO_LOW, INTO_HIGH)), added);
    for (int round = 1; round < key->rounds; round++) {
        added = round_key(key, round);
        for (int b = 0; b < count; b++) {
            inverse_t x = inverted(state[b]);
            state[b] = mixed_for_next(OF_INVERSE(x, ONCE), OF_INVERSE(x, TWICE), added);
        }
    }
    added = round_key(key, key->rounds);
    for (int b = 0; b < count; b++) {
        inverse_t x = inverted(state[b]);
        state[b] = ADD(OF_INVERSE(x, LAST), added);
    }
}

void
AES_encrypt(const unsigned char *in, unsigned char *out, const AES_KEY *key)
{
    v128_t state = wasm_v128_load(in);
    encrypt(&state, 1, key);
    wasm_v128_store(out, state);
}

/* Each byte twice itself, in AES's field. */
static inline v128_t
doubled(v128_t bytes)
{
    v128_t carried = wasm_v128_and(wasm_i8x16_shr(bytes, 7), wasm_i8x16_const_splat(0x1b));
    return ADD(wasm_i8x16_add(bytes, bytes), carried);
}

/* Decrypts `count` blocks in place; a constant after inlining. */
static inline __attribute__((always_inline)) void
decrypt(v128_t *state, int count, const AES_KEY *key)
{
    v128_t added = round_key(key, 0);
    for (int b = 0; b < count; b++)
        state[b] = ADD(state[b], added);
    for (int round = 1; round <= key->rounds; round++) {
        added = round_key(key, round);
        for (int b = 0; b < count; b++) {
            inverse_t x = inverted(OF_HALVES(ROWS_BACK(state[b]), BACK_LOW, BACK_HIGH));
            state[b] = ADD(OF_INVERSE(x, PLAIN), added);
        }
        /* What is behind mixing columns: four times the sum of each and the next but one. */
        for (int b = 0; round < key->rounds && b < count; b++) {
            v128_t summed = ADD(state[b], doubled(doubled(ADD(state[b], UP_TWO(state[b])))));
            state[b] = columns_mixed(summed, doubled(summed));
        }
    }
}

void
AES_decrypt(const unsigned char *in, unsigned char *out, const AES_KEY *key)
{
    v128_t state = wasm_v128_load(in);
    decrypt(&state, 1, key);
    wasm_v128_store(out, state);
}

/* In place of aes_cbc.c's. Each block goes into the next one's encryption, but decrypting needs no other plain text, so that
 * several are under way. Ciphers pass whole blocks; `in` and `out` are the same or apart. */
void
AES_cbc_encrypt(const unsigned char *in, unsigned char *out, size_t length, const AES_KEY *key, unsigned char *ivec,
                const int enc)
{
    v128_t chained = wasm_v128_load(ivec);
    size_t blocks = length / AES_BLOCK_SIZE;
    if (enc) {
        for (; blocks > 0; blocks--, in += 16, out += 16) {
            chained = ADD(chained, wasm_v128_load(in));
            encrypt(&chained, 1, key);
            wasm_v128_store(out, chained);
        }
    }
    while (blocks > 0) {
        v128_t states[TOGETHER], read[TOGETHER];
        size_t count = blocks < TOGETHER ? 1 : TOGETHER;
        for (size_t b = 0; b < count; b++)
            states[b] = read[b] = wasm_v128_load(in + 16 * b);
        if (count == 1)
            decrypt(states, 1, key);
        else
            decrypt(states, TOGETHER, key);
        for (size_t b = 0; b < count; b++) {
            wasm_v128_store(out + 16 * b, ADD(states[b], chained));
            chained = read[b];
        }
        blocks -= count, in += 16 * count, out += 16 * count;
    }
    wasm_v128_store(ivec, chained);
}

/* Blocks by which a counter is behind. */
static inline v128_t
counted(v128_t block, uint32_t number)
{
    return wasm_i32x4_replace_lane(block, 3, (int32_t)__builtin_bswap32(number));
}

/* What CTR and GCM are made of: the last 32 bits count, and what they overflow by is lost. */
void
AES_ctr32_encrypt(const unsigned char *in, unsigned char *out, size_t blocks, const AES_KEY *key,
                  const unsigned char ivec[AES_BLOCK_SIZE])
{
    v128_t block = wasm_v128_load(ivec);
    uint32_t number = __builtin_bswap32((uint32_t)wasm_i32x4_extract_lane(block, 3));
    for (; blocks >= TOGETHER; blocks -= TOGETHER, in += 16 * TOGETHER, out += 16 * TOGETHER) {
        v128_t states[TOGETHER];
        for (int b = 0; b < TOGETHER; b++)
            states[b] = counted(block, number++);
        encrypt(states, TOGETHER, key);
        for (int b = 0; b < TOGETHER; b++)
            wasm_v128_store(out + 16 * b, ADD(wasm_v128_load(in + 16 * b), states[b]));
    }
    for (; blocks > 0; blocks--, in += 16, out += 16) {
        v128_t state = counted(block, number++);
        encrypt(&state, 1, key);
        wasm_v128_store(out, ADD(wasm_v128_load(in), state));
    }
}

/* The S-box of a word's bytes. */
static uint32_t
substituted(uint32_t word)
{
    v128_t bytes = wasm_i32x4_splat((int32_t)word);
    inverse_t x = inverted(OF_HALVES(bytes, INTO_LOW, INTO_HIGH));
    return (uint32_t)wasm_i32x4_extract_lane(OF_INVERSE(x, LAST), 0) ^ 0x63636363;
}

/* FIPS 197, 5.2, with words as they lie in memory. Returns the rounds, 0 for a length that is none. */
static int
expanded(const unsigned char *user_key, int bits, uint32_t words[60])
{
    if (bits != 128 && bits != 192 && bits != 256)
        return 0;
    int length = bits / 32, rounds = length + 6;
    uint32_t constant = 1;
    memcpy(words, user_key, (size_t)bits / 8);
    for (int i = length; i < 4 * (rounds + 1); i++) {
        uint32_t word = words[i - 1];
        if (i % length == 0) {
            word = substituted(word >> 8 | word << 24) ^ constant;
            constant = constant << 1 ^ (constant >> 7) * 0x11b;
        } else if (length == 8 && i % length == 4) {
            word = substituted(word);
        }
        words[i] = words[i - length] ^ word;
    }
    return rounds;
}

int
AES_set_encrypt_key(const unsigned char *user_key, const int bits, AES_KEY *key)
{
    if (user_key == NULL || key == NULL)
        return -1;
    uint32_t words[60];
    key->rounds = expanded(user_key, bits, words);
    if (key->rounds == 0)
        return -2;
    for (int round = 0; round <= key->rounds; round++) {
        v128_t added = wasm_v128_load(&words[4 * round]);
        if (round > 0)
            added = ADD(added, wasm_i8x16_const_splat(0x63));
        if (round < key->rounds)
            added = ROWS_MOVED(OF_HALVES(added, INTO_LOW, INTO_HIGH));
        wasm_v128_store(&key->rd_key[4 * round], added);
    }
    OPENSSL_cleanse(words, sizeof words);
    return 0;
}

/* The round keys of decrypting, as bytes, last first. 0x63, which goes before what is taken back, is in what was
 * added before it: mixing columns leaves a state of nothing else as it is. */
int
AES_set_decrypt_key(const unsigned char *user_key, const int bits, AES_KEY *key)
{
    if (user_key == NULL || key == NULL)
        return -1;
    uint32_t words[60];
    key->rounds = expanded(user_key, bits, words);
    if (key->rounds == 0)
        return -2;
    for (int round = 0; round <= key->rounds; round++) {
        v128_t added = wasm_v128_load(&words[4 * (key->rounds - round)]);
        if (round < key->rounds)
            added = ADD(added, wasm_i8x16_const_splat(0x63));
        wasm_v128_store(&key->rd_key[4 * round], added);
    }
    OPENSSL_cleanse(words, sizeof words);
    return 0;
}
