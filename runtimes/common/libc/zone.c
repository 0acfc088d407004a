// Local time by the environment's TZ, in place of libc's __tz.c, which knows UTC only. TZ is the name of a file of the tz database
// (RFC 8536), or a rule. Without it, and with what is neither, local time is UTC.
#include "zone.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

// In place of libc's.
extern const char __utc[];
const char *__tm_to_tzname(const struct tm *tm);
void __secs_to_zone(long long time, int local, int *isdst, int *offset, long *other_offset, const char **name);
// wasi-libc has none.
void tzset(void);

#define FOLDER "/usr/share/zoneinfo/"

enum { MOST_BYTES = 1 << 20, HEADER = 44, LONGEST_PATH = 512, MOST_OFFSET = 26 * 3600 };

const char __utc[] = "UTC";

// A file as it is, and where in it is what; all numbers are big-endian.
static struct {
    bool chosen;
    char *text;   // of TZ
    char *bytes;  // of the file, or NULL
    size_t changes, kinds;
    int width;                                  // of a time
    const char *times, *kind_of, *kind, *name;  // a kind is an offset (32 bits), whether it is DST, and where its name begins
    zone_rule rule;                             // behind the last change
    bool has_rule;
} zone;

// --- The file

static uint32_t number(const char *at)
{
    const unsigned char *bytes = (const unsigned char *)at;
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static int64_t change_time(size_t index)
{
    const char *at = zone.times + index * (size_t)zone.width;
    return zone.width == 4 ? (int32_t)number(at) : (int64_t)((uint64_t)number(at) << 32 | number(at + 4));
}

static zone_local kind(size_t index)
{
    const char *at = zone.kind + 6 * index;
    return (zone_local){
        .offset = (int32_t)number(at),
        .dst = at[4] != 0,
        .name = zone.name + (unsigned char)at[5],
    };
}

static size_t kind_of_change(size_t index)
{
    return (unsigned char)zone.kind_of[index];
}

// The end of the block that a header at `at` is followed by, if all that it counts is there. Sets `zone` to it.
static const char *read_block(const char *at, const char *end, int width)
{
    if (end - at < HEADER || memcmp(at, "TZif", 4) != 0) {
        return NULL;
    }
    // Marks of universal and of standard time, leap seconds, changes, kinds, bytes of names.
    uint64_t counts[6];
    for (int i = 0; i < 6; i++) {
        counts[i] = number(at + 20 + 4 * i);
    }
    uint64_t changes = counts[3], kinds = counts[4], names = counts[5], w = (uint64_t)width;
    uint64_t size = changes * (w + 1) + kinds * 6 + names + counts[2] * (w + 4) + counts[1] + counts[0];
    at += HEADER;
    if (size > (uint64_t)(end - at)) {
        return NULL;
    }
    zone.width = width;
    zone.changes = (size_t)changes;
    zone.kinds = (size_t)kinds;
    zone.times = at;
    zone.kind_of = zone.times + changes * w;
    zone.kind = zone.kind_of + changes;
    zone.name = zone.kind + kinds * 6;
    bool ok = kinds > 0 && names > 0 && zone.name[names - 1] == 0;
    for (size_t i = 0; ok && i < zone.changes; i++) {
        ok = kind_of_change(i) < zone.kinds;
    }
    for (size_t i = 0; ok && i < zone.kinds; i++) {
        int offset = kind(i).offset;
        ok = (unsigned char)zone.kind[6 * i + 5] < names && -MOST_OFFSET < offset && offset < MOST_OFFSET;
    }
    return ok ? at + size : NULL;
}

// Version 1 is one block. Later ones have it, too, and behind it another one with times of 64 bits, and a rule between two line
// feeds.
static bool read_zone(const char *bytes, size_t size)
{
    const char *end = bytes + size, *behind = read_block(bytes, end, 4);
    if (!behind || bytes[4] == 0) {
        return behind;
    }
    behind = read_block(behind, end, 8);
    if (!behind || behind == end || *behind++ != '\n') {
        return false;
    }
    const char *line = memchr(behind, '\n', (size_t)(end - behind));
    char text[128];
    size_t length = line ? (size_t)(line - behind) : sizeof text;
    if (length >= sizeof text) {
        return false;
    }
    memcpy(text, behind, length);
    text[length] = 0;
    zone.has_rule = length > 0;
    return length == 0 || zone_rule_parse(&zone.rule, text);
}

static char *read_file(const char *name, size_t *size)
{
    char path[LONGEST_PATH];
    struct stat status;
    if (strlen(FOLDER) + strlen(name) >= sizeof path) {
        return NULL;
    }
    strcpy(stpcpy(path, *name == '/' ? "" : FOLDER), name);
    int fd = open(path, O_RDONLY);
    if (fd < 0) {
        return NULL;
    }
    char *bytes = NULL;
    *size = 0;
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size <= MOST_BYTES) {
        bytes = malloc((size_t)status.st_size + 1);
    }
    for (ssize_t got = 1; bytes && got > 0 && *size < (size_t)status.st_size; *size += (size_t)got) {
        got = read(fd, bytes + *size, (size_t)status.st_size - *size);
        got = got < 0 ? 0 : got;
    }
    close(fd);
    return bytes;
}

