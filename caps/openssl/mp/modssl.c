/* ssl: the interface of MicroPython's module, over the contract openssl:component. The context is in ssl_context.c, the stream
 * in ssl_socket.c. */
#include "ssl_module.h"

#include <string.h>

#include "py/mperrno.h"
#include "py/objstr.h"

NORETURN void
ssl_raise(failure_t *failure, const mp_obj_type_t *type)
{
    char words[160];
    const text_t *text = failure->reason_text.len > 0 ? &failure->reason_text : &failure->details;
    size_t length = text->len < sizeof words ? text->len : sizeof words;
    bool is_memory = failure->kind == OPENSSL_COMPONENT_ERROR_KIND_MEMORY;
    mp_int_t reason = (mp_int_t)failure->reason;

    memcpy(words, text->ptr, length);
    if (length == 0) {
        length = strlen("invalid argument");
        memcpy(words, "invalid argument", length);
    }
    openssl_component_tls_failure_free(failure);
    if (is_memory)
        mp_raise_type(&mp_type_MemoryError);
    mp_obj_t told = mp_obj_new_str(words, length);
    if (type != &mp_type_OSError)
        nlr_raise(mp_obj_new_exception_arg1(type, told));
    /* Numbers of OpenSSL's are none of the system's. */
    mp_obj_t arguments[] = {mp_obj_new_int(-reason), told};
    nlr_raise(mp_obj_exception_make_new(type, 2, 0, arguments));
}

/* wrap_socket(sock, server_side=False, key=None, cert=None, cert_reqs=CERT_NONE, cadata=None, server_hostname=None,
 * do_handshake=True): a stream with a context of its own. */
static mp_obj_t
ssl_wrap_socket(size_t count, const mp_obj_t *positional, mp_map_t *keywords)
{
    enum { SERVER_SIDE, KEY, CERT, CERT_REQS, CADATA, SERVER_HOSTNAME, DO_HANDSHAKE, COUNT };
    static const mp_arg_t allowed[] = {
        [SERVER_SIDE] = {MP_QSTR_server_side, MP_ARG_BOOL, {.u_bool = false}},
        [KEY] = {MP_QSTR_key, MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
        [CERT] = {MP_QSTR_cert, MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
        [CERT_REQS] = {MP_QSTR_cert_reqs, MP_ARG_INT, {.u_int = CERT_NONE}},
        [CADATA] = {MP_QSTR_cadata, MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
        [SERVER_HOSTNAME] = {MP_QSTR_server_hostname, MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
        [DO_HANDSHAKE] = {MP_QSTR_do_handshake, MP_ARG_BOOL, {.u_bool = true}},
    };
    mp_arg_val_t given[COUNT];

    mp_arg_parse_all(count - 1, positional + 1, keywords, COUNT, allowed, given);
    mp_obj_t context = ssl_context_new(given[SERVER_SIDE].u_bool);
    ssl_context_verify(context, given[CERT_REQS].u_int);
    if (given[CERT].u_obj != mp_const_none)
        ssl_context_use(context, given[CERT].u_obj, given[KEY].u_obj);
    if (given[CADATA].u_obj != mp_const_none)
        ssl_context_believe(context, given[CADATA].u_obj);
    return ssl_socket_new(context, positional[0], given[SERVER_SIDE].u_bool, given[DO_HANDSHAKE].u_bool,
                          given[SERVER_HOSTNAME].u_obj);
}
static MP_DEFINE_CONST_FUN_OBJ_KW(ssl_wrap_socket_obj, 1, ssl_wrap_socket);

static const mp_rom_map_elem_t ssl_table[] = {
    {MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_ssl)},
    {MP_ROM_QSTR(MP_QSTR_wrap_socket), MP_ROM_PTR(&ssl_wrap_socket_obj)},
    {MP_ROM_QSTR(MP_QSTR_SSLContext), MP_ROM_PTR(&ssl_context_type)},
    {MP_ROM_QSTR(MP_QSTR_PROTOCOL_TLS_CLIENT), MP_ROM_INT(0)},
    {MP_ROM_QSTR(MP_QSTR_PROTOCOL_TLS_SERVER), MP_ROM_INT(1)},
    {MP_ROM_QSTR(MP_QSTR_CERT_NONE), MP_ROM_INT(CERT_NONE)},
    {MP_ROM_QSTR(MP_QSTR_CERT_OPTIONAL), MP_ROM_INT(CERT_OPTIONAL)},
    {MP_ROM_QSTR(MP_QSTR_CERT_REQUIRED), MP_ROM_INT(CERT_REQUIRED)},
};
static MP_DEFINE_CONST_DICT(ssl_dict, ssl_table);

const mp_obj_module_t ssl_module = {
    .base = {&mp_type_module},
    .globals = (mp_obj_dict_t *)&ssl_dict,
};

MP_REGISTER_MODULE(MP_QSTR_ssl, ssl_module);
