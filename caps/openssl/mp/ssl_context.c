/* SSLContext of MicroPython's module ssl. */
#include "ssl_module.h"

#include <string.h>

#include "extmod/vfs.h"
#include "py/objstr.h"

/* What one takes of the cap's memory, about. */
enum { CONTEXT = 24 * 1024 };

/* The most of certificates or a key that is taken at once: what the contract's lists have in any case. */
enum { MOST = 64 * 1024 };

static const char CIPHERS[] =
    "@SECLEVEL=2:ECDH+CHACHA20:ECDH+AESGCM:ECDH+AES:DHE+CHACHA20:DHE+AES:!aNULL:!eNULL:!aDSS:!SHA1:!AESCCM";
static const char SUITES[] = "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384";

enum { TLS_1_2 = 0x0303 };

static openssl_component_tls_borrow_context_t
lent(const ssl_context_t *self)
{
    return openssl_component_tls_borrow_context(self->handle);
}

static ssl_context_t *
get_context(mp_obj_t object)
{
    ssl_context_t *self = glue_get_self(object, &ssl_context_type);
    if (!self->is_open)
        mp_raise_ValueError(MP_ERROR_TEXT("closed"));
    return self;
}

mp_obj_t
ssl_context_new(bool server)
{
    failure_t failure;
    ssl_context_t *self = mp_obj_malloc_with_finaliser(ssl_context_t, &ssl_context_type);

    self->server = server;
    self->is_open = false;
    self->verify_mode = CERT_NONE;
    glue_reserve(1024);
    glue_hold(CONTEXT);
    openssl_component_tls_side_t side =
        server ? OPENSSL_COMPONENT_TLS_SIDE_SERVER : OPENSSL_COMPONENT_TLS_SIDE_CLIENT;
    if (!openssl_component_tls_static_context_create(side, &self->handle, &failure)) {
        glue_release(CONTEXT);
        ssl_raise(&failure, &mp_type_OSError);
    }
    self->is_open = true;
    text_t ciphers = {(uint8_t *)CIPHERS, strlen(CIPHERS)}, suites = {(uint8_t *)SUITES, strlen(SUITES)};
    if (!openssl_component_tls_method_context_set_ciphers(lent(self), &ciphers, &failure) ||
        !openssl_component_tls_method_context_set_suites(lent(self), &suites, &failure) ||
        !openssl_component_tls_method_context_set_minimum_version(lent(self), TLS_1_2, &failure))
        ssl_raise(&failure, &mp_type_OSError);
    ssl_context_verify(MP_OBJ_FROM_PTR(self), server ? CERT_NONE : CERT_REQUIRED);
    return MP_OBJ_FROM_PTR(self);
}

/* SSLContext(protocol, /) */
static mp_obj_t
context_make_new(const mp_obj_type_t *type, size_t count, size_t keywords, const mp_obj_t *arguments)
{
    (void)type;
    mp_arg_check_num(count, keywords, 1, 1, false);
    mp_int_t protocol = mp_obj_get_int(arguments[0]);
    if (protocol != 0 && protocol != 1)
        mp_raise_ValueError(MP_ERROR_TEXT("invalid protocol"));
    return ssl_context_new(protocol == 1);
}

/* ---- Certificates and keys ---- */

/* The bytes of an object, or of the file of that name. Raises. */
static bytes_t
content(mp_obj_t object)
{
    mp_buffer_info_t bytes;

    if (mp_obj_is_str(object)) {
        mp_obj_t open[] = {object, MP_OBJ_NEW_QSTR(MP_QSTR_rb)};
        mp_obj_t file = mp_vfs_open(2, open, (mp_map_t *)&mp_const_empty_map), method[2];
        mp_load_method(file, MP_QSTR_read, method);
        object = mp_call_method_n_kw(0, 0, method);
        mp_load_method(file, MP_QSTR_close, method);
        mp_call_method_n_kw(0, 0, method);
    }
    glue_get_bytes(object, &bytes);
    if (bytes.len > MOST)
        mp_raise_ValueError(MP_ERROR_TEXT("too long"));
    glue_reserve(bytes.len + 1024);
    return (bytes_t){bytes.buf, bytes.len};
}

