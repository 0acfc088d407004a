/* Whom connections of a context believe: verification, and what its store has. What is put there is in tls_authorities.c. */
#include "tls.h"

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

void
exports_openssl_component_tls_method_context_authorities(context_t *context, tls_certificates_t *certificates)
{
    authorities_read(context);
    STACK_OF(X509) *all = X509_STORE_get1_all_certs(SSL_CTX_get_cert_store(context->ssl));
    tls_certificates_of(all, certificates);
    sk_X509_pop_free(all, X509_free);
}

void
exports_openssl_component_tls_method_context_store_content(context_t *context,
                                                           exports_openssl_component_tls_store_content_t *content)
{
    authorities_read(context);
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
