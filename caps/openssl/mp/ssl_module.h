/* What the files of MicroPython's module ssl share. "Raises": see glue.h. */
#ifndef PYLON_SSL_MODULE_H
#define PYLON_SSL_MODULE_H

#include "py/runtime.h"

#include "glue.h"
#include "openssl_import.h"

typedef openssl_component_tls_failure_t failure_t;
typedef openssl_import_list_u8_t bytes_t;
typedef openssl_import_string_t text_t;

/* ---- modssl.c ---- */

enum { CERT_NONE, CERT_OPTIONAL, CERT_REQUIRED };

/* Raises for a call that failed: MemoryError, or what `type` is with OpenSSL's words. Frees `failure`. */
NORETURN void ssl_raise(failure_t *failure, const mp_obj_type_t *type);

/* ---- ssl_context.c ---- */

typedef struct {
    mp_obj_base_t base;
    bool server, is_open;
    uint8_t verify_mode;
    openssl_component_tls_own_context_t handle;
} ssl_context_t;

extern const mp_obj_type_t ssl_context_type;

/* A new one. Raises MemoryError. */
mp_obj_t ssl_context_new(bool server);

/* What the context is asked for. `certfile`, `keyfile`, `cadata`: bytes, PEM or DER; or a file's name. Raises. */
void ssl_context_use(mp_obj_t context, mp_obj_t certificate, mp_obj_t key);
void ssl_context_believe(mp_obj_t context, mp_obj_t authorities);
void ssl_context_verify(mp_obj_t context, mp_int_t mode);

/* ---- ssl_socket.c ---- */

/* The stream over `sock`. Raises. */
mp_obj_t ssl_socket_new(mp_obj_t context, mp_obj_t sock, bool server, bool handshake, mp_obj_t name);

#endif
