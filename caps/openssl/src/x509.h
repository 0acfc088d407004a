/* Certificates, for the files that return them. */
#ifndef PYLON_OPENSSL_X509_H
#define PYLON_OPENSSL_X509_H

#include <openssl/x509.h>

#include "common.h"

typedef exports_openssl_component_x509_own_certificate_t own_certificate_t;
typedef exports_openssl_component_x509_list_own_certificate_t certificates_t;

/* A handle of a certificate, which keeps a reference of its own. */
own_certificate_t certificate_of(X509 *certificate);

/* Handles of all in `stack`, which may be NULL. False without memory. */
bool certificates_of(const STACK_OF(X509) *stack, certificates_t *certificates);

#endif
