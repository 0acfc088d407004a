/* Short input, hashed by what CPython has built in (HACL*): a call into the component costs more than to hash a line. Which
 * digests, and up to what length, is measured: bench/hashes.py prints docs/reference/contract-openssl.md's table. */
#include "evp_private.h"

/* As Modules/_hacl declares them, whose headers are for CPython's own build. */
typedef void function_t(uint8_t *output, uint8_t *input, uint32_t length);
function_t python_hashlib_Hacl_Hash_MD5_hash, python_hashlib_Hacl_Hash_SHA1_hash, Hacl_Hash_SHA2_hash_224,
    Hacl_Hash_SHA2_hash_256, Hacl_Hash_SHA2_hash_384, Hacl_Hash_SHA2_hash_512;

static const struct {
    int nid;
    size_t most; /* bytes of input up to which it is the faster one */
    function_t *function;
} table[] = {
    {NID_md5, SHORT, python_hashlib_Hacl_Hash_MD5_hash},
    {NID_sha1, 128, python_hashlib_Hacl_Hash_SHA1_hash},
    {NID_sha224, SHORT, Hacl_Hash_SHA2_hash_224},
    {NID_sha256, SHORT, Hacl_Hash_SHA2_hash_256},
    {NID_sha384, SHORT, Hacl_Hash_SHA2_hash_384},
    {NID_sha512, SHORT, Hacl_Hash_SHA2_hash_512},
};

bool
hash_built_in(const EVP_MD *digest, const uint8_t *input, size_t length, unsigned char *output)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (table[i].nid == digest->nid && length <= table[i].most) {
            table[i].function(output, (uint8_t *)input, (uint32_t)length);
            return true;
        }
    }
    return false;
}
