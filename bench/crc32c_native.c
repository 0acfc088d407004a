/* Times the crc32c cap's own C over 64 MiB, compiled natively. Prints JSON, times in seconds; bench/crc32c_speed.py
 * does the same through `import crc32c`. */
#define _POSIX_C_SOURCE 199309L
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "crc32c.h"

enum { SIZE = 64 * 1024 * 1024, RUNS = 5 };

/* Seconds since some moment in the past. */
static double
now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

int
main(void)
{
    unsigned char *data = malloc(SIZE);
    if (data == NULL) {
        fputs("crc32c_native: not enough memory\n", stderr);
        return EXIT_FAILURE;
    }
    for (size_t i = 0; i < SIZE; i++)
        data[i] = (unsigned char)i;

    double seconds[RUNS];
    uint32_t value = 0;
    for (int run = 0; run < RUNS; run++) {
        double begun = now();
        value = crc32c_update(0, data, SIZE);
        seconds[run] = now() - begun;
    }
    free(data);

    printf("{\"crc32c\": %lu, \"seconds\": [", (unsigned long)value);
    for (int run = 0; run < RUNS; run++)
        printf("%s%.9f", run == 0 ? "" : ", ", seconds[run]);
    puts("]}");
    return EXIT_SUCCESS;
}
