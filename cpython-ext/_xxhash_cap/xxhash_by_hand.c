/* What of _xxhash_cap is by hand: hashes in one call, which are all that many programs make, and data in slices. */
#include "xxhash_import_module.h"

#include "values_python.h"

typedef xxhash_xxhash_api_algorithm_t algorithm_t;
typedef xxhash_xxhash_api_value_t value_t;

enum {
    /* The most that one call takes: what is copied into the component stays in a core's cache until it is read there. */
    SLICE = 64 * 1024
};

/* ---- Hashing. The results are of no use when link_failed(): a component that is resolved at run time may not be
 * reached. ---- */

static void
update(xxhash_xxhash_api_borrow_hasher_t hasher, uint8_t *data, size_t length)
{
    while (length > 0 && !link_failed()) {
        xxhash_import_list_u8_t slice = {data, length < SLICE ? length : SLICE};
        xxhash_xxhash_api_method_hasher_update(hasher, &slice);
        data += slice.len;
        length -= slice.len;
    }
}

/* False without memory for a hasher. */
static bool
hash_of_slices(algorithm_t algorithm, uint64_t seed, uint8_t *data, size_t length, value_t *value)
{
    xxhash_xxhash_api_own_hasher_t hasher;

    if (!xxhash_xxhash_api_static_hasher_create(algorithm, seed, &hasher))
        return link_failed();
    if (link_failed())
        return true;
    update(xxhash_xxhash_api_borrow_hasher(hasher), data, length);
    if (!link_failed())
        xxhash_xxhash_api_method_hasher_digest(xxhash_xxhash_api_borrow_hasher(hasher), value);
    xxhash_xxhash_api_hasher_drop_own(hasher);
    return true;
}

static bool
hash(algorithm_t algorithm, uint64_t seed, uint8_t *data, size_t length, value_t *value)
{
    if (length > SLICE)
        return hash_of_slices(algorithm, seed, data, length, value);
    xxhash_import_list_u8_t list = {data, length};
    xxhash_xxhash_api_hash(algorithm, seed, &list, value);
    return true;
}

/* ---- Forms of a hash, of which there are `size` bytes ---- */

enum { LONGEST = 16 };

/* Most significant first: the hash is the last `size` bytes of these. */
static inline void
to_bytes(value_t value, uint8_t bytes[LONGEST])
{
    uint64_t parts[2] = {__builtin_bswap64(value.high), __builtin_bswap64(value.low)};
    memcpy(bytes, parts, LONGEST);
}

static PyObject *
digest_of(value_t value, size_t size)
{
    uint8_t bytes[LONGEST];

    to_bytes(value, bytes);
    return value_bytes(bytes + LONGEST - size, size);
}

static PyObject *
hexdigest_of(value_t value, size_t size)
{
    uint8_t bytes[LONGEST];
    PyObject *text = PyUnicode_New((Py_ssize_t)(2 * size), 127);

    if (text == NULL)
        return NULL;
    to_bytes(value, bytes);
    Py_UCS1 *digits = PyUnicode_1BYTE_DATA(text);
    for (size_t i = LONGEST - size; i < LONGEST; i++) {
        *digits++ = (Py_UCS1)Py_hexdigits[bytes[i] >> 4];
        *digits++ = (Py_UCS1)Py_hexdigits[bytes[i] & 15];
    }
    return text;
}

static PyObject *
intdigest_of(value_t value, size_t size)
{
    uint64_t parts[2] = {value.low, value.high};

    return size <= sizeof value.low ? PyLong_FromUnsignedLongLong(value.low)
                                    : PyLong_FromUnsignedNativeBytes(parts, size, Py_ASNATIVEBYTES_LITTLE_ENDIAN);
}

/* ---- Functions ---- */

/* An int modulo 2^64. False with TypeError. */
static bool
argument_seed(PyObject *object, uint64_t *seed)
{
    *seed = PyLong_AsUnsignedLongLongMask(object);
    return *seed != (uint64_t)-1 || !PyErr_Occurred();
}

typedef PyObject *form_t(value_t value, size_t size);

/* (data, seed=0): TypeError for what is not bytes-like or no int, BufferError for what has gaps, MemoryError. */
static inline PyObject *
one_shot(const struct signature *signature, algorithm_t algorithm, form_t *form, size_t size, PyObject *const *given,
         Py_ssize_t count, PyObject *keywords)
{
    PyObject *room[2];
    PyObject *const *values = signature_sort(signature, given, count, keywords, room);
    uint64_t seed = 0;
    Py_buffer buffer = {0};
    uint8_t *data;
    size_t length;
    PyObject *result = NULL;

    if (values != NULL && argument_bytes(values[0], &buffer, &data, &length) &&
        (values[1] == NULL || argument_seed(values[1], &seed))) {
        value_t value;
        bool hashed = hash(algorithm, seed, data, length, &value);
        result = link_failed() ? link_raise() : hashed ? form(value, size) : PyErr_NoMemory();
    }
    PyBuffer_Release(&buffer);
    return result;
}

static const char *const names[] = {"data", "seed"};

#define ONE_SHOT(hash, form, algorithm, size, title)                                                                   \
    const char xxhash_import_module_##hash##_##form##_doc[] =                                                          \
        #hash "_" #form "($module, data, seed=0)\n--\n\n"                                                              \
        "The " title " of a contiguous bytes-like object. The seed is reduced modulo 2**64, or 2**32 for XXH32.";      \
    PyObject *xxhash_import_module_##hash##_##form(PyObject *Py_UNUSED(module), PyObject *const *given,                \
                                                   Py_ssize_t count, PyObject *keywords)                               \
    {                                                                                                                  \
        static const struct signature signature = {#hash "_" #form, names, 2, 1};                                      \
        return one_shot(&signature, XXHASH_XXHASH_API_ALGORITHM_##algorithm, form##_of, size, given, count, keywords); \
    }

#define ONE_SHOTS(hash, algorithm, size, title)                                                                        \
    ONE_SHOT(hash, digest, algorithm, size, title ", most significant byte first,")                                    \
    ONE_SHOT(hash, hexdigest, algorithm, size, title ", in hexadecimal digits,")                                       \
    ONE_SHOT(hash, intdigest, algorithm, size, title ", an int,")

ONE_SHOTS(xxh32, XXH32, 4, "XXH32")
ONE_SHOTS(xxh64, XXH64, 8, "XXH64")
ONE_SHOTS(xxh3_64, XXH3, 8, "XXH3 of 64 bits")
ONE_SHOTS(xxh3_128, XXH128, 16, "XXH3 of 128 bits")

PyObject *
xxhash_import_module_Hasher_update(PyObject *self, PyObject *argument)
{
    Py_buffer buffer = {0};
    uint8_t *data;
    size_t length;
    xxhash_xxhash_api_borrow_hasher_t hasher;
    PyObject *result = NULL;

    if (argument_bytes(argument, &buffer, &data, &length) && resource_self(self, &hasher.__handle)) {
        update(hasher, data, length);
        result = link_failed() ? link_raise() : Py_NewRef(Py_None);
    }
    PyBuffer_Release(&buffer);
    return result;
}
