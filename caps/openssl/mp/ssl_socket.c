/* SSLSocket of MicroPython's module ssl: a stream over another one. */
#include "ssl_module.h"

#include <string.h>

#include "py/mperrno.h"
#include "py/mphal.h"
#include "py/objstr.h"
#include "py/stream.h"

/* What one takes of the cap's memory, about, and what crosses at once. */
enum { CONNECTION = 64 * 1024, PIECE = 16 * 1024 };

typedef struct {
    mp_obj_base_t base;
    mp_obj_t sock, context;
    openssl_component_tls_own_connection_t handle;
    bool is_open;  /* there is a handle */
    bool is_over;  /* it failed, or was closed */
    vstr_t output; /* what is to be sent and was not taken yet */
    size_t sent;   /* of it */
} ssl_socket_t;

typedef openssl_component_tls_step_t step_t;

static const mp_obj_type_t ssl_socket_type;

static openssl_component_tls_borrow_connection_t
lent(const ssl_socket_t *self)
{
    return openssl_component_tls_borrow_connection(self->handle);
}

static void
let_go(ssl_socket_t *self)
{
    if (!self->is_open)
        return;
    self->is_open = false;
    openssl_component_tls_connection_drop_own(self->handle);
    glue_release(CONNECTION);
}

/* ---- What crosses ---- */

/* Sends what there is to send. False with an error of the stream below. */
static bool
flushed(ssl_socket_t *self, int *error)
{
    const mp_stream_p_t *stream = mp_get_stream(self->sock);

    while (self->sent < self->output.len) {
        size_t left = self->output.len - self->sent;
        mp_uint_t count = stream->write(self->sock, self->output.buf + self->sent, left, error);
        if (count == MP_STREAM_ERROR)
            return false;
        self->sent += count;
    }
    self->output.len = self->sent = 0;
    return true;
}

/* Takes output of the cap over. Raises MemoryError before it has any. */
static void
collect(ssl_socket_t *self, size_t length)
{
    while (length > 0) {
        size_t most = length < PIECE ? length : PIECE;
        bytes_t bytes;
        glue_reserve(most);
        char *place = vstr_add_len(&self->output, most);
        self->output.len -= most;
        openssl_component_tls_method_connection_take_output(lent(self), (uint32_t)most, &bytes);
        if (bytes.len == 0)
            return;
        memcpy(place, bytes.ptr, bytes.len);
        self->output.len += bytes.len;
        length -= bytes.len;
        openssl_import_list_u8_free(&bytes);
    }
}

/* Brings as much input as is wanted. False with an error of the stream below. */
static bool
fed(ssl_socket_t *self, size_t wanted, int *error)
{
    size_t most = wanted == 0 || wanted > PIECE ? PIECE : wanted;
    byte *buffer = m_new(byte, most);
    failure_t failure;

    glue_reserve(most);
    mp_uint_t count = mp_get_stream(self->sock)->read(self->sock, buffer, most, error);
    if (count == MP_STREAM_ERROR)
        return false;
    bytes_t bytes = {buffer, count};
    if (count == 0)
        openssl_component_tls_method_connection_feed_end(lent(self));
    else if (!openssl_component_tls_method_connection_feed(lent(self), &bytes, &failure))
        ssl_raise(&failure, &mp_type_OSError);
    m_del(byte, buffer, most);
    return true;
}

/* The end of a connection that failed: ValueError where the other side is not believed, else OSError. */
static NORETURN void
raise_failure(ssl_socket_t *self)
{
    openssl_component_tls_verdict_t verdict;
    failure_t failure;
    char words[160];
    size_t length = 0;

    openssl_component_tls_method_connection_verdict(lent(self), &verdict);
    openssl_component_tls_method_connection_failure(lent(self), &failure);
    self->is_over = true;
    let_go(self);
    /* OpenSSL's SSL_R_CERTIFICATE_VERIFY_FAILED */
    if (failure.reason == 134 && verdict.code != 0) {
        length = verdict.text.len < sizeof words ? verdict.text.len : sizeof words;
        memcpy(words, verdict.text.ptr, length);
    }
    openssl_component_tls_verdict_free(&verdict);
    if (length == 0)
        ssl_raise(&failure, &mp_type_OSError);
    openssl_component_tls_failure_free(&failure);
    nlr_raise(mp_obj_new_exception_arg1(&mp_type_ValueError, mp_obj_new_str(words, length)));
}

