// Local time by the environment's TZ.
#ifndef PYLON_LIBC_ZONE_H
#define PYLON_LIBC_ZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A name of a zone with the byte that ends it.
enum { ZONE_NAME = 32 };

// What a clock shows at some time. `offset` is in seconds, east of Greenwich.
typedef struct {
    int offset;
    bool dst;
    const char *name;
} zone_local;

// When the clock changes in each year: `kind` is 'M' (month, week, day of it), 'J' (day from 1, without the 29th of February) or
// 'N' (day from 0). `time` is in seconds of local time.
typedef struct {
    char kind;
    int month, week, day, time;
} zone_change;

// Standard time comes first, and is all if there is no `dst`.
typedef struct {
    char name[2][ZONE_NAME];
    int offset[2];
    bool dst;
    zone_change change[2];
} zone_rule;

// zone_rule.c: reads a rule as POSIX has it in TZ, such as CET-1CEST,M3.5.0,M10.5.0/3. False if `text` is none.
bool zone_rule_parse(zone_rule *rule, const char *text);

// zone_rule.c: what it says of a time in seconds.
zone_local zone_rule_at(const zone_rule *rule, int64_t time);

#endif
