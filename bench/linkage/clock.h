/* Time for the guests of `cargo xtask bench dynlink`. To be included first. */
#ifndef PYLON_BENCH_CLOCK_H
#define PYLON_BENCH_CLOCK_H

#define _POSIX_C_SOURCE 199309L

#include <stdint.h>
#include <stdio.h>
#include <time.h>

static inline uint64_t
now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

/* What is measured: `calls` calls in a row. */
typedef void work(unsigned calls);

/* The time of one call in nanoseconds: the best of many batches, since what disturbs a batch only adds to it. */
static inline double
best(work *work, unsigned calls, unsigned batches)
{
    double best = 0;
    for (unsigned batch = 0; batch < batches; batch++) {
        uint64_t begin = now();
        work(calls);
        double each = (double)(now() - begin) / calls;
        if (batch == 0 || each < best)
            best = each;
    }
    return best;
}

/* A line that the benchmark reads: name and nanoseconds. */
static inline void
tell(const char *name, double nanoseconds)
{
    printf("%s %.1f\n", name, nanoseconds);
}

#endif
