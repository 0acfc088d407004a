/* What pkey*.c share. */
#ifndef PYLON_OPENSSL_PKEY_H
#define PYLON_OPENSSL_PKEY_H

#include <openssl/evp.h>

#include "common.h"

typedef exports_openssl_component_pkey_key_t pkey_t;

/* A key is OpenSSL's: there is nothing to add. */
static inline EVP_PKEY *
pkey_of(pkey_t *key)
{
    return (EVP_PKEY *)key;
}

#endif
