// Rules for local time as POSIX has them in TZ, and the files of the tz database behind their last change.
#include "zone.h"

#include <string.h>

enum { HOUR = 3600, DAY = 86400, MOST_HOURS = 167 };

// --- Reading

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// A name of three letters or more, or of letters, digits and signs in angle brackets.
static bool read_name(const char **text, char *name)
{
    const char *at = *text;
    bool quoted = *at == '<';
    size_t length = 0;
    for (at += quoted; is_letter(*at) || (quoted && (is_digit(*at) || *at == '+' || *at == '-')); at++) {
        if (length + 1 == ZONE_NAME) {
            return false;
        }
        name[length++] = *at;
    }
    name[length] = 0;
    if (length < 3 || (quoted && *at++ != '>')) {
        return false;
    }
    *text = at;
    return true;
}

static bool read_number(const char **text, int least, int most, int *number)
{
    const char *at = *text;
    for (*number = 0; is_digit(*at) && *number <= most; at++) {
        *number = *number * 10 + (*at - '0');
    }
    bool ok = at > *text && *number >= least && *number <= most;
    *text = at;
    return ok;
}

// [+-]hours[:minutes[:seconds]], in seconds.
static bool read_time(const char **text, int *seconds)
{
    int sign = **text == '-' ? -1 : 1, hours, part;
    *text += **text == '-' || **text == '+';
    if (!read_number(text, 0, MOST_HOURS, &hours)) {
        return false;
    }
    *seconds = hours * HOUR;
    for (int unit = 60; unit > 0 && **text == ':'; unit /= 60) {
        *text += 1;
        if (!read_number(text, 0, 59, &part)) {
            return false;
        }
        *seconds += part * unit;
    }
    *seconds *= sign;
    return true;
}

static bool read_change(const char **text, zone_change *change)
{
    *change = (zone_change){.kind = **text == 'M' || **text == 'J' ? **text : 'N', .time = 2 * HOUR};
    *text += change->kind != 'N';
    bool ok;
    if (change->kind == 'M') {
        ok = read_number(text, 1, 12, &change->month) && *(*text)++ == '.' && read_number(text, 1, 5, &change->week)
          && *(*text)++ == '.' && read_number(text, 0, 6, &change->day);
    } else {
        ok = read_number(text, change->kind == 'J', 365, &change->day);
    }
    if (ok && **text == '/') {
        *text += 1;
        ok = read_time(text, &change->time);
    }
    return ok;
}

bool zone_rule_parse(zone_rule *rule, const char *text)
{
    *rule = (zone_rule){0};
    if (!read_name(&text, rule->name[0]) || !read_time(&text, &rule->offset[0])) {
        return false;
    }
    rule->offset[0] = -rule->offset[0];  // POSIX counts west of Greenwich
    if (!*text) {
        return true;
    }
    rule->dst = true;
    if (!read_name(&text, rule->name[1])) {
        return false;
    }
    rule->offset[1] = rule->offset[0] + HOUR;
    if (*text && *text != ',') {
        if (!read_time(&text, &rule->offset[1])) {
            return false;
        }
        rule->offset[1] = -rule->offset[1];
    }
    if (!*text) {
        text = ",M3.2.0,M11.1.0";  // POSIX leaves it open, libraries take those of the United States
    }
    for (int i = 0; i < 2; i++) {
        if (*text++ != ',' || !read_change(&text, &rule->change[i])) {
            return false;
        }
    }
    return !*text;
}

// --- Following

static int64_t floor_divide(int64_t number, int64_t by)
{
    return number / by - (number % by < 0);
}

// Days from 1970-01-01 to the first of January.
static int64_t days_before(int64_t year)
{
    int64_t before = year - 1;
    return 365 * (year - 1970) + floor_divide(before, 4) - floor_divide(before, 100) + floor_divide(before, 400) - 477;
}

static bool is_leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int64_t year_of(int64_t days)
{
    int64_t year = 1970 + floor_divide(days * 400, 146097);  // off by one at most
    while (days_before(year + 1) <= days) {
        year++;
    }
    while (days_before(year) > days) {
        year--;
    }
    return year;
}

// In seconds of local time.
static int64_t change_in(const zone_change *change, int64_t year)
{
    static const int month_begins[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};
    int64_t day = days_before(year);
    if (change->kind == 'M') {
        int begins = month_begins[change->month - 1] + (is_leap(year) && change->month > 2);
        int ends = month_begins[change->month] + (is_leap(year) && change->month > 1);
        int64_t first = day + begins;
        int weekday = (int)(first + 4 - 7 * floor_divide(first + 4, 7));  // 1970-01-01 was a Thursday
        int in_month = (change->day - weekday + 7) % 7 + 7 * (change->week - 1);
        if (in_month >= ends - begins) {
            in_month -= 7;  // the fifth is the last
        }
        day = first + in_month;
    } else if (change->kind == 'J') {
        day += change->day - 1 + (is_leap(year) && change->day > 59);
    } else {
        day += change->day;
    }
    return day * DAY + change->time;
}

zone_local zone_rule_at(const zone_rule *rule, int64_t time)
{
    bool dst = false;
    if (rule->dst) {
        int64_t year = year_of(floor_divide(time + rule->offset[0], DAY));
        int64_t begins = change_in(&rule->change[0], year) - rule->offset[0];
        int64_t ends = change_in(&rule->change[1], year) - rule->offset[1];
        // In the south summer is what is not between them.
        dst = begins < ends ? begins <= time && time < ends : !(ends <= time && time < begins);
    }
    return (zone_local){.offset = rule->offset[dst], .dst = dst, .name = rule->name[dst]};
}
