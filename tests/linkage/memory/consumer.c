#include "consumer.h"
#include "check.h"

#include <string.h>

#include "fill.h"

/* SLICE is what extensions hand over at once. LARGE, of which a provider is asked first, still fits into a reserve. */
enum { SLICE = 64 << 10, LARGE = 100 << 10, ENTRIES = 20, ITEMS = 1000 };

static uint8_t bytes[LARGE];
static uint64_t words[SLICE / sizeof(uint64_t)];
static test_memory_api_entry_t entries[ENTRIES];

/* With full memory a call may come to nothing where it can say so. In no case does it trap, or lie. */
static void
show(const char *what, bool right, bool full)
{
    bool no_memory = false;
#ifdef LINKAGE_DYNLINK
    struct link_error error = {0};
    if (link_take_error(&error)) {
        no_memory = full && link_error_is(&error, LINK_NO_MEMORY);
        if (!no_memory)
            printf("%s: %s\n", error.code.text, error.message.text);
        link_error_free(&error);
    }
#endif
    printf("  %s: %s\n", what, !right && !no_memory ? "wrong" : full ? "right, or no memory" : "right");
}

static bool
all_ones(const consumer_list_u8_t *list, size_t length)
{
    for (size_t i = 0; i < list->len; i++) {
        if (list->ptr[i] != 1)
            return false;
    }
    return list->len == length;
}

static void
lists(bool full)
{
    consumer_list_u8_t slice = {bytes, SLICE}, large = {bytes, LARGE}, one = {bytes, 1}, result;
    consumer_list_u64_t of_words = {words, SLICE / sizeof(uint64_t)};
    test_memory_api_list_entry_t of_entries = {entries, ENTRIES};

    show("a byte", test_memory_api_sum(&one) == 1, full);
    show("a slice", test_memory_api_sum(&slice) == SLICE, full);
    show("more than a slice", test_memory_api_sum(&large) == LARGE, full);
    show("words", test_memory_api_sum_words(&of_words) == SLICE / sizeof(uint64_t), full);
    show("records", test_memory_api_sum_entries(&of_entries) == ENTRIES * (1000 + 'a' + 'b' + 'c'), full);
    test_memory_api_same(&slice, &result);
    show("there and back", all_ones(&result, SLICE), full);
    consumer_list_u8_free(&result);
    bool made = test_memory_api_make(SLICE, &result);
    show("a list that is made", made ? all_ones(&result, SLICE) : full, full);
    if (made)
        consumer_list_u8_free(&result);
}

static void
handles(bool full)
{
    static test_memory_api_own_item_t items[ITEMS];
    size_t count = 0, right = 0;

    while (count < ITEMS && test_memory_api_static_item_create(&items[count]))
        count++;
    show("handles", count == ITEMS, full);
    for (size_t i = 0; i < count; i++) {
        consumer_string_t text;
        test_memory_api_method_item_text(test_memory_api_borrow_item(items[i]), &text);
        right += text.len == 5 && memcmp(text.ptr, "taken", 5) == 0;
        consumer_string_free(&text);
        test_memory_api_item_drop_own(items[i]);
    }
    show("their strings", right == count, full);
}

static void
both(const char *what, bool full)
{
    puts(what);
    lists(full);
    handles(full);
}

int
main(void)
{
    begin();
    memset(bytes, 1, sizeof bytes);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        words[i] = 1;
    for (size_t i = 0; i < ENTRIES; i++)
        entries[i] = (test_memory_api_entry_t){TEXT("abc"), {bytes, 1000}};
    both("before:", false);
    for (int round = 0; round < 2; round++) {
        fill();
        both("the consumer's is full:", true);
        test_memory_api_fill();
        both("both are full:", true);
        release();
        both("the provider's is full:", true);
        test_memory_api_release();
        both("none is full:", false);
    }
    return finish();
}
