/* Native test of cbor.h against the corpus: test_corpus CORPUS_FOLDER. With a further argument `bless` it prints
 * refused.txt anew instead.
 *
 * Prints one line and exits 0, or names what is wrong and exits 1. */
#include "check.h"
#include "corpus.h"

static FILE *
open_file(const char *folder, const char *name)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return corpus_open(path);
}

/* Each accepted item prints as it should, is skipped to its end, and is refused with a byte less or more. */
static void
test_accepted(const char *folder)
{
    FILE *file = open_file(folder, "accepted.txt");
    static uint8_t input[CORPUS_ITEM + 1];
    char line[CORPUS_LINE];
    int items = 0;

    while (corpus_next(file, line, NULL)) {
        const char *rest;
        char *text = NULL;
        size_t length, text_length = 0;

        items++;
        struct cbor_reader reader = corpus_reader(line);
        FILE *out = open_memstream(&text, &text_length);
        bool ok = corpus_print(&reader, out) && cbor_read_end(&reader);
        fclose(out);
        length = corpus_hex(line, input, &rest);
        if (!ok || rest[0] != ' ' || strcmp(text, rest + 1) != 0) {
            fprintf(stderr, "accepted.txt: %s\n          read: %s%s\n", line, text, ok ? "" : " and a problem");
            failures++;
        }
        free(text);
        reader = corpus_reader(line);
        EXPECT(cbor_skip(&reader) && cbor_read_end(&reader));
        for (size_t cut = 0; cut < length; cut++) {
            cbor_reader_open(&reader, reader.start, cut);
            EXPECT(!cbor_skip(&reader) && reader.at <= reader.end);
        }
        input[length] = 0;
        cbor_reader_open(&reader, input, length + 1);
        EXPECT(cbor_skip(&reader) && !cbor_read_end(&reader));
    }
    EXPECT(items > 100);
    fclose(file);
}

/* Each refused input is refused for the reason that it should be. */
static void
test_refused(const char *folder, bool bless)
{
    FILE *file = open_file(folder, "refused.txt");
    char line[CORPUS_LINE], text[CBOR_EXPLANATION + CBOR_PATH];
    int items = 0;

    while (corpus_next(file, line, bless ? stdout : NULL)) {
        size_t hex = strspn(line, "0123456789abcdef");

        items++;
        struct cbor_reader reader = corpus_reader(line);
        EXPECT(!cbor_skip(&reader) || !cbor_read_end(&reader));
        size_t length = cbor_explain(&reader, text);
        if (reader.problem.path_length > 0)
            snprintf(text + length, sizeof(text) - length, " in %s", reader.problem.path);
        if (bless) {
            printf("%.*s | %s\n", (int)hex, line, text);
        } else if (strncmp(line + hex, " | ", 3) != 0 || strcmp(line + hex + 3, text) != 0) {
            fprintf(stderr, "refused.txt: %s\n        read: %s\n", line, text);
            failures++;
        }
    }
    EXPECT(items > 90);
    fclose(file);
}

int
main(int argc, char **argv)
{
    bool bless = argc > 2;

    if (argc < 2)
        return 2;
    if (!bless)
        test_accepted(argv[1]);
    test_refused(argv[1], bless);
    if (has_failed())
        return 1;
    if (!bless)
        printf("corpus: %d checks\n", checks);
    return 0;
}
