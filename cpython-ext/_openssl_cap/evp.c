/* evp.h over the contract: digests.
 *
 * What was hashed so far is a resource in the component. Copies share it until one of them gets more input, and finishing
 * leaves it as it is: the usual copy() and digest() of Python cost one call. Short input is kept here until there is more,
 * so that a hash of it is one call in all, or none (evp_built_in.c). Input is passed in slices, because each is copied into the component: memory stays
 * flat however much there is.
 *
 * Where the component is resolved at run time, a call can fail on its way. The error then stays pending for
 * module_python.h, which raises it in place of what the module makes of a return code of 0.
 */
#include <stdlib.h>
#include <string.h>

#include "evp_private.h"

struct pylon_hash {
    int references;
    bool there; /* it is a resource, and has all the input; else `kept` bytes at `input` are all */
    openssl_component_digest_own_hash_t handle;
    size_t kept;
    uint8_t input[];
};

EVP_MD_CTX *
EVP_MD_CTX_new(void)
{
    return calloc(1, sizeof(EVP_MD_CTX));
}

static struct pylon_hash *
shared(struct pylon_hash *hash)
{
    if (hash != NULL)
        hash->references++;
    return hash;
}

static void
release(struct pylon_hash *hash)
{
    if (hash != NULL && --hash->references == 0) {
        if (hash->there)
            openssl_component_digest_hash_drop_own(hash->handle);
        free(hash);
    }
}

static void
set_digest(EVP_MD_CTX *context, const EVP_MD *digest)
{
    if (digest != NULL)
        EVP_MD_up_ref((EVP_MD *)digest);
    EVP_MD_free((EVP_MD *)context->digest);
    context->digest = digest;
}

void
EVP_MD_CTX_free(EVP_MD_CTX *context)
{
    if (context == NULL)
        return;
    release(context->input);
    set_digest(context, NULL);
    free(context);
}

int
EVP_MD_CTX_copy(EVP_MD_CTX *to, const EVP_MD_CTX *from)
{
    struct pylon_hash *input = shared(from->input);
    release(to->input);
    to->input = input;
    set_digest(to, from->digest);
    return 1;
}

int
EVP_DigestInit_ex(EVP_MD_CTX *context, const EVP_MD *digest, ENGINE *engine)
{
    (void)engine;
    release(context->input);
    context->input = NULL;
    set_digest(context, digest);
    return 1;
}

static openssl_component_digest_borrow_hash_t
handle_of(const struct pylon_hash *hash)
{
    return openssl_component_digest_borrow_hash(hash->handle);
}

/* Adds input to a resource. */
static bool
add(const struct pylon_hash *hash, const uint8_t *data, size_t length)
{
    for (size_t done = 0; done < length;) {
        size_t slice = length - done < SLICE ? length - done : SLICE;
        openssl_import_list_u8_t list = list_of(data + done, slice);
        failure_t failure;
        if (!went_well(openssl_component_digest_method_hash_update(handle_of(hash), &list, &failure), &failure))
            return false;
        done += slice;
    }
    return true;
}

/* A resource with the input of `original`, which may be NULL. NULL if there is none. */
static struct pylon_hash *
new_hash(const EVP_MD *digest, const struct pylon_hash *original)
{
    struct pylon_hash *hash = calloc(1, sizeof *hash);
    failure_t failure;
    if (hash == NULL) {
        no_memory();
        return NULL;
    }
    hash->references = 1;
    if (original != NULL && original->there) {
        hash->there = went_well(
            openssl_component_digest_method_hash_copy(handle_of(original), &hash->handle, &failure), &failure);
    } else {
        openssl_import_string_t name = name_of(digest);
        hash->there =
            went_well(openssl_component_digest_static_hash_create(&name, &hash->handle, &failure), &failure);
    }
    bool kept = hash->there && original != NULL && !original->there;
    if (hash->there && (!kept || add(hash, original->input, original->kept)))
        return hash;
    release(hash);
    return NULL;
}

/* Keeps the first input of a context. */
static bool
keep(EVP_MD_CTX *context, const void *data, size_t length)
{
    struct pylon_hash *hash = malloc(sizeof *hash + length);
    if (hash == NULL) {
        no_memory();
        return false;
    }
    *hash = (struct pylon_hash){.references = 1, .kept = length};
    memcpy(hash->input, data, length);
    context->input = hash;
    return true;
}

int
EVP_DigestUpdate(EVP_MD_CTX *context, const void *data, size_t length)
{
    struct pylon_hash *input = context->input;
    link_forget_error();
    if (length == 0)
        return 1;
    if (input == NULL && length <= SHORT)
        return keep(context, data, length);
    if (input == NULL || !input->there || input->references > 1) {
        struct pylon_hash *own = new_hash(context->digest, input);
        if (own == NULL)
            return 0;
        release(input);
        context->input = own;
    }
    return add(context->input, data, length);
}

/* `length` bytes of output, of a context that may share its input. */
static bool
output_of(EVP_MD_CTX *context, unsigned char *output, size_t length)
{
    const struct pylon_hash *input = context->input;
    openssl_import_list_u8_t list;
    failure_t failure;
    bool done;
    if (input != NULL && input->there) {
        done = openssl_component_digest_method_hash_output(handle_of(input), (uint32_t)length, &list, &failure);
    } else {
        openssl_import_string_t name = name_of(context->digest);
        openssl_import_list_u8_t kept = input == NULL ? list_of(NULL, 0) : list_of(input->input, input->kept);
        if (hash_built_in(context->digest, kept.ptr, kept.len, output))
            return true;
        done = openssl_component_digest_hash_of(&name, &kept, (uint32_t)length, &list, &failure);
    }
    return went_well(done, &failure) && take_list(&list, output, length);
}

int
EVP_DigestFinal(EVP_MD_CTX *context, unsigned char *output, unsigned int *length)
{
    link_forget_error();
    if (length != NULL)
        *length = (unsigned int)context->digest->size;
    return output_of(context, output, (size_t)context->digest->size);
}

/* More than a slice of output, slice by slice. */
static bool
squeeze(EVP_MD_CTX *context, unsigned char *output, size_t length)
{
    struct pylon_hash *hash = new_hash(context->digest, context->input);
    bool done = hash != NULL;
    while (done && length > 0) {
        size_t slice = length < SLICE ? length : SLICE;
        openssl_import_list_u8_t list;
        failure_t failure;
        done = openssl_component_digest_method_hash_squeeze(handle_of(hash), (uint32_t)slice, &list, &failure);
        done = went_well(done, &failure) && take_list(&list, output, slice);
        output += slice;
        length -= slice;
    }
    release(hash);
    return done;
}

int
EVP_DigestFinalXOF(EVP_MD_CTX *context, unsigned char *output, size_t length)
{
    link_forget_error();
    return length <= SLICE ? output_of(context, output, length) : squeeze(context, output, length);
}
