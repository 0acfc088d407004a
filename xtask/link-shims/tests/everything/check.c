/* Runs all cases; then the same again with each message cut short, with each of its bits flipped and scrambled, where a
 * call must fail or return a value that can be used and freed. */
#include "check.h"

/* Generated: resolves the provider. */
bool everything_import_open(struct link_error *error);

bool strict;
unsigned failures;

static void (*const cases[])(void) = {
    scalars, record_of_scalars, strings, lists, choices, named, options, results, parameter_names, methods,
    handles_in_values, shelves, tools, questions, guests, guests_in_values, kept_guests, nested,
};

/* Runs a case with one message spoilt. False when the message is not that long, or there is no such message. */
static bool
run_spoilt(void (*run)(void), unsigned message, enum spoiling spoiling, size_t at)
{
    struct link_error error;

    loopback = (struct loopback){.message = message, .spoiling = spoiling, .at = at};
    failures = 0;
    run();
    bool failed = link_take_error(&error);
    if (failed)
        link_error_free(&error);
    bool noticed = loopback.leg == REQUEST || loopback.leg == REPLY ? failed : failed || failures > 0;
    if (loopback.spoilt && spoiling == TRUNCATED && !noticed) {
        fprintf(stderr, "message %u (%d) cut at %zu: taken for good\n", message, (int)loopback.leg, at);
        exit(1);
    }
    return loopback.spoilt;
}

/* [SCRAMBLED_RUNS]: how often each message is scrambled. */
int
main(int argc, char **argv)
{
    size_t scrambled = argc > 1 ? strtoul(argv[1], NULL, 10) : 20;
    struct link_error error;
    unsigned long runs = 0;

    if (!everything_import_open(&error) || !everything_import_open(&error))
        return 1;
    strict = true;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        cases[i]();
        if (link_take_error(&error)) {
            fprintf(stderr, "case %zu: %s: %s (%s)\n", i, error.code.text, error.message.text, error.context.text);
            return 1;
        }
    }
    errors();
    plain_questions();
    silence();
    strict = false;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        loopback = (struct loopback){0};
        cases[i]();
        unsigned messages = loopback.messages;
        for (unsigned message = 0; message < messages; message++) {
            for (size_t at = 0; run_spoilt(cases[i], message, TRUNCATED, at); at++)
                runs++;
            for (size_t at = 0; run_spoilt(cases[i], message, FLIPPED, at); at++)
                runs++;
            for (size_t at = 0; at < scrambled && run_spoilt(cases[i], message, SCRAMBLED, at); at++)
                runs++;
        }
    }
    printf("%lu spoilt messages\n", runs);
    return 0;
}