/* ---- Steps ---- */

enum what { HANDSHAKE, RECEIVE, SEND, SHUTDOWN };

/* One step. What was received is in `buffer`; how many bytes were taken or received in the result. */
static size_t
take_step(ssl_socket_t *self, enum what what, void *buffer, size_t size, step_t *step)
{
    bytes_t given = {buffer, size < PIECE ? size : PIECE};
    openssl_component_tls_tuple2_step_list_u8_t received;

    glue_reserve(PIECE);
    switch (what) {
    case HANDSHAKE:
        openssl_component_tls_method_connection_handshake(lent(self), step);
        return 0;
    case SEND:
        openssl_component_tls_method_connection_send(lent(self), &given, step);
        return step->taken;
    case SHUTDOWN:
        openssl_component_tls_method_connection_shutdown(lent(self), step);
        return 0;
    default:
        openssl_component_tls_method_connection_receive(lent(self), (uint32_t)given.len, &received);
        *step = received.f0;
        memcpy(buffer, received.f1.ptr, received.f1.len);
        size_t length = received.f1.len;
        openssl_component_tls_tuple2_step_list_u8_free(&received);
        return length;
    }
}

/* Goes on until it is done, or the stream below has nothing and takes nothing. */
static mp_uint_t
work(ssl_socket_t *self, enum what what, void *buffer, size_t size, int *error)
{
    if (!self->is_open) {
        *error = self->is_over ? MP_EIO : MP_EBADF;
        return MP_STREAM_ERROR;
    }
    while (flushed(self, error)) {
        step_t step;
        size_t count = take_step(self, what, buffer, size, &step);
        collect(self, step.output);
        /* What was taken is taken, though it is not sent yet. */
        bool is_sent = flushed(self, error);
        switch (step.outcome) {
        case OPENSSL_COMPONENT_TLS_OUTCOME_DONE:
            if (!is_sent && what != SEND && what != RECEIVE)
                return MP_STREAM_ERROR;
            *error = 0;
            return count;
        case OPENSSL_COMPONENT_TLS_OUTCOME_CLOSED:
            *error = what == SEND ? MP_EPIPE : 0;
            return what == SEND ? MP_STREAM_ERROR : 0;
        case OPENSSL_COMPONENT_TLS_OUTCOME_WANT_INPUT:
            if (what == SHUTDOWN)
                return 0;
            if (!is_sent || !fed(self, step.wanted, error))
                return MP_STREAM_ERROR;
            break;
        case OPENSSL_COMPONENT_TLS_OUTCOME_FAILED:
            raise_failure(self);
        default:
            self->is_over = true;
            let_go(self);
            *error = MP_ECONNRESET;
            return MP_STREAM_ERROR;
        }
    }
    return MP_STREAM_ERROR;
}

/* ---- The stream ---- */

static mp_uint_t
socket_read(mp_obj_t object, void *buffer, mp_uint_t size, int *error)
{
    return size == 0 ? 0 : work(MP_OBJ_TO_PTR(object), RECEIVE, buffer, size, error);
}

static mp_uint_t
socket_write(mp_obj_t object, const void *buffer, mp_uint_t size, int *error)
{
    return size == 0 ? 0 : work(MP_OBJ_TO_PTR(object), SEND, (void *)buffer, size, error);
}

