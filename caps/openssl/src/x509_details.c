/* What a certificate says, in the words of CPython's getpeercert(). */
#include "x509.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/x509v3.h>

typedef exports_openssl_component_x509_certificate_t certificate_t;
typedef exports_openssl_component_x509_certificate_details_t details_t;
typedef exports_openssl_component_x509_distinguished_name_t distinguished_t;
typedef exports_openssl_component_x509_list_attribute_t attributes_t;
typedef exports_openssl_component_x509_attribute_t attribute_t;
typedef exports_openssl_component_x509_general_name_t general_t;
typedef exports_openssl_component_x509_list_general_name_t generals_t;
typedef openssl_cap_list_string_t texts_t;

/* Room for one more element of `size` bytes behind `*length` in `*list`, which moves; NULL without memory. */
static void *
one_more(void *list, size_t *length, size_t size)
{
    void **pointer = list;
    uint8_t *longer = realloc(*pointer, (*length + 1) * size);
    if (longer == NULL)
        return NULL;
    *pointer = longer;
    memset(longer + *length * size, 0, size);
    return longer + (*length)++ * size;
}

static text_t
text_of_string(const ASN1_STRING *string)
{
    return text_of_bytes(ASN1_STRING_get0_data(string), (size_t)ASN1_STRING_length(string));
}

static bool
add_attribute(attributes_t *attributes, const X509_NAME_ENTRY *entry)
{
    attribute_t *attribute = one_more(&attributes->ptr, &attributes->len, sizeof *attribute);
    char name[256];
    unsigned char *value = NULL;
    if (attribute == NULL)
        return false;
    OBJ_obj2txt(name, sizeof name, X509_NAME_ENTRY_get_object(entry), 0);
    attribute->name = text_of(name);
    int length = ASN1_STRING_to_UTF8(&value, X509_NAME_ENTRY_get_data(entry));
    if (length > 0)
        attribute->value = text_of_bytes(value, (size_t)length);
    OPENSSL_free(value);
    return true;
}

/* The entries of one set are one relative name. */
static bool
add_name(distinguished_t *to, const X509_NAME *name)
{
    int set = -1, count = X509_NAME_entry_count(name);
    for (int i = 0; i < count; i++) {
        const X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, i);
        if (X509_NAME_ENTRY_set(entry) != set && one_more(&to->ptr, &to->len, sizeof *to->ptr) == NULL)
            return false;
        set = X509_NAME_ENTRY_set(entry);
        if (!add_attribute(&to->ptr[to->len - 1], entry))
            return false;
    }
    return true;
}

static text_t
address_of(const ASN1_OCTET_STRING *address)
{
    const uint8_t *p = ASN1_STRING_get0_data(address);
    char text[48] = "<invalid>";
    if (ASN1_STRING_length(address) == 4) {
        snprintf(text, sizeof text, "%d.%d.%d.%d", p[0], p[1], p[2], p[3]);
    } else if (ASN1_STRING_length(address) == 16) {
        char *to = text;
        for (int i = 0; i < 16; i += 2)
            to += snprintf(to, 6, "%X%s", p[i] << 8 | p[i + 1], i < 14 ? ":" : "");
    }
    return text_of(text);
}

/* `kind: text`, as OpenSSL prints it. */
static attribute_t
other_of(GENERAL_NAME *name)
{
    attribute_t other = {{NULL, 0}, {NULL, 0}};
    BIO *bio = BIO_new(BIO_s_mem());
    char *printed = NULL;
    if (bio != NULL && GENERAL_NAME_print(bio, name) == 1) {
        size_t length = (size_t)BIO_get_mem_data(bio, &printed);
        char *colon = length == 0 ? NULL : memchr(printed, ':', length);
        if (colon != NULL) {
            other.name = text_of_bytes((uint8_t *)printed, (size_t)(colon - printed));
            other.value = text_of_bytes((uint8_t *)colon + 1, (size_t)(printed + length - colon - 1));
        }
    }
    BIO_free(bio);
    return other;
}

