/* Whom connections of a context believe: verification, authorities, revocation lists. */
#include "tls.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

void
exports_openssl_component_tls_method_context_set_verify_mode(context_t *context, uint32_t mode)
{
    SSL_CTX_set_verify(context->ssl, (int)mode, NULL);
}

uint32_t
exports_openssl_component_tls_method_context_verify_mode(context_t *context)
{
    return (uint32_t)SSL_CTX_get_verify_mode(context->ssl);
}

bool
exports_openssl_component_tls_method_context_set_verify_flags(context_t *context, uint32_t bits, failure_t *failure)
{
    X509_VERIFY_PARAM *parameters = SSL_CTX_get0_param(context->ssl);
    unsigned long others = X509_VERIFY_PARAM_get_flags(parameters) & ~(unsigned long)bits;
    bool done = (others == 0 || X509_VERIFY_PARAM_clear_flags(parameters, others) == 1) &&
                (bits == 0 || X509_VERIFY_PARAM_set_flags(parameters, bits) == 1);
    return settled(done, failure);
}

uint32_t
exports_openssl_component_tls_method_context_verify_flags(context_t *context)
{
    return (uint32_t)X509_VERIFY_PARAM_get_flags(SSL_CTX_get0_param(context->ssl));
}

void
exports_openssl_component_tls_method_context_set_host_flags(context_t *context, uint32_t bits)
{
    X509_VERIFY_PARAM_set_hostflags(SSL_CTX_get0_param(context->ssl), bits);
}

uint32_t
exports_openssl_component_tls_method_context_host_flags(context_t *context)
{
    return X509_VERIFY_PARAM_get_hostflags(SSL_CTX_get0_param(context->ssl));
}

/* Adds all certificates and revocation lists of a PEM text. How many; -1: it failed. */
static int
add_pem(X509_STORE *store, const bytes_t *pem)
{
    BIO *bio = reader(pem);
    STACK_OF(X509_INFO) *all = bio == NULL ? NULL : PEM_X509_INFO_read_bio(bio, NULL, NULL, NULL);
    int count = all == NULL ? -1 : 0;
    for (int i = 0; count >= 0 && i < sk_X509_INFO_num(all); i++) {
        const X509_INFO *info = sk_X509_INFO_value(all, i);
        bool added = (info->x509 == NULL || X509_STORE_add_cert(store, info->x509) == 1) &&
                     (info->crl == NULL || X509_STORE_add_crl(store, info->crl) == 1);
        count = added ? count + (info->x509 != NULL) + (info->crl != NULL) : -1;
    }
    if (all == NULL)
        ERR_raise(ERR_LIB_X509, ERR_R_PEM_LIB);
    sk_X509_INFO_pop_free(all, X509_INFO_free);
    BIO_free(bio);
    return count;
}

/* The same of certificates in DER, one after the other. What follows them is not looked at. */
static int
add_der(X509_STORE *store, const bytes_t *der)
{
    const uint8_t *next = der->ptr, *end = der->ptr + der->len;
    int count = 0;
    while (next < end) {
        X509 *certificate = d2i_X509(NULL, &next, end - next);
        if (certificate == NULL)
            return count > 0 ? -1 : 0;
        bool added = X509_STORE_add_cert(store, certificate) == 1;
        X509_free(certificate);
        if (!added)
            return -1;
        count++;
    }
    return count;
}

static bool
is_pem(const bytes_t *data)
{
    static const char mark[] = "-----BEGIN ";
    for (size_t i = 0; i + sizeof mark - 1 <= data->len; i++) {
        if (memcmp(data->ptr + i, mark, sizeof mark - 1) == 0)
            return true;
    }
    return false;
}

bool
exports_openssl_component_tls_method_context_add_authorities(context_t *context, bytes_t *data, uint32_t *added,
                                                             failure_t *failure)
{
    X509_STORE *store = SSL_CTX_get_cert_store(context->ssl);
    int count = is_pem(data) ? add_pem(store, data) : add_der(store, data);
    openssl_cap_list_u8_free(data);
    *added = (uint32_t)count;
    if (count == 0)
        return failed_by(failure, NOTHING_THERE);
    return settled(count > 0, failure);
}

void
exports_openssl_component_tls_method_context_authorities(context_t *context, tls_certificates_t *certificates)
{
    STACK_OF(X509) *all = X509_STORE_get1_all_certs(SSL_CTX_get_cert_store(context->ssl));
    tls_certificates_of(all, certificates);
    sk_X509_pop_free(all, X509_free);
}

void
exports_openssl_component_tls_method_context_store_content(context_t *context,
                                                           exports_openssl_component_tls_store_content_t *content)
{
    STACK_OF(X509_OBJECT) *all = X509_STORE_get1_objects(SSL_CTX_get_cert_store(context->ssl));
    *content = (exports_openssl_component_tls_store_content_t){0};
    for (int i = 0; all != NULL && i < sk_X509_OBJECT_num(all); i++) {
        const X509_OBJECT *object = sk_X509_OBJECT_value(all, i);
        X509 *certificate = X509_OBJECT_get0_X509(object);
        if (certificate == NULL) {
            content->revocation_lists++;
            continue;
        }
        content->certificates++;
        content->authorities += X509_check_ca(certificate) != 0;
    }
    sk_X509_OBJECT_pop_free(all, X509_OBJECT_free);
}