/* Certificates as PEM: as they are, or DER between the lines. Raises MemoryError. */
static bytes_t
as_pem(bytes_t bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    /* DER begins with a sequence. */
    if (bytes.len == 0 || bytes.ptr[0] != 0x30)
        return bytes;
    vstr_t text;
    vstr_init(&text, bytes.len * 3 / 2 + 80);
    vstr_add_str(&text, "-----BEGIN CERTIFICATE-----");
    for (size_t at = 0; at < bytes.len; at += 3) {
        size_t left = bytes.len - at < 3 ? bytes.len - at : 3;
        uint32_t word = bytes.ptr[at] << 16;
        word |= left > 1 ? bytes.ptr[at + 1] << 8 : 0;
        word |= left > 2 ? bytes.ptr[at + 2] : 0;
        if (at % 48 == 0)
            vstr_add_byte(&text, '\n');
        for (size_t i = 0; i < 4; i++)
            vstr_add_byte(&text, i <= left ? digits[word >> (18 - 6 * i) & 63] : '=');
    }
    vstr_add_str(&text, "\n-----END CERTIFICATE-----\n");
    glue_reserve(text.len);
    return (bytes_t){(uint8_t *)text.buf, text.len};
}

/* A key as the contract has it for contexts, of either form. False with `failure`. */
static bool
use_key(const ssl_context_t *self, bytes_t bytes, failure_t *failure)
{
    openssl_component_pkey_own_key_t key;
    bytes_t pem;

    if (!openssl_component_pkey_static_key_decode(&bytes, NULL, &key, failure))
        return false;
    bool done = openssl_component_pkey_method_key_encode(openssl_component_pkey_borrow_key(key),
                                                         OPENSSL_COMPONENT_PKEY_ENCODING_PEM, NULL, &pem, failure);
    openssl_component_pkey_key_drop_own(key);
    if (!done)
        return false;
    done = openssl_component_tls_method_context_use_key(lent(self), &pem, NULL, failure);
    memset(pem.ptr, 0, pem.len);
    openssl_import_list_u8_free(&pem);
    return done;
}

void
ssl_context_use(mp_obj_t object, mp_obj_t certificate, mp_obj_t key)
{
    const ssl_context_t *self = get_context(object);
    failure_t failure;
    bytes_t pem = as_pem(content(certificate));

    if (!openssl_component_tls_method_context_use_certificates(lent(self), &pem, &failure)) {
        openssl_component_tls_failure_free(&failure);
        mp_raise_ValueError(MP_ERROR_TEXT("invalid cert"));
    }
    if (!use_key(self, content(key), &failure)) {
        openssl_component_tls_failure_free(&failure);
        mp_raise_ValueError(MP_ERROR_TEXT("invalid key"));
    }
}