static mp_uint_t
socket_ioctl(mp_obj_t object, mp_uint_t request, uintptr_t argument, int *error)
{
    ssl_socket_t *self = MP_OBJ_TO_PTR(object);
    mp_uint_t ready = 0;

    if (self->sock == MP_OBJ_NULL) {
        *error = MP_EBADF;
        return request == MP_STREAM_CLOSE ? 0 : request == MP_STREAM_POLL ? MP_STREAM_POLL_NVAL : MP_STREAM_ERROR;
    }
    if (request == MP_STREAM_CLOSE) {
        mp_obj_t sock = self->sock;
        /* The other side is told, if it can be; nobody waits for its answer. */
        int ignored;
        if (self->is_open)
            (void)work(self, SHUTDOWN, NULL, 0, &ignored);
        let_go(self);
        self->sock = MP_OBJ_NULL;
        return mp_get_stream(sock)->ioctl(sock, request, argument, error);
    }
    if (request == MP_STREAM_POLL && (argument & MP_STREAM_POLL_RD) && self->is_open &&
        openssl_component_tls_method_connection_pending(lent(self)) > 0)
        ready = MP_STREAM_POLL_RD;
    mp_uint_t below = mp_get_stream(self->sock)->ioctl(self->sock, request, argument, error);
    return below == MP_STREAM_ERROR ? below : below | ready;
}

static const mp_stream_p_t socket_stream = {
    .read = socket_read,
    .write = socket_write,
    .ioctl = socket_ioctl,
};

mp_obj_t
ssl_socket_new(mp_obj_t context, mp_obj_t sock, bool server, bool handshake, mp_obj_t name)
{
    ssl_context_t *within = MP_OBJ_TO_PTR(context);
    failure_t failure;
    int error;

    mp_get_stream_raise(sock, MP_STREAM_OP_READ | MP_STREAM_OP_WRITE | MP_STREAM_OP_IOCTL);
    if (!server && name == mp_const_none && within->verify_mode == CERT_REQUIRED)
        mp_raise_ValueError(MP_ERROR_TEXT("CERT_REQUIRED requires server_hostname"));
    ssl_socket_t *self = mp_obj_malloc_with_finaliser(ssl_socket_t, &ssl_socket_type);
    self->sock = sock;
    self->context = context;
    self->is_open = self->is_over = false;
    self->sent = 0;
    vstr_init(&self->output, 64);
    text_t text = {0}, *asked = NULL;
    if (name != mp_const_none) {
        text.ptr = (uint8_t *)mp_obj_str_get_data(name, &text.len);
        asked = &text;
    }
    glue_reserve(text.len + 1024);
    glue_hold(CONNECTION);
    if (!openssl_component_tls_static_connection_create(openssl_component_tls_borrow_context(within->handle), server,
                                                        asked, asked != NULL && !server, &self->handle, &failure)) {
        glue_release(CONNECTION);
        ssl_raise(&failure, &mp_type_ValueError);
    }
    self->is_open = true;
    while (handshake && work(self, HANDSHAKE, NULL, 0, &error) == MP_STREAM_ERROR) {
        if (!mp_is_nonblocking_error(error))
            mp_raise_OSError(error);
        mp_hal_delay_ms(1);
    }
    return MP_OBJ_FROM_PTR(self);
}

/* ---- Methods ---- */

static ssl_socket_t *
get_socket(mp_obj_t object)
{
    ssl_socket_t *self = glue_get_self(object, &ssl_socket_type);
    if (!self->is_open)
        mp_raise_OSError(MP_EBADF);
    return self;
}

/* getpeercert(binary_form) -> bytes of DER, None without one. As elsewhere, only True is known. */
static mp_obj_t
socket_getpeercert(mp_obj_t object, mp_obj_t binary)
{
    ssl_socket_t *self = get_socket(object);
    openssl_component_tls_own_certificate_t certificate;
    bytes_t der;

    if (!mp_obj_is_true(binary))
        mp_raise_NotImplementedError(NULL);
    if (!openssl_component_tls_method_connection_peer_certificate(lent(self), &certificate))
        return mp_const_none;
    glue_reserve(PIECE);
    openssl_component_x509_method_certificate_encode(openssl_component_x509_borrow_certificate(certificate), &der);
    openssl_component_x509_certificate_drop_own(certificate);
    vstr_t copy;
    copy.buf = m_new_maybe(char, der.len + 1);
    if (copy.buf != NULL)
        memcpy(copy.buf, der.ptr, der.len);
    copy.alloc = der.len + 1;
    copy.len = der.len;
    copy.fixed_buf = false;
    openssl_import_list_u8_free(&der);
    if (copy.buf == NULL)
        mp_raise_type(&mp_type_MemoryError);
    return mp_obj_new_bytes_from_vstr(&copy);
}
static MP_DEFINE_CONST_FUN_OBJ_2(socket_getpeercert_obj, socket_getpeercert);

