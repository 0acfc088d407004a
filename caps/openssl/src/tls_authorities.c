/* Certificates to be trusted, and revocation lists, on their way into a context's store.
 *
 * To read a certificate takes a hundred times as long as to see where it ends, mostly for its key, and of a system's
 * hundred and fifty a connection needs one. So those of a PEM text wait as DER until they are looked for by name, or all
 * are. */
#include "tls.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/pem.h>

struct unread {
    struct unread *next;
    uint32_t hash; /* of the subject's name */
    size_t length;
    uint8_t der[];
};

/* Enters the ASN.1 element at `*at`, which is of that tag and ends at `end` at most, or passes over it. */
static bool
element(const uint8_t **at, const uint8_t **end, int wanted, bool enter)
{
    const uint8_t *start = *at;
    long length;
    int tag, class;
    int form = ASN1_get_object(&start, &length, &tag, &class, *end - *at);
    /* 0x80: it is not well-formed. 1: its length is not said. */
    if ((form & 0x81) != 0 || tag != wanted || length > *end - start)
        return false;
    if (enter)
        *end = start + length;
    *at = enter ? start : start + length;
    return true;
}

/* The hash of the subject of a certificate that is whole at first sight. */
static bool
subject_hash(const uint8_t *der, size_t length, uint32_t *hash)
{
    const uint8_t *at = der, *end = der + length, *subject;
    if (!element(&at, &end, V_ASN1_SEQUENCE, true) || end != der + length || !element(&at, &end, V_ASN1_SEQUENCE, true))
        return false;
    element(&at, &end, 0, false); /* the version, which not all have */
    if (!element(&at, &end, V_ASN1_INTEGER, false) || !element(&at, &end, V_ASN1_SEQUENCE, false) ||
        !element(&at, &end, V_ASN1_SEQUENCE, false) || !element(&at, &end, V_ASN1_SEQUENCE, false))
        return false;
    subject = at;
    X509_NAME *name = d2i_X509_NAME(NULL, &subject, end - at);
    if (name == NULL)
        return false;
    *hash = (uint32_t)X509_NAME_hash_ex(name, NULL, NULL, NULL);
    X509_NAME_free(name);
    return true;
}

/* Lets a certificate wait. False if it has to be read now. */
static bool
wait_for(context_t *context, const uint8_t *der, size_t length)
{
    uint32_t hash;
    bool whole = subject_hash(der, length, &hash);
    ERR_clear_error();
    struct unread *unread = whole ? malloc(sizeof *unread + length) : NULL;
    if (unread == NULL)
        return false;
    *unread = (struct unread){context->unread, hash, length};
    memcpy(unread->der, der, length);
    context->unread = unread;
    return true;
}

/* Reads one, and puts it into the store, to which it belongs then. NULL if it is none, or is there already. */
static X509 *
read_now(context_t *context, const struct unread *unread)
{
    const uint8_t *from = unread->der;
    X509 *certificate = d2i_X509(NULL, &from, (long)unread->length);
    if (certificate != NULL && X509_STORE_add_cert(SSL_CTX_get_cert_store(context->ssl), certificate) != 1) {
        X509_free(certificate);
        return NULL;
    }
    X509_free(certificate);
    return certificate;
}

X509 *
authority_of(context_t *context, uint32_t hash)
{
    X509 *first = NULL;
    for (struct unread **link = &context->unread; *link != NULL;) {
        struct unread *unread = *link;
        if (unread->hash != hash) {
            link = &unread->next;
            continue;
        }
        X509 *certificate = read_now(context, unread);
        first = first == NULL ? certificate : first;
        *link = unread->next;
        free(unread);
    }
    return first;
}

void
authorities_read(context_t *context)
{
    while (context->unread != NULL)
        authority_of(context, context->unread->hash);
    ERR_clear_error();
}

void
authorities_free(context_t *context)
{
    while (context->unread != NULL) {
        struct unread *unread = context->unread;
        context->unread = unread->next;
        free(unread);
    }
}

static bool
is_certificate(const char *name)
{
    return strcmp(name, PEM_STRING_X509) == 0 || strcmp(name, PEM_STRING_X509_OLD) == 0;
}

/* Adds a block of a PEM text. How many certificates and lists that are; -1: it failed. */
static int
add_block(context_t *context, const char *name, const uint8_t *der, long length)
{
    X509_STORE *store = SSL_CTX_get_cert_store(context->ssl);
    const uint8_t *from = der;
    bool added = true;
    if (is_certificate(name) && wait_for(context, der, (size_t)length))
        return 1;
    if (is_certificate(name) || strcmp(name, PEM_STRING_X509_TRUSTED) == 0) {
        X509 *certificate = is_certificate(name) ? d2i_X509(NULL, &from, length) : d2i_X509_AUX(NULL, &from, length);
        added = certificate != NULL && X509_STORE_add_cert(store, certificate) == 1;
        X509_free(certificate);
    } else if (strcmp(name, PEM_STRING_X509_CRL) == 0) {
        X509_CRL *list = d2i_X509_CRL(NULL, &from, length);
        added = list != NULL && X509_STORE_add_crl(store, list) == 1;
        X509_CRL_free(list);
    } else {
        return 0;
    }
    return added ? 1 : -1;
}

/* Adds all certificates and revocation lists of a PEM text. How many; -1: it failed. */
static int
add_pem(context_t *context, const bytes_t *pem)
{
    BIO *bio = reader(pem);
    int count = bio == NULL ? -1 : 0;
    char *name, *header;
    uint8_t *der;
    long length;
    while (count >= 0 && PEM_read_bio(bio, &name, &header, &der, &length) == 1) {
        int added = add_block(context, name, der, length);
        count = added < 0 ? -1 : count + added;
        OPENSSL_free(name);
        OPENSSL_free(header);
        OPENSSL_free(der);
    }
    BIO_free(bio);
    if (count >= 0 && ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
        count = -1;
    if (count < 0)
        ERR_raise(ERR_LIB_X509, ERR_R_PEM_LIB);
    else
        ERR_clear_error();
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
    ERR_clear_error();
    int count = is_pem(data) ? add_pem(context, data) : add_der(SSL_CTX_get_cert_store(context->ssl), data);
    openssl_cap_list_u8_free(data);
    *added = (uint32_t)count;
    context_look_for_issuers(context);
    if (count == 0)
        return failed_by(failure, NOTHING_THERE);
    return settled(count > 0, failure);
}
