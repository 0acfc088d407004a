/* The interface `digest` over EVP_MD. */
#include "common.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/objects.h>

typedef exports_openssl_component_digest_algorithm_t algorithm_t;
typedef exports_openssl_component_digest_list_algorithm_t algorithms_t;
typedef exports_openssl_component_digest_hash_t hash_t;
typedef exports_openssl_component_digest_own_hash_t own_hash_t;

struct exports_openssl_component_digest_hash_t {
    EVP_MD_CTX *context;
    bool squeezed; /* OpenSSL would take more input then, and mix it in */
};

static bool
is_extendable(const EVP_MD *md)
{
    return (EVP_MD_get_flags(md) & EVP_MD_FLAG_XOF) != 0;
}

/* The name that has been in use all along; the provider's for an object without one. */
static const char *
name_of(const EVP_MD *md)
{
    const char *name = OBJ_nid2ln(EVP_MD_get_type(md));
    return name != NULL ? name : EVP_MD_get0_name(md);
}

static algorithm_t
algorithm_of(const EVP_MD *md)
{
    return (algorithm_t){
        .name = text_of(name_of(md)),
        .nid = (uint32_t)EVP_MD_get_type(md),
        .size = (uint32_t)EVP_MD_get_size(md),
        .block_size = (uint32_t)EVP_MD_get_block_size(md),
        .extendable = is_extendable(md),
    };
}

/* Some are there for other algorithms only, such as KECCAK-KMAC-128, and have no number. */
static void
collect(EVP_MD *md, void *list)
{
    algorithms_t *algorithms = list;
    if (EVP_MD_get_type(md) == NID_undef)
        return;
    algorithm_t *longer = realloc(algorithms->ptr, (algorithms->len + 1) * sizeof *longer);
    if (longer == NULL)
        return;
    longer[algorithms->len] = algorithm_of(md);
    algorithms->ptr = longer;
    algorithms->len++;
}

static int
compare(const void *a, const void *b)
{
    return order_of_texts(&((const algorithm_t *)a)->name, &((const algorithm_t *)b)->name);
}

void
exports_openssl_component_digest_algorithms(algorithms_t *algorithms)
{
    *algorithms = (algorithms_t){NULL, 0};
    EVP_MD_do_all_provided(NULL, collect, algorithms);
    if (algorithms->len > 0)
        qsort(algorithms->ptr, algorithms->len, sizeof *algorithms->ptr, compare);
}

/* The digests that were asked for last: to look one up costs more than to hash a line with it. */
static struct {
    char name[NAME_ROOM];
    EVP_MD *md;
} recent[4];
static unsigned next_recent;

static EVP_MD *
look_up(const char *name)
{
    enum { RECENT = sizeof recent / sizeof recent[0] };
    for (unsigned i = 0; i < RECENT; i++) {
        if (recent[i].md != NULL && strcmp(recent[i].name, name) == 0)
            return recent[i].md;
    }
    EVP_MD *md = EVP_MD_fetch(NULL, name, NULL);
    if (md != NULL) {
        EVP_MD_free(recent[next_recent].md);
        recent[next_recent].md = md;
        strcpy(recent[next_recent].name, name);
        next_recent = (next_recent + 1) % RECENT;
    }
    return md;
}

/* The digest of a name that arrived, which is freed. NULL, and `failure` is set unless it is NULL. */
static const EVP_MD *
fetch(text_t *text, failure_t *failure)
{
    failure_t ignored;
    char name[NAME_ROOM];
    const EVP_MD *md = take_name(text, name) ? look_up(name) : NULL;
    if (md == NULL) {
        failed(failure != NULL ? failure : &ignored);
        if (failure == NULL)
            exports_openssl_component_error_failure_free(&ignored);
        else if (failure->library == 0)
            failure->kind = UNSUPPORTED;
    }
    return md;
}

bool
exports_openssl_component_digest_find_algorithm(text_t *name, algorithm_t *algorithm)
{
    const EVP_MD *md = fetch(name, NULL);
    if (md == NULL)
        return false;
    *algorithm = algorithm_of(md);
    return true;
}

/* A hash with a context that is not set up. NULL without memory. */
static hash_t *
new_hash(void)
{
    hash_t *hash = calloc(1, sizeof *hash);
    if (hash != NULL)
        hash->context = EVP_MD_CTX_new();
    if (hash != NULL && hash->context == NULL) {
        free(hash);
        return NULL;
    }
    return hash;
}