static bool
fill_general(general_t *to, GENERAL_NAME *from)
{
    char numbers[2048];
    switch (from->type) {
    case GEN_DNS:
        to->tag = EXPORTS_OPENSSL_COMPONENT_X509_GENERAL_NAME_DNS;
        to->val.dns = text_of_string(from->d.dNSName);
        return true;
    case GEN_EMAIL:
        to->tag = EXPORTS_OPENSSL_COMPONENT_X509_GENERAL_NAME_EMAIL;
        to->val.email = text_of_string(from->d.rfc822Name);
        return true;
    case GEN_URI:
        to->tag = EXPORTS_OPENSSL_COMPONENT_X509_GENERAL_NAME_URI;
        to->val.uri = text_of_string(from->d.uniformResourceIdentifier);
        return true;
    case GEN_IPADD:
        to->tag = EXPORTS_OPENSSL_COMPONENT_X509_GENERAL_NAME_IP_ADDRESS;
        to->val.ip_address = address_of(from->d.iPAddress);
        return true;
    case GEN_DIRNAME:
        to->tag = EXPORTS_OPENSSL_COMPONENT_X509_GENERAL_NAME_DIRECTORY;
        return add_name(&to->val.directory, from->d.directoryName);
    case GEN_RID: {
        int length = i2t_ASN1_OBJECT(numbers, sizeof numbers - 1, from->d.registeredID);
        to->tag = EXPORTS_OPENSSL_COMPONENT_X509_GENERAL_NAME_REGISTERED_ID;
        to->val.registered_id = text_of(length > 0 && length < (int)sizeof numbers ? numbers : "<INVALID>");
        return true;
    }
    default:
        to->tag = EXPORTS_OPENSSL_COMPONENT_X509_GENERAL_NAME_OTHER_NAME;
        to->val.other_name = other_of(from);
        return true;
    }
}

static bool
add_alternatives(generals_t *to, X509 *certificate)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    bool room = true;
    for (int i = 0; room && names != NULL && i < sk_GENERAL_NAME_num(names); i++) {
        general_t *general = one_more(&to->ptr, &to->len, sizeof *general);
        room = general != NULL && fill_general(general, sk_GENERAL_NAME_value(names, i));
    }
    GENERAL_NAMES_free(names);
    return room;
}

static bool
add_uri(texts_t *to, const GENERAL_NAME *name)
{
    if (name->type != GEN_URI)
        return true;
    text_t *text = one_more(&to->ptr, &to->len, sizeof *text);
    if (text != NULL)
        *text = text_of_string(name->d.uniformResourceIdentifier);
    return text != NULL;
}

/* Where something about its authority is to be had. */
static bool
add_access(texts_t *to, X509 *certificate, int method)
{
    AUTHORITY_INFO_ACCESS *info = X509_get_ext_d2i(certificate, NID_info_access, NULL, NULL);
    bool room = true;
    for (int i = 0; room && info != NULL && i < sk_ACCESS_DESCRIPTION_num(info); i++) {
        const ACCESS_DESCRIPTION *access = sk_ACCESS_DESCRIPTION_value(info, i);
        if (OBJ_obj2nid(access->method) == method)
            room = add_uri(to, access->location);
    }
    AUTHORITY_INFO_ACCESS_free(info);
    return room;
}

static bool
add_crl_locations(texts_t *to, X509 *certificate)
{
    CRL_DIST_POINTS *points = X509_get_ext_d2i(certificate, NID_crl_distribution_points, NULL, NULL);
    bool room = true;
    for (int i = 0; points != NULL && i < sk_DIST_POINT_num(points); i++) {
        const DIST_POINT *point = sk_DIST_POINT_value(points, i);
        if (point->distpoint == NULL || point->distpoint->type != 0)
            continue;
        const GENERAL_NAMES *names = point->distpoint->name.fullname;
        for (int k = 0; room && k < sk_GENERAL_NAME_num(names); k++)
            room = add_uri(to, sk_GENERAL_NAME_value(names, k));
    }
    CRL_DIST_POINTS_free(points);
    return room;
}

static text_t
time_of(const ASN1_TIME *time)
{
    BIO *bio = BIO_new(BIO_s_mem());
    text_t text = {NULL, 0};
    if (bio != NULL && ASN1_TIME_print(bio, time) == 1)
        text = text_in(bio);
    BIO_free(bio);
    return text;
}

static text_t
serial_of(const ASN1_INTEGER *serial)
{
    BIO *bio = BIO_new(BIO_s_mem());
    text_t text = {NULL, 0};
    if (bio != NULL && i2a_ASN1_INTEGER(bio, serial) > 0)
        text = text_in(bio);
    BIO_free(bio);
    return text;
}

bool
exports_openssl_component_x509_method_certificate_details(certificate_t *certificate, details_t *details,
                                                          failure_t *failure)
{
    X509 *x509 = (X509 *)certificate;
    *details = (details_t){
        .version = (uint32_t)X509_get_version(x509) + 1,
        .serial = serial_of(X509_get0_serialNumber(x509)),
        .not_before = time_of(X509_get0_notBefore(x509)),
        .not_after = time_of(X509_get0_notAfter(x509)),
        .authority = X509_check_ca(x509) != 0,
    };
    bool room = add_name(&details->subject, X509_get_subject_name(x509)) &&
                add_name(&details->issuer, X509_get_issuer_name(x509)) &&
                add_alternatives(&details->alternative_names, x509) &&
                add_access(&details->ocsp, x509, NID_ad_OCSP) &&
                add_access(&details->issuer_locations, x509, NID_ad_ca_issuers) &&
                add_crl_locations(&details->crl_locations, x509);
    if (room)
        return true;
    exports_openssl_component_x509_certificate_details_free(details);
    return failed_by(failure, NO_MEMORY);
}