// --- TZ

static bool is_text(const char *text)
{
    return zone.text && text ? strcmp(zone.text, text) == 0 : zone.text == text;
}

void tzset(void)
{
    const char *text = getenv("TZ");
    if (zone.chosen && is_text(text)) {
        return;
    }
    free(zone.text);
    free(zone.bytes);
    memset(&zone, 0, sizeof zone);
    zone.chosen = true;
    zone.text = text ? strdup(text) : NULL;
    if (!zone.text || !*zone.text) {
        return;
    }
    size_t size;
    const char *name = zone.text + (*zone.text == ':');
    zone.bytes = read_file(name, &size);
    if (zone.bytes && read_zone(zone.bytes, size)) {
        return;
    }
    zone.changes = zone.kinds = 0;
    zone.has_rule = zone_rule_parse(&zone.rule, name);
}

// --- Times

// How many changes of the file have come.
static size_t changes_until(int64_t time)
{
    size_t low = 0, high = zone.changes;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (change_time(middle) <= time) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static zone_local at(int64_t time)
{
    size_t come = changes_until(time);
    if (come == zone.changes && zone.has_rule) {
        return zone_rule_at(&zone.rule, time);
    }
    if (zone.kinds == 0) {
        return (zone_local){.name = __utc};
    }
    return kind(come > 0 ? kind_of_change(come - 1) : 0);
}

// Of the other kind, summer or not, as near to `time` as there is one; otherwise the same.
static zone_local other_than(zone_local local, int64_t time)
{
    size_t come = changes_until(time);
    if (zone.has_rule && zone.rule.dst && come == zone.changes) {
        return (zone_local){zone.rule.offset[!local.dst], !local.dst, zone.rule.name[!local.dst]};
    }
    for (size_t i = come; i-- > 0;) {
        zone_local other = kind(kind_of_change(i));
        if (other.dst != local.dst) {
            return other;
        }
    }
    for (size_t i = come; i < zone.changes; i++) {
        zone_local other = kind(kind_of_change(i));
        if (other.dst != local.dst) {
            return other;
        }
    }
    return local;
}

// What a clock shows that shows `time`. Where it is turned back that is so twice, and the first counts; where it is put on it is
// never so, and the clock goes on as before.
static zone_local showing(int64_t time, zone_local *other)
{
    zone_local before = at(time - MOST_OFFSET), after = at(time + MOST_OFFSET);
    zone_local local = at(time - before.offset);
    if (local.offset != before.offset) {
        zone_local later = at(time - after.offset);
        local = later.offset == after.offset ? later : before;
    }
    *other = before.dst == after.dst ? other_than(local, time) : local.dst == before.dst ? after : before;
    return local;
}

// libc's localtime_r, with `time` since 1970, and mktime, with `local` and as the clock shows it.
void __secs_to_zone(long long time, int local, int *isdst, int *offset, long *other_offset, const char **name)
{
    if (!zone.chosen) {
        tzset();
    }
    zone_local other, found = local ? showing(time, &other) : at(time);
    *isdst = found.dst;
    *offset = found.offset;
    *name = found.name;
    if (other_offset) {
        *other_offset = local ? other.offset : other_than(found, time).offset;
    }
}

// For strftime. Who fills a struct tm by hand says only whether it is summer.
const char *__tm_to_tzname(const struct tm *tm)
{
    if (tm->tm_zone || tm->tm_isdst < 0) {
        return tm->tm_zone ? tm->tm_zone : "";
    }
    bool dst = tm->tm_isdst > 0;
    return zone.has_rule && zone.rule.dst ? zone.rule.name[dst] : at(time(NULL)).name;
}