static bool
handed_out(hash_t *hash, bool made, own_hash_t *created, failure_t *failure)
{
    if (hash == NULL)
        return failed_by(failure, NO_MEMORY);
    if (!made) {
        exports_openssl_component_digest_hash_destructor(hash);
        return failed(failure);
    }
    *created = exports_openssl_component_digest_hash_new(hash);
    return true;
}

bool
exports_openssl_component_digest_static_hash_create(text_t *name, own_hash_t *created, failure_t *failure)
{
    const EVP_MD *md = fetch(name, failure);
    if (md == NULL)
        return false;
    hash_t *hash = new_hash();
    bool made = hash != NULL && EVP_DigestInit_ex2(hash->context, md, NULL) == 1;
    return handed_out(hash, made, created, failure);
}

bool
exports_openssl_component_digest_method_hash_update(hash_t *hash, bytes_t *data, failure_t *failure)
{
    bool open = !hash->squeezed;
    bool done = open && EVP_DigestUpdate(hash->context, data->ptr, data->len) == 1;
    openssl_cap_list_u8_free(data);
    return done || (open ? failed(failure) : failed_by(failure, ARGUMENT));
}

/* The end of each function that returns bytes. */
static bool
returned(bool done, bytes_t *bytes, failure_t *failure)
{
    if (!done)
        openssl_cap_list_u8_free(bytes);
    return done || failed(failure);
}

/* Ends the hash in `context`, which is of no use afterwards. */
static bool
finish(EVP_MD_CTX *context, uint32_t length, bytes_t *bytes, failure_t *failure)
{
    bool extendable = is_extendable(EVP_MD_CTX_get0_md(context));
    size_t size = extendable ? length : (size_t)EVP_MD_CTX_get_size(context);
    if (size > LIMIT)
        return failed_by(failure, ARGUMENT);
    if (!bytes_new(bytes, size))
        return failed_by(failure, NO_MEMORY);
    bool done = !extendable ? EVP_DigestFinal_ex(context, bytes->ptr, NULL) == 1
                            : size == 0 || EVP_DigestFinalXOF(context, bytes->ptr, size) == 1;
    return returned(done, bytes, failure);
}

bool
exports_openssl_component_digest_method_hash_output(hash_t *hash, uint32_t length, bytes_t *bytes, failure_t *failure)
{
    EVP_MD_CTX *copy = hash->squeezed ? NULL : EVP_MD_CTX_new();
    if (copy == NULL)
        return failed_by(failure, hash->squeezed ? ARGUMENT : NO_MEMORY);
    bool done = EVP_MD_CTX_copy_ex(copy, hash->context) == 1 ? finish(copy, length, bytes, failure)
                                                                 : failed(failure);
    EVP_MD_CTX_free(copy);
    return done;
}

bool
exports_openssl_component_digest_method_hash_squeeze(hash_t *hash, uint32_t length, bytes_t *bytes, failure_t *failure)
{
    if (length > LIMIT)
        return failed_by(failure, ARGUMENT);
    if (!bytes_new(bytes, length))
        return failed_by(failure, NO_MEMORY);
    bool done = length == 0 || EVP_DigestSqueeze(hash->context, bytes->ptr, length) == 1;
    hash->squeezed = hash->squeezed || done;
    return returned(done, bytes, failure);
}

bool
exports_openssl_component_digest_method_hash_copy(hash_t *hash, own_hash_t *created, failure_t *failure)
{
    hash_t *copy = new_hash();
    bool made = copy != NULL && EVP_MD_CTX_copy_ex(copy->context, hash->context) == 1;
    if (made)
        copy->squeezed = hash->squeezed;
    return handed_out(copy, made, created, failure);
}

void
exports_openssl_component_digest_hash_destructor(hash_t *hash)
{
    EVP_MD_CTX_free(hash->context);
    free(hash);
}

bool
exports_openssl_component_digest_hash_of(text_t *name, bytes_t *data, uint32_t length, bytes_t *bytes,
                                         failure_t *failure)
{
    const EVP_MD *md = fetch(name, failure);
    EVP_MD_CTX *context = md == NULL ? NULL : EVP_MD_CTX_new();
    bool done = false;
    if (md != NULL && context == NULL)
        failed_by(failure, NO_MEMORY);
    else if (md != NULL)
        done = EVP_DigestInit_ex2(context, md, NULL) == 1 && EVP_DigestUpdate(context, data->ptr, data->len) == 1
                   ? finish(context, length, bytes, failure)
                   : failed(failure);
    EVP_MD_CTX_free(context);
    openssl_cap_list_u8_free(data);
    return done;
}
