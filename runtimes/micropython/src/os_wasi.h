// The host's part of the os module; included by extmod/modos.c.
#include <errno.h>
#include <stdlib.h>

#include "py/mphal.h"
#include "py/runtime.h"

// getenv(name, default=None): a str, or the default.
static mp_obj_t mp_os_getenv(size_t n_args, const mp_obj_t *args) {
    const char *value = getenv(mp_obj_str_get_str(args[0]));
    if (value == NULL) {
        return n_args == 2 ? args[1] : mp_const_none;
    }
    return mp_obj_new_str_from_cstr(value);
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(mp_os_getenv_obj, 1, 2, mp_os_getenv);

// putenv(name, value): for this program only; WASI has no other to inherit it.
static mp_obj_t mp_os_putenv(mp_obj_t name, mp_obj_t value) {
    RAISE_ERRNO(setenv(mp_obj_str_get_str(name), mp_obj_str_get_str(value), 1), errno);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_2(mp_os_putenv_obj, mp_os_putenv);

// unsetenv(name)
static mp_obj_t mp_os_unsetenv(mp_obj_t name) {
    RAISE_ERRNO(unsetenv(mp_obj_str_get_str(name)), errno);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(mp_os_unsetenv_obj, mp_os_unsetenv);

// urandom(n): n bytes of the host's entropy.
static mp_obj_t mp_os_urandom(mp_obj_t size) {
    mp_int_t n = mp_obj_get_int(size);
    if (n < 0) {
        mp_raise_ValueError(NULL);
    }
    vstr_t bytes;
    vstr_init_len(&bytes, n);
    mp_hal_get_random(n, bytes.buf);
    return mp_obj_new_bytes_from_vstr(&bytes);
}
static MP_DEFINE_CONST_FUN_OBJ_1(mp_os_urandom_obj, mp_os_urandom);

// errno(): the C library's; errno(n) sets it.
static mp_obj_t mp_os_errno(size_t n_args, const mp_obj_t *args) {
    if (n_args == 0) {
        return MP_OBJ_NEW_SMALL_INT(errno);
    }
    errno = mp_obj_get_int(args[0]);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(mp_os_errno_obj, 0, 1, mp_os_errno);
