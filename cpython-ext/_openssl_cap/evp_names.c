/* Which digests there are. The usual ones are known here, so that `import hashlib` asks nobody; of others the component is
 * asked. A test compares the table with what the component says. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "evp_private.h"

/* Changed by nobody. */
static EVP_MD table[] = {
    {"blake2b512", NID_blake2b512, 64, 128, false, 0},
    {"blake2s256", NID_blake2s256, 32, 64, false, 0},
    {"md5", NID_md5, 16, 64, false, 0},
    {"md5-sha1", 114, 36, 64, false, 0},
    {"ripemd160", 117, 20, 64, false, 0},
    {"sha1", NID_sha1, 20, 64, false, 0},
    {"sha224", NID_sha224, 28, 64, false, 0},
    {"sha256", NID_sha256, 32, 64, false, 0},
    {"sha3-224", NID_sha3_224, 28, 144, false, 0},
    {"sha3-256", NID_sha3_256, 32, 136, false, 0},
    {"sha3-384", NID_sha3_384, 48, 104, false, 0},
    {"sha3-512", NID_sha3_512, 64, 72, false, 0},
    {"sha384", NID_sha384, 48, 128, false, 0},
    {"sha512", NID_sha512, 64, 128, false, 0},
    {"sha512-224", NID_sha512_224, 28, 128, false, 0},
    {"sha512-256", NID_sha512_256, 32, 128, false, 0},
    {"shake128", NID_shake128, 16, 168, true, 0},
    {"shake256", NID_shake256, 32, 136, true, 0},
    {"sm3", 1143, 32, 64, false, 0},
};
enum { KNOWN = sizeof table / sizeof table[0] };

static EVP_MD *
known(int nid)
{
    for (size_t i = 0; i < KNOWN; i++) {
        if (table[i].nid == nid)
            return &table[i];
    }
    return NULL;
}

/* A digest that only the component knows. */
static EVP_MD *
unusual(const openssl_component_digest_algorithm_t *algorithm)
{
    EVP_MD *digest = malloc(sizeof *digest + algorithm->name.len + 1);
    if (digest == NULL) {
        no_memory();
        return NULL;
    }
    char *name = (char *)(digest + 1);
    memcpy(name, algorithm->name.ptr, algorithm->name.len);
    name[algorithm->name.len] = '\0';
    *digest = (EVP_MD){
        .name = name,
        .nid = (int)algorithm->nid,
        .size = (int)algorithm->size,
        .block_size = (int)algorithm->block_size,
        .extendable = algorithm->extendable,
        .references = 1,
    };
    return digest;
}

EVP_MD *
EVP_MD_fetch(OSSL_LIB_CTX *context, const char *name, const char *properties)
{
    (void)context, (void)properties;
    link_forget_error();
    ERR_clear_error();
    for (size_t i = 0; i < KNOWN; i++) {
        if (strcasecmp(name, table[i].name) == 0)
            return &table[i];
    }
    openssl_import_string_t text;
    openssl_import_string_set(&text, name);
    openssl_component_digest_algorithm_t algorithm;
    if (!openssl_component_digest_find_algorithm(&text, &algorithm))
        return NULL;
    EVP_MD *digest = known((int)algorithm.nid);
    if (digest == NULL)
        digest = unusual(&algorithm);
    openssl_component_digest_algorithm_free(&algorithm);
    return digest;
}

int
EVP_MD_up_ref(EVP_MD *digest)
{
    if (digest->references > 0)
        digest->references++;
    return 1;
}

void
EVP_MD_free(EVP_MD *digest)
{
    if (digest != NULL && digest->references > 0 && --digest->references == 0)
        free(digest);
}

void
EVP_MD_do_all_provided(OSSL_LIB_CTX *context, void (*each)(EVP_MD *digest, void *argument), void *argument)
{
    (void)context;
    for (size_t i = 0; i < KNOWN; i++)
        each(&table[i], argument);
}

const char *
OBJ_nid2ln(int nid)
{
    const EVP_MD *digest = known(nid);
    return digest == NULL ? NULL : digest->name;
}
