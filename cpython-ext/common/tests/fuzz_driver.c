/* Runs a libFuzzer target without libFuzzer: fuzz_driver RUNS CORPUS.txt...
 *
 * Every line of the corpus files that begins with hex is an input. After replaying them, RUNS inputs are made from them
 * by a fixed sequence of changes, so that a failure comes again. Build with sanitizers. */
#include "corpus.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_INPUTS = 4096 };

static struct {
    uint8_t *data;
    size_t size;
} inputs[MOST_INPUTS];
static size_t input_count;

static uint64_t state = 88172645463325252u;

/* Marsaglia's xorshift64. */
static uint64_t
random_below(uint64_t bound)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % bound;
}

/* Runs the target on a copy of exactly that size. */
static void
run(const uint8_t *data, size_t size)
{
    uint8_t *exact = malloc(size > 0 ? size : 1);
    if (exact == NULL)
        abort();
    memcpy(exact, data, size);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
}

/* Makes one change to an input; returns its new size. */
static size_t
change(uint8_t *data, size_t size)
{
    static const uint8_t heads[] = {0x00, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x20, 0x38, 0x3b, 0x40, 0x41, 0x58, 0x5b, 0x60,
                                    0x61, 0x78, 0x7f, 0x80, 0x81, 0x82, 0x98, 0x9b, 0x9f, 0xa0, 0xa1, 0xb8, 0xc0, 0xd8,
                                    0xdb, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa, 0xfb, 0xfe, 0xff, 0x45, 0x46, 0x56};
    size_t at = size > 0 ? random_below(size) : 0, length, from;

    switch (random_below(7)) {
    case 0:
        if (size > 0)
            data[at] ^= (uint8_t)(1 << random_below(8));
        return size;
    case 1:
        if (size > 0)
            data[at] = heads[random_below(sizeof(heads))];
        return size;
    case 2:
        if (size > 0)
            data[at] = (uint8_t)(data[at] + (random_below(2) ? 1 : -1));
        return size;
    case 3:
        return at;
    case 4: /* take some out */
        length = size > 0 ? 1 + random_below(size - at < 8 ? size - at : 8) : 0;
        memmove(data + at, data + at + length, size - at - length);
        return size - length;
    case 5: /* put some in */
        length = 1 + random_below(4);
        if (size + length > CORPUS_ITEM)
            return size;
        memmove(data + at + length, data + at, size - at);
        for (size_t i = 0; i < length; i++)
            data[at + i] = random_below(2) ? heads[random_below(sizeof(heads))] : (uint8_t)random_below(256);
        return size + length;
    default: /* put in a part of another */
        from = random_below(input_count);
        length = inputs[from].size > 0 ? 1 + random_below(inputs[from].size) : 0;
        if (size + length > CORPUS_ITEM)
            return size;
        memmove(data + at + length, data + at, size - at);
        memcpy(data + at, inputs[from].data + (inputs[from].size - length), length);
        return size + length;
    }
}

static void
read_corpus(const char *path)
{
    char line[CORPUS_LINE];
    uint8_t bytes[CORPUS_ITEM];
    const char *rest;
    FILE *file = corpus_open(path);

    while (input_count < MOST_INPUTS && corpus_next(file, line, NULL)) {
        size_t size = corpus_hex(line, bytes, &rest);
        uint8_t *data = malloc(size + 1);
        if (data == NULL)
            abort();
        memcpy(data, bytes, size);
        inputs[input_count].data = data;
        inputs[input_count++].size = size;
    }
    fclose(file);
}

int
main(int argc, char **argv)
{
    uint8_t data[CORPUS_ITEM];
    long runs = argc > 1 ? atol(argv[1]) : 0;

    for (int i = 2; i < argc; i++)
        read_corpus(argv[i]);
    if (input_count == 0) {
        fprintf(stderr, "usage: %s RUNS CORPUS.txt...\n", argv[0]);
        return 2;
    }
    for (size_t i = 0; i < input_count; i++)
        run(inputs[i].data, inputs[i].size);
    for (long done = 0; done < runs; done++) {
        size_t pick = random_below(input_count), size = inputs[pick].size;
        memcpy(data, inputs[pick].data, size);
        for (uint64_t changes = 1 + random_below(6); changes > 0; changes--)
            size = change(data, size);
        run(data, size);
    }
    printf("fuzz: %zu inputs, %ld changed\n", input_count, runs);
    for (size_t i = 0; i < input_count; i++)
        free(inputs[i].data);
    return 0;
}
