/* The interface `x509`: certificates, and OpenSSL's objects. What they say is in x509_details.c. */
#include "x509.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/pem.h>

typedef exports_openssl_component_x509_certificate_t certificate_t;
typedef exports_openssl_component_x509_known_object_t object_t;

static X509 *
x509_of(certificate_t *certificate)
{
    return (X509 *)certificate;
}

own_certificate_t
certificate_of(X509 *certificate)
{
    X509_up_ref(certificate);
    return exports_openssl_component_x509_certificate_new((certificate_t *)certificate);
}

bool
certificates_of(const STACK_OF(X509) *stack, certificates_t *certificates)
{
    int count = stack == NULL ? 0 : sk_X509_num(stack);
    *certificates = (certificates_t){NULL, 0};
    if (count == 0)
        return true;
    certificates->ptr = malloc((size_t)count * sizeof *certificates->ptr);
    if (certificates->ptr == NULL)
        return false;
    for (int i = 0; i < count; i++)
        certificates->ptr[certificates->len++] = certificate_of(sk_X509_value(stack, i));
    return true;
}

bool
exports_openssl_component_x509_static_certificate_decode(bytes_t *der, own_certificate_t *created, failure_t *failure)
{
    const uint8_t *from = der->ptr;
    X509 *certificate = der->len == 0 ? NULL : d2i_X509(NULL, &from, (long)der->len);
    bool nothing = der->len == 0;
    openssl_cap_list_u8_free(der);
    if (certificate == NULL)
        return nothing ? failed_by(failure, NOTHING_THERE) : failed(failure);
    *created = exports_openssl_component_x509_certificate_new((certificate_t *)certificate);
    return true;
}

/* Whether reading PEM ended because there is no more. */
static bool
is_end(void)
{
    unsigned long code = ERR_peek_last_error();
    return ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE;
}

bool
exports_openssl_component_x509_static_certificate_decode_all(bytes_t *pem, certificates_t *certificates,
                                                             failure_t *failure)
{
    STACK_OF(X509) *stack = sk_X509_new_null();
    BIO *bio = reader(pem);
    X509 *certificate = NULL;
    bool room = stack != NULL && bio != NULL;
    while (room && (certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
        room = sk_X509_push(stack, certificate) > 0;
        if (!room)
            X509_free(certificate);
    }
    bool done = false;
    if (!room)
        failed_by(failure, NO_MEMORY);
    else if (!is_end())
        failed(failure);
    else if (sk_X509_num(stack) == 0)
        failed_by(failure, NOTHING_THERE);
    else if (!(done = certificates_of(stack, certificates)))
        failed_by(failure, NO_MEMORY);
    ERR_clear_error();
    BIO_free(bio);
    sk_X509_pop_free(stack, X509_free);
    openssl_cap_list_u8_free(pem);
    return done;
}

void
exports_openssl_component_x509_method_certificate_encode(certificate_t *certificate, bytes_t *der)
{
    int length = i2d_X509(x509_of(certificate), NULL);
    if (length <= 0 || !bytes_new(der, (size_t)length)) {
        *der = (bytes_t){NULL, 0};
        return;
    }
    uint8_t *to = der->ptr;
    i2d_X509(x509_of(certificate), &to);
}

void
exports_openssl_component_x509_method_certificate_subject_line(certificate_t *certificate, text_t *text)
{
    BIO *bio = BIO_new(BIO_s_mem());
    *text = (text_t){NULL, 0};
    if (bio != NULL &&
        X509_NAME_print_ex(bio, X509_get_subject_name(x509_of(certificate)), 0, XN_FLAG_RFC2253) >= 0)
        *text = text_in(bio);
    BIO_free(bio);
}

bool
exports_openssl_component_x509_method_certificate_public_key(certificate_t *certificate,
                                                             exports_openssl_component_x509_own_key_t *created,
                                                             failure_t *failure)
{
    EVP_PKEY *key = X509_get_pubkey(x509_of(certificate));
    if (key == NULL)
        return failed(failure);
    *created = exports_openssl_component_pkey_key_new((exports_openssl_component_pkey_key_t *)key);
    return true;
}

bool
exports_openssl_component_x509_method_certificate_equals(certificate_t *certificate, certificate_t *other)
{
    return X509_cmp(x509_of(certificate), x509_of(other)) == 0;
}

uint32_t
exports_openssl_component_x509_method_certificate_hash_code(certificate_t *certificate)
{
    return (uint32_t)X509_subject_name_hash(x509_of(certificate));
}

void
exports_openssl_component_x509_certificate_destructor(certificate_t *certificate)
{
    X509_free(x509_of(certificate));
}

/* ---- Objects ---- */

static bool
object_of(const ASN1_OBJECT *from, object_t *object)
{
    char numbers[128] = "";
    int nid = from == NULL ? NID_undef : OBJ_obj2nid(from);
    if (nid == NID_undef)
        return false;
    OBJ_obj2txt(numbers, sizeof numbers, from, 1);
    *object = (object_t){
        .nid = (uint32_t)nid,
        .short_name = text_of(OBJ_nid2sn(nid)),
        .long_name = text_of(OBJ_nid2ln(nid)),
        .numbers = text_of(numbers),
    };
    return true;
}

bool
exports_openssl_component_x509_object_of_text(text_t *text, bool names, object_t *object)
{
    char name[NAME_ROOM];
    ASN1_OBJECT *found = take_name(text, name) ? OBJ_txt2obj(name, !names) : NULL;
    bool done = object_of(found, object);
    ASN1_OBJECT_free(found);
    ERR_clear_error();
    return done;
}

bool
exports_openssl_component_x509_object_of_nid(uint32_t nid, object_t *object)
{
    ASN1_OBJECT *found = nid == NID_undef || nid > INT32_MAX ? NULL : OBJ_nid2obj((int)nid);
    bool done = object_of(found, object);
    ERR_clear_error();
    return done;
}
