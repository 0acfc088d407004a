/* What evp*.c share. */
#ifndef PYLON_EVP_PRIVATE_H
#define PYLON_EVP_PRIVATE_H

#include "openssl_import.h"
#include "link.h"
#include "openssl/evp.h"

/* What one call passes. Small enough to stay in a core's cache, and large enough that a call costs nothing. */
enum { SLICE = 64 * 1024 };

/* The most input of a hash that is kept here. */
enum { SHORT = 512 };

typedef openssl_component_error_failure_t failure_t;

/* The end of a call that may fail: keeps why, and frees `failure`. Where the call did not reach the component, or memory is
 * full there, the pending error says so. True if it went well. */
bool went_well(bool done, failure_t *failure);

/* Says that memory is full, for what returns NULL or 0 then. */
void no_memory(void);

static inline openssl_import_string_t
name_of(const EVP_MD *digest)
{
    openssl_import_string_t name;
    openssl_import_string_set(&name, digest->name);
    return name;
}

/* A list to be passed, which stays the caller's. */
static inline openssl_import_list_u8_t
list_of(const void *bytes, size_t length)
{
    return (openssl_import_list_u8_t){(uint8_t *)bytes, length};
}

/* Hashes all of a short input without the component, into as many bytes as the digest has. False where that is not faster. */
bool hash_built_in(const EVP_MD *digest, const uint8_t *input, size_t length, unsigned char *output);

/* Copies a list that came back to `output`, and frees it. False if it has another length. */
bool take_list(openssl_import_list_u8_t *list, unsigned char *output, size_t length);

#endif
