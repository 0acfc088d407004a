/* The part of libcrypto's interface that CPython's Modules/_hashopenssl.c is written against, so that the module compiles as
 * it is, without OpenSSL: evp*.c implement these functions over the contract openssl:component.
 *
 * Names, values and meanings are libcrypto's (its manual pages are the reference). What the module imports it for only
 * when it is used: no call of the component is made before something is hashed.
 */
#ifndef PYLON_EVP_H
#define PYLON_EVP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OPENSSL_VERSION_NUMBER 0x30600030L
#define OPENSSL_THREADS

/* The objects that the module asks for by name. */
#define NID_undef 0
#define SN_md5 "MD5"
#define NID_md5 4
#define SN_sha1 "SHA1"
#define NID_sha1 64
#define SN_sha224 "SHA224"
#define NID_sha224 675
#define SN_sha256 "SHA256"
#define NID_sha256 672
#define SN_sha384 "SHA384"
#define NID_sha384 673
#define SN_sha512 "SHA512"
#define NID_sha512 674
#define SN_sha512_224 "SHA512-224"
#define NID_sha512_224 1094
#define SN_sha512_256 "SHA512-256"
#define NID_sha512_256 1095
#define SN_sha3_224 "SHA3-224"
#define NID_sha3_224 1096
#define SN_sha3_256 "SHA3-256"
#define NID_sha3_256 1097
#define SN_sha3_384 "SHA3-384"
#define NID_sha3_384 1098
#define SN_sha3_512 "SHA3-512"
#define NID_sha3_512 1099
#define SN_shake128 "SHAKE128"
#define NID_shake128 1100
#define SN_shake256 "SHAKE256"
#define NID_shake256 1101
#define SN_blake2b512 "BLAKE2b512"
#define NID_blake2b512 1056
#define SN_blake2s256 "BLAKE2s256"
#define NID_blake2s256 1057

/* ---- Digests (evp.c, evp_names.c) ---- */

#define EVP_MAX_MD_SIZE 64
#define EVP_MD_FLAG_XOF 0x0002

/* A digest. Those of the table live for ever. */
typedef struct {
    const char *name; /* OBJ_nid2ln() of it */
    int nid;
    int size;
    int block_size;
    bool extendable;
    int references; /* 0: of the table */
} EVP_MD;

/* The input of a hash so far. */
struct pylon_hash;

typedef struct {
    const EVP_MD *digest;
    struct pylon_hash *input; /* shared between copies until one of them gets more; NULL: there is none yet */
} EVP_MD_CTX;

typedef struct pylon_library_context OSSL_LIB_CTX;
typedef struct pylon_engine ENGINE;

/* The names as the linker sees them: another library in the same program may bring a real libcrypto. */
#define EVP_MD_fetch pylon_EVP_MD_fetch
#define EVP_MD_up_ref pylon_EVP_MD_up_ref
#define EVP_MD_free pylon_EVP_MD_free
#define EVP_MD_do_all_provided pylon_EVP_MD_do_all_provided
#define EVP_MD_CTX_new pylon_EVP_MD_CTX_new
#define EVP_MD_CTX_free pylon_EVP_MD_CTX_free
#define EVP_MD_CTX_copy pylon_EVP_MD_CTX_copy
#define EVP_DigestInit_ex pylon_EVP_DigestInit_ex
#define EVP_DigestUpdate pylon_EVP_DigestUpdate
#define EVP_DigestFinal pylon_EVP_DigestFinal
#define EVP_DigestFinalXOF pylon_EVP_DigestFinalXOF
#define OBJ_nid2ln pylon_OBJ_nid2ln
#define HMAC_CTX_new pylon_HMAC_CTX_new
#define HMAC_CTX_free pylon_HMAC_CTX_free
#define HMAC_CTX_copy pylon_HMAC_CTX_copy
#define HMAC_Init_ex pylon_HMAC_Init_ex
#define HMAC_Update pylon_HMAC_Update
#define HMAC_Final pylon_HMAC_Final
#define HMAC pylon_HMAC
#define PKCS5_PBKDF2_HMAC pylon_PKCS5_PBKDF2_HMAC
#define EVP_PBE_scrypt pylon_EVP_PBE_scrypt
#define CRYPTO_memcmp pylon_CRYPTO_memcmp
#define ERR_peek_last_error pylon_ERR_peek_last_error
#define ERR_clear_error pylon_ERR_clear_error
#define ERR_lib_error_string pylon_ERR_lib_error_string
#define ERR_reason_error_string pylon_ERR_reason_error_string