/* load_cert_chain(certfile, keyfile) */
static mp_obj_t
context_load_cert_chain(mp_obj_t object, mp_obj_t certificate, mp_obj_t key)
{
    ssl_context_use(object, certificate, key);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_3(context_load_cert_chain_obj, context_load_cert_chain);

void
ssl_context_believe(mp_obj_t object, mp_obj_t authorities)
{
    const ssl_context_t *self = get_context(object);
    failure_t failure;
    uint32_t added;
    bytes_t data = content(authorities);

    if (!openssl_component_tls_method_context_add_authorities(lent(self), &data, &added, &failure)) {
        openssl_component_tls_failure_free(&failure);
        mp_raise_ValueError(MP_ERROR_TEXT("invalid cert"));
    }
}

/* load_verify_locations(cafile=None, cadata=None) */
static mp_obj_t
context_load_verify_locations(size_t count, const mp_obj_t *positional, mp_map_t *keywords)
{
    enum { CAFILE, CADATA, COUNT };
    static const mp_arg_t allowed[] = {
        [CAFILE] = {MP_QSTR_cafile, MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
        [CADATA] = {MP_QSTR_cadata, MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
    };
    mp_arg_val_t given[COUNT];

    mp_arg_parse_all(count - 1, positional + 1, keywords, COUNT, allowed, given);
    for (size_t i = 0; i < COUNT; i++)
        if (given[i].u_obj != mp_const_none)
            ssl_context_believe(positional[0], given[i].u_obj);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_KW(context_load_verify_locations_obj, 1, context_load_verify_locations);

void
ssl_context_verify(mp_obj_t object, mp_int_t mode)
{
    ssl_context_t *self = get_context(object);
    /* OpenSSL's SSL_VERIFY_NONE, _PEER, and _PEER with _FAIL_IF_NO_PEER_CERT. */
    static const uint8_t modes[] = {[CERT_NONE] = 0, [CERT_OPTIONAL] = 1, [CERT_REQUIRED] = 3};

    if (mode < CERT_NONE || mode > CERT_REQUIRED)
        mp_raise_ValueError(MP_ERROR_TEXT("invalid verify_mode"));
    self->verify_mode = (uint8_t)mode;
    openssl_component_tls_method_context_set_verify_mode(lent(self), modes[mode]);
}

/* ---- Ciphers ---- */

/* get_ciphers() -> list of names */
static mp_obj_t
context_get_ciphers(mp_obj_t object)
{
    const ssl_context_t *self = get_context(object);
    mp_obj_t names = mp_obj_new_list(0, NULL);
    openssl_component_tls_list_suite_t suites;
    failure_t failure;

    glue_reserve(64 * 1024);
    if (!openssl_component_tls_method_context_suites(lent(self), &suites, &failure))
        ssl_raise(&failure, &mp_type_OSError);
    nlr_buf_t caught;
    if (nlr_push(&caught) == 0) {
        for (size_t i = 0; i < suites.len; i++) {
            text_t *name = &suites.ptr[i].name;
            mp_obj_list_append(names, mp_obj_new_str((const char *)name->ptr, name->len));
        }
        nlr_pop();
        openssl_component_tls_list_suite_free(&suites);
        return names;
    }
    openssl_component_tls_list_suite_free(&suites);
    nlr_jump(caught.ret_val);
}
static MP_DEFINE_CONST_FUN_OBJ_1(context_get_ciphers_obj, context_get_ciphers);

/* set_ciphers(names): those of TLS 1.3 begin with TLS_, and are set where there are any. */
static mp_obj_t
context_set_ciphers(mp_obj_t object, mp_obj_t given)
{
    const ssl_context_t *self = get_context(object);
    failure_t failure;
    vstr_t lists[2];
    mp_obj_iter_buf_t buffer;
    mp_obj_t name, names = mp_getiter(given, &buffer);

    vstr_init(&lists[0], 64);
    vstr_init(&lists[1], 64);
    while ((name = mp_iternext(names)) != MP_OBJ_STOP_ITERATION) {
        size_t length;
        const char *text = mp_obj_str_get_data(name, &length);
        vstr_t *list = &lists[length > 4 && memcmp(text, "TLS_", 4) == 0];
        if (list->len > 0)
            vstr_add_byte(list, ':');
        vstr_add_strn(list, text, length);
    }
    glue_reserve(lists[0].len + lists[1].len + 1024);
    text_t ciphers = {(uint8_t *)lists[0].buf, lists[0].len}, suites = {(uint8_t *)lists[1].buf, lists[1].len};
    if ((ciphers.len > 0 && !openssl_component_tls_method_context_set_ciphers(lent(self), &ciphers, &failure)) ||
        (suites.len > 0 && !openssl_component_tls_method_context_set_suites(lent(self), &suites, &failure)))
        ssl_raise(&failure, &mp_type_ValueError);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_2(context_set_ciphers_obj, context_set_ciphers);

/* ---- Connections ---- */

/* wrap_socket(sock, *, server_side=False, do_handshake_on_connect=True, server_hostname=None) */
static mp_obj_t
context_wrap_socket(size_t count, const mp_obj_t *positional, mp_map_t *keywords)
{
    enum { SERVER_SIDE, DO_HANDSHAKE, SERVER_HOSTNAME, COUNT };
    static const mp_arg_t allowed[] = {
        [SERVER_SIDE] = {MP_QSTR_server_side, MP_ARG_KW_ONLY | MP_ARG_BOOL, {.u_bool = false}},
        [DO_HANDSHAKE] = {MP_QSTR_do_handshake_on_connect, MP_ARG_KW_ONLY | MP_ARG_BOOL, {.u_bool = true}},
        [SERVER_HOSTNAME] = {MP_QSTR_server_hostname, MP_ARG_KW_ONLY | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
    };
    mp_arg_val_t given[COUNT];

    get_context(positional[0]);
    mp_arg_parse_all(count - 2, positional + 2, keywords, COUNT, allowed, given);
    return ssl_socket_new(positional[0], positional[1], given[SERVER_SIDE].u_bool, given[DO_HANDSHAKE].u_bool,
                          given[SERVER_HOSTNAME].u_obj);
}
static MP_DEFINE_CONST_FUN_OBJ_KW(context_wrap_socket_obj, 2, context_wrap_socket);

/* verify_mode, and the methods */
static void
context_attr(mp_obj_t object, qstr name, mp_obj_t *result)
{
    ssl_context_t *self = MP_OBJ_TO_PTR(object);

    if (name != MP_QSTR_verify_mode) {
        result[1] = MP_OBJ_SENTINEL;
    } else if (result[0] == MP_OBJ_NULL) {
        result[0] = MP_OBJ_NEW_SMALL_INT(self->verify_mode);
    } else if (result[1] != MP_OBJ_NULL) {
        ssl_context_verify(object, mp_obj_get_int(result[1]));
        result[0] = MP_OBJ_NULL;
    }
}

/* __del__(): the collector's, or anybody's. */
static mp_obj_t
context_del(mp_obj_t object)
{
    ssl_context_t *self = glue_get_self(object, &ssl_context_type);

    if (self->is_open) {
        self->is_open = false;
        openssl_component_tls_context_drop_own(self->handle);
        glue_release(CONTEXT);
    }
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(context_del_obj, context_del);

static const mp_rom_map_elem_t context_table[] = {
    {MP_ROM_QSTR(MP_QSTR_load_cert_chain), MP_ROM_PTR(&context_load_cert_chain_obj)},
    {MP_ROM_QSTR(MP_QSTR_load_verify_locations), MP_ROM_PTR(&context_load_verify_locations_obj)},
    {MP_ROM_QSTR(MP_QSTR_get_ciphers), MP_ROM_PTR(&context_get_ciphers_obj)},
    {MP_ROM_QSTR(MP_QSTR_set_ciphers), MP_ROM_PTR(&context_set_ciphers_obj)},
    {MP_ROM_QSTR(MP_QSTR_wrap_socket), MP_ROM_PTR(&context_wrap_socket_obj)},
    {MP_ROM_QSTR(MP_QSTR___del__), MP_ROM_PTR(&context_del_obj)},
};
static MP_DEFINE_CONST_DICT(context_dict, context_table);

MP_DEFINE_CONST_OBJ_TYPE(ssl_context_type, MP_QSTR_SSLContext, MP_TYPE_FLAG_NONE, make_new, context_make_new, attr,
                         context_attr, locals_dict, &context_dict);