/* cipher() -> (suite, version) */
static mp_obj_t
socket_cipher(mp_obj_t object)
{
    ssl_socket_t *self = get_socket(object);
    char suite_name[64], version_name[16];
    size_t suite_length = 0, version_length = 0;
    openssl_component_tls_suite_t suite;
    text_t version;

    glue_reserve(4096);
    if (openssl_component_tls_method_connection_suite(lent(self), &suite)) {
        suite_length = suite.name.len < sizeof suite_name ? suite.name.len : sizeof suite_name;
        memcpy(suite_name, suite.name.ptr, suite_length);
        openssl_component_tls_suite_free(&suite);
    }
    if (openssl_component_tls_method_connection_version(lent(self), &version)) {
        version_length = version.len < sizeof version_name ? version.len : sizeof version_name;
        memcpy(version_name, version.ptr, version_length);
        openssl_import_string_free(&version);
    }
    mp_obj_t both[] = {mp_obj_new_str(suite_name, suite_length), mp_obj_new_str(version_name, version_length)};
    return mp_obj_new_tuple(2, both);
}
static MP_DEFINE_CONST_FUN_OBJ_1(socket_cipher_obj, socket_cipher);

/* setblocking(flag): that of the stream below */
static mp_obj_t
socket_setblocking(mp_obj_t object, mp_obj_t flag)
{
    ssl_socket_t *self = get_socket(object);
    mp_obj_t method[3];

    mp_load_method(self->sock, MP_QSTR_setblocking, method);
    method[2] = flag;
    return mp_call_method_n_kw(1, 0, method);
}
static MP_DEFINE_CONST_FUN_OBJ_2(socket_setblocking_obj, socket_setblocking);

/* __del__(): the collector's: nothing is sent. */
static mp_obj_t
socket_del(mp_obj_t object)
{
    let_go(glue_get_self(object, &ssl_socket_type));
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(socket_del_obj, socket_del);

static const mp_rom_map_elem_t socket_table[] = {
    {MP_ROM_QSTR(MP_QSTR_read), MP_ROM_PTR(&mp_stream_read_obj)},
    {MP_ROM_QSTR(MP_QSTR_readinto), MP_ROM_PTR(&mp_stream_readinto_obj)},
    {MP_ROM_QSTR(MP_QSTR_readline), MP_ROM_PTR(&mp_stream_unbuffered_readline_obj)},
    {MP_ROM_QSTR(MP_QSTR_write), MP_ROM_PTR(&mp_stream_write_obj)},
    {MP_ROM_QSTR(MP_QSTR_close), MP_ROM_PTR(&mp_stream_close_obj)},
    {MP_ROM_QSTR(MP_QSTR_setblocking), MP_ROM_PTR(&socket_setblocking_obj)},
    {MP_ROM_QSTR(MP_QSTR_getpeercert), MP_ROM_PTR(&socket_getpeercert_obj)},
    {MP_ROM_QSTR(MP_QSTR_cipher), MP_ROM_PTR(&socket_cipher_obj)},
    {MP_ROM_QSTR(MP_QSTR___del__), MP_ROM_PTR(&socket_del_obj)},
};
static MP_DEFINE_CONST_DICT(socket_dict, socket_table);

static MP_DEFINE_CONST_OBJ_TYPE(ssl_socket_type, MP_QSTR_SSLSocket, MP_TYPE_FLAG_ITER_IS_STREAM, protocol,
                                &socket_stream, locals_dict, &socket_dict);
