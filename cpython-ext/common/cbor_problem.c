/* The problems of cbor.h: what a reader found wrong, where, and in which words. No printf, so that a small provider
 * stays small. */
#include "cbor_private.h"

bool
cbor_reject_found(struct cbor_reader *reader, const uint8_t *at, const char *expected, uint64_t expected_number,
                  const char *found, uint64_t found_number)
{
    if (reader->problem.expected != NULL)
        return false;
    reader->problem.expected = expected;
    reader->problem.expected_number = expected_number;
    reader->problem.found = found;
    reader->problem.found_number = found_number;
    reader->problem.offset = (size_t)(at - reader->start);
    return false;
}

bool
cbor_reject(struct cbor_reader *reader, const uint8_t *at, const char *expected, uint64_t number, const char *found)
{
    return cbor_reject_found(reader, at, expected, number, found, 0);
}

SHARED bool
cbor_no_memory(struct cbor_reader *reader, uint64_t size)
{
    reader->problem.no_memory = reader->problem.expected == NULL;
    return cbor_reject(reader, reader->at, "# bytes of memory", size, "less");
}

/* Puts a segment before the path. What does not fit is cut at the inner end. */
static bool
prepend(struct cbor_reader *reader, const char *segment, size_t length)
{
    struct cbor_problem *problem = &reader->problem;
    size_t room = CBOR_PATH - 1;
    size_t dot = problem->path_length > 0 && problem->path[0] != '[';

    if (length > room)
        length = room;
    if (dot > room - length)
        dot = 0;
    size_t kept = problem->path_length <= room - length - dot ? problem->path_length : room - length - dot;
    memmove(problem->path + length + dot, problem->path, kept);
    memcpy(problem->path, segment, length);
    if (dot)
        problem->path[length] = '.';
    problem->path_length = length + dot + kept;
    problem->path[problem->path_length] = '\0';
    return false;
}

bool
cbor_in_field(struct cbor_reader *reader, const char *name)
{
    return prepend(reader, name, strlen(name));
}

/* Writes a number in decimal and returns its length, at most 20. */
static size_t
decimal(char *text, uint64_t number)
{
    char digits[20];
    size_t length = 0;

    do {
        digits[sizeof(digits) - ++length] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    memcpy(text, digits + sizeof(digits) - length, length);
    return length;
}

bool
cbor_in_item(struct cbor_reader *reader, size_t index)
{
    char segment[22] = "[";
    size_t length = 1 + decimal(segment + 1, index);
    segment[length++] = ']';
    return prepend(reader, segment, length);
}

/* Appends `part` to a text, as long as there is room for it: with `number` in place of `#`, and -1 - number in place of
 * `~`. */
static size_t
append(char *text, size_t length, const char *part, uint64_t number)
{
    for (; *part != '\0' && length + 21 < CBOR_EXPLANATION; part++) {
        if (*part == '#') {
            length += decimal(text + length, number);
        } else if (*part == '~' && number < UINT64_MAX) {
            text[length++] = '-';
            length += decimal(text + length, number + 1);
        } else if (*part == '~') {
            memcpy(text + length, "-18446744073709551616", 21);
            length += 21;
        } else {
            text[length++] = *part;
        }
    }
    return length;
}

size_t
cbor_explain(const struct cbor_reader *reader, char *text)
{
    const struct cbor_problem *problem = &reader->problem;
    size_t length = 0;

    if (problem->expected != NULL) {
        length = append(text, length, "expected ", 0);
        length = append(text, length, problem->expected, problem->expected_number);
        length = append(text, length, ", found ", 0);
        length = append(text, length, problem->found, problem->found_number);
        length = append(text, length, " at byte #", problem->offset);
    }
    text[length] = '\0';
    return length;
}
