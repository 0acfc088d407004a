/* The harness of the native tests and fuzz targets of cpython-ext/common and caps/common. */
#ifndef CHECK_H
#define CHECK_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- Tests ---- */

static int checks, failures;

static inline void
expect(bool condition, const char *file, int line, const char *text)
{
    checks++;
    if (!condition) {
        fprintf(stderr, "%s:%d: not so: %s\n", file, line, text);
        failures++;
    }
}

/* Counts a check; one that fails is named, and the test goes on. */
#define EXPECT(condition) expect(condition, __FILE__, __LINE__, #condition)

/* Whether any check failed, and says how many. */
static inline bool
has_failed(void)
{
    if (failures > 0)
        fprintf(stderr, "%d of %d checks failed\n", failures, checks);
    return failures > 0;
}

/* ---- Fuzz targets ---- */

/* Says what is not so and aborts, for the fuzzer to keep the input. */
static inline void
check(bool condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "not so: %s\n", what);
        abort();
    }
}

#endif
