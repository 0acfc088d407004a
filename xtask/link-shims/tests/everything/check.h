/* What the cases of this test share: calls.c, questions.c, and check.c, which runs them. */
#ifndef CHECK_H
#define CHECK_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "everything_import.h"
#include "link.h"
#include "loopback.h"

#define VALUES(name) test_everything_values_##name
#define THINGS(name) test_everything_things_##name
#define SHELVES(name) test_everything_shelves_##name
#define TOOLS(name) test_kit_tools_##name
#define ASKER(name) test_everything_asker_##name
#define ASKING(name) test_everything_asking_##name
#define OWN(name) exports_test_everything_asking_##name

typedef everything_import_string_t string;
typedef everything_import_list_u8_t bytes;
typedef THINGS(own_thing_t) thing;

/* Whether nothing is spoilt, so that values must be what was sent. */
extern bool strict;

/* How many calls have failed by the contract's own means. */
extern unsigned failures;

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (strict && !(condition)) {                                                                                  \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                                            \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)

#define LENGTH(array) (sizeof(array) / sizeof *(array))
#define LIST(array) {array, LENGTH(array)}
#define TEXT(literal) {(uint8_t *)literal, sizeof(literal) - 1}

static inline bool
same(string value, const char *text)
{
    return value.len == strlen(text) && memcmp(value.ptr, text, value.len) == 0;
}

/* Each calls what its name says, and frees what it gets, spoilt or not. */
void scalars(void);
void record_of_scalars(void);
void strings(void);
void lists(void);
void choices(void);
void named(void);
void options(void);
void results(void);
void parameter_names(void);
void methods(void);
void handles_in_values(void);
void shelves(void);
void tools(void);
void questions(void);
void guests(void);
void guests_in_values(void);
void kept_guests(void);
void nested(void);

/* Calls with values that the consumer should not send. Nothing may be spoilt. */
void errors(void);

/* What cannot fail, and so is left intact. */
void plain_questions(void);

/* A consumer that answers nothing. */
void silence(void);

#endif