/* NULL for a digest that there is not. `properties` are not looked at: there is one provider. */
EVP_MD *EVP_MD_fetch(OSSL_LIB_CTX *context, const char *name, const char *properties);
int EVP_MD_up_ref(EVP_MD *digest);
void EVP_MD_free(EVP_MD *digest);
/* Those of the table. */
void EVP_MD_do_all_provided(OSSL_LIB_CTX *context, void (*each)(EVP_MD *digest, void *argument), void *argument);

static inline int
EVP_MD_nid(const EVP_MD *digest)
{
    return digest->nid;
}

static inline int
EVP_MD_size(const EVP_MD *digest)
{
    return digest->size;
}

static inline int
EVP_MD_block_size(const EVP_MD *digest)
{
    return digest->block_size;
}

static inline unsigned long
EVP_MD_flags(const EVP_MD *digest)
{
    return digest->extendable ? EVP_MD_FLAG_XOF : 0;
}

/* The name of an object; NULL for one that no digest has. */
const char *OBJ_nid2ln(int nid);
#define OBJ_nid2sn(nid) OBJ_nid2ln(nid)

EVP_MD_CTX *EVP_MD_CTX_new(void);
void EVP_MD_CTX_free(EVP_MD_CTX *context);
int EVP_MD_CTX_copy(EVP_MD_CTX *to, const EVP_MD_CTX *from);
#define EVP_MD_CTX_md(context) ((context)->digest)
#define EVP_MD_CTX_size(context) ((context)->digest->size)
#define EVP_MD_CTX_block_size(context) ((context)->digest->block_size)

int EVP_DigestInit_ex(EVP_MD_CTX *context, const EVP_MD *digest, ENGINE *engine);
int EVP_DigestUpdate(EVP_MD_CTX *context, const void *data, size_t length);
/* Leave the context as it is. */
int EVP_DigestFinal(EVP_MD_CTX *context, unsigned char *output, unsigned int *length);
int EVP_DigestFinalXOF(EVP_MD_CTX *context, unsigned char *output, size_t length);

/* ---- Codes and what is derived (evp_codes.c) ---- */

typedef struct {
    const EVP_MD *digest;
    int32_t code; /* a resource handle */
    bool started;
} HMAC_CTX;

HMAC_CTX *HMAC_CTX_new(void);
void HMAC_CTX_free(HMAC_CTX *context);
int HMAC_CTX_copy(HMAC_CTX *to, HMAC_CTX *from);
#define HMAC_CTX_get_md(context) ((context)->digest)
int HMAC_Init_ex(HMAC_CTX *context, const void *key, int length, const EVP_MD *digest, ENGINE *engine);
int HMAC_Update(HMAC_CTX *context, const unsigned char *data, size_t length);
int HMAC_Final(HMAC_CTX *context, unsigned char *output, unsigned int *length);
unsigned char *HMAC(const EVP_MD *digest, const void *key, int key_length, const unsigned char *data, size_t length,
                    unsigned char *output, unsigned int *output_length);

int PKCS5_PBKDF2_HMAC(const char *password, int password_length, const unsigned char *salt, int salt_length,
                      int iterations, const EVP_MD *digest, int length, unsigned char *output);
int EVP_PBE_scrypt(const char *password, size_t password_length, const unsigned char *salt, size_t salt_length,
                   uint64_t cost, uint64_t block_size, uint64_t parallel, uint64_t memory, unsigned char *output,
                   size_t length);

/* 0 if they are equal, in a time that does not tell where they are not. */
int CRYPTO_memcmp(const void *a, const void *b, size_t length);

#define EVP_default_properties_is_fips_enabled(context) 0

/* ---- Errors (evp_codes.c): of the last call that failed ---- */

unsigned long ERR_peek_last_error(void);
void ERR_clear_error(void);
/* NULL: it is not known. */
const char *ERR_lib_error_string(unsigned long code);
#define ERR_func_error_string(code) NULL
const char *ERR_reason_error_string(unsigned long code);

#ifdef Py_PYTHON_H
#include "module_python.h"

/* From so many bytes on the module hashes without the interpreter's lock, and raises without it, too, where hashing fails: with
 * libcrypto it cannot, and here it can, when memory is full. There are no other threads. */
#undef HASHLIB_GIL_MINSIZE
#define HASHLIB_GIL_MINSIZE PY_SSIZE_T_MAX
#endif

#endif
