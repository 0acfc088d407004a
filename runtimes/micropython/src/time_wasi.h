// The host's part of the time module; included by extmod/modtime.c. The unix port's has ints of the size of a pointer
// for seconds, and no error for what libc cannot say.
#include <math.h>
#include <time.h>

#include "py/mphal.h"
#include "py/runtime.h"

// time(): seconds since 1970, as a float.
static mp_obj_t mp_time_time_get(void) {
    return mp_obj_new_float((mp_float_t)mp_hal_time_ns() / 1e9);
}

// clock(): seconds of processor time, as a float.
static mp_obj_t time_clock(void) {
    return mp_obj_new_float((mp_float_t)clock() / CLOCKS_PER_SEC);
}
static MP_DEFINE_CONST_FUN_OBJ_0(time_clock_obj, time_clock);

// As many microseconds as a sleep may have: some 290 years.
#define LONGEST_SLEEP_US (INT64_MAX / 1000)

// sleep(seconds), of the port: modtime.c calls it.
static void mp_time_sleep(mp_obj_t seconds) {
    mp_float_t us = ceil(mp_obj_get_float(seconds) * 1e6);
    if (!(us >= 0)) {
        mp_raise_OSError(EINVAL);
    }
    if (us > (mp_float_t)LONGEST_SLEEP_US) {
        mp_raise_msg(&mp_type_OverflowError, MP_ERROR_TEXT("sleep is too long"));
    }
    hal_sleep_us((uint64_t)us);
}

// Seconds since 1970: an int as it is, of a float its whole part.
static time_t get_time(mp_obj_t seconds) {
    if (!mp_obj_is_float(seconds)) {
        return mp_obj_get_int64(seconds);
    }
    mp_float_t whole = trunc(mp_obj_float_get(seconds));
    if (!(fabs(whole) < 0x1p63)) {
        mp_raise_msg(&mp_type_OverflowError, MP_ERROR_TEXT("timestamp out of range"));
    }
    return (time_t)whole;
}

// gmtime(seconds=now) and localtime(): WASI has no time zones.
static mp_obj_t time_gmtime(size_t n_args, const mp_obj_t *args) {
    time_t seconds = n_args == 0 || args[0] == mp_const_none ? time(NULL) : get_time(args[0]);
    struct tm tm;
    if (gmtime_r(&seconds, &tm) == NULL) {
        mp_raise_msg(&mp_type_OverflowError, MP_ERROR_TEXT("timestamp out of range"));
    }
    mp_obj_t items[] = {
        mp_obj_new_int_from_int64((int64_t)tm.tm_year + 1900),
        MP_OBJ_NEW_SMALL_INT(tm.tm_mon + 1),
        MP_OBJ_NEW_SMALL_INT(tm.tm_mday),
        MP_OBJ_NEW_SMALL_INT(tm.tm_hour),
        MP_OBJ_NEW_SMALL_INT(tm.tm_min),
        MP_OBJ_NEW_SMALL_INT(tm.tm_sec),
        MP_OBJ_NEW_SMALL_INT((tm.tm_wday + 6) % 7), // of Monday, not of Sunday
        MP_OBJ_NEW_SMALL_INT(tm.tm_yday + 1),
        MP_OBJ_NEW_SMALL_INT(tm.tm_isdst),
    };
    return mp_obj_new_tuple(MP_ARRAY_SIZE(items), items);
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(time_gmtime_obj, 0, 1, time_gmtime);

static int get_tm_field(mp_obj_t value, int origin) {
    int64_t field = mp_obj_get_int64(value);
    if (field < (int64_t)INT_MIN + origin || field > (int64_t)INT_MAX + origin) {
        mp_raise_msg(&mp_type_OverflowError, MP_ERROR_TEXT("mktime argument out of range"));
    }
    return (int)(field - origin);
}

// mktime(tuple): the seconds since 1970 of what gmtime() returns. Fields may be out of their range.
static mp_obj_t time_mktime(mp_obj_t tuple) {
    size_t len;
    mp_obj_t *items;
    mp_obj_get_array(tuple, &len, &items);
    if (len < 8 || len > 9) {
        mp_raise_TypeError(MP_ERROR_TEXT("mktime needs a tuple of length 8 or 9"));
    }
    struct tm tm = {
        .tm_year = get_tm_field(items[0], 1900),
        .tm_mon = get_tm_field(items[1], 1),
        .tm_mday = get_tm_field(items[2], 0),
        .tm_hour = get_tm_field(items[3], 0),
        .tm_min = get_tm_field(items[4], 0),
        .tm_sec = get_tm_field(items[5], 0),
    };
    errno = 0; // -1 is the last second of 1969, too
    time_t seconds = timegm(&tm);
    if (seconds == -1 && errno != 0) {
        mp_raise_msg(&mp_type_OverflowError, MP_ERROR_TEXT("mktime argument out of range"));
    }
    return mp_obj_new_int_from_int64(seconds);
}
static MP_DEFINE_CONST_FUN_OBJ_1(time_mktime_obj, time_mktime);

#define MICROPY_PY_TIME_EXTRA_GLOBALS \
    { MP_ROM_QSTR(MP_QSTR_clock), MP_ROM_PTR(&time_clock_obj) }, \
    { MP_ROM_QSTR(MP_QSTR_gmtime), MP_ROM_PTR(&time_gmtime_obj) }, \
    { MP_ROM_QSTR(MP_QSTR_localtime), MP_ROM_PTR(&time_gmtime_obj) }, \
    { MP_ROM_QSTR(MP_QSTR_mktime), MP_ROM_PTR(&time_mktime_obj) },
